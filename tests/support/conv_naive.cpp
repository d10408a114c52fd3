// SPDX-License-Identifier: MIT
// The multiply-adds of a convolution. They are many: this file is optimised in every build.
#include "support/conv_naive.hpp"

namespace tinygrad::test {
namespace {

// Calls f(position in x, position in w, position in y) for each product that y is a sum of.
template <class F> void for_each_product(const NaiveConv& conv, F f) {
  const Naive x(conv.input()), w(conv.weight()), y(conv.output());
  const Index channels = conv.in_channels / conv.groups;
  for_each_index(y.shape, [&](const Shape& o) {
    const Index first = o[1] / (conv.out_channels / conv.groups) * channels;
    const auto [in_a, in_b, in_d] = conv.in;
    for (Index c = 0; c < channels; ++c)
      for (Index a = 0; a < conv.kernel[0]; ++a)
        for (Index b = 0; b < conv.kernel[1]; ++b)
          for (Index d = 0; d < conv.kernel[2]; ++d) {
            const Index i = o[2] * conv.stride[0] + a * conv.dilation[0] - conv.low[0];
            const Index j = o[3] * conv.stride[1] + b * conv.dilation[1] - conv.low[1];
            const Index k = o[4] * conv.stride[2] + d * conv.dilation[2] - conv.low[2];
            if (i < 0 || i >= in_a || j < 0 || j >= in_b || k < 0 || k >= in_d) continue;
            f(x.at({o[0], first + c, i, j, k}), w.at({o[1], c, a, b, d}), y.at(o));
          }
  });
}

}  // namespace

Naive NaiveConv::forward(const Naive& x, const Naive& w) const {
  Naive y(output());
  for_each_product(*this, [&](Index i, Index j, Index k) { y[k] += x[i] * w[j]; });
  return y;
}

Naive NaiveConv::grad_input(const Naive& grad_y, const Naive& w) const {
  Naive grad_x(input());
  for_each_product(*this, [&](Index i, Index j, Index k) { grad_x[i] += grad_y[k] * w[j]; });
  return grad_x;
}

Naive NaiveConv::grad_weight(const Naive& x, const Naive& grad_y) const {
  Naive grad_w(weight());
  for_each_product(*this, [&](Index i, Index j, Index k) { grad_w[j] += x[i] * grad_y[k]; });
  return grad_w;
}

}  // namespace tinygrad::test
