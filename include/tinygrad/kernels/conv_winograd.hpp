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

/// y = the convolution of x by w, plus bias, which may be null. One task for each block of tiles.
template <Index kTaps, class T> void forward(const Op& op, const ConvShape& s, const T* x,
                                             const WeightView<T>& w, const T* bias, T* y) {
  constexpr Index kTiles = kBlock<T>, kSide = kOut<kTaps>;
  const ConvAxis &height = s.axes[1], &width = s.axes[2];
  const Index in = s.in_channels, out = s.out_channels;
  const Tiling<kTaps> tiling(s);
  const Planes<const T> inputs{x, s.batch, in, height.in, width.in};
  const Planes<T> outputs{y, s.batch, out, height.out, width.out};
  const AdjacentPanels<T> products(out);
  const Index rows = products.rows;
  const Array weights = transform_weights<kTaps>(op, out, in, w, rows);
  const T* const u = weights.data<T>();
  // One channel more than there are: strides of a power of two would share the lines of a cache.
  const Index gathered = kPoints * kTileStride<T>, stride = (in + 1) * kTiles;
  const Index blocks = (tiling.count + kTiles - 1) / kTiles;
  const std::vector<Index> channels = multiples(in, kTiles);  // where they are, of each point
  kernels::detail::parallel_with_scratch<T>(
      op, blocks, gathered + kPoints * (stride + rows * kTiles), [&](Index block, T* scratch) {
        const Index first = block * kTiles, last = std::min(tiling.count, first + kTiles);
        T* const tiles = scratch;           // as gather() and scatter() have them
        T* const v = tiles + gathered;      // (point, channel, tile)
        T* const m = v + kPoints * stride;  // (point, row, tile)
        const auto strips = tiling.template strips<T>(first, last);
        std::fill_n(tiles, gathered, T{0});
        for (Index c = 0; c < in; ++c)
          transform_inputs<kTaps>(s, inputs, c, strips, tiles, v + c * kTiles, stride);
        for (Index o = 0; o < out; o += rows) {
          for (Index p = 0; p < kPoints; ++p)
            products.multiply_two(in, u + (o * kPoints + p * rows) * in, v + p * stride,
                                  channels.data(), nullptr, m + p * rows * kTiles, kTiles);
          for (Index r = 0; r < std::min(rows, out - o); ++r) {
            const T shift = bias ? bias[o + r] : T{0};
            for (Index t = 0; t < kTiles; t += kLanes<T>)
              transform<Outputs<kTaps>, Vec<T>>(
                  [&](Index i, Index j) {
                    return load(m + ((i * kIn + j) * rows + r) * kTiles + t);
                  },
                  [&](Index i, Index j, Vec<T> sum) {
                    store(tiles + (i * kSide + j) * kTileStride<T> + t, Vec<T>(sum + shift));
                  });
            for (const Strip& strip : strips)
              scatter<kSide>(tiles, strip, outputs, outputs.plane(strip.image, o + r));
          }
        }
      });
}

/// A cut of `count` channels into chunks of at most kMost, multiples of `unit` but for the last.
struct ChannelChunks {
  static constexpr Index kMost = 128;  // of inputs and outputs: their sums take 2.4 MB in float32
  Index count, chunks, size;

  ChannelChunks(Index n, Index unit) : count(n), chunks((n + kMost - 1) / kMost) {
    size = ((n + chunks - 1) / chunks + unit - 1) / unit * unit;
    chunks = (n + size - 1) / size;
  }
  Index begin(Index chunk) const { return chunk * size; }
  Index end(Index chunk) const { return std::min(count, begin(chunk) + size); }
};

