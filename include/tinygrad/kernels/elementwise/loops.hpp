// SPDX-License-Identifier: MIT
// Loops over elements of one, two or three arrays, with broadcasting. The functions applied are
// small structs with a templated operator(), from the other files of this folder.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/core/wrapping.hpp"

// Clang warns if it cannot vectorise a loop that asks for it. Without AVX2 it cannot vectorise
// many.
#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpass-failed"
#endif

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// Below this number of elements a second thread costs more than it saves (about 20 µs of work).
inline constexpr Index kElementGrain = 16384;

namespace detail {
/// out[i] = f(x…[i]). Flattened, because a call in the loop prevents vectorisation (gelu's
/// gradient: 12 ms instead of 1.3 ms for 3.3 million elements on two cores). `out` may equal one of
/// x for in-place ops. The pragma promises that elements do not depend on each other; without it,
/// equal pointers look like an overlap and the loop is not vectorised.
template <class Out, class F, class... In>
[[gnu::flatten]] void apply(F f, Index n, Out* out, const In*... x) {
#if defined(__clang__)
#pragma clang loop vectorize(assume_safety)
#else
#pragma GCC ivdep
#endif
  for (Index i = 0; i < n; ++i) out[i] = static_cast<Out>(f(x[i]...));
}

/// x[i] = f(x[i], y[i]). It has no third pointer, which would equal x and look like an overlap.
template <class T, class F> [[gnu::flatten]] void apply_to(F f, Index n, T* x, const T* y) {
  for (Index i = 0; i < n; ++i) x[i] = f(x[i], y[i]);
}
}  // namespace detail

/// y = f(x), element by element, at cpu_level() or at most at `most`. Cost: one pass, one allocation.
template <class Out, class In, CpuLevel most = CpuLevel::kV3, class F>
Array map(const Op& op, const Array& x, F f) {
  Array y = Array::empty(x.shape(), dtype_of<Out>(), op);
  const In* in = x.data<In>();
  Out* out = y.data<Out>();
  vector_for<most>(x.count(), kElementGrain, [=](Index begin, Index end) {
    detail::apply(f, end - begin, out + begin, in + begin);
  });
  return y;
}

/// How N inputs broadcast to one output: sizes with merged dims, and the strides of each input, 0
/// along dims that it repeats. Along the last dim every stride is 0 or 1.
template <std::size_t N> struct Broadcast {
  Shape sizes;
  std::array<Shape, N> strides;

  Broadcast(const Shape& out, const std::array<Shape, N>& inputs) {
    for (int dim = 0; dim < out.rank(); ++dim) {
      if (out[dim] == 1) continue;
      std::array<Index, N> step{};
      bool merge = !sizes.empty();
      for (std::size_t k = 0; k < N; ++k) {
        const Shape& in = inputs[k];
        const int own = dim - (out.rank() - in.rank());
        const bool repeats = own < 0 || in[own] == 1;
        step[k] = repeats ? 0 : in.product(own + 1, in.rank());
        // A dim merges with the previous one if the previous one steps by the whole dim.
        merge = merge && strides[k].back() == step[k] * out[dim];
      }
      if (merge) {
        sizes[sizes.rank() - 1] *= out[dim];
        for (std::size_t k = 0; k < N; ++k) strides[k][strides[k].rank() - 1] = step[k];
      } else {
        sizes.push_back(out[dim]);
        for (std::size_t k = 0; k < N; ++k) strides[k].push_back(step[k]);
      }
    }
    if (sizes.empty()) {
      sizes.push_back(out.count());
      for (auto& s : strides) s.push_back(0);
    }
  }

  /// Calls row(out_offset, input_offsets, length) for runs along the last dim that cover [begin,
  /// end).
  template <class Row> void walk(Index begin, Index end, Row row) const {
    const int last = sizes.rank() - 1;
    Shape position = sizes;
    std::array<Index, N> offset{};
    for (Index rest = begin, dim = last; dim >= 0; --dim) {
      const int a = static_cast<int>(dim);
      position[a] = rest % sizes[a];
      rest /= sizes[a];
      for (std::size_t k = 0; k < N; ++k) offset[k] += position[a] * strides[k][a];
    }
    while (begin < end) {
      const Index length = std::min(end - begin, sizes[last] - position[last]);
      row(begin, offset, length);
      begin += length;
      position[last] += length;
      for (std::size_t k = 0; k < N; ++k) offset[k] += length * strides[k][last];
      for (int dim = last; dim > 0 && position[dim] == sizes[dim]; --dim) {
        position[dim] = 0;
        ++position[dim - 1];
        for (std::size_t k = 0; k < N; ++k)
          offset[k] += strides[k][dim - 1] - strides[k][dim] * sizes[dim];
      }
    }
  }
};

