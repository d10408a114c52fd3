// SPDX-License-Identifier: MIT
// Rows for ops/elementwise/trigonometric.hpp.
#include <cmath>
#include <numbers>

#include "support/elementwise_rows.hpp"

namespace tinygrad::test {

namespace {
void add_tanh(Rows& rows) {
  const Input any{.shape = {}};
  add_unary(rows, "tanh", tanh, [](double x) { return std::tanh(x); }, any, {20});
}

void add_sides_and_angles(Rows& rows) {
  const Input off_zero{.shape = {}, .away_from = 0};
  rows.push_back(binary_row(
      "atan2", "torch.atan2(x0, x1)", [](auto& a, auto& b) { return atan2(a, b); },
      [](double a, double b) { return std::atan2(a, b); }, off_zero, off_zero));
  rows.back().specials = all_pairs({kNaN, 1, -1, 2.5, 1e4, -1e4});
  rows.push_back(rows.back());
  rows.back().name += "/range";
  rows.back().specials = all_pairs({kInf, -kInf, 0.0, 1e30, -1e-30, 3e38});
  rows.back().errors = {};
  rows.back().benchmarks = {};
  rows.back().differs_from_torch =
      "the slopes are the limits; in PyTorch a² + b² overflows and underflows";
  rows.push_back(binary_row(
      "hypot", "torch.hypot(x0, x1)", [](auto& a, auto& b) { return hypot(a, b); },
      [](double a, double b) { return std::hypot(a, b); }, off_zero, off_zero));
  rows.back().specials = all_pairs({kNaN, 1, -1, 2.5, 1e4, -1e4});
  rows.push_back(rows.back());
  rows.back().name += "/range";
  rows.back().specials = all_pairs({kInf, -kInf, 0.0, 1e30, -1e-30, 1});
  rows.back().errors = {};
  rows.back().benchmarks = {};
  rows.back().differs_from_torch =
      "at Inf the slopes are the limits, at the origin 0; PyTorch's are NaN";
}
}  // namespace

Rows elementwise_trigonometric_cases() {
  Rows rows;
  const Input any{.shape = {}}, inside{.shape = {}, .low = -0.9, .high = 0.9};
  const Input turns{.shape = {}, .low = -1.4, .high = 1.4}, above_1{.shape = {}, .low = 1.1};
  const Input off_zero{.shape = {}, .away_from = 0};
  const auto row = [&](const char* name, Tensor (*f)(const Tensor&, At),
                       double (*reference)(double), const Input& values,
                       const std::vector<double>& special = {}) {
    rows.push_back(unary_row(
        name, std::string("torch.") + name + "(x0)",
        [f](const Tensor& x) { return f(x, At::here()); }, reference, values, special));
  };
  row("sin", sin, [](double x) { return std::sin(x); }, any, {99999, -100001, 1e8});
  row("cos", cos, [](double x) { return std::cos(x); }, any, {99999, -100001, 1e8});
  row(
      "tan", tan, [](double x) { return std::tan(x); }, turns);
  row("asin", asin, [](double x) { return std::asin(x); }, inside, {1.5});
  row("acos", acos, [](double x) { return std::acos(x); }, inside, {1.5});
  row(
      "atan", atan, [](double x) { return std::atan(x); }, any);
  row(
      "sinh", sinh, [](double x) { return std::sinh(x); }, any);
  row(
      "cosh", cosh, [](double x) { return std::cosh(x); }, any);
  row(
      "asinh", asinh, [](double x) { return std::asinh(x); }, any);
  row("acosh", acosh, [](double x) { return std::acosh(x); }, above_1, {1 + 0x1p-20});
  row("atanh", atanh, [](double x) { return std::atanh(x); }, inside, {1.5});
  row(
      "sinc", sinc,
      [](double x) {
        const double angle = std::numbers::pi * x;
        if (std::isinf(x)) return 0.0;
        return x == 0 ? 1 : std::sin(angle) / angle;
      },
      off_zero);
  for (const double end : {kInf, -kInf}) leave_out(rows.back(), end);
  for (const double tiny : {1e-8F, -1e-8F}) leave_out(rows.back(), tiny);
  const OpCase sine = rows.back();
  rows.push_back(differing(sine, "/near 0", {1e-8, -1e-8, 1e-4, 0.03, 0.02, 0.5, 0.6},
                           "PyTorch's slope loses its digits to cancellation"));
  rows.push_back(differing(sine, "/infinite", {kInf, -kInf},
                           "value and slope have the limit 0; PyTorch gives NaN"));
  row(
      "deg2rad", deg2rad, [](double x) { return x * std::numbers::pi / 180; }, any);
  row(
      "rad2deg", rad2deg, [](double x) { return x * 180 / std::numbers::pi; }, any);
  add_tanh(rows);
  add_sides_and_angles(rows);
  return rows;
}

}  // namespace tinygrad::test
