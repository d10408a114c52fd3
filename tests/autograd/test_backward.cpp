// SPDX-License-Identifier: MIT
// Tests of the engine in autograd/backward.hpp: sums over paths, grad(), graphs, errors, threads.
#include <doctest/doctest.h>

#include <thread>

#include "support/messages.hpp"
#include "support/tensors.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;

namespace {
Tensor scalar_leaf(double value) { return tensor(value, float64).requires_grad_(); }

using test::contains;
using test::message_of;
}  // namespace

TEST_CASE("a diamond adds the gradients of both paths") {
  const Tensor x = scalar_leaf(3);
  const Tensor a = x * 2, b = x * x;
  (a * b).backward();  // 2x³
  CHECK(x.grad().item() == 54);
}

TEST_CASE("the same tensor twice gets both gradients") {
  const Tensor x = scalar_leaf(5);
  (x * x + x + x).backward();
  CHECK(x.grad().item() == 12);
}

TEST_CASE("a diamond inside a diamond visits each op once") {
  Tensor y = scalar_leaf(1);
  const Tensor x = y;
  for (int i = 0; i < 60; ++i) y = y + y;  // 2^60 paths
  y.backward();
  CHECK(x.grad().item() == 0x1p60);
}

TEST_CASE("gradients accumulate in leaves until zero_grad") {
  const Tensor x = scalar_leaf(2);
  (x * 3).backward();
  (x * 3).backward();
  CHECK(x.grad().item() == 6);
  x.zero_grad();
  CHECK_FALSE(x.grad().defined());
  (x * 3).backward();
  CHECK(x.grad().item() == 3);
}

TEST_CASE("a gradient that stays with the user is not overwritten by later ones") {
  const Tensor x = scalar_leaf(2), y = scalar_leaf(4);
  const Tensor seed = ones({}, float64);
  (x + y).backward(seed);
  (x + y).backward(seed);
  CHECK(seed.item() == 1);
  CHECK(x.grad().item() == 2);
  CHECK_FALSE(x.grad().array().same_as(y.grad().array()));
}

TEST_CASE("backward of a vector needs the gradient to start from") {
  const Tensor x = ones({3}, float64).requires_grad_();
  const std::string message = message_of([&] { (x * 2).backward(); });
  CHECK(contains(message, "[backward] needs a gradient to start from: the output has shape (3)"));
  CHECK(contains(message, "test_backward.cpp:"));
  (x * 2).backward(tensor({1, 10, 100}, float64));
  CHECK(x.grad().array().at(2) == 200);
  CHECK(contains(message_of([&] { (x * 2).backward(ones({2}, float64)); }),
                 "must have the shape of the output"));
  CHECK(contains(message_of([&] { (x * 2).backward(ones({3})); }),
                 "grad is float32, but the output is float64"));
}

TEST_CASE("backward of something that needs no gradient says so") {
  CHECK(contains(message_of([] { ones({}).backward(); }), "does not require a gradient"));
  CHECK(contains(message_of([] { Tensor().backward(); }), "undefined"));
}

TEST_CASE("a second backward through a freed graph names the op, retain_graph allows it") {
  const Tensor x = scalar_leaf(3);
  const Tensor y = x * x;
  y.backward();
  const std::string message = message_of([&] { y.backward(); });
  CHECK(contains(message, "the graph of 'mul' was freed"));
  CHECK(contains(message, "retain_graph"));
  CHECK(x.grad().item() == 6);  // the failed one left nothing behind

  const Tensor z = x * x;
  z.backward({.retain_graph = true});
  z.backward();
  CHECK(x.grad().item() == 18);
}

TEST_CASE("detach and NoGradGuard cut the graph") {
  const Tensor x = scalar_leaf(3);
  CHECK_FALSE(x.detach().requires_grad());
  CHECK(x.detach().array().same_as(x.array()));
  {
    const NoGradGuard no_grad;
    CHECK_FALSE((x * x).requires_grad());
    const EnableGradGuard enable;
    CHECK((x * x).requires_grad());
  }
  (x * x.detach()).backward();
  CHECK(x.grad().item() == 3);
}

TEST_CASE("frozen leaves get no gradient and cost no node") {
  Tensor x = scalar_leaf(3);
  x.requires_grad_(false);
  CHECK_FALSE((x * x).requires_grad());
  CHECK(contains(message_of([] { ones({2}, int64).requires_grad_(); }), "only floating tensors"));
}

