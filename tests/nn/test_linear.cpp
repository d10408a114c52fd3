// SPDX-License-Identifier: MIT
// Tests of nn/linear.hpp: values, initial weights, gradients, errors.
#include "nn/support.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

TEST_CASE("Linear computes x·weightᵀ + bias") {
  nn::Linear layer(2, 3);
  layer.weight = tensor({{1, 2}, {3, 4}, {5, 6}});
  layer.bias = tensor({10, 20, 30});
  const Array y = layer(tensor({{1, -1}, {0, 2}})).array();
  const double expected[] = {9, 19, 29, 14, 28, 42};
  REQUIRE(y.shape() == Shape{2, 3});
  for (Index i = 0; i < 6; ++i) CHECK(y.at(i) == expected[i]);
}

TEST_CASE("Linear without a bias has one parameter") {
  nn::Linear layer(2, 3, {.bias = false});
  CHECK_FALSE(layer.bias.defined());
  CHECK(layer.named_parameters().size() == 1);
  CHECK(layer(zeros({4, 2})).array().at(5) == 0);
  CHECK(layer.describe() == "Linear(2, 3, bias=false)");
  CHECK(nn::Linear(784, 128).describe() == "Linear(784, 128)");
}

TEST_CASE("Linear starts uniform within ±1/√in, weight first, then bias") {
  Generator generator(5);
  nn::Linear layer(100, 200, {}, generator);
  const double bound = 0.1;
  double sum = 0, squares = 0, largest = 0;
  for (Index i = 0; i < layer.weight.numel(); ++i) {
    const double w = layer.weight.array().at(i);
    sum += w;
    squares += w * w;
    largest = std::fmax(largest, std::fabs(w));
  }
  const double n = 20000;
  CHECK(largest <= bound);
  CHECK(largest > 0.999 * bound);
  CHECK(std::fabs(sum / n) < 4 * bound / std::sqrt(3 * n));
  CHECK(squares / n == doctest::Approx(bound * bound / 3).epsilon(0.03));

  Generator again(5);
  const Array weight = kernels::uniform({200, 100}, float32, -bound, bound, again);
  const Array bias = kernels::uniform({200}, float32, -bound, bound, again);
  CHECK(std::memcmp(layer.weight.array().raw(), weight.raw(), weight.bytes()) == 0);
  CHECK(std::memcmp(layer.bias.array().raw(), bias.raw(), bias.bytes()) == 0);
}

TEST_CASE("the same default seed makes the same layer") {
  manual_seed(3);
  nn::Linear a(4, 4);
  nn::Linear b(4, 4);
  manual_seed(3);
  nn::Linear c(4, 4);
  CHECK(a.weight.array().at(0) == c.weight.array().at(0));
  CHECK(a.weight.array().at(0) != b.weight.array().at(0));
}

TEST_CASE("Linear refuses sizes that make no sense") {
  CHECK(contains(message_of([] { nn::Linear layer(0, 3); }),
                 "[Linear] in_features=0 must be positive — at test_linear.cpp:"));
  CHECK(contains(message_of([] { nn::Linear layer(3, -1); }), "out_features=-1 must be positive"));
}

TEST_CASE("gradients of Linear are right, with and without a bias, for any number of batch dims") {
  for (const bool bias : {true, false})
    for (const Shape& shape : {Shape{3, 4}, Shape{2, 3, 4}, Shape{4}}) {
      nn::Linear layer(4, 2, {.bias = bias});
      const GradcheckReport report = gradcheck_module(layer, random(shape));
      INFO(to_string(report));
      CHECK(report);
      CHECK(report.checked == shape.count() + layer.parameter_count());
    }
}
