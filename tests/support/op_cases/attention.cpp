// SPDX-License-Identifier: MIT
// Rows for ops/attention.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows attention_cases() {
  Rows rows;
  return rows;
}

}  // namespace tinygrad::test
