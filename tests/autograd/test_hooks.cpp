// SPDX-License-Identifier: MIT
// Tests of hooks on tensors, of retain_grad() and of observers.
#include <doctest/doctest.h>

#include "support/messages.hpp"
#include "support/tensors.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

TEST_CASE("a hook sees the complete gradient once, and may replace it") {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 3;
  int calls = 0;
  y.register_hook([&](const Tensor& g) {
    ++calls;
    CHECK(g.array().at(0) == 5);  // 2 + 3: both paths
    return g * 10;
  });
  sum(y * 2 + y * 3).backward();
  CHECK(calls == 1);
  CHECK(x.grad().array().at(1) == 150);
}

TEST_CASE("a hook of a leaf sees the sum over all paths, and its result is what is accumulated") {
  const Tensor x = leaf({1, 2});
  int calls = 0;
  x.register_hook([&](const Tensor& g) {
    ++calls;
    CHECK(g.array().at(0) == 7);
    return neg(g);
  });
  for (int pass = 1; pass <= 2; ++pass) {
    sum(x * 3 + x * 4).backward();
    CHECK(calls == pass);
    CHECK(x.grad().array().at(0) == -7 * pass);
  }
  CHECK(grad(sum(x * 3 + x * 4), x).array().at(0) == -7);
}

TEST_CASE("a hook that returns nothing only looks, and a removed one is silent") {
  const Tensor x = leaf({1});
  const Tensor y = x * 2;
  int calls = 0;
  const auto look = [&](const Tensor&) {
    ++calls;
    return Tensor();
  };
  HookHandle first = x.register_hook(look), second = y.register_hook(look);
  sum(y).backward({.retain_graph = true});
  CHECK(calls == 2);
  first.remove();
  second.remove();
  sum(y).backward();
  CHECK(calls == 2);
  CHECK(x.grad().item() == 4);
}

TEST_CASE("hooks are differentiated with create_graph") {
  const Tensor x = leaf({3});
  const Tensor y = x * x;
  y.register_hook([](const Tensor& g) { return g * g; });
  const Tensor g = grad(sum(y * 5), x, {}, {.create_graph = true});
  CHECK(g.item() == 25 * 2 * 3);
  CHECK(grad(sum(g), x).item() == 50);

  const Tensor z = leaf({2});
  z.register_hook([](const Tensor& gradient) { return gradient * gradient; });
  const Tensor first = grad(sum(z * z), z, {}, {.create_graph = true});  // (2z)²
  CHECK(first.item() == 16);
  sum(first).backward();  // d(4z²)/dz = 8z, whose hook squares it
  CHECK(z.grad().item() == 256);
}

TEST_CASE("retain_grad keeps the gradient of a tensor inside the graph, without a leak") {
  const auto before = Node::live();
  {
    const Tensor x = leaf({1, 2});
    const Tensor y = x * 3;
    CHECK_FALSE(y.grad().defined());
    y.retain_grad();
    sum(y * 2).backward();
    CHECK(y.grad().array().at(1) == 2);
    CHECK(x.grad().array().at(1) == 6);
  }
  CHECK(Node::live() == before);
}

TEST_CASE("retain_grad keeps what all hooks leave, also those registered after it") {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 3;
  y.retain_grad();
  y.register_hook([](const Tensor& grad) { return grad * 5; });
  sum(y * 2).backward();
  CHECK(y.grad().array().at(1) == 10);
  CHECK(x.grad().array().at(1) == 30);
}

TEST_CASE("hooks refuse what cannot work") {
  CHECK(message_of([] {
          ones({2}).register_hook([](const Tensor& g) { return g; });
        }).find("[register_hook] the tensor does not require a gradient") == 0);
  const Tensor x = leaf({1, 2});
  x.register_hook([](const Tensor&) { return ones({3}, float64); });
  CHECK(message_of([&] {
          sum(x).backward();
        }).find("[register_hook] the hook gave a gradient (3) for one of shape (2)") == 0);
}

