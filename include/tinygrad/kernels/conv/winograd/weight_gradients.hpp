// SPDX-License-Identifier: MIT
// The gradient of the weight of a 3×3 or 5×5 convolution of stride 1, by Winograd's minimal
// filtering.
#pragma once

#include <algorithm>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/conv/shape.hpp"
#include "tinygrad/kernels/conv/winograd/patches.hpp"
#include "tinygrad/kernels/conv/winograd/tiles.hpp"
#include "tinygrad/kernels/conv/winograd/transforms.hpp"
#include "tinygrad/kernels/scratch.hpp"
#include "tinygrad/kernels/simd/panel_products.hpp"
#include "tinygrad/kernels/simd/vector.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels::conv::winograd {

/// Divides `count` channels into chunks of at most kMost; all but the last are multiples of `unit`.
struct ChannelChunks {
  static constexpr Index kMost = 128;  // of inputs and outputs: their sums take 2.4 MB in float32
  Index count, chunks, size;

  ChannelChunks(Index n, Index unit) : count(n), chunks((n + kMost - 1) / kMost) {
    size = round_up((n + chunks - 1) / chunks, unit);
    chunks = (n + size - 1) / size;
  }
  Index begin(Index chunk) const { return chunk * size; }
  Index end(Index chunk) const { return std::min(count, begin(chunk) + size); }
};

}  // namespace tinygrad::kernels::conv::winograd

