// SPDX-License-Identifier: MIT
// Tests of autograd/functional.hpp, autograd/jacobian.hpp and nn/functional_call.hpp.
#include <doctest/doctest.h>

#include <cmath>
#include <thread>

#include "support/bits.hpp"
#include "support/messages.hpp"
#include "support/tensors.hpp"
#include "tinygrad/autograd.hpp"
#include "tinygrad/nn.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
using Inputs = std::vector<Tensor>;

double largest_difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  double worst = 0;
  for (Index i = 0; i < a.numel(); ++i)
    worst = std::fmax(worst, std::fabs(a.array().at(i) - b.array().at(i)));
  return worst;
}

// A function of two inputs with all second derivatives alive.
Tensor energy(const Inputs& x) { return sum(tanh(matmul(x[0], x[1])) * exp(x[1])); }

// A vector-valued function of one.
Tensor curve(const Tensor& x) { return concat(std::vector{square(x), sin(x) * sum(x)}); }
}  // namespace

TEST_CASE("value_and_grad of plain tensors gives value and gradients and touches nothing") {
  const Tensor w = random({3, 3}), b = random({3, 3}, 2).requires_grad_();
  const auto before = Node::live();
  const auto [value, grads] = value_and_grad(energy, Inputs{w, b});
  CHECK(Node::live() == before);
  CHECK_FALSE(value.requires_grad());
  CHECK_FALSE(grads[0].requires_grad());
  CHECK_FALSE(w.requires_grad());
  CHECK_FALSE(b.grad().defined());

  const Tensor w2 = w.detach().requires_grad_(), b2 = b.detach().requires_grad_();
  const Tensor y = energy({w2, b2});
  y.backward();
  CHECK(same_bits(value, y.detach()));
  CHECK(same_bits(grads[0], w2.grad()));
  CHECK(same_bits(grads[1], b2.grad()));
}

TEST_CASE("value_and_grad works under NoGradGuard and for one input") {
  const NoGradGuard no_grad;
  const auto [value, grad] =
      value_and_grad([](const Tensor& x) { return sum(x * x); }, tensor({1, 2, 3}, float64));
  CHECK(value.item() == 14);
  CHECK(grad.array().at(2) == 6);
  CHECK_FALSE(grad_enabled());
}

TEST_CASE("an input that the function ignores gets zeros, an integer one no gradient") {
  const auto f = [](const Inputs& x) { return sum(index_select(x[0], 0, x[2])); };
  const auto [value, grads] = value_and_grad(f, {ones({3}), ones({2, 2}), tensor({0, 2}, int64)});
  CHECK(value.item() == 2);
  CHECK(grads[0].array().at(1) == 0);
  CHECK(grads[0].array().at(2) == 1);
  CHECK(same_bits(grads[1], zeros({2, 2})));
  CHECK_FALSE(grads[2].defined());

  const auto constant = [](const Inputs&) { return tensor(3.0); };
  CHECK(same_bits(value_and_grad(constant, {ones({2})}).grad[0], zeros({2})));
  const auto itself = [](const Inputs& x) { return x[0]; };
  CHECK(value_and_grad(itself, {tensor(2.0)}).grad[0].item() == 1);
}

TEST_CASE("value_and_grad passes auxiliary results on, off the tape") {
  const auto f = [](const Inputs& x) {
    const Tensor logits = x[0] * 2;
    return std::pair(sum(square(logits)), logits);
  };
  const auto [value, grads, logits] = value_and_grad(f, Inputs{tensor({1, 2})});
  CHECK(value.item() == 20);
  CHECK(grads[0].array().at(1) == 16);
  CHECK(logits.array().at(1) == 4);
  CHECK_FALSE(logits.requires_grad());

  const auto count = [](const Tensor& x) { return std::pair(sum(x), std::string("three")); };
  const auto both = value_and_grad(count, ones({3}));
  CHECK(both.aux == "three");
  CHECK(both.grad.array().at(0) == 1);
}

TEST_CASE("value_and_grad over a module's parameters by name") {
  nn::Linear layer(3, 2);
  const Tensor x = ones({4, 3}), target = zeros({4, 2});
  const auto named = layer.named_parameters();
  const StateDict params(named.begin(), named.end());
  const auto loss = [&](const StateDict& p) {
    return mse_loss(nn::functional_call(layer, p, x), target);
  };
  const auto [value, grads] = value_and_grad(loss, params);
  CHECK_FALSE(layer.weight.grad().defined());
  mse_loss(layer(x), target).backward();
  REQUIRE(grads.size() == 2);
  CHECK(same_bits(grads.at("weight"), layer.weight.grad()));
  CHECK(same_bits(grads.at("bias"), layer.bias.grad()));
}