TEST_CASE("grad() gives gradients of any tensor of the graph and touches no leaf") {
  const Tensor x = scalar_leaf(2), w = scalar_leaf(5);
  const Tensor h = x * w;
  const Tensor y = h * h;
  const auto g = grad({y}, {h, x}, {}, {.retain_graph = true});
  CHECK(g[0].item() == 20);
  CHECK(g[1].item() == 100);
  CHECK_FALSE(x.grad().defined());
  CHECK_FALSE(w.grad().defined());
  const Tensor unrelated = scalar_leaf(1);
  CHECK_FALSE(grad(y, unrelated).defined());
  CHECK(contains(message_of([&] { grad(x * x, tensor(1.0)); }),
                 "input 0 does not require a gradient"));
}

TEST_CASE("grad() sums over several outputs with their own cotangents") {
  const Tensor x = scalar_leaf(2);
  const auto g = grad({x * 3, x * x}, {x}, {tensor(10.0, float64), tensor(1.0, float64)});
  CHECK(g[0].item() == 34);
}

TEST_CASE("create_graph makes gradients differentiable, again and again") {
  const Tensor x = scalar_leaf(2);
  const Tensor y = x * x * x * x;
  const Tensor d1 = grad(y, x, {}, {.create_graph = true});
  const Tensor d2 = grad(d1, x, {}, {.create_graph = true});
  const Tensor d3 = grad(d2, x, {}, {.create_graph = true});
  CHECK(d1.item() == 32);
  CHECK(d2.item() == 48);
  CHECK(d3.item() == 48);
  CHECK(grad(d3, x).item() == 24);
}

TEST_CASE("a chain of a million ops runs backward and is freed without deep recursion") {
  const auto before = Node::live();
  const Tensor x = scalar_leaf(1), one = tensor(1.0, float64);
  {
    Tensor y = x;
    for (int i = 0; i < 1'000'000; ++i) y = y * one;
    CHECK(Node::live() == before + 1'000'000);
    y.backward();
    CHECK(x.grad().item() == 1);
  }
  CHECK(Node::live() == before);
  {
    Tensor y = x;
    for (int i = 0; i < 1'000'000; ++i) y = y * one;  // never run backward
  }
  CHECK(Node::live() == before);
}

TEST_CASE("overwriting a value that backward needs is an error that names the op") {
  Tensor x = scalar_leaf(3);
  const Tensor y = x * x;
  {
    const NoGradGuard no_grad;
    x.copy_(tensor(4.0, float64));
  }
  const std::string message = message_of([&] { y.backward(); });
  CHECK(contains(message, "[mul]"));
  CHECK(contains(message, "was overwritten by copy_"));
}

TEST_CASE("copy_ refuses to overwrite a leaf that requires a gradient while recording") {
  Tensor x = scalar_leaf(3);
  CHECK(contains(message_of([&] { x.copy_(tensor(4.0, float64)); }), "NoGradGuard"));
}

TEST_CASE("a vjp that gives a wrong shape is reported with its op") {
  const Tensor x = ones({2, 3}, float64).requires_grad_();
  const Tensor y = record({"my_op"}, x.array().copy(), {x}, save(),
                          [](const Vjp&) { return grads(ones({3}, float64)); });
  CHECK(contains(message_of([&] {
                   y.backward(ones({2, 3}, float64));
                 }),
                 "[my_op] its vjp gave a gradient float64 (3) for an input float64 (2, 3)"));
}

TEST_CASE("a vjp that throws leaves no half-summed gradient behind") {
  const Tensor x = scalar_leaf(3);
  bool fails = true;
  const Tensor a = x * 2;
  const Tensor bad = record({"bad"}, a.array().copy(), {a}, save(), [&fails](const Vjp& vjp) {
    if (fails) throw std::runtime_error("on purpose");
    return grads(vjp.grad());
  });
  const Tensor y = a + bad;  // a has one gradient waiting when bad throws
  CHECK_THROWS_AS(y.backward({.retain_graph = true}), std::runtime_error);
  fails = false;
  y.backward();
  CHECK(x.grad().item() == 4);
}

TEST_CASE("independent graphs run in several threads at once") {
  double results[4] = {};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([t, &results] {
      const Tensor x = scalar_leaf(t);
      for (int i = 0; i < 200; ++i) {
        Tensor y = x;
        for (int k = 0; k < 20; ++k) y = y + x;
        y.backward();
      }
      results[t] = x.grad().item();
    });
  for (auto& thread : threads) thread.join();
  for (const double result : results) CHECK(result == 200 * 21);
}

TEST_CASE("grad mode belongs to its thread") {
  const NoGradGuard no_grad;
  bool enabled = false;
  std::thread([&] { enabled = grad_enabled(); }).join();
  CHECK(enabled);
  CHECK_FALSE(grad_enabled());
}

TEST_CASE("the tape lists what a tensor was made from, in order") {
  const Tensor x = scalar_leaf(3);
  const Tensor y = (x * 2 + 1) * x;
  const Tape tape = Tape::of(y);
  REQUIRE(tape.size() == 3);
  CHECK(std::string(tape[0].name()) == "mul");
  CHECK(std::string(tape[1].name()) == "add");
  CHECK(to_string(tape) ==
        "#0 mul () float64 <- leaf (), constant\n"
        "#1 add () float64 <- #0, constant\n"
        "#2 mul () float64 <- #1, leaf ()\n");
  CHECK(Tape::of(x).size() == 0);
}

