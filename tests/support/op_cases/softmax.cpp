// SPDX-License-Identifier: MIT
// Rows for ops/softmax.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows softmax_cases() { return {}; }

}  // namespace tinygrad::test
