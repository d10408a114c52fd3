// SPDX-License-Identifier: MIT
// Rows for ops/norm.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows norm_cases() {
  Rows rows;
  return rows;
}

}  // namespace tinygrad::test
