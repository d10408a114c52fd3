// SPDX-License-Identifier: MIT
// Tests of ops/layers/attention.hpp that no row can express: dropout, and queries without keys.
#include <doctest/doctest.h>

#include <cmath>

#include "tinygrad/tensor.hpp"

using namespace tinygrad;

TEST_CASE("attention's dropout draws from the given generator and keeps the mean") {
  Generator generator(1), same(1);
  const Tensor q = zeros({64, 1}), k = zeros({64, 1}), v = ones({64, 1});
  const auto run = [&](Generator& g) {
    return scaled_dot_product_attention(q, k, v, {.dropout_p = 0.25}, g);
  };
  const Tensor a = run(generator), b = run(same), c = run(same);
  CHECK(a.array().at(5) == b.array().at(5));
  double mean = 0;
  bool differs = false;
  for (Index i = 0; i < 64; ++i) {
    mean += a.array().at(i) / 64;
    differs = differs || b.array().at(i) != c.array().at(i);
  }
  CHECK(differs);
  CHECK(mean == doctest::Approx(1).epsilon(0.05));
  CHECK(mean != 1);
}

TEST_CASE("a query that sees no key gets 0, and so do its gradients") {
  Tensor q = ones({2, 3});
  q.requires_grad_();
  const Tensor k = ones({2, 3}), v = tensor({{1, 2}, {3, 4}});
  const Tensor mask = tensor({{1, 0}, {0, 0}}, bool_);
  const Tensor y = scaled_dot_product_attention(q, k, v, {.attn_mask = mask});
  CHECK(y.array().at(0) == 1);
  CHECK(y.array().at(2) == 0);
  sum(y).backward();
  for (Index i = 0; i < 6; ++i) CHECK(q.grad().array().at(i) == 0);
}
