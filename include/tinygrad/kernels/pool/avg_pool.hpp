// SPDX-License-Identifier: MIT
// Average pooling: the mean of each window; and its transpose, which spreads each gradient over its
// window.
#pragma once

#include <algorithm>
#include <cmath>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/elementwise/loops.hpp"
#include "tinygrad/kernels/pool/windows.hpp"
#include "tinygrad/kernels/reduction/reduce.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// The divisor of a window's sum: its elements with the padding, its elements inside x, or a given
/// number.
struct PoolDivisor {
  bool count_padding = true;
  Index given = 0;  ///< 0 to count

  constexpr double operator()(const detail::Window& d, const detail::Window& h,
                              const detail::Window& w) const {
    const auto count = [&](const detail::Window& a) {
      return static_cast<double>(count_padding ? a.size : a.last - a.first);
    };
    return given != 0 ? static_cast<double>(given) : count(d) * count(h) * count(w);
  }
};

namespace detail {
/// sums[j] = the sum of the elements of `line` in window j.
template <class T> void sum_windows(const Pooling& p, const Windows& all, const T* line, T* sums) {
  Index first = all.inner_first, last = all.inner_last;
  const bool common = common_width(p.w(), [&](auto width, auto step) {
    constexpr int kWidth = width, kStep = step;
    const T* from = line - p.w().padding;
    for (Index j = first; j < last; ++j) {
      T sum = 0;
      repeat<kWidth>([&](auto k) { sum += from[j * kStep + k]; });
      sums[j] = sum;
    }
  });
  if (!common) first = last = 0;
  const auto one = [&](Index j) {
    const Window& w = all.w[static_cast<std::size_t>(j)];
    sums[j] = fold_row<SumOf>(line + w.start + w.first, w.last - w.first);
  };
  for (Index j = 0; j < first; ++j) one(j);
  for (Index j = last; j < p.w().out; ++j) one(j);
}

/// The transpose of sum_windows: adds each value to the elements of its window in `line`.
template <class T>
void spread_windows(const Pooling& p, const Windows& all, const T* values, T* line) {
  const Index first = all.inner_first, last = all.inner_last, step = p.w().stride;
  for (Index k = 0; k < p.w().kernel && first < last; ++k) {
    T* to = line - p.w().padding + k;
    if (step == 1)
      for (Index j = first; j < last; ++j) to[j] += values[j];
    else
      for (Index j = first; j < last; ++j) to[j * step] += values[j];
  }
  const auto one = [&](Index j) {
    const Window& w = all.w[static_cast<std::size_t>(j)];
    for (Index k = w.first; k < w.last; ++k) line[w.start + k] += values[j];
  };
  for (Index j = 0; j < first; ++j) one(j);
  for (Index j = last; j < p.w().out; ++j) one(j);
}

/// Writes the divisors of a row of windows.
template <class T> void divisors(const Windows& all, const PoolDivisor& divisor, const Window& d,
                                 const Window& h, T* out) {
  for (std::size_t j = 0; j < all.w.size(); ++j) out[j] = static_cast<T>(divisor(d, h, all.w[j]));
}

/// True if each window is a single element, so there is nothing to add.
inline bool picks_single(const Pooling& p) {
  const auto single = [](const PoolDim& a) {
    return !a.adaptive && a.kernel == 1 && a.padding == 0 && (a.out - 1) * a.stride < a.in;
  };
  return single(p.d()) && single(p.h()) && single(p.w());
}

/// True if one window is the whole plane.
inline bool takes_whole(const Pooling& p) {
  const auto whole = [](const PoolDim& a) {
    return a.out == 1 && a.padding == 0 && (a.adaptive || a.kernel == a.in);
  };
  return whole(p.d()) && whole(p.h()) && whole(p.w());
}

/// The divisor if no sum is needed or one sum per plane is enough; otherwise 0.
inline Index simple_divisor(const Pooling& p, const PoolDivisor& divisor) {
  const bool whole = takes_whole(p);
  if (!whole && !picks_single(p)) return 0;
  return divisor.given != 0 ? divisor.given : whole ? p.in() : 1;
}

/// Calls f(element of x, element of y) for the first window of each row of windows, in parallel.
template <class F> void each_first_window(const Pooling& p, Index planes, const F& f) {
  const Index rows = p.d().out * p.h().out;
  vector_for(
      planes * rows, std::max<Index>(1, kPoolGrain / p.w().out), [&](Index begin, Index end) {
        for (Index r = begin; r < end; ++r) {
          const Index d = r % rows / p.h().out * p.d().stride, h = r % p.h().out * p.h().stride;
          f(r / rows * p.in() + (d * p.h().in + h) * p.w().in, r * p.w().out);
        }
      });
}

/// avg_pool() for a simple divisor n: one sum per plane, or a strided copy.
template <class T> void simple_avg_pool(const Pooling& p, Index planes, const T* x, T n, T* y) {
  if (takes_whole(p)) {
    vector_for(planes, std::max<Index>(1, kPoolGrain / p.in()), [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) y[i] = fold_row<SumOf>(x + i * p.in(), p.in()) / n;
    });
  } else {
    each_first_window(p, planes, [=, out = p.w().out, step = p.w().stride](Index from, Index to) {
      for (Index j = 0; j < out; ++j) y[to + j] = x[from + j * step] / n;
    });
  }
}

