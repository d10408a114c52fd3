// SPDX-License-Identifier: MIT
// Rows for ops/margin_loss.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows margin_loss_cases() {
  Rows rows;
  return rows;
}

}  // namespace tinygrad::test
