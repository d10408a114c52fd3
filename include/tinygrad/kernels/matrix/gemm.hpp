// SPDX-License-Identifier: MIT
// Matrix products. The shape alone decides how a product is cut into blocks. Each block is one call
// of single-threaded BLAS on a thread of the library. No second pool of threads competes for the
// cores, and the bits do not depend on the number of threads.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/matrix/blas.hpp"
#include "tinygrad/kernels/matrix/gemm_panels.hpp"

#if TINYGRAD_TWO_WIDE_LEVELS
namespace tinygrad::inline TINYGRAD_ABI::kernels::detail::wide_v4 {
template <class T> void gemm_panels(Index m, Index n, Index k, T alpha, const Matrix<T>& a,
                                    const Matrix<T>& b, T beta, T* c, Index c_stride);
}
#endif

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// BLAS counts in 32 bits.
inline constexpr Index kMaxBlasSize = std::numeric_limits<int>::max();

namespace detail {
template <class T> void blas_gemm(const BlasScope& blas, Index m, Index n, Index k, T alpha,
                                  const Matrix<T>& a, const Matrix<T>& b, T beta, T* c,
                                  Index c_stride) {
  if (blas.without_blas()) {
    const auto product =
        vector_kernels_run() ? TINYGRAD_WIDEST(detail, gemm_panels<T>) : &gemm_by_rows<T>;
    return product(m, n, k, alpha, a, b, beta, c, c_stride);
  }
  constexpr int kRowMajor = 101, kAsIs = 111, kTransposed = 112;  // of the CBLAS standard
  const int ta = a.transposed ? kTransposed : kAsIs, tb = b.transposed ? kTransposed : kAsIs;
  const auto i = [](Index v) { return static_cast<int>(v); };
  const auto ld = [](Index v) { return static_cast<int>(std::max<Index>(v, 1)); };
  const BlasCall call(blas);
  if constexpr (std::is_same_v<T, float>)
    tinygrad_sgemm(kRowMajor, ta, tb, i(m), i(n), i(k), alpha, a.data, ld(a.stride), b.data,
                   ld(b.stride), beta, c, ld(c_stride));
  else
    tinygrad_dgemm(kRowMajor, ta, tb, i(m), i(n), i(k), alpha, a.data, ld(a.stride), b.data,
                   ld(b.stride), beta, c, ld(c_stride));
}
}  // namespace detail

/// gemm() on the calling thread only, as one BLAS call. For kernels that distribute many products
/// themselves, within one scope.
template <class T> void gemm_serial(const BlasScope& blas, Index m, Index n, Index k, T alpha,
                                    const Matrix<T>& a, const Matrix<T>& b, T beta, T* c,
                                    Index c_stride) {
  if (m == 0 || n == 0) return;
  if (k == 0) {
    for (Index i = 0; i < m; ++i)
      for (Index j = 0; j < n; ++j)
        c[i * c_stride + j] = beta == T{0} ? T{0} : beta * c[i * c_stride + j];
    return;
  }
  detail::blas_gemm(blas, m, n, k, alpha, a, b, beta, c, c_stride);
}

/// C = α·op(A)·op(B) + β·C with op(A) (m, k), op(B) (k, n), C (m, n) row-major with row stride
/// c_stride. With β = 0, C may be uninitialised. Empty products are zero. Cost: 2·m·n·k flops; a
/// block has at least kBlockFlops, about 60 µs of one core.
template <class T> void gemm(const BlasScope& blas, Index m, Index n, Index k, T alpha, Matrix<T> a,
                             Matrix<T> b, T beta, T* c, Index c_stride) {
  if (m == 0 || n == 0 || k == 0) return gemm_serial(blas, m, n, k, alpha, a, b, beta, c, c_stride);
  constexpr double kBlockFlops = 4e6;
  const double flops =
      2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  const bool by_rows = m >= n;  // divide the longer side: each block packs the other operand once
  const Index side = by_rows ? m : n;
  const auto most = static_cast<std::uint64_t>(std::clamp(flops / kBlockFlops, 1.0, 16.0));
  // A power of two, so that two, four or eight threads get equal shares.
  const Index count =
      std::min(static_cast<Index>(std::bit_floor(most)), std::max<Index>(1, side / 32));
  // Block borders are multiples of 16, the width of the micro-kernels.
  const auto cut = [&](Index i) { return i == count ? side : side * i / count / 16 * 16; };
  parallel_tasks(count, [&](Index block) {
    const Index begin = cut(block), size = cut(block + 1) - begin;
    if (by_rows) {
      const Matrix<T> rows{a.data + begin * (a.transposed ? 1 : a.stride), a.stride, a.transposed};
      detail::blas_gemm(blas, size, n, k, alpha, rows, b, beta, c + begin * c_stride, c_stride);
    } else {
      const Matrix<T> columns{b.data + begin * (b.transposed ? b.stride : 1), b.stride,
                              b.transposed};
      detail::blas_gemm(blas, m, size, k, alpha, a, columns, beta, c + begin, c_stride);
    }
  });
}
template <class T> void gemm(Index m, Index n, Index k, T alpha, Matrix<T> a, Matrix<T> b, T beta,
                             T* c, Index c_stride) {
  gemm(BlasScope(m, n, k), m, n, k, alpha, a, b, beta, c, c_stride);
}

}  // namespace tinygrad::kernels
