// SPDX-License-Identifier: MIT
// Rows for ops/linalg.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows linalg_cases() { return {}; }

}  // namespace tinygrad::test
