// SPDX-License-Identifier: MIT
// Winograd convolution with one tile in each vector lane, for any number of channels. One thread
// gathers, transforms, multiplies and transforms back one block of tiles, which fits a core's
// second-level cache.
#pragma once

#include <algorithm>
#include <atomic>
#include <vector>

#include "tinygrad/core/array.hpp"
#include "tinygrad/kernels/conv/shape.hpp"
#include "tinygrad/kernels/conv/winograd/tiles.hpp"
#include "tinygrad/kernels/conv/winograd/transformed_weights.hpp"
#include "tinygrad/kernels/conv/winograd/transforms.hpp"
#include "tinygrad/kernels/scratch.hpp"
#include "tinygrad/kernels/simd/panel_products.hpp"

TINYGRAD_BEGIN_WIDE
namespace tinygrad::inline TINYGRAD_ABI::kernels::conv::winograd::inline TINYGRAD_WIDE {

/// y = the convolution of x by w, plus bias, which may be null. One task for each block of tiles.
/// Returns false if a value of y or its transform is not finite.
template <Index kTaps, class T> bool forward_by_tiles(const Op& op, const ConvShape& s, const T* x,
                                                      const WeightView<T>& w, const T* bias, T* y) {
  constexpr Index kTiles = kBlock<T>, kSide = kOut<kTaps>;
  const ConvDim &height = s.dims[1], &width = s.dims[2];
  const Index in = s.in_channels, out = s.out_channels;
  const Tiling<kTaps> tiling(s);
  const Planes<const T> inputs{x, s.batch, in, height.in, width.in};
  const Planes<T> outputs{y, s.batch, out, height.out, width.out};
  const PanelProducts<T, Rows::kAdjacent> products(out);
  const Index rows = products.rows;
  const Array weights = transform_weights<kTaps>(op, out, in, w, rows);
  const T* const u = weights.data<T>();
  // One extra channel, because strides of a power of two would map to the same cache lines.
  const Index gathered = kPoints * kTileStride<T>, stride = (in + 1) * kTiles;
  const Index blocks = (tiling.count + kTiles - 1) / kTiles;
  const std::vector<Index> channels = multiples(in, kTiles);  // their places, at each point
  std::atomic<bool> finite{true};
  detail::parallel_with_scratch<T>(
      op, blocks, gathered + kPoints * (stride + rows * kTiles), [&](Index block, T* scratch) {
        const Index first = block * kTiles, last = std::min(tiling.count, first + kTiles);
        T* const tiles = scratch;           // in the layout of gather() and scatter()
        T* const v = tiles + gathered;      // (point, channel, tile)
        T* const m = v + kPoints * stride;  // (point, row, tile)
        const auto strips = tiling.template strips<T>(first, last);
        std::fill_n(tiles, gathered, T{0});
        for (Index c = 0; c < in; ++c) {
          for (const Strip& strip : strips)
            gather<kSide>(inputs, inputs.plane(strip.image, c), strip.row - height.low,
                          strip.column - width.low, strip.count, tiles + strip.at);
          transform_block<Inputs>(tiles, kTileStride<T>, v + c * kTiles, stride);
        }
        Vec<T> sums{};
        for (Index o = 0; o < out; o += rows) {
          for (Index p = 0; p < kPoints; ++p)
            products.multiply_two(in, u + (o * kPoints + p * rows) * in, v + p * stride,
                                  channels.data(), nullptr, m + p * rows * kTiles, kTiles);
          for (Index r = 0; r < std::min(rows, out - o); ++r) {
            sums += transform_block<Outputs<kTaps>>(m + r * kTiles, rows * kTiles, tiles,
                                                    kTileStride<T>, bias ? bias[o + r] : T{0});
            for (const Strip& strip : strips)
              scatter<kSide>(tiles, strip, outputs, outputs.plane(strip.image, o + r));
          }
        }
        if (!all_lanes_finite<T>(sums)) finite.store(false, std::memory_order_relaxed);
      });
  return finite.load(std::memory_order_relaxed);
}

}  // namespace tinygrad::kernels::conv::winograd
TINYGRAD_END_WIDE
