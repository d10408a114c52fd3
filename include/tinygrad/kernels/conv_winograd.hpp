// SPDX-License-Identifier: MIT
// 3×3 convolutions of stride 1 by Winograd's F(4×4, 3×3): a quarter of the multiplications. Blocks
// of tiles, each small enough for a core's second-level cache, are gathered, transformed,
// multiplied and transformed back by one thread; vectors run over tiles.
#pragma once

#include <algorithm>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/conv_im2col.hpp"
#include "tinygrad/kernels/conv_shape.hpp"
#include "tinygrad/kernels/simd.hpp"
#include "tinygrad/kernels/winograd.hpp"

namespace tinygrad::kernels::winograd {

/// Tiles that are transformed together: two vectors of them.
template <class T> inline constexpr Index kBlock = 2 * kLanes<T>;
/// From one number of all tiles of a block to the next: gathering writes half a vector too many.
template <class T> inline constexpr Index kTileStride = 3 * kLanes<T>;

/// Adjacent tiles in one row of tiles of one image.
struct Strip {
  Index image, row, column;  ///< of the first one's first output
  Index at, count;           ///< in the block
};

/// All tiles of a convolution's outputs: of each image, row by row.
struct Tiling {
  Index rows, columns, count;

  explicit Tiling(const ConvShape& s)
      : rows((s.axes[1].out + kOut - 1) / kOut),
        columns((s.axes[2].out + kOut - 1) / kOut),
        count(s.batch * rows * columns) {}

