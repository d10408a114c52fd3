// SPDX-License-Identifier: MIT
// 3×3 and 5×5 convolutions of stride 1 by Winograd's minimal filtering, with a quarter or a third
// of the multiplications.
#pragma once

#include <type_traits>

#include "tinygrad/kernels/conv/non_finite.hpp"
#include "tinygrad/kernels/conv/shape.hpp"
#include "tinygrad/kernels/conv/winograd/forward_by_channels.hpp"
#include "tinygrad/kernels/conv/winograd/forward_by_tiles.hpp"
#include "tinygrad/kernels/conv/winograd/weight_gradients.hpp"

TINYGRAD_BEGIN_WIDE
namespace tinygrad::inline TINYGRAD_ABI::kernels::conv::winograd::inline TINYGRAD_WIDE {

/// y = the convolution of x by w, plus bias, which may be null. Vectors hold tiles or channels,
/// whichever leaves fewer lanes empty: narrow rows of tiles leave lanes empty, and so do the last
/// channels. Returns false if a value is not finite; then y may have more such values than it
/// should.
template <Index kTaps, class T> bool convolve(const Op& op, const ConvShape& s, const T* x,
                                              const WeightView<T>& w, const T* bias, T* y) {
  const Index width = Tiling<kTaps>(s).columns * kOut<kTaps>, out = s.out_channels;
  const bool by_channels = out * kLanes<T> >= width * round_up(out, kLanes<T>);
  return by_channels ? forward_by_channels<kTaps>(op, s, x, w, bias, y)
                     : forward_by_tiles<kTaps>(op, s, x, w, bias, y);
}

/// Calls f with the size of the kernel, 3 or 5, as a constant.
template <class F> void with_taps(const ConvShape& s, F f) {
  if (s.dims[1].kernel == 3) f(std::integral_constant<Index, 3>());
  else f(std::integral_constant<Index, 5>());
}

template <class T> void forward(const Op& op, const ConvShape& s, const Array& x, const Array& w,
                                const Array& bias, const Array& y) {
  const WeightView<T> weights{w.data<T>(), s.in_channels * s.taps(), s.taps(), 1};
  with_taps(s, [&](auto taps) {
    if (!convolve<taps(), T>(op, s, x.data<T>(), weights, detail::data_or_null<T>(bias),
                             y.data<T>()))
      detail::mend<T>(s, ConvPass::kForward, x, w, bias, y);
  });
}

/// The gradient of x is the convolution of grad_y by the weights with reversed taps. If y has fewer
/// tiles than x, the transpose of forward() has fewer products.
template <class T> void grad_input(const Op& op, const ConvShape& s, const Array& grad_y,
                                   const Array& w, const Array& grad_x) {
  const Index all = s.taps(), next = s.in_channels * all;
  const T *const g = grad_y.data<T>(), *const weights = w.data<T>();
  T* const out = grad_x.data<T>();
  with_taps(s, [&](auto taps) {
    const bool finite = transposed_winograd_pays(s)
                            ? transposed<taps(), T>(op, s, g, {weights, all, next, 1}, out)
                            : convolve<taps(), T>(op, s.mirrored(), g,
                                                  {weights + all - 1, all, next, -1}, nullptr, out);
    if (!finite) detail::mend<T>(s, ConvPass::kGradInput, grad_y, w, Array(), grad_x);
  });
}

template <class T> void grad_weight(const Op& op, const ConvShape& s, const Array& x,
                                    const Array& grad_y, const Array& grad_w) {
  with_taps(s, [&](auto taps) {
    WeightGradients<taps(), T>(op, s, x.data<T>(), grad_y.data<T>()).compute(grad_w.data<T>());
  });
  detail::mend_weight_unless_finite<T>(s, x, grad_y, grad_w);
}

}  // namespace tinygrad::kernels::conv::winograd
TINYGRAD_END_WIDE