TINYGRAD_BEGIN_WIDE
namespace tinygrad::inline TINYGRAD_ABI::kernels::conv::winograd::inline TINYGRAD_WIDE {

/// The gradients of the weights: the products of x and grad_y at the points, summed over all tiles
/// and transformed back. The rows of the products are the channels of one, the columns those of the
/// other. A task takes a chunk of rows, a chunk of columns and a part of the blocks.
template <Index kTaps, class T> class WeightGradients {
 public:
  WeightGradients(const Op& op, const ConvShape& s, const T* x, const T* grad_y)
      : op_(op),
        s_(s),
        blocks_(Tiling<kTaps>(s)),
        inputs_{x, s.batch, s.in_channels, s.dims[1].in, s.dims[2].in},
        grads_{grad_y, s.batch, s.out_channels, s.dims[1].out, s.dims[2].out},
        x_rows_(cost(s.in_channels, s.out_channels) < cost(s.out_channels, s.in_channels)),
        products_(x_rows_ ? s.in_channels : s.out_channels),
        columns_(x_rows_ ? s.out_channels : s.in_channels, L),
        rows_(x_rows_ ? s.in_channels : s.out_channels, products_.rows),
        row_stride_(round_up(rows_.size, L)) {}

  void compute(T* grad_w) const {
    const Index blocks = blocks_.count(), chunks = columns_.chunks * rows_.chunks;
    const Index parts = std::clamp<Index>(blocks / 4, 1, std::max<Index>(1, kTasks / chunks));
    const Index all_columns = columns_.chunks * columns_.size;
    const Array partial =
        Array::empty({parts, rows_.count, kWeights, all_columns}, dtype_of<T>(), op_);
    T* const results = partial.data<T>();
    const Index part_size = rows_.count * kWeights * all_columns;
    detail::parallel_with_scratch<T>(
        op_, parts * chunks, Scratch(*this, nullptr).size(), [&](Index task, T* scratch) {
          const Index part = task / chunks, chunk = task % chunks;
          const Index column = chunk % columns_.chunks, row = chunk / columns_.chunks;
          const Channels channels{columns_.begin(column), columns_.end(column), rows_.begin(row),
                                  rows_.end(row)};
          const Scratch memory(*this, scratch);
          std::fill(memory.z, memory.end, T{0});
          for (Index b = blocks * part / parts; b < blocks * (part + 1) / parts; ++b)
            add_block(channels, b, memory);
          add_rest(channels, memory);
          weights_of(channels, memory.sums, results + part * part_size, all_columns);
        });
    add_parts(results, parts, all_columns, grad_w);
  }

 private:
  static constexpr Index L = kLanes<T>, kWeights = kTaps * kTaps, kTasks = 16;
  // One or two channels after the last whole vector would cost as much as a vector. They are
  // multiplied as rows.
  static constexpr Index kRest = 2;
  static Index rest_of(Index columns) { return columns % L <= kRest ? columns % L : 0; }
  /// The cost of a product of rows and columns, padded to vectors.
  static Index cost(Index rows, Index columns) {
    const Index rest = rest_of(columns);
    return PanelProducts<T, Rows::kAdjacent>(rows).padded(rows) *
           (round_up(columns - rest, L) + rest);
  }

  struct Channels {
    Index column_begin, column_end, row_begin, row_end;
    Index columns() const { return column_end - column_begin; }
    Index rows() const { return row_end - row_begin; }
    Index rest() const { return rest_of(columns()); }
    Index whole() const { return columns() - rest(); }
  };
  struct Scratch {
    T* patch;
    T* v;     ///< (point, tile, column)
    T* z;     ///< (point, tile, row)
    T* sums;  ///< (point, row, column)
    T* rest;  ///< (point, column of the rest, row)
    T* end;
    // One extra vector, because strides of a power of two would map to the same cache lines.
    Index v_point, z_point;

    Scratch(const WeightGradients& g, T* memory)
        : v_point(g.blocks_.most() * g.columns_.size + L),
          z_point(g.blocks_.most() * g.row_stride_ + L) {
      patch = memory;
      v = patch + g.blocks_.most_pixels() * L;
      z = v + kPoints * v_point;
      sums = z + kPoints * z_point;
      rest = sums + kPoints * g.rows_.size * g.columns_.size;
      end = rest + kPoints * kRest * g.row_stride_;
    }
    Index size() const { return end - patch; }
  };

  void add_block(const Channels& channels, Index block, const Scratch& m) const {
    const Index tiles = blocks_.for_each_box(block, [&](const TileBox& box, Index first) {
      transform(x_rows_, channels.row_begin, channels.rows(), box, m.patch,
                m.z + first * row_stride_, row_stride_, m.z_point);
      transform(!x_rows_, channels.column_begin, channels.columns(), box, m.patch,
                m.v + first * columns_.size, columns_.size, m.v_point);
    });
    const Index whole = channels.whole();
    for (Index p = 0; p < kPoints; ++p) {
      const T *const z = m.z + p * m.z_point, *const v = m.v + p * m.v_point;
      T* const sums = m.sums + p * rows_.size * columns_.size;
      for (Index c = 0; c < whole; c += 2 * L) {
        const bool two = c + L < whole;
        for (Index r = 0; r < channels.rows();) {
          const bool tall = !two && r + products_.rows < channels.rows();
          const auto add = two    ? products_.accumulate_two
                           : tall ? products_.accumulate_tall
                                  : products_.accumulate;
          add(tiles, z + r, nullptr, row_stride_, v + c, columns_.size,
              sums + r * columns_.size + c, columns_.size);
          r += tall ? 2 * products_.rows : products_.rows;
        }
      }
      if (channels.rest() == 0) continue;
      for (Index r = 0; r < channels.rows(); r += L)
        detail::accumulate_panel<Rows::kAdjacent, kRest, 1>(
            tiles, v + whole, nullptr, columns_.size, z + r, row_stride_,
            m.rest + p * kRest * row_stride_ + r, row_stride_);
    }
  }
  /// Transforms channels of x, or of grad_y, to the points.
  void transform(bool of_x, Index channel, Index count, const TileBox& box, T* patch, T* to,
                 Index tile, Index point) const {
    const ConvDim &height = s_.dims[1], &width = s_.dims[2];
    for (Index c = 0; c < count; c += L) {
      const Index channels = std::min(L, count - c);
      if (of_x)
        transform_channels<Inputs, kOut<kTaps>>(inputs_, box, height.low, width.low, channel + c,
                                                channels, patch, to + c, tile, point);
      else
        transform_channels<OutputGrads<kTaps>, kOut<kTaps>>(grads_, box, 0, 0, channel + c,
                                                            channels, patch, to + c, tile, point);
    }
  }
  void add_rest(const Channels& channels, const Scratch& m) const {
    for (Index p = 0; p < kPoints; ++p)
      for (Index c = 0; c < channels.rest(); ++c)
        for (Index r = 0; r < channels.rows(); ++r)
          m.sums[(p * rows_.size + r) * columns_.size + channels.whole() + c] +=
              m.rest[(p * kRest + c) * row_stride_ + r];
  }

  // Writes to (row, weight, column).
  void weights_of(const Channels& channels, const T* sums, T* to, Index all_columns) const {
    for (Index r = 0; r < channels.rows(); ++r)
      for (Index c = 0; c < channels.columns(); c += L) {
        const T* from = sums + r * columns_.size + c;
        T* row = to + (channels.row_begin + r) * kWeights * all_columns + channels.column_begin + c;
        winograd::transform<WeightGrads<kTaps>, Vec<T>>(
            [&](Index i, Index j) {
              return load(from + (i * kIn + j) * rows_.size * columns_.size);
            },
            [&](Index i, Index j, Vec<T> v) { store(row + (i * kTaps + j) * all_columns, v); });
      }
  }

  // Adds the parts in a fixed order into the first one.
  void add_parts(T* results, Index parts, Index all_columns, T* grad_w) const {
    const Index columns = columns_.count, part_size = rows_.count * kWeights * all_columns;
    const Index grain = std::max<Index>(1, 65536 / (kWeights * columns * parts));
    const Index next_row = (x_rows_ ? 1 : s_.in_channels) * kWeights;
    const Index next_column = (x_rows_ ? s_.in_channels : 1) * kWeights;
    parallel_for(rows_.count, grain, [&](Index begin, Index end) {
      for (Index r = begin; r < end; ++r)
        for (Index k = 0; k < kWeights; ++k) {
          T* const sum = results + (r * kWeights + k) * all_columns;
          for (Index part = 1; part < parts; ++part) {
            const T* const term = sum + part * part_size;
            for (Index c = 0; c < columns; ++c) sum[c] += term[c];
          }
          T* const to = grad_w + r * next_row + k;
          for (Index c = 0; c < columns; ++c) to[c * next_column] = sum[c];
        }
    });
  }

  const Op& op_;
  const ConvShape& s_;
  BoxBlocks<kTaps> blocks_;
  Planes<const T> inputs_, grads_;
  bool x_rows_;  // true: rows are x's channels; false: grad_y's
  PanelProducts<T, Rows::kAdjacent> products_;
  ChannelChunks columns_, rows_;
  Index row_stride_;
};

}  // namespace tinygrad::kernels::conv::winograd
TINYGRAD_END_WIDE
