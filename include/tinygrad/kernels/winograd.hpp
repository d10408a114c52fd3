// SPDX-License-Identifier: MIT
// Winograd's minimal filtering F(4×4, 3×3): sixteen outputs of a 3×3 convolution from 36 products
// instead of 144. Tiles of 6×6 inputs and the 3×3 weights are transformed, multiplied point by
// point and summed over channels, and the sums transformed back. Here are the transforms, on
// numbers or vectors of them alike.
//
// Source: Lavin and Gray 2016, "Fast algorithms for convolutional neural networks", section 4.3.
#pragma once

#include "tinygrad/core/shape.hpp"

namespace tinygrad::kernels::winograd {

inline constexpr Index kOut = 4;  ///< outputs of a tile, along one axis
inline constexpr Index kTaps = 3;
inline constexpr Index kIn = kOut + kTaps - 1;  ///< inputs of a tile, and products
inline constexpr Index kPoints = kIn * kIn;

// Each takes `from` to `to` along one axis; applied along both, they are the matrices of the paper.

/// Bᵀ: inputs to points.
struct Inputs {
  static constexpr Index kFrom = kIn, kTo = kIn;
  template <class V> static void apply(const V (&d)[kFrom], V (&to)[kTo]) {
    const V even = d[4] - 4 * d[2], odd = d[3] - 4 * d[1];
    const V wide_even = d[4] - d[2], wide_odd = 2 * (d[3] - d[1]);
    to[0] = 4 * d[0] - 5 * d[2] + d[4];
    to[1] = even + odd;
    to[2] = even - odd;
    to[3] = wide_even + wide_odd;
    to[4] = wide_even - wide_odd;
    to[5] = 4 * d[1] - 5 * d[3] + d[5];
  }
};

/// Aᵀ: points to outputs.
struct Outputs {
  static constexpr Index kFrom = kIn, kTo = kOut;
  template <class V> static void apply(const V (&m)[kFrom], V (&to)[kTo]) {
    const V sum = m[1] + m[2], difference = m[1] - m[2];
    const V wide_sum = m[3] + m[4], wide_difference = m[3] - m[4];
    to[0] = m[0] + sum + wide_sum;
    to[1] = difference + 2 * wide_difference;
    to[2] = sum + 4 * wide_sum;
    to[3] = difference + 8 * wide_difference + m[5];
  }
};

/// A: gradients of outputs to points, the transpose of Outputs.
struct OutputGrads {
  static constexpr Index kFrom = kOut, kTo = kIn;
  template <class V> static void apply(const V (&g)[kFrom], V (&to)[kTo]) {
    const V even = g[0] + g[2], odd = g[1] + g[3];
    const V wide_even = g[0] + 4 * g[2], wide_odd = 2 * g[1] + 8 * g[3];
    to[0] = g[0];
    to[1] = even + odd;
    to[2] = even - odd;
    to[3] = wide_even + wide_odd;
    to[4] = wide_even - wide_odd;
    to[5] = g[3];
  }
};

/// G: weights to points.
struct Weights {
  static constexpr Index kFrom = kTaps, kTo = kIn;
  template <class V> static void apply(const V (&w)[kFrom], V (&to)[kTo]) {
    const V ends = (w[0] + w[2]) / -6, wide = w[0] / 24 + w[2] / 6;
    to[0] = w[0] / 4;
    to[1] = ends - w[1] / 6;
    to[2] = ends + w[1] / 6;
    to[3] = wide + w[1] / 12;
    to[4] = wide - w[1] / 12;
    to[5] = w[2];
  }
};

/// Gᵀ: points to gradients of weights, the transpose of Weights.
struct WeightGrads {
  static constexpr Index kFrom = kIn, kTo = kTaps;
  template <class V> static void apply(const V (&p)[kFrom], V (&to)[kTo]) {
    const V sum = (p[1] + p[2]) / -6, wide_sum = p[3] + p[4];
    to[0] = p[0] / 4 + sum + wide_sum / 24;
    to[1] = (p[2] - p[1]) / 6 + (p[3] - p[4]) / 12;
    to[2] = sum + wide_sum / 6 + p[5];
  }
};

/// Applies a transform along both axes: read(i, j) gives what it starts from, write(i, j, value)
/// takes the result.
template <class Transform, class V, class Read, class Write>
void transform(Read read, Write write) {
  constexpr Index from = Transform::kFrom, to = Transform::kTo;
  V half[to][from];
#pragma GCC unroll 6
  for (Index j = 0; j < from; ++j) {
    V column[from], result[to];
#pragma GCC unroll 6
    for (Index i = 0; i < from; ++i) column[i] = read(i, j);
    Transform::apply(column, result);
#pragma GCC unroll 6
    for (Index i = 0; i < to; ++i) half[i][j] = result[i];
  }
#pragma GCC unroll 6
  for (Index i = 0; i < to; ++i) {
    V result[to];
    Transform::apply(half[i], result);
#pragma GCC unroll 6
    for (Index j = 0; j < to; ++j) write(i, j, result[j]);
  }
}

}  // namespace tinygrad::kernels::winograd
