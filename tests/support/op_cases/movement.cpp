// SPDX-License-Identifier: MIT
// Rows for ops/movement.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows movement_cases() { return {}; }

}  // namespace tinygrad::test
