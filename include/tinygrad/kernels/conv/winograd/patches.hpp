// SPDX-License-Identifier: MIT
// Transposes patches of NCHW planes so that each vector lane holds one channel, and back. Winograd
// tiles are read from the transposed patch in place.
#pragma once

#include <algorithm>

#include "tinygrad/kernels/conv/shape.hpp"
#include "tinygrad/kernels/conv/winograd/tiles.hpp"
#include "tinygrad/kernels/conv/winograd/transforms.hpp"
#include "tinygrad/kernels/simd/short_lines.hpp"
#include "tinygrad/kernels/simd/vector.hpp"

TINYGRAD_BEGIN_WIDE
namespace tinygrad::inline TINYGRAD_ABI::kernels::conv::winograd::inline TINYGRAD_WIDE {

/// Tiles of one image: a range of rows and a range of columns of tiles.
struct TileBox {
  Index image, row, rows, column, columns;
};

/// All tiles of a convolution, divided into blocks. A block consists of boxes.
template <Index kTaps> class BoxBlocks {
 public:
  /// With `whole_images`, a block holds all tiles of its images. An image must then have few tiles.
  explicit BoxBlocks(const Tiling<kTaps>& t, bool whole_images = false) : tiling_(t) {
    if (t.count == 0) return;
    cuts_ = whole_images ? 1 : (t.columns + kMost - 1) / kMost;
    columns_ = (t.columns + cuts_ - 1) / cuts_;
    rows_ = std::max<Index>(1, kMost / columns_);
    if (whole_images) rows_ = std::max<Index>(1, rows_ / t.rows) * t.rows;
    lines_ = t.count / t.columns * cuts_;
  }
  Index count() const { return (lines_ + rows_ - 1) / rows_; }
  Index most() const { return rows_ * columns_; }  ///< most tiles in a block
  /// The most pixels that the tiles of a box cover.
  Index most_pixels() const {
    constexpr Index step = kOut<kTaps>;
    return ((rows_ - 1) * step + kIn) * ((columns_ - 1) * step + kIn);
  }
  /// Calls f(box, index of its first tile in the block). Returns the number of tiles.
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
  static constexpr Index kMost = kMostWinogradTiles;

  Tiling<kTaps> tiling_;
  Index columns_ = 1, rows_ = 1, lines_ = 0, cuts_ = 1;
};

/// A part of some planes, with up to a vector of channels side by side: (row, column, channel).
template <class T> struct Patch {
  Index row, column;    ///< its start in the planes
  Index rows, columns;  ///< its size
  T* data;

  /// The patch that the tiles of a box cover. Each tile has `side` numbers along a dim, and tiles
  /// are `step` apart. low_row rows and low_column columns of the tiles lie before the planes.
  static Patch of(const TileBox& box, Index step, Index side, Index low_row, Index low_column,
                  T* data) {
    return {box.row * step - low_row, box.column * step - low_column, (box.rows - 1) * step + side,
            (box.columns - 1) * step + side, data};
  }
  /// Calls f(start of the tile in `data`) for each of these tiles.
  template <class F> void for_each_tile(const TileBox& box, Index step, F f) const {
    for (Index r = 0; r < box.rows; ++r)
      for (Index c = 0; c < box.columns; ++c) f(data + (r * columns + c) * step * L);
  }

  /// Reads the planes; zeros outside them.
  void read(const Planes<const T>& in, Index image, Index channel, Index channels) const {
    if (row < 0 || column < 0 || row + rows > in.height || column + columns > in.width)
      std::fill_n(data, rows * columns * L, T{0});
    const T* const planes = in.plane(image, channel);
    for_each_vector(in.height, in.width, [&](Index first, Index count, auto pixel) {
      Vec<T> v[L];
      load_channels(in, planes + first, channels, v);
      transpose<T>(v);
      if (count == L)
#pragma GCC unroll 16
        for (int k = 0; k < L; ++k) store(pixel(k), v[k]);
      else
        for (int k = 0; k < count; ++k) store(pixel(k), v[k]);
    });
  }
  /// Writes the part inside the planes.
  void write(const Planes<T>& out, Index image, Index channel, Index channels) const {
    T* const planes = out.plane(image, channel);
    const Index next = out.size();
    for_each_vector(out.height, out.width, [&](Index first, Index count, auto pixel) {
      Vec<T> v[L];
#pragma GCC unroll 16
      for (int k = 0; k < L; ++k) v[k] = load(pixel(k));
      transpose<T>(v);
      T* to = planes + first;
      for (int c = 0; c < channels; ++c, to += next) {
        __builtin_prefetch(to + kAhead * L, 1);
        if (count == L) {
          store(to, v[c]);
        } else {
          T numbers[L];
          store(numbers, v[c]);
          copy_few(numbers, count, to);
        }
      }
    });
  }

 private:
  static constexpr int L = kLanes<T>;
  static constexpr Index kAhead = 4;  // vectors; each channel is usually on its own page

  /// Calls f(index in a plane, count, pixel) for the pixels inside the planes, one vector after the
  /// other. pixel(k) is the place of pixel k in the patch; it is also valid for k ≥ count.
  template <class F> void for_each_vector(Index height, Index width, F f) const {
    const Index top = std::clamp<Index>(-row, 0, rows),
                left = std::clamp<Index>(-column, 0, columns);
    const Index bottom = std::clamp(height - row, top, rows);
    const Index right = std::clamp(width - column, left, columns), in_line = right - left;
    if (in_line == 0) return;
    const bool whole = in_line == width;  // lines are adjacent in memory
    const Index lines = whole ? std::min<Index>(1, bottom - top) : bottom - top;
    const Index length = whole ? (bottom - top) * in_line : in_line;
    for (Index line = top; line < top + lines; ++line) {
      const Index first = (row + line) * width + column + left;
      T* place = data + (line * columns + left) * L;
      Index rest = in_line;  // pixels left until `place` moves to the next line
      const auto next_line = [&] {
        place += (columns - in_line) * L;
        rest = in_line;
      };
      for (Index i = 0; i < length; i += L) {
        const Index count = std::min<Index>(L, length - i);
        if (rest == 0) next_line();
        if (rest >= L) {
          f(first + i, count, [place](int k) { return place + k * L; });
          place += L * L;
          rest -= L;
          continue;
        }
        T* pixels[L];
        for (int k = 0; k < L; ++k) {
          if (rest == 0 && k < count) next_line();
          pixels[k] = place;
          if (k < count) place += L, --rest;
        }
        f(first + i, count, [&pixels](int k) { return pixels[k]; });
      }
    }
  }
  /// Loads a vector of pixels of each channel; zeros for missing channels and beyond the memory's
  /// end.
  static void load_channels(const Planes<const T>& in, const T* from, Index channels,
                            Vec<T> (&v)[kLanes<T>]) {
    const Index next = in.size();
    const bool readable = in.end() - from >= (channels - 1) * next + L;
#pragma GCC unroll 16
    for (int c = 0; c < L; ++c, from += next) {
      v[c] = Vec<T>{};
      if (c >= channels) continue;
      if (readable) v[c] = load(from);
      else
        for (int k = 0; k < std::min<Index>(L, in.end() - from); ++k) v[c][k] = from[k];
      __builtin_prefetch(from + kAhead * L);
    }
  }
};

/// Transforms a vector of channels of the tiles of a box to the points: point p of tile t goes to
/// to[p·point + t·tile]. Tiles are kStep apart. low_row rows and low_column columns of the tiles
/// lie before the planes.
template <class Transform, Index kStep, class T>
void transform_channels(const Planes<const T>& in, const TileBox& box, Index low_row,
                        Index low_column, Index channel, Index channels, T* memory, T* to,
                        Index tile, Index point) {
  constexpr Index L = kLanes<T>;
  const auto patch = Patch<T>::of(box, kStep, Transform::kFrom, low_row, low_column, memory);
  patch.read(in, box.image, channel, channels);
  patch.for_each_tile(box, kStep, [&](const T* corner) {
    transform<Transform, Vec<T>>(
        [&](Index i, Index j) { return load(corner + (i * patch.columns + j) * L); },
        [&](Index i, Index j, Vec<T> v) { store(to + (i * Transform::kTo + j) * point, v); });
    to += tile;
  });
}

}  // namespace tinygrad::kernels::conv::winograd
TINYGRAD_END_WIDE
