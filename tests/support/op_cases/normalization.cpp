// SPDX-License-Identifier: MIT
// Rows for ops/normalization.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows normalization_cases() {
  Rows rows;
  return rows;
}

}  // namespace tinygrad::test
