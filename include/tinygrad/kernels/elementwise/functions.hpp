// SPDX-License-Identifier: MIT
// Functions of one and of two floating numbers, whose loops are called through a pointer: all of
// them share one map() and one zip(), and a float32 may be computed in float64.
#pragma once

#include <algorithm>
#include <type_traits>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/elementwise/loops.hpp"

// Clang warns if it cannot vectorise a loop that asks for it. Without AVX2 it cannot vectorise
// many.
#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpass-failed"
#endif

namespace tinygrad::inline TINYGRAD_ABI::kernels {

namespace detail {
/// out[i] = f(x[i]) for an f with a fast version for some numbers. Blocks where f.is_near(x) for
/// every x use f.near(x), the others f(x). Both give the same bits where is_near(x).
template <class T, class F> void apply_blocks(F f, Index n, T* out, const T* x) {
  constexpr Index kBlock = 256;
  for (Index first = 0; first < n; first += kBlock) {
    const Index size = std::min(kBlock, n - first);
    int far = 0;
    for (Index i = first; i < first + size; ++i) far |= f.is_near(x[i]) ? 0 : 1;
    const auto near = [f](T v) { return f.near(v); };
    if (far) apply(f, size, out + first, x + first);
    else apply(near, size, out + first, x + first);
  }
}
}  // namespace detail

/// A function of one floating number, as the loops over float32s and over float64s that are called
/// through a pointer: all functions share the rest of map(). An f that turns a float into a double
/// is computed in float64 for both.
class Function {
 public:
  template <class F> Function(F)
      : f64_(best_copy<loop<double, F>, CpuLevel::kV4>()) {  // NOLINT: implicit, from a lambda
    static_assert(std::is_empty_v<F>);
    if constexpr (std::is_same_v<std::invoke_result_t<F, float>, float>)
      f32_ = best_copy<loop<float, F>, CpuLevel::kV4>();
  }

  void operator()(Index n, double* out, const double* x) const { f64_(n, out, x); }
  void operator()(Index n, float* out, const float* x) const {
    if (f32_) return f32_(n, out, x);
    constexpr Index kBlock = 256;
    double wide[kBlock];
    for (Index first = 0; first < n; first += kBlock) {
      const Index size = std::min(kBlock, n - first);
      std::copy_n(x + first, size, wide);
      f64_(size, wide, wide);
      for (Index i = 0; i < size; ++i) out[first + i] = static_cast<float>(wide[i]);
    }
  }

 private:
  template <class T, class F> static void loop(Index n, T* out, const T* x) {
    if constexpr (requires { F::is_near(T{}); }) detail::apply_blocks(F{}, n, out, x);
    else detail::apply(F{}, n, out, x);
  }

  void (*f32_)(Index, float*, const float*) = nullptr;
  void (*f64_)(Index, double*, const double*);
};

/// f of every element of a floating array.
inline Array map(const Op& op, const Array& x, const Function& f) {
  return dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    Array y = Array::empty(x.shape(), x.dtype(), op);
    const T* in = x.data<T>();
    T* out = y.data<T>();
    vector_for(x.count(), kElementGrain,
               [=](Index begin, Index end) { f(end - begin, out + begin, in + begin); });
    return y;
  });
}

/// As Function, of two numbers.
class Function2 {
 public:
  template <class F> Function2(F)
      : f64_(best_copy<loop<double, F>, CpuLevel::kV4>()) {  // NOLINT: implicit, from a lambda
    static_assert(std::is_empty_v<F>);
    if constexpr (std::is_same_v<std::invoke_result_t<F, float, float>, float>)
      f32_ = best_copy<loop<float, F>, CpuLevel::kV4>();
  }

  /// out[i] = f(a[i], b[i]) for n elements; a or b stays where its step is 0.
  template <class T>
  void operator()(Index n, T* out, const T* a, Index step_a, const T* b, Index step_b) const {
    constexpr Index kBlock = 256;
    if (std::is_same_v<T, float> && !f32_) {
      double block_a[kBlock], block_b[kBlock];
      for (Index first = 0; first < n; first += kBlock) {
        const Index size = std::min(kBlock, n - first);
        f64_(size, block_a, read(a + first * step_a, step_a, size, block_a),
             read(b + first * step_b, step_b, size, block_b));
        for (Index i = 0; i < size; ++i) out[first + i] = static_cast<T>(block_a[i]);
      }
      return;
    }
    T block_a[kBlock], block_b[kBlock];
    const Index most = step_a && step_b ? n : kBlock;
    for (Index first = 0; first < n; first += most) {
      const Index size = std::min(most, n - first);
      const T* from_a = step_a ? a + first : read(a, 0, size, block_a);
      const T* from_b = step_b ? b + first : read(b, 0, size, block_b);
      if constexpr (std::is_same_v<T, float>) f32_(size, out + first, from_a, from_b);
      else f64_(size, out + first, from_a, from_b);
    }
  }

 private:
  template <class T, class F> static void loop(Index n, T* out, const T* a, const T* b) {
    detail::apply(F{}, n, out, a, b);
  }
  // n values from x on, in `block`.
  template <class To, class T> static const To* read(const T* x, Index step, Index n, To* block) {
    for (Index i = 0; i < n; ++i) block[i] = static_cast<To>(x[i * step]);
    return block;
  }

  void (*f32_)(Index, float*, const float*, const float*) = nullptr;
  void (*f64_)(Index, double*, const double*, const double*);
};

/// y = f(a, b) of floating arrays of one dtype, with broadcasting to `shape`.
inline Array zip(const Op& op, const Shape& shape, const Array& a, const Array& b,
                 const Function2& f) {
  return dispatch_floating(op, a.dtype(), [&]<class T>(Type<T>) {
    Array y = Array::empty(shape, a.dtype(), op);
    const T* pa = a.data<T>();
    const T* pb = b.data<T>();
    T* out = y.data<T>();
    vector_runs(shape, a.shape(), b.shape(), [=](const Run& run) {
      f(run.n, out + run.out, pa + run.a, run.step_a, pb + run.b, run.step_b);
    });
    return y;
  });
}

/// x = f(x, y) of floating arrays of one dtype and shape, in place. `x` must be unshared.
inline void update(const Op& op, const Array& x, const Array& y, const Function2& f) {
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    T* to = x.data<T>();
    const T* from = y.data<T>();
    vector_for(x.count(), kElementGrain, [=](Index begin, Index end) {
      f(end - begin, to + begin, to + begin, 1, from + begin, 1);
    });
  });
}

}  // namespace tinygrad::kernels

#ifdef __clang__
#pragma clang diagnostic pop
#endif
