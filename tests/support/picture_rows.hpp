// SPDX-License-Identifier: MIT
// Helpers for the rows of interpolate(), the shuffles and fold().
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "support/op_cases.hpp"

namespace tinygrad::test {

inline std::vector<std::vector<Input>> shaped(const std::vector<Shape>& shapes) {
  std::vector<std::vector<Input>> out;
  for (const Shape& shape : shapes) out.push_back({{shape}});
  return out;
}

}  // namespace tinygrad::test
