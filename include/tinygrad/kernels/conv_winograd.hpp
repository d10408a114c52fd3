// SPDX-License-Identifier: MIT
// 3×3 and 5×5 convolutions of stride 1 by Winograd's minimal filtering: a quarter, or a third, of
// the multiplications. Blocks of tiles, each small enough for a core's second-level cache, are
// gathered, transformed, multiplied and transformed back by one thread.
#pragma once

#include <algorithm>
#include <type_traits>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/conv_im2col.hpp"
#include "tinygrad/kernels/conv_shape.hpp"
#include "tinygrad/kernels/panel_products.hpp"
#include "tinygrad/kernels/simd.hpp"
#include "tinygrad/kernels/winograd.hpp"
#include "tinygrad/kernels/winograd_tiles.hpp"

namespace tinygrad::kernels::winograd {

/// Weights as they are read: w[o, c, k] at data[o·out + c·in + k·tap].
template <class T> struct WeightView {
  const T* data;
  Index out, in, tap;
};

/// Weights at the points, (blocks of `rows` output channels, point, input channel, row).
template <Index kTaps, class T>
Array transform_weights(const Op& op, Index out, Index in, const WeightView<T>& w, Index rows) {
  constexpr int L = kLanes<T>, kMost = (10 + L - 1) / L * L;
  const Index blocks = (out + rows - 1) / rows;
  Array result = Array::empty({blocks, kPoints, in, rows}, dtype_of<T>(), op);
  T* const all = result.data<T>();
  parallel_for(blocks * in, 256, [&](Index begin, Index end) {
    for (Index item = begin; item < end; ++item) {
      const Index block = item / in, c = item % in;
      T taps[kTaps * kTaps][kMost] = {}, points[kPoints][kMost];
      for (Index r = 0; r < std::min(rows, out - block * rows); ++r)
        for (Index k = 0; k < kTaps * kTaps; ++k)
          taps[k][r] = w.data[(block * rows + r) * w.out + c * w.in + k * w.tap];
      for (Index r = 0; r < rows; r += L)
        transform<Weights<kTaps>, Vec<T>>(
            [&](Index i, Index j) { return load(taps[i * kTaps + j] + r); },
            [&](Index i, Index j, Vec<T> v) { store(points[i * kIn + j] + r, v); });
      T* to = all + (block * kPoints * in + c) * rows;
      for (Index p = 0; p < kPoints; ++p, to += in * rows) std::copy_n(points[p], rows, to);
    }
  });
  return result;
}

/// One channel of the inputs at the points: a block of tiles through `tiles`, which holds what
/// gather() left there, to points of `stride`.
template <Index kTaps, class T>
void transform_inputs(const ConvShape& s, const Planes<const T>& inputs, Index channel,
                      const Strips<T>& strips, T* tiles, T* points, Index stride) {
  for (const Strip& strip : strips)
    gather<kIn, kOut<kTaps>>(inputs, inputs.plane(strip.image, channel), strip.row - s.axes[1].low,
                             strip.column - s.axes[2].low, strip.count, tiles + strip.at);
  transform_block<Inputs>(tiles, points, stride);
}

/// One channel of the outputs' gradients at the points, likewise.
template <Index kTaps, class T> void transform_grads(const Planes<const T>& grads, Index channel,
                                                     const Strips<T>& strips, T* tiles, T* points,
                                                     Index stride) {
  for (const Strip& strip : strips)
    gather<kOut<kTaps>, kOut<kTaps>>(grads, grads.plane(strip.image, channel), strip.row,
                                     strip.column, strip.count, tiles + strip.at);
  transform_block<OutputGrads<kTaps>>(tiles, points, stride);
}

/// Sums over channels of weights times numbers, both at the points, for a block of tiles.
template <Index kTaps, class T> class PointProducts {
 public:
  PointProducts(const Op& op, Index out, Index in, const WeightView<T>& w)
      : out_(out),
        in_(in),
        products_(out),
        weights_(transform_weights<kTaps>(op, out, in, w, products_.rows)),
        channels_(multiples(in, kTiles)) {}

  Index scratch_size() const {
    return kPoints * (stride() + products_.rows * kTiles + kTileStride<T>);
  }
  /// read(c, tiles, points, stride) puts channel c of the block at the points; write(o, points,
  /// stride, tiles) takes what channel o has there. `tiles` has space for a block.
  template <class Read, class Write> void compute(T* scratch, Read read, Write write) const {
    const Index rows = products_.rows;
    T* const v = scratch;                          // (point, channel, tile)
    T* const m = v + kPoints * stride();           // (point, row, tile)
    T* const tiles = m + kPoints * rows * kTiles;  // as gather() and scatter() have them
    const T* const u = weights_.template data<T>();
    std::fill_n(tiles, kPoints * kTileStride<T>, T{0});
    for (Index c = 0; c < in_; ++c) read(c, tiles, v + c * kTiles, stride());
    for (Index o = 0; o < out_; o += rows) {
      for (Index p = 0; p < kPoints; ++p)
        products_.multiply_two(in_, u + (o * kPoints + p * rows) * in_, v + p * stride(),
                               channels_.data(), nullptr, m + p * rows * kTiles, kTiles);
      for (Index r = 0; r < std::min(rows, out_ - o); ++r)
        write(o + r, m + r * kTiles, rows * kTiles, tiles);
    }
  }

 private:
  static constexpr Index kTiles = kBlock<T>;
  // One channel more than there are: strides of a power of two would share the lines of a cache.
  Index stride() const { return (in_ + 1) * kTiles; }

  Index out_, in_;
  PanelProducts<T, Rows::kAdjacent> products_;
  Array weights_;
  std::vector<Index> channels_;  // where they are, of each point
};

/// y = the convolution of x by w, plus bias, which may be null. One task for each block of tiles.
template <Index kTaps, class T> void forward(const Op& op, const ConvShape& s, const T* x,
                                             const WeightView<T>& w, const T* bias, T* y) {
  constexpr Index kTiles = kBlock<T>;
  const ConvAxis &height = s.axes[1], &width = s.axes[2];
  const Tiling<kTaps> tiling(s);
  const Planes<const T> inputs{x, s.batch, s.in_channels, height.in, width.in};
  const Planes<T> outputs{y, s.batch, s.out_channels, height.out, width.out};
  const PointProducts<kTaps, T> products(op, s.out_channels, s.in_channels, w);
  kernels::detail::parallel_with_scratch<T>(
      op, (tiling.count + kTiles - 1) / kTiles, products.scratch_size(),
      [&](Index block, T* scratch) {
        const Index first = block * kTiles, last = std::min(tiling.count, first + kTiles);
        const auto strips = tiling.template strips<T>(first, last);
        products.compute(
            scratch,
            [&](Index c, T* tiles, T* points, Index stride) {
              transform_inputs<kTaps>(s, inputs, c, strips, tiles, points, stride);
            },
            [&](Index o, const T* points, Index stride, T* tiles) {
              transform_back<Outputs<kTaps>>(points, stride, bias ? bias[o] : T{0}, tiles);
              for (const Strip& strip : strips)
                scatter<kOut<kTaps>>(tiles, strip, outputs, outputs.plane(strip.image, o));
            });
      });
}

/// The gradients of x, as the transpose of forward(): tiles of y's gradients to overlapping tiles
/// of x's, which are added up. A task takes whole images, some blocks of tiles.
template <Index kTaps, class T> void transposed(const Op& op, const ConvShape& s, const T* grad_y,
                                                const WeightView<T>& w, T* grad_x) {
  constexpr Index kTiles = kBlock<T>, kBlocks = 4, kTasks = 8;
  const ConvAxis &height = s.axes[1], &width = s.axes[2];
  const Tiling<kTaps> tiling(s);
  const Planes<const T> grads{grad_y, s.batch, s.out_channels, height.out, width.out};
  const Planes<T> inputs{grad_x, s.batch, s.in_channels, height.in, width.in};
  const PointProducts<kTaps, T> products(op, s.in_channels, s.out_channels, w);
  const Index tiles_of_image = tiling.rows * tiling.columns;
  const Index images =
      std::clamp<Index>(kBlocks * kTiles / tiles_of_image, 1, std::max<Index>(1, s.batch / kTasks));
  kernels::detail::parallel_with_scratch<T>(
      op, (s.batch + images - 1) / images, products.scratch_size(), [&](Index task, T* scratch) {
        const Index begin = task * images, end = std::min(s.batch, begin + images);
        std::fill(inputs.plane(begin, 0), inputs.plane(end, 0), T{0});
        for (Index first = begin * tiles_of_image; first < end * tiles_of_image; first += kTiles) {
          const Index last = std::min(end * tiles_of_image, first + kTiles);
          const auto strips = tiling.template strips<T>(first, last);
          products.compute(
              scratch,
              [&](Index o, T* tiles, T* points, Index stride) {
                transform_grads<kTaps>(grads, o, strips, tiles, points, stride);
              },
              [&](Index c, const T* points, Index stride, T* tiles) {
                transform_back<InputGrads>(points, stride, T{0}, tiles);
                for (const Strip& strip : strips)
                  add_tiles<kOut<kTaps>>(tiles, strip, strip.row - height.low,
                                         strip.column - width.low, inputs,
                                         inputs.plane(strip.image, c));
              });
        }
      });
}

}  // namespace tinygrad::kernels::winograd

