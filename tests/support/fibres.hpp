// SPDX-License-Identifier: MIT
// References that work on one row of values along an axis, whatever the shape around it.
#pragma once

#include <functional>
#include <vector>

#include "support/naive.hpp"

namespace tinygrad::test {

using Row = std::vector<double>;

/// x with each row along `axis` replaced by f(row), which has `length` values. A scalar is one row
/// of one value, and stays a scalar.
inline Naive map_rows(const Naive& x, int axis, Index length,
                      const std::function<Row(const Row&)>& f) {
  if (x.shape.empty()) {
    Naive out = x;
    out[0] = f({x[0]}).at(0);
    return out;
  }
  Shape outer = x.shape, shape = x.shape;
  outer[axis] = 1;
  shape[axis] = length;
  Naive out(shape);
  for_each_index(outer, [&](Shape i) {
    Row row;
    for (i[axis] = 0; i[axis] < x.shape[axis]; ++i[axis]) row.push_back(x(i));
    const Row result = f(row);
    for (i[axis] = 0; i[axis] < length; ++i[axis])
      out(i) = result.at(static_cast<std::size_t>(i[axis]));
  });
  return out;
}

/// The same without the axis, for an f that gives one value.
inline Naive fold_rows(const Naive& x, int axis, const std::function<double(const Row&)>& f) {
  Naive out = map_rows(x, axis, 1, [&](const Row& row) { return Row{f(row)}; });
  if (!out.shape.empty()) out.shape.erase(axis);
  return out;
}

}  // namespace tinygrad::test
