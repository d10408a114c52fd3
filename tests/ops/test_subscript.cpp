// SPDX-License-Identifier: MIT
// Tests of ops/indexing/subscript.hpp: reads, writes, gradients, errors.
#include <doctest/doctest.h>

#include "support/bits.hpp"
#include "support/messages.hpp"
#include "support/tensors.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
Tensor count_to(Index n, Shape shape) { return reshape(arange(n, float64), shape); }
}  // namespace

TEST_CASE("brackets read what index() reads") {
  Tensor x = count_to(24, {2, 3, 4});
  const Tensor rows = tensor({1, 0, 1}, int64);
  CHECK(same_bits(x[1], index(x, {1})));
  CHECK(same_bits(x[-1], index(x, {-1})));
  CHECK(same_bits(x[Slice{0, 1}], index(x, {Slice{0, 1}})));
  CHECK(same_bits(x[ellipsis], x));
  CHECK(same_bits(x[newaxis], index(x, {newaxis})));
  CHECK(same_bits(x[rows], index(x, {rows})));
  CHECK(same_bits(x[x > 5], index(x, {x > 5})));
  CHECK(same_bits(x[{1}], index(x, {1})));
  CHECK(same_bits(x[{1, -1, 2}], index(x, {1, -1, 2})));
  CHECK(same_bits(x[{ellipsis, Slice{{}, {}, -2}}], index(x, {ellipsis, Slice{{}, {}, -2}})));
  CHECK(same_bits(x[{0, newaxis, tensor({2, 0}, int64), Slice{1}}],
                  index(x, {0, newaxis, tensor({2, 0}, int64), Slice{1}})));
  CHECK(x[{1, 2, 3}].item() == 23);
  CHECK(x[1][2][3].item() == 23);
  CHECK((x[0] + x[1]).array().at(0) == 12);
  CHECK(sum(x[1]).item() == 210);
  CHECK(x[0].shape() == Shape{3, 4});
  const std::vector<Tensor> list{x[0], x[1]};
  CHECK(same_bits(stack(list), x));
}

TEST_CASE("brackets read from const tensors and temporaries, whose values stay") {
  const Tensor x = count_to(6, {3, 2});
  CHECK(x[{2, 1}].item() == 5);
  CHECK((x * 2)[1].array().at(0) == 4);
  const Tensor row = (x + 1)[2];
  CHECK(row.array().at(1) == 6);
  for (const Tensor& view = (x + 1)[0]; const double value : {1, 2})
    CHECK(view.array().at(static_cast<Index>(value) - 1) == value);
  static_assert(!std::is_assignable_v<decltype(x[0]), Tensor>);  // would be lost
  static_assert(!std::is_assignable_v<decltype((x * 2)[0]), double>);
}

TEST_CASE("an assignment to brackets writes what index_put_() writes") {
  Tensor x = zeros({2, 3}, float64), same = x;
  x[0] = 1;
  x[{1, 2}] = 2.5;
  x[{ellipsis, 1}] = tensor({7, 8}, float64);
  CHECK(same_bits(x, tensor({{1, 7, 1}, {0, 8, 2.5}}, float64)));
  CHECK(same_bits(same, x));  // a handle to the same tensor
  x[0] = x[1];
  CHECK(same_bits(x[0], x[1]));
  x[x > 2] = -1;
  CHECK(same_bits(x, tensor({{0, -1, -1}, {0, -1, -1}}, float64)));
  x[tensor({1}, int64)] += 10;
  x[{0, Slice{1}}] *= x[{1, Slice{1}}];
  CHECK(same_bits(x, tensor({{0, -9, -9}, {10, 9, 9}}, float64)));
  x[1] -= tensor({1, 1, 1}, float64);
  x[{1, 0}] /= 3;
  CHECK(same_bits(x[1], tensor({3, 8, 8}, float64)));

  auto row = x[0];  // a variable is a tensor as any other
  row = x[1] * 2;
  CHECK(row.array().at(0) == 6);
  CHECK(x[{0, 0}].item() == 0);
}

TEST_CASE("gradients flow through brackets, read or written") {
  const Tensor leaf_x = leaf({1, 2, 3}), v = leaf({5});
  Tensor y = leaf_x * 2;
  y[1] = v * v;
  y[2] *= 10;
  sum(y[Slice{0, 2}] * 3 + y[2]).backward();  // y[2] counts twice
  CHECK(same_bits(leaf_x.grad(), tensor({6, 0, 40}, float64)));
  CHECK(v.grad().item() == 30);

  Tensor frozen = leaf({1, 2});
  CHECK(contains(message_of([&] { frozen[0] = 1; }),
                 "[index_put_] would overwrite a leaf that requires a gradient"));
  const NoGradGuard no_grad;
  frozen[0] = 4;
  CHECK(frozen[0].item() == 4);
}

TEST_CASE("errors of brackets name the operation, the values and the user's line") {
  Tensor x = zeros({2, 3});
  const int line = __LINE__ + 1;
  const std::string message = message_of([&] { x[2]; });
  CHECK(contains(message, "[index] index 2 is out of range for dim 0 of x (2, 3)"));
  CHECK(contains(message, str_cat("test_subscript.cpp:", line)));
  const int next = __LINE__ + 1;
  const std::string second = message_of([&] { x[{0, 0, 0}]; });
  CHECK(contains(second, "[index] 3 indices for x (2, 3)"));
  CHECK(contains(second, str_cat("test_subscript.cpp:", next)));
  CHECK(contains(message_of([&] { x[0] = ones({2}); }),
                 "[index_put_] values (2) do not broadcast to the part that the index names, (3)"));
  CHECK(
      contains(message_of([&] { x[0] = ones({3}, float64); }), "[index_put_] values are float64"));
  CHECK(contains(message_of([&] { Tensor()[0]; }), "[index] x is undefined"));
  CHECK(contains(message_of([&] { x[ones({2})]; }), "[index] an index is float32"));
}
