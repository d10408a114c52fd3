// SPDX-License-Identifier: MIT
// Rows for ops/elementwise/two_operands.hpp.
#include <cmath>

#include "support/elementwise_rows.hpp"

namespace tinygrad::test {

Rows elementwise_two_operands_cases() {
  const Input any{.shape = {}};
  // a/b between 1/0.9 and 2/1.1, or the negative of it: off every whole number.
  const Input top{.shape = {}, .low = 1.1, .high = 1.9},
      one{.shape = {}, .low = 0.96, .high = 1.04};
  const Input minus{.shape = {}, .low = -1.04, .high = -0.96};
  const Input positive{.shape = {}, .low = 0.5, .high = 3};
  const Input off_zero{.shape = {}, .away_from = 0};
  Rows rows;
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
  rows.push_back(binary_row(
      "atan2", "torch.atan2(x0, x1)", [](auto& a, auto& b) { return atan2(a, b); },
      [](double a, double b) { return std::atan2(a, b); }, off_zero, off_zero));
  rows.back().specials = all_pairs({kNaN, 1, -1, 2.5, 1e4, -1e4});
  rows.push_back(rows.back());
  rows.back().name += "/range";
  rows.back().specials = all_pairs({kInf, -kInf, 0.0, 1e30, -1e-30, 3e38});
  rows.back().errors = {};
  rows.back().benchmarks = {};
  rows.back().differs_from_torch =
      "the slopes are the limits; in PyTorch a² + b² overflows and underflows";
  rows.push_back(binary_row(
      "hypot", "torch.hypot(x0, x1)", [](auto& a, auto& b) { return hypot(a, b); },
      [](double a, double b) { return std::hypot(a, b); }, off_zero, off_zero));
  rows.back().specials = all_pairs({kNaN, 1, -1, 2.5, 1e4, -1e4});
  rows.push_back(rows.back());
  rows.back().name += "/range";
  rows.back().specials = all_pairs({kInf, -kInf, 0.0, 1e30, -1e-30, 1});
  rows.back().errors = {};
  rows.back().benchmarks = {};
  rows.back().differs_from_torch =
      "at Inf the slopes are the limits, at the origin 0; PyTorch's are NaN";
  rows.push_back(binary_row(
      "logaddexp", "torch.logaddexp(x0, x1)", [](auto& a, auto& b) { return logaddexp(a, b); },
      [](double a, double b) {
        if (std::isnan(a) || std::isnan(b)) return kNaN;
        if (a == b) return a + std::log(2.0);
        return std::fmax(a, b) + std::log1p(std::exp(-std::fabs(a - b)));
      },
      any, any));
  const auto equal_infinities = [&rows](const OpCase& row) {
    OpCase made = row;
    made.name += "/infinite";
    made.specials = {
        {{.shape = {2}, .values = {kInf, -kInf}}, {.shape = {2}, .values = {kInf, -kInf}}}};
    made.errors = {};
    made.benchmarks = {};
    made.differs_from_torch = "the slope is ½, as between any equal numbers; PyTorch's is NaN";
    rows.push_back(made);
  };
  rows.back().specials = {{{.shape = {6}, .values = {kNaN, kInf, 1, 1e4, -kInf, 2.5}},
                           {.shape = {6}, .values = {1, -kInf, kInf, -1e4, 0, 2.5}}}};
  equal_infinities(rows.back());
  rows.push_back(binary_row(
      "logaddexp2", "torch.logaddexp2(x0, x1)", [](auto& a, auto& b) { return logaddexp2(a, b); },
      [](double a, double b) {
        if (std::isnan(a) || std::isnan(b)) return kNaN;
        return a == b ? a + 1 : std::fmax(a, b) + std::log2(1 + std::exp2(-std::fabs(a - b)));
      },
      any, any));
  rows.back().specials = {{{.shape = {6}, .values = {kNaN, kInf, 1, 1e4, -kInf, 2.5}},
                           {.shape = {6}, .values = {1, -kInf, kInf, -1e4, 0, 2.5}}}};
  equal_infinities(rows.back());
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
  rows.push_back(binary_row(
      "float_power", "torch.float_power(x0, x1)",
      [](auto& a, auto& b) { return float_power(a, b); },
      [](double a, double b) { return std::pow(a, b); }, positive, any));
  rows.push_back(unary_row(
      "float_power/number", "torch.float_power(x0, 2.5)",
      [](const Tensor& x) { return float_power(x, 2.5); },
      [](double x) { return std::pow(x, 2.5); }, positive));
  rows.back().errors = {};

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
  const auto whole_row = [&](const char* name, const char* torch, auto f,
                             double (*reference)(double, double), const Input& a, const Input& b,
                             std::vector<ErrorSample> errors = {}) {
    rows.push_back(binary_row(name, torch, f, reference, a, b));
    rows.back().specials = {};
    rows.back().errors = std::move(errors);
    rows.back().benchmarks = {};
    rows.back().differentiable = false;
  };
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
  whole_row(
      "fmod/int64", "torch.fmod(x0, x1)", fmod_of,
      [](double a, double b) { return std::fmod(a, b); }, counted, below, by_zero(fmod_of));
  whole_row("remainder/int64", "torch.remainder(x0, x1)", remainder_of, python, counted, below,
            by_zero(remainder_of));
  whole_row(
      "floor_divide/int64", "torch.floor_divide(x0, x1)", quotient_of,
      [](double a, double b) { return std::floor(a / b); }, counted, below, by_zero(quotient_of));
  whole_row(
      "heaviside/int64", "torch.heaviside(x0, x1)",
      [](auto& a, auto& b) { return heaviside(a, b); },
      [](double a, double b) { return a == 0  ? b
                                      : a > 0 ? 1.0
                                              : 0.0; }, counted, below);
  whole_row(
      "addcmul/int64", "torch.addcmul(x0, x0, x1, value=-3)",
      [](auto& a, auto& b) { return addcmul(a, a, b, -3); },
      [](double a, double b) { return a - 3 * a * b; }, counted, below);
  return rows;
}

}  // namespace tinygrad::test
