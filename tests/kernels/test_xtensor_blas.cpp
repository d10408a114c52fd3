// SPDX-License-Identifier: MIT
// Tests with xtensor-blas in the same program: as an independent reference of linear algebra, and
// as part of a differentiable operation. Without xtensor-blas, these tests are left out.
#ifdef TINYGRAD_TESTS_HAVE_XTENSOR_BLAS
#include <doctest/doctest.h>

#include <cmath>
#include <tuple>
#include <xtensor-blas/xlinalg.hpp>

#include "tinygrad/autograd.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;

namespace {

using XMatrix = xt::xarray<double>;

Tensor some_matrix(const Shape& shape, std::uint64_t seed) {
  Generator g(seed);
  return Tensor(kernels::normal(shape, float64, 0, 1, g));
}

XMatrix to_xtensor(const Tensor& x) { return x.array().view<double>(); }

template <class E> double worst_error(const Tensor& ours, const E& theirs) {
  const XMatrix expected = theirs, found = to_xtensor(ours);
  REQUIRE(found.shape() == expected.shape());
  double worst = 0;
  for (std::size_t i = 0; i < expected.size(); ++i)
    worst = std::max(worst, std::abs(found.flat(i) - expected.flat(i)));
  return worst;
}

// Solves a·x = b with xt::linalg, forwards and backwards: what a program of xtensor's becomes.
Tensor solve_with_xtensor(const Tensor& a, const Tensor& b) {
  const Array x = Array::evaluate(xt::linalg::solve(to_xtensor(a), to_xtensor(b)));
  return record({"solve_with_xtensor"}, x, {a, b}, save(a, x),
                once_differentiable([](const Vjp& vjp, const Tensor& matrix, const Tensor& root) {
                  const XMatrix transposed = xt::transpose(to_xtensor(matrix));
                  const XMatrix grad_b = xt::linalg::solve(transposed, to_xtensor(vjp.grad()));
                  const XMatrix grad_a = -xt::linalg::dot(grad_b, xt::transpose(to_xtensor(root)));
                  return grads(Tensor(Array::evaluate(grad_a)), Tensor(Array::evaluate(grad_b)));
                }));
}

}  // namespace

TEST_CASE("matrix products are those of xtensor-blas") {
  const Tensor a = some_matrix({5, 7}, 1), b = some_matrix({7, 3}, 2);
  CHECK(worst_error(matmul(a, b), xt::linalg::dot(to_xtensor(a), to_xtensor(b))) < 1e-14);
}

TEST_CASE("decompositions and what they give are those of xtensor-blas") {
  const Tensor a = some_matrix({6, 6}, 3), b = some_matrix({6, 2}, 4),
               tall = some_matrix({7, 4}, 5);
  const Tensor definite = matmul(tall, tall, {.a = true});
  CHECK(worst_error(solve(a, b), xt::linalg::solve(to_xtensor(a), to_xtensor(b))) < 1e-12);
  CHECK(worst_error(inverse(a), xt::linalg::inv(to_xtensor(a))) < 1e-12);
  CHECK(std::abs(det(a).item() - xt::linalg::det(to_xtensor(a))) < 1e-12);
  CHECK(worst_error(cholesky(definite), xt::linalg::cholesky(to_xtensor(definite))) < 1e-13);
  CHECK(worst_error(eigvalsh(definite), xt::linalg::eigvalsh(to_xtensor(definite))) < 1e-12);
  CHECK(worst_error(svdvals(tall), std::get<1>(xt::linalg::svd(to_xtensor(tall), false))) < 1e-13);
  CHECK(worst_error(pinv(tall), xt::linalg::pinv(to_xtensor(tall))) < 1e-12);
  const auto [q, r] = qr(tall);
  const auto reference = xt::linalg::qr(to_xtensor(tall));
  CHECK(worst_error(abs(q), xt::abs(std::get<0>(reference))) < 1e-13);
  CHECK(worst_error(abs(r), xt::abs(std::get<1>(reference))) < 1e-13);
}

TEST_CASE("an operation made of xt::linalg calls has checked gradients") {
  Tensor a = some_matrix({4, 4}, 6), b = some_matrix({4, 2}, 7);
  a.requires_grad_();
  b.requires_grad_();
  const auto f = [](const std::vector<Tensor>& in) {
    return sum(square(solve_with_xtensor(in[0], in[1])));
  };
  CHECK(gradcheck(f, {a, b}));

  f({a, b}).backward();
  const Tensor grad_a = a.grad().detach(), grad_b = b.grad().detach();
  a.zero_grad();
  b.zero_grad();
  sum(square(solve(a, b))).backward();
  CHECK(worst_error(grad_a, to_xtensor(a.grad())) < 1e-10);
  CHECK(worst_error(grad_b, to_xtensor(b.grad())) < 1e-10);
}
#endif
