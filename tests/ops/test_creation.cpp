// SPDX-License-Identifier: MIT
// Tests of ops/creation/creation.hpp.
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "support/messages.hpp"
#include "support/tensors.hpp"
#include "tinygrad/ops/creation/creation.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
using Values = std::vector<double>;
}  // namespace

TEST_CASE("braces make tensors, one level for each dim") {
  CHECK(tensor(2.5).shape() == Shape{});
  CHECK(tensor({1, 2, 3}).shape() == Shape{3});
  CHECK(tensor({-4}).shape() == Shape{1});
  CHECK(tensor({{-4}}).shape() == Shape{1, 1});
  CHECK(tensor({{1}, {2}}).shape() == Shape{2, 1});
  CHECK(tensor({{{1, 2, 3}}, {{4, 5, 6}}}).shape() == Shape{2, 1, 3});
  CHECK(values(tensor({{1, 2}, {3, 4}})) == Values{1, 2, 3, 4});
  CHECK(tensor({{-4}}).item() == -4);
  CHECK(tensor({}).shape() == Shape{0});
  CHECK(tensor({{}, {}}).shape() == Shape{2, 0});
  const int i = 3;
  const float f = 0.5F;
  CHECK(values(tensor({f, 2.0F})) == Values{0.5, 2});
  CHECK(values(tensor({i, 4}, int64)) == Values{3, 4});
  CHECK(tensor({true, false}, bool_).dtype() == bool_);
  CHECK(values(tensor(std::vector<int>{1, 2}, uint8)) == Values{1, 2});
}

TEST_CASE("rows of a tensor in braces must be equally long and equally deep") {
  const auto message = [](auto f) { return message_of(f); };
  CHECK(message([] {
          tensor({{1, 2}, {3}});
        }).find("[tensor] rows differ in length: 2 and 1 — at test_creation.cpp") == 0);
  CHECK(message([] {
          tensor({{1, 2}, 3});
        }).find("[tensor] a list and a number stand side by side") == 0);
  CHECK(message([] {
          tensor({1, {2, 3}});
        }).find("[tensor] a list and a number stand side by side") == 0);
}

TEST_CASE("filled tensors have their value, shape and dtype, and are leaves without gradients") {
  CHECK(values(zeros({2, 2})) == Values{0, 0, 0, 0});
  CHECK(values(ones({2}, int64)) == Values{1, 1});
  CHECK(values(full({2}, -3.5, float64)) == Values{-3.5, -3.5});
  CHECK(full({}, 2).item() == 2);
  CHECK(empty({3, 0, 2}, uint8).shape() == Shape{3, 0, 2});
  const Tensor x = ones({2, 3}, float64).requires_grad_();
  for (const Tensor& y : {zeros_like(x), ones_like(x), full_like(x, 4), empty_like(x)}) {
    CHECK(y.shape() == x.shape());
    CHECK(y.dtype() == float64);
    CHECK_FALSE(y.requires_grad());
  }
  CHECK(full_like(x, 4).array().at(5) == 4);
  CHECK_THROWS_AS(zeros({-1}), ShapeError);
  CHECK_THROWS_AS(empty({2, -1}), ShapeError);
}

TEST_CASE("arange counts in integers unless a number is fractional") {
  CHECK(arange(3).dtype() == int64);
  CHECK(values(arange(3)) == Values{0, 1, 2});
  CHECK(values(arange(2, 8, 2)) == Values{2, 4, 6});
  CHECK(values(arange(5, 0, -2)) == Values{5, 3, 1});
  CHECK(arange(0, 1, 0.25).dtype() == float32);
  CHECK(values(arange(0, 1, 0.25)) == Values{0, 0.25, 0.5, 0.75});
  CHECK(arange(2.0).dtype() == float32);
  CHECK(arange(3, float64).dtype() == float64);
  CHECK(values(arange(0, 3, 1, uint8)) == Values{0, 1, 2});
  CHECK(arange(2, 2).numel() == 0);
  CHECK(arange(0).numel() == 0);
  CHECK_THROWS_AS(arange(0, 3, 0), ValueError);
  CHECK_THROWS_AS(arange(0, -1), ValueError);
  CHECK_THROWS_AS(arange(0.0, INFINITY), ValueError);
}

TEST_CASE("linspace and logspace reach both ends exactly") {
  const Tensor x = linspace(-0.1, 0.3, 5, float64);
  CHECK(x.array().at(0) == -0.1);
  CHECK(x.array().at(4) == 0.3);
  CHECK(x.array().at(2) == doctest::Approx(0.1));
  CHECK(values(linspace(2, 5, 1)) == Values{2});
  CHECK(linspace(2, 5, 0).numel() == 0);
  CHECK(values(linspace(0, 10, 6, int64)) == Values{0, 2, 4, 6, 8, 10});
  CHECK(values(linspace(3, 1, 3)) == Values{3, 2, 1});
  CHECK_THROWS_AS(linspace(0, 1, -1), ValueError);
  CHECK(values(logspace(0, 3, 4)) == Values{1, 10, 100, 1000});
  CHECK(values(logspace(-1, 2, 4, 2, float64)) == Values{0.5, 1, 2, 4});
  CHECK_THROWS_AS(logspace(0, 1, -1), ValueError);
}

TEST_CASE("eye has ones on its diagonal, also when it is not square") {
  CHECK(values(eye(2)) == Values{1, 0, 0, 1});
  CHECK(values(eye(2, 3, int64)) == Values{1, 0, 0, 0, 1, 0});
  CHECK(values(eye(3, 1)) == Values{1, 0, 0});
  CHECK(eye(0, float64).shape() == Shape{0, 0});
  CHECK_THROWS_AS(eye(-1), ShapeError);
}

TEST_CASE("a tensor of a std::vector has the dtype of its elements") {
  CHECK(tensor(std::vector<std::int64_t>{1, 2}).dtype() == int64);
  CHECK(tensor(std::vector<int>{1, 2}).dtype() == int64);
  CHECK(tensor(std::vector<std::uint8_t>{1, 2}).dtype() == uint8);
  CHECK(tensor(std::vector<bool>{true, false}).dtype() == bool_);
  CHECK(tensor(std::vector<float>{1, 2}).dtype() == float32);
  CHECK(tensor(std::vector<double>{1, 2}).dtype() == float64);
  CHECK(tensor(std::vector<std::int64_t>{1, 2}, float32).dtype() == float32);
}
