// SPDX-License-Identifier: MIT
// Tests of ops/linalg/decomposition.hpp and ops/linalg/solve.hpp, above all singular matrices.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "support/messages.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using test::contains;
using test::message_of;

namespace {

// All elements are within 1e-10.
void check_equal(const Tensor& got, const Tensor& expected) {
  REQUIRE(got.shape() == expected.shape());
  for (Index i = 0; i < got.numel(); ++i)
    CHECK(got.array().at(i) == doctest::Approx(expected.array().at(i)).epsilon(1e-10));
}

Tensor singular_matrix() { return tensor({{1, 2}, {2, 4}}, float64).requires_grad_(); }

}  // namespace

TEST_CASE("the gradient of the determinant of a singular matrix is its cofactors") {
  const Tensor a = singular_matrix();
  det(a).backward();
  check_equal(a.grad(), tensor({{4, -2}, {-2, 1}}, float64));
}

TEST_CASE("the determinant has first and second derivatives where a matrix is singular") {
  const Tensor both = stack({singular_matrix().detach(), tensor({{1, 2}, {3, 4}}, float64)});
  const FunctionN f = [](const auto& x) { return det(x[0]); };
  CHECK(gradcheck(f, {Tensor(both).requires_grad_()}).ok);
  CHECK(gradgradcheck(f, {Tensor(both).requires_grad_()}).ok);
}

TEST_CASE("a determinant of rank n − 2 has gradient 0") {
  const Tensor a = mul(ones({3, 3}, float64), 2).requires_grad_();
  det(a).backward();
  for (Index i = 0; i < 9; ++i) CHECK(std::fabs(a.grad().array().at(i)) < 1e-12);
}

TEST_CASE("slogdet of a singular matrix is (0, -inf)") {
  const auto [sign, logabsdet] = slogdet(singular_matrix().detach());
  CHECK(sign.item() == 0);
  CHECK(logabsdet.item() == -HUGE_VAL);
}

TEST_CASE("slogdet does not overflow where det does") {
  const Tensor a = eye(200, float32) * 1e3;
  CHECK(std::isinf(det(a).item()));
  CHECK(slogdet(a).logabsdet.item() == doctest::Approx(200 * std::log(1e3)));
}

TEST_CASE("matrices of size zero have determinant 1, no values, and an empty inverse") {
  const Tensor nothing = zeros({2, 0, 0});
  CHECK(det(nothing).array().at(0) == 1);
  CHECK(slogdet(nothing).logabsdet.array().at(1) == 0);
  CHECK(inverse(nothing).shape() == Shape{2, 0, 0});
  CHECK(solve(nothing, zeros({2, 0, 3})).shape() == Shape{2, 0, 3});
  CHECK(eigvalsh(nothing).shape() == Shape{2, 0});
  CHECK(svdvals(zeros({3, 0})).shape() == Shape{0});
  CHECK(pinv(zeros({3, 0})).shape() == Shape{0, 3});
  CHECK(matrix_rank(zeros({3, 0})).item() == 0);
  CHECK(qr(zeros({3, 0})).q.shape() == Shape{3, 0});
}

TEST_CASE("solve and inverse name the singular matrix of a batch and its pivot") {
  const Tensor batch = stack({eye(2), tensor({{1, 2}, {2, 4}})});
  CHECK(contains(message_of([&] { solve(batch, ones({2})); }),
                 "[solve] batch element 1 is singular: its pivot 2 is zero"));
  CHECK(contains(message_of([&] { inverse(batch); }),
                 "[inverse] batch element 1 is singular: its pivot 2 is zero"));
  CHECK_THROWS_AS(inverse(batch), ValueError);
}

TEST_CASE("a right side of a's shape without the last dim is a batch of vectors") {
  const Tensor a = stack({eye(3), eye(3) * 2}), b = ones({2, 3});
  CHECK(solve(a, b).shape() == Shape{2, 3});
  CHECK(solve(a, b).array().at(3) == doctest::Approx(0.5));
  CHECK(solve(a, ones({3, 2})).shape() == Shape{2, 3, 2});
}

TEST_CASE("a complete QR gives the whole basis, and says in backward that it has no gradient") {
  const Tensor a = tensor({{1, 2}, {3, 4}, {5, 7}}, float64).requires_grad_();
  const auto [q, r] = qr(a, true);
  CHECK(q.shape() == Shape{3, 3});
  check_equal(matmul(q, r).detach(), a.detach());
  CHECK(contains(message_of([&, r = r] { sum(r).backward(); }), "[qr] has no gradient"));
}

