// SPDX-License-Identifier: MIT
// Rows for ops/loss.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows loss_cases() { return {}; }

}  // namespace tinygrad::test
