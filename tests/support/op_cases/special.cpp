// SPDX-License-Identifier: MIT
// Rows for ops/special.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows special_cases() {
  Rows rows;
  return rows;
}

}  // namespace tinygrad::test