/// The weights' gradients: sums over all tiles of the products of what x and grad_y are at the
/// points, transformed back. A task takes a chunk of each one's channels and a part of the blocks.
template <Index kTaps, class T> class WeightGradients {
 public:
  WeightGradients(const Op& op, const ConvShape& s, const T* x, const T* grad_y)
      : op_(op),
        s_(s),
        tiling_(s),
        inputs_{x, s.batch, s.in_channels, s.axes[1].in, s.axes[2].in},
        grads_{grad_y, s.batch, s.out_channels, s.axes[1].out, s.axes[2].out},
        products_(s.out_channels),
        ins_(s.in_channels, L),
        outs_(s.out_channels, products_.rows) {}

  void compute(T* grad_w) const {
    const Index blocks = (tiling_.count + kTiles - 1) / kTiles;
    const Index chunks = ins_.chunks * outs_.chunks;
    const Index parts = std::clamp<Index>(blocks / 4, 1, std::max<Index>(1, kTasks / chunks));
    const Index all_columns = ins_.chunks * ins_.size;
    const Array partial =
        Array::empty({parts, s_.out_channels, kWeights, all_columns}, dtype_of<T>(), op_);
    T* const results = partial.data<T>();
    const Index part_size = s_.out_channels * kWeights * all_columns;
    kernels::detail::parallel_with_scratch<T>(
        op_, parts * chunks, scratch_size(), [&](Index task, T* scratch) {
          const Index part = task / chunks, chunk = task % chunks;
          const Channels channels{ins_.begin(chunk % ins_.chunks), ins_.end(chunk % ins_.chunks),
                                  outs_.begin(chunk / ins_.chunks), outs_.end(chunk / ins_.chunks)};
          const Scratch memory(*this, scratch);
          clear_unused(channels, memory);
          std::fill_n(memory.sums, kPoints * outs_.size * ins_.size, T{0});
          std::fill_n(memory.lanes, kPoints * outs_.size * kRest * L, T{0});
          for (Index b = blocks * part / parts; b < blocks * (part + 1) / parts; ++b)
            add_block(channels, b * kTiles, std::min(tiling_.count, (b + 1) * kTiles), memory);
          add_lanes(channels, memory);
          transform_back(channels, memory.sums, results + part * part_size, all_columns);
        });
    add_parts(results, parts, all_columns, grad_w);
  }

 private:
  static constexpr Index L = kLanes<T>, kTiles = kBlock<T>, kWeights = kTaps * kTaps, kTasks = 16,
                         kRest = 2;

  struct Channels {
    Index in_begin, in_end, out_begin, out_end;
    Index ins() const { return in_end - in_begin; }
    Index outs() const { return out_end - out_begin; }
  };
  struct Scratch {
    T* tiles;  ///< as gather() has them
    T* few;    ///< (point, L input channels, tile)
    T* v;      ///< (point, tile, input channel)
    T* z;      ///< (point, output channel, tile)
    T* sums;   ///< (point, output channel, input channel)
    T* rest;   ///< (point, input channel of the rest, tile)
    T* lanes;  ///< (point, output channel, input channel of the rest, lane)

    Scratch(const WeightGradients& g, T* memory)
        : tiles(memory),
          few(tiles + kPoints * kTileStride<T>),
          v(few + kPoints * L * kTiles),
          z(v + kPoints * kTiles * g.ins_.size),
          sums(z + kPoints * g.outs_.size * kTiles),
          rest(sums + kPoints * g.outs_.size * g.ins_.size),
          lanes(rest + kPoints * kRest * kTiles) {}
  };
  Index scratch_size() const {
    return kPoints * (kTileStride<T> + L * kTiles + kTiles * ins_.size + outs_.size * kTiles +
                      outs_.size * ins_.size + kRest * kTiles + outs_.size * kRest * L);
  }

  // One or two channels behind those that fill vectors would cost as much as a vector of them.
  // Their sums run over tiles, lane by lane.
  static Index rest_of(const Channels& channels) {
    return channels.ins() % L <= kRest ? channels.ins() % L : 0;
  }

  // What lies beyond the last channels is multiplied too, and forgotten.
  void clear_unused(const Channels& channels, const Scratch& m) const {
    if (channels.ins() % L != 0) std::fill_n(m.few, kPoints * L * kTiles, T{0});
    if (channels.ins() <= ins_.size - L) std::fill_n(m.v, kPoints * kTiles * ins_.size, T{0});
    if (channels.outs() < outs_.size) std::fill_n(m.z, kPoints * outs_.size * kTiles, T{0});
  }

  void add_block(const Channels& channels, Index first, Index last, const Scratch& m) const {
    const auto strips = tiling_.template strips<T>(first, last);
    const auto clear = [&] {  // a block that is not full would find others' tiles
      if (last - first < kTiles) std::fill_n(m.tiles, kPoints * kTileStride<T>, T{0});
    };
    clear();
    for (Index o = 0; o < channels.outs(); ++o) {
      for (const Strip& strip : strips) {
        const T* plane = grads_.plane(strip.image, channels.out_begin + o);
        gather<kOut<kTaps>, kOut<kTaps>>(grads_, plane, strip.row, strip.column, strip.count,
                                         m.tiles + strip.at);
      }
      transform_block<OutputGrads<kTaps>>(m.tiles, m.z + o * kTiles, outs_.size * kTiles);
    }
    clear();
    const Index whole = channels.ins() - rest_of(channels);
    for (Index c = whole; c < channels.ins(); ++c)
      transform_inputs<kTaps>(s_, inputs_, channels.in_begin + c, strips, m.tiles,
                              m.rest + (c - whole) * kTiles, kRest * kTiles);
    for (Index c = 0; c < whole; ++c) {
      const Index lane = c % L;
      transform_inputs<kTaps>(s_, inputs_, channels.in_begin + c, strips, m.tiles,
                              m.few + lane * kTiles, L * kTiles);
      if (lane < L - 1 && c < whole - 1) continue;
      for (Index p = 0; p < kPoints; ++p)
        for (Index t = 0; t < kTiles; t += L)
          transpose_square(m.few + p * L * kTiles + t, kTiles,
                           m.v + (p * kTiles + t) * ins_.size + c - lane, ins_.size);
    }
    for (Index p = 0; p < kPoints; ++p) {
      for (Index c = 0; c < whole; c += 2 * L)
        for (Index o = 0; o < channels.outs(); o += products_.rows) {
          const Index row = p * outs_.size + o;
          const auto add = c + L < whole ? products_.accumulate_two : products_.accumulate;
          add(kTiles, m.z + row * kTiles, nullptr, m.v + p * kTiles * ins_.size + c, ins_.size,
              m.sums + row * ins_.size + c, ins_.size);
        }
      for (Index c = 0; c < rest_of(channels); ++c) add_rest(channels, p, c, m);
    }
  }
  void add_rest(const Channels& channels, Index p, Index c, const Scratch& m) const {
    const T* const input = m.rest + (p * kRest + c) * kTiles;
    const Vec<T> low = load(input), high = load(input + L);
    const T* z = m.z + p * outs_.size * kTiles;
    T* sum = m.lanes + (p * outs_.size * kRest + c) * L;
    for (Index o = 0; o < channels.outs(); ++o, z += kTiles, sum += kRest * L)
      store(sum, Vec<T>(load(sum) + load(z) * low + load(z + L) * high));
  }
  void add_lanes(const Channels& channels, const Scratch& m) const {
    const Index whole = channels.ins() - rest_of(channels);
    for (Index row = 0; row < kPoints * outs_.size; ++row)
      for (Index c = whole; c < channels.ins(); ++c) {
        const T* const lanes = m.lanes + (row * kRest + c - whole) * L;
        T& sum = m.sums[row * ins_.size + c];
        for (Index lane = 0; lane < L; ++lane) sum += lanes[lane];
      }
  }

  // To (output channel, weight, input channel).
  void transform_back(const Channels& channels, const T* sums, T* to, Index all_columns) const {
    for (Index o = 0; o < channels.outs(); ++o)
      for (Index c = 0; c < channels.ins(); c += L) {
        const T* from = sums + o * ins_.size + c;
        T* row = to + (channels.out_begin + o) * kWeights * all_columns + channels.in_begin + c;
        transform<WeightGrads<kTaps>, Vec<T>>(
            [&](Index i, Index j) { return load(from + (i * kIn + j) * outs_.size * ins_.size); },
            [&](Index i, Index j, Vec<T> v) { store(row + (i * kTaps + j) * all_columns, v); });
      }
  }

  // Adds the parts up in a fixed order, into the first of them.
  void add_parts(T* results, Index parts, Index all_columns, T* grad_w) const {
    const Index in = s_.in_channels, part_size = s_.out_channels * kWeights * all_columns;
    const Index grain = std::max<Index>(1, 65536 / (kWeights * in * parts));
    parallel_for(s_.out_channels, grain, [&](Index begin, Index end) {
      for (Index o = begin; o < end; ++o)
        for (Index k = 0; k < kWeights; ++k) {
          T* const sum = results + (o * kWeights + k) * all_columns;
          for (Index part = 1; part < parts; ++part) {
            const T* const term = sum + part * part_size;
            for (Index c = 0; c < in; ++c) sum[c] += term[c];
          }
          for (Index c = 0; c < in; ++c) grad_w[(o * in + c) * kWeights + k] = sum[c];
        }
    });
  }

  const Op& op_;
  const ConvShape& s_;
  Tiling<kTaps> tiling_;
  Planes<const T> inputs_, grads_;
  AdjacentPanels<T> products_;
  ChannelChunks ins_, outs_;
};

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

/// The gradient of x is the convolution of y's by the weights with taps in reverse.
template <class T>
void winograd_grad_input(const Op& op, const ConvShape& s, const T* grad_y, const T* w, T* grad_x) {
  const Index all = s.taps();
  const winograd::WeightView<T> weights{w + all - 1, all, s.in_channels * all, -1};
  with_taps(s, [&](auto taps) {
    winograd::forward<taps(), T>(op, s.mirrored(), grad_y, weights, nullptr, grad_x);
  });
}

template <class T> void winograd_grad_weight(const Op& op, const ConvShape& s, const T* x,
                                             const T* grad_y, T* grad_w) {
  with_taps(s, [&](auto taps) {
    winograd::WeightGradients<taps(), T>(op, s, x, grad_y).compute(grad_w);
  });
}

}  // namespace tinygrad::kernels::detail
