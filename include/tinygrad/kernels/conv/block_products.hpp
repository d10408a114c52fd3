// SPDX-License-Identifier: MIT
// Convolutions as BLAS products, block by block of an image's output positions. An operand of each
// product is x in its own memory (conv/pointwise.hpp) or unfolded (conv/im2col.hpp). A thread
// unfolds a block into its scratch and multiplies while the block is in the cache. The shape alone
// decides the blocks; the threads of the library share them, and each product runs on one thread.
#pragma once

#include <algorithm>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/at_cpu_level.hpp"
#include "tinygrad/kernels/conv/unfold.hpp"
#include "tinygrad/kernels/matrix/gemm.hpp"
#include "tinygrad/kernels/reduction/reduce.hpp"
#include "tinygrad/kernels/scratch.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// How the products read x.
enum class BlockOperand {
  kInPlace,   ///< in its own memory: output position p reads input position p
  kUnfolded,  ///< copied to columns of what the taps read
};

namespace detail {
/// Fills a line of n elements with each of the values; the lines are `stride` apart.
template <class T> void fill_lines(const T* values, Index lines, T* to, Index n, Index stride) {
  for (Index i = 0; i < lines; ++i) std::fill_n(to + i * stride, n, values[i]);
}

/// y = w·x + bias, with x read as `operand` says. One task for each block of each group of each
/// image. `bias` may be null.
template <class T> void block_products(const Op& op, const ConvShape& s, const T* x, const T* w,
                                       const T* bias, T* y, BlockOperand operand) {
  const Index out = s.group_out(), k = s.group_in() * s.taps(), positions = s.out_positions();
  const bool unfolded = operand == BlockOperand::kUnfolded;
  const ConvBlocks blocks(s, k, sizeof(T));
  const BlasScope blas;
  parallel_with_scratch<T>(
      op, s.batch * s.groups * blocks.count(), unfolded ? k * blocks.largest() : 0,
      [&](Index task, T* columns) {
        const ConvBlock b = blocks[task % blocks.count()];
        const Index image_group = task / blocks.count(), group = image_group % s.groups;
        const T* in = x + image_group * s.group_in() * s.in_positions();
        T* to = y + image_group * out * positions + b.first;
        if (bias)  // gemm adds the product to the bias
          best_copy<fill_lines<T>>()(bias + group * out, out, to, b.size(), positions);
        Matrix<T> right{in + b.first, positions};
        if (unfolded) {
          best_copy<unfold<T>>()(s, in, s.group_in(), b, columns);
          right = {columns, b.size()};
        }
        gemm_serial<T>(blas, out, b.size(), k, 1, {w + group * out * k, k}, right, bias ? 1 : 0, to,
                       positions);  // (O, C·taps)·(C·taps, block)
      });
}

/// grad_w = Σ grad_y·xᵀ over the blocks of all images, with x read as `operand` says. A task takes
/// some channels and some of the blocks. The sums of the tasks are added at the end in a fixed
/// order.
template <class T> void block_weight_products(const Op& op, const ConvShape& s, const T* x,
                                              const T* grad_y, T* grad_w, BlockOperand operand) {
  constexpr Index kTasks = 16, kPartialBytes = Index{16} << 20;
  const Index in = s.group_in(), out = s.group_out(), taps = s.taps();
  const Index positions = s.out_positions(), weights = s.weight_count();
  const bool unfolded = operand == BlockOperand::kUnfolded;
  if (weights == 0) return;
  // Few channels, so that an unfolding of kUnfoldedColumns fits. The product's inner side is then
  // long, and its result is read and written less often.
  const Index room = kUnfoldedBytes / static_cast<Index>(sizeof(T)) /
                     (taps * std::min(positions, kUnfoldedColumns));
  const Index chunks = (in + std::clamp<Index>(room, 1, in) - 1) / std::clamp<Index>(room, 1, in);
  const Index most = (in + chunks - 1) / chunks;
  const ConvBlocks blocks(s, most * taps, sizeof(T));
  const Index items = s.batch * blocks.count(), lines = s.groups * chunks;
  const Index parts = std::max<Index>(
      1, std::min({items, kTasks / lines, kPartialBytes / (weights * Index{sizeof(T)})}));
  const Array partial = parts > 1 ? Array::empty({parts, weights}, dtype_of<T>(), op) : Array();
  T* const sums = parts > 1 ? partial.data<T>() : grad_w;
  const BlasScope blas;
  parallel_with_scratch<T>(
      op, parts * lines, unfolded ? most * taps * blocks.largest() : 0,
      [&](Index task, T* columns) {
        const Index part = task / lines, group = task % lines / chunks, chunk = task % chunks;
        const Index c = in * chunk / chunks, channels = in * (chunk + 1) / chunks - c;
        T* to = sums + part * weights + group * out * in * taps + c * taps;
        const Index begin = items * part / parts, end = items * (part + 1) / parts;
        if (begin == end)
          for (Index o = 0; o < out; ++o) std::fill_n(to + o * in * taps, channels * taps, T{0});
        for (Index item = begin; item < end; ++item) {
          const ConvBlock b = blocks[item % blocks.count()];
          const Index image_group = item / blocks.count() * s.groups + group;
          const T* from = x + (image_group * in + c) * s.in_positions();
          Matrix<T> right{from + b.first, positions, true};
          if (unfolded) {
            best_copy<unfold<T>>()(s, from, channels, b, columns);
            right = {columns, b.size(), true};
          }
          gemm_serial<T>(blas, out, channels * taps, b.size(), 1,
                         {grad_y + image_group * out * positions + b.first, positions}, right,
                         item == begin ? 0 : 1, to, in * taps);  // (O, block)·(C·taps, block)ᵀ
        }
      });
  if (parts > 1) reduce_middle<SumOf>(sums, 1, parts, weights, grad_w);
}
}  // namespace detail

}  // namespace tinygrad::kernels