/// avg_pool_grad() for a simple divisor n.
template <class T>
void simple_avg_pool_grad(const Pooling& p, Index planes, const T* grad_y, T n, T* grad_x) {
  const bool whole = takes_whole(p);
  vector_for(planes, std::max<Index>(1, kPoolGrain / p.in()), [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i)
      std::fill_n(grad_x + i * p.in(), p.in(), whole ? grad_y[i] / n : T{0});
  });
  if (whole) return;
  each_first_window(p, planes, [=, out = p.w().out, step = p.w().stride](Index to, Index from) {
    for (Index j = 0; j < out; ++j) grad_x[to + j * step] = grad_y[from + j] / n;
  });
}
}  // namespace detail

namespace detail {
/// avg_pool() for sums in range.
inline Array plain_avg_pool(const Op& op, const Array& x, const Pooling& p, const Shape& shape,
                            PoolDivisor divisor) {
  const Array y = Array::empty(shape, x.dtype(), op);
  if (y.count() == 0) return y;
  if (const Index n = simple_divisor(p, divisor)) {
    dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
      simple_avg_pool(p, x.count() / p.in(), x.data<T>(), static_cast<T>(n), y.data<T>());
    });
    return y;
  }
  const Windows all(p);
  const Index rows = y.count() / p.w().out, width = p.w().in, out = p.w().out;
  const Index work = width * p.h().kernel * p.d().kernel;
  const Chunks chunks(rows, std::max<Index>(1, kPoolGrain / work));
  const Array scratch = Array::empty({chunks.count, width + out}, x.dtype(), op);
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    const T* in = x.data<T>();
    T *to = y.data<T>(), *space = scratch.data<T>();
    vector_tasks(chunks.count, [&](Index chunk) {
      T *line = space + chunk * (width + out), *count = line + width;
      const Window *same_d = nullptr, *same_h = nullptr;
      each_row(p, all, chunks.begin(chunk), chunks.end(chunk),
               [&](Index plane, Index r, const auto& d, const auto& h) {
                 const T* from = in + plane * p.in();
                 bool begun = false;
                 each_line(p, d, h, [&](Index at, Index) {
                   const T* row = from + at * width;
                   if (!begun) std::copy_n(row, width, line);
                   else
                     for (Index i = 0; i < width; ++i) line[i] += row[i];
                   begun = true;
                 });
                 T* sums = to + r * out;
                 sum_windows(p, all, line, sums);
                 if (&d != same_d || &h != same_h) divisors(all, divisor, d, h, count);
                 same_d = &d, same_h = &h;
                 for (Index j = 0; j < out; ++j) sums[j] /= count[j];
               });
    });
  });
  return y;
}
}  // namespace detail

