// SPDX-License-Identifier: MIT
// Rows for ops/scan.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows scan_cases() {
  Rows rows;
  return rows;
}

}  // namespace tinygrad::test
