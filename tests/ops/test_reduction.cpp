// SPDX-License-Identifier: MIT
// Tests of reductions that no row can express: empty inputs, NaN, ties, dims, errors.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "support/special_values.hpp"
#include "support/tensors.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

TEST_CASE("dims read well: none, one, a list, and a list with keepdims") {
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
  const Tensor x = leaf({1, kNaN, 3});
  CHECK(std::isnan(max(x).item()));
  CHECK(std::isnan(min(x).item()));
  CHECK(argmax(x).item() == 1);
  CHECK(argmin(x).item() == 1);
  max(x).backward();
  CHECK(values(x.grad()) == std::vector<double>{0, 1, 0});
  const Tensor z = leaf({1, kNaN, 3});
  amax(z).backward();
  for (const double g : values(z.grad())) CHECK(std::isnan(g));
}

TEST_CASE(
    "max_with_indices gives the gradient to the position it names, max shares it among ties") {
  const Tensor x = tensor({{3, 5, 5}, {kNaN, 1, kNaN}}, float64).requires_grad_();
  const auto [best, where_] = max_with_indices(x, 1);
  CHECK(best.shape() == Shape{2});
  CHECK(best.array().at(0) == 5);
  CHECK(std::isnan(best.array().at(1)));
  CHECK(values(where_) == std::vector<double>{1, 0});
  CHECK_FALSE(where_.requires_grad());
  sum(best).backward();
  CHECK(values(x.grad()) == std::vector<double>{0, 1, 0, 1, 0, 0});
  CHECK(min_with_indices(x, 0, true).indices.shape() == Shape{1, 3});
  CHECK(max_with_indices(zeros({0, 3}), 1).values.shape() == Shape{0});
  CHECK_THROWS_AS(max_with_indices(zeros({0, 3}), 0), ValueError);
}

TEST_CASE("all, any and count_nonzero take any dtype, and NaN is not zero") {
  CHECK(all(ones({2, 3}, uint8)).dtype() == bool_);
  CHECK(all(leaf({1, kNaN})).item() == 1);
  CHECK(all(leaf({1, -0.0})).item() == 0);
  CHECK(tinygrad::any(zeros({3}, bool_)).item() == 0);
  CHECK(tinygrad::any(leaf({0, kNaN})).item() == 1);
  CHECK(all(zeros({0})).item() == 1);
  CHECK(tinygrad::any(zeros({0})).item() == 0);
  CHECK(values(all(tensor({{1, 0}, {2, 3}}), 1)) == std::vector<double>{0, 1});
  CHECK(values(all(zeros({2, 0}), 1)) == std::vector<double>{1, 1});
  CHECK(all(tensor(0.0)).item() == 0);
  CHECK(count_nonzero(tensor({0, 2, -1}, int64)).item() == 2);
  CHECK(count_nonzero(zeros({0, 2}), 0).shape() == Shape{2});
  CHECK_FALSE(count_nonzero(leaf({1, 2})).requires_grad());
}

TEST_CASE("nansum and nanmean leave NaN out") {
  const Tensor x = leaf({1, kNaN, 3});
  CHECK(nansum(x).item() == 4);
  CHECK(nanmean(x).item() == 2);
  nanmean(x).backward();
  CHECK(values(x.grad()) == std::vector<double>{0.5, 0, 0.5});
  CHECK(nansum(leaf({kNaN})).item() == 0);
  CHECK(std::isnan(nanmean(leaf({kNaN})).item()));
  CHECK(nansum(full({3}, 100, uint8)).item() == 300);
}

TEST_CASE("a large tensor is all true until one value is not, wherever it is") {
  const Tensor x = ones({300'001}, bool_);
  CHECK(all(x).item() == 1);
  for (const Index i : {0, 131'072, 300'000}) {
    const Tensor one_wrong = Tensor(x.array().copy());
    one_wrong.data<bool>()[i] = false;
    CHECK(all(one_wrong).item() == 0);
    CHECK(count_nonzero(one_wrong).item() == 300'000);
  }
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

TEST_CASE("logsumexp neither overflows nor makes its value NaN for -inf") {
  CHECK(logsumexp(tensor({1e4, 1e4})).item() == doctest::Approx(1e4 + std::log(2.0)));
  CHECK(logsumexp(tensor({-1e4, -1e4})).item() == doctest::Approx(-1e4 + std::log(2.0)));
  const Tensor none = leaf({-kInf, -kInf});
  const Tensor y = logsumexp(none);
  CHECK(y.item() == -kInf);
  y.backward();
  CHECK(none.grad().array().at(0) == 0);
  const Tensor some = leaf({-kInf, 2});
  logsumexp(some).backward();
  CHECK(values(some.grad()) == std::vector<double>{0, 1});
  const Tensor all = leaf({kInf, 2});
  CHECK(logsumexp(all).item() == kInf);
  logsumexp(all).backward();
  CHECK(std::isnan(all.grad().array().at(0)));
  CHECK(all.grad().array().at(1) == 0);
  CHECK(std::isnan(logsumexp(leaf({kNaN, 1})).item()));
}

TEST_CASE("argmax gives the first position, along a dim or of all") {
  const Tensor x = tensor({{1, 7, 7}, {9, 2, 9}});
  CHECK(argmax(x).item() == 3);
  CHECK(values(argmax(x, 1)) == std::vector<double>{1, 0});
  CHECK(values(argmax(x, 0)) == std::vector<double>{1, 0, 1});
  CHECK(argmax(x, -1, true).shape() == Shape{2, 1});
  CHECK(argmax(x, {}, true).shape() == Shape{1, 1});
  CHECK(argmin(x).item() == 0);
  CHECK(argmax(full({2}, 1, bool_)).dtype() == int64);
}

TEST_CASE("errors bear the name of the function that was called, and its line") {
  const Tensor x = ones({2}), y = ones({3});
  const std::vector<std::pair<std::string, std::function<void()>>> calls = {
      {"nansum", [&] { nansum(x, 3); }},
      {"nanmean", [&] { nanmean(x, 3); }},
      {"count_nonzero", [&] { count_nonzero(x, 3); }},
      {"std_mean", [&] { std_mean(x, 3); }},
      {"norm", [&] { norm(x, 2, 3); }},
      {"dist", [&] { dist(x, y); }},
      {"bilinear",
       [&] {
         bilinear(ones({2, 3}), ones({3, 4}), ones({5, 3, 4}));
       }},
      {"logical_and", [&] { logical_and(x, y); }},
      {"softmin", [&] { softmin(x, 3); }},
      {"hstack",
       [&] {
         hstack({ones({2, 1}), ones({3, 1})});
       }},
      {"swapaxes", [&] { swapaxes(x, 0, 4); }},
      {"expand_as", [&] { expand_as(x, y); }},
      {"rand", [&] { rand({-1}); }},
  };
  for (const auto& [name, call] : calls) {
    std::string message = "no error";
    try {
      call();
    } catch (const Error& e) {
      message = e.what();
    }
    CHECK_MESSAGE(message.rfind("[" + name + "]", 0) == 0, message);
    CHECK_MESSAGE(message.find("test_reduction.cpp:") != std::string::npos, message);
  }
  CHECK_THROWS_AS(x + y, ShapeError);  // nothing is left of them
  try {
    x + y;
  } catch (const Error& e) {
    CHECK(e.op() == "add");
  }
}
