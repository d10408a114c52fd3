// SPDX-License-Identifier: MIT
// Rows for ops/elementwise/bitwise.hpp.
#include <cmath>

#include "support/elementwise_rows.hpp"

namespace tinygrad::test {

Rows elementwise_bitwise_cases() {
  Rows rows;
  const Input mask{.shape = {}, .low = 0, .high = 2, .dtype = bool_};
  const Input integer{.shape = {}, .low = -9, .high = 9, .dtype = int64};
  const Input byte{.shape = {}, .low = 0, .high = 256, .dtype = uint8};

  using Bitwise = Tensor (*)(const Operand&, const Operand&, At);
  const auto bitwise = [&](const std::string& name, Bitwise f,
                           double (*reference)(double, double)) {
    for (const Input& values : {mask, integer, byte}) {
      add_truth_row(
          rows, name + (values.dtype == bool_ ? "" : str_cat("/", values.dtype)),
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
  return rows;
}

}  // namespace tinygrad::test
