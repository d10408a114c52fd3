// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tinygrad/tensor.hpp"

using namespace tinygrad;

namespace {
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<double> values(const Tensor& t) {
  std::vector<double> out;
  for (Index i = 0; i < t.numel(); ++i) out.push_back(t.array().at(i));
  return out;
}
Tensor leaf(std::initializer_list<double> x) { return tensor(x, float64).requires_grad_(); }
}  // namespace

TEST_CASE("axes read well: none, one, a list, and a list with keepdims") {
  const Tensor x = ones({2, 3, 4});
  CHECK(sum(x).shape() == Shape{});
  CHECK(sum(x).item() == 24);
  CHECK(sum(x, 0).shape() == Shape{3, 4});
  CHECK(sum(x, -1, true).shape() == Shape{2, 3, 1});
  CHECK(sum(x, {0, 2}).shape() == Shape{3});
  CHECK(sum(x, {0, 2}, true).shape() == Shape{1, 3, 1});
  CHECK(sum(x, {}, true).shape() == Shape{1, 1, 1});
  CHECK(sum(tensor(5.0)).item() == 5);
}

TEST_CASE("small integers are summed and multiplied in int64") {
  const Tensor x = full({300}, 255, uint8), yes = full({3}, 1, bool_);
  CHECK(sum(x).dtype() == int64);
  CHECK(sum(x).item() == 300 * 255);
  CHECK(sum(yes).item() == 3);
  CHECK(prod(yes).dtype() == int64);
  CHECK(max(x).dtype() == uint8);
}

TEST_CASE("reducing nothing: 0, 1, NaN, -inf, or an error") {
  const Tensor x = zeros({0});
  CHECK(sum(x).item() == 0);
  CHECK(prod(x).item() == 1);
  CHECK(std::isnan(mean(x).item()));
  CHECK(std::isnan(var(x).item()));
  CHECK(logsumexp(x).item() == -kInf);
  CHECK_THROWS_AS(max(x), ValueError);
  CHECK_THROWS_AS(argmin(x), ValueError);
  CHECK(max(zeros({0, 3}), 1).shape() == Shape{0});  // no rows, but no row is empty
  CHECK(argmax(zeros({0, 3}), 1).shape() == Shape{0});
}

TEST_CASE("equal largest values share the gradient evenly") {
  const Tensor x = leaf({3, 1, 3, 3});
  max(x).backward(tensor(6.0, float64));
  CHECK(values(x.grad()) == std::vector<double>{2, 0, 2, 2});
  const Tensor z = leaf({1, 3, 1});
  min(z).backward();
  CHECK(values(z.grad()) == std::vector<double>{0.5, 0, 0.5});
}

TEST_CASE("NaN goes through max, min and argmax") {
  const Tensor x = leaf({1, kNan, 3});
  CHECK(std::isnan(max(x).item()));
  CHECK(std::isnan(min(x).item()));
  CHECK(argmax(x).item() == 1);
  CHECK(argmin(x).item() == 1);
  max(x).backward();
  CHECK(std::isnan(x.grad().array().at(1)));
}

TEST_CASE("the gradient of a product is right where factors are zero") {
  const Tensor one = leaf({2, 0, 3, 5});
  prod(one).backward();
  CHECK(values(one.grad()) == std::vector<double>{0, 30, 0, 0});
  const Tensor two = leaf({2, 0, 3, 0});
  prod(two).backward();
  CHECK(values(two.grad()) == std::vector<double>{0, 0, 0, 0});
  CHECK(gradcheck([](const auto& x) { return prod(x[0]); }, {leaf({0, 2, 0, 3, 1})}));
  CHECK(gradgradcheck([](const auto& x) { return prod(x[0]); }, {leaf({0, 2, 0, 3, 1})}));
  CHECK(gradgradcheck([](const auto& x) { return prod(x[0]); }, {leaf({0, 2, 4, 3, 1})}));
}

TEST_CASE("variance: of one value NaN, of constants 0, and exact far from zero") {
  CHECK(std::isnan(var(tensor({3.0})).item()));
  CHECK(var(tensor({3.0}), {}, false, 0).item() == 0);
  CHECK(var(full({5}, 0.1, float64)).item() < 1e-30);
  CHECK(var(tensor({1e6 + 1, 1e6 + 2, 1e6 + 3})).item() == doctest::Approx(1));
  CHECK(var(tensor({1, 2, 3, 4})).item() == doctest::Approx(5.0 / 3));
  const Tensor same = leaf({2, 2, 2});
  tinygrad::std(same).backward();  // qualified: beside `using namespace` std is a namespace too
  CHECK(values(same.grad()) == std::vector<double>{0, 0, 0});
}

TEST_CASE("logsumexp neither overflows nor makes NaN of -inf") {
  CHECK(logsumexp(tensor({1e4, 1e4})).item() == doctest::Approx(1e4 + std::log(2.0)));
  CHECK(logsumexp(tensor({-1e4, -1e4})).item() == doctest::Approx(-1e4 + std::log(2.0)));
  const Tensor none = leaf({-kInf, -kInf});
  const Tensor y = logsumexp(none);
  CHECK(y.item() == -kInf);
  y.backward();
  CHECK(values(none.grad()) == std::vector<double>{0, 0});
  const Tensor some = leaf({-kInf, 2});
  logsumexp(some).backward();
  CHECK(values(some.grad()) == std::vector<double>{0, 1});
  const Tensor all = leaf({kInf, 2});
  CHECK(logsumexp(all).item() == kInf);
  logsumexp(all).backward();
  CHECK(std::isnan(all.grad().array().at(0)));
  CHECK(all.grad().array().at(1) == 0);
  CHECK(std::isnan(logsumexp(leaf({kNan, 1})).item()));
}

TEST_CASE("argmax gives the first position, along an axis or of all") {
  const Tensor x = tensor({{1, 7, 7}, {9, 2, 9}});
  CHECK(argmax(x).item() == 3);
  CHECK(values(argmax(x, 1)) == std::vector<double>{1, 0});
  CHECK(values(argmax(x, 0)) == std::vector<double>{1, 0, 1});
  CHECK(argmax(x, -1, true).shape() == Shape{2, 1});
  CHECK(argmax(x, {}, true).shape() == Shape{1, 1});
  CHECK(argmin(x).item() == 0);
  CHECK(argmax(full({2}, 1, bool_)).dtype() == int64);
}
