// SPDX-License-Identifier: MIT
// Rows for ops/unary.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows unary_cases() { return {}; }

}  // namespace tinygrad::test
