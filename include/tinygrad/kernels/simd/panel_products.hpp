// SPDX-License-Identifier: MIT
// Small matrix products whose sums stay in registers: a panel of a few rows, and two vectors of
// columns at a time. One operand is packed once in the order in which many products read it (270
// GFLOP/s on a core; BLAS, which packs both operands in every call, reaches 100 to 167).
#pragma once

#include <vector>

#include "tinygrad/core/shape.hpp"
#include "tinygrad/kernels/simd/vector.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// The layout of the rows that accumulate() reads. kAdjacent: row i begins at z + i, with its
/// numbers `z_step` apart. kScattered: row i begins at z + offsets[i], with its numbers adjacent.
enum class Rows { kAdjacent, kScattered };

/// `n`, rounded up to a multiple of `unit`.
constexpr Index round_up(Index n, Index unit) { return (n + unit - 1) / unit * unit; }

/// 0, step, 2·step, …: the offsets of consecutive rows.
inline std::vector<Index> multiples(Index count, Index step) {
  std::vector<Index> offsets;
  for (Index i = 0; i < count; ++i) offsets.push_back(i * step);
  return offsets;
}

}  // namespace tinygrad::kernels

TINYGRAD_BEGIN_WIDE_LOOPS
namespace tinygrad::inline TINYGRAD_ABI::kernels {
inline namespace TINYGRAD_WIDE {

/// The number of columns of a panel: two vectors.
template <class T> inline constexpr Index kPanel = 2 * kLanes<T>;

/// The least and the most rows of a panel. With two vectors each, the rows and an operand fit the
/// registers.
inline constexpr int kPanelRows = kVectorRegisters / 4;
inline constexpr int kMostPanelRows = kPanelRows * 5 / 4;

}  // namespace TINYGRAD_WIDE
namespace detail::inline TINYGRAD_WIDE {

/// to (kRows, kVectors of columns) = start + u (depth, kRows)ᵀ·v (depth, columns). Row c of v
/// begins at v + offsets[c]. `start` has one number for each row, or is null.
template <int kRows, int kVectors, class T>
void multiply_panel(Index depth, const T* u, const T* v, const Index* offsets, const T* start,
                    T* to, Index stride) {
  constexpr int L = kLanes<T>;
  Vec<T> sums[kRows][kVectors] = {};
  if (start)
#pragma GCC unroll 20
    for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < kVectors; ++j) sums[i][j] += start[i];
  for (Index c = 0; c < depth; ++c, u += kRows) {
    Vec<T> right[kVectors];
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) right[j] = load(v + offsets[c] + j * L);
#pragma GCC unroll 20
    for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < kVectors; ++j) sums[i][j] += u[i] * right[j];
  }
#pragma GCC unroll 20
  for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) store(to + i * stride + j * L, sums[i][j]);
}

/// to (kRows, kVectors of columns) += z (kRows, count)·v (count, columns). The product is summed
/// from zero, so rounding errors grow with the terms of one product and not with all additions.
template <Rows kLie, int kRows, int kVectors, class T>
void accumulate_panel(Index count, const T* z, const Index* offsets, Index z_step, const T* v,
                      Index v_stride, T* to, Index stride) {
  constexpr int L = kLanes<T>;
  const T* rows[kRows];
#pragma GCC unroll 20
  for (int i = 0; i < kRows; ++i) rows[i] = z + (kLie == Rows::kAdjacent ? i : offsets[i]);
  Vec<T> sums[kRows][kVectors] = {};
  const Index step = kLie == Rows::kAdjacent ? z_step : 1;
  for (Index t = 0; t < count * step; t += step, v += v_stride) {
    Vec<T> right[kVectors];
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) right[j] = load(v + j * L);
#pragma GCC unroll 20
    for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < kVectors; ++j) sums[i][j] += rows[i][t] * right[j];
  }
#pragma GCC unroll 20
  for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) {
      T* const sum = to + i * stride + j * L;
      store(sum, Vec<T>(load(sum) + sums[i][j]));
    }
}

}  // namespace detail::TINYGRAD_WIDE
inline namespace TINYGRAD_WIDE {

/// The product functions for the number of rows that leaves the fewest rows of a panel unused.
template <class T, Rows kLie> struct PanelProducts {
  using Multiply = void (*)(Index depth, const T* u, const T* v, const Index* offsets,
                            const T* start, T* to, Index stride);
  using Accumulate = void (*)(Index count, const T* z, const Index* offsets, Index z_step,
                              const T* v, Index v_stride, T* to, Index stride);
  Index rows;
  Multiply multiply_two;                  ///< two vectors of columns
  Accumulate accumulate, accumulate_two;  ///< one vector of columns, and two
  Accumulate accumulate_tall = nullptr;   ///< one vector of columns, twice the rows: kAdjacent only

  /// Chooses the functions for `count` rows.
  explicit PanelProducts(Index count) {
    if (round_up(count, kMostPanelRows) < round_up(count, kPanelRows)) use<kMostPanelRows>();
    else use<kPanelRows>();
  }
  /// `count`, rounded up to whole panels.
  Index padded(Index count) const { return round_up(count, rows); }
  /// Multiplies panel by panel: `columns` columns, rounded up to whole vectors.
  void multiply_all(Index depth, const T* u, const T* v, const Index* offsets, const T* start,
                    Index columns, T* to, Index stride) const {
    for (Index q = 0; q < columns; q += kPanel<T>) {
      const Multiply product = columns - q > kLanes<T> ? multiply_two : multiply_one_;
      product(depth, u, v + q, offsets, start, to + q, stride);
    }
  }

 private:
  template <int kRows> void use() {
    rows = kRows;
    multiply_one_ = detail::multiply_panel<kRows, 1, T>;
    multiply_two = detail::multiply_panel<kRows, 2, T>;
    accumulate = detail::accumulate_panel<kLie, kRows, 1, T>;
    accumulate_two = detail::accumulate_panel<kLie, kRows, 2, T>;
    if constexpr (kLie == Rows::kAdjacent)
      accumulate_tall = detail::accumulate_panel<kLie, 2 * kRows, 1, T>;
  }

  Multiply multiply_one_;
};

}  // namespace TINYGRAD_WIDE
}  // namespace tinygrad::kernels
TINYGRAD_END_WIDE
