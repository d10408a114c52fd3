// SPDX-License-Identifier: MIT
// Matrix products; the only file that talks to BLAS. The threads are ours: a product is cut into
// blocks by its shape alone, each block one call of single-threaded BLAS, so that no second pool of
// threads fights ours for the cores and the bits do not depend on the thread count.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

#include "tinygrad/core/parallel.hpp"

// The two CBLAS functions, under names of our own: <cblas.h> and xtensor-blas declare them in ways
// that cannot both be included, and a user may need either.
#define TINYGRAD_SYMBOL_2(prefix, name) #prefix name
#define TINYGRAD_SYMBOL_1(prefix, name) TINYGRAD_SYMBOL_2(prefix, name)
#define TINYGRAD_SYMBOL(name) __asm__(TINYGRAD_SYMBOL_1(__USER_LABEL_PREFIX__, name))

extern "C" {
void tinygrad_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
                    const float* a, int lda, const float* b, int ldb, float beta, float* c, int ldc)
    TINYGRAD_SYMBOL("cblas_sgemm");
void tinygrad_dgemm(int order, int trans_a, int trans_b, int m, int n, int k, double alpha,
                    const double* a, int lda, const double* b, int ldb, double beta, double* c,
                    int ldc) TINYGRAD_SYMBOL("cblas_dgemm");
__attribute__((weak)) void openblas_set_num_threads(int threads);
__attribute__((weak)) char* openblas_get_corename(void);
__attribute__((weak)) void gotoblas_dynamic_init(void);
__attribute__((weak)) void gotoblas_dynamic_quit(void);
}

#undef TINYGRAD_SYMBOL
#undef TINYGRAD_SYMBOL_1
#undef TINYGRAD_SYMBOL_2

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// BLAS counts in 32 bits.
inline constexpr Index kMaxBlasSize = std::numeric_limits<int>::max();

/// A row-major matrix operand as it lies in memory, and whether the product reads it transposed.
template <class T> struct Matrix {
  const T* data;
  Index stride;  ///< elements from one stored row to the next
  bool transposed = false;
};

namespace detail {
// True if OpenBLAS runs AVX2 kernels on a processor that has AVX-512.
inline bool blas_falls_short() {
#if defined(__x86_64__)
  const std::string_view core = openblas_get_corename();
  return (core == "Haswell" || core == "Zen") && __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

// OpenBLAS takes AVX2 kernels on an AVX-512 processor if OPENBLAS_CORETYPE says so, which images
// for mixed machines do, or if it is too old to know the processor: 104 instead of 167 GFLOP/s a
// core on a Zen 5. This has it look again, without the variable, and then tells it.
// TINYGRAD_BLAS=keep in the environment leaves it alone.
inline void choose_blas_kernels() {
  if (!openblas_get_corename || !gotoblas_dynamic_init || !gotoblas_dynamic_quit) return;
  const char* wish = std::getenv("TINYGRAD_BLAS");
  if ((wish && std::string_view(wish) == "keep") || !blas_falls_short()) return;
  const char* variable = std::getenv("OPENBLAS_CORETYPE");
  const std::string before = variable ? variable : "";
  const auto look_again = [] {
    gotoblas_dynamic_quit();
    gotoblas_dynamic_init();
  };
  ::unsetenv("OPENBLAS_CORETYPE");
  look_again();
  if (blas_falls_short()) {
    ::setenv("OPENBLAS_CORETYPE", "SkylakeX", 1);
    look_again();
    ::unsetenv("OPENBLAS_CORETYPE");
  }
  if (variable) ::setenv("OPENBLAS_CORETYPE", before.c_str(), 1);
}

// Once for the process, before its first product. BLAS itself must not start threads; a BLAS
// without these calls is left alone.
inline void prepare_blas() {
  static const bool done = [] {
    choose_blas_kernels();
    if (openblas_set_num_threads) openblas_set_num_threads(1);
    return true;
  }();
  (void)done;
}

template <class T> void blas_gemm(Index m, Index n, Index k, T alpha, const Matrix<T>& a,
                                  const Matrix<T>& b, T beta, T* c, Index c_stride) {
  constexpr int kRowMajor = 101, kAsIs = 111, kTransposed = 112;  // of the CBLAS standard
  const int ta = a.transposed ? kTransposed : kAsIs, tb = b.transposed ? kTransposed : kAsIs;
  const auto i = [](Index v) { return static_cast<int>(v); };
  const auto ld = [](Index v) { return static_cast<int>(std::max<Index>(v, 1)); };
  if constexpr (std::is_same_v<T, float>)
    tinygrad_sgemm(kRowMajor, ta, tb, i(m), i(n), i(k), alpha, a.data, ld(a.stride), b.data,
                   ld(b.stride), beta, c, ld(c_stride));
  else
    tinygrad_dgemm(kRowMajor, ta, tb, i(m), i(n), i(k), alpha, a.data, ld(a.stride), b.data,
                   ld(b.stride), beta, c, ld(c_stride));
}
}  // namespace detail

/// gemm() on the calling thread alone, as one call of BLAS: for kernels that share out many
/// products themselves.
template <class T> void gemm_serial(Index m, Index n, Index k, T alpha, const Matrix<T>& a,
                                    const Matrix<T>& b, T beta, T* c, Index c_stride) {
  if (m == 0 || n == 0) return;
  if (k == 0) {
    for (Index i = 0; i < m; ++i)
      for (Index j = 0; j < n; ++j)
        c[i * c_stride + j] = beta == T{0} ? T{0} : beta * c[i * c_stride + j];
    return;
  }
  detail::prepare_blas();
  detail::blas_gemm(m, n, k, alpha, a, b, beta, c, c_stride);
}

/// C = α·op(A)·op(B) + β·C with op(A) (m, k), op(B) (k, n), C (m, n) row-major with row stride
/// c_stride. With β = 0, C may be uninitialised. Empty products are zero. Cost: 2·m·n·k flops; a
/// block is at least kBlockFlops, about 60 µs of one core.
template <class T> void gemm(Index m, Index n, Index k, T alpha, Matrix<T> a, Matrix<T> b, T beta,
                             T* c, Index c_stride) {
  if (m == 0 || n == 0 || k == 0) return gemm_serial(m, n, k, alpha, a, b, beta, c, c_stride);
  detail::prepare_blas();
  constexpr double kBlockFlops = 4e6;
  const double flops =
      2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  const bool by_rows = m >= n;  // cut the longer side: the other operand is packed once per block
  const Index side = by_rows ? m : n;
  const auto most = static_cast<std::uint64_t>(std::clamp(flops / kBlockFlops, 1.0, 16.0));
  // A power of two, so that two, four or eight threads get equal shares.
  const Index count =
      std::min(static_cast<Index>(std::bit_floor(most)), std::max<Index>(1, side / 32));
  // Cuts fall on multiples of 16, the micro-kernels' width.
  const auto cut = [&](Index i) { return i == count ? side : side * i / count / 16 * 16; };
  parallel_tasks(count, [&](Index block) {
    const Index begin = cut(block), size = cut(block + 1) - begin;
    if (by_rows) {
      const Matrix<T> rows{a.data + begin * (a.transposed ? 1 : a.stride), a.stride, a.transposed};
      detail::blas_gemm(size, n, k, alpha, rows, b, beta, c + begin * c_stride, c_stride);
    } else {
      const Matrix<T> columns{b.data + begin * (b.transposed ? b.stride : 1), b.stride,
                              b.transposed};
      detail::blas_gemm(m, size, k, alpha, a, columns, beta, c + begin, c_stride);
    }
  });
}

}  // namespace tinygrad::kernels