/// n adjacent elements of a result of two inputs. It holds the start in the result, in a and in b,
/// and the steps of a and b, each 0 or 1.
struct Run {
  Index out, a, b, n;
  Index step_a, step_b;
};

/// Calls f, on all threads, for runs that cover `shape`. a and b broadcast to `shape`.
inline void for_each_run(const Shape& shape, const Shape& a, const Shape& b,
                         FunctionRef<const Run&> f) {
  const Broadcast<2> plan(shape, {a, b});
  const Index step_a = plan.strides[0].back(), step_b = plan.strides[1].back();
  parallel_for(shape.count(), kElementGrain, [&](Index begin, Index end) {
    plan.walk(begin, end, [&](Index out, const std::array<Index, 2>& in, Index n) {
      f({out, in[0], in[1], n, step_a, step_b});
    });
  });
}

/// for_each_run() for loops over numbers, like vector_for().
template <CpuLevel most = CpuLevel::kV3, class F>
void vector_runs(const Shape& shape, const Shape& a, const Shape& b, const F& f) {
  for_each_run(shape, a, b, FunctionRef<const Run&>(at_cpu_level<most>, f));
}

namespace detail {
/// out[i] = f(a[i], b[i]) for n elements; an input with step 0 stays at its first element.
template <class Out, class In, class F>
void apply_steps(F f, Index n, Out* out, const In* a, Index step_a, const In* b, Index step_b) {
  if (step_a && step_b) apply(f, n, out, a, b);
  else if (step_a) apply([f, vb = *b](In va) { return f(va, vb); }, n, out, a);
  else if (step_b) apply([f, va = *a](In vb) { return f(va, vb); }, n, out, b);
  else std::fill_n(out, n, static_cast<Out>(f(*a, *b)));
}
}  // namespace detail

/// y = f(a, b) with broadcasting to `shape`, like map(). Cost: one pass over the output, one
/// allocation.
template <class Out, class In, CpuLevel most = CpuLevel::kV3, class F>
Array zip(const Op& op, const Shape& shape, const Array& a, const Array& b, F f) {
  Array y = Array::empty(shape, dtype_of<Out>(), op);
  const In* pa = a.data<In>();
  const In* pb = b.data<In>();
  Out* out = y.data<Out>();
  vector_runs<most>(shape, a.shape(), b.shape(), [=](const Run& run) {
    detail::apply_steps(f, run.n, out + run.out, pa + run.a, run.step_a, pb + run.b, run.step_b);
  });
  return y;
}

/// x = f(x, y), element by element, in place; both have the same shape. `x` must be unshared.
template <class T, CpuLevel most = CpuLevel::kV3, class F>
void update(const Array& x, const Array& y, F f) {
  T* to = x.data<T>();
  const T* from = y.data<T>();
  vector_for<most>(x.count(), kElementGrain, [=](Index begin, Index end) {
    detail::apply_to(f, end - begin, to + begin, from + begin);
  });
}

