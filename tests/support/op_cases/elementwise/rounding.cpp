// SPDX-License-Identifier: MIT
// Rows for ops/elementwise/rounding.hpp.
#include <cmath>

#include "support/elementwise_rows.hpp"

namespace tinygrad::test {

Rows elementwise_rounding_cases() {
  Rows rows;
  using Function = Tensor (*)(const Tensor&, At);
  const Input off_whole{.shape = {}, .low = 1.1, .high = 1.45};  // and off the halves
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
  row("floor", floor, [](double x) { return std::floor(x); }, off_whole, {1.5, 2.5, -1.5, 8388609});
  row("ceil", ceil, [](double x) { return std::ceil(x); }, off_whole, {1.5, 2.5, -1.5, 8388609});
  row("round", round, [](double x) { return std::nearbyint(x); }, off_whole,
      {1.5, 2.5, -1.5, -2.5, 8388609});
  row("trunc", trunc, [](double x) { return std::trunc(x); }, off_whole, {1.5, 2.5, -1.5, 8388609});
  row("frac", frac, [](double x) { return x - std::trunc(x); }, off_whole,
      {1.5, 2.5, -1.5, 8388609});
  return rows;
}

}  // namespace tinygrad::test
