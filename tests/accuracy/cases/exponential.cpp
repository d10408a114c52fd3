// SPDX-License-Identifier: MIT
// Exact values and derivatives of exponentials, logarithms, powers and related functions.
#include "accuracy/accuracy_cases.hpp"

namespace tinygrad::test {

namespace {

/// log(1 + e^x), and its derivative.
Quad softplus_of(Quad x) { return (x > 0 ? x : Quad{0}) + quad::log1p(quad::exp(-quad::abs(x))); }

/// atanh(2x − 1)·2 is log(x/(1 − x)) and loses nothing around ½.
Quad logit_of(Quad x) {
  if (x > 0.25 && x < 0.75) return 2 * quad::atanh(2 * x - 1);
  return quad::log(x / (1 - x));
}
Quad logit_slope(Quad x) { return x >= 0 && x <= 1 ? 1 / (x * (1 - x)) : quad::log(-1); }

/// a^b by a, 0 where b = 0; and by b, 0 where the power is 0 on both sides or on one: at a = 0 with
/// b ≥ 0, and at a = ∞ with b < 0.
Quad pow_by_a(Quad a, Quad b) {
  if (b == 0) return 0;
  if (a < 0 && !quad::isinf(a) && b != quad::floor(b)) return quad::log(-1);
  const Quad size = b * quad::pow(quad::abs(a), b - 1);
  return quad::signbit(a) && quad::fmod(b, 2) == 0 ? -size : size;
}
Quad pow_by_b(Quad a, Quad b) {
  if ((a == 0 && b >= 0) || (quad::isinf(a) && a > 0 && b < 0)) return 0;
  return quad::pow(a, b) * quad::log(a);
}

}  // namespace

AccuracyCases exponential_accuracy() {
  AccuracyCases cases;
  const auto add = [&](const std::string& name, Tensor (*f)(const Tensor&, At), Quad (*value)(Quad),
                       Quad (*slope)(Quad), const std::vector<double>& hard = {}) {
    cases.push_back(unary_accuracy_case(
        name, "torch." + name + "(x0)", [f](const Tensor& x) { return f(x, At::here()); }, value,
        slope, hard));
  };
  using namespace quad;
  add("exp", tinygrad::exp, quad::exp, quad::exp, {0, 88.7, -87.3, -103.9, 709.7, -708.3, -745.1});
  add("expm1", tinygrad::expm1, quad::expm1, quad::exp, {0, 88.7, -17.3, -36.7, 709.7, -708.3});
  add(
      "exp2", tinygrad::exp2, [](Quad x) { return quad::pow(2, x); },
      [](Quad x) { return quad::pow(2, x) * ln2(); }, {0, 128, -126, -149, 1024, -1022, -1074});
  add("log", tinygrad::log, quad::log, [](Quad x) { return 1 / x; }, {1});
  add("log1p", tinygrad::log1p, quad::log1p, [](Quad x) { return 1 / (1 + x); }, {0, -1});
  add("log2", tinygrad::log2, quad::log2, [](Quad x) { return 1 / (x * ln2()); }, {1});
  add("log10", tinygrad::log10, quad::log10, [](Quad x) { return 1 / (x * quad::log(10)); }, {1});
  add("sqrt", tinygrad::sqrt, quad::sqrt, [](Quad x) { return 1 / (2 * quad::sqrt(x)); });
  add(
      "rsqrt", tinygrad::rsqrt, [](Quad x) { return 1 / quad::sqrt(x); },
      [](Quad x) {
        const Quad y = 1 / quad::sqrt(x);  // at −0 Inf, as y³ says
        return y * y * y / -2;
      },
      {1.5e-26, 4e-206});
  add(
      "square", tinygrad::square, [](Quad x) { return x * x; }, [](Quad x) { return 2 * x; });
  add(
      "reciprocal", tinygrad::reciprocal, [](Quad x) { return 1 / x; },
      [](Quad x) { return -1 / (x * x); });
  add("abs", tinygrad::abs, quad::abs, quad::sign);
  add(
      "frac", tinygrad::frac, [](Quad x) { return quad::isinf(x) ? x - x : x - quad::trunc(x); },
      [](Quad) { return Quad{1}; }, {1, -1, 7});
  add("tanh", tinygrad::tanh, quad::tanh,
      [](Quad x) {
        const Quad root = 1 / quad::cosh(x);
        return root * root;
      },
      {0, 0.3, 9, 20, 22});
  cases.back().float32_bound = {.slope_absolute = 3e-7,
                                .reason = "the gradient is off by at most 3e-7"};
  add("sigmoid", tinygrad::sigmoid, quad::sigmoid,
      [](Quad x) { return quad::sigmoid(x) * quad::sigmoid(-x); },
      {0, 17, 37, -87.3, -88.8, -103.9, -708.3, -709.8, -745});
  cases.back().float32_bound = {.slope_absolute = 2e-7,
                                .reason = "the gradient is off by at most 2e-7"};
  add("erf", tinygrad::erf, quad::erf,
      [](Quad x) { return 2 / quad::sqrt(pi()) * quad::exp(-x * x); }, {0, 1, 3.9, 5.9, 9.3, 27});

  cases.push_back(unary_accuracy_case("logit", "torch.logit(x0)",
                                      [](const Tensor& x) { return logit(x); }, logit_of,
                                      logit_slope, {0, 0.25, 0.5, 0.75, 1}));
  cases.back().low = 0;
  cases.back().high = 1;
  cases.push_back(unary_accuracy_case(
      "logit/eps", "torch.logit(x0, 0.25)", [](const Tensor& x) { return logit(x, 0.25); },
      [](Quad x) {
        return logit_of(x < 0.25 ? Quad{0.25} : x > 0.75 ? Quad{0.75} : x);
      },
      [](Quad x) { return x >= 0.25 && x <= 0.75 ? logit_slope(x) : Quad{0}; }, {0.25, 0.5, 0.75}));
  cases.back().low = 0;
  cases.back().high = 1;

  cases.push_back(unary_accuracy_case("softplus", "F.softplus(x0)",
                                      [](const Tensor& x) { return softplus(x); }, softplus_of,
                                      quad::sigmoid, {0, 17, 20, 37, -87.3, -103.9, -708.3, -745}));
  cases.push_back(unary_accuracy_case(
      "softplus/beta", "F.softplus(x0, beta=0.3)", [](const Tensor& x) { return softplus(x, 0.3); },
      [](Quad x) { return softplus_of(Quad{0.3} * x) / Quad{0.3}; },
      [](Quad x) { return quad::sigmoid(Quad{0.3} * x); }, {0, 67, -290, -2360}));

  cases.push_back(binary_accuracy_case(
      "pow", "torch.pow(x0, x1)",
      [](const Tensor& a, const Tensor& b) { return tinygrad::pow(a, b); },
      [](Quad a, Quad b) { return quad::pow(a, b); }, pow_by_a, pow_by_b,
      {{1, 1e8}, {1e-30, 1.25}, {1e-200, 1.5}, {0.5, 140}, {0.5, 1060}, {2, 128}, {2, 1024}}));
  cases.push_back(binary_accuracy_case(
      "float_power", "torch.float_power(x0, x1)",
      [](const Tensor& a, const Tensor& b) { return float_power(a, b); },
      [](Quad a, Quad b) { return quad::pow(a, b); }, pow_by_a, pow_by_b, {{1, 1e8}}));
  // A number as exponent, by each path; the last two are not float32s.
  const auto raised = [&](double exponent) {
    AccuracyCase c{.name = str_cat("pow/", exponent),
                   .torch = str_cat("torch.pow(x0, ", exponent, ")")};
    c.run = [exponent](const std::vector<Tensor>& x) { return tinygrad::pow(x[0], exponent); };
    c.value = [exponent](const Quad* x) {
      // The C library's pow has Inf at −Inf for ½, and 0 for −½; this is √ there, as in PyTorch.
      if (exponent == 0.5) return quad::sqrt(x[0]);
      return exponent == -0.5 ? 1 / quad::sqrt(x[0]) : quad::pow(x[0], exponent);
    };
    c.slopes = {[exponent](const Quad* x) {
      if (exponent == 1.5) return Quad{1.5} * quad::sqrt(x[0]);
      if (exponent == 0.5) return Quad{0.5} / quad::sqrt(x[0]);
      return pow_by_a(x[0], exponent);
    }};
    cases.push_back(c);
  };
  for (const double exponent :
       {-1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, -1.75, 0.1875, 37.5, 0.1, -4.3})
    raised(exponent);
  return cases;
}

}  // namespace tinygrad::test
