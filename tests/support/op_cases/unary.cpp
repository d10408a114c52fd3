// SPDX-License-Identifier: MIT
// Rows for ops/unary.hpp.
#include <cmath>

#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows unary_cases() {
  using Function = Tensor (*)(const Tensor&, At);
  const Input any{.shape = {}};
  const Input positive{.shape = {}, .low = 0.2, .high = 3};
  const Input inside{.shape = {}, .low = -0.9, .high = 3};
  const Input off_zero{.shape = {}, .away_from = 0};
  const std::vector<BenchSample> image = {
      {.inputs = {{{64, 50, 32, 32}}}, .bytes = 8.0 * 64 * 50 * 1024}};

  Rows rows;
  const auto row = [&](const std::string& name, Function f, double (*reference)(double),
                       const Input& values) {
    rows.push_back(
        {.name = name,
         .run = [f](const Tensors& x) { return f(x[0], At::here()); },
         .reference = elementwise(reference),
         .samples = unary_samples(values),
         .errors = {{[f] { f(full({2}, 1, bool_), At::here()); }, "[" + name + "] wants "}},
         .benchmarks = image});
  };
  row(
      "exp", exp, [](double x) { return std::exp(x); }, any);
  row(
      "expm1", expm1, [](double x) { return std::expm1(x); }, any);
  row(
      "log", log, [](double x) { return std::log(x); }, positive);
  row(
      "log1p", log1p, [](double x) { return std::log1p(x); }, inside);
  row(
      "sqrt", sqrt, [](double x) { return std::sqrt(x); }, positive);
  row(
      "rsqrt", rsqrt, [](double x) { return 1 / std::sqrt(x); }, positive);
  row(
      "square", square, [](double x) { return x * x; }, any);
  row(
      "reciprocal", reciprocal, [](double x) { return 1 / x; }, positive);
  row(
      "sign", sign, [](double x) { return x > 0 ? 1.0 : -1.0; }, off_zero);
  row(
      "abs", abs, [](double x) { return std::fabs(x); }, off_zero);
  row(
      "sin", sin, [](double x) { return std::sin(x); }, any);
  row(
      "cos", cos, [](double x) { return std::cos(x); }, any);
  row(
      "tanh", tanh, [](double x) { return std::tanh(x); }, any);
  row(
      "sigmoid", sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, any);
  row(
      "erf", erf, [](double x) { return std::erf(x); }, any);

  const auto error = [](auto call, const std::string& text) {
    return std::vector<ErrorSample>{{call, text}};
  };
  OpCase soft{.name = "softplus", .samples = unary_samples(any), .benchmarks = image};
  soft.run = [](const Tensors& x) { return softplus(x[0]); };
  soft.reference = elementwise([](double x) { return std::log(1 + std::exp(x)); });
  soft.errors = error([] { softplus(ones({2}), 0); }, "[softplus] beta=0 must not be 0");
  rows.push_back(soft);
  OpCase steep{.name = "softplus/beta 2", .samples = unary_samples(any)};
  steep.run = [](const Tensors& x) { return softplus(x[0], 2); };
  steep.reference = elementwise([](double x) { return std::log(1 + std::exp(2 * x)) / 2; });
  steep.errors = error([] { softplus(ones({2}, int64)); }, "wants float32 or float64, got int64");
  rows.push_back(steep);

  OpCase power{.name = "pow", .samples = binary_samples(positive, any)};
  power.run = [](const Tensors& x) { return pow(x[0], x[1]); };
  power.reference = elementwise([](double a, double b) { return std::pow(a, b); });
  power.errors = error([] { pow(ones({2, 3}), ones({2})); }, "[pow] shapes do not broadcast");
  power.benchmarks = {
      {.inputs = {{.shape = {512, 512}, .low = 0.2}, {{512, 512}}}, .bytes = 12.0 * 512 * 512}};
  rows.push_back(power);
  OpCase squared{.name = "pow/square", .samples = unary_samples(any)};
  squared.run = [](const Tensors& x) { return pow(x[0], 2); };
  squared.reference = elementwise([](double x) { return x * x; });
  rows.push_back(squared);
  OpCase cubed{.name = "pow/cube", .samples = unary_samples(any)};
  cubed.run = [](const Tensors& x) { return pow(x[0], 3); };
  cubed.reference = elementwise([](double x) { return x * x * x; });
  rows.push_back(cubed);
  return rows;
}

}  // namespace tinygrad::test
