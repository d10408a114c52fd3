// SPDX-License-Identifier: MIT
// Helpers for the rows of joining and rearranging.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "support/op_cases.hpp"

namespace tinygrad::test {

// The values of x in another shape, or of a part of them.
inline Naive in_shape(const Naive& x, const Shape& shape) {
  Naive out(shape);
  out.values = x.values;
  return out;
}

/// Gives the named rows inputs of these shapes, full of NaN, infinities and zeros.
inline void add_odd_values(Rows& rows,
                           const std::vector<std::pair<std::string, std::vector<Shape>>>& named) {
  const double each[] = {1, NAN, -0.0, INFINITY, -INFINITY, 2, -3e38};
  for (const auto& [name, shapes] : named) {
    std::vector<Given> inputs;
    for (const Shape& shape : shapes) {
      Given input{shape, {}};
      for (Index k = 0; k < shape.count(); ++k) input.values.push_back(each[k % 7]);
      inputs.push_back(input);
    }
    for (OpCase& row : rows)
      if (row.name == name) row.specials = {inputs};
  }
}

}  // namespace tinygrad::test
