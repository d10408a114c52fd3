// SPDX-License-Identifier: MIT
// Matrix factorisations, one for each matrix of a batch. The only file that talks to LAPACK: it
// turns row-major matrices into column-major ones and back. A program that calls no factorisation
// links without LAPACK; for a program that calls one, the linker reports what is missing.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/matrix/gemm.hpp"
#include "tinygrad/kernels/movement/strided.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

// LAPACK's Fortran functions under our own names, as in blas.hpp. Fortran passes the length of each
// text after all other arguments.
namespace lapack {
using Length = std::size_t;
#define TINYGRAD_TEXT_2(text) #text
#define TINYGRAD_TEXT(text) TINYGRAD_TEXT_2(text)
#define TINYGRAD_LAPACK(letter, name) __asm__(TINYGRAD_TEXT(__USER_LABEL_PREFIX__) #letter name "_")
#define TINYGRAD_DECLARE(T, letter)                                                                \
  void potrf(const char* uplo, const int* n, T* a, const int* lda, int* info, Length)              \
      TINYGRAD_LAPACK(letter, "potrf");                                                            \
  void getrf(const int* m, const int* n, T* a, const int* lda, int* pivots, int* info)             \
      TINYGRAD_LAPACK(letter, "getrf");                                                            \
  void getrs(const char* trans, const int* n, const int* columns, const T* a, const int* lda,      \
             const int* pivots, T* b, const int* ldb, int* info, Length)                           \
      TINYGRAD_LAPACK(letter, "getrs");                                                            \
  void trsm(const char* side, const char* uplo, const char* trans, const char* diag, const int* m, \
            const int* n, const T* alpha, const T* a, const int* lda, T* b, const int* ldb,        \
            Length, Length, Length, Length) TINYGRAD_LAPACK(letter, "trsm");                       \
  void geqrf(const int* m, const int* n, T* a, const int* lda, T* tau, T* work, const int* lwork,  \
             int* info) TINYGRAD_LAPACK(letter, "geqrf");                                          \
  void orgqr(const int* m, const int* n, const int* k, T* a, const int* lda, const T* tau,         \
             T* work, const int* lwork, int* info) TINYGRAD_LAPACK(letter, "orgqr");               \
  void syevd(const char* job, const char* uplo, const int* n, T* a, const int* lda, T* values,     \
             T* work, const int* lwork, int* iwork, const int* liwork, int* info, Length, Length)  \
      TINYGRAD_LAPACK(letter, "syevd");                                                            \
  void gesdd(const char* job, const int* m, const int* n, T* a, const int* lda, T* s, T* u,        \
             const int* ldu, T* vt, const int* ldvt, T* work, const int* lwork, int* iwork,        \
             int* info, Length) TINYGRAD_LAPACK(letter, "gesdd")
TINYGRAD_DECLARE(float, s);
TINYGRAD_DECLARE(double, d);
#undef TINYGRAD_DECLARE
#undef TINYGRAD_LAPACK
#undef TINYGRAD_TEXT
#undef TINYGRAD_TEXT_2
}  // namespace lapack

namespace detail {
/// The matrices in the last two dims of an array.
struct Matrices {
  Shape batch;
  Index count, rows, columns, size;  // number of matrices; rows, columns and elements of each

  explicit Matrices(const Shape& shape)
      : batch(shape.begin(), shape.end() - 2),
        count(batch.count()),
        rows(shape[shape.rank() - 2]),
        columns(shape[shape.rank() - 1]),
        size(rows * columns) {}

