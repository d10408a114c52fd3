// SPDX-License-Identifier: MIT
// Reductions over any dims, as passes over (outer, n, inner) blocks. Adjacent dims are merged into
// groups. The groups are reduced one after the other, last group first.
#pragma once

#include <algorithm>
#include <type_traits>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/core/wrapping.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// Sum. Floating values are added 32 at a time in their own type, then in double. So the error is
/// near one rounding for any length. The order is fixed. Integers wrap.
struct SumOf {
  static constexpr bool kFromFirst = false;
  template <class T> static constexpr T start() { return T{0}; }
  template <class T> T operator()(T a, T b) const { return wrapping_add(a, b); }
};
struct ProductOf {
  static constexpr bool kFromFirst = false;
  template <class T> static constexpr T start() { return T{1}; }
  template <class T> T operator()(T a, T b) const { return wrapping_mul(a, b); }
};
/// True if all are true; true if any is true. For no values they are true and false.
struct AllOf {
  static constexpr bool kFromFirst = false;
  template <class T> static constexpr T start() { return true; }
  template <class T> T operator()(T a, T b) const { return a && b; }
};
struct AnyOf {
  static constexpr bool kFromFirst = false;
  template <class T> static constexpr T start() { return false; }
  template <class T> T operator()(T a, T b) const { return a || b; }
};
/// Largest and smallest value. NaN wins. better() is true if a replaces b; a tie keeps the first.
struct MaxOf {
  static constexpr bool kFromFirst = true;
  template <class T> T operator()(T a, T b) const { return ((a > b) | (a != a)) ? a : b; }
  template <class T> static bool better(T a, T b) { return a > b || (a != a && b == b); }
};
struct MinOf {
  static constexpr bool kFromFirst = true;
  template <class T> T operator()(T a, T b) const { return ((a < b) | (a != a)) ? a : b; }
  template <class T> static bool better(T a, T b) { return a < b || (a != a && b == b); }
};

