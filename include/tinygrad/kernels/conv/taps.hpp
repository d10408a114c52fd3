// SPDX-License-Identifier: MIT
// The taps of a convolution's kernel, and which input rows each tap reads for a block of outputs.
// All methods that walk over taps share these loops.
#pragma once

#include <algorithm>

#include "tinygrad/kernels/conv/shape.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// Output positions of one image, adjacent in memory: whole rows, or a part of one row.
struct ConvBlock {
  Index row, rows;        ///< rows count through depth and height
  Index column, columns;  ///< range within the width
  Index first;            ///< the first position
  Index size() const { return rows * columns; }
};

namespace detail {
/// Adjacent output rows of one depth, and what tap (kd, kh) reads for them. Of the `count` rows,
/// [first, last) read input rows; the others read the border.
struct TapRows {
  Index offset;  ///< place of the first row in the block, in rows
  Index count, first, last;
  Index source;  ///< the input row of row `first`
};

template <class F>
void for_each_rows(const ConvShape& s, const ConvBlock& b, Index kd, Index kh, F f) {
  const auto& [depth, height, width] = s.dims;
  for (Index done = 0; done < b.rows;) {
    const Index od = (b.row + done) / height.out, oh = (b.row + done) % height.out;
    const Index end = std::min(height.out, oh + b.rows - done);
    const Index id = depth.source(od, kd);
    auto [first, last] = height.inside(kh, oh, end);
    if (id < 0 || id >= depth.in) first = last = end;
    f(TapRows{done, end - oh, first - oh, last - oh, id * height.in + height.source(first, kh)});
    done += end - oh;
  }
}

/// Calls f(kd, kh, kw) for every tap, in order.
template <class F> void for_each_tap(const ConvShape& s, F f) {
  for (Index kd = 0; kd < s.dims[0].kernel; ++kd)
    for (Index kh = 0; kh < s.dims[1].kernel; ++kh)
      for (Index kw = 0; kw < s.dims[2].kernel; ++kw) f(kd, kh, kw);
}
}  // namespace detail

}  // namespace tinygrad::kernels