  Shape with(std::initializer_list<Index> last) const {
    Shape shape = batch;
    for (const Index n : last) shape.push_back(n);
    return shape;
  }
  /// Divides the batch into chunks of about a million multiplications.
  Chunks chunks() const {
    const Index longest = std::max(rows, columns);
    return {count, size * longest > 0 ? 1000000 / (size * longest) : 1};
  }
};

/// Each matrix transposed: row-major here is column-major there.
inline Array transposed(const Op& op, const Array& x) {
  Strided window{x.shape(), strides_of(x.shape()), 0};
  const int last = x.rank() - 1;
  std::swap(window.sizes[last], window.sizes[last - 1]);
  std::swap(window.steps[last], window.steps[last - 1]);
  return strided_copy(op, x, window.sizes, window);
}

/// Calls f(matrix, chunk, info) for each matrix of a batch. Returns LAPACK's info for each.
inline std::vector<int> for_each_matrix(const BlasScope& blas, const Matrices& all,
                                        FunctionRef<Index, Index, int&> f) {
  std::vector<int> infos(static_cast<std::size_t>(all.count), 0);
  const Chunks chunks = all.chunks();
  parallel_tasks(chunks.count, [&](Index chunk) {
    for (Index i = chunks.begin(chunk); i < chunks.end(chunk); ++i) {
      const BlasCall call(blas);  // LAPACK calls BLAS
      f(i, chunk, infos[static_cast<std::size_t>(i)]);
    }
  });
  return infos;
}

/// The index of the first matrix with a nonzero info, or -1.
inline Index first_failure(const std::vector<int>& infos) {
  const auto at = std::find_if(infos.begin(), infos.end(), [](int info) { return info != 0; });
  return at == infos.end() ? -1 : at - infos.begin();
}

inline int blas_int(Index n) { return static_cast<int>(n); }
/// A leading dimension. LAPACK requires at least 1, even for empty matrices.
inline int leading(Index n) { return static_cast<int>(std::max<Index>(n, 1)); }
/// The answer to a workspace query. It is a float and may have been rounded down.
inline int workspace(double size) { return static_cast<int>(std::ceil(size * (1 + 1e-6))) + 1; }

inline void check_finite_values(const Op& op, const Array& a, const Matrices& all) {
  dispatch_floating(op, a.dtype(), [&]<class T>(Type<T>) {
    const T* values = a.data<T>();
    for (Index i = 0; i < a.count(); ++i)
      check<ValueError>(std::isfinite(values[i]), op, "batch element ", i / all.size,
                        " holds NaN or infinity: it has no such decomposition");
  });
}
}  // namespace detail

/// The lower factor L of a = L·Lᵀ. Reads only the lower triangle of a.
/// Shapes  a (…, n, n) → L (…, n, n)
/// Throws  ValueError if a leading minor is not positive
inline Array cholesky(const Op& op, const Array& a) {
  const detail::Matrices all(a.shape());
  Array l = a.copy();
  const BlasScope blas;
  const std::vector<int> infos = dispatch_floating(op, a.dtype(), [&]<class T>(Type<T>) {
    const int n = detail::blas_int(all.rows), ld = detail::leading(n);
    return detail::for_each_matrix(blas, all, [&](Index i, Index, int& info) {
      T* matrix = l.data<T>() + i * all.size;  // row-major lower = column-major upper triangle
      lapack::potrf("U", &n, matrix, &ld, &info, 1);
      for (Index row = 0; row < all.rows; ++row) {
        // Some LAPACKs do not report a NaN or an infinity.
        const T root = matrix[row * n + row];
        if (info == 0 && !(root > 0 && std::isfinite(root))) info = detail::blas_int(row + 1);
        std::fill(matrix + row * n + row + 1, matrix + (row + 1) * n, T{0});
      }
    });
  });
  const Index failed = detail::first_failure(infos);
  check<ValueError>(failed < 0, op, "batch element ", failed, " is not positive definite: its ",
                    "leading minor of order ",
                    failed < 0 ? 0 : infos[static_cast<std::size_t>(failed)], " is not positive");
  return l;
}

