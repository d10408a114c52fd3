// SPDX-License-Identifier: MIT
// Tests of in-place operations: history, saved values, shared memory, errors.
#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

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

TEST_CASE("in place means in place: pointers, views and wrapped memory see the values") {
  Generator generator(1);
  using InPlaceOp = std::function<Tensor&(Tensor&)>;
  const Tensor y = random({4, 3}), index = zeros({4, 3}, int64), mask = y > 0;
  const std::pair<const char*, InPlaceOp> ops[] = {
      {"+=", [&](Tensor& x) -> Tensor& { return x += y; }},
      {"-=", [&](Tensor& x) -> Tensor& { return x -= y; }},
      {"*=", [&](Tensor& x) -> Tensor& { return x *= y; }},
      {"/=", [&](Tensor& x) -> Tensor& { return x /= y; }},
      {"+= number", [&](Tensor& x) -> Tensor& { return x += 1; }},
      {"pow_", [&](Tensor& x) -> Tensor& { return pow_(x, 3); }},
      {"neg_", [&](Tensor& x) -> Tensor& { return neg_(x); }},
      {"abs_", [&](Tensor& x) -> Tensor& { return abs_(x); }},
      {"exp_", [&](Tensor& x) -> Tensor& { return exp_(x); }},
      {"log_", [&](Tensor& x) -> Tensor& { return log_(x); }},
      {"sqrt_", [&](Tensor& x) -> Tensor& { return sqrt_(x); }},
      {"rsqrt_", [&](Tensor& x) -> Tensor& { return rsqrt_(x); }},
      {"reciprocal_", [&](Tensor& x) -> Tensor& { return reciprocal_(x); }},
      {"square_", [&](Tensor& x) -> Tensor& { return square_(x); }},
      {"sin_", [&](Tensor& x) -> Tensor& { return sin_(x); }},
      {"cos_", [&](Tensor& x) -> Tensor& { return cos_(x); }},
      {"tanh_", [&](Tensor& x) -> Tensor& { return tanh_(x); }},
      {"sigmoid_", [&](Tensor& x) -> Tensor& { return sigmoid_(x); }},
      {"relu_", [&](Tensor& x) -> Tensor& { return relu_(x); }},
      {"clamp_", [&](Tensor& x) -> Tensor& { return clamp_(x, 1, 1.5); }},
      {"floor_", [&](Tensor& x) -> Tensor& { return floor_(x); }},
      {"ceil_", [&](Tensor& x) -> Tensor& { return ceil_(x); }},
      {"round_", [&](Tensor& x) -> Tensor& { return round_(x); }},
      {"trunc_", [&](Tensor& x) -> Tensor& { return trunc_(x); }},
      {"lerp_", [&](Tensor& x) -> Tensor& { return lerp_(x, y, 0.3); }},
      {"addcmul_", [&](Tensor& x) -> Tensor& { return addcmul_(x, y, y, 2); }},
      {"addcdiv_", [&](Tensor& x) -> Tensor& { return addcdiv_(x, y, y + 9, 2); }},
      {"fill_", [&](Tensor& x) -> Tensor& { return fill_(x, 7); }},
      {"zero_", [&](Tensor& x) -> Tensor& { return zero_(x); }},
      {"copy_", [&](Tensor& x) -> Tensor& { return x.copy_(y); }},
      {"uniform_", [&](Tensor& x) -> Tensor& { return uniform_(x, 4, 5, generator); }},
      {"normal_", [&](Tensor& x) -> Tensor& { return normal_(x, 9, 1, generator); }},
      {"bernoulli_", [&](Tensor& x) -> Tensor& { return bernoulli_(x, 0.5, generator); }},
      {"scatter_", [&](Tensor& x) -> Tensor& { return scatter_(x, 0, index, y); }},
      {"scatter_add_", [&](Tensor& x) -> Tensor& { return scatter_add_(x, 0, index, y); }},
      {"index_fill_",
       [&](Tensor& x) -> Tensor& { return index_fill_(x, 0, zeros({1}, int64), 3); }},
      {"index_put_", [&](Tensor& x) -> Tensor& { return index_put_(x, {1}, 3); }},
      {"masked_fill_", [&](Tensor& x) -> Tensor& { return masked_fill_(x, mask, 3); }},
  };
  for (const auto& [name, op] : ops) {
    CAPTURE(name);
    Tensor x = abs(random({4, 3}, 2)) + 1;
    x.data<double>()[0] = -1.5;
    const double* memory = x.data<double>();
    const Tensor view = reshape(x, {12});
    const auto version = x.array().version();
    Tensor fresh = x * 1;
    op(x);
    CHECK(x.data<double>() == memory);
    CHECK(x.array().version() > version);
    CHECK(view.array().at(5) == x.array().at(5));
    CHECK_FALSE(values(x) == values(fresh));
    // Nobody else holding the memory makes no difference, nor does a history.
    const double* own = fresh.data<double>();
    op(fresh);
    CHECK(fresh.data<double>() == own);
    Tensor recorded = leaf({1, 2, 3}) * 1;
    recorded = reshape(expand(recorded, {4, 3}), {4, 3}) + 1;
    const double* of_recorded = recorded.data<double>();
    if (std::string(name) != "copy_") op(recorded);  // which has no gradient
    CHECK(recorded.data<double>() == of_recorded);
    std::vector<double> mine(12, 1.5);
    Tensor wrapped = Tensor::wrap(mine.data(), Shape{4, 3});
    op(wrapped);
    CHECK(wrapped.data<double>() == mine.data());
    if (std::string(name) == "fill_") CHECK(mine[11] == 7);
  }
}

TEST_CASE("operands that lie in the target's memory are read before they are overwritten") {
  Tensor base = arange(0, 6);
  Tensor tail = narrow(base, 0, 1, 5);
  tail += narrow(base, 0, 0, 5);  // not 0, 1, 3, 6, …
  CHECK(values(base) == std::vector<double>{0, 1, 3, 5, 7, 9});
  Tensor grid = reshape(arange(0, 6), {2, 3});
  grid += select(grid, 0, 0);  // broadcast from its own first row
  CHECK(values(grid) == std::vector<double>{0, 2, 4, 3, 5, 7});
  Tensor x = tensor({2, 3}, float64);
  x *= x;
  CHECK(values(x) == std::vector<double>{4, 9});
  // Recorded, the op has saved what it overwrites: an error, and no wrong gradient.
  const Tensor w = leaf({2, 3});
  Tensor y = w * 1;
  CHECK(contains(message_of([&] {
                   y *= y;
                   sum(y).backward();
                 }),
                 "was overwritten by mul_"));
}

TEST_CASE("a refused in-place op leaves the values alone") {
  Tensor x = leaf({1, 2});
  CHECK(contains(message_of([&] { x += 1; }), at_line(__LINE__)));
  CHECK(x.array().at(0) == 1);
  Tensor narrow_one = ones({3});
  CHECK(contains(message_of([&] { narrow_one += ones({2, 3}); }), "[add_] the result has shape"));
  CHECK(narrow_one.array().at(0) == 1);
}