namespace detail {
/// on ? a : b by masks. A select may become a branch, which random conditions mispredict (prelu
/// forward and backward, 819,200 elements on one core: 5.7 → 3.0 ms).
template <class Word>
[[gnu::always_inline]] TINYGRAD_WRAPS inline Word choose_word(bool on, Word a, Word b) {
  using Bits = decltype(Word::bits);
  const auto mask = static_cast<Bits>(Bits{0} - static_cast<Bits>(on));
  return {static_cast<Bits>((a.bits & mask) | (b.bits & ~mask))};
}
}  // namespace detail

/// y = condition ? a : b with broadcasting to `shape`.
inline Array select(const Op& op, const Shape& shape, const Array& condition, const Array& a,
                    const Array& b) {
  Array y = Array::empty(shape, a.dtype(), op);
  const bool* pc = condition.data<bool>();
  const Broadcast<3> plan(shape, {condition.shape(), a.shape(), b.shape()});
  const Index sc = plan.strides[0].back(), sa = plan.strides[1].back(), sb = plan.strides[2].back();
  dispatch_size(a.dtype(), [&]<class T>(Type<T>) {
    const T* pa = a.words<T>();
    const T* pb = b.words<T>();
    T* out = y.words<T>();
    vector_for(y.count(), kElementGrain, [&](Index begin, Index end) {
      plan.walk(begin, end, [=](Index o, const std::array<Index, 3>& in, Index n) {
        const bool* c = pc + in[0];
        const T* x = pa + in[1];
        const T* z = pb + in[2];
        const T a0 = *x, b0 = *z;
        if (sc == 0) {
          for (Index i = 0; i < n; ++i) out[o + i] = *c ? x[i * sa] : z[i * sb];
        } else if (sa == 1 && sb == 1) {
          for (Index i = 0; i < n; ++i) out[o + i] = detail::choose_word(c[i], x[i], z[i]);
        } else if (sa == 1) {  // masks: where(y > 0, grad, 0)
          for (Index i = 0; i < n; ++i) out[o + i] = detail::choose_word(c[i], x[i], b0);
        } else if (sb == 1) {
          for (Index i = 0; i < n; ++i) out[o + i] = detail::choose_word(c[i], a0, z[i]);
        } else {
          for (Index i = 0; i < n; ++i) out[o + i] = detail::choose_word(c[i], a0, b0);
        }
      });
    });
  });
  return y;
}

namespace detail {
/// Converts a value to another element type; see cast().
template <class Out, class In> Out converted(In v) {
  if constexpr (std::is_same_v<Out, bool>) {
    return v != In{0};
  } else if constexpr (std::is_floating_point_v<In> && std::is_integral_v<Out>) {
    // C++ leaves conversions out of range and of NaN undefined. Take the nearest value, and 0 for
    // NaN.
    constexpr auto low = static_cast<In>(std::numeric_limits<Out>::min());
    constexpr auto high = static_cast<In>(std::numeric_limits<Out>::max());
    return v >= high  ? std::numeric_limits<Out>::max()
           : v > low  ? static_cast<Out>(v)
           : v <= low ? std::numeric_limits<Out>::min()
                      : Out{0};
  } else {
    return static_cast<Out>(v);
  }
}
/// Converts n elements of one dtype to another dtype.
inline void convert(Dtype from, const std::byte* x, Dtype to, std::byte* y, Index n) {
  dispatch(from, [&]<class In>(Type<In>) {
    dispatch(to, [&]<class Out>(Type<Out>) {
      apply([](In v) { return converted<Out>(v); }, n, reinterpret_cast<Out*>(y),
            reinterpret_cast<const In*>(x));
    });
  });
}
}  // namespace detail

/// The same values in another dtype. Floating to bool is "not zero"; floating to integer truncates;
/// int64 to uint8 is modulo 256.
inline Array cast(const Op& op, const Array& x, Dtype dtype) {
  if (x.dtype() == dtype) return x;
  Array y = Array::empty(x.shape(), dtype, op);
  const std::byte* in = x.raw();
  std::byte* out = y.raw();
  const auto size_in = static_cast<Index>(size_of(x.dtype()));
  const auto size_out = static_cast<Index>(size_of(dtype));
  vector_for(x.count(), kElementGrain, [=, from = x.dtype()](Index begin, Index end) {
    detail::convert(from, in + begin * size_in, dtype, out + begin * size_out, end - begin);
  });
  return y;
}

