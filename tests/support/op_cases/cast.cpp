// SPDX-License-Identifier: MIT
// Rows for ops/cast.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows cast_cases() { return {}; }

}  // namespace tinygrad::test