TEST_CASE("anomaly mode names the first op that makes a NaN, with its inputs") {
  const AnomalyGuard anomaly;
  const Tensor x = tensor({1, 0, -1}, float64).requires_grad_();
  const std::string message = message_of([&] { 1.0 / (x - x); });
  CHECK(contains(message, "[div] its result turned bad: (3), 0 NaN, 3 Inf"));
  CHECK(contains(message, "input 1 (3) min 0 max 0 mean 0"));
}

TEST_CASE("a tensor wraps the memory of the user and of xtensor containers without a copy") {
  double values[] = {1, 2, 3, 4};
  const Tensor t = Tensor::wrap(values, Shape{2, 2});
  values[3] = 40;
  CHECK(t.view<double>()(1, 1) == 40);

  xt::xarray<float> container = {{1, 2}, {3, 4}};
  const Tensor borrowed = Tensor::wrap(container);
  container(0, 0) = 10;
  CHECK(borrowed.array().at(0) == 10);
  CHECK(borrowed.dtype() == float32);
  const Tensor moved = Tensor::wrap(xt::xarray<double>{5, 6});
  CHECK(moved.array().at(1) == 6);

  const Tensor computed(container * 2);
  CHECK(computed.array().at(3) == 8);
  const Tensor lazy(container + container);
  CHECK(lazy.array().at(3) == 8);
}

TEST_CASE("a gradient that an op hands to several inputs is not added to in place") {
  const Tensor x = tensor({1.0, -2.0}, float64).requires_grad_();
  const Tensor left = abs(x), right = x * 1;
  const Tensor five = right * 5;
  // The sum, newer than five, gives left and right one and the same gradient; right then gets more.
  const Tensor both = left + right;
  (sum(five) + sum(both)).backward();
  CHECK(x.grad().array().at(0) == 7);
  CHECK(x.grad().array().at(1) == 5);
}

TEST_CASE("a gradient that somebody holds is not written over, one that nobody holds is") {
  const Tensor seed = full({4}, 2), x = full({4}, 1).requires_grad_();
  tanh(x).backward(seed);
  CHECK(seed.array().at(0) == 2);

  Tensor seen;  // by a hook
  const Tensor y = x * 3, z = tanh(y);
  z.register_hook([&](const Tensor& grad) {
    seen = grad;
    return Tensor();
  });
  (z * 1).backward(seed);
  CHECK(seen.array().at(0) == 2);

  const Tensor twice = x * 3;  // its gradient goes to two inputs
  const Tensor left = -twice, right = twice * 1;
  const Tensor sum = relu(left) + relu(right);
  x.zero_grad();
  (sum * 1).backward(seed);
  CHECK(x.grad().array().at(0) == 6);

  const void* before = nullptr;  // where the gradient of relu's output is, and what it gives
  const void* after = nullptr;
  const Tensor a = x * 2, b = relu(a), c = b * 5;
  a.register_hook([&](const Tensor& grad) {
    after = grad.array().raw();
    return Tensor();
  });
  b.register_hook([&](const Tensor& grad) {
    before = grad.array().raw();
    return Tensor();
  });
  c.backward(seed);
  CHECK(before == after);
}

TEST_CASE("backward of several outputs is one walk, each with its own gradient or none") {
  const Tensor x = test::leaf({1, 2}), w = test::leaf({3});
  int runs = 0;
  const Tensor h = x * w;
  h.register_hook([&](const Tensor&) { return ++runs, Tensor(); });
  const Tensor a = sum(h), b = h * h;
  backward({a, b}, {Tensor(), tensor({1, 10}, float64)});
  CHECK(runs == 1);
  CHECK(x.grad().array().at(0) == 3 + 2 * 3 * 3);
  CHECK(x.grad().array().at(1) == 3 + 2 * 6 * 3 * 10);
  CHECK(w.grad().item() == 3 + 2 * 3 * 1 + 2 * 6 * 2 * 10);

  x.zero_grad();
  backward({sum(x), sum(x * 2)});
  CHECK(x.grad().array().at(0) == 3);
  backward({sum(x * x)}, {}, {.create_graph = true});
  CHECK(x.grad().requires_grad());
  x.zero_grad();     // a gradient with a history holds the leaf that holds it
  backward({}, {});  // nothing to do

  CHECK(contains(message_of([&] {
                   backward({a, sum(w)}, {Tensor()});
                 }),
                 "[backward] got 1 grads for 2 outputs"));
  CHECK(contains(message_of([&] {
                   backward({sum(x), x * 2});
                 }),
                 "[backward] needs a gradient to start from: the output has shape (2)"));
  CHECK(contains(message_of([&] {
                   backward({sum(x), Tensor()});
                 }),
                 "[backward] outputs[1] is undefined"));
}