TEST_CASE("gradients of eigenvalues exist where they repeat, those of vectors do not") {
  const Tensor a = eye(2, float64).requires_grad_();
  sum(eigvalsh(a)).backward();
  check_equal(a.grad(), eye(2, float64));
  a.zero_grad();
  sum(abs(eigh(a).vectors)).backward();
  CHECK_FALSE(std::isfinite(a.grad().array().at(1)));
}

TEST_CASE("lstsq gives the smallest residual, or of many solutions the smallest") {
  const Tensor x = lstsq(tensor({{1, 0}, {1, 1}, {1, 2}}, float64), tensor({1, 3, 5}, float64));
  check_equal(x, tensor({1, 2}, float64));  // the line 1 + 2·t
  check_equal(lstsq(tensor({{3, 4}}, float64), tensor({25}, float64)), tensor({3, 4}, float64));
}

TEST_CASE("pinv of a matrix of lower rank inverts what it can") {
  const Tensor y = pinv(tensor({{1, 2}, {2, 4}}, float64));
  check_equal(y, tensor({{0.04, 0.08}, {0.08, 0.16}}, float64));
}

TEST_CASE("the tolerance of the rank can be given") {
  const Tensor a = tensor({{1, 0}, {0, 1e-3}});
  CHECK(matrix_rank(a).item() == 2);
  CHECK(matrix_rank(a, {.rtol = 1e-2}).item() == 1);
  CHECK(matrix_rank(a, {.atol = 2.0}).item() == 0);
}

TEST_CASE("decompositions record one node and leave none behind") {
  const auto before = Node::live();
  {
    const Tensor a = eye(3, float64).requires_grad_();
    const auto [u, s, vh] = svd(a);
    CHECK(u.grad_fn().get() == vh.grad_fn().get());
    CHECK(Node::live() == before + 1);
  }
  CHECK(Node::live() == before);
}

TEST_CASE("the gradient of eigh is symmetric, whatever the triangle that is not read holds") {
  const Tensor a = tensor({{1, 2}, {2, 5}}, float64).requires_grad_();
  sum(mul(tensor({{0, 4}, {0, 0}}, float64), square(eigh(a).vectors))).backward();
  const double r = 1 / std::sqrt(32.0);
  check_equal(a.grad(), tensor({{r, r}, {r, -r}}, float64));

  const Tensor w = tensor({{1, 2, 3}, {-1, 4, 0.3}, {2, 2, 7}}, float64);
  const Tensor both = tensor({{9, 1, 0.5}, {2, 8, 2}, {-3, 1, 7}}, float64);
  for (const bool upper : {false, true}) {
    const Tensor read = upper ? transpose(both, 0, 1) : both;
    const Tensor whole = add(tril(read), transpose(tril(read, -1), 0, 1)).requires_grad_();
    const Tensor other = both.detach().requires_grad_();
    const auto values_and_vectors = [&](const Tensor& x) {
      const auto [values, v] = eigh(x, upper);
      return add(sum(mul(w, square(v))), sum(square(values)));
    };
    const auto factor = [&](const Tensor& x) { return sum(mul(w, cholesky(x, upper))); };
    for (const std::function<Tensor(const Tensor&)>& f :
         {std::function<Tensor(const Tensor&)>(values_and_vectors),
          std::function<Tensor(const Tensor&)>(factor)}) {
      const Tensor g = grad(f(other), other);
      check_equal(g, grad(f(whole), whole));
      check_equal(g, transpose(g, 0, 1));
      const auto symmetric = [&](const std::vector<Tensor>& x) {
        return f(mul(add(x[0], transpose(x[0], 0, 1)), 0.5));
      };
      CHECK(gradcheck(symmetric, {other}).ok);
      CHECK(gradgradcheck(symmetric, {other}).ok);
    }
  }
}

TEST_CASE("the determinant has second derivatives at every rank") {
  const auto f = [](const std::vector<Tensor>& x) { return det(x[0]); };
  for (const Tensor& a :
       {zeros({2, 2}, float64), zeros({1, 1}, float64), zeros({3, 3}, float64),
        tensor({{1, 2, 3}, {2, 4, 6}, {3, 6, 9}}, float64),
        tensor({{1, 2, 3}, {2, 4, 6}, {3, 6, 10}}, float64),
        stack({zeros({2, 2}, float64), tensor({{1, 2}, {3, 4}}, float64), singular_matrix()})
            .detach()}) {
    const Tensor leaf = a.detach().requires_grad_();
    CHECK(gradcheck(f, {leaf}).ok);
    CHECK(gradgradcheck(f, {leaf}).ok);
  }
}
