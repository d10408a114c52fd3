// SPDX-License-Identifier: MIT
// 3×3 and 5×5 convolutions of stride 1 by Winograd's minimal filtering: a quarter, or a third, of
// the multiplications.
#pragma once

#include <type_traits>

#include "tinygrad/kernels/conv/non_finite.hpp"
#include "tinygrad/kernels/conv/shape.hpp"
#include "tinygrad/kernels/conv/winograd/forward_by_channels.hpp"
#include "tinygrad/kernels/conv/winograd/forward_by_tiles.hpp"
#include "tinygrad/kernels/conv/winograd/weight_gradients.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels::winograd {

/// y = the convolution of x by w, plus bias, which may be null. Vectors hold tiles or channels,
/// whichever leaves fewer lanes empty: narrow rows of tiles do, or the last channels. Returns false
/// if something is not finite: then more of y may not be than should.
template <Index kTaps, class T> bool forward(const Op& op, const ConvShape& s, const T* x,
                                             const WeightView<T>& w, const T* bias, T* y) {
  const Index width = Tiling<kTaps>(s).columns * kOut<kTaps>, out = s.out_channels;
  const bool by_channels = out * kLanes<T> >= width * round_up(out, kLanes<T>);
  return by_channels ? forward_by_channels<kTaps>(op, s, x, w, bias, y)
                     : forward_by_tiles<kTaps>(op, s, x, w, bias, y);
}

}  // namespace tinygrad::kernels::winograd

namespace tinygrad::inline TINYGRAD_ABI::kernels::detail {

/// Calls f with the size of the kernel, 3 or 5, as a constant.
template <class F> void with_taps(const ConvShape& s, F f) {
  if (s.dims[1].kernel == 3) f(std::integral_constant<Index, 3>());
  else f(std::integral_constant<Index, 5>());
}

template <class T> void winograd_forward(const Op& op, const ConvShape& s, const T* x, const T* w,
                                         const T* bias, T* y) {
  const winograd::WeightView<T> weights{w, s.in_channels * s.taps(), s.taps(), 1};
  with_taps(s, [&](auto taps) {
    if (!winograd::forward<taps()>(op, s, x, weights, bias, y))
      mend(s, ConvPass::kForward, x, w, bias, y);
  });
}

/// The gradient of x is the convolution of y's by the weights with taps in reverse; where y has
/// fewer tiles than x, the transpose of forward() has fewer products.
template <class T>
void winograd_grad_input(const Op& op, const ConvShape& s, const T* grad_y, const T* w, T* grad_x) {
  const Index all = s.taps(), next = s.in_channels * all;
  with_taps(s, [&](auto taps) {
    const bool finite =
        transposed_winograd_pays(s)
            ? winograd::transposed<taps(), T>(op, s, grad_y, {w, all, next, 1}, grad_x)
            : winograd::forward<taps(), T>(op, s.mirrored(), grad_y, {w + all - 1, all, next, -1},
                                           nullptr, grad_x);
    if (!finite) mend<T>(s, ConvPass::kGradInput, grad_y, w, nullptr, grad_x);
  });
}

template <class T> void winograd_grad_weight(const Op& op, const ConvShape& s, const T* x,
                                             const T* grad_y, T* grad_w) {
  with_taps(s, [&](auto taps) {
    winograd::WeightGradients<taps(), T>(op, s, x, grad_y).compute(grad_w);
  });
}

}  // namespace tinygrad::kernels::detail
