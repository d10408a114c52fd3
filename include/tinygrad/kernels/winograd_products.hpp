// SPDX-License-Identifier: MIT
// The products between Winograd's transforms: for every point a small matrix product, its operands
// as the transforms write them, its sums in registers (270 GFLOP/s on a core where BLAS, which must
// pack them first, does 167).
#pragma once

#include "tinygrad/kernels/simd.hpp"
#include "tinygrad/kernels/winograd_tiles.hpp"

namespace tinygrad::kernels::winograd {

/// m (kRows, block) = u (depth, kRows)ᵀ·v (depth, block).
template <int kRows, class T> void multiply(Index depth, const T* u, const T* v, T* m) {
  constexpr int L = kLanes<T>;
  Vec<T> sums[kRows][2] = {};
  for (Index c = 0; c < depth; ++c, u += kRows, v += 2 * L) {
    const Vec<T> left = load(v), right = load(v + L);
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      sums[i][0] += u[i] * left;
      sums[i][1] += u[i] * right;
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
    store(m + i * 2 * L, sums[i][0]);
    store(m + i * 2 * L + L, sums[i][1]);
  }
}

/// to (kRows, kVectors of columns) += z (kRows, block)·v (block, columns). From one row of v and of
/// `to` to the next it is `stride`.
template <int kRows, int kVectors, class T>
void accumulate(const T* z, const T* v, T* to, Index stride) {
  constexpr int L = kLanes<T>;
  Vec<T> sums[kRows][kVectors];
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) sums[i][j] = load(to + i * stride + j * L);
  for (Index t = 0; t < kBlock<T>; ++t, v += stride) {
    Vec<T> right[kVectors];
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) right[j] = load(v + j * L);
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < kVectors; ++j) sums[i][j] += z[i * kBlock<T> + t] * right[j];
  }
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) store(to + i * stride + j * L, sums[i][j]);
}

/// The products for a number of rows that are multiplied at once.
template <class T> struct Products {
  int rows;
  void (*multiply)(Index depth, const T* u, const T* v, T* m);
  void (*accumulate)(const T* z, const T* v, T* to, Index stride);      ///< a vector of columns
  void (*accumulate_two)(const T* z, const T* v, T* to, Index stride);  ///< two vectors

  template <int kRows> static Products of() {
    return {kRows, winograd::multiply<kRows, T>, winograd::accumulate<kRows, 1, T>,
            winograd::accumulate<kRows, 2, T>};
  }
  /// Those of which the last leave the fewest of `channels` rows unused. With two vectors a row
  /// they and an operand fit the registers: 32 with AVX-512, else 16.
  static Products for_channels(Index channels) {
    constexpr int kMany = TINYGRAD_VECTOR_BYTES == 64 ? 10 : 5, kFew = kMany * 4 / 5;
    const auto padded = [channels](Index n) { return (channels + n - 1) / n * n; };
    return padded(kMany) < padded(kFew) ? of<kMany>() : of<kFew>();
  }
};

/// to[t·stride + c] = from[c·block + t], for as many c as a vector has lanes.
template <class T> void transpose_block(const T* from, T* to, Index stride) {
  constexpr int L = kLanes<T>;
  for (Index t = 0; t < kBlock<T>; t += L) {
    Vec<T> v[L];
#pragma GCC unroll 16
    for (int c = 0; c < L; ++c) v[c] = load(from + c * kBlock<T> + t);
    transpose<T>(v);
#pragma GCC unroll 16
    for (int c = 0; c < L; ++c) store(to + (t + c) * stride, v[c]);
  }
}

}  // namespace tinygrad::kernels::winograd
