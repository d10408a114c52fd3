// SPDX-License-Identifier: MIT
// Rows for ops/elementwise/comparison.hpp.
#include <algorithm>
#include <cmath>

#include "support/elementwise_rows.hpp"

namespace tinygrad::test {

namespace {
void add_equality(Rows& rows) {
  const Input any{.shape = {}};
  const Input mask{.shape = {}, .low = 0, .high = 2, .dtype = bool_};
  add_truth_row(
      rows, "logical_xor", "torch.logical_xor(x0, x1)",
      [](auto& a, auto& b) { return logical_xor(a, b); },
      [](double a, double b) { return (a != 0) != (b != 0) ? 1.0 : 0.0; }, mask);

  const auto close = [](double a, double b) {
    return a == b || std::fabs(a - b) <= 1e-8 + 1e-5 * std::fabs(b) ? 1.0 : 0.0;
  };
  add_truth_row(
      rows, "isclose", "torch.isclose(x0, x1)", [](auto& a, auto& b) { return isclose(a, b); },
      close, any);
  rows.back().specials = {
      {{.shape = {8}, .values = {kNaN, kInf, kInf, 0.0, 1, 1e4, 1e4, 1}},
       {.shape = {8},
        .values = {kNaN, kInf, -kInf, -0.0, 1 + 0x1p-20, 1e4 + 0x1p-5, 10001, kInf}}}};
  rows.back().reference = elementwise([](double a, double b) {
    return a == b || (std::isfinite(a - b) && std::fabs(a - b) <= 1e-8 + 1e-5 * std::fabs(b)) ? 1.0
                                                                                              : 0.0;
  });
  rows.back().errors.push_back({[] { isclose(ones({2}), ones({2}), {.rtol = -1}); },
                                "[isclose] rtol=-1, atol=1e-08; neither may be negative"});
  add_truth_row(
      rows, "isclose/tolerances", "torch.isclose(x0, x1, rtol=0.25, atol=0.5, equal_nan=True)",
      [](auto& a, auto& b) {
        return isclose(a, b, {.rtol = 0.25, .atol = 0.5, .equal_nan = true});
      },
      [](double a, double b) {
        if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b) ? 1.0 : 0.0;
        return a == b || (std::isfinite(a - b) && std::fabs(a - b) <= 0.5 + 0.25 * std::fabs(b))
                   ? 1.0
                   : 0.0;
      },
      any);
  rows.back().specials = binary_specials();

  // allclose and equal give a bool: put into a tensor here.
  OpCase all{.name = "allclose", .torch = "torch.tensor(torch.allclose(x0, x1, rtol=0, atol=1.5))"};
  all.run = [](const Tensors& x) {
    return full({}, allclose(x[0], x[1], {.rtol = 0, .atol = 1.5}) ? 1 : 0, bool_);
  };
  all.reference = [](const Naives& x) {
    double result = 1;
    for_each_index(broadcast_shapes({"reference"}, x[0].shape, x[1].shape), [&](const Shape& i) {
      if (!(std::fabs(x[0].broadcast(i) - x[1].broadcast(i)) <= 1.5)) result = 0;
    });
    return Naive({}, result);
  };
  all.samples = {
      {{{}}, {{}}}, {{{3, 4}}, {{4}}}, {{{0}}, {{1}}}, {{{2}, 0, 1}, {{2}, 0, 1}}, {{{50}}, {{1}}}};
  all.specials = {{{.shape = {2}, .values = {kNaN, 1}}, {.shape = {2}, .values = {kNaN, 1}}},
                  {{.shape = {2}, .values = {1, 1}}, {.shape = {1}, .values = {2.5}}}};
  all.errors = refused(
      [] {
        allclose(ones({2, 3}), ones({2}));
      },
      "[allclose] shapes do not broadcast");
  all.benchmarks = {{.inputs = {{{1024, 1024}}, {{1024, 1024}}}, .bytes = 8.0 * 1024 * 1024}};
  all.differentiable = false;
  rows.push_back(all);
  OpCase same{.name = "equal", .torch = "torch.tensor(torch.equal(x0, x1))"};
  same.run = [](const Tensors& x) { return full({}, equal(x[0], x[1]) ? 1 : 0, bool_); };
  same.reference = [](const Naives& x) {
    return Naive({}, x[0].shape == x[1].shape && x[0].values == x[1].values ? 1 : 0);
  };
  const Input bit{.shape = {2}, .low = 0, .high = 2, .dtype = int64};
  const Input zero{.shape = {4}, .low = 0, .high = 1, .dtype = int64};
  same.samples = {{bit, bit}, {zero, zero}, {{{3, 4}}, {{4}}}, {{{0}}, {{0}}}, {{{0}}, {{2, 0}}}};
  same.specials = {{{.shape = {2}, .values = {kNaN, 1}}, {.shape = {2}, .values = {kNaN, 1}}},
                   {{.shape = {2}, .values = {0.0, kInf}}, {.shape = {2}, .values = {-0.0, kInf}}}};
  // Nothing is refused: tensors of different shapes are not equal.
  same.benchmarks = all.benchmarks;
  same.differentiable = false;
  rows.push_back(same);
}
}  // namespace

Rows elementwise_comparison_cases() {
  Rows rows;
  const Input any{.shape = {}};
  const std::vector<BenchSample> sizes = binary_benchmarks();
  const Input mask{.shape = {}, .low = 0, .high = 2, .dtype = bool_};
  const Input large_mask{.shape = {1024, 1024}, .low = 0, .high = 2, .dtype = bool_};

  const auto comparison = [&](const char* name, Tensor (*f)(const Operand&, const Operand&, At),
                              double (*reference)(double, double)) {
    const Input few{.shape = {}, .low = 0, .high = 3, .dtype = int64};
    auto samples = binary_samples(any, any);
    for (auto& sample : binary_samples(few, few)) samples.push_back(sample);
    rows.push_back({.name = name,
                    .torch = str_cat("torch.", name, "(x0, x1)"),
                    .run = binary_run(f),
                    .reference = elementwise(reference),
                    .samples = samples,
                    .specials = binary_specials(),
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
         .torch = str_cat("torch.", name, "(x0, x1)"),
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
                  .torch = "torch.logical_not(x0)",
                  .run = [](const Tensors& x) { return logical_not(x[0]); },
                  .reference = elementwise([](double a) { return a == 0 ? 1.0 : 0.0; }),
                  .samples = unary_samples(mask),
                  .benchmarks = {{.inputs = {large_mask}, .bytes = 2.0 * 1024 * 1024}},
                  .differentiable = false});

  // Logic of numbers: 0 and −0 are false, NaN is true.
  for (std::size_t i = rows.size() - 3; i < rows.size(); ++i)
    rows[i].specials = rows[i].name == "logical_not" ? unary_specials() : binary_specials();
  add_equality(rows);
  return rows;
}

}  // namespace tinygrad::test