namespace tinygrad::kernels::detail {

/// Calls f with the size of the kernel, 3 or 5, as a constant.
template <class F> void with_taps(const ConvShape& s, F f) {
  if (s.axes[1].kernel == 3) f(std::integral_constant<Index, 3>());
  else f(std::integral_constant<Index, 5>());
}

template <class T> void winograd_forward(const Op& op, const ConvShape& s, const T* x, const T* w,
                                         const T* bias, T* y) {
  const winograd::WeightView<T> weights{w, s.in_channels * s.taps(), s.taps(), 1};
  with_taps(s, [&](auto taps) { winograd::forward<taps()>(op, s, x, weights, bias, y); });
}

/// The gradient of x is the convolution of y's by the weights with taps in reverse; where y has
/// fewer tiles than x, the transpose of forward() has fewer products.
template <class T>
void winograd_grad_input(const Op& op, const ConvShape& s, const T* grad_y, const T* w, T* grad_x) {
  const Index all = s.taps(), next = s.in_channels * all;
  with_taps(s, [&](auto taps) {
    if (transposed_winograd_pays(s))
      winograd::transposed<taps(), T>(op, s, grad_y, {w, all, next, 1}, grad_x);
    else
      winograd::forward<taps(), T>(op, s.mirrored(), grad_y, {w + all - 1, all, next, -1}, nullptr,
                                   grad_x);
  });
}

}  // namespace tinygrad::kernels::detail
