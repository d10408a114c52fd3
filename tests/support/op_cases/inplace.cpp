// SPDX-License-Identifier: MIT
// Rows for ops/inplace.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows inplace_cases() {
  Rows rows;
  return rows;
}

}  // namespace tinygrad::test
