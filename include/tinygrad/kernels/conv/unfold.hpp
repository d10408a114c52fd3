// SPDX-License-Identifier: MIT
// Unfolding: what each tap of a kernel reads for a block of outputs, copied side by side; and its
// transpose, folding. The blocks of an image are small enough that one unfolded block fits a core's
// second-level cache.
#pragma once

#include <algorithm>
#include <cstring>

#include "tinygrad/kernels/conv/shape.hpp"
#include "tinygrad/kernels/conv/taps.hpp"
#include "tinygrad/kernels/scratch.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// The most bytes that one thread unfolds, and the least columns of a block. Products with fewer
/// columns spend their time on packing the weights (128 → 128 channels at 16×16: 12 % more time for
/// 128 columns than for 256). So a block has kUnfoldedColumns even if it then needs more memory.
inline constexpr Index kUnfoldedBytes = kL2Bytes;
inline constexpr Index kUnfoldedColumns = 256;

/// Divides an image's outputs into blocks whose unfolding has `height` rows.
class ConvBlocks {
 public:
  ConvBlocks(const ConvShape& s, Index height, Index element_bytes)
      : width_(s.dims[2].out), rows_(s.dims[0].out * s.dims[1].out) {
    const Index most =
        std::max(kUnfoldedColumns, kUnfoldedBytes / element_bytes / std::max<Index>(height, 1));
    pieces_ = (width_ + most - 1) / most;  // pieces of one row
    const Index rows_in_block = std::max<Index>(1, most / width_);
    bands_ = pieces_ > 1 ? rows_ : (rows_ + rows_in_block - 1) / rows_in_block;
  }
  Index count() const { return bands_ * pieces_; }
  /// Positions of the largest block.
  Index largest() const {
    return ((rows_ + bands_ - 1) / bands_) * ((width_ + pieces_ - 1) / pieces_);
  }
  ConvBlock operator[](Index i) const {
    const Index band = i / pieces_, piece = i % pieces_;
    ConvBlock b;
    b.row = rows_ * band / bands_;
    b.rows = rows_ * (band + 1) / bands_ - b.row;
    b.column = width_ * piece / pieces_;
    b.columns = width_ * (piece + 1) / pieces_ - b.column;
    b.first = b.row * width_ + b.column;
    return b;
  }

 private:
  Index width_, rows_, pieces_, bands_;
};

namespace detail {
/// True if a tap reads one unbroken run of the input for all rows, except for the border's columns.
inline bool unbroken(const ConvShape& s, const ConvBlock& b) {
  const auto& [depth, height, width] = s.dims;
  return height.stride == 1 && width.stride == 1 && width.in == width.out && b.columns == width.out;
}

/// Sets all columns of (rows, n) outside [first, last) to zero.
template <class T> void clear_border(T* x, Index rows, Index n, Index first, Index last) {
  for (Index j = 0; j < first; ++j)
    for (Index i = 0; i < rows; ++i) x[i * n + j] = T{0};
  for (Index j = last; j < n; ++j)
    for (Index i = 0; i < rows; ++i) x[i * n + j] = T{0};
}

/// columns (channels·taps, block) = what each tap reads from `channels` planes.
template <class T>
void unfold(const ConvShape& s, const T* x, Index channels, const ConvBlock& b, T* columns) {
  const ConvDim &height = s.dims[1], &width = s.dims[2];
  const bool runs = unbroken(s, b);
  const Index n = b.columns, plane = s.in_positions();
  for (Index c = 0; c < channels; ++c, x += plane)
    for_each_tap(s, [&](Index kd, Index kh, Index kw) {
      const auto inside = width.inside(kw, b.column, b.column + n);
      const Index first = inside.first - b.column, last = inside.second - b.column;
      const Index shift = width.source(inside.first, kw), step = width.stride;
      for_each_rows(s, b, kd, kh, [&](const TapRows& r) {
        T* to = columns + r.offset * n;
        std::fill_n(to, r.first * n, T{0});
        std::fill_n(to + r.last * n, (r.count - r.last) * n, T{0});
        const T* from = x + r.source * width.in + shift;
        to += r.first * n;
        const Index rows = r.last - r.first;
        if (rows == 0) return;
        if (runs && first < last) {  // one copy; then zeros over the border's columns
          std::copy_n(from, (rows - 1) * n + last - first, to + first);
          clear_border(to, rows, n, first, last);
          return;
        }
        for (Index i = 0; i < rows; ++i, to += n, from += height.stride * width.in) {
          for (Index j = 0; j < first; ++j) to[j] = T{0};
          if (step == 1)
            for (Index j = first; j < last; ++j) to[j] = from[j - first];
          else
            for (Index j = first; j < last; ++j) to[j] = from[(j - first) * step];
          for (Index j = last; j < n; ++j) to[j] = T{0};
        }
      });
      columns += b.size();
    });
}

/// The size of a vector of the program's own flags.
inline constexpr int kOwnVectorBytes = TINYGRAD_OWN_CPU_LEVEL == 4   ? 64
                                       : TINYGRAD_OWN_CPU_LEVEL == 3 ? 32
                                                                     : 16;

/// to[i] += from[i] for few numbers. Compilers vectorise only whole vectors of them.
template <class T, int kWidth = kOwnVectorBytes / int{sizeof(T)}>
void add_few(const T* from, Index count, T* to) {
  typedef T Part __attribute__((vector_size(kWidth * sizeof(T))));
  Index i = 0;
  for (; i + kWidth <= count; i += kWidth) {
    Part sum, term;
    std::memcpy(&sum, to + i, sizeof sum);
    std::memcpy(&term, from + i, sizeof term);
    sum += term;
    std::memcpy(to + i, &sum, sizeof sum);
  }
  if constexpr (kWidth > 2) add_few<T, kWidth / 2>(from + i, count - i, to + i);
  else if (i < count) to[i] += from[i];
}

/// The transpose of unfold: adds each column's values to the inputs that unfold reads them from.
/// May overwrite `columns`.
template <class T>
void fold(const ConvShape& s, T* columns, Index channels, const ConvBlock& b, T* x) {
  const ConvDim &height = s.dims[1], &width = s.dims[2];
  const bool runs = unbroken(s, b);
  const Index n = b.columns, plane = s.in_positions();
  for (Index c = 0; c < channels; ++c, x += plane)
    for_each_tap(s, [&](Index kd, Index kh, Index kw) {
      const auto inside = width.inside(kw, b.column, b.column + n);
      const Index first = inside.first - b.column, last = inside.second - b.column;
      const Index shift = width.source(inside.first, kw), step = width.stride;
      for_each_rows(s, b, kd, kh, [&](const TapRows& r) {
        T* from = columns + (r.offset + r.first) * n;
        T* to = x + r.source * width.in + shift;
        const Index rows = r.last - r.first;
        if (rows == 0) return;
        if (runs && first < last) {  // zeros in the border's columns; then one sum of all
          clear_border(from, rows, n, first, last);
          const Index count = (rows - 1) * n + last - first;
          for (Index j = 0; j < count; ++j) to[j] += from[first + j];
          return;
        }
        for (Index i = 0; i < rows; ++i, from += n, to += height.stride * width.in) {
          if (step == 1) add_few(from + first, last - first, to);
          else
            for (Index j = first; j < last; ++j) to[(j - first) * step] += from[j];
        }
      });
      columns += b.size();
    });
}
}  // namespace detail

}  // namespace tinygrad::kernels
