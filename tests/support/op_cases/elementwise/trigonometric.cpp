// SPDX-License-Identifier: MIT
// Rows for ops/elementwise/trigonometric.hpp.
#include <cmath>
#include <numbers>

#include "support/elementwise_rows.hpp"

namespace tinygrad::test {

Rows elementwise_trigonometric_cases() {
  const Input any{.shape = {}}, inside{.shape = {}, .low = -0.9, .high = 0.9};
  const Input turns{.shape = {}, .low = -1.4, .high = 1.4}, above_1{.shape = {}, .low = 1.1};
  const Input off_zero{.shape = {}, .away_from = 0};
  Rows rows;
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
  return rows;
}

}  // namespace tinygrad::test
