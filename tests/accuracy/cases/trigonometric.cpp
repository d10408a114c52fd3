// SPDX-License-Identifier: MIT
// Exact values and derivatives of trigonometric and hyperbolic functions.
#include "accuracy/accuracy_cases.hpp"

namespace tinygrad::test {

namespace {

Quad sinc_of(Quad x) {
  if (quad::isinf(x)) return 0;
  return x == 0 ? Quad{1} : quad::sin_pi(x) / (quad::pi() * x);
}

/// (cos(πx) − sinc x) / x; near 0, where that cancels, its series.
Quad sinc_slope(Quad x) {
  if (quad::isinf(x)) return 0;
  if (!(quad::abs(x) < 0.1)) return (quad::cos_pi(x) - sinc_of(x)) / x;
  const Quad t = quad::pi() * x;
  Quad term = -quad::pi() * t / 3, sum = term;
  for (int k = 1; k < 12; ++k) {
    term *= -t * t / (2 * k * (2 * k + 3));
    sum += term;
  }
  return sum;
}

}  // namespace

AccuracyCases trigonometric_accuracy() {
  constexpr double kPi = 3.14159265358979323846;
  AccuracyCases cases;
  const auto add = [&](const std::string& name, Tensor (*f)(const Tensor&, At), Quad (*value)(Quad),
                       Quad (*slope)(Quad), const std::vector<double>& hard = {}) {
    cases.push_back(unary_accuracy_case(
        name, "torch." + name + "(x0)", [f](const Tensor& x) { return f(x, At::here()); }, value,
        slope, hard));
  };
  const std::vector<double> turns = {0,   kPi / 4, kPi / 2, kPi, 1.5 * kPi, 2 * kPi,
                                     355, 1e5,     52174,   1e8, 1e15,      1e22};
  add("sin", tinygrad::sin, quad::sin, quad::cos, turns);
  add(
      "cos", tinygrad::cos, quad::cos, [](Quad x) { return -quad::sin(x); }, turns);
  add(
      "tan", tinygrad::tan, quad::tan,
      [](Quad x) {
        const Quad root = 1 / quad::cos(x);
        return root * root;
      },
      turns);
  add("asin", tinygrad::asin, quad::asin, [](Quad x) { return 1 / quad::sqrt((1 - x) * (1 + x)); },
      {0, 0.5, 1, -1});
  add("acos", tinygrad::acos, quad::acos, [](Quad x) { return -1 / quad::sqrt((1 - x) * (1 + x)); },
      {0, 0.5, 1, -1});
  add("atan", tinygrad::atan, quad::atan, [](Quad x) { return 1 / (1 + x * x); }, {0, 1});
  add("sinh", tinygrad::sinh, quad::sinh, quad::cosh, {0, 22, 89.4, 710.4, -89.4});
  add("cosh", tinygrad::cosh, quad::cosh, quad::sinh, {0, 22, 89.4, 710.4, -89.4});
  add("asinh", tinygrad::asinh, quad::asinh, [](Quad x) { return 1 / quad::sqrt(x * x + 1); },
      {0, 1, 1e19, 1e154});
  add("acosh", tinygrad::acosh, quad::acosh,
      [](Quad x) {  // below −1 as in PyTorch
        return 1 / quad::sqrt((quad::abs(x) - 1) * (quad::abs(x) + 1));
      },
      {1, 2, 1e19, 1e154});
  cases.back().low = 1;
  add("atanh", tinygrad::atanh, quad::atanh, [](Quad x) { return 1 / ((1 - x) * (1 + x)); },
      {0, 0.5, 1, -1});
  for (AccuracyCase& c : cases)
    if (c.name == "asin" || c.name == "acos" || c.name == "atanh") c.low = -1, c.high = 1;
  add("sinc", tinygrad::sinc, sinc_of, sinc_slope,
      {0, 0.03, 0.1, 0.25, 0.5, 1, -1, 2, 3, 7, 1000, 1.4302966531, 2.4590240356, 123456});
  // The slope's zeros lie between those of the value; around them it is as large as 1/x.
  cases.back().slope_sizes = {
      [](const Quad* x) { return quad::abs(x[0]) > 1 ? 1 / quad::abs(x[0]) : Quad{0}; }};
  add(
      "deg2rad", tinygrad::deg2rad, [](Quad x) { return x * quad::pi() / 180; },
      [](Quad) { return quad::pi() / 180; });
  add(
      "rad2deg", tinygrad::rad2deg, [](Quad x) { return x * 180 / quad::pi(); },
      [](Quad) { return 180 / quad::pi(); });
  return cases;
}

}  // namespace tinygrad::test
