// SPDX-License-Identifier: MIT
// Helpers for the rows of joining and rearranging.
#pragma once

#include <algorithm>
#include <cmath>

#include "support/op_cases.hpp"

namespace tinygrad::test {

// The values of x in another shape, or of a part of them.
inline Naive in_shape(const Naive& x, const Shape& shape) {
  Naive out(shape);
  out.values = x.values;
  return out;
}

}  // namespace tinygrad::test
