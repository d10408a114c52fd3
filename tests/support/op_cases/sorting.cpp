// SPDX-License-Identifier: MIT
// Rows for ops/sorting.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows sorting_cases() {
  Rows rows;
  return rows;
}

}  // namespace tinygrad::test
