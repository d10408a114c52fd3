// SPDX-License-Identifier: MIT
// Helpers for the rows of the normalisations.
#pragma once

#include "support/op_cases.hpp"

namespace tinygrad::test {

/// Input `i`, or an undefined tensor if there are fewer.
inline Tensor optional(const Tensors& x, std::size_t i) { return i < x.size() ? x[i] : Tensor(); }

}  // namespace tinygrad::test