namespace detail {
/// The accumulator type of F for values of T.
template <class F, class T> using Total =
    std::conditional_t<std::is_same_v<F, SumOf> && std::is_floating_point_v<T>, double, T>;

inline constexpr Index kRun = 32;             // values combined in T before they go into a Total
inline constexpr Index kTile = 256;           // columns at a time: they fit L1
inline constexpr Index kReduceGrain = 32768;  // elements that pay for a second thread

/// F over n ≥ 1 adjacent values: 32 lanes, each in runs of 32.
template <class F, class T> Total<F, T> fold_total(const T* x, Index n) {
  constexpr Index kLanes = 32;
  using Sum = Total<F, T>;
  const F f;
  if (n < kLanes) {
    auto total = static_cast<Sum>(x[0]);
    for (Index i = 1; i < n; ++i) total = f(total, static_cast<Sum>(x[i]));
    return total;
  }
  Sum totals[kLanes];
  for (Index k = 0; k < kLanes; ++k) totals[k] = static_cast<Sum>(x[k]);
  Index i = kLanes;
  while (i + kLanes <= n) {
    const Index stop = std::min(n, i + kRun * kLanes);
    T lane[kLanes];
    for (Index k = 0; k < kLanes; ++k) lane[k] = x[i + k];
    for (i += kLanes; i + kLanes <= stop; i += kLanes)
      for (Index k = 0; k < kLanes; ++k) lane[k] = f(lane[k], x[i + k]);
    for (Index k = 0; k < kLanes; ++k) totals[k] = f(totals[k], static_cast<Sum>(lane[k]));
  }
  for (Index k = 0; i < n; ++i, ++k) totals[k] = f(totals[k], static_cast<Sum>(x[i]));
  for (Index half = kLanes / 2; half > 0; half /= 2)
    for (Index k = 0; k < half; ++k) totals[k] = f(totals[k], totals[k + half]);
  return totals[0];
}

template <class F, class T> T fold_row(const T* x, Index n) {
  return static_cast<T>(fold_total<F>(x, n));
}

/// The sum of 16 lanes in double, by halves. One by one it would take as long as 256 values.
template <class T> double sum_lanes(const T (&lanes)[16]) {
  double sums[8];
  for (int k = 0; k < 8; ++k)
    sums[k] = static_cast<double>(lanes[k]) + static_cast<double>(lanes[k + 8]);
  for (int half = 4; half > 0; half /= 2)
    for (int k = 0; k < half; ++k) sums[k] += sums[k + half];
  return sums[0];
}

/// Σ f(i) over [0, n) in 16 lanes of T. It vectorises without -ffast-math.
template <class T, class F> [[gnu::always_inline]] inline double short_sum_of(Index n, F f) {
  constexpr Index kLanes = 16;
  double sum = 0;
  Index i = 0;
  if (n >= kLanes) {
    T lanes[kLanes] = {};
    for (; i + kLanes <= n; i += kLanes)
      for (Index k = 0; k < kLanes; ++k) lanes[k] += f(i + k);
    sum = sum_lanes(lanes);
  }
  for (; i < n; ++i) sum += static_cast<double>(f(i));
  return sum;
}

/// short_sum_of() in four times as many lanes, whose additions do not wait for each other, for long
/// sums. layer_norm, 1024×1024, forward: 93 → 79 µs.
template <class T, class F> [[gnu::always_inline]] inline double sum_of(Index n, F f) {
  constexpr Index kLanes = 16;
  if (n < 16 * kLanes) return short_sum_of<T>(n, f);
  T first[kLanes] = {}, second[kLanes] = {}, third[kLanes] = {}, fourth[kLanes] = {};
  Index i = 0;
  for (; i + 4 * kLanes <= n; i += 4 * kLanes)
    for (Index k = 0; k < kLanes; ++k) {
      first[k] += f(i + k);
      second[k] += f(i + kLanes + k);
      third[k] += f(i + 2 * kLanes + k);
      fourth[k] += f(i + 3 * kLanes + k);
    }
  for (Index k = 0; k < kLanes; ++k) first[k] = (first[k] + second[k]) + (third[k] + fourth[k]);
  const double sum = sum_lanes(first);
  return i == n ? sum : sum + short_sum_of<T>(n - i, [=](Index k) { return f(i + k); });
}

/// Σ f(i) over [0, n): runs of 4096 in T, the runs in double.
template <class T, class F> [[gnu::always_inline]] inline double long_sum_of(Index n, F f) {
  constexpr Index kLongRun = 4096;
  double sum = 0;
  for (Index i = 0; i < n; i += kLongRun)
    sum += sum_of<T>(std::min(kLongRun, n - i), [=](Index k) { return f(i + k); });
  return sum;
}

/// True if no value is NaN or infinite. It tests a sum of zeros, which vectorises.
template <class T> bool are_finite(const T* x, Index n) {
  return sum_of<T>(n, [=](Index i) { return x[i] * T{0}; }) == 0;
}

/// y[j] = F over i of x[i·inner + j], n ≥ 1 rows, for columns [first, last).
template <class F, class T, class Out>
void fold_columns(const T* x, Index n, Index inner, Out* y, Index first, Index last) {
  using Sum = Total<F, T>;
  const F f;
  for (Index c = first; c < last; c += kTile) {
    const Index width = std::min(kTile, last - c);
    T part[kTile];
    Sum totals[kTile];
    for (Index row = 0; row < n; row += kRun) {
      const T* in = x + row * inner + c;
      for (Index j = 0; j < width; ++j) part[j] = in[j];
      for (Index r = std::min(kRun, n - row); r > 1; --r) {
        in += inner;
        for (Index j = 0; j < width; ++j) part[j] = f(part[j], in[j]);
      }
      if (row == 0)
        for (Index j = 0; j < width; ++j) totals[j] = static_cast<Sum>(part[j]);
      else
        for (Index j = 0; j < width; ++j) totals[j] = f(totals[j], static_cast<Sum>(part[j]));
    }
    for (Index j = 0; j < width; ++j) y[c + j] = static_cast<Out>(totals[j]);
  }
}

/// One row of n > 2·65536 values, in chunks that are combined in order.
template <class F, class T> T fold_long_row(const T* x, Index n) {
  const Chunks chunks(n, 65536);
  Total<F, T> partial[64];
  vector_tasks(chunks.count, [&](Index c) {
    partial[c] = fold_total<F>(x + chunks.begin(c), chunks.end(c) - chunks.begin(c));
  });
  return static_cast<T>(fold_total<F>(partial, chunks.count));
}

/// The columns of one (n, inner) plane: bands of columns if it is wide, otherwise chunks of rows.
template <class F, class T> void fold_plane(const T* x, Index n, Index inner, T* y) {
  constexpr Index kWide = 8192;
  const Chunks chunks(n, std::max(kRun, kReduceGrain / inner), 16);
  if (inner >= kWide || chunks.count == 1) {
    vector_for(inner, std::max(kTile, kReduceGrain / n),
               [=](Index begin, Index end) { fold_columns<F>(x, n, inner, y, begin, end); });
    return;
  }
  using Sum = Total<F, T>;
  const Array scratch = Array::empty({chunks.count, inner}, dtype_of<Sum>());
  Sum* partial = scratch.data<Sum>();
  vector_tasks(chunks.count, [=](Index c) {
    fold_columns<F>(x + chunks.begin(c) * inner, chunks.end(c) - chunks.begin(c), inner,
                    partial + c * inner, 0, inner);
  });
  best_copy<fold_columns<F, Sum, T>>()(partial, chunks.count, inner, y, 0, inner);
}
}  // namespace detail

