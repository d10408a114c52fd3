// SPDX-License-Identifier: MIT
// Rows for ops/activation.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows activation_cases() { return {}; }

}  // namespace tinygrad::test
