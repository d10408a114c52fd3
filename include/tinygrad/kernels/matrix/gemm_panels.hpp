// SPDX-License-Identifier: MIT
// Matrix products without BLAS, on one thread. They replace a BLAS that cannot be limited to one
// thread a call (BLIS behind Debian's libblas.so.3) or has no kernels (the reference BLAS).
#pragma once

#include <algorithm>

#include "tinygrad/kernels/simd/panel_products.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// A row-major matrix operand in memory, and whether the product reads it transposed.
template <class T> struct Matrix {
  const T* data;
  Index stride;  ///< elements from one stored row to the next
  bool transposed = false;

  T at(Index row, Index column) const {
    return transposed ? data[column * stride + row] : data[row * stride + column];
  }
};

namespace detail {
/// The size of the pieces of the inner side. Their operands fit the first cache.
inline constexpr Index kPanelDepth = 256;

/// gemm() of matrices that are not empty, without explicit vectors: one row of C after the other.
template <class T> void gemm_by_rows(Index m, Index n, Index k, T alpha, const Matrix<T>& a,
                                     const Matrix<T>& b, T beta, T* c, Index c_stride) {
  constexpr Index kWidth = 64;
  T sums[kWidth];
  for (Index j = 0; j < n; j += kWidth) {
    const Index width = std::min(kWidth, n - j);
    for (Index l = 0; l < k; l += kPanelDepth)
      for (Index i = 0; i < m; ++i) {
        std::fill_n(sums, width, T{0});
        for (Index t = l; t < std::min(k, l + kPanelDepth); ++t)
          for (Index q = 0; q < width; ++q) sums[q] += a.at(i, t) * b.at(t, j + q);
        for (Index q = 0; q < width; ++q) {
          T& to = c[i * c_stride + j + q];
          const T before = l > 0 ? to : beta == T{0} ? T{0} : beta * to;
          to = before + alpha * sums[q];
        }
      }
  }
}
}  // namespace detail

}  // namespace tinygrad::kernels

TINYGRAD_BEGIN_WIDE_LOOPS
namespace tinygrad::inline TINYGRAD_ABI::kernels::detail::inline TINYGRAD_WIDE {

/// gemm() of matrices that are not empty. It copies one panel of columns of b at a time, so that
/// vectors can be loaded, and multiplies it by all rows of a. Only the shape decides the panels.
template <class T> void gemm_panels(Index m, Index n, Index k, T alpha, const Matrix<T>& a,
                                    const Matrix<T>& b, T beta, T* c, Index c_stride) {
  constexpr Index kWidth = kPanel<T>;
  alignas(64) T columns[kPanelDepth * kWidth], sums[kPanelRows * kWidth];
  T rows[kPanelRows * kPanelDepth];  // of a transposed a
  for (Index j = 0; j < n; j += kWidth) {
    const Index width = std::min(kWidth, n - j);
    for (Index l = 0; l < k; l += kPanelDepth) {
      const Index depth = std::min(kPanelDepth, k - l);
      for (Index t = 0; t < depth; ++t)
        for (Index q = 0; q < kWidth; ++q)
          columns[t * kWidth + q] = q < width ? b.at(l + t, j + q) : T{0};
      for (Index i = 0; i < m; i += kPanelRows) {
        const Index height = std::min<Index>(kPanelRows, m - i);
        Index offsets[kPanelRows];  // rows after the last repeat the last
        for (Index r = 0; r < kPanelRows; ++r)
          offsets[r] = std::min(r, height - 1) * (a.transposed ? kPanelDepth : a.stride);
        if (a.transposed)
          for (Index t = 0; t < depth; ++t)
            for (Index r = 0; r < height; ++r) rows[r * kPanelDepth + t] = a.at(i + r, l + t);
        std::fill_n(sums, kPanelRows * kWidth, T{0});
        accumulate_panel<Rows::kScattered, kPanelRows, 2>(
            depth, a.transposed ? rows : a.data + i * a.stride + l, offsets, 1, columns, kWidth,
            sums, kWidth);
        for (Index r = 0; r < height; ++r)
          for (Index q = 0; q < width; ++q) {
            T& to = c[(i + r) * c_stride + j + q];
            const T before = l > 0 ? to : beta == T{0} ? T{0} : beta * to;
            to = before + alpha * sums[r * kWidth + q];
          }
      }
    }
  }
}

}  // namespace tinygrad::kernels::detail
TINYGRAD_END_WIDE
