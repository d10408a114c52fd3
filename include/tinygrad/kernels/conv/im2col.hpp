// SPDX-License-Identifier: MIT
// Convolutions as matrix products with the input unfolded: each output position's inputs become a
// column. Only one block of positions of one image is unfolded at a time, small enough for a core's
// second-level cache, and the product runs on it while it is there. Blocks are cut by shape alone
// and shared out over our threads, each product on one of them.
#pragma once

#include <algorithm>
#include <atomic>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/conv/shape.hpp"
#include "tinygrad/kernels/matrix/gemm.hpp"
#include "tinygrad/kernels/reduction/reduce.hpp"
#include "tinygrad/kernels/simd/short_lines.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// The most that one thread holds unfolded: about a second-level cache. Products of fewer than
/// kUnfoldedColumns spend their time on packing the weights (128 → 128 channels at 16×16: 12 % more
/// for 128 columns than for 256), so that many are taken even if they need more memory.
inline constexpr Index kUnfoldedBytes = 1024 * 1024;
inline constexpr Index kUnfoldedColumns = 256;

/// Output positions of one image, adjacent in memory: whole rows, or a part of one row.
struct ConvBlock {
  Index row, rows;        ///< rows count through depth and height
  Index column, columns;  ///< of the width
  Index first;            ///< the first position
  Index size() const { return rows * columns; }
};

