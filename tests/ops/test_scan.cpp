// SPDX-License-Identifier: MIT
// Tests of ops/reduction/scan.hpp: dtypes, exactness, zeros.
#include <doctest/doctest.h>

#include "tinygrad/tensor.hpp"

using namespace tinygrad;

TEST_CASE("running sums and products of integers stay integers, of bool and uint8 become int64") {
  CHECK(cumsum(tensor({1, 2, 3}, int64), 0).dtype() == int64);
  CHECK(cumprod(tensor({1, 2, 3}, int64), 0).array().at(2) == 6);
  const Tensor bytes = cumsum(full({3}, 200, uint8), 0);
  CHECK(bytes.dtype() == int64);
  CHECK(bytes.array().at(2) == 600);
  CHECK(cumprod(ones({2}, bool_), 0).dtype() == int64);
}

TEST_CASE("a running sum of float32 keeps what single additions would lose") {
  const Tensor y = cumsum(full({1 << 20}, 0.1F), 0);
  CHECK(y.array().at((1 << 20) - 1) == doctest::Approx(0.1F * (1 << 20)).epsilon(1e-6));
}

TEST_CASE("the gradient of a running product is finite and right at a zero") {
  Tensor x = tensor({2, 0, 3}, float64).requires_grad_();
  sum(cumprod(x, 0)).backward();  // x₀ + x₀x₁ + x₀x₁x₂
  CHECK(x.grad().array().at(0) == 1);
  CHECK(x.grad().array().at(1) == 8);
  CHECK(x.grad().array().at(2) == 0);
}

TEST_CASE("running extremes work on every dtype") {
  for (const Dtype dtype : {bool_, uint8, int64, float32, float64}) {
    const ValuesAndIndices y = cummax(to(tensor({0, 1, 0}), dtype), 0);
    CHECK(y.values.dtype() == dtype);
    CHECK(y.values.array().at(2) == 1);
    CHECK(y.indices.array().at(2) == 1);
  }
}
