// SPDX-License-Identifier: MIT
// Running results along a dim: each output is made from the inputs up to its place. One thread
// walks a line from end to end, so that the order of the additions is fixed.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/core/wrapping.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// A shape viewed from one dim, as (outer, n, inner). A scalar is one value along dim 0.
struct AlongDim {
  Index outer = 1, n = 1, inner = 1;

  AlongDim(const Shape& shape, int dim) {
    if (shape.empty()) return;
    outer = shape.product(0, dim);
    n = shape[dim];
    inner = shape.product(dim + 1, shape.rank());
  }
};

enum class Direction { kForward, kBackward };

constexpr Direction opposite(Direction d) {
  return d == Direction::kForward ? Direction::kBackward : Direction::kForward;
}

/// Calls step(state, offset, i) for every element: `offset` is its place in the array, `i` its
/// place along the dim. It follows `direction` along each fibre. Each fibre begins with a copy of
/// `start`.
template <class State, class Step>
void scan(const Shape& shape, int dim, Direction direction, const State& start, Step step) {
  if (shape.count() == 0) return;
  const AlongDim along(shape, dim);
  const Index n = along.n, inner = along.inner;
  constexpr Index kTile =
      64;  // adjacent fibres that are walked together, so that memory is read in runs
  const Index tiles = (inner + kTile - 1) / kTile;
  vector_for(along.outer * tiles, 16384 / (n * std::min(kTile, inner)),
             [=](Index begin, Index end) {
               State states[kTile];
               for (Index t = begin; t < end; ++t) {
                 const Index first = t % tiles * kTile;
                 const Index width = std::min(kTile, inner - first);
                 std::fill_n(states, width, start);
                 for (Index k = 0; k < n; ++k) {
                   const Index i = direction == Direction::kForward ? k : n - 1 - k;
                   const Index row = (t / tiles * n + i) * inner + first;
                   for (Index j = 0; j < width; ++j) step(states[j], row + j, i);
                 }
               }
             });
}

/// The type of running sums and products of T: double for floating values.
template <class T> using Running = std::conditional_t<std::is_floating_point_v<T>, double, T>;

/// Running sum.
inline Array cumsum(const Op& op, const Array& x, int dim, Direction direction) {
  Array y = Array::empty(x.shape(), x.dtype(), op);
  dispatch_number(op, x.dtype(), [&]<class T>(Type<T>) {
    scan(x.shape(), dim, direction, Running<T>{0},
         [in = x.data<T>(), out = y.data<T>()](Running<T>& total, Index at, Index) {
           total = wrapping_add(total, static_cast<Running<T>>(in[at]));
           out[at] = static_cast<T>(total);
         });
  });
  return y;
}

/// Running product.
inline Array cumprod(const Op& op, const Array& x, int dim) {
  Array y = Array::empty(x.shape(), x.dtype(), op);
  dispatch_number(op, x.dtype(), [&]<class T>(Type<T>) {
    scan(x.shape(), dim, Direction::kForward, Running<T>{1},
         [in = x.data<T>(), out = y.data<T>()](Running<T>& total, Index at, Index) {
           total = wrapping_mul(total, static_cast<Running<T>>(in[at]));
           out[at] = static_cast<T>(total);
         });
  });
  return y;
}

/// yᵢ = bᵢ + aᵢ·yᵢ₋₁, with y₋₁ = 0. a and b have one shape.
inline Array recurrence(const Op& op, const Array& b, const Array& a, int dim,
                        Direction direction) {
  Array y = Array::empty(b.shape(), b.dtype(), op);
  dispatch_floating(op, b.dtype(), [&]<class T>(Type<T>) {
    scan(b.shape(), dim, direction, 0.0,
         [add = b.data<T>(), factor = a.data<T>(), out = y.data<T>()](double& last, Index at,
                                                                      Index) {
           last = static_cast<double>(add[at]) + static_cast<double>(factor[at]) * last;
           out[at] = static_cast<T>(last);
         });
  });
  return y;
}

/// Running log Σ exp. The largest value so far is stored separately, so that nothing overflows.
inline Array logcumsumexp(const Op& op, const Array& x, int dim) {
  struct State {
    double largest, total;  // total = Σ exp(x − largest)
  };
  static constexpr double inf = std::numeric_limits<double>::infinity();
  Array y = Array::empty(x.shape(), x.dtype(), op);
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    scan(x.shape(), dim, Direction::kForward, State{-inf, 0},
         [in = x.data<T>(), out = y.data<T>()](State& s, Index at, Index) {
           const auto v = static_cast<double>(in[at]);
           if (v > s.largest) {
             s.total = s.total * std::exp(s.largest - v) + 1;
             s.largest = v;
           } else if (v == s.largest) {  // also an infinity after itself
             s.total += v == -inf ? 0 : 1;
           } else {
             s.total += std::exp(v - s.largest);  // keeps NaN
           }
           out[at] = static_cast<T>(s.largest + std::log(s.total));
         });
  });
  return y;
}

template <class T> struct Extreme {
  T best;
  Index place;
};

/// Running extreme and its place: the last one of equal values, and after a NaN the last NaN.
/// better(a, b) is true if a replaces b.
template <class Better>
std::pair<Array, Array> cumulative_extreme(const Op& op, const Array& x, int dim, Better better) {
  Array values = Array::empty(x.shape(), x.dtype(), op);
  Array places = Array::empty(x.shape(), int64, op);
  dispatch(x.dtype(), [&]<class T>(Type<T>) {
    scan(x.shape(), dim, Direction::kForward, Extreme<T>{T{}, -1},
         [=, in = x.data<T>(), out = values.data<T>(), place = places.data<Index>()](
             Extreme<T>& s, Index at, Index i) {
           const T v = in[at];
           if (s.place < 0 || v != v || (s.best == s.best && better(v, s.best))) s = {v, i};
           out[at] = s.best;
           place[at] = s.place;
         });
  });
  return {values, places};
}

}  // namespace tinygrad::kernels
