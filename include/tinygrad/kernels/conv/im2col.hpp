// SPDX-License-Identifier: MIT
// Convolution by im2col: BLAS products with the unfolded input, block by block. It computes any
// convolution.
#pragma once

#include <algorithm>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/at_cpu_level.hpp"
#include "tinygrad/kernels/conv/block_products.hpp"
#include "tinygrad/kernels/conv/non_finite.hpp"
#include "tinygrad/kernels/conv/shape.hpp"
#include "tinygrad/kernels/conv/unfold.hpp"
#include "tinygrad/kernels/matrix/gemm.hpp"
#include "tinygrad/kernels/scratch.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels::conv::im2col {

/// y = w·unfold(x) + bias.
template <class T> void forward(const Op& op, const ConvShape& s, const Array& x, const Array& w,
                                const Array& bias, const Array& y) {
  detail::block_products<T>(op, s, x.data<T>(), w.data<T>(), detail::data_or_null<T>(bias),
                            y.data<T>(), BlockOperand::kUnfolded);
  if (s.has_border()) detail::mend_unless_finite<T>(s, ConvPass::kForward, x, w, bias, y);
}

/// grad_x = fold(wᵀ·grad_y). One task for some channels of one image, because its blocks overlap.
/// Folding is cheaper than unfolding grad_y (50 → 50 channels at 32×32: 12 %).
template <class T> void grad_input(const Op& op, const ConvShape& s, const Array& grad_y,
                                   const Array& w, const Array& grad_x) {
  const T *const g = grad_y.data<T>(), *const weight = w.data<T>();
  T* const all = grad_x.data<T>();
  constexpr Index kTasks = 16;  // enough for all threads with a small batch
  const Index in = s.group_in(), out = s.group_out(), taps = s.taps();
  const Index positions = s.out_positions(), images = s.batch * s.groups;
  const Index parts =
      std::clamp<Index>(kTasks / std::max<Index>(images, 1), 1, std::max<Index>(in, 1));
  const Index most = (in + parts - 1) / parts;  // channels in a task
  const ConvBlocks blocks(s, most * taps, sizeof(T));
  const BlasScope blas;
  detail::parallel_with_scratch<T>(
      op, images * parts, most * taps * blocks.largest(), [&](Index task, T* columns) {
        const Index image_group = task / parts, group = image_group % s.groups, part = task % parts;
        const Index c = in * part / parts, channels = in * (part + 1) / parts - c;
        T* to = all + (image_group * in + c) * s.in_positions();
        std::fill_n(to, channels * s.in_positions(), T{0});
        const Matrix<T> left{weight + group * out * in * taps + c * taps, in * taps, true};
        for (Index i = 0; i < blocks.count(); ++i) {
          const ConvBlock b = blocks[i];
          gemm_serial<T>(blas, channels * taps, b.size(), out, 1, left,
                         {g + image_group * out * positions + b.first, positions}, 0, columns,
                         b.size());  // (O, C·taps)ᵀ·(O, block)
          best_copy<detail::fold<T>>()(s, columns, channels, b, to);
        }
      });
}

/// grad_w = Σ grad_y·unfold(x)ᵀ.
template <class T> void grad_weight(const Op& op, const ConvShape& s, const Array& x,
                                    const Array& grad_y, const Array& grad_w) {
  detail::block_weight_products<T>(op, s, x.data<T>(), grad_y.data<T>(), grad_w.data<T>(),
                                   BlockOperand::kUnfolded);
  detail::mend_weight_unless_finite<T>(s, x, grad_y, grad_w);
}

}  // namespace tinygrad::kernels::conv::im2col