/// Reduces the middle dim of (outer, n, inner).
template <class F, class T>
void reduce_middle(const T* x, Index outer, Index n, Index inner, T* y) {
  if (n == 0) {
    if constexpr (!F::kFromFirst) std::fill_n(y, outer * inner, F::template start<T>());
  } else if (inner == 1 && outer == 1 && n > 2 * 65536) {
    y[0] = detail::fold_long_row<F>(x, n);
  } else if (inner == 1) {
    vector_for(outer, detail::kReduceGrain / n, [=](Index begin, Index end) {
      for (Index o = begin; o < end; ++o) y[o] = detail::fold_row<F>(x + o * n, n);
    });
  } else if (outer == 1) {
    detail::fold_plane<F>(x, n, inner, y);
  } else {
    vector_for(outer, detail::kReduceGrain / (n * inner), [=](Index begin, Index end) {
      for (Index o = begin; o < end; ++o)
        detail::fold_columns<F>(x + o * n * inner, n, inner, y + o * inner, 0, inner);
    });
  }
}

/// Which dims of a shape are reduced.
struct AxisSet {
  bool reduced[kMaxRank] = {};
  bool operator[](int dim) const { return reduced[dim]; }
};

/// The shape after the reduction. With keepdims, reduced dims have size 1.
inline Shape reduced_shape(const Shape& shape, const AxisSet& dims, bool keepdims) {
  Shape out;
  for (int i = 0; i < shape.rank(); ++i)
    if (!dims[i]) out.push_back(shape[i]);
    else if (keepdims) out.push_back(1);
  return out;
}

/// Reduces `dims` of x with F and drops them. If F starts from the first value, no reduced dim may
/// be empty; the ops check this.
template <class F, class T> Array reduce(const Op& op, const Array& x, const AxisSet& dims) {
  Array now = x;
  Shape shape = x.shape();
  AxisSet left = dims;
  bool any = false;
  for (int last = shape.rank() - 1; last >= 0; --last) {
    if (!left[last]) continue;
    int first = last;
    while (first > 0 && left[first - 1]) --first;
    const Index outer = shape.product(0, first);
    const Index n = shape.product(first, last + 1);
    const Index inner = shape.product(last + 1, shape.rank());
    for (int i = last; i >= first; --i) shape.erase(i);
    Array y = Array::empty(shape, dtype_of<T>(), op);
    if (y.count() > 0) reduce_middle<F>(now.data<T>(), outer, n, inner, y.data<T>());
    now = y;
    last = first;
    any = true;
  }
  return any ? now : x;
}

namespace detail {
/// The first position of the best of n ≥ 1 adjacent values: finds the value in lanes, then its
/// position.
template <class F, class T> Index arg_row(const T* x, Index n) {
  const T best = fold_row<F>(x, n);
  Index i = 0;
  if (best == best)
    while (x[i] != best) ++i;
  else
    while (x[i] == x[i]) ++i;
  return i;
}

/// The first position of the best value in each column [first, last) of n ≥ 1 rows.
template <class F, class T>
void arg_columns(const T* x, Index n, Index inner, Index* y, Index first, Index last) {
  for (Index c = first; c < last; c += kTile) {
    const Index width = std::min(kTile, last - c);
    T best[kTile];
    for (Index j = 0; j < width; ++j) {
      best[j] = x[c + j];
      y[c + j] = 0;
    }
    for (Index row = 1; row < n; ++row) {
      const T* in = x + row * inner + c;
      for (Index j = 0; j < width; ++j) {
        const bool better = F::better(in[j], best[j]);
        best[j] = better ? in[j] : best[j];
        y[c + j] = better ? row : y[c + j];
      }
    }
  }
}
}  // namespace detail

/// Index of the largest (F = MaxOf) or smallest (MinOf) value along one dim; the first of equal
/// ones. NaN beats everything. The dim is dropped and must not be empty.
template <class F, class T> Array arg_reduce(const Op& op, const Array& x, int dim) {
  const Shape& in = x.shape();
  const Index outer = in.product(0, dim), n = in[dim], inner = in.product(dim + 1, in.rank());
  Shape shape = in;
  shape.erase(dim);
  Array y = Array::empty(shape, int64, op);
  if (y.count() == 0) return y;
  const T* values = x.data<T>();
  Index* out = y.data<Index>();
  if (inner == 1) {
    vector_for(outer, detail::kReduceGrain / n, [=](Index begin, Index end) {
      for (Index o = begin; o < end; ++o) out[o] = detail::arg_row<F>(values + o * n, n);
    });
  } else if (outer == 1) {
    vector_for(
        inner, std::max(detail::kTile, detail::kReduceGrain / n),
        [=](Index begin, Index end) { detail::arg_columns<F>(values, n, inner, out, begin, end); });
  } else {
    vector_for(outer, detail::kReduceGrain / (n * inner), [=](Index begin, Index end) {
      for (Index o = begin; o < end; ++o)
        detail::arg_columns<F>(values + o * n * inner, n, inner, out + o * inner, 0, inner);
    });
  }
  return y;
}

}  // namespace tinygrad::kernels