enum class Comparison { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };

namespace detail {
/// Reads the elements of an array of any dtype as Ts: in place, or converted block by block.
template <class T> class Reader {
 public:
  static constexpr Index kBlock = 512;

  Reader(const Array& x, Dtype dtype)
      : from_(x.dtype()), to_(dtype), x_(x.raw()), size_(static_cast<Index>(size_of(from_))) {}
  bool converts() const { return from_ != to_; }
  const T* read(Index at, Index n, T* block) const {
    const std::byte* x = x_ + at * size_;
    if (!converts()) return reinterpret_cast<const T*>(x);
    convert(from_, x, to_, reinterpret_cast<std::byte*>(block), n);
    return block;
  }

 private:
  Dtype from_, to_;
  const std::byte* x_;
  Index size_;
};

template <class T, class F>
void compare(const Shape& shape, const Array& a, const Array& b, Dtype dtype, bool* out, F f) {
  const Reader<T> left(a, dtype), right(b, dtype);
  const bool whole = !left.converts() && !right.converts();
  const auto apply_f = best_copy<apply_steps<bool, T, F>>();
  kernels::for_each_run(shape, a.shape(), b.shape(), [=](const Run& run) {
    T block_a[Reader<T>::kBlock], block_b[Reader<T>::kBlock];  // written only if converted
    const Index most = whole ? run.n : Reader<T>::kBlock;
    for (Index i = 0; i < run.n; i += most) {
      const Index n = std::min(most, run.n - i);
      apply_f(f, n, out + run.out + i,
              left.read(run.a + i * run.step_a, run.step_a ? n : 1, block_a), run.step_a,
              right.read(run.b + i * run.step_b, run.step_b ? n : 1, block_b), run.step_b);
    }
  });
}
}  // namespace detail

/// Compares a and b in `dtype`, with broadcasting to `shape`. It makes no converted copy of either.
/// Cost: one pass over the output, one allocation.
inline Array compare(const Op& op, const Shape& shape, const Array& a, const Array& b, Dtype dtype,
                     Comparison comparison) {
  if (comparison == Comparison::kGreater) return compare(op, shape, b, a, dtype, Comparison::kLess);
  if (comparison == Comparison::kGreaterEqual)
    return compare(op, shape, b, a, dtype, Comparison::kLessEqual);
  Array y = Array::empty(shape, bool_, op);
  bool* out = y.data<bool>();
  dispatch(dtype, [&]<class T>(Type<T>) {
    // The bytes of a bool are 0 and 1, which compare like those of uint8.
    using Value = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>;
    using detail::compare;
    switch (comparison) {
      case Comparison::kEqual:
        return compare<Value>(shape, a, b, dtype, out, [](Value l, Value r) { return l == r; });
      case Comparison::kNotEqual:
        return compare<Value>(shape, a, b, dtype, out, [](Value l, Value r) { return l != r; });
      case Comparison::kLess:
        return compare<Value>(shape, a, b, dtype, out, [](Value l, Value r) { return l < r; });
      default:
        return compare<Value>(shape, a, b, dtype, out, [](Value l, Value r) { return l <= r; });
    }
  });
  return y;
}

/// into += from, same shape and dtype, in place. `into` must be unshared.
inline void accumulate(const Array& into, const Array& from) {
  dispatch_floating({"accumulate"}, into.dtype(), [&]<class T>(Type<T>) {
    update<T>(into, from, [](T sum, T v) { return sum + v; });
  });
}

}  // namespace tinygrad::kernels

#ifdef __clang__
#pragma clang diagnostic pop
#endif
