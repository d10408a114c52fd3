// SPDX-License-Identifier: MIT
// Tests of operations that a user writes, with their own forward and backward.
#include <doctest/doctest.h>

#include "support/messages.hpp"
#include "support/tensors.hpp"
#include "tinygrad/autograd.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
using Inputs = std::vector<Tensor>;

// Value as an xtensor expression, vjp in Tensor operations.
Tensor soft_sign(const Tensor& x, At at = At::here()) {
  const auto v = x.view<double>();
  return record({"soft_sign", at}, Array::evaluate(v / (1.0 + xt::abs(v))), {x}, save(x),
                [](const Vjp& vjp, const Tensor& input) {
                  return grads(vjp.grad() / square(1 + abs(input)));
                });
}

// Both in xtensor: right once, not differentiable again.
Tensor cube(const Tensor& x, At at = At::here()) {
  const auto v = x.view<double>();
  return record({"cube", at}, Array::evaluate(v * v * v), {x}, save(x),
                once_differentiable([](const Vjp& vjp, const Tensor& input) {
                  const auto in = input.view<double>();
                  return grads(Tensor(3.0 * in * in * vjp.grad().view<double>()));
                }));
}

// Its inputs and what it saves are temporaries.
Tensor double_square(const Tensor& x, At at = At::here()) {
  return record({"double_square", at}, square(x * 2).array(), {x * 2, Tensor(ones({1}, float64))},
                save(x * 2, Tensor()),
                [](const Vjp& vjp, const Tensor& doubled, const Tensor& undefined) {
                  CHECK_FALSE(undefined.defined());
                  return grads(vjp.grad() * doubled * 2, Tensor());
                });
}

// Two differentiable outputs and one that is not.
struct Polar {
  Tensor radius, angle, quadrant;
};
Polar polar(const Tensor& x, const Tensor& y, At at = At::here()) {
  const auto a = x.view<double>(), b = y.view<double>();
  const Array r = Array::evaluate(xt::sqrt(a * a + b * b));
  const Array phi = Array::evaluate(xt::atan2(b, a));
  const Array q =
      Array::evaluate(xt::cast<std::int64_t>(a > 0.0) + xt::cast<std::int64_t>(b > 0.0));
  auto [radius, angle, quadrant] = record_many(
      {"polar", at}, std::array{r, phi, q}, {x, y}, save(x, y, r),
      [](const Vjp& vjp, const Tensor& left, const Tensor& right, const Tensor& length) {
        Grads out(2);
        const auto add_to = [&](std::size_t i, const Tensor& g) {
          if (vjp.needs(i)) out[i] = out[i].defined() ? out[i] + g : g;
        };
        if (const Tensor& g = vjp.grad(0); g.defined()) {
          add_to(0, g * left / length);
          add_to(1, g * right / length);
        }
        if (const Tensor& g = vjp.grad(1); g.defined()) {
          add_to(0, -g * right / square(length));
          add_to(1, g * left / square(length));
        }
        return out;
      });
  return {radius, angle, quadrant};
}
}  // namespace

TEST_CASE("a custom op passes the same checks as the library's") {
  const Tensor x = random_leaf({3, 4});
  CHECK(gradcheck([](const Inputs& in) { return soft_sign(in[0]); }, {x}).ok);
  CHECK(gradgradcheck([](const Inputs& in) { return soft_sign(in[0]); }, {x}).ok);
  CHECK(std::string(soft_sign(x).grad_fn()->name()) == "soft_sign");
  CHECK_FALSE(soft_sign(x.detach()).requires_grad());
}

TEST_CASE("several outputs may be used together or alone") {
  const Tensor x = random_leaf({4}), y = random_leaf({4}, 2);
  for (const auto& f : {FunctionN([](const Inputs& in) { return polar(in[0], in[1]).radius; }),
                        FunctionN([](const Inputs& in) { return polar(in[0], in[1]).angle; }),
                        FunctionN([](const Inputs& in) {
                          const auto [r, phi, q] = polar(in[0], in[1]);
                          return r * sin(phi * 2);
                        })}) {
    CHECK(gradcheck(f, {x, y}).ok);
    CHECK(gradgradcheck(f, {x, y}).ok);
  }
}

