// SPDX-License-Identifier: MIT
// Rows for ops/elementwise/sign.hpp.
#include <cmath>

#include "support/elementwise_rows.hpp"

namespace tinygrad::test {

namespace {
void add_copysign_and_heaviside(Rows& rows) {
  const Input any{.shape = {}};
  const Input off_zero{.shape = {}, .away_from = 0};
  rows.push_back(binary_row(
      "copysign", "torch.copysign(x0, x1)", [](auto& a, auto& b) { return copysign(a, b); },
      [](double a, double b) { return std::copysign(a, b); }, off_zero, off_zero));
  rows.back().specials = all_pairs({0.0, -0.0, 1, -1, 2.5, 1e4, -1e4});
  rows.push_back(binary_row(
      "copysign/infinite", "torch.copysign(x0, x1)",
      [](auto& a, auto& b) { return copysign(a, b); },
      [](double a, double b) { return std::copysign(a, b); }, off_zero, off_zero));
  rows.back().specials = {
      {{.shape = {2, 1}, .values = {kInf, -kInf}}, {.shape = {4}, .values = {kInf, -kInf, 1, -1}}}};
  rows.back().differs_from_torch = "the slope at ±Inf is ±1; PyTorch divides Inf by Inf there";

  // heaviside() itself has no derivative in PyTorch.
  rows.push_back(binary_row(
      "heaviside", "torch.where(x0 == 0, x1, torch.relu(torch.sign(x0)))",
      [](auto& a, auto& b) { return heaviside(a, b); },
      [](double a, double b) { return a == 0  ? b
                                      : a > 0 ? 1.0
                                              : 0.0; }, off_zero, any));

  // Integers stay integers.
  const Input counted{.shape = {}, .low = -9, .high = 10, .dtype = int64};
  const Input below{.shape = {}, .low = -4, .high = 0, .dtype = int64};
  add_integer_row(
      rows, "heaviside/int64", "torch.heaviside(x0, x1)",
      [](auto& a, auto& b) { return heaviside(a, b); },
      [](double a, double b) { return a == 0  ? b
                                      : a > 0 ? 1.0
                                              : 0.0; }, counted, below);
}
}  // namespace

Rows elementwise_sign_cases() {
  Rows rows;
  const Input off_zero{.shape = {}, .away_from = 0};
  add_unary(
      rows, "sign", sign, [](double x) { return x > 0   ? 1.0
                                                : x < 0 ? -1.0
                                                        : x; }, off_zero);
  rows.back().errors = refuses_bool("sign", sign);
  leave_out(rows.back(), kNaN);
  rows.push_back(differing(rows.back(), "/NaN", {kNaN}, "the sign of NaN is NaN; PyTorch gives 0"));
  add_unary(
      rows, "abs", abs, [](double x) { return std::fabs(x); }, off_zero);
  rows.back().errors = refuses_bool("abs", abs);
  leave_out(rows.back(), kNaN);
  rows.push_back(differing(rows.back(), "/NaN", {kNaN}, "the sign of NaN is NaN; PyTorch gives 0"));

  add_test(rows, "signbit", signbit, [](double x) { return std::signbit(x) ? 1.0 : 0.0; });
  rows.back().errors = refuses_bool("signbit", signbit);
  add_copysign_and_heaviside(rows);
  return rows;
}

}  // namespace tinygrad::test