TEST_CASE("backward towards given inputs writes their gradients and no others") {
  const Tensor x = test::leaf({2}), w = test::leaf({3});
  const Tensor h = x * w, y = h * h * w;
  y.backward({.retain_graph = true, .inputs = {w}});
  CHECK(w.grad().item() == 3 * 4 * 9);
  CHECK_FALSE(x.grad().defined());
  CHECK_FALSE(h.grad().defined());

  y.backward({.retain_graph = true, .inputs = {h, w, w}});  // once more, and what is no leaf
  CHECK(w.grad().item() == 2 * 3 * 4 * 9);
  CHECK(h.grad().item() == 2 * 6 * 3);
  CHECK_FALSE(x.grad().defined());
  CHECK(w.grad().array().unique());

  h.zero_grad();
  h.retain_grad();
  y.backward(tensor({10.0}, float64), {.retain_graph = true, .inputs = {h}});
  CHECK(h.grad().item() == 360);  // and not twice

  const Tensor apart = test::leaf({1});
  backward({y, sum(w)}, {}, {.inputs = {x, apart}});
  CHECK(x.grad().item() == 2 * 2 * 9 * 3);
  CHECK_FALSE(apart.grad().defined());  // nothing reached it

  const auto reject = [](const BackwardOptions& options) {
    const Tensor z = test::leaf({1});
    return message_of([&] { (z * z).backward(options); });
  };
  CHECK(contains(reject({.inputs = {Tensor()}}), "[backward] inputs[0] is undefined"));
  CHECK(contains(reject({.inputs = {w, ones({1})}}),
                 "[backward] input 1 does not require a gradient"));
  CHECK(contains(message_of([&] { grad({y}, {x}, {}, {.inputs = {w}}); }),
                 "[grad] got options.inputs, which are backward's"));
}

TEST_CASE("a hook sees the gradient of a run towards given inputs") {
  const Tensor x = test::leaf({2}), w = test::leaf({3});
  x.register_hook([](const Tensor& g) { return g * 100; });
  w.register_hook([](const Tensor&) -> Tensor { throw std::runtime_error("not reached"); });
  (x * w + x).backward({.inputs = {x}});
  CHECK(x.grad().item() == 400);
}

TEST_CASE("grad takes lists in braces, and gives a list for them") {
  const Tensor x = test::leaf({3}), y = x * x;
  const BackwardOptions keep{.retain_graph = true};
  const std::vector<Tensor> list = grad({y}, {x}, {}, keep);
  CHECK(list.size() == 1);
  static_assert(std::is_same_v<decltype(grad({y}, {x})), std::vector<Tensor>>);
  static_assert(std::is_same_v<decltype(grad({y, y}, {x})), std::vector<Tensor>>);
  static_assert(std::is_same_v<decltype(grad({y}, {x, x})), std::vector<Tensor>>);
  static_assert(std::is_same_v<decltype(grad({x * x}, {x}, {y})), std::vector<Tensor>>);
  static_assert(std::is_same_v<decltype(grad(y, x)), Tensor>);
  CHECK(grad({y}, {x}, {}, keep)[0].item() == 6);
  CHECK(grad({y, y}, {x}, {}, keep)[0].item() == 12);
  CHECK(grad({y}, {x}, {ones({1}, float64) * 2}, keep)[0].item() == 12);
  CHECK(grad({y}, std::vector{x}, {}, keep)[0].item() == 6);
  const Tensor alone = grad(y, x);
  CHECK(alone.item() == 6);
}

namespace {
// A vjp that runs a backward of its own, whose vjp does the same, and so on.
Tensor nested(const Tensor& x, int depth) {
  return record({"nested", At::here()}, x.array().copy(), {x}, save(x),
                [depth](const Vjp& vjp, const Tensor& input) {
                  if (depth == 0) return grads(vjp.grad());
                  const EnableGradGuard enable;
                  const Tensor own = Tensor(input.array().copy()).requires_grad_();
                  sum(nested(own, depth - 1)).backward();
                  return grads(own.grad());
                });
}
}  // namespace

TEST_CASE("backward inside backward has an end, which is an error and no stack overflow") {
  const Tensor x = test::leaf({1, 2});
  sum(nested(x, 90)).backward();
  CHECK(x.grad().array().at(0) == 1);
  CHECK(contains(message_of([&] { sum(nested(x, 8000)).backward(); }),
                 "[backward] lies 100 deep inside other runs of backward; at most 100"));
  sum(nested(x, 90)).backward();  // the count is right again
}