TEST_CASE("an output that is not floating stays outside the graph") {
  const auto [radius, angle, quadrant] = polar(random_leaf({4}), random_leaf({4}, 2));
  CHECK(radius.requires_grad());
  CHECK_FALSE(quadrant.requires_grad());
  CHECK(quadrant.dtype() == int64);
}

TEST_CASE("a vjp sees which gradients are asked for") {
  Inputs seen;
  std::vector<bool> asked;
  const auto product = [&](const Tensor& a, const Tensor& b) {
    return record({"product"}, mul(a, b).array(), {a, b}, save(a, b),
                  [&asked](const Vjp& vjp, const Tensor& left, const Tensor& right) {
                    asked = {vjp.needs(0), vjp.needs(1)};
                    return grads(vjp.needs(0) ? vjp.grad() * right : Tensor(),
                                 vjp.needs(1) ? vjp.grad() * left : Tensor());
                  });
  };
  const Tensor a = random_leaf({2}), b = random_leaf({2}, 2);
  sum(product(a, b.detach())).backward();
  CHECK(asked == std::vector{true, false});
  grad(sum(product(a, b)), b);
  CHECK(asked == std::vector{false, true});
}

TEST_CASE("a once-differentiable op has right gradients, also with create_graph") {
  const Tensor x = random_leaf({3});
  CHECK(gradcheck([](const Inputs& in) { return cube(in[0]); }, {x}).ok);
  const Tensor plain = grad(sum(cube(x)), x);
  const Tensor recorded = grad(sum(cube(x)), x, {}, {.create_graph = true});
  CHECK_FALSE(plain.requires_grad());
  CHECK(recorded.requires_grad());
  for (Index i = 0; i < 3; ++i) CHECK(plain.array().at(i) == recorded.array().at(i));
}

TEST_CASE("differentiating a once-differentiable op twice is an error that names it") {
  const Tensor x = random_leaf({3});
  const Tensor slope = grad(sum(cube(x)), x, {}, {.create_graph = true});
  const std::string message = message_of([&] { sum(slope).backward(); });
  CHECK(contains(message, "[cube] is differentiable once: its backward is not written in Tensor"));
  CHECK(contains(message, "test_custom.cpp:"));
  CHECK_FALSE(x.grad().defined());
  CHECK_THROWS_AS(gradgradcheck([](const Inputs& in) { return cube(in[0]); }, {x}), GraphError);
  CHECK_THROWS_AS(jvp([](const Tensor& t) { return cube(t); }, x, ones({3}, float64)), GraphError);
}

TEST_CASE("gradients past a once-differentiable op are still free to be differentiated") {
  const Tensor x = random_leaf({3}), w = random_leaf({3}, 2);
  // d/dw of w·cube(x) does not pass through cube's vjp: its derivative by w is known
  const Tensor slope = grad(sum(square(w) * cube(x)), w, {}, {.create_graph = true});
  const Tensor curvature = grad(sum(slope), w);
  for (Index i = 0; i < 3; ++i)
    CHECK(curvature.array().at(i) ==
          doctest::Approx(2 * std::pow(x.array().at(i), 3)).epsilon(1e-14));
}

TEST_CASE("inputs of an operation may be temporaries, and gradients flow through them") {
  const Tensor x = leaf({1, 3});
  sum(double_square(x)).backward();
  CHECK(x.grad().array().at(0) == 8);
  CHECK(x.grad().array().at(1) == 24);
  CHECK(gradcheck([](const Inputs& in) { return double_square(in[0]); }, {leaf({0.5, -2})}).ok);
}
