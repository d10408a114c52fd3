// SPDX-License-Identifier: MIT
// Rows for ops/reduction.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows reduction_cases() { return {}; }

}  // namespace tinygrad::test
