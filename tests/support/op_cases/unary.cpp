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
                       const Input& values, bool benchmark = false) {
    rows.push_back(
        {.name = name,
         .run = [f](const Tensors& x) { return f(x[0], At::here()); },
         .reference = elementwise(reference),
         .samples = unary_samples(values),
         .errors = {{[f] { f(full({2}, 1, bool_), At::here()); }, "[" + name + "] wants "}},
         .benchmarks = benchmark ? image : std::vector<BenchSample>{}});
  };
  row(
      "exp", exp, [](double x) { return std::exp(x); }, any, true);
  row(
      "expm1", expm1, [](double x) { return std::expm1(x); }, any);
  row(
      "log", log, [](double x) { return std::log(x); }, positive, true);
  row(
      "log1p", log1p, [](double x) { return std::log1p(x); }, inside);
  row(
      "sqrt", sqrt, [](double x) { return std::sqrt(x); }, positive, true);
  row(
      "rsqrt", rsqrt, [](double x) { return 1 / std::sqrt(x); }, positive);
  row(
      "square", square, [](double x) { return x * x; }, any, true);
  row(
      "reciprocal", reciprocal, [](double x) { return 1 / x; }, positive);
  row(
      "sign", sign, [](double x) { return x > 0 ? 1.0 : -1.0; }, off_zero);
  row(
      "abs", abs, [](double x) { return std::fabs(x); }, off_zero, true);
  row(
      "sin", sin, [](double x) { return std::sin(x); }, any);
  row(
      "cos", cos, [](double x) { return std::cos(x); }, any);
  row(
      "tanh", tanh, [](double x) { return std::tanh(x); }, any, true);
  row(
      "sigmoid", sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, any, true);
  row(
      "erf", erf, [](double x) { return std::erf(x); }, any);

  rows.push_back(
      {.name = "softplus",
       .run = [](const Tensors& x) { return softplus(x[0]); },
       .reference = elementwise([](double x) { return std::log(1 + std::exp(x)); }),
       .samples = unary_samples(any),
       .errors = {{[] { softplus(ones({2}), 0); }, "[softplus] beta=0 must not be 0"},
                  {[] { softplus(ones({2}, int64)); }, "wants float32 or float64, got int64"}}});
  rows.push_back(
      {.name = "softplus/beta 2",
       .run = [](const Tensors& x) { return softplus(x[0], 2); },
       .reference = elementwise([](double x) { return std::log(1 + std::exp(2 * x)) / 2; }),
       .samples = unary_samples(any)});

  const auto clash = [] { pow(ones({2, 3}), ones({2})); };
  rows.push_back({.name = "pow",
                  .run = [](const Tensors& x) { return pow(x[0], x[1]); },
                  .reference = elementwise([](double a, double b) { return std::pow(a, b); }),
                  .samples = binary_samples(positive, any),
                  .errors = {{clash, "[pow] shapes do not broadcast: a (2, 3), b (2)"}}});
  rows.push_back({.name = "pow/square",
                  .run = [](const Tensors& x) { return pow(x[0], 2); },
                  .reference = elementwise([](double x) { return x * x; }),
                  .samples = unary_samples(any)});
  rows.push_back({.name = "pow/cube",
                  .run = [](const Tensors& x) { return pow(x[0], 3); },
                  .reference = elementwise([](double x) { return x * x * x; }),
                  .samples = unary_samples(any)});
  return rows;
}

}  // namespace tinygrad::test
