// SPDX-License-Identifier: MIT
// Rows for ops/elementwise/power.hpp.
#include <cmath>

#include "support/elementwise_rows.hpp"

namespace tinygrad::test {

namespace {
void add_float_power(Rows& rows) {
  const Input any{.shape = {}};
  const Input positive{.shape = {}, .low = 0.5, .high = 3};
  rows.push_back(binary_row(
      "float_power", "torch.float_power(x0, x1)",
      [](auto& a, auto& b) { return float_power(a, b); },
      [](double a, double b) { return std::pow(a, b); }, positive, any));
  rows.push_back(unary_row(
      "float_power/number", "torch.float_power(x0, 2.5)",
      [](const Tensor& x) { return float_power(x, 2.5); },
      [](double x) { return std::pow(x, 2.5); }, positive));
  rows.back().errors = {};
}
}  // namespace

Rows elementwise_power_cases() {
  Rows rows;
  const Input any{.shape = {}};
  const Input positive{.shape = {}, .low = 0.2, .high = 3};
  add_unary(
      rows, "sqrt", sqrt, [](double x) { return std::sqrt(x); }, positive);
  add_unary(
      rows, "rsqrt", rsqrt, [](double x) { return 1 / std::sqrt(x); }, positive);
  add_unary(
      rows, "square", square, [](double x) { return x * x; }, any);
  rows.back().errors = refuses_bool("square", square);
  add_unary(
      rows, "reciprocal", reciprocal, [](double x) { return 1 / x; }, positive);

  const auto error = [](auto call, const std::string& text) {
    return std::vector<ErrorSample>{{call, text}};
  };

  OpCase power{
      .name = "pow", .torch = "torch.pow(x0, x1)", .samples = binary_samples(positive, any)};
  power.run = [](const Tensors& x) { return pow(x[0], x[1]); };
  power.reference = elementwise([](double a, double b) { return std::pow(a, b); });
  power.errors = error([] { pow(ones({2, 3}), ones({2})); }, "[pow] shapes do not broadcast");
  power.benchmarks = {
      {.inputs = {{.shape = {512, 512}, .low = 0.2}, {{512, 512}}}, .bytes = 12.0 * 512 * 512}};
  power.specials = binary_specials();
  rows.push_back(power);
  OpCase squared{.name = "pow/square", .torch = "torch.pow(x0, 2)", .samples = unary_samples(any)};
  squared.run = [](const Tensors& x) { return pow(x[0], 2); };
  squared.reference = elementwise([](double x) { return x * x; });
  squared.specials = unary_specials();
  rows.push_back(squared);
  OpCase cubed{.name = "pow/cube", .torch = "torch.pow(x0, 3)", .samples = unary_samples(any)};
  cubed.run = [](const Tensors& x) { return pow(x[0], 3); };
  cubed.reference = elementwise([](double x) { return x * x * x; });
  cubed.specials = unary_specials();
  rows.push_back(cubed);

  // A number as exponent, by every other path: −1, ½, 0 and 1 have one each, the rest pow.
  const auto raised = [&](const std::string& name, double exponent, const Input& values) {
    OpCase row_of{.name = "pow/" + name,
                  .torch = str_cat("torch.pow(x0, ", exponent, ")"),
                  .samples = unary_samples(values)};
    row_of.run = [exponent](const Tensors& x) { return pow(x[0], exponent); };
    row_of.reference = [exponent](const Naives& x) {
      Naive y = x[0];
      for (double& v : y.values) v = std::pow(v, exponent);
      return y;
    };
    row_of.specials = unary_specials({-2.5, 3});
    rows.push_back(row_of);
  };
  raised("reciprocal", -1, positive);
  raised("root", 0.5, positive);
  // PyTorch's is sqrt, NaN at −Inf, where C's pow gives Inf.
  rows.back().reference = elementwise([](double x) { return std::sqrt(x); });
  raised("zero", 0, any);
  raised("one", 1, any);
  raised("fourth", 4, any);
  raised("fraction", -1.7, positive);
  OpCase exponential{
      .name = "pow/number to tensor", .torch = "torch.pow(2.5, x0)", .samples = unary_samples(any)};
  exponential.run = [](const Tensors& x) { return pow(2.5, x[0]); };
  exponential.reference = elementwise([](double x) { return std::pow(2.5, x); });
  exponential.specials = unary_specials();
  rows.push_back(exponential);

  OpCase whole{.name = "pow/int64", .torch = "torch.pow(x0, x1)"};
  whole.run = power.run;
  whole.reference = power.reference;
  whole.samples = binary_samples({.shape = {}, .low = -9, .high = 10, .dtype = int64},
                                 {.shape = {}, .low = 0, .high = 8, .dtype = int64});
  whole.errors =
      error([] { pow(ones({2}, int64), -1); }, "[pow] an integer has no integer power -1");
  whole.differentiable = false;
  rows.push_back(whole);
  add_float_power(rows);
  return rows;
}

}  // namespace tinygrad::test