TEST_CASE("functional_call exchanges shared parameters everywhere and puts all back") {
  struct Tied final : nn::Module {
    nn::Linear a{2, 2}, b{2, 2};
    Tied() { b.weight = a.weight; }
    void members(nn::Members& m) override { m("a", a)("b", b); }
    Tensor forward(const Tensor& x) override { return b(a(x)); }
  } tied;
  const Tensor own = tied.a.weight;
  const StateDict state{{"a.weight", zeros({2, 2})}};
  const Tensor y = nn::functional_call(tied, state, ones({1, 2}));
  CHECK(same_bits(y.detach(), tied.b.bias.detach().array().reshaped({1, 2})));
  CHECK(tied.a.weight.is(own));
  CHECK(tied.b.weight.is(own));
  CHECK(contains(message_of([&] {
                   nn::functional_call(tied, state, ones({1, 5}));
                 }),
                 "in a (Linear)"));
  CHECK(tied.a.weight.is(own));
  CHECK(contains(message_of([&] {
                   nn::functional_call(tied, {{"c", ones({1})}}, ones({1, 2}));
                 }),
                 "[functional_call] Tied has no parameter or buffer named c"));
  CHECK(contains(message_of([&] {
                   nn::functional_call(tied, {{"a.bias", ones({3})}}, ones({1, 2}));
                 }),
                 "a.bias: (2) in the module, (3) given"));
}

TEST_CASE("grad(f) is a function, and nests") {
  const auto quartic = [](const Tensor& x) { return x * x * x * x; };
  const Tensor x = tensor(2.0, float64);
  CHECK(grad(quartic)(x).item() == 32);
  CHECK(grad(grad(quartic))(x).item() == 48);
  CHECK(grad(grad(grad(quartic)))(x).item() == 48);
  CHECK_FALSE(grad(grad(quartic))(x).requires_grad());
}

TEST_CASE("vjp weighs the outputs with the cotangents") {
  const auto f = [](const Inputs& x) { return Inputs{x[0] * x[1], sum(square(x[0]))}; };
  const Inputs x{tensor({1, 2}, float64), tensor({5, 7}, float64)};
  const auto [values, grads] = vjp(f, x, Inputs{tensor({1, 10}, float64), tensor(100, float64)});
  CHECK(values[1].item() == 5);
  CHECK(grads[0].array().at(0) == 5 + 200);
  CHECK(grads[0].array().at(1) == 70 + 400);
  CHECK(grads[1].array().at(1) == 20);
  CHECK(contains(message_of([&] { vjp(f, x, Inputs{ones({2}, float64)}); }),
                 "[vjp] got 1 cotangents for 2 outputs — at test_functional.cpp:"));
  CHECK(contains(message_of([&] {
                   vjp(f, x, Inputs{ones({3}, float64), ones({}, float64)});
                 }),
                 "cotangent (3) must have the shape of the output, (2)"));
}

TEST_CASE("jvp is exact: it equals the Jacobian times the tangent, for several outputs") {
  const auto f = [](const Inputs& x) {
    return Inputs{tanh(matmul(x[0], x[1])), sum(x[0]), ones({2}, float64)};
  };
  const Inputs x{random({2, 3}), random({3, 2}, 2)}, v{random({2, 3}, 3), random({3, 2}, 4)};
  const auto [values, tangents] = jvp(f, x, v);
  REQUIRE(tangents.size() == 3);
  const auto first = [&](const Inputs& in) { return f(in)[0]; };
  const auto J = jacobian(first, x);
  Tensor expected = zeros({4, 1}, float64);
  for (std::size_t i = 0; i < 2; ++i)
    expected = expected + matmul(reshape(J[i], {4, 6}), reshape(v[i], {6, 1}));
  CHECK(largest_difference(tangents[0], reshape(expected, {2, 2})) < 1e-14);
  CHECK(std::fabs(tangents[1].item() - sum(v[0]).item()) < 1e-14);
  CHECK(same_bits(tangents[2], zeros({2}, float64)));
  CHECK_FALSE(tangents[0].requires_grad());

  const auto one = jvp([](const Tensor& t) { return t * t; }, tensor(3.0), tensor(10.0));
  CHECK(one.value.item() == 9);
  CHECK(one.tangent.item() == 60);
}

TEST_CASE("vjp and jvp agree: <u, J v> = <Jᵀ u, v>") {
  const Tensor x = random({5}), v = random({5}, 2), u = random({10}, 3);
  const double forward = sum(u * jvp(curve, x, v).tangent).item();
  const double reverse = sum(vjp(curve, x, u).grad * v).item();
  CHECK(forward == doctest::Approx(reverse).epsilon(1e-13));
}

