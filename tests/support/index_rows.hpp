// SPDX-License-Identifier: MIT
// Helpers for the rows of gather(), scatter() and scatter_reduce().
#pragma once

#include <cmath>

#include "support/op_cases.hpp"

namespace tinygrad::test {

// Integers in [0, n).
inline Input positions(const Shape& shape, double n) {
  return {.shape = shape, .low = 0, .high = n, .dtype = int64};
}

// i with its dim 1 replaced by index(i).
inline Shape picked(const Naive& index, Shape i) {
  i[1] = static_cast<Index>(index(i));
  return i;
}

}  // namespace tinygrad::test
