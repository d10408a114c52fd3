// SPDX-License-Identifier: MIT
// Rows for ops/broadcast.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows broadcast_cases() { return {}; }

}  // namespace tinygrad::test
