// SPDX-License-Identifier: MIT
// The transforms of Winograd's minimal filtering, on numbers or on vectors. F(4×4, 3×3) computes
// sixteen outputs of a 3×3 convolution from 36 products instead of 144; F(2×2, 5×5) computes four
// outputs of a 5×5 convolution from 36 products instead of 100. Tiles of 6×6 inputs and the weights
// are polynomials. They are evaluated at the points 0, 1, −1, 2, −2 and ∞ of each dim, multiplied
// there and summed over channels; the outputs are interpolated from the sums.
//
// Source: Lavin and Gray 2016, "Fast algorithms for convolutional neural networks", section 4.
#pragma once

#include "tinygrad/core/shape.hpp"
#include "tinygrad/kernels/simd/wide.hpp"

TINYGRAD_BEGIN_WIDE_LOOPS
namespace tinygrad::inline TINYGRAD_ABI::kernels::conv::winograd::inline TINYGRAD_WIDE {

inline constexpr Index kIn = 6;  ///< inputs of a tile along one dim; also its points
inline constexpr Index kPoints = kIn * kIn;

/// Outputs of a tile along one dim.
template <Index kTaps> inline constexpr Index kOut = kIn + 1 - kTaps;

// Each transforms `from` to `to` along one dim. Along both dims they are the paper's matrices.

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

/// B: points to gradients of inputs, the transpose of Inputs.
struct InputGrads {
  static constexpr Index kFrom = kIn, kTo = kIn;
  template <class V> static void apply(const V (&p)[kFrom], V (&to)[kTo]) {
    const V even = p[1] + p[2], odd = p[1] - p[2];
    const V wide_even = p[3] + p[4], wide_odd = 2 * (p[3] - p[4]);
    to[0] = 4 * p[0];
    to[1] = 4 * (p[5] - odd) - wide_odd;
    to[2] = -5 * p[0] - 4 * even - wide_even;
    to[3] = odd + wide_odd - 5 * p[5];
    to[4] = p[0] + even + wide_even;
    to[5] = p[5];
  }
};

/// Aᵀ: points to outputs.
template <Index kTaps> struct Outputs {
  static constexpr Index kFrom = kIn, kTo = kOut<kTaps>;
  template <class V> static void apply(const V (&m)[kFrom], V (&to)[kTo]) {
    const V even = m[1] + m[2], odd = m[1] - m[2];
    const V wide_even = m[3] + m[4], wide_odd = m[3] - m[4];
    to[0] = m[0] + even + wide_even;
    to[1] = odd + 2 * wide_odd;
    if constexpr (kTo > 2) {
      to[2] = even + 4 * wide_even;
      to[3] = odd + 8 * wide_odd;
    }
    to[kTo - 1] += m[5];
  }
};

/// A: gradients of outputs to points, the transpose of Outputs.
template <Index kTaps> struct OutputGrads {
  static constexpr Index kFrom = kOut<kTaps>, kTo = kIn;
  template <class V> static void apply(const V (&g)[kFrom], V (&to)[kTo]) {
    V even = g[0], odd = g[1], wide_even = g[0], wide_odd = 2 * g[1];
    if constexpr (kFrom > 2) {
      even += g[2];
      odd += g[3];
      wide_even += 4 * g[2];
      wide_odd += 8 * g[3];
    }
    to[0] = g[0];
    to[1] = even + odd;
    to[2] = even - odd;
    to[3] = wide_even + wide_odd;
    to[4] = wide_even - wide_odd;
    to[5] = g[kFrom - 1];
  }
};

/// G: weights to points.
template <Index kTaps> struct Weights {
  static constexpr Index kFrom = kTaps, kTo = kIn;
  template <class V> static void apply(const V (&w)[kFrom], V (&to)[kTo]) {
    V even = w[0] + w[2], odd = w[1], wide_even = w[0] + 4 * w[2], wide_odd = 2 * w[1];
    if constexpr (kTaps > 3) {
      even += w[4];
      odd += w[3];
      wide_even += 16 * w[4];
      wide_odd += 8 * w[3];
    }
    to[0] = w[0] / 4;
    to[1] = (even + odd) / -6;
    to[2] = (even - odd) / -6;
    to[3] = (wide_even + wide_odd) / 24;
    to[4] = (wide_even - wide_odd) / 24;
    to[5] = w[kTaps - 1];
  }
};

/// Gᵀ: points to gradients of weights, the transpose of Weights.
template <Index kTaps> struct WeightGrads {
  static constexpr Index kFrom = kIn, kTo = kTaps;
  template <class V> static void apply(const V (&p)[kFrom], V (&to)[kTo]) {
    const V even = (p[1] + p[2]) / -6, odd = (p[1] - p[2]) / -6;
    const V wide_even = (p[3] + p[4]) / 24, wide_odd = (p[3] - p[4]) / 24;
    to[0] = p[0] / 4 + even + wide_even;
    to[1] = odd + 2 * wide_odd;
    to[2] = even + 4 * wide_even;
    if constexpr (kTaps > 3) {
      to[3] = odd + 8 * wide_odd;
      to[4] = even + 16 * wide_even;
    }
    to[kTaps - 1] += p[5];
  }
};

/// Applies a transform along both dims. read(i, j) returns an input, write(i, j, value) stores a
/// result. Returns the sum of all results, which is finite only if every result is.
template <class Transform, class V, class Read, class Write> V transform(Read read, Write write) {
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
  V sum{};
#pragma GCC unroll 6
  for (Index i = 0; i < to; ++i) {
    V result[to];
    Transform::apply(half[i], result);
    V row = result[0];
#pragma GCC unroll 6
    for (Index j = 0; j < to; ++j) {
      write(i, j, result[j]);
      if (j > 0) row += result[j];
    }
    sum += row;
  }
  return sum;
}

}  // namespace tinygrad::kernels::conv::winograd
TINYGRAD_END_WIDE
