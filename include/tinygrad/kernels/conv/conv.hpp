// SPDX-License-Identifier: MIT
// The three kernels of convolution. They are closed under differentiation: the gradient of each is
// one of the others, with the roles of x, w and y exchanged. A transposed convolution is
// conv_grad_input.
#pragma once

#include "tinygrad/kernels/conv/depthwise.hpp"
#include "tinygrad/kernels/conv/direct.hpp"
#include "tinygrad/kernels/conv/im2col.hpp"
#include "tinygrad/kernels/conv/non_finite.hpp"
#include "tinygrad/kernels/conv/shape.hpp"
#include "tinygrad/kernels/conv/winograd/winograd.hpp"
#include "tinygrad/kernels/cost.hpp"
#include "tinygrad/kernels/movement/strided.hpp"
#include "tinygrad/kernels/reduction/value_summary.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

namespace detail {
inline void check_blas_sizes(const Op& op, const ConvShape& s) {
  for (const Index size : {s.group_in() * s.taps(), s.in_positions(), s.out_positions()})
    check<ShapeError>(size <= kMaxBlasSize, op, "x ", s.input(), ", weight ", s.weight(), " and y ",
                      s.output(), " are more than BLAS can count");
}

/// True if `w` or the result of a pass is known to be finite: then no zero of a border was
/// multiplied by what is not, or nothing came of it. The smaller one is read.
inline bool either_finite(const Array& w, const Array& result) {
  return kernels::all_finite(w.count() < result.count() ? w : result);
}

/// w (groups·O, C, taps) → (groups·C, O, taps), the taps in reverse: for ConvShape::mirrored().
inline Array mirrored_weight(const Op& op, const ConvShape& s, const Array& w) {
  const Index out = s.group_out(), in = s.group_in(), taps = s.taps();
  const Strided window{{s.groups, in, out, taps}, {out * in * taps, taps, in * taps, -1}, taps - 1};
  return strided_copy(op, w, window.sizes, window);
}
}  // namespace detail

/// y[n, o, p] = bias[o] + Σ x[n, c, p·stride + k·dilation − low]·w[o, c, k] over the channels c of
/// o's group and the taps k. `bias` may be undefined.
/// Shapes  x s.input(), w s.weight(), bias (O) → y s.output()
/// Cost    s.multiply_adds(); memory: kUnfoldedBytes for each thread
inline Array conv_forward(const Op& op, const ConvShape& s, const Array& x, const Array& w,
                          const Array& bias = {}) {
  detail::check_blas_sizes(op, s);
  Array y = Array::empty(s.output(), x.dtype(), op);
  MultiplyAddCounter::add(s.multiply_adds());
  if (y.count() == 0) return y;
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    const T* in = x.data<T>();
    const T* weight = w.data<T>();
    const T* b = bias.defined() ? bias.data<T>() : nullptr;
    T* out = y.data<T>();
    switch (choose(s, ConvPass::kForward)) {
      case ConvMethod::kPointwise: return detail::conv_products(op, s, in, weight, b, out, false);
      case ConvMethod::kDepthwise: return detail::depthwise_forward(s, in, weight, b, out);
      case ConvMethod::kWinograd: return detail::winograd_forward(op, s, in, weight, b, out);
      case ConvMethod::kDirect: direct::forward(op, s, in, weight, b, out); break;
      case ConvMethod::kIm2col: detail::conv_products(op, s, in, weight, b, out, true); break;
    }
    if (s.has_border() && !detail::either_finite(w, y))
      detail::mend(s, ConvPass::kForward, in, weight, b, out);
  });
  return y;
}

/// The gradient of conv_forward with respect to x. A pointwise one is itself a convolution, of
/// grad_y with the weights mirrored; otherwise products are folded, which costs less than unfolding
/// grad_y would (50 → 50 channels at 32×32: 12 %).
/// Shapes  grad_y s.output(), w s.weight() → grad_x s.input()
inline Array conv_grad_input(const Op& op, const ConvShape& s, const Array& grad_y,
                             const Array& w) {
  detail::check_blas_sizes(op, s);
  Array grad_x = Array::empty(s.input(), grad_y.dtype(), op);
  MultiplyAddCounter::add(s.multiply_adds());
  if (grad_x.count() == 0) return grad_x;
  dispatch_floating(op, grad_y.dtype(), [&]<class T>(Type<T>) {
    const T* g = grad_y.data<T>();
    T* out = grad_x.data<T>();
    switch (choose(s, ConvPass::kGradInput)) {
      case ConvMethod::kPointwise: {
        const Array mirrored = detail::mirrored_weight(op, s, w);
        const T* weight = mirrored.data<T>();
        return detail::conv_products<T>(op, s.mirrored(), g, weight, nullptr, out, false);
      }
      case ConvMethod::kDepthwise: return detail::depthwise_grad_input(s, g, w.data<T>(), out);
      case ConvMethod::kWinograd: return detail::winograd_grad_input(op, s, g, w.data<T>(), out);
      case ConvMethod::kDirect:
        direct::InputGradients<T>(op, s, g, w.data<T>()).compute(out);
        if (!detail::either_finite(w, grad_x))  // it multiplies zeros around grad_y
          detail::mend<T>(s, ConvPass::kGradInput, g, w.data<T>(), nullptr, out);
        return;
      case ConvMethod::kIm2col: return detail::conv_folded_products(op, s, g, w.data<T>(), out);
    }
  });
  return grad_x;
}

/// The gradient of conv_forward with respect to w.
/// Shapes  x s.input(), grad_y s.output() → grad_w s.weight()
/// Cost    s.multiply_adds(); memory: kUnfoldedBytes for each thread, and up to 16 MiB of partial
///         sums
inline Array conv_grad_weight(const Op& op, const ConvShape& s, const Array& x,
                              const Array& grad_y) {
  detail::check_blas_sizes(op, s);
  Array grad_w = Array::empty(s.weight(), x.dtype(), op);
  MultiplyAddCounter::add(s.multiply_adds());
  if (grad_w.count() == 0) return grad_w;
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    const T* in = x.data<T>();
    const T* g = grad_y.data<T>();
    T* out = grad_w.data<T>();
    switch (choose(s, ConvPass::kGradWeight)) {
      case ConvMethod::kPointwise: return detail::conv_weight_products(op, s, in, g, out, false);
      case ConvMethod::kDepthwise: return detail::depthwise_grad_weight(op, s, in, g, out);
      case ConvMethod::kWinograd: detail::winograd_grad_weight(op, s, in, g, out); break;
      case ConvMethod::kDirect: direct::WeightGradients<T>(op, s, in, g).compute(out); break;
      case ConvMethod::kIm2col: detail::conv_weight_products(op, s, in, g, out, true); break;
    }
    if (!all_finite(grad_w)) detail::mend<T>(s, ConvPass::kGradWeight, in, g, nullptr, out);
  });
  return grad_w;
}

}  // namespace tinygrad::kernels
