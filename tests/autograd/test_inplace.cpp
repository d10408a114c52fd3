// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "support/messages.hpp"
#include "support/tensors.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

TEST_CASE("an in-place op changes the values for all handles, and gradients flow through it") {
  const Tensor x = leaf({1, 2});
  Tensor y = x * 3;
  const Tensor handle = y;
  add_(y, 1);
  mul_(y, y.detach() + 0);
  CHECK(y.array().at(0) == 16);
  CHECK(handle.array().at(1) == 49);
  sum(handle).backward();
  CHECK(x.grad().array().at(0) == 3 * 4);
}

TEST_CASE(
    "overwriting a value that backward needs names the op that saved it and the op that wrote") {
  const Tensor x = leaf({1, 2});
  const auto run = [&] {
    Tensor y = x * 3;
    const Tensor z = square(y);  // saves y
    add_(y, 1);
    sum(z).backward();
  };
  const std::string message = message_of(run);
  CHECK_MESSAGE(contains(message,
                         "[square] a value that backward needs, of shape (2), was "
                         "overwritten by add_ after it was used"),
                message);
  CHECK(contains(message, "test_inplace.cpp:"));
  // The result of exp is what exp saves.
  CHECK(contains(message_of([&] {
                   Tensor y = exp(x);
                   mul_(y, 2);
                   sum(y).backward();
                 }),
                 "[exp] a value that backward needs, of shape (2), was overwritten by mul_"));
}

TEST_CASE("a value that an op saved keeps its history when the tensor moves on") {
  const auto before = Node::live();
  {
    const Tensor x = leaf({3});
    Tensor y = x * 1;
    const Tensor z = y * y;
    y = y + 0;  // rebinding is not overwriting
    add_(y, z);
    const Tensor g = grad(sum(y), x, {}, {.create_graph = true});
    CHECK(g.item() == 7);  // x + x²
    CHECK(grad(g, x).item() == 2);
    // A tensor that is overwritten with something made from it must not end up owning itself.
    Tensor w = x * 1;
    const Tensor used = w + w * 2;
    add_(w, used);
  }
  CHECK(Node::live() == before);
}

TEST_CASE("overwriting what backward does not need is allowed") {
  const Tensor x = leaf({1, 2});
  Tensor y = x + 3;  // add saves nothing
  mul_(y, 2);
  relu_(y);
  sum(y).backward();
  CHECK(x.grad().array().at(0) == 2);
}

TEST_CASE("a leaf that requires a gradient is only overwritten under NoGradGuard") {
  Tensor x = leaf({1, 2});
  CHECK(contains(message_of([&] { add_(x, 1); }),
                 "[add_] would overwrite a leaf that requires a gradient"));
  CHECK(x.array().at(0) == 1);
  {
    const NoGradGuard no_grad;
    add_(x, 1);
  }
  CHECK(x.array().at(0) == 2);
  CHECK(x.requires_grad());
}

TEST_CASE("memory that is overwritten through another tensor ends the other's history") {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 3;
  Tensor view = reshape(y, {2, 1});
  mul_(view, 2);
  CHECK(y.array().at(1) == 12);  // the memory is shared
  CHECK(
      contains(message_of([&] { y * 1; }), "[mul] an input of shape (2) was overwritten by mul_"));
  CHECK(contains(message_of([&] { y.backward(ones({2}, float64)); }),
                 "[backward] an input of shape (2) was overwritten by mul_"));
  sum(view).backward();  // the tensor that was written knows its history
  CHECK(x.grad().array().at(0) == 6);
}

TEST_CASE("an in-place op broadcasts its argument and never its target, and keeps the dtype") {
  Tensor x = ones({2, 3});
  add_(x, ones({3}));
  CHECK(x.array().at(5) == 2);
  Tensor narrow = ones({3});
  CHECK(contains(message_of([&] {
                   add_(narrow, ones({2, 3}));
                 }),
                 "[add_] the result has shape (2, 3), which does not fit into (3)"));
  Tensor whole = ones({3}, int64);
  CHECK(contains(message_of([&] { add_(whole, ones({3})); }), "[add_] the result is float32"));
}

TEST_CASE("wrapped memory is written where it lies") {
  std::vector<float> mine = {1, 2, 3};
  Tensor x = Tensor::wrap(mine.data(), Shape{3});
  x *= 2;
  x -= 1;
  CHECK(mine[2] == 5);
}

TEST_CASE("filling ends the history") {
  const Tensor x = leaf({1, 2});
  Tensor y = x * 3;
  fill_(y, 4);
  CHECK_FALSE(y.requires_grad());
  y += x;
  sum(y).backward();
  CHECK(x.grad().array().at(0) == 1);
}
