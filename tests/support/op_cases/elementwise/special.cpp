// SPDX-License-Identifier: MIT
// Rows for ops/elementwise/special.hpp.
#include <cmath>
#include <numbers>

#include "support/elementwise_rows.hpp"

namespace tinygrad::test {

namespace {
// The y with erf(y) = x, by bisection.
double erfinv_reference(double x) {
  if (std::isnan(x) || std::fabs(x) > 1) return kNaN;
  if (std::fabs(x) == 1) return x * kInf;
  if (std::fabs(x) < 1e-6) return x / (2 * std::numbers::inv_sqrtpi);
  double low = -10, high = 10;
  for (int step = 0; step < 200; ++step) {
    const double middle = (low + high) / 2;
    (std::erf(middle) < x ? low : high) = middle;
  }
  return low;
}

// The first 2,000 terms of (−1)^(n+1)·n!·Σ (x + k)^−(n+1), and the integral of the rest with two
// corrections; for n ≥ 1.
double polygamma_reference(int n, double x) {
  if (std::isnan(x) || x == -kInf) return kNaN;
  if (x == kInf) return 0;
  const double sign = n % 2 ? 1 : -1;
  if (x <= 0 && x == std::floor(x)) return sign * kInf;
  const int first = x < 0 ? static_cast<int>(-x) + 2000 : 2000;
  double sum = 0;
  for (int k = first - 1; k >= 0; --k) sum += std::pow(x + k, -(n + 1));
  const double end = x + first;
  sum +=
      std::pow(end, -n) / n + std::pow(end, -(n + 1)) / 2 + (n + 1) * std::pow(end, -(n + 2)) / 12;
  return sign * std::tgamma(n + 1) * sum;
}

// −γ + Σ (1/(k+1) − 1/(x+k)), with the rest as above: ψ(x + K) ≈ log(x + K) − …
double digamma_reference(double x) {
  if (std::isnan(x) || x == -kInf) return kNaN;
  if (x == 0) return std::signbit(x) ? kInf : -kInf;
  if (x < 0 && x == std::floor(x)) return kNaN;
  if (x == kInf) return kInf;
  const int terms = x < 0 ? static_cast<int>(-x) + 2000 : 2000;
  double sum = 0;
  for (int k = terms - 1; k >= 0; --k) sum -= 1 / (x + k);
  const double end = x + terms;
  return sum + std::log(end) - 1 / (2 * end) - 1 / (12 * end * end);
}

void add_erf_and_logit(Rows& rows) {
  const Input any{.shape = {}};
  const Input part{.shape = {}, .low = 0.1, .high = 0.9};
  add_unary(rows, "erf", erf, [](double x) { return std::erf(x); }, any, {4});

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
}
}  // namespace

Rows elementwise_special_cases() {
  Rows rows;
  const Input any{.shape = {}}, inside{.shape = {}, .low = -0.9, .high = 0.9};
  const Input positive{.shape = {}, .low = 0.3, .high = 3};
  rows.push_back(unary_row(
      "erfc", "torch.erfc(x0)", [](const Tensor& x) { return erfc(x); },
      [](double x) { return std::erfc(x); }, any, {5, 20}));
  rows.push_back(unary_row("erfinv", "torch.erfinv(x0)", [](const Tensor& x) { return erfinv(x); },
                           erfinv_reference, inside, {0.99999, -0.99999, 0.999, 1.5}));
  rows.push_back(unary_row(
      "lgamma", "torch.lgamma(x0)", [](const Tensor& x) { return lgamma(x); },
      [](double x) { return std::lgamma(x); }, positive, {2, -2, -1.5, 30}));

  rows.push_back(unary_row(
      "digamma", "torch.digamma(x0)", [](const Tensor& x) { return digamma(x); }, digamma_reference,
      positive));
  rows.back().specials = at_points({kNaN, kInf, 0.5, -0.5, 1, 2, -1.5, 1e4, 9.999, 10, 1e-4});
  const char* rough = "PyTorch's trigamma, the slope, is good to 1e-9 only in float64";
  rows.back().differs_from_torch = rough;
  rows.push_back(unary_row(
      "digamma/poles", "torch.digamma(x0)", [](const Tensor& x) { return digamma(x); },
      digamma_reference, positive));
  rows.back().specials = at_points({0.0, -0.0, -1, -2, -1e4, -kInf});
  rows.back().differs_from_torch =
      "PyTorch's slope at the negative poles is 1e31 or so, by the rounding of sin πx; ours is Inf";

  // PyTorch's own polygamma(1, x) is good to 1e-9 in float64.
  const std::string trigamma = "torch.special.zeta(2.0, x0)";
  const auto derivative = [&](int n, double (*reference)(double)) {
    rows.push_back(unary_row(
        "polygamma/" + std::to_string(n),
        n == 1 ? trigamma : "torch.polygamma(" + std::to_string(n) + ", x0)",
        [n](const Tensor& x) { return polygamma(n, x); }, reference, positive));
    rows.back().specials = at_points({kNaN, 0.5, -0.5, 1, 2, -1.5, 12, 1e4, 1e-3});
  };
  derivative(0, digamma_reference);
  rows.back().differs_from_torch = rough;
  derivative(1, [](double x) { return polygamma_reference(1, x); });
  derivative(2, [](double x) { return polygamma_reference(2, x); });
  derivative(4, [](double x) { return polygamma_reference(4, x); });
  for (auto& sample : rows.back().samples) sample[0].low = 1;  // finite differences need it
  OpCase poles = unary_row(
      "polygamma", trigamma, [](const Tensor& x) { return polygamma(1, x); },
      [](double x) { return polygamma_reference(1, x); }, positive);
  poles.specials = at_points({0.0, -0.0, -1, -2});
  rows.push_back(
      differing(poles, "/infinite", {kInf, -kInf}, "the limit at Inf is 0; PyTorch gives NaN"));
  rows.push_back(poles);
  rows.back().errors = {
      {[] { polygamma(-1, ones({2})); }, "[polygamma] n=-1 must not be negative"},
      {[] { polygamma(1, ones({2}, int64)); }, "[polygamma] wants float32 or float64, got int64"}};
  rows.back().benchmarks = image_benchmark();
  rows.back().benchmarks[0].inputs[0] = {.shape = {512, 512}, .low = 0.3, .high = 3};

  rows.push_back(unary_row(
      "entr", "torch.special.entr(x0)", [](const Tensor& x) { return entr(x); },
      [](double x) { return x == 0  ? 0
                            : x < 0 ? -kInf
                                    : -x * std::log(x); }, positive));
  // Where a is 0 and the logarithm −Inf, the function is flat.
  const auto flat_at = [&rows](double b) {
    OpCase& made = rows.back();
    Given& second = made.specials[0][1];
    std::erase(second.values, b);
    second.shape = {static_cast<Index>(second.values.size())};
    OpCase flat = made;
    flat.name += "/flat";
    flat.specials = {{{.shape = {2}, .values = {0.0, -0.0}}, {.shape = {2}, .values = {b, b}}}};
    flat.errors = {};
    flat.benchmarks = {};
    flat.differs_from_torch = "the slope by b is 0, as the function is; PyTorch's is 0/0";
    rows.push_back(flat);
  };
  rows.push_back(binary_row(
      "xlogy", "torch.xlogy(x0, x1)", [](auto& a, auto& b) { return xlogy(a, b); },
      [](double a, double b) { return a == 0 && !std::isnan(b) ? 0 : a * std::log(b); }, any,
      positive));
  flat_at(0);
  rows.push_back(binary_row(
      "xlog1py", "torch.special.xlog1py(x0, x1)", [](auto& a, auto& b) { return xlog1py(a, b); },
      [](double a, double b) { return a == 0 && !std::isnan(b) ? 0 : a * std::log1p(b); }, any,
      positive));
  flat_at(-1);
  for (OpCase& c : rows)
    for (const char* name : {"lgamma", "digamma", "digamma/poles", "polygamma/0"})
      if (c.name == name) {
        c.torch_tolerance = 1e-7;
        c.torch_tolerance_reason = rough;
      }
  add_erf_and_logit(rows);
  return rows;
}

}  // namespace tinygrad::test
