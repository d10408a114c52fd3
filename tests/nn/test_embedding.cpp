// SPDX-License-Identifier: MIT
// Tests of nn/embedding.hpp: initial weights, padding, max_norm, pretrained tables, errors.
#include "nn/support.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
Tensor numbers(std::initializer_list<double> values) { return tensor(values, int64); }
}  // namespace

TEST_CASE("Embedding starts standard normal, with a padding row of zeros") {
  Generator generator(2);
  nn::Embedding table(1000, 20, {.padding_idx = -1}, generator);
  double sum = 0, squares = 0;
  for (Index i = 0; i < 999 * 20; ++i) {
    const double v = table.weight.array().at(i);
    sum += v;
    squares += v * v;
  }
  CHECK(std::fabs(sum / 19980) < 0.03);
  CHECK(squares / 19980 == doctest::Approx(1).epsilon(0.05));
  for (Index i = 0; i < 20; ++i) CHECK(table.weight.array().at(999 * 20 + i) == 0);
  CHECK(table.describe() == "Embedding(1000, 20, padding_idx=999)");
}

TEST_CASE("rows named twice add their gradients, the padding row gets none") {
  nn::Embedding table(4, 2, {.padding_idx = 0});
  sum(table(numbers({1, 1, 0, 3}))).backward();
  const double expected[] = {0, 0, 2, 2, 0, 0, 1, 1};
  for (Index i = 0; i < 8; ++i) CHECK(table.weight.grad().array().at(i) == expected[i]);
}

TEST_CASE("max_norm shortens the rows looked up, and no others") {
  nn::Embedding table =
      nn::Embedding::from_pretrained(tensor({{3, 4}, {30, 40}, {0.1, 0}}), false, {.max_norm = 1});
  const Tensor y = table(numbers({0, 2, 0}));
  CHECK(y.array().at(0) == doctest::Approx(0.6));
  CHECK(y.array().at(1) == doctest::Approx(0.8));
  CHECK(y.array().at(2) == doctest::Approx(0.1));
  CHECK(table.weight.array().at(0) == doctest::Approx(0.6));
  CHECK(table.weight.array().at(2) == 30);
  nn::Embedding by_sum =
      nn::Embedding::from_pretrained(tensor({{3, 1}}), true, {.max_norm = 2, .norm_type = 1});
  CHECK(by_sum(numbers({0})).array().at(0) == doctest::Approx(1.5));
  nn::Embedding by_largest = nn::Embedding::from_pretrained(tensor({{3, -4}, {1, 0.5}}), true,
                                                            {.max_norm = 1, .norm_type = INFINITY});
  const Tensor z = by_largest(numbers({0, 1}));
  CHECK(z.array().at(0) == doctest::Approx(0.75));
  CHECK(z.array().at(1) == doctest::Approx(-1));
  CHECK(z.array().at(2) == 1);
}

TEST_CASE("a pretrained table is frozen unless asked otherwise") {
  const Tensor values = random({3, 2}, float32);
  nn::Embedding frozen = nn::Embedding::from_pretrained(values);
  CHECK_FALSE(frozen.weight.requires_grad());
  CHECK(frozen(numbers({2})).array().at(0) == values.array().at(4));
  CHECK(nn::Embedding::from_pretrained(values, false).weight.requires_grad());
  CHECK(contains(message_of([] { nn::Embedding::from_pretrained(ones({3})); }),
                 "[Embedding::from_pretrained] embeddings (3) must be a matrix"));
}

TEST_CASE("Embedding refuses numbers out of range and other dtypes, with its path") {
  nn::Sequential model{nn::Embedding(4, 2), nn::Linear(2, 1)};
  const auto message = message_of([&] { model(numbers({1, 4})); });
  CHECK(contains(message,
                 "[Embedding] x holds 4 at (1); it must be in [0, 4), num_embeddings of weight "
                 "(4, 2) — at test_embedding.cpp:"));
  CHECK(contains(message, ", in 0 (Embedding)"));
  CHECK(contains(message_of([&] { model(ones({2})); }), "x is float32, it must be int64"));
  CHECK(contains(message_of([] { nn::Embedding(4, 2, {.padding_idx = 4}); }),
                 "padding_idx=4 must be in [-4, 3]"));
  CHECK(contains(message_of([] { nn::Embedding(4, 2, {.max_norm = 1, .norm_type = 0}); }),
                 "norm_type=0 must be positive"));
  CHECK(contains(message_of([] { nn::Embedding(0, 2); }), "num_embeddings=0 must be positive"));
}