/// The cut of an image's outputs into blocks whose unfolding has `height` rows.
class ConvBlocks {
 public:
  ConvBlocks(const ConvShape& s, Index height, Index element_bytes)
      : width_(s.dims[2].out), rows_(s.dims[0].out * s.dims[1].out) {
    const Index most =
        std::max(kUnfoldedColumns, kUnfoldedBytes / element_bytes / std::max<Index>(height, 1));
    pieces_ = (width_ + most - 1) / most;  // of one row
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
/// Runs f(task, scratch) for every task, with `size` elements of scratch for each thread. Threads
/// take tasks as they get done, so that one on a busy core holds nobody up. What a task computes
/// must not depend on what it finds in its scratch.
template <class T>
void parallel_with_scratch(const Op& op, Index tasks, Index size, FunctionRef<Index, T*> f) {
  const Index workers = std::min<Index>(num_threads(), tasks);
  const Array scratch = Array::empty({workers, size}, dtype_of<T>(), op);
  T* const memory = scratch.data<T>();
  std::atomic<Index> next{0};
  parallel_tasks(workers, [&](Index worker) {
    for (Index task; (task = next.fetch_add(1, std::memory_order_relaxed)) < tasks;)
      f(task, memory + worker * size);
  });
}

/// Adjacent output rows of one depth and what tap (kd, kh) of the kernel reads for them: of the
/// `count` rows, [first, last) read input rows; the others read the border.
struct TapRows {
  Index offset;  ///< of the first row, in rows of the block
  Index count, first, last;
  Index source;  ///< the input row of row `first`
};

template <class F>
void for_each_rows(const ConvShape& s, const ConvBlock& b, Index kd, Index kh, F f) {
  const auto& [depth, height, width] = s.dims;
  for (Index done = 0; done < b.rows;) {
    const Index od = (b.row + done) / height.out, oh = (b.row + done) % height.out;
    const Index end = std::min(height.out, oh + b.rows - done);
    const Index id = depth.source(od, kd);
    auto [first, last] = height.inside(kh, oh, end);
    if (id < 0 || id >= depth.in) first = last = end;
    f(TapRows{done, end - oh, first - oh, last - oh, id * height.in + height.source(first, kh)});
    done += end - oh;
  }
}

/// Calls f(kd, kh, kw) for every tap, in order.
template <class F> void for_each_tap(const ConvShape& s, F f) {
  for (Index kd = 0; kd < s.dims[0].kernel; ++kd)
    for (Index kh = 0; kh < s.dims[1].kernel; ++kh)
      for (Index kw = 0; kw < s.dims[2].kernel; ++kw) f(kd, kh, kw);
}

/// True if a tap reads, row after row, one unbroken run of the input, but for the border's columns.
inline bool unbroken(const ConvShape& s, const ConvBlock& b) {
  const auto& [depth, height, width] = s.dims;
  return height.stride == 1 && width.stride == 1 && width.in == width.out && b.columns == width.out;
}

/// Zeros in all columns of (rows, n) but [first, last).
template <class T> void clear_border(T* x, Index rows, Index n, Index first, Index last) {
  for (Index j = 0; j < first; ++j)
    for (Index i = 0; i < rows; ++i) x[i * n + j] = T{0};
  for (Index j = last; j < n; ++j)
    for (Index i = 0; i < rows; ++i) x[i * n + j] = T{0};
}

/// columns (channels·taps, block) = what each tap reads of `channels` planes.
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
        if (runs && first < last) {  // one copy, and then the border over what it brought along
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

/// The transpose of unfold: adds each column's values to the inputs they would be read from. May
/// overwrite `columns`.
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
        if (runs && first < last) {  // the border's columns are made zeros, then all is one sum
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

/// y = w·unfold(x) + bias, one task for each block of each group of each image. Not `unfolded`, x
/// is taken as it lies (see ConvMethod::kPointwise). `bias` may be null.
template <class T> void conv_products(const Op& op, const ConvShape& s, const T* x, const T* w,
                                      const T* bias, T* y, bool unfolded) {
  const Index out = s.group_out(), k = s.group_in() * s.taps(), positions = s.out_positions();
  const ConvBlocks blocks(s, k, sizeof(T));
  const BlasScope blas;
  parallel_with_scratch<T>(
      op, s.batch * s.groups * blocks.count(), unfolded ? k * blocks.largest() : 0,
      [&](Index task, T* columns) {
        const ConvBlock b = blocks[task % blocks.count()];
        const Index image_group = task / blocks.count(), group = image_group % s.groups;
        const T* in = x + image_group * s.group_in() * s.in_positions();
        T* to = y + image_group * out * positions + b.first;
        if (bias)  // the product is added to it
          for (Index o = 0; o < out; ++o)
            std::fill_n(to + o * positions, b.size(), bias[group * out + o]);
        Matrix<T> right{in + b.first, positions};
        if (unfolded) {
          unfold(s, in, s.group_in(), b, columns);
          right = {columns, b.size()};
        }
        gemm_serial<T>(blas, out, b.size(), k, 1, {w + group * out * k, k}, right, bias ? 1 : 0, to,
                       positions);  // (O, C·taps)·(C·taps, block)
      });
}

/// grad_x = fold(wᵀ·grad_y), one task for some channels of one image, whose blocks overlap.
template <class T> void conv_folded_products(const Op& op, const ConvShape& s, const T* grad_y,
                                             const T* w, T* grad_x) {
  constexpr Index kTasks = 16;  // enough for the threads of a small batch
  const Index in = s.group_in(), out = s.group_out(), taps = s.taps();
  const Index positions = s.out_positions(), images = s.batch * s.groups;
  const Index parts =
      std::clamp<Index>(kTasks / std::max<Index>(images, 1), 1, std::max<Index>(in, 1));
  const Index most = (in + parts - 1) / parts;  // channels in a task
  const ConvBlocks blocks(s, most * taps, sizeof(T));
  const BlasScope blas;
  parallel_with_scratch<T>(
      op, images * parts, most * taps * blocks.largest(), [&](Index task, T* columns) {
        const Index image_group = task / parts, group = image_group % s.groups, part = task % parts;
        const Index c = in * part / parts, channels = in * (part + 1) / parts - c;
        T* to = grad_x + (image_group * in + c) * s.in_positions();
        std::fill_n(to, channels * s.in_positions(), T{0});
        const Matrix<T> left{w + group * out * in * taps + c * taps, in * taps, true};
        for (Index i = 0; i < blocks.count(); ++i) {
          const ConvBlock b = blocks[i];
          gemm_serial<T>(blas, channels * taps, b.size(), out, 1, left,
                         {grad_y + image_group * out * positions + b.first, positions}, 0, columns,
                         b.size());  // (O, C·taps)ᵀ·(O, block)
          fold(s, columns, channels, b, to);
        }
      });
}

/// grad_w = Σ grad_y·unfold(x)ᵀ over the blocks of all images. A task takes some channels and some
/// of the blocks; sums of different blocks are added in the end, in a fixed order.
template <class T> void conv_weight_products(const Op& op, const ConvShape& s, const T* x,
                                             const T* grad_y, T* grad_w, bool unfolded) {
  constexpr Index kTasks = 16, kPartialBytes = Index{16} << 20;
  const Index in = s.group_in(), out = s.group_out(), taps = s.taps();
  const Index positions = s.out_positions(), weights = s.weight_count();
  if (weights == 0) return;
  // So few channels that the unfolding of kUnfoldedColumns fits: the product's inner side is long
  // then, and its result not read and written too often.
  const Index room = kUnfoldedBytes / static_cast<Index>(sizeof(T)) /
                     (taps * std::min(positions, kUnfoldedColumns));
  const Index chunks = (in + std::clamp<Index>(room, 1, in) - 1) / std::clamp<Index>(room, 1, in);
  const Index most = (in + chunks - 1) / chunks;
  const ConvBlocks blocks(s, most * taps, sizeof(T));
  const Index items = s.batch * blocks.count(), lines = s.groups * chunks;
  const Index parts = std::max<Index>(
      1, std::min({items, kTasks / lines, kPartialBytes / (weights * Index{sizeof(T)})}));
  const Array partial = parts > 1 ? Array::empty({parts, weights}, dtype_of<T>(), op) : Array();
  T* const sums = parts > 1 ? partial.data<T>() : grad_w;
  const BlasScope blas;
  parallel_with_scratch<T>(
      op, parts * lines, unfolded ? most * taps * blocks.largest() : 0,
      [&](Index task, T* columns) {
        const Index part = task / lines, group = task % lines / chunks, chunk = task % chunks;
        const Index c = in * chunk / chunks, channels = in * (chunk + 1) / chunks - c;
        T* to = sums + part * weights + group * out * in * taps + c * taps;
        const Index begin = items * part / parts, end = items * (part + 1) / parts;
        if (begin == end)
          for (Index o = 0; o < out; ++o) std::fill_n(to + o * in * taps, channels * taps, T{0});
        for (Index item = begin; item < end; ++item) {
          const ConvBlock b = blocks[item % blocks.count()];
          const Index image_group = item / blocks.count() * s.groups + group;
          const T* from = x + (image_group * in + c) * s.in_positions();
          Matrix<T> right{from + b.first, positions, true};
          if (unfolded) {
            unfold(s, from, channels, b, columns);
            right = {columns, b.size(), true};
          }
          gemm_serial<T>(blas, out, channels * taps, b.size(), 1,
                         {grad_y + image_group * out * positions + b.first, positions}, right,
                         item == begin ? 0 : 1, to, in * taps);  // (O, block)·(C·taps, block)ᵀ
        }
      });
  if (parts > 1) reduce_middle<SumOf>(sums, 1, parts, weights, grad_w);
}
}  // namespace detail

}  // namespace tinygrad::kernels
