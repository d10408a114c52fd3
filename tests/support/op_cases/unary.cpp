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
    // sign, abs and square work on integers too.
    const bool numbers = name == "sign" || name == "abs" || name == "square";
    const ErrorSample refused =
        numbers ? ErrorSample{[f] { f(full({2}, 1, bool_), At::here()); },
                              "[" + name + "] wants numbers, got bool"}
                : ErrorSample{[f] { f(ones({2}, int64), At::here()); },
                              "[" + name + "] wants float32 or float64, got int64; "};
    rows.push_back({.name = name,
                    .run = [f](const Tensors& x) { return f(x[0], At::here()); },
                    .reference = elementwise(reference),
                    .samples = unary_samples(values),
                    .errors = {refused},
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

  // A number as exponent, by every other path: −1, ½, 0 and 1 have one each, the rest std::pow.
  const auto raised = [&](const std::string& name, double exponent, const Input& values) {
    OpCase row_of{.name = "pow/" + name, .samples = unary_samples(values)};
    row_of.run = [exponent](const Tensors& x) { return pow(x[0], exponent); };
    row_of.reference = [exponent](const Naives& x) {
      Naive y = x[0];
      for (double& v : y.values) v = std::pow(v, exponent);
      return y;
    };
    rows.push_back(row_of);
  };
  raised("reciprocal", -1, positive);
  raised("root", 0.5, positive);
  raised("zero", 0, any);
  raised("one", 1, any);
  raised("fourth", 4, any);
  raised("fraction", -1.7, positive);
  OpCase exponential{.name = "pow/number to tensor", .samples = unary_samples(any)};
  exponential.run = [](const Tensors& x) { return pow(2.5, x[0]); };
  exponential.reference = elementwise([](double x) { return std::pow(2.5, x); });
  rows.push_back(exponential);

  // Above the threshold 1 on 2·x, so from x = ½ on, softplus is x.
  const Input off_threshold{.shape = {}, .away_from = 0.5};
  OpCase kinked{.name = "softplus/threshold", .samples = unary_samples(off_threshold)};
  kinked.run = [](const Tensors& x) { return softplus(x[0], 2, 1); };
  kinked.reference =
      elementwise([](double x) { return 2 * x > 1 ? x : std::log(1 + std::exp(2 * x)) / 2; });
  rows.push_back(kinked);
  return rows;
}

}  // namespace tinygrad::test
