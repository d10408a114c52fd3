// SPDX-License-Identifier: MIT
// Rows for ops/elementwise/division.hpp.
#include <cmath>

#include "support/elementwise_rows.hpp"

namespace tinygrad::test {

Rows elementwise_division_cases() {
  Rows rows;
  // a/b between 1/0.9 and 2/1.1, or the negative of it: off every whole number.
  const Input top{.shape = {}, .low = 1.1, .high = 1.9},
      one{.shape = {}, .low = 0.96, .high = 1.04};
  const Input minus{.shape = {}, .low = -1.04, .high = -0.96};
  rows.push_back(binary_row(
      "fmod", "torch.fmod(x0, x1)", [](auto& a, auto& b) { return fmod(a, b); },
      [](double a, double b) { return std::fmod(a, b); }, top, one));
  // In float32 1/b is rounded up to 10, and value and gradient must agree on 9.
  const double tenth = 0.1F;
  const std::vector<Given> rounded = {{.shape = {3, 1}, .values = {1, -1, 3}},
                                      {.shape = {2}, .values = {tenth, -tenth}}};
  rows.back().specials.push_back(rounded);
  rows.push_back(binary_row(
      "fmod/signs", "torch.fmod(x0, x1)", [](auto& a, auto& b) { return fmod(a, b); },
      [](double a, double b) { return std::fmod(a, b); }, top, minus));
  const auto python = [](double a, double b) {
    const double rest = std::fmod(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
  };
  rows.push_back(binary_row(
      "remainder", "torch.remainder(x0, x1)", [](auto& a, auto& b) { return remainder(a, b); },
      python, top, one));
  rows.back().specials.push_back(rounded);
  rows.push_back(binary_row(
      "remainder/signs", "torch.remainder(x0, x1)",
      [](auto& a, auto& b) { return remainder(a, b); }, python, top, minus));
  const auto whole = [](double a, double b) {
    if (b == 0) return a / b;
    const double rest = std::fmod(a, b), quotient = std::round((a - rest) / b);
    return rest != 0 && (rest < 0) != (b < 0) ? quotient - 1 : quotient;
  };
  // floor_divide() itself has no derivative in PyTorch; div() with a rounding mode has.
  const char* floor_division = "torch.div(x0, x1, rounding_mode='floor')";
  rows.push_back(binary_row(
      "floor_divide", floor_division, [](auto& a, auto& b) { return floor_divide(a, b); }, whole,
      top, one));
  rows.push_back(binary_row(
      "floor_divide/signs", floor_division, [](auto& a, auto& b) { return floor_divide(a, b); },
      whole, top, minus));

  // Integers stay integers.
  const auto by_zero = [](auto f) {
    return refused(
        [f] {
          f(tensor({7, 8}, int64), tensor({2, 0}, int64));
        },
        "b is 0 at position 1 of (2), and integers cannot be divided by 0");
  };
  const Input counted{.shape = {}, .low = -9, .high = 10, .dtype = int64};
  const Input below{.shape = {}, .low = -4, .high = 0, .dtype = int64};
  const auto fmod_of = [](const Tensor& a, const Tensor& b) { return fmod(a, b); };
  const auto remainder_of = [](const Tensor& a, const Tensor& b) { return remainder(a, b); };
  const auto quotient_of = [](const Tensor& a, const Tensor& b) { return floor_divide(a, b); };
  add_integer_row(
      rows, "fmod/int64", "torch.fmod(x0, x1)", fmod_of,
      [](double a, double b) { return std::fmod(a, b); }, counted, below, by_zero(fmod_of));
  add_integer_row(rows, "remainder/int64", "torch.remainder(x0, x1)", remainder_of, python, counted,
                  below, by_zero(remainder_of));
  add_integer_row(
      rows, "floor_divide/int64", "torch.floor_divide(x0, x1)", quotient_of,
      [](double a, double b) { return std::floor(a / b); }, counted, below, by_zero(quotient_of));
  return rows;
}

}  // namespace tinygrad::test
