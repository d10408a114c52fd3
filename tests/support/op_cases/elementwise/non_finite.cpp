// SPDX-License-Identifier: MIT
// Rows for ops/elementwise/non_finite.hpp.
#include <cmath>

#include "support/elementwise_rows.hpp"

namespace tinygrad::test {

Rows elementwise_non_finite_cases() {
  Rows rows;
  using Function = Tensor (*)(const Tensor&, At);
  const Input any{.shape = {}};
  const auto row = [&](const std::string& name, Function f, double (*reference)(double),
                       const Input& values, const std::vector<double>& special = {}) {
    rows.push_back(unary_row(
        name, "torch." + name + "(x0)", [f](const Tensor& x) { return f(x, At::here()); },
        reference, values, special));
    // These work on integers too.
    if (name == "sign" || name == "abs" || name == "square")
      rows.back().errors = refused([f] { f(full({2}, 1, bool_), At::here()); },
                                   "[" + name + "] wants numbers, got bool");
  };

  const auto test = [&](const std::string& name, Function f, double (*reference)(double)) {
    row(name, f, reference, any);
    rows.back().differentiable = false;
    // Takes every dtype.
    rows.back().errors = {};
    OpCase integers = rows.back();
    integers.name = name + "/int64";
    integers.samples = unary_samples({.shape = {}, .dtype = int64});
    integers.specials = {};
    integers.benchmarks = {};
    rows.push_back(integers);
  };
  test("isnan", isnan, [](double x) { return std::isnan(x) ? 1.0 : 0.0; });
  test("isinf", isinf, [](double x) { return std::isinf(x) ? 1.0 : 0.0; });
  test("isfinite", isfinite, [](double x) { return std::isfinite(x) ? 1.0 : 0.0; });

  OpCase finite = unary_row(
      "nan_to_num", "torch.nan_to_num(x0, 0.5, 2.0, -3.0)",
      [](const Tensor& x) { return nan_to_num(x, 0.5, 2, -3); },
      [](double x) { return std::isnan(x) ? 0.5
                            : x == kInf   ? 2
                            : x == -kInf  ? -3
                                          : x; }, any);
  rows.push_back(finite);
  // The largest number depends on the dtype: no double can be the reference of both.
  finite.name = "nan_to_num/largest";
  finite.run = [](const Tensors& x) { return isfinite(nan_to_num(x[0])); };
  finite.torch = "torch.isfinite(torch.nan_to_num(x0))";
  finite.reference = elementwise([](double) { return 1.0; });
  finite.differentiable = false;
  finite.errors = {};
  finite.benchmarks = {};
  rows.push_back(finite);
  return rows;
}

}  // namespace tinygrad::test
