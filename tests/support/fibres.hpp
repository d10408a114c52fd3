// SPDX-License-Identifier: MIT
// References that compute one row of values along a dim, for tensors of any shape.
#pragma once

#include <functional>
#include <vector>

#include "support/naive.hpp"

namespace tinygrad::test {

using Row = std::vector<double>;

/// x with each row along `dim` replaced by f(row), which has `length` values. A scalar is one row
/// of one value, and stays a scalar.
inline Naive map_rows(const Naive& x, int dim, Index length,
                      const std::function<Row(const Row&)>& f) {
  if (x.shape.empty()) {
    Naive out = x;
    out[0] = f({x[0]}).at(0);
    return out;
  }
  Shape outer = x.shape, shape = x.shape;
  outer[dim] = 1;
  shape[dim] = length;
  Naive out(shape);
  for_each_index(outer, [&](Shape i) {
    Row row;
    for (i[dim] = 0; i[dim] < x.shape[dim]; ++i[dim]) row.push_back(x(i));
    const Row result = f(row);
    for (i[dim] = 0; i[dim] < length; ++i[dim])
      out(i) = result.at(static_cast<std::size_t>(i[dim]));
  });
  return out;
}

/// The same without the dim, for an f that gives one value.
inline Naive fold_rows(const Naive& x, int dim, const std::function<double(const Row&)>& f) {
  Naive out = map_rows(x, dim, 1, [&](const Row& row) { return Row{f(row)}; });
  if (!out.shape.empty()) out.shape.erase(dim);
  return out;
}

}  // namespace tinygrad::test