TEST_CASE("the Jacobian by rows, by columns and by differences is the same") {
  const Tensor x = random({4});
  const Tensor rows = jacobian(curve, x), columns = jacobian(curve, x, {.forward = true});
  REQUIRE(rows.shape() == Shape{8, 4});
  CHECK(largest_difference(rows, columns) < 1e-14);
  for (Index j = 0; j < 4; ++j) {
    Tensor up(x.array().copy()), down(x.array().copy());
    up.data<double>()[j] += 1e-6;
    down.data<double>()[j] -= 1e-6;
    const Tensor numeric = (curve(up) - curve(down)) / 2e-6;
    for (Index i = 0; i < 8; ++i)
      CHECK(rows.array().at(i * 4 + j) == doctest::Approx(numeric.array().at(i)).epsilon(1e-7));
  }
}

TEST_CASE("the Jacobian's shape is the output's followed by the input's") {
  const auto f = [](const Inputs& x) { return matmul(x[0], x[1]); };
  const Inputs x{random({2, 3}), random({3, 5}, 2)};
  for (const bool forward : {false, true}) {
    const auto J = jacobian(f, x, {.forward = forward});
    CHECK(J[0].shape() == Shape{2, 5, 2, 3});
    CHECK(J[1].shape() == Shape{2, 5, 3, 5});
    // ∂(a·b)[1, 4]/∂b[2, 4] = a[1, 2]
    CHECK(J[1].array().at(((1 * 5 + 4) * 3 + 2) * 5 + 4) == x[0].array().at(5));
    CHECK(jacobian([](const Tensor& t) { return t; }, zeros({0}, float64), {.forward = forward})
              .shape() == Shape{0, 0});
  }
  CHECK(contains(message_of([] { jacobian([](const Tensor& t) { return gt(t, 0); }, ones({2})); }),
                 "the function gave bool"));
}

TEST_CASE("the Hessian is symmetric, right, and agrees with its products") {
  const Inputs x{random({2, 2}), random({2, 2}, 2)}, v{random({2, 2}, 3), random({2, 2}, 4)};
  const auto H = hessian(energy, x);
  REQUIRE(H[0][1].shape() == Shape{2, 2, 2, 2});
  CHECK(largest_difference(reshape(H[0][1], {4, 4}), transpose(reshape(H[1][0], {4, 4}), 0, 1)) <
        1e-14);
  const auto products = hvp(energy, x, v);
  for (std::size_t i = 0; i < 2; ++i) {
    Tensor expected = zeros({4, 1}, float64);
    for (std::size_t j = 0; j < 2; ++j)
      expected = expected + matmul(reshape(H[i][j], {4, 4}), reshape(v[j], {4, 1}));
    CHECK(largest_difference(reshape(products[i], {4, 1}), expected) < 1e-13);
  }
  const Tensor quadratic =
      hessian([](const Tensor& t) { return sum(t * t * t); }, tensor({1, 2}, float64));
  CHECK(same_bits(quadratic, tensor({{6, 0}, {0, 12}}, float64)));
  const Tensor linear = hessian([](const Tensor& t) { return sum(t * 3); }, ones({2}, float64));
  CHECK(same_bits(linear, zeros({2, 2}, float64)));
  CHECK(same_bits(vhp([](const Tensor& t) { return sum(t * t * t); }, tensor({1, 2}, float64),
                      tensor({1, 10}, float64)),
                  tensor({6, 120}, float64)));
  CHECK(contains(message_of([] { hessian(curve, ones({2}, float64)); }),
                 "[hessian] the function must give a single element, got shape (4)"));
}

TEST_CASE("transforms nest: the gradient of the trace of a Hessian") {
  // f = Σ xᵢ⁴ + x₀²·x₁²: the Laplacian is Σ 12·xᵢ² + 2·x₁² + 2·x₀², its gradient 28·x₀, 28·x₁.
  const auto f = [](const Tensor& x) {
    const Tensor squares = x * x;
    return sum(squares * squares) + prod(squares);
  };
  const Tensor x = tensor({2, 3}, float64);
  const auto laplacian = [&](const Tensor& at) {
    return sum(hessian(f, at, {.create_graph = true}) * eye(2, float64));
  };
  const auto [value, gradient] = value_and_grad(laplacian, x);
  CHECK(value.item() == 12 * 13 + 2 * 13);
  CHECK(same_bits(gradient, tensor({56, 84}, float64)));
}

