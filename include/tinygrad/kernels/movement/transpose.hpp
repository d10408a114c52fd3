// SPDX-License-Identifier: MIT
// Transposes a matrix in memory, by squares in registers.
#pragma once

#include <algorithm>

#include "tinygrad/core/shape.hpp"
#include "tinygrad/kernels/simd/vector.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels::detail {

/// to (columns, rows) = from (rows, columns), with lines of `from` `step` apart, those of `to`
/// `stride` apart.
template <class T>
void transpose_numbers(const T* from, Index rows, Index columns, Index step, T* to, Index stride) {
  for (Index c = 0; c < columns; ++c)
    for (Index r = 0; r < rows; ++r) to[c * stride + r] = from[r * step + c];
}

/// (m, n) → (n, m) without explicit vectors, by blocks that fit the first cache.
template <class T> void transpose_by_numbers(const T* x, Index m, Index n, Index step, T* y) {
  constexpr Index kSide = 16;
  for (Index j = 0; j < n; j += kSide)
    for (Index i = 0; i < m; i += kSide)
      transpose_numbers(x + i * step + j, std::min(m - i, kSide), std::min(n - j, kSide), step,
                        y + j * m + i, m);
}

}  // namespace tinygrad::kernels::detail

TINYGRAD_BEGIN_WIDE_LOOPS
namespace tinygrad::inline TINYGRAD_ABI::kernels::detail::inline TINYGRAD_WIDE {

/// (m, n) → (n, m), down the lines of x, by squares whose lines are cache lines. Registers transpose
/// squares of vectors, because lines 4096 bytes apart share a cache set, which holds fewer lines
/// than a square has.
template <class T> void transpose(const T* x, Index m, Index n, Index step, T* y) {
  if constexpr (sizeof(T) == 1) {
    transpose_by_numbers(x, m, n, step, y);
  } else {
    constexpr Index L = kLanes<decltype(T::bits)>, kSide = 64 / sizeof(T);
    for (Index j = 0; j < n; j += kSide)
      for (Index i = 0; i < m; i += kSide) {
        const Index height = std::min(m - i, kSide), width = std::min(n - j, kSide);
        const T* from = x + i * step + j;
        T* to = y + j * m + i;
        if (height < kSide || width < kSide) {
          transpose_numbers(from, height, width, step, to, m);
          continue;
        }
        for (Index c = 0; c < kSide; c += L)
          for (Index r = 0; r < kSide; r += L)
            transpose_square(&from[r * step + c].bits, step, &to[c * m + r].bits, m);
      }
  }
}

}  // namespace tinygrad::kernels::detail
TINYGRAD_END_WIDE
