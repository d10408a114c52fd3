// SPDX-License-Identifier: MIT
// Tests matrix factorisations: their products are the matrix, and bad input gives a clear error.
#include <doctest/doctest.h>

#include <cmath>

#include "support/messages.hpp"
#include "tinygrad/kernels/matrix/lapack.hpp"
#include "tinygrad/kernels/random/fill.hpp"

using namespace tinygrad;
using namespace tinygrad::kernels;
using test::contains;
using test::message_of;

namespace {

Array matrix(const std::vector<double>& values, const Shape& shape, Dtype dtype = float64) {
  return Array::from(values, dtype).reshaped(shape);
}
double element(const Array& a, Index i, Index j) { return a.at(i * a.shape().back() + j); }

// Σ a[i, l]·b[l, j] of two matrices.
double product(const Array& a, const Array& b, Index i, Index j) {
  double sum = 0;
  for (Index l = 0; l < a.shape().back(); ++l) sum += element(a, i, l) * element(b, l, j);
  return sum;
}

}  // namespace

TEST_CASE("the Cholesky factor is lower triangular, row-major, and multiplies back") {
  const Array l = cholesky({"test"}, matrix({4, -9, 2, 10}, {2, 2}));
  CHECK(element(l, 0, 0) == doctest::Approx(2));
  CHECK(element(l, 0, 1) == 0);
  CHECK(element(l, 1, 0) == doctest::Approx(1));
  CHECK(element(l, 1, 1) == doctest::Approx(3));
}

TEST_CASE("a Cholesky factorisation that fails names the batch element and the leading minor") {
  const Array a = matrix({1, 0, 0, 1, 1, 2, 2, 1}, {2, 2, 2});
  const std::string message = message_of([&] { cholesky({"test"}, a); });
  CHECK(contains(message, "batch element 1 is not positive definite"));
  CHECK(contains(message, "leading minor of order 2"));
}

TEST_CASE("LU solves a system and its transpose with the same factors") {
  for (const Dtype dtype : {float32, float64}) {
    const Array a = matrix({0, 2, 1, 1}, {2, 2}, dtype);  // needs a row exchange
    const Lu factors = lu({"test"}, a);
    const Array b = matrix({4, 6, 3, 5}, {2, 2}, dtype);
    const Array x = lu_solve({"test"}, factors, b, false);
    const Array z = lu_solve({"test"}, factors, b, true);
    for (const Index i : {0, 1})
      for (const Index j : {0, 1}) {
        CHECK(product(a, x, i, j) == doctest::Approx(element(b, i, j)));
        CHECK(product(kernels::detail::transposed({"test"}, a), z, i, j) ==
              doctest::Approx(element(b, i, j)));
      }
    CHECK(lu_parity({"test"}, factors).item() == -1);
    const Array diagonal = lu_diagonal({"test"}, factors);
    CHECK(-diagonal.at(0) * diagonal.at(1) == doctest::Approx(-2));  // the determinant
  }
}

TEST_CASE("a singular matrix is factored, and refused by name where it must be regular") {
  const Lu factors = lu({"test"}, matrix({1, 0, 0, 1, 1, 2, 2, 4}, {2, 2, 2}));
  const std::string message = message_of([&] { check_not_singular({"test"}, factors); });
  CHECK(contains(message, "batch element 1 is singular: its pivot 2 is zero"));
}

TEST_CASE("Q is orthonormal, R upper triangular, and Q·R is the matrix") {
  for (const bool complete : {false, true}) {
    const Array a = matrix({1, 2, 3, 4, 5, 7}, {3, 2});
    const Qr f = qr({"test"}, a, complete);
    const Index columns = complete ? 3 : 2;
    CHECK(f.q.shape() == Shape{3, columns});
    CHECK(f.r.shape() == Shape{columns, 2});
    const Array qt = kernels::detail::transposed({"test"}, f.q);
    for (Index i = 0; i < columns; ++i)
      for (Index j = 0; j < columns; ++j)
        CHECK(product(qt, f.q, i, j) == doctest::Approx(i == j ? 1 : 0));
    for (const Index i : {0, 1, 2})
      for (const Index j : {0, 1})
        CHECK(product(f.q, f.r, i, j) == doctest::Approx(element(a, i, j)));
    CHECK(element(f.r, 1, 0) == 0);
  }
}

