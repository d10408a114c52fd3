// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "tinygrad/tensor.hpp"

using namespace tinygrad;

TEST_CASE("a gradient that two nodes share is not changed when one of them gets another") {
  Tensor x = ones({2});
  x.requires_grad_();
  const Tensor b = x * 2, a = x * 1, through_a = a * 3;
  const Tensor both = a + b;  // hands a and b the same gradient; then a gets through_a's too
  sum(both + through_a * 5).backward();
  CHECK(x.grad().array().at(0) == 1 + 2 + 15);
}
