// SPDX-License-Identifier: MIT
// Rows for ops/regression_loss.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows regression_loss_cases() {
  Rows rows;
  return rows;
}

}  // namespace tinygrad::test