TEST_CASE("every transform can be differentiated through, back to the caller's tensors") {
  const Inputs x{random({2, 2}).requires_grad_(), random({2, 2}, 2).requires_grad_()};
  const Tensor v = random({2, 2}, 3).requires_grad_();
  const TransformOptions on_tape{.create_graph = true};
  const auto passes = [&](const FunctionN& f) {
    const auto report = gradcheck(f, {x[0], x[1], v});
    INFO(to_string(report));
    CHECK(report.ok);
  };
  const auto two = [](const Inputs& in) { return Inputs{in[0], in[1]}; };
  passes([&](const Inputs& in) { return value_and_grad(energy, two(in), on_tape).grad[1]; });
  const auto product = [](const Inputs& in) { return tanh(matmul(in[0], in[1])); };
  passes([&](const Inputs& in) { return vjp(product, two(in), in[2], on_tape).grad[0]; });
  passes([&](const Inputs& in) { return jvp(product, two(in), {in[2], in[2]}, on_tape).tangent; });
  passes([&](const Inputs& in) { return hvp(energy, two(in), {in[2], in[2]}, on_tape)[1]; });
  passes([&](const Inputs& in) { return hessian(energy, two(in), on_tape)[0][1]; });
  for (const bool forward : {false, true})
    passes([&](const Inputs& in) {
      return jacobian(product, two(in), {.create_graph = true, .forward = forward})[1];
    });
  passes([&](const Inputs& in) {
    return per_sample_grads([](const Inputs& p, const Inputs& b) { return sum(tanh(b[0] * p[0])); },
                            {in[2]}, {ones({3, 2}, float64)}, on_tape)[0];
  });
  // twice through the assembling of the rows
  const auto report = gradgradcheck(
      [&](const Inputs& in) { return jacobian(product, two(in), {.create_graph = true})[0]; },
      {x[0], x[1]});
  CHECK(report.ok);
}

TEST_CASE("create_graph reaches what f reads beside its inputs") {
  const Tensor w = tensor(3.0, float64).requires_grad_();
  const auto f = [&](const Tensor& x) { return w * x * x; };
  const auto [value, slope] = value_and_grad(f, tensor(2.0, float64), {.create_graph = true});
  slope.backward();  // slope = 2·w·x
  CHECK(w.grad().item() == 4);
  CHECK_FALSE(value_and_grad(f, tensor(2.0, float64)).value.requires_grad());
}

TEST_CASE("per_sample_grads gives the gradient of each sample, which sum to the batch's") {
  const Inputs params{random({3, 2}), random({2}, 2)}, batch{random({5, 3}, 3), random({5, 2}, 4)};
  const auto loss = [](const Inputs& p, const Inputs& b) {
    return mse_loss(tanh(matmul(b[0], p[0]) + p[1]), b[1], Reduction::kSum);
  };
  const auto each = per_sample_grads(loss, params, batch);
  CHECK(each[0].shape() == Shape{5, 3, 2});
  CHECK(each[1].shape() == Shape{5, 2});
  const auto whole = value_and_grad([&](const Inputs& p) { return loss(p, batch); }, params).grad;
  CHECK(largest_difference(sum(each[0], 0), whole[0]) < 1e-14);
  CHECK(largest_difference(sum(each[1], 0), whole[1]) < 1e-14);
  const Inputs third{batch[0].array().rows(2, 3), batch[1].array().rows(2, 3)};
  const auto alone = value_and_grad([&](const Inputs& p) { return loss(p, third); }, params).grad;
  CHECK(same_bits(each[0].array().rows(2, 3).reshaped({3, 2}), alone[0]));

  CHECK(per_sample_grads(loss, params, {ones({0, 3}, float64), ones({0, 2}, float64)})[0].shape() ==
        Shape{0, 3, 2});
  CHECK(contains(
      message_of([&] {
        per_sample_grads(loss, params, {ones({5, 3}), ones({4, 2})});
      }),
      "[per_sample_grads] batch holds (4, 2) beside (5, 3); the first dims must have the same"));
}

TEST_CASE("two threads differentiate functions of the same tensors at once") {
  const Inputs x{random({2, 2}), random({2, 2}, 2)};
  const auto expected = hessian(energy, x);
  std::vector<char> equal(2, 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 2; ++t)
    threads.emplace_back([&, t] {
      bool all = true;
      for (int i = 0; i < 20; ++i) all = all && same_bits(hessian(energy, x)[0][1], expected[0][1]);
      equal[t] = all;
    });
  for (auto& thread : threads) thread.join();
  CHECK(equal[0]);
  CHECK(equal[1]);
}
