// SPDX-License-Identifier: MIT
// Exact values and derivatives of sums, products and quotients.
#include "accuracy/accuracy_cases.hpp"

namespace tinygrad::test {

AccuracyCases arithmetic_accuracy() {
  AccuracyCases cases;
  cases.push_back(unary_accuracy_case(
      "neg", "-x0", [](const Tensor& x) { return neg(x); }, [](Quad x) { return -x; },
      [](Quad) { return Quad{-1}; }));
  cases.push_back(binary_accuracy_case(
      "add", "x0 + x1", [](const Tensor& a, const Tensor& b) { return add(a, b); },
      [](Quad a, Quad b) { return a + b; }, [](Quad, Quad) { return Quad{1}; },
      [](Quad, Quad) { return Quad{1}; }));
  cases.push_back(binary_accuracy_case(
      "sub", "x0 - x1", [](const Tensor& a, const Tensor& b) { return sub(a, b); },
      [](Quad a, Quad b) { return a - b; }, [](Quad, Quad) { return Quad{1}; },
      [](Quad, Quad) { return Quad{-1}; }));
  cases.push_back(binary_accuracy_case(
      "mul", "x0 * x1", [](const Tensor& a, const Tensor& b) { return mul(a, b); },
      [](Quad a, Quad b) { return a * b; }, [](Quad, Quad b) { return b; },
      [](Quad a, Quad) { return a; }));
  cases.push_back(binary_accuracy_case(
      "div", "x0 / x1", [](const Tensor& a, const Tensor& b) { return div(a, b); },
      [](Quad a, Quad b) { return a / b; }, [](Quad, Quad b) { return 1 / b; },
      [](Quad a, Quad b) { return -a / b / b; },
      {{1e-44, 1e-2}, {1e-40, 1e-40}, {1e-44, 1e-39}, {1e-320, 1e-3}, {1e38, 1e38}}));
  return cases;
}

}  // namespace tinygrad::test
