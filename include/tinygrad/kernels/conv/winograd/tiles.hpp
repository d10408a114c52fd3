// SPDX-License-Identifier: MIT
// Gathers blocks of Winograd tiles from NCHW planes, one tile in each vector lane, and scatters
// results back.
#pragma once

#include <algorithm>

#include "tinygrad/kernels/conv/shape.hpp"
#include "tinygrad/kernels/conv/winograd/transforms.hpp"
#include "tinygrad/kernels/simd/vector.hpp"

TINYGRAD_BEGIN_WIDE_LOOPS
namespace tinygrad::inline TINYGRAD_ABI::kernels::conv::winograd::inline TINYGRAD_WIDE {

/// The number of tiles transformed together: two vectors.
template <class T> inline constexpr Index kBlock = 2 * kLanes<T>;
/// The distance from one number of a block's tiles to the next. gather() may write a vector too
/// many.
template <class T> inline constexpr Index kTileStride = 3 * kLanes<T>;

/// Adjacent tiles in one row of tiles of one image.
struct Strip {
  Index image, row, column;  ///< of the first output of the first tile
  Index at, count;           ///< index of the first tile in the block, and number of tiles
};

/// The strips of a block of tiles.
template <class T> struct Strips {
  Strip list[kBlock<T>];
  Index count = 0;

  const Strip* begin() const { return list; }
  const Strip* end() const { return list + count; }
};

/// All tiles of a convolution's outputs, image by image and row by row.
template <Index kTaps> struct Tiling {
  Index rows, columns, count;

  explicit Tiling(const ConvShape& s)
      : rows((s.dims[1].out + kOut<kTaps> - 1) / kOut<kTaps>),
        columns((s.dims[2].out + kOut<kTaps> - 1) / kOut<kTaps>),
        count(s.batch * rows * columns) {}

  /// The strips of the tiles [first, last).
  template <class T> Strips<T> strips(Index first, Index last) const {
    Strips<T> all;
    for (Index tile = first; tile < last;) {
      const Index row = tile / columns, column = tile % columns;
      const Index n = std::min(columns - column, last - tile);
      all.list[all.count++] = {row / rows, row % rows * kOut<kTaps>, column * kOut<kTaps>,
                               tile - first, n};
      tile += n;
    }
    return all;
  }
};

/// The planes to gather tiles from or scatter them to: (image, channel, height, width).
template <class T> struct Planes {
  T* data;
  Index images, channels, height, width;

  Index size() const { return height * width; }
  T* plane(Index image, Index channel) const {
    return data + (image * channels + channel) * size();
  }
  T* end() const { return data + images * channels * size(); }
};

// The lanes of two vectors with numbers kFirst, kFirst + kStep, kFirst + 2·kStep, …; after them, if
// there is room, those from kFirst + 1.
template <int L, int kStep, int kFirst> constexpr int every(int i) {
  constexpr int kTiles = 2 * L / kStep;
  return i % kTiles * kStep + i / kTiles + kFirst;
}

/// Gathers tiles of kIn×kIn numbers, kStep apart, from one plane. Number (i, j) of tile t goes to
/// to[(i·kIn + j)·kTileStride + t]; zeros outside the plane. (row, column) is the first tile's
/// corner.
template <int kStep, class T> void gather(const Planes<const T>& in, const T* plane, Index row,
                                          Index column, Index count, T* to) {
  constexpr int L = kLanes<T>, kTiles = 2 * L / kStep;  // kTiles at a time
  constexpr Index kRead = 2 * L + kIn, kNext = kTileStride<T>;
  const auto lanes = lane_numbers<T>();
  const auto width = static_cast<detail::LaneNumber<T>>(in.width);
  const Index next_channel = in.size();
  const T *const begin = in.data, *const end = in.end() - kRead;
  for (Index t = 0; t < count; t += kTiles, column += kTiles * kStep, to += kTiles) {
    const auto inside = [&](Index at) {
      const auto columns = lanes + static_cast<detail::LaneNumber<T>>(column + at);
      return VecMask<T>((columns >= 0) & (columns < width));
    };
    VecMask<T> low_inside[3], high_inside[3];
    for (Index j = 0; j < kIn; j += kStep) {
      low_inside[j / kStep] = inside(j);
      high_inside[j / kStep] = inside(j + L);
    }
    T* out = to;
    for (Index i = row; i < row + kIn; ++i, out += kIn * kNext) {
      T copy[kRead] = {};
      const T* from = copy;
      if (i >= 0 && i < in.height) {
        from = plane + i * in.width + column;
        __builtin_prefetch(from + next_channel);  // usually on another page
        __builtin_prefetch(from + next_channel + L);
        if (from < begin || from > end) {  // masked numbers are read, too
          for (Index k = 0; k < kRead; ++k)
            if (column + k >= 0 && column + k < in.width) copy[k] = from[k];
          from = copy;
        }
      }
#pragma GCC unroll 3
      for (Index j = 0; j < kIn; j += kStep) {
        const Vec<T> low = keep<T>(load(from + j), low_inside[j / kStep]);
        const Vec<T> high = keep<T>(load(from + j + L), high_inside[j / kStep]);
        const Vec<T> first = pick<T, every<L, kStep, 0>>(low, high);
        if constexpr (kStep == 2) {
          store(out + j * kNext, first);
          store(out + (j + 1) * kNext, pick<T, every<L, kStep, 1>>(low, high));
        } else {
          store_half<T, 0>(out + j * kNext, first);
          store_half<T, 1>(out + (j + 1) * kNext, first);
          if (j + 2 >= kIn) continue;
          const Vec<T> second = pick<T, every<L, kStep, 2>>(low, high);
          store_half<T, 0>(out + (j + 2) * kNext, second);
          store_half<T, 1>(out + (j + 3) * kNext, second);
        }
      }
    }
  }
}

/// Scatters the kStep×kStep outputs of adjacent tiles to a plane and leaves out those outside it.
/// Number (i, j) of tile t is at from[(i·kStep + j)·kTileStride + t].
template <int kStep, class T>
void scatter(const T* from, const Strip& strip, const Planes<T>& out, T* plane) {
  constexpr int L = kLanes<T>, kTiles = 2 * L / kStep;
  constexpr auto in_turn = [](int i) { return i % 2 * L + i / 2; };  // a0 b0 a1 b1 …
  constexpr auto in_turn_high = [](int i) { return i % 2 * L + i / 2 + L / 2; };
  // Alternating pairs: a0 a1 b0 b1 a2 a3 …
  constexpr auto pairs = [](int i) { return i / 4 * 2 + i % 2 + i / 2 % 2 * L; };
  constexpr auto pairs_high = [](int i) {
    return L == 2 ? i + 2 : i / 4 * 2 + i % 2 + i / 2 % 2 * L + L / 2;
  };
  const Index rows = std::min<Index>(kStep, out.height - strip.row);
  for (Index t = 0; t < strip.count; t += kTiles) {
    const Index column = strip.column + t * kStep;
    const Index n = std::min((strip.count - t) * kStep, out.width - column);
    T* to = plane + strip.row * out.width + column;
    const T* tiles = from + strip.at + t;
    for (Index i = 0; i < rows; ++i, to += out.width, tiles += kStep * kTileStride<T>) {
      const auto number = [&](Index j) { return load(tiles + j * kTileStride<T>); };
      const Vec<T> a = number(0), b = number(1);
      Vec<T> low = pick<T, in_turn>(a, b), high;
      if constexpr (kStep == 2) {
        high = pick<T, in_turn_high>(a, b);
      } else {
        const Vec<T> two = pick<T, in_turn>(number(2), number(3)), one = low;
        low = pick<T, pairs>(one, two);
        high = pick<T, pairs_high>(one, two);
      }
      if (n >= 2 * L) {
        store(to, low);
        store(to + L, high);
      } else if (n == L) {
        store(to, low);
      } else {
        T numbers[2 * L];
        store(numbers, low);
        store(numbers + L, high);
        for (Index k = 0; k < n; ++k) to[k] = numbers[k];
      }
    }
  }
}

/// Applies a transform to all tiles of a block and adds `shift`. Number n is at `from` +
/// n·from_stride and goes to `to` + n·stride. Returns the sums of all results before the shift.
template <class Transform, class T>
Vec<T> transform_block(const T* from, Index from_stride, T* to, Index stride, T shift = 0) {
  Vec<T> sums{};
  for (Index t = 0; t < kBlock<T>; t += kLanes<T>)
    sums += transform<Transform, Vec<T>>(
        [&](Index i, Index j) { return load(from + (i * Transform::kFrom + j) * from_stride + t); },
        [&](Index i, Index j, Vec<T> v) {
          store(to + (i * Transform::kTo + j) * stride + t, Vec<T>(v + shift));
        });
  return sums;
}

}  // namespace tinygrad::kernels::conv::winograd
TINYGRAD_END_WIDE
