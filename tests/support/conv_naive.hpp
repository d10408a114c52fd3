// SPDX-License-Identifier: MIT
// Convolution by its definition: the list of its multiply-adds, of which the convolution and both
// its gradients are sums. Nothing here calls the library's kernels.
#pragma once

#include <array>
#include <functional>

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

  /// Calls f(position in x, position in w, position in y) for each product that y is a sum of.
  template <class F> void for_each_product(F f) const {
    const Naive x(input()), w(weight()), y(output());
    for_each_index(y.shape, [&](const Shape& o) {
      const Index group = o[1] / (out_channels / groups);
      for (Index c = 0; c < in_channels / groups; ++c)
        for (Index a = 0; a < kernel[0]; ++a)
          for (Index b = 0; b < kernel[1]; ++b)
            for (Index d = 0; d < kernel[2]; ++d) {
              const Index i = o[2] * stride[0] + a * dilation[0] - low[0];
              const Index j = o[3] * stride[1] + b * dilation[1] - low[1];
              const Index k = o[4] * stride[2] + d * dilation[2] - low[2];
              if (i < 0 || i >= in[0] || j < 0 || j >= in[1] || k < 0 || k >= in[2]) continue;
              f(x.at({o[0], group * (in_channels / groups) + c, i, j, k}), w.at({o[1], c, a, b, d}),
                y.at(o));
            }
    });
  }

  Naive forward(const Naive& x, const Naive& w) const {
    Naive y(output());
    for_each_product([&](Index i, Index j, Index k) { y[k] += x[i] * w[j]; });
    return y;
  }
  Naive grad_input(const Naive& grad_y, const Naive& w) const {
    Naive grad_x(input());
    for_each_product([&](Index i, Index j, Index k) { grad_x[i] += grad_y[k] * w[j]; });
    return grad_x;
  }
  Naive grad_weight(const Naive& x, const Naive& grad_y) const {
    Naive grad_w(weight());
    for_each_product([&](Index i, Index j, Index k) { grad_w[j] += x[i] * grad_y[k]; });
    return grad_w;
  }
};

}  // namespace tinygrad::test
