// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cstring>

#include "tinygrad/tensor.hpp"

using namespace tinygrad;

TEST_CASE("dropout keeps about 1 - p of the elements and scales them so that the mean stays") {
  Generator g(1);
  const Tensor y = dropout(ones({100'000}), 0.3, true, g);
  CHECK(mean(y).item() == doctest::Approx(1).epsilon(0.01));
  CHECK(mean(to(y > 0, float32)).item() == doctest::Approx(0.7).epsilon(0.01));
  CHECK(max(y).item() == doctest::Approx(1 / 0.7));
}

TEST_CASE("dropout draws the same mask for the same seed, and another one each time") {
  Generator a(1), b(1);
  const Tensor x = ones({1000});
  const Tensor first = dropout(x, 0.5, true, a), same = dropout(x, 0.5, true, b),
               next = dropout(x, 0.5, true, a);
  CHECK(std::memcmp(first.array().raw(), same.array().raw(), first.array().bytes()) == 0);
  CHECK(std::memcmp(first.array().raw(), next.array().raw(), first.array().bytes()) != 0);
}

TEST_CASE("dropout is the identity in evaluation and for p = 0, and zero for p = 1") {
  const Tensor x = ones({10});
  CHECK(dropout(x, 0.5, false).is(x));
  CHECK(dropout(x, 0).is(x));
  CHECK(sum(dropout(x, 1)).item() == 0);
}

TEST_CASE("dropout's gradient is the mask of its forward pass, also when differentiated twice") {
  Generator g(1);
  const Tensor x = ones({1000}).requires_grad_();
  const Tensor y = dropout(x, 0.3, true, g);
  const Tensor slope = grad(y, x, ones({1000}), {.retain_graph = true});
  CHECK(max(abs(slope - y)).item() == 0);  // x is 1: y is the mask
  Tensor v = ones({1000}).requires_grad_();
  const Tensor again = grad(y, x, v, {.create_graph = true});
  CHECK(max(abs(grad(again, v, ones({1000})) - y)).item() == 0);
}

TEST_CASE("dropout without a generator draws from the default one, which manual_seed resets") {
  const Tensor x = ones({1000});
  manual_seed(3);
  const Tensor first = dropout(x);
  manual_seed(3);
  CHECK(max(abs(dropout(x) - first)).item() == 0);
}
