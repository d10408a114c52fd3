// SPDX-License-Identifier: MIT
// Tests of ops/linalg/einsum.hpp: everyday equations, the order of products, errors.
#include <doctest/doctest.h>

#include <string>

#include "support/messages.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using test::contains;
using test::message_of;

namespace {

bool near(const Tensor& a, const Tensor& b, double tolerance = 1e-12) {
  if (a.shape() != b.shape()) return false;
  for (Index i = 0; i < a.numel(); ++i)
    if (std::fabs(a.array().at(i) - b.array().at(i)) > tolerance) return false;
  return true;
}

// How many nodes named `name` y was made from.
int count_ops(const Tensor& y, const std::string& name) {
  int count = 0;
  for (const auto& step : Tape::of(y)) count += std::string(step->name()) == name;
  return count;
}

}  // namespace

TEST_CASE("the equations of everyday operations give what those operations give") {
  Generator generator(1);
  const Tensor a = randn({4, 3}, float64, generator), b = randn({3, 5}, float64, generator);
  const Tensor v = randn({3}, float64, generator);
  CHECK(near(einsum("ij,jk", {a, b}), matmul(a, b)));
  CHECK(near(einsum("ij,j", {a, v}), mv(a, v)));
  CHECK(near(einsum("ij->ji", {a}), transpose(a, 0, 1)));
  CHECK(near(einsum("ij->", {a}), sum(a)));
  CHECK(near(einsum("i,j", {v, v}), outer(v, v)));
  CHECK(near(tensordot(a, b, 1), matmul(a, b)));
  CHECK(near(tensordot(a, b, {1}, {0}), matmul(a, b)));
}

TEST_CASE("a pair of operands is one matrix product") {
  const Tensor a = ones({2, 3, 4}).requires_grad_(), b = ones({2, 5, 4}).requires_grad_();
  CHECK(count_ops(einsum("bij,bkj->bik", {a, b}), "matmul") == 1);
  const Tensor many =
      einsum("ab,bc,cd->ad", {ones({2, 3}).requires_grad_(), ones({3, 4}), ones({4, 5})});
  CHECK(count_ops(many, "matmul") <= 2);
}

TEST_CASE("a chain is contracted in the cheaper order") {
  // (1000, 2)·(2, 1000)·(1000, 1): from the right there is never a (1000, 1000).
  const Tensor y =
      einsum("ab,bc,cd->ad", {ones({1000, 2}).requires_grad_(), ones({2, 1000}), ones({1000, 1})});
  CHECK(near(y.detach(), full({1000, 1}, 2000), 1e-3));
  for (const auto& step : Tape::of(y)) CHECK(step->outputs()[0].shape.count() <= 2000);
}

TEST_CASE("an error names the equation, the operand and the letter") {
  const std::string message = message_of([] {
    einsum("bij,bjk->bik", {ones({2, 3, 4}), ones({2, 5, 6})});
  });
  CHECK(contains(message, "[einsum] equation \"bij,bjk->bik\": operand 1 (2, 5, 6)"));
  CHECK(contains(message, "size 5 for 'j', which has size 4 before"));
  CHECK(contains(message, "test_einsum.cpp"));
}

TEST_CASE("a result with more dims than a tensor can have is refused") {
  const Tensor a = ones({1, 1, 1, 1, 1});
  CHECK_THROWS_AS(einsum("abcde,fghij->abcdefghij", {a, a}), Error);
  CHECK(contains(message_of([&] {
                   einsum("abcde,fghij->abcdefghij", {a, a});
                 }),
                 "a tensor has at most 8"));
}
