// SPDX-License-Identifier: MIT
// Rows for ops/elementwise/arithmetic.hpp.
#include <algorithm>
#include <cmath>

#include "support/elementwise_rows.hpp"

namespace tinygrad::test {

Rows elementwise_arithmetic_cases() {
  Rows rows;
  const Input any{.shape = {}};
  const Input positive{.shape = {}, .low = 0.5, .high = 3};
  const std::vector<BenchSample> sizes = binary_benchmarks();
  rows.push_back({.name = "neg",
                  .torch = "-x0",
                  .run = [](const Tensors& x) { return -x[0]; },
                  .reference = elementwise([](double x) { return -x; }),
                  .samples = unary_samples(any),
                  .specials = unary_specials(),
                  .errors = {{[] { neg(full({2}, 1, bool_)); }, "[neg] wants numbers, got bool"}},
                  .benchmarks = {{.inputs = {{{64, 50, 32, 32}}}, .bytes = 8.0 * 64 * 50 * 1024}}});
  rows.push_back({.name = "add",
                  .torch = "x0 + x1",
                  .run = binary_run(add),
                  .reference = elementwise([](double a, double b) { return a + b; }),
                  .samples = binary_samples(any, any),
                  .specials = binary_specials(),
                  .errors = clashing([](auto a, auto b) { a + b; }),
                  .benchmarks = sizes});
  rows.push_back({.name = "sub",
                  .torch = "x0 - x1",
                  .run = binary_run(sub),
                  .reference = elementwise([](double a, double b) { return a - b; }),
                  .samples = binary_samples(any, any),
                  .specials = binary_specials(),
                  .errors = clashing([](auto a, auto b) { a - b; }),
                  .benchmarks = {sizes[2]}});
  rows.push_back({.name = "mul",
                  .torch = "x0 * x1",
                  .run = binary_run(mul),
                  .reference = elementwise([](double a, double b) { return a * b; }),
                  .samples = binary_samples(any, any),
                  .specials = binary_specials(),
                  .errors = clashing([](auto a, auto b) { a* b; }),
                  .benchmarks = sizes});
  rows.push_back({.name = "div",
                  .torch = "x0 / x1",
                  .run = binary_run(div),
                  .reference = elementwise([](double a, double b) { return a / b; }),
                  .samples = binary_samples(any, positive),
                  .specials = binary_specials(),
                  .errors = clashing([](auto a, auto b) { a / b; }),
                  .benchmarks = {sizes[2]}});
  return rows;
}

}  // namespace tinygrad::test
