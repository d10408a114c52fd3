// SPDX-License-Identifier: MIT
// Tests of nn/hooks.hpp: forward and backward hooks of modules.
#include "nn/support.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
using Tensors = std::vector<Tensor>;

/// y = factor·x
struct Scale final : nn::Module {
  nn::Parameter factor;

  explicit Scale(double by) : factor(full({}, by)) {}
  void members(nn::Members& m) override { m("factor", factor); }
  Tensor forward(const Tensor& x) override { return x * factor; }
};

Tensor leaf(std::initializer_list<double> values) {
  Tensor x = tensor(values);
  x.requires_grad_();
  return x;
}
double at(const Tensor& t, Index i = 0) { return t.array().at(i); }
}  // namespace

TEST_CASE("a forward pre-hook sees the input and may replace it") {
  Scale twice(2);
  double seen = 0;
  auto handle = twice.register_forward_pre_hook([&](nn::Module& m, Tensors& inputs) {
    CHECK(&m == &twice);
    seen = at(inputs[0]);
    inputs[0] = inputs[0] + 10;
  });
  CHECK(at(twice(tensor({1}))) == 22);
  CHECK(seen == 1);
  handle.remove();
  handle.remove();
  CHECK(at(twice(tensor({1}))) == 2);
}

TEST_CASE("a forward hook sees input and output and may replace the output, in order") {
  Scale twice(2);
  twice.register_forward_hook(
      [](nn::Module&, const Tensors& in, Tensors& out) { out[0] = out[0] + in[0]; });
  auto second = twice.register_forward_hook(
      [](nn::Module&, const Tensors&, Tensors& out) { out[0] = out[0] * 10; });
  CHECK(at(twice(tensor({1}))) == 30);
  second.remove();
  CHECK(at(twice(tensor({1}))) == 3);
}

TEST_CASE("hooks run inside containers, and move with their module") {
  nn::Sequential model;
  Scale scale(2);
  int calls = 0;
  auto handle =
      scale.register_forward_hook([&](nn::Module&, const Tensors&, Tensors&) { ++calls; });
  model.append(std::move(scale));
  nn::Sequential moved = std::move(model);
  moved(tensor({1}));
  CHECK(calls == 1);
  handle.remove();
  moved(tensor({1}));
  CHECK(calls == 1);
}

TEST_CASE("a handle outlives its module") {
  HookHandle handle;
  {
    Scale scale(2);
    handle = scale.register_forward_hook([](nn::Module&, const Tensors&, Tensors&) {});
  }
  handle.remove();
}

TEST_CASE("hooks see all tensors of layers that take and give several") {
  nn::LSTM lstm(2, 3);
  std::size_t inputs = 0, outputs = 0;
  lstm.register_forward_hook([&](nn::Module&, const Tensors& in, Tensors& out) {
    inputs = in.size();
    outputs = out.size();
    out[1] = out[1] * 0;
  });
  const auto y = lstm(ones({4, 1, 2}));
  CHECK(inputs == 3);
  CHECK(outputs == 3);
  CHECK(at(y.h_n) == 0);
  CHECK(at(y.output) != 0);
}

TEST_CASE("a backward hook sees the gradients of input and output") {
  Scale thrice(3);
  Tensors seen_in, seen_out;
  thrice.register_full_backward_hook([&](Tensors& grad_in, const Tensors& grad_out) {
    seen_in = grad_in;
    seen_out = grad_out;
  });
  const Tensor x = leaf({1, 2});
  sum(thrice(x) * tensor({5, 7})).backward();
  CHECK(at(seen_out[0], 1) == 7);
  CHECK(at(seen_in[0], 1) == 21);
  CHECK(at(x.grad(), 1) == 21);
  CHECK(at(thrice.factor.grad()) == 1 * 5 + 2 * 7);
}

TEST_CASE("a backward hook may replace the gradient of the input, and be removed") {
  Scale thrice(3);
  auto handle = thrice.register_full_backward_hook(
      [](Tensors& grad_in, const Tensors&) { grad_in[0] = grad_in[0] * 100; });
  const Tensor x = leaf({1});
  sum(thrice(x)).backward();
  CHECK(at(x.grad()) == 300);
  CHECK(at(thrice.factor.grad()) == 1);
  handle.remove();
  x.zero_grad();
  sum(thrice(x)).backward();
  CHECK(at(x.grad()) == 3);
}

TEST_CASE("a backward hook runs, with an undefined gradient, where the input needs none") {
  Scale thrice(3);
  int calls = 0;
  thrice.register_full_backward_hook([&](Tensors& grad_in, const Tensors& grad_out) {
    ++calls;
    CHECK(grad_in.size() == 1);
    CHECK_FALSE(grad_in[0].defined());
    CHECK(at(grad_out[0]) == 1);
  });
  sum(thrice(tensor({1}))).backward();
  CHECK(calls == 1);
  CHECK(at(thrice.factor.grad()) == 1);
}

TEST_CASE("what a backward hook does is differentiated under create_graph") {
  const auto before = Node::live();
  {
    Scale twice(2);
    twice.register_full_backward_hook(
        [](Tensors& grad_in, const Tensors& grad_out) { grad_in[0] = grad_in[0] * grad_out[0]; });
    const Tensor x = leaf({1});
    const Tensor y = twice(x);  // y = 2x
    // The gradient of y³ for y is 3y², and for x it is twice that: the hook makes 2·(3y²)².
    const Tensor g = grad(sum(y * y * y), x, {}, {.create_graph = true});
    CHECK(at(g) == 2 * 12 * 12);
    CHECK(at(grad(g, y)) == 72 * 8);  // d/dy 18·y⁴ = 72·y³
  }
  CHECK(Node::live() == before);
}

TEST_CASE("hooks that add or drop tensors are refused") {
  Scale scale(2);
  auto handle = scale.register_forward_pre_hook(
      [](nn::Module&, Tensors& inputs) { inputs.push_back(ones({1})); });
  CHECK(contains(message_of([&] { scale(ones({1})); }),
                 "[hook] a forward pre-hook left 2 inputs of 1"));
  handle.remove();
  handle = scale.register_forward_hook(
      [](nn::Module&, const Tensors&, Tensors& outputs) { outputs.clear(); });
  CHECK(contains(message_of([&] { scale(ones({1})); }), "a forward hook left 0 outputs of 1"));
  handle.remove();
  scale.register_full_backward_hook([](Tensors& grads, const Tensors&) { grads.clear(); });
  CHECK(contains(message_of([&] { sum(scale(leaf({1}))).backward(); }),
                 "[backward_hook] the hook left 0 gradients of 1"));
}

TEST_CASE("no hook records anything under NoGradGuard") {
  Scale scale(2);
  scale.register_full_backward_hook([](Tensors&, const Tensors&) {});
  const NoGradGuard no_grad;
  CHECK_FALSE(scale(leaf({1})).requires_grad());
}