  /// Calls f(strip) for the tiles [first, last).
  template <class F> void for_each_strip(Index first, Index last, F f) const {
    for (Index tile = first; tile < last;) {
      const Index row = tile / columns, column = tile % columns;
      const Index n = std::min(columns - column, last - tile);
      f(Strip{row / rows, row % rows * kOut, column * kOut, tile - first, n});
      tile += n;
    }
  }
};

/// The planes that tiles are gathered from: (image, channel, height, width).
template <class T> struct Planes {
  const T *begin, *end;
  Index height, width;
};

/// Tiles of kSide×kSide numbers, four apart, from one plane: number (i, j) of tile t goes to
/// to[(i·kSide + j)·kTileStride + t], zeros where the plane has none. (row, column) is the first
/// tile's corner.
template <Index kSide, class T>
void gather(const Planes<T>& in, const T* plane, Index row, Index column, Index count, T* to) {
  constexpr int L = kLanes<T>, kHalf = L / 2, kRead = 2 * L + 4;
  constexpr Index kNext = kTileStride<T>;
  // Numbers 0, 4, 8, … and then 1, 5, 9, …; or 2, 6, 10, … and then 3, 7, 11, …
  constexpr auto zero_one = [](int i) { return i % kHalf * 4 + i / kHalf; };
  constexpr auto two_three = [](int i) { return i % kHalf * 4 + i / kHalf + 2; };
  const auto lanes = lane_numbers<T>();
  const auto width = static_cast<detail::LaneNumber<T>>(in.width);
  const Index plane_size = in.height * in.width;
  for (Index t = 0; t < count; t += kHalf, column += kHalf * kOut, to += kHalf) {
    const auto inside = [&](Index at) {
      const auto columns = lanes + static_cast<detail::LaneNumber<T>>(column + at);
      return VecMask<T>((columns >= 0) & (columns < width));
    };
    const VecMask<T> a = inside(0), b = inside(L), c = inside(4), d = inside(L + 4);
    T* out = to;
    for (Index i = row; i < row + kSide; ++i, out += kSide * kNext) {
      const auto put = [out](Index j, Vec<T> v) {  // numbers j of half a vector of tiles, and j + 1
        store_half<T, 0>(out + j * kNext, v);
        store_half<T, 1>(out + (j + 1) * kNext, v);
      };
      if (i < 0 || i >= in.height) {
        for (Index j = 0; j < kSide; j += 2) put(j, Vec<T>{});
        continue;
      }
      const T* from = plane + i * in.width + column;
      __builtin_prefetch(from + plane_size);  // the next channel: a page away, as a rule
      __builtin_prefetch(from + plane_size + L);
      T copy[kRead];
      if (from < in.begin || from + kRead > in.end) {  // what is masked must be readable, too
        for (Index k = 0; k < kRead; ++k)
          copy[k] = column + k >= 0 && column + k < in.width ? from[k] : T{0};
        from = copy;
      }
      const Vec<T> low = keep<T>(load(from), a), high = keep<T>(load(from + L), b);
      put(0, pick<T, zero_one>(low, high));
      put(2, pick<T, two_three>(low, high));
      if constexpr (kSide > 4)
        put(4, pick<T, zero_one>(keep<T>(load(from + 4), c), keep<T>(load(from + L + 4), d)));
    }
  }
}

/// The other way: writes the 4×4 outputs of adjacent tiles, from[(i·4 + j)·kTileStride + t], to a
/// plane, without what lies outside it.
template <class T>
void scatter(const T* from, const Strip& strip, Index height, Index width, T* plane) {
  constexpr int L = kLanes<T>, kHalf = L / 2;
  constexpr auto in_turn = [](int i) { return i % 2 * L + i / 2; };  // a0 b0 a1 b1 …
  // Pairs of each in turn: a0 a1 b0 b1 a2 a3 …
  constexpr auto low_pairs = [](int i) { return i / 4 * 2 + i % 2 + i / 2 % 2 * L; };
  constexpr auto high_pairs = [](int i) {
    return L == 2 ? i + 2 : i / 4 * 2 + i % 2 + i / 2 % 2 * L + kHalf;
  };
  const Index rows = std::min(kOut, height - strip.row);
  for (Index t = 0; t < strip.count; t += kHalf) {
    const Index column = strip.column + t * kOut;
    const Index n = std::min((strip.count - t) * kOut, width - column);
    T* to = plane + strip.row * width + column;
    const T* tiles = from + strip.at + t;
    for (Index i = 0; i < rows; ++i, to += width, tiles += kOut * kTileStride<T>) {
      const auto column_of = [&](Index j) { return load(tiles + j * kTileStride<T>); };
      const Vec<T> ab = pick<T, in_turn>(column_of(0), column_of(1));
      const Vec<T> cd = pick<T, in_turn>(column_of(2), column_of(3));
      const Vec<T> low = pick<T, low_pairs>(ab, cd), high = pick<T, high_pairs>(ab, cd);
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

/// Applies a transform to all tiles of a block: `from` as gather() leaves it, point p to
/// to + p·stride.
template <class Transform, class T> void transform_block(const T* from, T* to, Index stride) {
  for (Index t = 0; t < kBlock<T>; t += kLanes<T>)
    transform<Transform, Vec<T>>(
        [&](Index i, Index j) {
          return load(from + (i * Transform::kFrom + j) * kTileStride<T> + t);
        },
        [&](Index i, Index j, Vec<T> v) { store(to + (i * Transform::kTo + j) * stride + t, v); });
}

/// m (kRows, block) = u (depth, kRows)ᵀ·v (depth, block).
template <int kRows, class T> void multiply(Index depth, const T* u, const T* v, T* m) {
  constexpr Index L = kLanes<T>;
  Vec<T> sums[kRows][2] = {};
  for (Index c = 0; c < depth; ++c, u += kRows, v += 2 * L) {
    const Vec<T> left = load(v), right = load(v + L);
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      sums[i][0] += u[i] * left;
      sums[i][1] += u[i] * right;
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
    store(m + i * 2 * L, sums[i][0]);
    store(m + i * 2 * L + L, sums[i][1]);
  }
}

/// Weights as they are read: w[o, c, k] at data[o·out + c·in + k·tap].
template <class T> struct WeightView {
  const T* data;
  Index out, in, tap;
};

/// Transformed weights, (blocks of kRows output channels, point, input channel, kRows).
template <int kRows, class T>
Array transform_weights(const Op& op, Index out, Index in, const WeightView<T>& w) {
  constexpr Index kPadded = (kRows + kLanes<T> - 1) / kLanes<T> * kLanes<T>;
  const Index blocks = (out + kRows - 1) / kRows;
  Array result = Array::empty({blocks, kPoints, in, kRows}, dtype_of<T>(), op);
  T* const all = result.data<T>();
  parallel_for(blocks * in, 256, [&](Index begin, Index end) {
    for (Index item = begin; item < end; ++item) {
      const Index block = item / in, c = item % in;
      T taps[kTaps * kTaps][kPadded] = {}, points[kPoints][kPadded];
      for (Index r = 0; r < std::min<Index>(kRows, out - block * kRows); ++r)
        for (Index k = 0; k < kTaps * kTaps; ++k)
          taps[k][r] = w.data[(block * kRows + r) * w.out + c * w.in + k * w.tap];
      for (Index r = 0; r < kPadded; r += kLanes<T>)
        transform<Weights, Vec<T>>(
            [&](Index i, Index j) { return load(taps[i * kTaps + j] + r); },
            [&](Index i, Index j, Vec<T> v) { store(points[i * kIn + j] + r, v); });
      T* to = all + (block * kPoints * in + c) * kRows;
      for (Index p = 0; p < kPoints; ++p, to += in * kRows) std::copy_n(points[p], kRows, to);
    }
  });
  return result;
}

template <int kRows, class T> void forward(const Op& op, const ConvShape& s, const T* x,
                                           const WeightView<T>& w, const T* bias, T* y) {
  constexpr Index kTiles = kBlock<T>;
  const ConvAxis &height = s.axes[1], &width = s.axes[2];
  const Index in = s.in_channels, out = s.out_channels;
  const Tiling tiling(s);
  const Planes<T> planes{x, x + s.batch * in * height.in * width.in, height.in, width.in};
  const Array weights = transform_weights<kRows>(op, out, in, w);
  const T* const u = weights.data<T>();
  const Index gathered = kPoints * kTileStride<T>, stride = (in + 1) * kTiles;
  const Index blocks = (tiling.count + kTiles - 1) / kTiles;
  detail::parallel_with_scratch<T>(
      op, blocks, gathered + kPoints * (stride + kRows * kTiles), [&](Index block, T* scratch) {
        const Index first = block * kTiles, last = std::min(tiling.count, first + kTiles);
        T* const tiles = scratch;           // as gather() and scatter() have them
        T* const v = tiles + gathered;      // (point, channel and one more, tile)
        T* const m = v + kPoints * stride;  // (point, kRows, tile)
        std::fill_n(tiles, gathered, T{0});
        for (Index c = 0; c < in; ++c) {
          tiling.for_each_strip(first, last, [&](const Strip& strip) {
            const T* plane = x + (strip.image * in + c) * height.in * width.in;
            gather<kIn>(planes, plane, strip.row - height.low, strip.column - width.low,
                        strip.count, tiles + strip.at);
          });
          transform_block<Inputs>(tiles, v + c * kTiles, stride);
        }
        for (Index o = 0; o < out; o += kRows) {
          for (Index p = 0; p < kPoints; ++p)
            multiply<kRows>(in, u + (o * kPoints + p * kRows) * in, v + p * stride,
                            m + p * kRows * kTiles);
          for (Index r = 0; r < std::min<Index>(kRows, out - o); ++r) {
            const T shift = bias ? bias[o + r] : T{0};
            for (Index t = 0; t < kTiles; t += kLanes<T>)
              transform<Outputs, Vec<T>>(
                  [&](Index i, Index j) {
                    return load(m + ((i * kIn + j) * kRows + r) * kTiles + t);
                  },
                  [&](Index i, Index j, Vec<T> sum) {
                    store(tiles + (i * kOut + j) * kTileStride<T> + t, Vec<T>(sum + shift));
                  });
            tiling.for_each_strip(first, last, [&](const Strip& strip) {
              scatter(tiles, strip, height.out, width.out,
                      y + (strip.image * out + o + r) * height.out * width.out);
            });
          }
        }
      });
}

/// to (kRows, kVectors of columns) += z (kRows, kBlock)·v (kBlock, columns); a row of z is kBlock
/// long, one of v and `to` `stride`.
template <int kRows, int kVectors, class T>
void accumulate(const T* z, const T* v, T* to, Index stride) {
  constexpr Index L = kLanes<T>;
  Vec<T> sums[kRows][kVectors];
#pragma GCC unroll 16
  for (Index i = 0; i < kRows; ++i)
#pragma GCC unroll 2
    for (Index j = 0; j < kVectors; ++j) sums[i][j] = load(to + i * stride + j * L);
  for (Index t = 0; t < kBlock<T>; ++t, v += stride) {
    Vec<T> right[kVectors];
#pragma GCC unroll 2
    for (Index j = 0; j < kVectors; ++j) right[j] = load(v + j * L);
#pragma GCC unroll 16
    for (Index i = 0; i < kRows; ++i)
#pragma GCC unroll 2
      for (Index j = 0; j < kVectors; ++j) sums[i][j] += z[i * kBlock<T> + t] * right[j];
  }
#pragma GCC unroll 16
  for (Index i = 0; i < kRows; ++i)
#pragma GCC unroll 2
    for (Index j = 0; j < kVectors; ++j) store(to + i * stride + j * L, sums[i][j]);
}

/// to[t·stride + c] = from[c·kBlock + t], for as many c as a vector has lanes.
template <class T> void transpose_block(const T* from, T* to, Index stride) {
  constexpr int L = kLanes<T>;
  for (Index t = 0; t < kBlock<T>; t += L) {
    Vec<T> v[L];
#pragma GCC unroll 16
    for (int c = 0; c < L; ++c) v[c] = load(from + c * kBlock<T> + t);
    transpose<T>(v);
#pragma GCC unroll 16
    for (int c = 0; c < L; ++c) store(to + (t + c) * stride, v[c]);
  }
}

/// Sums over all tiles of the products of what `x` and `grad_y` transform to, a part of the blocks
/// for each task; then transformed back and added up in a fixed order.
template <int kRows, class T>
void weight_grads(const Op& op, const ConvShape& s, const T* x, const T* grad_y, T* grad_w) {
  constexpr Index L = kLanes<T>, kTiles = kBlock<T>, kWeights = kTaps * kTaps, kParts = 16;
  const ConvAxis &height = s.axes[1], &width = s.axes[2];
  const Index in = s.in_channels, out = s.out_channels;
  const Index columns = (in + L - 1) / L * L, rows = (out + kRows - 1) / kRows * kRows;
  const Tiling tiling(s);
  const Planes<T> inputs{x, x + s.batch * in * height.in * width.in, height.in, width.in};
  const Planes<T> grads{grad_y, grad_y + s.batch * out * height.out * width.out, height.out,
                        width.out};
  const Index blocks = (tiling.count + kTiles - 1) / kTiles;
  const Index parts = std::clamp<Index>(blocks / 4, 1, kParts);
  const Array partial = Array::empty({parts, out, kWeights, columns}, dtype_of<T>(), op);
  const Index gathered = kPoints * kTileStride<T>, group = kPoints * L * kTiles;
  const Index v_size = kPoints * kTiles * columns, z_size = kPoints * rows * kTiles;
  const Index sums_size = kPoints * rows * columns;
  detail::parallel_with_scratch<T>(
      op, parts, gathered + group + v_size + z_size + sums_size, [&](Index part, T* scratch) {
        T* const tiles = scratch;         // as gather() has them
        T* const few = tiles + gathered;  // (point, L channels, tile)
        T* const v = few + group;         // (point, tile, input channel)
        T* const z = v + v_size;          // (point, output channel, tile)
        T* const sums = z + z_size;       // (point, output channel, input channel)
        std::fill_n(scratch, gathered + group + v_size + z_size + sums_size, T{0});
        for (Index block = blocks * part / parts; block < blocks * (part + 1) / parts; ++block) {
          const Index first = block * kTiles, last = std::min(tiling.count, first + kTiles);
          if (last - first < kTiles) std::fill_n(tiles, gathered, T{0});  // what others left there
          for (Index o = 0; o < out; ++o) {
            tiling.for_each_strip(first, last, [&](const Strip& strip) {
              const T* plane = grad_y + (strip.image * out + o) * height.out * width.out;
              gather<kOut>(grads, plane, strip.row, strip.column, strip.count, tiles + strip.at);
            });
            transform_block<OutputGrads>(tiles, z + o * kTiles, rows * kTiles);
          }
          for (Index c = 0; c < in; ++c) {
            tiling.for_each_strip(first, last, [&](const Strip& strip) {
              const T* plane = x + (strip.image * in + c) * height.in * width.in;
              gather<kIn>(inputs, plane, strip.row - height.low, strip.column - width.low,
                          strip.count, tiles + strip.at);
            });
            transform_block<Inputs>(tiles, few + c % L * kTiles, L * kTiles);
            if (c % L == L - 1 || c == in - 1)
              for (Index p = 0; p < kPoints; ++p)
                transpose_block(few + p * L * kTiles, v + p * kTiles * columns + c / L * L,
                                columns);
          }
          for (Index p = 0; p < kPoints; ++p)
            for (Index c = 0; c < columns;) {
              const T* right = v + p * kTiles * columns + c;
              const bool two = c + L < columns;
              for (Index o = 0; o < out; o += kRows) {
                const T* left = z + (p * rows + o) * kTiles;
                T* to = sums + (p * rows + o) * columns + c;
                if (two) accumulate<kRows, 2>(left, right, to, columns);
                else accumulate<kRows, 1>(left, right, to, columns);
              }
              c += two ? 2 * L : L;
            }
        }
        for (Index o = 0; o < out; ++o)
          for (Index c = 0; c < columns; c += L)
            transform<WeightGrads, Vec<T>>(
                [&](Index i, Index j) {
                  return load(sums + ((i * kIn + j) * rows + o) * columns + c);
                },
                [&](Index i, Index j, Vec<T> sum) {
                  store(partial.data<T>() +
                            ((part * out + o) * kWeights + i * kTaps + j) * columns + c,
                        sum);
                });
      });
  const T* const terms = partial.data<T>();
  const Index size = out * kWeights * columns;
  parallel_for(out, std::max<Index>(1, 16384 / (kWeights * in * parts)),
               [&](Index begin, Index end) {
                 for (Index o = begin; o < end; ++o)
                   for (Index k = 0; k < kWeights; ++k)
                     for (Index c = 0; c < in; ++c) {
                       const T* term = terms + (o * kWeights + k) * columns + c;
                       T sum = *term;
                       for (Index part = 1; part < parts; ++part) sum += term[part * size];
                       grad_w[(o * in + c) * kWeights + k] = sum;
                     }
               });
}

/// Calls f with the number of output channels that are multiplied together: of the two, the one
/// that leaves fewer of the last block unused.
template <class F> void with_rows(Index out, F f) {
  const auto padded = [out](Index rows) { return (out + rows - 1) / rows * rows; };
  if (padded(10) < padded(8)) f.template operator()<10>();
  else f.template operator()<8>();
}

}  // namespace tinygrad::kernels::winograd

namespace tinygrad::kernels::detail {

/// y = the convolution of x by w, plus bias, which may be null.
template <class T> void winograd_forward(const Op& op, const ConvShape& s, const T* x, const T* w,
                                         const T* bias, T* y) {
  const winograd::WeightView<T> weights{w, s.in_channels * s.taps(), s.taps(), 1};
  winograd::with_rows(s.out_channels,
                      [&]<int kRows>() { winograd::forward<kRows>(op, s, x, weights, bias, y); });
}

/// The gradient of x is the convolution of y's by the weights with taps in reverse.
template <class T>
void winograd_grad_input(const Op& op, const ConvShape& s, const T* grad_y, const T* w, T* grad_x) {
  const Index taps = s.taps();
  const winograd::WeightView<T> weights{w + taps - 1, taps, s.in_channels * taps, -1};
  winograd::with_rows(s.in_channels, [&]<int kRows>() {
    winograd::forward<kRows, T>(op, s.mirrored(), grad_y, weights, nullptr, grad_x);
  });
}

template <class T> void winograd_grad_weight(const Op& op, const ConvShape& s, const T* x,
                                             const T* grad_y, T* grad_w) {
  winograd::with_rows(s.out_channels, [&]<int kRows>() {
    winograd::weight_grads<kRows>(op, s, x, grad_y, grad_w);
  });
}

}  // namespace tinygrad::kernels::detail
