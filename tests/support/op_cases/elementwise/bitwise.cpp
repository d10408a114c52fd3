// SPDX-License-Identifier: MIT
// Rows for ops/elementwise/bitwise.hpp.
#include <cmath>

#include "support/elementwise_rows.hpp"

namespace tinygrad::test {

Rows elementwise_bitwise_cases() {
  const Input any{.shape = {}};
  const Input mask{.shape = {}, .low = 0, .high = 2, .dtype = bool_};
  const Input integer{.shape = {}, .low = -9, .high = 9, .dtype = int64};
  const Input byte{.shape = {}, .low = 0, .high = 256, .dtype = uint8};
  Rows rows;
  const auto row = [&](const std::string& name, const std::string& torch,
                       std::function<Tensor(const Tensor&, const Tensor&)> f,
                       double (*reference)(double, double), const Input& values) {
    OpCase made = binary_row(name, torch, f, reference, values, values);
    made.specials = {};
    made.differentiable = false;
    rows.push_back(made);
  };
  row(
      "logical_xor", "torch.logical_xor(x0, x1)",
      [](auto& a, auto& b) { return logical_xor(a, b); },
      [](double a, double b) { return (a != 0) != (b != 0) ? 1.0 : 0.0; }, mask);

  using Bitwise = Tensor (*)(const Operand&, const Operand&, At);
  const auto bitwise = [&](const std::string& name, Bitwise f,
                           double (*reference)(double, double)) {
    for (const Input& values : {mask, integer, byte}) {
      row(
          name + (values.dtype == bool_ ? "" : str_cat("/", values.dtype)),
          "torch." + name + "(x0, x1)", [f](auto& a, auto& b) { return f(a, b, At::here()); },
          reference, values);
      rows.back().errors = refused([f] { f(ones({2}), ones({2}), At::here()); },
                                   "[" + name + "] wants bool, uint8 or int64, got float32");
    }
  };
  bitwise("bitwise_and", bitwise_and, [](double a, double b) {
    return static_cast<double>(static_cast<Index>(a) & static_cast<Index>(b));
  });
  bitwise("bitwise_or", bitwise_or, [](double a, double b) {
    return static_cast<double>(static_cast<Index>(a) | static_cast<Index>(b));
  });
  bitwise("bitwise_xor", bitwise_xor, [](double a, double b) {
    return static_cast<double>(static_cast<Index>(a) ^ static_cast<Index>(b));
  });
  const auto inverted = [&](const std::string& name, const Input& values,
                            double (*reference)(double)) {
    OpCase made = unary_row(
        name, "torch.bitwise_not(x0)", [](const Tensor& x) { return bitwise_not(x); }, reference,
        values);
    made.specials = {};
    made.differentiable = false;
    made.errors = refused([] { bitwise_not(ones({2})); },
                          "[bitwise_not] wants bool, uint8 or int64, got float32");
    for (BenchSample& bench : made.benchmarks) bench.inputs[0].dtype = int64;
    rows.push_back(made);
  };
  inverted("bitwise_not", integer, [](double x) { return -x - 1; });
  inverted("bitwise_not/bool", mask, [](double x) { return 1 - x; });
  inverted("bitwise_not/uint8", byte, [](double x) { return 255 - x; });

  const auto close = [](double a, double b) {
    return a == b || std::fabs(a - b) <= 1e-8 + 1e-5 * std::fabs(b) ? 1.0 : 0.0;
  };
  row(
      "isclose", "torch.isclose(x0, x1)", [](auto& a, auto& b) { return isclose(a, b); }, close,
      any);
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
  row(
      "isclose/tolerances", "torch.isclose(x0, x1, rtol=0.25, atol=0.5, equal_nan=True)",
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
  return rows;
}

}  // namespace tinygrad::test