/// a = P·L·U. `factors` holds L below and U on and above the diagonal, column by column. `pivots`
/// holds the row that each row was exchanged with, counted from 1. A singular matrix has factors
/// too: then U has a zero on its diagonal. If a matrix has a NaN, its factors are NaN.
/// Shapes  a (…, n, n) → factors (…, n, n), pivots (…, n) int64
struct Lu {
  Array factors, pivots;
};
inline Lu lu(const Op& op, const Array& a) {
  const detail::Matrices all(a.shape());
  const Index size = all.rows;
  Lu out{detail::transposed(op, a), Array::empty(all.with({size}), int64, op)};
  std::vector<int> scratch(static_cast<std::size_t>(all.chunks().count * size));
  const BlasScope blas;
  dispatch_floating(op, a.dtype(), [&]<class T>(Type<T>) {
    const int n = detail::blas_int(size), ld = detail::leading(size);
    detail::for_each_matrix(blas, all, [&](Index i, Index chunk, int& info) {
      int* pivots = scratch.data() + chunk * size;
      T* matrix = out.factors.data<T>() + i * all.size;
      const bool holds_nan =
          std::any_of(matrix, matrix + all.size, [](T value) { return std::isnan(value); });
      lapack::getrf(&n, &n, matrix, &ld, pivots, &info);
      // Despite a NaN some LAPACKs return finite factors, which belong to another matrix.
      if (holds_nan) std::fill_n(matrix, all.size, std::numeric_limits<T>::quiet_NaN());
      std::copy_n(pivots, size, out.pivots.data<Index>() + i * size);
    });
  });
  return out;
}

/// The diagonals of U, (…, n).
inline Array lu_diagonal(const Op& op, const Lu& f) {
  Strided window{f.pivots.shape(), f.pivots.shape(), 0};
  const Index n = f.pivots.shape().back();
  const int last = window.steps.rank() - 1;
  for (int i = 0; i < last; ++i) window.steps[i] = f.pivots.shape().product(i + 1, last) * n * n;
  window.steps[last] = n + 1;
  return strided_copy(op, f.factors, window.sizes, window);
}

/// The signs of the permutations, 1 or -1, (…).
inline Array lu_parity(const Op& op, const Lu& f) {
  const Shape& shape = f.pivots.shape();
  const Index n = shape.back();
  Array parity = Array::full(Shape(shape.begin(), shape.end() - 1), 1, f.factors.dtype());
  const Index* pivots = f.pivots.data<Index>();
  dispatch_floating(op, parity.dtype(), [&]<class T>(Type<T>) {
    T* sign = parity.data<T>();
    for (Index i = 0; i < f.pivots.count(); ++i)
      if (pivots[i] != i % n + 1) sign[i / n] = -sign[i / n];
  });
  return parity;
}

/// Throws if a matrix of the batch is singular.
inline void check_not_singular(const Op& op, const Lu& f) {
  const Array diagonal = lu_diagonal(op, f);
  const Index n = f.pivots.shape().back();
  for (Index i = 0; i < diagonal.count(); ++i)
    check<ValueError>(diagonal.at(i) != 0, op, "batch element ", i / n, " is singular: its pivot ",
                      i % n + 1, " is zero");
}

/// a⁻¹·b, or a⁻ᵀ·b, from the factors of a.
/// Shapes  a (…, n, n), b (…, n, k) → (…, n, k), with the same batch dims
inline Array lu_solve(const Op& op, const Lu& f, const Array& b, bool transposed) {
  const detail::Matrices all(b.shape());
  const Index size = all.rows;
  Array x = detail::transposed(op, b);
  std::vector<int> scratch(static_cast<std::size_t>(all.chunks().count * size));
  const BlasScope blas;
  dispatch_floating(op, b.dtype(), [&]<class T>(Type<T>) {
    const int n = detail::blas_int(size), k = detail::blas_int(all.columns),
              ld = detail::leading(size);
    detail::for_each_matrix(blas, all, [&](Index i, Index chunk, int& info) {
      int* pivots = scratch.data() + chunk * size;
      const Index* kept = f.pivots.data<Index>() + i * size;
      std::transform(kept, kept + size, pivots, detail::blas_int);
      lapack::getrs(transposed ? "T" : "N", &n, &k, f.factors.data<T>() + i * size * size, &ld,
                    pivots, x.data<T>() + i * all.size, &ld, &info, 1);
    });
  });
  return detail::transposed(op, x);
}

