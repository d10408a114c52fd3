// SPDX-License-Identifier: MIT
// Rows for ops/indexing.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows indexing_cases() { return {}; }

}  // namespace tinygrad::test
