// SPDX-License-Identifier: MIT
// Rows for ops/dropout.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows dropout_cases() { return {}; }

}  // namespace tinygrad::test