/// How to read a triangular matrix: which triangle, whether its diagonal counts as ones, whether it
/// is transposed, and on which side of the unknown it is.
struct TriangularForm {
  bool upper = false, left = true, unitriangular = false, transposed = false;
};

/// Solves op(a)·x = b, or x·op(a) = b, for x. A zero on the diagonal gives infinities.
/// Shapes  a (…, n, n), b (…, n, k) or (…, k, n) → as b, with the same batch dims
inline Array triangular_solve(const Op& op, const Array& a, const Array& b, TriangularForm form) {
  const detail::Matrices all(b.shape());
  const Index size = a.shape().back();
  Array x = b.copy();
  const BlasScope blas;
  dispatch_floating(op, a.dtype(), [&]<class T>(Type<T>) {
    // LAPACK reads column by column, so everything is transposed: a·x = b is xᵀ·aᵀ = bᵀ.
    const int m = detail::blas_int(all.columns), n = detail::blas_int(all.rows),
              lda = detail::leading(size), ldb = detail::leading(m);
    const T one = 1;
    detail::for_each_matrix(blas, all, [&](Index i, Index, int&) {
      lapack::trsm(form.left ? "R" : "L", form.upper ? "L" : "U", form.transposed ? "T" : "N",
                   form.unitriangular ? "U" : "N", &m, &n, &one, a.data<T>() + i * size * size,
                   &lda, x.data<T>() + i * all.size, &ldb, 1, 1, 1, 1);
    });
  });
  return x;
}

/// a = Q·R by Householder reflections: Q (…, m, q), R (…, q, n), where q is min(m, n), or m if
/// `complete`.
/// Throws  ValueError if a holds NaN or infinity
struct Qr {
  Array q, r;
};
inline Qr qr(const Op& op, const Array& a, bool complete) {
  const detail::Matrices all(a.shape());
  detail::check_finite_values(op, a, all);
  const Index rows = all.rows, columns = all.columns, least = std::min(rows, columns),
              width = complete ? rows : least;
  const Array factors = detail::transposed(op, a);                   // column by column
  const Array q = Array::zeros(all.with({width, rows}), a.dtype());  // Qᵀ
  const Array r = Array::zeros(all.with({width, columns}), a.dtype());
  const Index chunks = all.chunks().count;
  const BlasScope blas;
  dispatch_floating(op, a.dtype(), [&]<class T>(Type<T>) {
    const int m = detail::blas_int(rows), n = detail::blas_int(columns),
              k = detail::blas_int(least), w = detail::blas_int(width), ld = detail::leading(m);
    int info = 0;
    const int query = -1;
    T sizes[2] = {1, 1};
    lapack::geqrf(&m, &n, nullptr, &ld, nullptr, &sizes[0], &query, &info);
    lapack::orgqr(&m, &w, &k, nullptr, &ld, nullptr, &sizes[1], &query, &info);
    const int lwork = detail::workspace(std::max(sizes[0], sizes[1]));
    const Array scratch = Array::empty({chunks, least + lwork}, a.dtype(), op);
    detail::for_each_matrix(blas, all, [&](Index i, Index chunk, int& result) {
      T* tau = scratch.data<T>() + chunk * (least + lwork);
      T* work = tau + least;
      T* matrix = factors.data<T>() + i * all.size;
      lapack::geqrf(&m, &n, matrix, &ld, tau, work, &lwork, &result);
      T* upper = r.data<T>() + i * width * columns;
      for (Index row = 0; row < least; ++row)
        for (Index column = row; column < columns; ++column)
          upper[row * columns + column] = matrix[column * rows + row];
      T* reflections = q.data<T>() + i * width * rows;
      std::copy_n(matrix, least * rows, reflections);
      lapack::orgqr(&m, &w, &k, reflections, &ld, tau, work, &lwork, &result);
    });
  });
  return {detail::transposed(op, q), r};
}

