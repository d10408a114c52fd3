// SPDX-License-Identifier: MIT
// Winograd convolution with one channel in each vector lane, for images of few tiles, and its
// transpose. One thread transforms, multiplies and transforms back one block of tiles, which fits a
// core's second-level cache.
#pragma once

#include <algorithm>
#include <atomic>

#include "tinygrad/core/array.hpp"
#include "tinygrad/kernels/conv/shape.hpp"
#include "tinygrad/kernels/conv/winograd/patches.hpp"
#include "tinygrad/kernels/conv/winograd/transformed_weights.hpp"
#include "tinygrad/kernels/conv/winograd/transforms.hpp"
#include "tinygrad/kernels/scratch.hpp"
#include "tinygrad/kernels/simd/panel_products.hpp"
#include "tinygrad/kernels/simd/vector.hpp"

TINYGRAD_BEGIN_WIDE
namespace tinygrad::inline TINYGRAD_ABI::kernels::conv::winograd::inline TINYGRAD_WIDE {

/// to (kVectors, kRows, lane) = zᵀ·u, with z (depth, kRows) and u (depth, kVectors of columns). z
/// is stored in groups of one vector of depth, z_group apart. The vectors of u are u_vector apart,
/// those of `to` to_vector apart.
template <int kRows, int kVectors, class T>
void multiply_vectors(Index depth, const T* z, Index z_group, const T* u, Index u_vector, T* to,
                      Index to_vector) {
  constexpr int L = kLanes<T>;
  Vec<T> sums[kRows][kVectors] = {};
  for (; depth > 0; depth -= L, z += z_group)
    for (Index c = 0; c < std::min<Index>(L, depth); ++c, u += L) {
      Vec<T> right[kVectors];
#pragma GCC unroll 2
      for (int j = 0; j < kVectors; ++j) right[j] = load(u + j * u_vector);
#pragma GCC unroll 16
      for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 2
        for (int j = 0; j < kVectors; ++j) sums[i][j] += z[i * L + c] * right[j];
    }
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) store(to + j * to_vector + i * L, sums[i][j]);
}

