// SPDX-License-Identifier: MIT
// Rows for ops/triangle.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows triangle_cases() {
  Rows rows;
  return rows;
}

}  // namespace tinygrad::test
