// SPDX-License-Identifier: MIT
// Rows for ops/elementwise/non_finite.hpp.
#include <cmath>

#include "support/elementwise_rows.hpp"

namespace tinygrad::test {

Rows elementwise_non_finite_cases() {
  Rows rows;
  const Input any{.shape = {}};
  add_test(rows, "isnan", isnan, [](double x) { return std::isnan(x) ? 1.0 : 0.0; });
  add_test(rows, "isinf", isinf, [](double x) { return std::isinf(x) ? 1.0 : 0.0; });
  add_test(rows, "isfinite", isfinite, [](double x) { return std::isfinite(x) ? 1.0 : 0.0; });

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
