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
  const auto binary = [](Tensor (*f)(const Operand&, const Operand&, At)) {
    return [f](const Tensors& x) { return f(x[0], x[1], At::here()); };
  };
  // The two bias additions of a layer, then same shapes: 1024·1024 and 64·50·32·32 elements.
  const std::vector<BenchSample> sizes = {
      {.inputs = {{{1024, 1024}}, {{1024}}}, .bytes = 8.0 * 1024 * 1024},
      {.inputs = {{{64, 50, 32, 32}}, {{1, 50, 1, 1}}}, .bytes = 8.0 * 64 * 50 * 1024},
      {.inputs = {{{64, 50, 32, 32}}, {{64, 50, 32, 32}}}, .bytes = 12.0 * 64 * 50 * 1024}};
  const auto clashing = [](auto f) {
    return std::vector<ErrorSample>{{[f] {
                                       f(ones({2, 3}), ones({2}));
                                     },
                                     "shapes do not broadcast: a (2, 3), b (2)"}};
  };
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
                  .run = binary(add),
                  .reference = elementwise([](double a, double b) { return a + b; }),
                  .samples = binary_samples(any, any),
                  .specials = binary_specials(),
                  .errors = clashing([](auto a, auto b) { a + b; }),
                  .benchmarks = sizes});
  rows.push_back({.name = "sub",
                  .torch = "x0 - x1",
                  .run = binary(sub),
                  .reference = elementwise([](double a, double b) { return a - b; }),
                  .samples = binary_samples(any, any),
                  .specials = binary_specials(),
                  .errors = clashing([](auto a, auto b) { a - b; }),
                  .benchmarks = {sizes[2]}});
  rows.push_back({.name = "mul",
                  .torch = "x0 * x1",
                  .run = binary(mul),
                  .reference = elementwise([](double a, double b) { return a * b; }),
                  .samples = binary_samples(any, any),
                  .specials = binary_specials(),
                  .errors = clashing([](auto a, auto b) { a* b; }),
                  .benchmarks = sizes});
  rows.push_back({.name = "div",
                  .torch = "x0 / x1",
                  .run = binary(div),
                  .reference = elementwise([](double a, double b) { return a / b; }),
                  .samples = binary_samples(any, positive),
                  .specials = binary_specials(),
                  .errors = clashing([](auto a, auto b) { a / b; }),
                  .benchmarks = {sizes[2]}});
  return rows;
}

}  // namespace tinygrad::test
