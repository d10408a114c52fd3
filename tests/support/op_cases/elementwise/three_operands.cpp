// SPDX-License-Identifier: MIT
// Rows for ops/elementwise/three_operands.hpp.
#include <cmath>

#include "support/elementwise_rows.hpp"

namespace tinygrad::test {

Rows elementwise_three_operands_cases() {
  Rows rows;
  const Input any{.shape = {}};
  const Input positive{.shape = {}, .low = 0.5, .high = 3};

  // Functions of three.
  const auto ternary = [&](const std::string& name, const std::string& torch,
                           std::function<Tensor(const Tensors&)> run,
                           double (*reference)(double, double, double), const Input& last) {
    OpCase row{.name = name, .torch = torch};
    row.run = run;
    row.reference = [reference](const Naives& x) {
      Shape shape = broadcast_shapes({"reference"}, x[0].shape, x[1].shape);
      shape = broadcast_shapes({"reference"}, shape, x[2].shape);
      return tabulate(shape, [&](const Shape& i) {
        return reference(x[0].broadcast(i), x[1].broadcast(i), x[2].broadcast(i));
      });
    };
    const auto sample = [&](const Shape& a, const Shape& b, const Shape& c) {
      Input third = last;
      third.shape = c;
      row.samples.push_back({{a}, {b}, third});
    };
    sample({}, {}, {});
    sample({3, 5}, {3, 5}, {3, 5});
    sample({3, 1}, {5}, {});
    sample({4}, {2, 1}, {1, 4});
    sample({0}, {1}, {});
    row.specials = {{{.shape = {6}, .values = {kNaN, kInf, 1, 1e4, 0.0, -1}},
                     {.shape = {6}, .values = {1, 1, kInf, -1e4, -0.0, 1}},
                     {.shape = {3, 1}, .values = {0.5, 1, 0.25}}}};
    row.benchmarks = {
        {.inputs = {{{1024, 1024}}, {{1024, 1024}}, last}, .bytes = 16.0 * 1024 * 1024}};
    row.benchmarks[0].inputs[2].shape = {1024, 1024};
    rows.push_back(row);
  };
  const auto between = [](double a, double b, double w) {
    if (a != a || b != b) return kNaN;
    if (w == 0 || w == 1) return w == 0 ? a : b;
    return std::isinf(a) || std::isinf(b) ? (1 - w) * a + w * b : a + w * (b - a);
  };
  const Input weight{.shape = {}, .low = -0.5, .high = 1.5, .away_from = 0.5};
  ternary(
      "lerp", "torch.lerp(x0, x1, x2)", [](const Tensors& x) { return lerp(x[0], x[1], x[2]); },
      between, weight);
  rows.back().errors = refused([] { lerp(ones({2}, int64), ones({2}), 0.5); },
                               "[lerp] wants float32 or float64, got int64");
  rows.back().specials = {{{.shape = {4}, .values = {kNaN, 1, 1e4, 0.0}},
                           {.shape = {4}, .values = {1, 1, -1e4, -0.0}},
                           {.shape = {3, 1}, .values = {0.5, 1, 0.25}}}};
  OpCase infinite = rows.back();
  infinite.name += "/infinite";
  infinite.specials = {{{.shape = {6}, .values = {kInf, 1, kInf, -kInf, kInf, -kInf}},
                        {.shape = {6}, .values = {1, kInf, kInf, 2, -kInf, -kInf}},
                        {.shape = {4, 1}, .values = {0, 0.25, 0.75, 1}}}};
  infinite.errors = {};
  infinite.benchmarks = {};
  infinite.differs_from_torch =
      "an end counts by its weight; PyTorch's b − a is NaN between equal infinities";
  rows.push_back(infinite);
  rows.push_back(binary_row(
      "lerp/number", "torch.lerp(x0, x1, 0.3)", [](auto& a, auto& b) { return lerp(a, b, 0.3); },
      [](double a, double b) { return a + 0.3 * (b - a); }, any, any));
  rows.back().specials = all_pairs({kNaN, 0.0, -0.0, 1, -1, 2.5, 1e4, -1e4});
  rows.back().errors = refused([] { lerp(ones({2, 3}), ones({2}), 0.5); }, "do not broadcast");
  ternary(
      "addcmul", "torch.addcmul(x0, x1, x2)",
      [](const Tensors& x) { return addcmul(x[0], x[1], x[2]); },
      [](double a, double b, double c) { return a + b * c; }, any);
  rows.back().errors = refused(
      [] {
        const Tensor x = ones({2}, int64);
        addcmul(x, x, x, 0.5);
      },
      "[addcmul] value=0.5 is a floating number; with integers it must be an integer");
  ternary(
      "addcmul/value", "torch.addcmul(x0, x1, x2, value=-2.5)",
      [](const Tensors& x) { return addcmul(x[0], x[1], x[2], -2.5); },
      [](double a, double b, double c) { return a - 2.5 * b * c; }, any);
  ternary(
      "addcdiv", "torch.addcdiv(x0, x1, x2)",
      [](const Tensors& x) { return addcdiv(x[0], x[1], x[2]); },
      [](double a, double b, double c) { return a + b / c; }, positive);
  rows.back().errors = {{[] { addcdiv(ones({2}, int64), ones({2}), ones({2})); },
                         "[addcdiv] wants float32 or float64, got int64"},
                        {[] { addcdiv(ones({2}), ones({2}, int64), ones({2}, int64)); },
                         "[addcdiv] a is int64 and b is int64; one of them must be floating"}};
  ternary(
      "addcdiv/value", "torch.addcdiv(x0, x1, x2, value=0.5)",
      [](const Tensors& x) { return addcdiv(x[0], x[1], x[2], 0.5); },
      [](double a, double b, double c) { return a + 0.5 * b / c; }, positive);

  // Integers stay integers.
  const Input counted{.shape = {}, .low = -9, .high = 10, .dtype = int64};
  const Input below{.shape = {}, .low = -4, .high = 0, .dtype = int64};
  add_integer_row(
      rows, "addcmul/int64", "torch.addcmul(x0, x0, x1, value=-3)",
      [](auto& a, auto& b) { return addcmul(a, a, b, -3); },
      [](double a, double b) { return a - 3 * a * b; }, counted, below);
  return rows;
}

}  // namespace tinygrad::test
