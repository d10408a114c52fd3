// SPDX-License-Identifier: MIT
// Rows for ops/elementwise/inplace.hpp. Each overwrites a copy of its first input.
#include <algorithm>
#include <cmath>

#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows elementwise_inplace_cases() {
  using Unary = Tensor& (*)(Tensor&, At);
  using Binary = Tensor& (*)(Tensor&, const Operand&, At);
  const Input any{.shape = {}};
  const Input positive{.shape = {}, .low = 0.2, .high = 3};
  const Input off_zero{.shape = {}, .away_from = 0};
  const std::vector<BenchSample> image = {
      {.inputs = {{.shape = {64, 50, 32, 32}, .low = 0.2}}, .bytes = 8.0 * 64 * 50 * 1024}};

  Rows rows;
  const auto unary = [&](const std::string& name, Unary f, double (*reference)(double),
                         const Input& values) {
    OpCase c{.name = name, .torch = "(x0 * 1)." + name + "()", .samples = unary_samples(values)};
    c.run = [f](const Tensors& x) {
      Tensor y = copy_to_overwrite(x[0]);
      return f(y, At::here());
    };
    c.reference = elementwise(reference);
    c.errors = {{[f] {
                   Tensor leaf = ones({2});
                   f(leaf.requires_grad_(), At::here());
                 },
                 "[" + name + "] would overwrite a leaf that requires a gradient"}};
    c.benchmarks = image;
    rows.push_back(c);
  };
  unary(
      "neg_", neg_, [](double x) { return -x; }, any);
  unary(
      "abs_", abs_, [](double x) { return std::fabs(x); }, off_zero);
  unary(
      "exp_", exp_, [](double x) { return std::exp(x); }, any);
  unary(
      "log_", log_, [](double x) { return std::log(x); }, positive);
  unary(
      "sqrt_", sqrt_, [](double x) { return std::sqrt(x); }, positive);
  unary(
      "rsqrt_", rsqrt_, [](double x) { return 1 / std::sqrt(x); }, positive);
  unary(
      "reciprocal_", reciprocal_, [](double x) { return 1 / x; }, positive);
  unary(
      "square_", square_, [](double x) { return x * x; }, any);
  unary(
      "sin_", sin_, [](double x) { return std::sin(x); }, any);
  unary(
      "cos_", cos_, [](double x) { return std::cos(x); }, any);
  unary(
      "tanh_", tanh_, [](double x) { return std::tanh(x); }, any);
  unary(
      "sigmoid_", sigmoid_, [](double x) { return 1 / (1 + std::exp(-x)); }, any);
  const Input off_half{.shape = {}, .low = 0.55, .high = 0.95};
  unary(
      "floor_", floor_, [](double x) { return std::floor(x); }, off_half);
  unary(
      "ceil_", ceil_, [](double x) { return std::ceil(x); }, off_half);
  unary(
      "round_", round_, [](double x) { return std::nearbyint(x); }, off_half);
  unary(
      "trunc_", trunc_, [](double x) { return std::trunc(x); }, off_half);
  unary(
      "relu_", relu_, [](double x) { return x > 0 ? x : 0; }, off_zero);

  const auto binary = [&](const std::string& name, Binary f, double (*reference)(double, double),
                          const Input& left, const Input& right) {
    OpCase c{.name = name, .torch = "(x0 * 1)." + name + "(x1)", .samples = {}};
    c.run = [f](const Tensors& x) {
      Tensor y = copy_to_overwrite(x[0]);
      return f(y, x[1], At::here());
    };
    c.reference = elementwise(reference);
    for (const auto& sample : binary_samples(left, right))  // the target is not broadcast
      if (broadcast_shapes({"test"}, sample[0].shape, sample[1].shape) == sample[0].shape)
        c.samples.push_back(sample);
    c.errors = {{[f] {
                   Tensor x = ones({3});
                   f(x, ones({2, 3}), At::here());
                 },
                 "[" + name + "] the result has shape (2, 3), which does not fit into (3)"}};
    c.benchmarks = {
        {.inputs = {{.shape = {512, 512}, .low = 0.2}, {.shape = {512, 512}, .low = 0.2}},
         .bytes = 12.0 * 512 * 512}};
    rows.push_back(c);
  };
  binary(
      "add_", add_, [](double a, double b) { return a + b; }, any, any);
  binary(
      "sub_", sub_, [](double a, double b) { return a - b; }, any, any);
  binary(
      "mul_", mul_, [](double a, double b) { return a * b; }, any, any);
  binary(
      "div_", div_, [](double a, double b) { return a / b; }, any, positive);
  binary(
      "pow_", pow_, [](double a, double b) { return std::pow(a, b); }, positive, any);

  OpCase fill{.name = "fill_", .torch = "(x0 * 1).detach().fill_(2.5)", .samples = {}};
  fill.run = [](const Tensors& x) {
    Tensor y = copy_to_overwrite(x[0]);
    return fill_(y, 2.5);
  };
  fill.reference = [](const Naives& x) { return Naive(x[0].shape, 2.5); };
  fill.samples = unary_samples(any);
  fill.errors = {{[] {
                    Tensor leaf = ones({2});
                    fill_(leaf.requires_grad_(), 1);
                  },
                  "[fill_] would overwrite a leaf"}};
  fill.benchmarks = image;
  fill.differentiable = false;
  rows.push_back(fill);
  OpCase zero = fill;
  zero.name = "zero_";
  zero.torch = "(x0 * 1).detach().zero_()";
  zero.run = [](const Tensors& x) {
    Tensor y = copy_to_overwrite(x[0]);
    return zero_(y);
  };
  zero.reference = [](const Naives& x) { return Naive(x[0].shape, 0); };
  zero.errors = {{[] {
                    Tensor leaf = ones({2});
                    zero_(leaf.requires_grad_());
                  },
                  "[zero_] would overwrite a leaf"}};
  rows.push_back(zero);
  OpCase clamp{.name = "clamp_", .torch = "(x0 * 1).clamp_(-1, 0.5)", .samples = {}};
  clamp.run = [](const Tensors& x) {
    Tensor y = copy_to_overwrite(x[0]);
    return clamp_(y, -1, 0.5);
  };
  clamp.reference = elementwise([](double x) { return std::clamp(x, -1.0, 0.5); });
  clamp.samples = unary_samples({.shape = {}, .low = -0.9, .high = 2, .away_from = 0.5});
  clamp.errors = {{[] {
                     Tensor leaf = ones({2});
                     clamp_(leaf.requires_grad_(), 0, 1);
                   },
                   "[clamp_] would overwrite a leaf"}};
  clamp.benchmarks = image;
  rows.push_back(clamp);

  // Drawn from a generator of their own: chance decides, so no value is compared.
  const auto drawn = [&](const std::string& name, Tensor& (*f)(Tensor&, Generator&)) {
    OpCase c = fill;
    c.name = name;
    c.torch = "";
    c.run = [f](const Tensors& x) {
      Tensor y = copy_to_overwrite(x[0]);
      Generator generator(7);
      return f(y, generator);
    };
    c.reference = {};
    c.errors = {{[f] {
                   Tensor leaf = ones({2}).requires_grad_();
                   Generator generator(7);
                   f(leaf, generator);
                 },
                 "[" + name + "] would overwrite a leaf"}};
    rows.push_back(c);
  };
  drawn("uniform_", [](Tensor& x, Generator& g) -> Tensor& { return uniform_(x, -1, 2, g); });
  drawn("normal_", [](Tensor& x, Generator& g) -> Tensor& { return normal_(x, 1, 2, g); });
  drawn("bernoulli_", [](Tensor& x, Generator& g) -> Tensor& { return bernoulli_(x, 0.3, g); });
  return rows;
}

}  // namespace tinygrad::test
