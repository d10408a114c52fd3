// SPDX-License-Identifier: MIT
// Reductions over any axes, as passes over (outer, n, inner) blocks: groups of adjacent axes are
// merged, and separate groups are reduced one after the other, last group first.
#pragma once

#include <cmath>
#include <limits>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"

namespace tinygrad::kernels {

/// Sum. Blocks of 4096 are added in 16 lanes, the blocks in double: the error grows with the square
/// root of the length at worst, and the order is fixed.
struct SumOf {
  static constexpr bool kFromFirst = false;
  template <class T> static constexpr T start() { return T{0}; }
  template <class T> T operator()(T a, T b) const { return a + b; }
};
struct ProductOf {
  static constexpr bool kFromFirst = false;
  template <class T> static constexpr T start() { return T{1}; }
  template <class T> T operator()(T a, T b) const { return a * b; }
};
/// Largest and smallest; NaN wins.
struct MaxOf {
  static constexpr bool kFromFirst = true;
  template <class T> T operator()(T a, T b) const { return a > b || a != a ? a : b; }
};
struct MinOf {
  static constexpr bool kFromFirst = true;
  template <class T> T operator()(T a, T b) const { return a < b || a != a ? a : b; }
};

namespace detail {
/// f over n adjacent values, n ≥ 1 if F starts from the first.
template <class F, class T> T fold_row(const T* x, Index n) {
  constexpr Index kLanes = 16, kBlock = 4096;
  const F f;
  using Total =
      std::conditional_t<std::is_same_v<F, SumOf> && std::is_floating_point_v<T>, double, T>;
  Total total{};
  if constexpr (F::kFromFirst) total = x[0];
  else total = F::template start<Total>();
  for (Index begin = 0; begin < n; begin += kBlock) {
    const Index size = std::min(kBlock, n - begin);
    const T* block = x + begin;
    if (size < kLanes) {
      for (Index i = 0; i < size; ++i) total = f(total, static_cast<Total>(block[i]));
      continue;
    }
    T lane[kLanes];
    for (Index k = 0; k < kLanes; ++k) lane[k] = block[k];
    Index i = kLanes;
    for (; i + kLanes <= size; i += kLanes)
      for (Index k = 0; k < kLanes; ++k) lane[k] = f(lane[k], block[i + k]);
    for (; i < size; ++i) lane[i % kLanes] = f(lane[i % kLanes], block[i]);
    for (Index k = 0; k < kLanes; ++k) total = f(total, static_cast<Total>(lane[k]));
  }
  return static_cast<T>(total);
}

/// y[j] = f over i of x[i·inner + j], for columns [first, last).
template <class F, class T>
void fold_columns(const T* x, Index n, Index inner, T* y, Index first, Index last) {
  const F f;
  Index row = 0;
  if constexpr (F::kFromFirst) {
    for (Index j = first; j < last; ++j) y[j] = x[j];
    row = 1;
  } else {
    for (Index j = first; j < last; ++j) y[j] = F::template start<T>();
  }
  for (; row < n; ++row) {
    const T* in = x + row * inner;
    for (Index j = first; j < last; ++j) y[j] = f(y[j], in[j]);
  }
}
}  // namespace detail

/// Reduces the middle of (outer, n, inner).
template <class F, class T>
void reduce_middle(const T* x, Index outer, Index n, Index inner, T* y) {
  const Index work = std::max<Index>(n, 1);
  if (inner == 1) {
    constexpr Index kChunk = 65536;
    if (outer == 1 && n > 2 * kChunk) {  // one long row: chunks of it, combined in order
      const Chunks chunks(n, kChunk);
      T partial[64];
      parallel_tasks(chunks.count, [&](Index c) {
        partial[c] = detail::fold_row<F>(x + chunks.begin(c), chunks.end(c) - chunks.begin(c));
      });
      y[0] = detail::fold_row<F>(partial, chunks.count);
      return;
    }
    parallel_for(outer, std::max<Index>(1, 32768 / work), [=](Index begin, Index end) {
      for (Index o = begin; o < end; ++o) y[o] = detail::fold_row<F>(x + o * n, n);
    });
    return;
  }
  if (outer == 1) {  // column sums: each task takes a band of columns through all rows
    parallel_for(inner, std::max<Index>(64, 32768 / work), [=](Index begin, Index end) {
      detail::fold_columns<F>(x, n, inner, y, begin, end);
    });
    return;
  }
  parallel_for(outer, std::max<Index>(1, 32768 / (work * inner)), [=](Index begin, Index end) {
    for (Index o = begin; o < end; ++o)
      detail::fold_columns<F>(x + o * n * inner, n, inner, y + o * inner, 0, inner);
  });
}

/// Which axes of a shape are reduced.
struct AxisSet {
  bool reduced[kMaxRank] = {};
  bool operator[](int axis) const { return reduced[axis]; }
};

/// The shape after reducing, with size 1 for the reduced axes if keepdims.
inline Shape reduced_shape(const Shape& shape, const AxisSet& axes, bool keepdims) {
  Shape out;
  for (int i = 0; i < shape.rank(); ++i)
    if (!axes[i]) out.push_back(shape[i]);
    else if (keepdims) out.push_back(1);
  return out;
}

/// Reduces `axes` of x with F. The reduced axes are dropped. Where F starts from the first value no
/// reduced axis may be empty (checked by the ops).
template <class F, class T> Array reduce(const Op& op, const Array& x, const AxisSet& axes) {
  Array now = x;
  Shape shape = x.shape();
  AxisSet left = axes;
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

/// Index of the largest (Better = Greater) or smallest value along one axis; the first of equals,
/// and a NaN beats everything. The axis is dropped and must not be empty.
template <class Better, class T> Array arg_reduce(const Op& op, const Array& x, int axis) {
  const Shape& in = x.shape();
  const Index outer = in.product(0, axis), n = in[axis], inner = in.product(axis + 1, in.rank());
  Shape shape = in;
  shape.erase(axis);
  Array y = Array::empty(shape, int64, op);
  const T* values = x.data<T>();
  Index* out = y.data<Index>();
  const Better better;
  parallel_for(outer * inner, std::max<Index>(1, 32768 / std::max<Index>(n, 1)),
               [=](Index begin, Index end) {
                 for (Index k = begin; k < end; ++k) {
                   const T* column = values + (k / inner) * n * inner + k % inner;
                   Index best = 0;
                   for (Index i = 1; i < n; ++i) {
                     const T v = column[i * inner], b = column[best * inner];
                     if (better(v, b) || (v != v && b == b)) best = i;
                   }
                   out[k] = best;
                 }
               });
  return y;
}

}  // namespace tinygrad::kernels
