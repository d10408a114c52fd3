// SPDX-License-Identifier: MIT
// Convolution by its definition: the list of its multiply-adds, of which the convolution and both
// its gradients are sums. Nothing here calls the library's kernels.
#pragma once

#include <array>

#include "support/naive.hpp"

namespace tinygrad::test {

/// A convolution of up to three dims; dims that are not there have size 1 and come first.
struct NaiveConv {
  Index batch = 1, in_channels = 1, out_channels = 1, groups = 1;
  std::array<Index, 3> in{1, 1, 1}, kernel{1, 1, 1}, stride{1, 1, 1}, low{0, 0, 0}, high{0, 0, 0},
      dilation{1, 1, 1};

  Index out(std::size_t dim) const {
    return (in[dim] + low[dim] + high[dim] - dilation[dim] * (kernel[dim] - 1) - 1) / stride[dim] +
           1;
  }
  Shape input() const { return {batch, in_channels, in[0], in[1], in[2]}; }
  Shape weight() const {
    return {out_channels, in_channels / groups, kernel[0], kernel[1], kernel[2]};
  }
  Shape output() const { return {batch, out_channels, out(0), out(1), out(2)}; }

  Naive forward(const Naive& x, const Naive& w) const;
  Naive grad_input(const Naive& grad_y, const Naive& w) const;
  Naive grad_weight(const Naive& x, const Naive& grad_y) const;
};

}  // namespace tinygrad::test