TEST_CASE("a complete Q of a matrix without columns is the identity") {
  const Qr f = qr({"test"}, Array::empty({2, 3, 0}, float32), true);
  REQUIRE(f.q.shape() == Shape{2, 3, 3});
  for (Index i = 0; i < f.q.count(); ++i) CHECK(f.q.at(i) == (i % 9 % 4 == 0 ? 1 : 0));
}

TEST_CASE("eigenvectors stand in the columns, beside ascending eigenvalues") {
  const Array a = matrix({2, 1, 1, 2}, {2, 2});
  const Eigen f = eigh({"test"}, a, false);
  CHECK(f.values.at(0) == doctest::Approx(1));
  CHECK(f.values.at(1) == doctest::Approx(3));
  for (const Index i : {0, 1})
    for (const Index j : {0, 1})
      CHECK(product(a, f.vectors, i, j) ==
            doctest::Approx(f.values.at(j) * element(f.vectors, i, j)));
}

TEST_CASE("only the asked triangle of a symmetric matrix is read") {
  const Array lower = matrix({2, 1e9, 1, 2}, {2, 2}), upper = matrix({2, 1, 1e9, 2}, {2, 2});
  CHECK(eigh({"test"}, lower, false).values.at(1) == doctest::Approx(3));
  CHECK(eigh({"test"}, upper, true).values.at(1) == doctest::Approx(3));
}

TEST_CASE("the parts of an SVD multiply back, for wide and tall matrices of both dtypes") {
  Generator generator(1);
  for (const Dtype dtype : {float32, float64})
    for (const Shape& shape : {Shape{3, 5}, Shape{5, 3}, Shape{4, 4}}) {
      const Array a = normal(shape, dtype, 0, 1, generator);
      const Svd f = svd({"test"}, a);
      const Index k = f.s.count();
      for (Index i = 0; i < shape[0]; ++i)
        for (Index j = 0; j < shape[1]; ++j) {
          double sum = 0;
          for (Index l = 0; l < k; ++l) sum += element(f.u, i, l) * f.s.at(l) * element(f.vh, l, j);
          CHECK(sum == doctest::Approx(element(a, i, j)).epsilon(1e-4));
        }
      for (Index l = 1; l < k; ++l) CHECK(f.s.at(l - 1) >= f.s.at(l));
    }
}

TEST_CASE("NaN and infinity are refused where an iteration might never end") {
  for (const double bad : {std::nan(""), HUGE_VAL}) {
    const Array a = matrix({1, 0, 0, 1, 1, 0, bad, 1}, {2, 2, 2});
    CHECK(contains(message_of([&] { eigh({"test"}, a, false); }),
                   "batch element 1 holds NaN or infinity"));
    CHECK(contains(message_of([&] { svd({"test"}, a); }), "batch element 1 holds NaN or infinity"));
  }
}

TEST_CASE("triangular systems are solved from both sides, both triangles, and transposed") {
  // The unread triangle holds a NaN.
  const double nan = std::nan("");
  const Array lower = matrix({2, nan, 1, 4}, {2, 2}), upper = matrix({2, 1, nan, 4}, {2, 2});
  const Array read_lower = matrix({2, 0, 1, 4}, {2, 2}), read_upper = matrix({2, 1, 0, 4}, {2, 2});
  const Array b = matrix({2, 4, 6, 9}, {2, 2});
  for (const bool up : {false, true})
    for (const bool left : {false, true})
      for (const bool transposed : {false, true}) {
        const Array x = triangular_solve({"test"}, up ? upper : lower, b,
                                         {.upper = up, .left = left, .transposed = transposed});
        const Array whole = up ? read_upper : read_lower;
        const Array a = transposed ? kernels::detail::transposed({"test"}, whole) : whole;
        for (const Index i : {0, 1})
          for (const Index j : {0, 1})
            CHECK(product(left ? a : x, left ? x : a, i, j) == doctest::Approx(element(b, i, j)));
      }
}

TEST_CASE("a batch gives the same bits for one and for two threads, and as one by one") {
  Generator generator(2);
  const Array a = normal({64, 24, 24}, float32, 0, 1, generator);
  const int threads = num_threads();
  set_num_threads(1);
  const Svd one = svd({"test"}, a);
  set_num_threads(2);
  const Svd two = svd({"test"}, a);
  set_num_threads(threads);
  CHECK(std::memcmp(one.u.raw(), two.u.raw(), one.u.bytes()) == 0);
  const Svd last = svd({"test"}, a.rows(63, 64));
  CHECK(std::memcmp(last.s.raw(), two.s.rows(63, 64).raw(), last.s.bytes()) == 0);
}