/// Sums products at the points over the channels of `in` and computes `out` from them. `From`
/// transforms tiles when they are read, `To` when they are written. (low_row, low_column) is the
/// border before the planes of each side.
template <Index kTaps, class From, class To, class T> class ChannelProducts {
 public:
  struct Side {
    Index channels, low_row, low_column;
  };
  ChannelProducts(const Op& op, const BoxBlocks<kTaps>& blocks, const Side& in, const Side& out,
                  const WeightView<T>& w)
      : blocks_(blocks),
        in_(in),
        out_(out),
        weights_(transform_weights<kTaps>(op, out.channels, in.channels, w, L)),
        most_(round_up(blocks.most(), 2 * kPanelRows)),
        v_point_(round_up(in.channels, L) * most_ + L),
        m_point_(most_ * L + L) {}

  /// Computes all blocks, one task for each. `bias` may be null. Returns false if a result or its
  /// transform is not finite.
  bool compute(const Op& op, const Planes<const T>& in, const T* bias, const Planes<T>& out) const {
    const Index scratch_size = blocks_.most_pixels() * L + kPoints * (v_point_ + 2 * m_point_);
    std::atomic<bool> finite{true};
    detail::parallel_with_scratch<T>(op, blocks_.count(), scratch_size,
                                     [&](Index block, T* scratch) {
                                       if (!compute_block(block, in, bias, out, scratch))
                                         finite.store(false, std::memory_order_relaxed);
                                     });
    return finite.load(std::memory_order_relaxed);
  }

 private:
  static constexpr Index L = kLanes<T>, kStep = kOut<kTaps>;

  bool compute_block(Index block, const Planes<const T>& in, const T* bias, const Planes<T>& out,
                     T* scratch) const {
    T* const patch = scratch;
    T* const v = patch + blocks_.most_pixels() * L;  // (point, vector of channels, tile, lane)
    T* const m = v + kPoints * v_point_;             // (vector, point, tile, lane)
    const Index tiles = blocks_.for_each_box(block, [&](const TileBox& box, Index first) {
      for (Index c = 0; c < in_.channels; c += L)
        transform_channels<From, kStep>(in, box, in_.low_row, in_.low_column, c,
                                        std::min(L, in_.channels - c), patch,
                                        v + c * most_ + first * L, L, v_point_);
    });
    Vec<T> sums{};
    for (Index o = 0; o < out_.channels; o += 2 * L) {
      multiply(o, tiles, v, m);
      for (Index c = o; c < std::min(out_.channels, o + 2 * L); c += L) {
        const Index channels = std::min(L, out_.channels - c);
        T shift[L] = {};
        if (bias) std::copy_n(bias + c, channels, shift);
        blocks_.for_each_box(block, [&](const TileBox& box, Index first) {
          sums += write(box, m + (c - o) / L * kPoints * m_point_ + first * L, load(shift), out, c,
                        channels, patch);
        });
      }
    }
    return all_lanes_finite<T>(sums);
  }
  /// m = the products for up to two vectors of output channels from o on.
  void multiply(Index o, Index tiles, const T* v, T* m) const {
    const bool two = o + L < out_.channels;
    const Index in = in_.channels, u_vector = kPoints * in * L;
    const T* u = weights_.template data<T>() + o * kPoints * in;
    for (Index p = 0; p < kPoints; ++p, u += in * L, v += v_point_, m += m_point_)
      for (Index t = 0; t < tiles; t += two ? kPanelRows : 2 * kPanelRows) {
        const auto product =
            two ? multiply_vectors<kPanelRows, 2, T> : multiply_vectors<2 * kPanelRows, 1, T>;
        product(in, v + t * L, most_ * L, u, u_vector, m + t * L, kPoints * m_point_);
      }
  }
  /// Writes a box. Tiles overlap if To::kTo > kStep; then a box is a whole image. Returns the sums
  /// of all numbers before `shift` is added.
  Vec<T> write(const TileBox& box, const T* m, Vec<T> shift, const Planes<T>& out, Index channel,
               Index channels, T* memory) const {
    constexpr Index side = To::kTo;
    const auto patch = Patch<T>::of(box, kStep, side, out_.low_row, out_.low_column, memory);
    if (side > kStep) std::fill_n(memory, patch.rows * patch.columns * L, T{0});
    Vec<T> sums{};
    patch.for_each_tile(box, kStep, [&](T* corner) {
      sums += transform<To, Vec<T>>(
          [&](Index i, Index j) { return load(m + (i * kIn + j) * m_point_); },
          [&](Index i, Index j, Vec<T> n) {
            T* const pixel = corner + (i * patch.columns + j) * L;
            store(pixel, Vec<T>(n + (side > kStep ? load(pixel) : shift)));
          });
      m += L;
    });
    patch.write(out, box.image, channel, channels);
    return sums;
  }

  const BoxBlocks<kTaps>& blocks_;
  Side in_, out_;
  Array weights_;
  Index most_;
  // One extra vector, because strides of a power of two would map to the same cache lines.
  Index v_point_, m_point_;
};

/// y = the convolution of x by w, plus bias, which may be null. Returns false if a value of y or
/// its transform is not finite.
template <Index kTaps, class T> bool forward_by_channels(const Op& op, const ConvShape& s,
                                                         const T* x, const WeightView<T>& w,
                                                         const T* bias, T* y) {
  const ConvDim &height = s.dims[1], &width = s.dims[2];
  const BoxBlocks<kTaps> blocks{Tiling<kTaps>(s)};
  const Planes<const T> inputs{x, s.batch, s.in_channels, height.in, width.in};
  const Planes<T> outputs{y, s.batch, s.out_channels, height.out, width.out};
  const ChannelProducts<kTaps, Inputs, Outputs<kTaps>, T> products(
      op, blocks, {s.in_channels, height.low, width.low}, {s.out_channels, 0, 0}, w);
  return products.compute(op, inputs, bias, outputs);
}

/// grad_x as the transpose of the forward pass: tiles of grad_y become overlapping tiles of grad_x,
/// which are added. Returns false if a value is not finite.
template <Index kTaps, class T> bool transposed(const Op& op, const ConvShape& s, const T* grad_y,
                                                const WeightView<T>& w, T* grad_x) {
  const ConvDim &height = s.dims[1], &width = s.dims[2];
  const BoxBlocks<kTaps> blocks(Tiling<kTaps>(s), true);
  const Planes<const T> grads{grad_y, s.batch, s.out_channels, height.out, width.out};
  const Planes<T> inputs{grad_x, s.batch, s.in_channels, height.in, width.in};
  const ChannelProducts<kTaps, OutputGrads<kTaps>, InputGrads, T> products(
      op, blocks, {s.out_channels, 0, 0}, {s.in_channels, height.low, width.low}, w);
  return products.compute(op, grads, nullptr, inputs);
}

}  // namespace tinygrad::kernels::conv::winograd
TINYGRAD_END_WIDE
