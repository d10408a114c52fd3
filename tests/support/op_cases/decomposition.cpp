// SPDX-License-Identifier: MIT
// Rows for ops/decomposition.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows decomposition_cases() {
  Rows rows;
  return rows;
}

}  // namespace tinygrad::test
