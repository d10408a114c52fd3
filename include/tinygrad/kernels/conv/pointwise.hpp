// SPDX-License-Identifier: MIT
// Pointwise convolution: 1×1 kernels of stride 1 without a border. Each output position reads one
// input position, so that the convolution is a matrix product with x, without a copy of x.
#pragma once

#include "tinygrad/core/array.hpp"
#include "tinygrad/kernels/conv/block_products.hpp"
#include "tinygrad/kernels/conv/shape.hpp"
#include "tinygrad/kernels/movement/strided.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels::conv::pointwise {

/// y = w·x + bias.
template <class T> void forward(const Op& op, const ConvShape& s, const Array& x, const Array& w,
                                const Array& bias, const Array& y) {
  detail::block_products<T>(op, s, x.data<T>(), w.data<T>(), detail::data_or_null<T>(bias),
                            y.data<T>(), BlockOperand::kInPlace);
}

/// grad_x = wᵀ·grad_y. This is a pointwise convolution of grad_y by w with exchanged channels,
/// (groups·O, C) → (groups·C, O).
template <class T> void grad_input(const Op& op, const ConvShape& s, const Array& grad_y,
                                   const Array& w, const Array& grad_x) {
  const Index out = s.group_out(), in = s.group_in();
  const Strided window{{s.groups, in, out}, {out * in, 1, in}};
  const Array transposed = strided_copy(op, w, window.sizes, window);
  forward<T>(op, s.mirrored(), grad_y, transposed, Array(), grad_x);
}

/// grad_w = Σ grad_y·xᵀ.
template <class T> void grad_weight(const Op& op, const ConvShape& s, const Array& x,
                                    const Array& grad_y, const Array& grad_w) {
  detail::block_weight_products<T>(op, s, x.data<T>(), grad_y.data<T>(), grad_w.data<T>(),
                                   BlockOperand::kInPlace);
}

}  // namespace tinygrad::kernels::conv::pointwise
