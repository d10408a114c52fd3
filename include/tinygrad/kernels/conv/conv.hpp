// SPDX-License-Identifier: MIT
// The three passes of convolution: forward, the gradient of the input and the gradient of the
// weight. The gradient of each pass is one of the other two, with the roles of x, w and y
// exchanged. A transposed convolution is conv_grad_input. choose() in conv/shape.hpp picks the
// method of a pass.
#pragma once

#include "tinygrad/kernels/conv/depthwise.hpp"
#include "tinygrad/kernels/conv/direct.hpp"
#include "tinygrad/kernels/conv/im2col.hpp"
#include "tinygrad/kernels/conv/pointwise.hpp"
#include "tinygrad/kernels/conv/shape.hpp"
#include "tinygrad/kernels/conv/winograd/winograd.hpp"

#if TINYGRAD_TWO_WIDE_LEVELS
// The methods of kernels/simd/wide.hpp at level v4.
namespace tinygrad::inline TINYGRAD_ABI::kernels::conv {
namespace depthwise::wide_v4 {
template <class T> void forward(const Op& op, const ConvShape& s, const Array& x, const Array& w,
                                const Array& bias, const Array& y);
template <class T> void grad_input(const Op& op, const ConvShape& s, const Array& grad_y,
                                   const Array& w, const Array& grad_x);
template <class T> void grad_weight(const Op& op, const ConvShape& s, const Array& x,
                                    const Array& grad_y, const Array& grad_w);
}  // namespace depthwise::wide_v4
namespace direct::wide_v4 {
template <class T> void forward(const Op& op, const ConvShape& s, const Array& x, const Array& w,
                                const Array& bias, const Array& y);
template <class T> void grad_input(const Op& op, const ConvShape& s, const Array& grad_y,
                                   const Array& w, const Array& grad_x);
template <class T> void grad_weight(const Op& op, const ConvShape& s, const Array& x,
                                    const Array& grad_y, const Array& grad_w);
}  // namespace direct::wide_v4
namespace winograd::wide_v4 {
template <class T> void forward(const Op& op, const ConvShape& s, const Array& x, const Array& w,
                                const Array& bias, const Array& y);
template <class T> void grad_input(const Op& op, const ConvShape& s, const Array& grad_y,
                                   const Array& w, const Array& grad_x);
template <class T> void grad_weight(const Op& op, const ConvShape& s, const Array& x,
                                    const Array& grad_y, const Array& grad_w);
}  // namespace winograd::wide_v4
}  // namespace tinygrad::kernels::conv
#endif

namespace tinygrad::inline TINYGRAD_ABI::kernels {

namespace detail {
inline void check_blas_sizes(const Op& op, const ConvShape& s) {
  for (const Index size : {s.group_in() * s.taps(), s.in_positions(), s.out_positions()})
    check<ShapeError>(size <= kMaxBlasSize, op, "x ", s.input(), ", weight ", s.weight(), " and y ",
                      s.output(), " are more than BLAS can count");
}
}  // namespace detail

/// y[n, o, p] = bias[o] + Σ x[n, c, p·stride + k·dilation − low]·w[o, c, k] over the channels c of
/// o's group and the taps k. `bias` may be undefined.
/// Shapes  x s.input(), w s.weight(), bias (O) → y s.output()
/// Cost    s.multiply_adds(); memory: kL2Bytes for each thread
inline Array conv_forward(const Op& op, const ConvShape& s, const Array& x, const Array& w,
                          const Array& bias = {}) {
  detail::check_blas_sizes(op, s);
  Array y = Array::empty(s.output(), x.dtype(), op);
  if (y.count() == 0) return y;
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    switch (choose(s, ConvPass::kForward)) {
      case ConvMethod::kPointwise: return conv::pointwise::forward<T>(op, s, x, w, bias, y);
      case ConvMethod::kDepthwise:
        return TINYGRAD_WIDEST(conv::depthwise, forward<T>)(op, s, x, w, bias, y);
      case ConvMethod::kWinograd:
        return TINYGRAD_WIDEST(conv::winograd, forward<T>)(op, s, x, w, bias, y);
      case ConvMethod::kDirect:
        return TINYGRAD_WIDEST(conv::direct, forward<T>)(op, s, x, w, bias, y);
      case ConvMethod::kIm2col: return conv::im2col::forward<T>(op, s, x, w, bias, y);
    }
  });
  return y;
}

/// The gradient of conv_forward with respect to x.
/// Shapes  grad_y s.output(), w s.weight() → grad_x s.input()
inline Array conv_grad_input(const Op& op, const ConvShape& s, const Array& grad_y,
                             const Array& w) {
  detail::check_blas_sizes(op, s);
  Array grad_x = Array::empty(s.input(), grad_y.dtype(), op);
  if (grad_x.count() == 0) return grad_x;
  dispatch_floating(op, grad_y.dtype(), [&]<class T>(Type<T>) {
    switch (choose(s, ConvPass::kGradInput)) {
      case ConvMethod::kPointwise: return conv::pointwise::grad_input<T>(op, s, grad_y, w, grad_x);
      case ConvMethod::kDepthwise:
        return TINYGRAD_WIDEST(conv::depthwise, grad_input<T>)(op, s, grad_y, w, grad_x);
      case ConvMethod::kWinograd:
        return TINYGRAD_WIDEST(conv::winograd, grad_input<T>)(op, s, grad_y, w, grad_x);
      case ConvMethod::kDirect:
        return TINYGRAD_WIDEST(conv::direct, grad_input<T>)(op, s, grad_y, w, grad_x);
      case ConvMethod::kIm2col: return conv::im2col::grad_input<T>(op, s, grad_y, w, grad_x);
    }
  });
  return grad_x;
}

/// The gradient of conv_forward with respect to w.
/// Shapes  x s.input(), grad_y s.output() → grad_w s.weight()
/// Cost    s.multiply_adds(); memory: kL2Bytes for each thread, and up to 16 MiB of partial sums
inline Array conv_grad_weight(const Op& op, const ConvShape& s, const Array& x,
                              const Array& grad_y) {
  detail::check_blas_sizes(op, s);
  Array grad_w = Array::empty(s.weight(), x.dtype(), op);
  if (grad_w.count() == 0) return grad_w;
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    switch (choose(s, ConvPass::kGradWeight)) {
      case ConvMethod::kPointwise: return conv::pointwise::grad_weight<T>(op, s, x, grad_y, grad_w);
      case ConvMethod::kDepthwise:
        return TINYGRAD_WIDEST(conv::depthwise, grad_weight<T>)(op, s, x, grad_y, grad_w);
      case ConvMethod::kWinograd:
        return TINYGRAD_WIDEST(conv::winograd, grad_weight<T>)(op, s, x, grad_y, grad_w);
      case ConvMethod::kDirect:
        return TINYGRAD_WIDEST(conv::direct, grad_weight<T>)(op, s, x, grad_y, grad_w);
      case ConvMethod::kIm2col: return conv::im2col::grad_weight<T>(op, s, x, grad_y, grad_w);
    }
  });
  return grad_w;
}

}  // namespace tinygrad::kernels
