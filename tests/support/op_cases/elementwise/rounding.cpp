// SPDX-License-Identifier: MIT
// Rows for ops/elementwise/rounding.hpp.
#include <cmath>

#include "support/elementwise_rows.hpp"

namespace tinygrad::test {

Rows elementwise_rounding_cases() {
  Rows rows;
  const Input off_whole{.shape = {}, .low = 1.1, .high = 1.45};  // and off the halves
  add_unary(rows, "floor", floor, [](double x) { return std::floor(x); }, off_whole,
            {1.5, 2.5, -1.5, 8388609});
  add_unary(rows, "ceil", ceil, [](double x) { return std::ceil(x); }, off_whole,
            {1.5, 2.5, -1.5, 8388609});
  add_unary(rows, "round", round, [](double x) { return std::nearbyint(x); }, off_whole,
            {1.5, 2.5, -1.5, -2.5, 8388609});
  add_unary(rows, "trunc", trunc, [](double x) { return std::trunc(x); }, off_whole,
            {1.5, 2.5, -1.5, 8388609});
  add_unary(rows, "frac", frac, [](double x) { return x - std::trunc(x); }, off_whole,
            {1.5, 2.5, -1.5, 8388609});
  return rows;
}

}  // namespace tinygrad::test
