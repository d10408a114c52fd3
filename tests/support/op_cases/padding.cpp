// SPDX-License-Identifier: MIT
// Rows for ops/padding.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows padding_cases() {
  Rows rows;
  return rows;
}

}  // namespace tinygrad::test