/// The mean of each window of x (planes…, in…), of `shape` (planes…, out…). It adds the rows of a
/// window, then the columns of that sum. Dilation must be 1. If a mean is not finite, the sum may
/// only have been too large, so it is computed again from smaller values.
inline Array avg_pool(const Op& op, const Array& x, const Pooling& p, const Shape& shape,
                      PoolDivisor divisor) {
  const Array y = detail::plain_avg_pool(op, x, p, shape, divisor);
  return dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    if (detail::are_finite(y.data<T>(), y.count())) return y;
    const auto times = [&](const Array& a, T by) {
      return map<T, T>(op, a, [by](T v) { return v * by; });
    };
    constexpr T kUp = T{1} * (Index{1} << 40);  // more than the elements of a window
    const Array again =
        times(detail::plain_avg_pool(op, times(x, 1 / kUp), p, shape, divisor), kUp);
    return zip<T, T>(op, shape, y, again, [](T a, T b) { return std::isfinite(a) ? a : b; });
  });
}

/// The transpose of avg_pool: distributes each grad_y over its window, into `shape` (planes…, in…).
inline Array avg_pool_grad(const Op& op, const Array& grad_y, const Pooling& p, const Shape& shape,
                           PoolDivisor divisor) {
  if (grad_y.count() == 0) return Array::zeros(shape, grad_y.dtype());
  const Array grad_x = Array::empty(shape, grad_y.dtype(), op);
  if (const Index n = detail::simple_divisor(p, divisor)) {
    dispatch_floating(op, grad_y.dtype(), [&]<class T>(Type<T>) {
      detail::simple_avg_pool_grad(p, grad_x.count() / p.in(), grad_y.data<T>(), static_cast<T>(n),
                                   grad_x.data<T>());
    });
    return grad_x;
  }
  const detail::Windows all(p);
  const Index planes = grad_x.count() / p.in(), width = p.w().in, out = p.w().out;
  const Chunks chunks(planes, std::max<Index>(1, detail::kPoolGrain / p.in()));
  const Array scratch = Array::empty({chunks.count, width + 2 * out}, grad_y.dtype(), op);
  dispatch_floating(op, grad_y.dtype(), [&]<class T>(Type<T>) {
    const T* g = grad_y.data<T>();
    T *to = grad_x.data<T>(), *space = scratch.data<T>();
    const Index rows = p.d().out * p.h().out;
    vector_tasks(chunks.count, [&](Index chunk) {
      T *line = space + chunk * (width + 2 * out), *count = line + width, *share = count + out;
      const detail::Window *same_d = nullptr, *same_h = nullptr;
      const Index begin = chunks.begin(chunk), end = chunks.end(chunk);
      detail::each_row(p, all, begin * rows, end * rows,
                       [&](Index plane, Index r, const auto& d, const auto& h) {
                         T* plane_x = to + plane * p.in();
                         if (r % rows == 0) std::fill_n(plane_x, p.in(), T{0});
                         if (&d != same_d || &h != same_h)
                           detail::divisors(all, divisor, d, h, count);
                         same_d = &d, same_h = &h;
                         for (Index j = 0; j < out; ++j) share[j] = g[r * out + j] / count[j];
                         std::fill_n(line, width, T{0});
                         detail::spread_windows(p, all, share, line);
                         detail::each_line(p, d, h, [&](Index at, Index) {
                           T* row = plane_x + at * width;
                           for (Index i = 0; i < width; ++i) row[i] += line[i];
                         });
                       });
    });
  });
  return grad_x;
}

}  // namespace tinygrad::kernels
