// SPDX-License-Identifier: MIT
// Winograd's tiles with channels side by side, so that vectors run over channels: a part of some
// planes is transposed once, and tiles are read from it where they lie.
#pragma once

#include <algorithm>

#include "tinygrad/kernels/simd.hpp"
#include "tinygrad/kernels/winograd.hpp"
#include "tinygrad/kernels/winograd_tiles.hpp"

namespace tinygrad::kernels::winograd {

/// Tiles of one image: some columns of some rows of them.
struct TileBox {
  Index image, row, rows, column, columns;
};

/// All tiles of a convolution in blocks of about as many, each some boxes.
template <Index kTaps> class BoxBlocks {
 public:
  explicit BoxBlocks(const Tiling<kTaps>& t) : tiling_(t) {
    const Index cuts = (t.columns + kMost - 1) / kMost;
    columns_ = cuts > 0 ? (t.columns + cuts - 1) / cuts : 1;
    rows_ = kMost / columns_;
    lines_ = t.count > 0 ? t.count / t.columns * cuts : 0;
    cuts_ = cuts;
  }
  Index count() const { return (lines_ + rows_ - 1) / rows_; }
  Index most() const { return rows_ * columns_; }  ///< tiles of a block
  /// What the tiles of a box cover.
  Index most_pixels() const {
    constexpr Index step = kOut<kTaps>;
    return ((rows_ - 1) * step + kIn) * ((columns_ - 1) * step + kIn);
  }
  /// Calls f(box, number of its first tile in the block), and returns how many tiles there are.
  template <class F> Index for_each_box(Index block, F f) const {
    Index tiles = 0;
    const Index end = std::min(lines_, (block + 1) * rows_);
    for (Index line = block * rows_; line < end;) {  // rows of tiles of one cut of one image
      const Index part = line / tiling_.rows, row = line % tiling_.rows;
      const Index column = part % cuts_ * columns_;
      const TileBox box{part / cuts_, row, std::min(tiling_.rows - row, end - line), column,
                        std::min(columns_, tiling_.columns - column)};
      f(box, tiles);
      tiles += box.rows * box.columns;
      line += box.rows;
    }
    return tiles;
  }

 private:
  static constexpr Index kMost = 64;
  Tiling<kTaps> tiling_;
  Index columns_, rows_, lines_, cuts_;
};

/// What a box of tiles covers of up to a vector of channels: (row, column, channel), zeros outside
/// the planes.
template <class T> struct Patch {
  Index row, column;    ///< where it begins in the planes
  Index rows, columns;  ///< its size
  T* data;

  void fill(const Planes<const T>& in, Index image, Index channel, Index channels) const {
    const Index top = std::clamp<Index>(-row, 0, rows),
                left = std::clamp<Index>(-column, 0, columns);
    const Index bottom = std::clamp(in.height - row, top, rows);
    const Index right = std::clamp(in.width - column, left, columns);
    if (top > 0 || left > 0 || bottom < rows || right < columns)
      std::fill_n(data, rows * columns * kLanes<T>, T{0});
    if (left == right) return;
    const T* const planes = in.plane(image, channel);
    const bool whole = right - left == in.width;  // lines follow each other in memory
    const Index lines = whole ? std::min<Index>(1, bottom - top) : bottom - top;
    const Index length = (right - left) * (whole ? bottom - top : 1);
    for (Index line = 0; line < lines; ++line) {
      const Index first = (row + top + line) * in.width + column + left;
      T* to = data + ((top + line) * columns + left) * kLanes<T>;
      Index in_line = right - left;  // pixels before `to` moves on to the next line
      for (Index i = 0; i < length; i += kLanes<T>) {
        Vec<T> pixels[kLanes<T>];
        transpose(in, planes + first + i, channels, pixels);
        if (in_line == 0) {
          to += (columns - (right - left)) * kLanes<T>;
          in_line = right - left;
        }
        if (in_line >= kLanes<T> && length - i >= kLanes<T>) {
#pragma GCC unroll 16
          for (int k = 0; k < kLanes<T>; ++k) store(to + k * kLanes<T>, pixels[k]);
          to += kLanes<T> * kLanes<T>;
          in_line -= kLanes<T>;
          continue;
        }
        for (Index k = 0; k < std::min<Index>(kLanes<T>, length - i); ++k, --in_line) {
          if (in_line == 0) {
            to += (columns - (right - left)) * kLanes<T>;
            in_line = right - left;
          }
          store(to, pixels[k]);
          to += kLanes<T>;
        }
      }
    }
  }

 private:
  /// A vector of pixels of each channel to a vector of channels of each pixel.
  static void transpose(const Planes<const T>& in, const T* from, Index channels,
                        Vec<T> (&pixels)[kLanes<T>]) {
    constexpr int L = kLanes<T>;
    const Index next = in.size();
    const bool readable = in.end() - from >= (channels - 1) * next + L;
#pragma GCC unroll 16
    for (int c = 0; c < L; ++c) {
      const T* const channel = from + c * next;
      pixels[c] = Vec<T>{};
      if (c >= channels) continue;
      if (readable) pixels[c] = load(channel);
      else
        for (int k = 0; k < std::min<Index>(L, in.end() - channel); ++k) pixels[c][k] = channel[k];
      __builtin_prefetch(channel + kAhead * L);  // as many pages as channels, as a rule
    }
    kernels::transpose<T>(pixels);
  }
  static constexpr Index kAhead = 4;
};

/// A vector of channels of the tiles of a box at the points: point p of tile t to
/// to[p·point + t·tile]. Tiles are kStep apart, and (row, column) is the corner of the first.
template <class Transform, Index kStep, class T>
void transform_channels(const Planes<const T>& in, const TileBox& box, Index low_row,
                        Index low_column, Index channel, Index channels, T* memory, T* to,
                        Index tile, Index point) {
  constexpr Index L = kLanes<T>, side = Transform::kFrom;
  const Patch<T> patch{box.row * kStep - low_row, box.column * kStep - low_column,
                       (box.rows - 1) * kStep + side, (box.columns - 1) * kStep + side, memory};
  patch.fill(in, box.image, channel, channels);
  for (Index r = 0; r < box.rows; ++r)
    for (Index c = 0; c < box.columns; ++c, to += tile) {
      const T* const corner = memory + (r * patch.columns + c) * kStep * L;
      transform<Transform, Vec<T>>(
          [&](Index i, Index j) { return load(corner + (i * patch.columns + j) * L); },
          [&](Index i, Index j, Vec<T> v) { store(to + (i * Transform::kTo + j) * point, v); });
    }
}

}  // namespace tinygrad::kernels::winograd
