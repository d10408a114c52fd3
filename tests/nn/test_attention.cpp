// SPDX-License-Identifier: MIT
// Tests of attention and transformers other than values and gradients, which are in
// test_all_layers.cpp: masks, initial weights, dropout, errors.
#include "nn/support.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

TEST_CASE("attention weights are a distribution over the keys that are not hidden") {
  nn::MultiheadAttention m(4, 2, {.batch_first = true});
  const Tensor x = random({1, 3, 4}, float32);
  const auto y = m(x, x, x, {.key_padding_mask = tensor({{0, 1, 0}}, bool_)});
  REQUIRE(y.weights.shape() == Shape{1, 3, 3});
  for (Index row = 0; row < 3; ++row) {
    CHECK(y.weights.array().at(3 * row + 1) == 0);
    CHECK(y.weights.array().at(3 * row) + y.weights.array().at(3 * row + 2) ==
          doctest::Approx(1).epsilon(1e-6));
  }
  CHECK_FALSE(m(x, x, x, {.need_weights = false}).weights.defined());
}

TEST_CASE("a query that may see no key gets the bias of the last product, and no NaN backwards") {
  nn::MultiheadAttention m(4, 2);
  nn::init::constant_(m.out_proj.bias, 3);
  const Tensor x = random({2, 1, 4}, float32);
  const Tensor y = m(x, x, x, {.key_padding_mask = tensor({{1, 1}}, bool_)}).output;
  for (Index i = 0; i < y.numel(); ++i) CHECK(y.array().at(i) == 3);
  sum(y).backward();
  CHECK(std::isfinite(m.in_proj_weight.grad().array().at(0)));
}

TEST_CASE("MultiheadAttention starts as PyTorch's does") {
  Generator generator(4);
  nn::MultiheadAttention m(32, 4, {.add_bias_kv = true}, generator);
  const double bound = std::sqrt(6.0 / (32 + 96));  // Glorot over (3·E, E)
  double largest = 0;
  for (Index i = 0; i < m.in_proj_weight.numel(); ++i)
    largest = std::fmax(largest, std::fabs(m.in_proj_weight.array().at(i)));
  CHECK(largest <= bound);
  CHECK(largest > 0.99 * bound);
  CHECK(m.in_proj_bias.array().at(5) == 0);
  CHECK(m.out_proj.bias.array().at(5) == 0);
  CHECK(m.bias_k.array().at(0) != 0);
}

TEST_CASE("dropout of the weights acts while training, from the layer's own generator") {
  nn::MultiheadAttention m(4, 2, {.dropout = 0.5});
  const Tensor x = random({3, 2, 4}, float32);
  m.generator = Generator(1);
  const double first = m(x).array().at(0);
  m.generator = Generator(1);
  CHECK(m(x).array().at(0) == first);
  CHECK(m(x).array().at(0) != first);
  m.eval();
  CHECK(m(x).array().at(0) == m(x).array().at(0));
}

TEST_CASE("a causal encoder does not look ahead") {
  nn::TransformerEncoder model(8, 2, 2, {.dim_feedforward = 16, .dropout = 0});
  const Tensor x = random({4, 1, 8}, float32);
  Tensor changed = x.array().copy();
  changed.data<float>()[3 * 8] += 1;  // the last step
  const Tensor a = model(x, {.is_causal = true}), b = model(changed, {.is_causal = true});
  CHECK(std::memcmp(a.array().raw(), b.array().raw(), 3 * 8 * sizeof(float)) == 0);
  CHECK(a.array().at(3 * 8) != b.array().at(3 * 8));
}

TEST_CASE("attention refuses what does not fit, with names, sizes and path") {
  CHECK(contains(message_of([] { nn::MultiheadAttention(5, 2); }),
                 "[MultiheadAttention] embed_dim=5 must be divisible by num_heads=2 — at "
                 "test_attention.cpp:"));
  CHECK(contains(message_of([] { nn::MultiheadAttention(4, 0); }), "num_heads=0 must be positive"));
  nn::TransformerEncoder model(4, 2, 2, {.dim_feedforward = 3});
  const auto wrong = message_of([&] { model(ones({3, 2, 5})); });
  CHECK(contains(wrong, "query (3, 2, 5) must end in embed_dim=4 — at test_attention.cpp:"));
  CHECK(contains(wrong, ", in layers.0.self_attn (MultiheadAttention)"));
  CHECK(contains(message_of([&] {
                   model(ones({3, 2, 4}), {.mask = ones({2, 3}, bool_)});
                 }),
                 "attn_mask (2, 3) must be (L, S) = (3, 3) or (N·heads, L, S) = (4, 3, 3)"));
  CHECK(contains(message_of([&] {
                   model(ones({3, 2, 4}), {.src_key_padding_mask = ones({3, 2}, bool_)});
                 }),
                 "key_padding_mask (3, 2) must be (N, S) = (2, 3)"));
  CHECK(contains(message_of([&] {
                   model(ones({3, 2, 4}), {.mask = ones({3, 3}, int64)});
                 }),
                 "attn_mask is int64, it must be bool or float32"));
  nn::MultiheadAttention m(4, 2, {.kdim = 3});
  const auto call = [&](const Shape& q, const Shape& k, const Shape& v) {
    return message_of([&] { m(ones(q), ones(k), ones(v)); });
  };
  CHECK(contains(call({2, 1, 4}, {3, 1, 4}, {3, 1, 4}), "key (3, 1, 4) must end in kdim=3"));
  CHECK(contains(call({2, 1, 4}, {3, 1, 3}, {2, 1, 4}), "must have the same length and batch"));
  CHECK(contains(call({2, 2, 4}, {3, 1, 3}, {3, 1, 4}), "must have the same batch, dim 1"));
  CHECK(contains(call({2, 4}, {3, 1, 3}, {3, 1, 4}), "or all without N"));
}

TEST_CASE("sinusoidal_encoding is sines and cosines of the position") {
  const Tensor y = nn::sinusoidal_encoding(3, 4, float64);
  REQUIRE(y.shape() == Shape{3, 4});
  CHECK(y.array().at(4 * 2) == doctest::Approx(std::sin(2.0)));
  CHECK(y.array().at(4 * 2 + 1) == doctest::Approx(std::cos(2.0)));
  CHECK(y.array().at(4 * 2 + 2) == doctest::Approx(std::sin(0.02)));
  CHECK(nn::sinusoidal_encoding(2, 5).shape() == Shape{2, 5});
}