/// a = V·diag(values)·Vᵀ for symmetric a, with ascending values. Reads only one triangle of a.
/// Shapes  a (…, n, n) → values (…, n), vectors (…, n, n), one in each column
/// Throws  ValueError if a holds NaN or infinity, or if the iteration does not converge
struct Eigen {
  Array values, vectors;
};
inline Eigen eigh(const Op& op, const Array& a, bool upper) {
  const detail::Matrices all(a.shape());
  detail::check_finite_values(op, a, all);
  const Array matrices = a.copy();
  const Array values = Array::empty(all.with({all.rows}), a.dtype(), op);
  const Index chunks = all.chunks().count;
  const BlasScope blas;
  const std::vector<int> infos = dispatch_floating(op, a.dtype(), [&]<class T>(Type<T>) {
    const int n = detail::blas_int(all.rows), ld = detail::leading(n), query = -1;
    const char* triangle = upper ? "L" : "U";  // row-major upper = column-major lower
    T size = 0;
    int integers = 0, query_info = 0;
    lapack::syevd("V", triangle, &n, nullptr, &ld, nullptr, &size, &query, &integers, &query,
                  &query_info, 1, 1);
    const int lwork = detail::workspace(size);
    const Array scratch = Array::empty({chunks, lwork}, a.dtype(), op);
    std::vector<int> iwork(static_cast<std::size_t>(chunks * integers));
    return detail::for_each_matrix(blas, all, [&](Index i, Index chunk, int& info) {
      lapack::syevd("V", triangle, &n, matrices.data<T>() + i * all.size, &ld,
                    values.data<T>() + i * all.rows, scratch.data<T>() + chunk * lwork, &lwork,
                    iwork.data() + chunk * integers, &integers, &info, 1, 1);
    });
  });
  const Index failed = detail::first_failure(infos);
  check<ValueError>(failed < 0, op, "batch element ", failed, ": the iteration did not converge");
  return {values, detail::transposed(op, matrices)};
}

/// a = U·diag(S)·Vᵀ with k = min(m, n) descending singular values.
/// Shapes  a (…, m, n) → U (…, m, k), S (…, k), Vᵀ (…, k, n)
/// Throws  ValueError if a holds NaN or infinity, or if the iteration does not converge
struct Svd {
  Array u, s, vh;
};
inline Svd svd(const Op& op, const Array& a) {
  const detail::Matrices all(a.shape());
  detail::check_finite_values(op, a, all);
  const Index least = std::min(all.rows, all.columns);
  const Array matrices = a.copy();
  const Svd out{Array::empty(all.with({all.rows, least}), a.dtype(), op),
                Array::empty(all.with({least}), a.dtype(), op),
                Array::empty(all.with({least, all.columns}), a.dtype(), op)};
  const Index chunks = all.chunks().count;
  const BlasScope blas;
  const std::vector<int> infos = dispatch_floating(op, a.dtype(), [&]<class T>(Type<T>) {
    // Column by column this is aᵀ = V·diag(S)·Uᵀ. Row by row its results are ours.
    const int m = detail::blas_int(all.columns), n = detail::blas_int(all.rows),
              k = detail::leading(least), ld = detail::leading(m), query = -1;
    T size = 0;
    int query_info = 0;
    lapack::gesdd("S", &m, &n, nullptr, &ld, nullptr, nullptr, &ld, nullptr, &k, &size, &query,
                  nullptr, &query_info, 1);
    const int lwork = detail::workspace(size);
    const Array scratch = Array::empty({chunks, lwork}, a.dtype(), op);
    std::vector<int> iwork(static_cast<std::size_t>(chunks * 8 * least));
    return detail::for_each_matrix(blas, all, [&](Index i, Index chunk, int& info) {
      lapack::gesdd("S", &m, &n, matrices.data<T>() + i * all.size, &ld,
                    out.s.data<T>() + i * least, out.vh.data<T>() + i * all.columns * least, &ld,
                    out.u.data<T>() + i * all.rows * least, &k, scratch.data<T>() + chunk * lwork,
                    &lwork, iwork.data() + chunk * 8 * least, &info, 1);
    });
  });
  const Index failed = detail::first_failure(infos);
  check<ValueError>(failed < 0, op, "batch element ", failed, ": the iteration did not converge");
  return out;
}

}  // namespace tinygrad::kernels