namespace {
struct Recorder final : Observer {
  std::vector<std::string> seen;
  std::int64_t time = 0;
  void on_forward(const Op& op, const Array& result, const std::vector<Tensor>& inputs,
                  const Node* node, std::int64_t ns) override {
    seen.push_back(str_cat(op.name, ' ', result.shape(), ' ', inputs.size(), ' ', node != nullptr));
    time += ns;
  }
  void before_backward(const Node& node, const std::vector<Tensor>& grads) override {
    seen.push_back(str_cat("before ", node.name(), ' ', grads[0].shape()));
  }
  void after_backward(const Node& node, const std::vector<Tensor>& grads, std::int64_t) override {
    seen.push_back(str_cat("after ", node.name(), ' ', grads[0].shape()));
  }
};
}  // namespace

TEST_CASE("an observer sees each op of its thread, forward and backward, while it watches") {
  const Tensor x = leaf({1, 2, 3});
  Recorder recorder;
  {
    const ObserverGuard guard(recorder);
    const Tensor y = exp(x);
    sum(y).backward();
    exp(x.detach());
  }
  exp(x);
  const std::vector<std::string> expected = {"exp (3) 1 true", "sum () 1 true",  "before sum ()",
                                             "after sum (3)",  "before exp (3)", "mul (3) 2 false",
                                             "after exp (3)",  "exp (3) 1 false"};
  std::vector<std::string> without_vjps;
  for (const auto& line : recorder.seen)
    if (line.rfind("expand", 0) != 0 && line.rfind("reshape", 0) != 0) without_vjps.push_back(line);
  CHECK(without_vjps == expected);
  CHECK(recorder.time > 0);
  CHECK_FALSE(observed());
}

TEST_CASE("retained gradients add up, are cleared, and follow the tensor through in-place ops") {
  const Tensor x = leaf({1, 2});
  Tensor h = x * 2;
  h.retain_grad();
  const Tensor y = sum(h * h);
  y.backward({.retain_graph = true});
  const Tensor first = h.grad();
  CHECK(values(first) == std::vector<double>{4, 8});
  y.backward({.retain_graph = true});
  CHECK(values(h.grad()) == std::vector<double>{8, 16});
  CHECK(values(first) == std::vector<double>{4, 8});  // what was handed out stays
  h.zero_grad();
  CHECK_FALSE(h.grad().defined());
  y.backward();
  CHECK(values(h.grad()) == std::vector<double>{4, 8});

  Tensor k = x * 2;
  k.retain_grad();
  const Tensor before = sum(k * 5);
  mul_(k, 3);
  (before + sum(k * k)).backward();  // of the present value, 6x, alone
  CHECK(values(k.grad()) == std::vector<double>{12, 24});
}

TEST_CASE("a retained gradient that is on the tape does not keep itself alive") {
  const auto nodes = Node::live();
  const Tensor x = leaf({1, 2});
  const auto bytes = Pool::instance().stats().live_bytes;
  for (int round = 0; round < 3; ++round) {
    const Tensor h = x * x;
    h.retain_grad();
    const Tensor g = grad(sum(h * h), x, {}, {.create_graph = true});
    CHECK(h.grad().requires_grad());
    CHECK(g.requires_grad());
  }
  CHECK(Node::live() == nodes);
  CHECK(Pool::instance().stats().live_bytes == bytes);
}

TEST_CASE("a hook may overwrite the gradient it is given, and changes no other") {
  const Tensor a = leaf({1, 2}), b = leaf({3, 4});
  const Tensor h = a * 1;
  h.register_hook([](Tensor g) {
    g *= 10;
    return Tensor();
  });
  sum(h + b).backward();
  CHECK(values(a.grad()) == std::vector<double>{10, 10});
  CHECK(values(b.grad()) == std::vector<double>{1, 1});
}

TEST_CASE("a hook may remove itself, and a handle may outlive the graph") {
  const Tensor x = leaf({1, 2});
  int calls = 0;
  HookHandle once;
  once = x.register_hook([&, big = std::vector<double>(100, 2.0)](const Tensor& g) {
    once.remove();
    ++calls;
    return g * big[99];
  });
  sum(x).backward();
  sum(x).backward();
  CHECK(calls == 1);
  CHECK(x.grad().array().at(0) == 3);
  HookHandle late;
  late.remove();  // of no hook
  {
    const Tensor y = x * 2;
    late = y.register_hook([](const Tensor&) { return Tensor(); });
  }
  late.remove();
}
