// SPDX-License-Identifier: MIT
// Rows for ops/elementwise/exponential.hpp.
#include <cmath>

#include "support/elementwise_rows.hpp"

namespace tinygrad::test {

Rows elementwise_exponential_cases() {
  using Function = Tensor (*)(const Tensor&, At);
  const Input any{.shape = {}};
  const Input positive{.shape = {}, .low = 0.2, .high = 3};
  const Input inside{.shape = {}, .low = -0.9, .high = 3};
  const Input part{.shape = {}, .low = 0.1, .high = 0.9};
  const Input off_zero{.shape = {}, .away_from = 0};
  const Input off_whole{.shape = {}, .low = 1.1, .high = 1.45};  // and off the halves
  const std::vector<BenchSample> image = image_benchmark();

  Rows rows;
  const auto row = [&](const std::string& name, Function f, double (*reference)(double),
                       const Input& values, const std::vector<double>& special = {}) {
    rows.push_back(unary_row(
        name, "torch." + name + "(x0)", [f](const Tensor& x) { return f(x, At::here()); },
        reference, values, special));
    // These work on integers too.
    if (name == "sign" || name == "abs" || name == "square")
      rows.back().errors = refused([f] { f(full({2}, 1, bool_), At::here()); },
                                   "[" + name + "] wants numbers, got bool");
  };
  row("exp", exp, [](double x) { return std::exp(x); }, any, {88, -88});
  row("expm1", expm1, [](double x) { return std::expm1(x); }, any, {88, -88, 1e-5});
  row("exp2", exp2, [](double x) { return std::exp2(x); }, any, {127, -126});
  row(
      "log", log, [](double x) { return std::log(x); }, positive);
  row("log1p", log1p, [](double x) { return std::log1p(x); }, inside, {-0.999999, 1e-5});
  row("log2", log2, [](double x) { return std::log2(x); }, positive, {8});
  row("log10", log10, [](double x) { return std::log10(x); }, positive, {1000});
  row(
      "sqrt", sqrt, [](double x) { return std::sqrt(x); }, positive);
  row(
      "rsqrt", rsqrt, [](double x) { return 1 / std::sqrt(x); }, positive);
  row(
      "square", square, [](double x) { return x * x; }, any);
  row(
      "reciprocal", reciprocal, [](double x) { return 1 / x; }, positive);
  row(
      "sign", sign, [](double x) { return x > 0   ? 1.0
                                          : x < 0 ? -1.0
                                                  : x; }, off_zero);
  leave_out(rows.back(), kNaN);
  rows.push_back(differing(rows.back(), "/NaN", {kNaN}, "the sign of NaN is NaN; PyTorch gives 0"));
  row(
      "abs", abs, [](double x) { return std::fabs(x); }, off_zero);
  leave_out(rows.back(), kNaN);
  rows.push_back(differing(rows.back(), "/NaN", {kNaN}, "the sign of NaN is NaN; PyTorch gives 0"));
  row("tanh", tanh, [](double x) { return std::tanh(x); }, any, {20});
  row("sigmoid", sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, any, {88, -88});
  row("erf", erf, [](double x) { return std::erf(x); }, any, {4});
  row("floor", floor, [](double x) { return std::floor(x); }, off_whole, {1.5, 2.5, -1.5, 8388609});
  row("ceil", ceil, [](double x) { return std::ceil(x); }, off_whole, {1.5, 2.5, -1.5, 8388609});
  row("round", round, [](double x) { return std::nearbyint(x); }, off_whole,
      {1.5, 2.5, -1.5, -2.5, 8388609});
  row("trunc", trunc, [](double x) { return std::trunc(x); }, off_whole, {1.5, 2.5, -1.5, 8388609});
  row("frac", frac, [](double x) { return x - std::trunc(x); }, off_whole,
      {1.5, 2.5, -1.5, 8388609});

  const auto logit_row = [&](const std::string& name, const std::string& torch,
                             std::optional<double> eps, double (*reference)(double)) {
    rows.push_back(unary_row(
        name, torch, [eps](const Tensor& x) { return logit(x, eps); }, reference, part));
    rows.back().errors.push_back(
        {[] { logit(ones({2}), 0.75); }, "[logit] eps=0.75 must be at most 0.5"});
  };
  logit_row("logit", "torch.logit(x0)", {}, [](double x) { return std::log(x / (1 - x)); });
  // Not −0: PyTorch's slope there, Inf or −Inf, depends on the vector lane.
  rows.back().specials = at_points({kNaN, kInf, -kInf, 0.0, 1, -1, 0.5, 1e4, -1e4, 1e-8});
  logit_row("logit/eps", "torch.logit(x0, 0.25)", 0.25, [](double x) {
    const double y = x < 0.25 ? 0.25 : x > 0.75 ? 0.75 : x;
    return std::log(y / (1 - y));
  });
  for (auto& sample : rows.back().samples) sample[0].low = 0.3, sample[0].high = 0.7;
  leave_out(rows.back(), kNaN);  // PyTorch's slope there depends on the vector lane

  const auto test = [&](const std::string& name, Function f, double (*reference)(double)) {
    row(name, f, reference, any);
    rows.back().differentiable = false;
    // Takes every dtype.
    rows.back().errors = {};
    OpCase integers = rows.back();
    integers.name = name + "/int64";
    integers.samples = unary_samples({.shape = {}, .dtype = int64});
    integers.specials = {};
    integers.benchmarks = {};
    rows.push_back(integers);
  };
  test("isnan", isnan, [](double x) { return std::isnan(x) ? 1.0 : 0.0; });
  test("isinf", isinf, [](double x) { return std::isinf(x) ? 1.0 : 0.0; });
  test("isfinite", isfinite, [](double x) { return std::isfinite(x) ? 1.0 : 0.0; });
  test("signbit", signbit, [](double x) { return std::signbit(x) ? 1.0 : 0.0; });
  rows.back().errors =
      refused([] { signbit(full({2}, 1, bool_)); }, "[signbit] wants numbers, got bool");

  OpCase finite = unary_row(
      "nan_to_num", "torch.nan_to_num(x0, 0.5, 2.0, -3.0)",
      [](const Tensor& x) { return nan_to_num(x, 0.5, 2, -3); },
      [](double x) { return std::isnan(x) ? 0.5
                            : x == kInf   ? 2
                            : x == -kInf  ? -3
                                          : x; }, any);
  rows.push_back(finite);
  // The largest number depends on the dtype: no double can be the reference of both.
  finite.name = "nan_to_num/largest";
  finite.run = [](const Tensors& x) { return isfinite(nan_to_num(x[0])); };
  finite.torch = "torch.isfinite(torch.nan_to_num(x0))";
  finite.reference = elementwise([](double) { return 1.0; });
  finite.differentiable = false;
  finite.errors = {};
  finite.benchmarks = {};
  rows.push_back(finite);

  const auto error = [](auto call, const std::string& text) {
    return std::vector<ErrorSample>{{call, text}};
  };
  OpCase soft{.name = "softplus",
              .torch = "F.softplus(x0)",
              .samples = unary_samples(any),
              .benchmarks = image};
  soft.run = [](const Tensors& x) { return softplus(x[0]); };
  soft.reference = elementwise([](double x) {
    return std::isnan(x) ? x : std::fmax(x, 0) + std::log1p(std::exp(-std::fabs(x)));
  });
  soft.errors = error([] { softplus(ones({2}), 0); }, "[softplus] beta=0 must not be 0");
  soft.specials = unary_specials({20, -88});
  rows.push_back(soft);
  const std::string straight = "PyTorch gives x itself beyond its threshold";
  rows.push_back(differing(soft, "/large", {21, 30, 100}, straight));
  OpCase steep{
      .name = "softplus/beta 2", .torch = "F.softplus(x0, beta=2)", .samples = unary_samples(any)};
  steep.run = [](const Tensors& x) { return softplus(x[0], 2); };
  steep.reference = elementwise([](double x) {
    return std::isnan(x) ? x : std::fmax(x, 0) + std::log1p(std::exp(-std::fabs(2 * x))) / 2;
  });
  steep.errors = error([] { softplus(ones({2}, int64)); }, "wants float32 or float64, got int64");
  steep.specials = unary_specials({10, -44});
  rows.push_back(steep);
  rows.push_back(differing(steep, " large", {10.5, 15, 50}, straight));

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

  // Above the threshold 1 on 2·x, so from x = ½ on, softplus is x.
  const Input off_threshold{.shape = {}, .away_from = 0.5};
  OpCase kinked{.name = "softplus/threshold",
                .torch = "F.softplus(x0, beta=2, threshold=1)",
                .samples = unary_samples(off_threshold)};
  kinked.run = [](const Tensors& x) { return softplus(x[0], 2, 1); };
  kinked.reference =
      elementwise([](double x) { return 2 * x > 1 ? x : std::log1p(std::exp(2 * x)) / 2; });
  kinked.specials = unary_specials();
  rows.push_back(kinked);
  return rows;
}

}  // namespace tinygrad::test
