// SPDX-License-Identifier: MIT
// Rows for ops/arithmetic.hpp.
#include <algorithm>
#include <cmath>

#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows arithmetic_cases() {
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
  const Input mask{.shape = {}, .low = 0, .high = 2, .dtype = bool_};
  const Input large_mask{.shape = {1024, 1024}, .low = 0, .high = 2, .dtype = bool_};
  // Values of the second operand that never meet the first's: no ties.
  const Input apart{.shape = {}, .low = 2.1, .high = 4};

  Rows rows = {
      {.name = "neg",
       .run = [](const Tensors& x) { return -x[0]; },
       .reference = elementwise([](double x) { return -x; }),
       .samples = unary_samples(any),
       .errors = {{[] { neg(full({2}, 1, bool_)); }, "[neg] wants numbers, got bool"}},
       .benchmarks = {{.inputs = {{{64, 50, 32, 32}}}, .bytes = 8.0 * 64 * 50 * 1024}}},
      {.name = "add",
       .run = binary(add),
       .reference = elementwise([](double a, double b) { return a + b; }),
       .samples = binary_samples(any, any),
       .errors = clashing([](auto a, auto b) { a + b; }),
       .benchmarks = sizes},
      {.name = "sub",
       .run = binary(sub),
       .reference = elementwise([](double a, double b) { return a - b; }),
       .samples = binary_samples(any, any),
       .errors = clashing([](auto a, auto b) { a - b; }),
       .benchmarks = {sizes[2]}},
      {.name = "mul",
       .run = binary(mul),
       .reference = elementwise([](double a, double b) { return a * b; }),
       .samples = binary_samples(any, any),
       .errors = clashing([](auto a, auto b) { a* b; }),
       .benchmarks = sizes},
      {.name = "div",
       .run = binary(div),
       .reference = elementwise([](double a, double b) { return a / b; }),
       .samples = binary_samples(any, positive),
       .errors = clashing([](auto a, auto b) { a / b; }),
       .benchmarks = {sizes[2]}},
      {.name = "maximum",
       .run = binary(maximum),
       .reference = elementwise([](double a, double b) { return std::max(a, b); }),
       .samples = binary_samples({.shape = {}, .low = -4, .high = 4, .away_from = 0},
                                 {.shape = {}, .low = -0.04, .high = 0.04}),
       .errors = clashing([](auto a, auto b) { maximum(a, b); }),
       .benchmarks = {sizes[2]}},
      {.name = "minimum",
       .run = binary(minimum),
       .reference = elementwise([](double a, double b) { return std::min(a, b); }),
       .samples = binary_samples(any, apart),
       .errors = clashing([](auto a, auto b) { minimum(a, b); }),
       .benchmarks = {sizes[2]}},
      {.name = "clamp",
       .run = [](const Tensors& x) { return clamp(x[0], -1, 0.5); },
       .reference = elementwise([](double x) { return std::clamp(x, -1.0, 0.5); }),
       .samples = unary_samples({.shape = {}, .low = -0.9, .high = 2, .away_from = 0.5}),
       .errors = {{[] { clamp(ones({2}), 1, 0); }, "[clamp] low=1 must not be above high=0"}},
       .benchmarks = {{.inputs = {{{64, 50, 32, 32}}}, .bytes = 8.0 * 64 * 50 * 1024}}},
      {.name = "where",
       .run = [](const Tensors& x) { return where(x[0], x[1], x[2]); },
       .reference =
           [](const Naives& x) {
             Shape shape = broadcast_shapes({"reference"}, x[1].shape, x[2].shape);
             shape = broadcast_shapes({"reference"}, x[0].shape, shape);
             return tabulate(shape, [&](const Shape& i) {
               return x[0].broadcast(i) != 0 ? x[1].broadcast(i) : x[2].broadcast(i);
             });
           },
       .samples = {{{.shape = {3, 4}, .low = 0, .high = 2, .dtype = bool_}, {{3, 4}}, {{3, 4}}},
                   {{.shape = {4}, .low = 0, .high = 2, .dtype = bool_}, {{3, 1}}, {{}}},
                   {{.shape = {2, 3, 1}, .low = 0, .high = 2, .dtype = bool_}, {{4}}, {{3, 4}}},
                   {{.shape = {0}, .low = 0, .high = 2, .dtype = bool_}, {{1}}, {{}}}},
       .errors = {{[] { where(ones({2}), 1.0, 2.0); },
                   "[where] condition is float32, it must be bool"},
                  {[] { where(full({2}, 1, bool_), ones({3}), 0); }, "shapes do not broadcast"}},
       .benchmarks = {{.inputs = {{.shape = {1024, 1024}, .low = 0, .high = 2, .dtype = bool_},
                                  {{1024, 1024}},
                                  {{1024, 1024}}},
                       .bytes = 13.0 * 1024 * 1024}}},
  };

  const auto comparison = [&](const char* name, Tensor (*f)(const Operand&, const Operand&, At),
                              double (*reference)(double, double)) {
    const Input few{.shape = {}, .low = 0, .high = 3, .dtype = int64};
    auto samples = binary_samples(any, any);
    for (auto& sample : binary_samples(few, few)) samples.push_back(sample);
    rows.push_back({.name = name,
                    .run = binary(f),
                    .reference = elementwise(reference),
                    .samples = samples,
                    .errors = clashing([f](auto a, auto b) { f(a, b, At::here()); }),
                    .benchmarks = {sizes[2]},
                    .differentiable = false});
  };
  comparison("eq", eq, [](double a, double b) { return a == b ? 1.0 : 0.0; });
  comparison("ne", ne, [](double a, double b) { return a != b ? 1.0 : 0.0; });
  comparison("lt", lt, [](double a, double b) { return a < b ? 1.0 : 0.0; });
  comparison("le", le, [](double a, double b) { return a <= b ? 1.0 : 0.0; });
  comparison("gt", gt, [](double a, double b) { return a > b ? 1.0 : 0.0; });
  comparison("ge", ge, [](double a, double b) { return a >= b ? 1.0 : 0.0; });

  const auto logical = [&](const char* name, Tensor (*f)(const Tensor&, const Tensor&, At),
                           double (*reference)(double, double)) {
    rows.push_back(
        {.name = name,
         .run = [f](const Tensors& x) { return f(x[0], x[1], At::here()); },
         .reference = elementwise(reference),
         .samples = binary_samples(mask, mask),
         .errors = clashing([f](auto a, auto b) { f(a, b, At::here()); }),
         .benchmarks = {{.inputs = {large_mask, large_mask}, .bytes = 3.0 * 1024 * 1024}},
         .differentiable = false});
  };
  logical("logical_and", logical_and,
          [](double a, double b) { return a != 0 && b != 0 ? 1.0 : 0.0; });
  logical("logical_or", logical_or,
          [](double a, double b) { return a != 0 || b != 0 ? 1.0 : 0.0; });
  rows.push_back({.name = "logical_not",
                  .run = [](const Tensors& x) { return logical_not(x[0]); },
                  .reference = elementwise([](double a) { return a == 0 ? 1.0 : 0.0; }),
                  .samples = unary_samples(mask),
                  .benchmarks = {{.inputs = {large_mask}, .bytes = 2.0 * 1024 * 1024}},
                  .differentiable = false});
  return rows;
}

}  // namespace tinygrad::test
