// SPDX-License-Identifier: MIT
// Rows for ops/einsum.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows einsum_cases() {
  Rows rows;
  return rows;
}

}  // namespace tinygrad::test
