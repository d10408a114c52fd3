// SPDX-License-Identifier: MIT
// Rows for ops/rearrange.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows rearrange_cases() {
  Rows rows;
  return rows;
}

}  // namespace tinygrad::test
