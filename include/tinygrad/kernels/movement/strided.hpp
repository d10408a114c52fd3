// SPDX-License-Identifier: MIT
// Copies that move elements without changing them. permute, slice and expand are one strided
// gather, and their gradients are one strided scatter.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/core/wrapping.hpp"
#include "tinygrad/kernels/movement/transpose.hpp"

#if TINYGRAD_TWO_WIDE_LEVELS
namespace tinygrad::inline TINYGRAD_ABI::kernels::detail::wide_v4 {
template <class T> void transpose(const T* x, Index m, Index n, Index step, T* y);
}
#endif

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// A strided window of a row-major array: the sizes of the result, its steps in elements (0
/// repeats, negative reverses), and its start.
struct Strided {
  Shape sizes;
  Shape steps;
  Index offset = 0;

  /// The same window with fewer dims: dims that step as one are merged, dims of size 1 are dropped.
  Strided merged() const {
    Strided out;
    out.offset = offset;
    for (int i = 0; i < sizes.rank(); ++i) {
      if (sizes[i] == 1) continue;
      const int last = out.sizes.rank() - 1;
      if (last >= 0 && out.steps[last] == steps[i] * sizes[i]) {
        out.sizes[last] *= sizes[i];
        out.steps[last] = steps[i];
      } else {
        out.sizes.push_back(sizes[i]);
        out.steps.push_back(steps[i]);
      }
    }
    if (out.sizes.empty()) {
      out.sizes.push_back(1);
      out.steps.push_back(1);
    }
    return out;
  }

  /// Calls row(result_offset, source_offset) for each run along the last dim, rows [begin, end).
  template <class Row> void walk(Index begin, Index end, Row row) const {
    const int last = sizes.rank() - 1;
    Shape position = sizes;
    Index at = offset, rest = begin;
    for (int dim = last - 1; dim >= 0; --dim) {
      position[dim] = rest % sizes[dim];
      at += position[dim] * steps[dim];
      rest /= sizes[dim];
    }
    for (Index r = begin; r < end; ++r) {
      row(r * sizes[last], at);
      for (int dim = last - 1; dim >= 0; --dim) {  // the next row: count up, with carry
        at += steps[dim];
        if (++position[dim] < sizes[dim]) break;
        at -= sizes[dim] * steps[dim];
        position[dim] = 0;
      }
    }
  }
  /// True if the window is one unbroken run of the array.
  bool contiguous() const {
    const Strided w = merged();
    return w.sizes.rank() == 1 && w.steps[0] == 1;
  }
  Index rows() const { return sizes.product(0, sizes.rank() - 1); }
};

namespace detail {
// Replaces std::fill_n, which reads the value again for each element, because T aliases everything.
template <class T> void repeat_value(T value, Index n, T* y) {
  for (Index i = 0; i < n; ++i) y[i] = value;
}
}  // namespace detail

/// y[i…] = x[offset + Σ i·step], into a new array of `shape`, which has the window's sizes.
inline Array strided_copy(const Op& op, const Array& x, const Shape& shape, const Strided& window) {
  Array y = Array::empty(shape, x.dtype(), op);
  if (y.count() == 0) return y;
  const Strided w = window.merged();
  const int last = w.sizes.rank() - 1;
  const Index n = w.sizes[last], step = w.steps[last];
  dispatch_size(x.dtype(), [&]<class T>(Type<T>) {
    const T* in = x.words<T>();
    T* out = y.words<T>();
    if (last >= 1 && w.steps[last - 1] == 1 && step > 1) {  // the last two dims are exchanged
      const Index m = w.sizes[last - 1];
      const Strided outer{Shape(w.sizes.begin(), w.sizes.end() - 2),
                          Shape(w.steps.begin(), w.steps.end() - 2), w.offset};
      const Index planes = outer.sizes.count();
      const Index bands = planes > 1 ? 1 : std::max<Index>(1, m / 64);
      const auto transpose = vector_kernels_run() ? TINYGRAD_WIDEST(detail, transpose<T>)
                                                  : &detail::transpose_by_numbers<T>;
      parallel_for(planes * bands, std::max<Index>(1, 16384 / (m / bands * n + 1)),
                   [=](Index begin, Index end) {
                     for (Index t = begin; t < end; ++t) {
                       Index rest = t / bands, at = outer.offset;
                       for (int dim = outer.sizes.rank() - 1; dim >= 0; --dim) {
                         at += rest % outer.sizes[dim] * outer.steps[dim];
                         rest /= outer.sizes[dim];
                       }
                       const Index j0 = m * (t % bands) / bands, j1 = m * (t % bands + 1) / bands;
                       // rows of the source are `step` apart: n of them, columns j0 … j1
                       transpose(in + at + j0, n, j1 - j0, step,
                                 out + (t / bands) * m * n + j0 * n);
                     }
                   });
      return;
    }
    vector_for(w.rows(), std::max<Index>(1, 16384 / n), [=, &w](Index begin, Index end) {
      w.walk(begin, end, [=](Index to, Index from) {
        if (step == 1) std::memcpy(out + to, in + from, static_cast<std::size_t>(n) * sizeof(T));
        else if (step == 0) detail::repeat_value(in[from], n, out + to);
        else
          for (Index i = 0; i < n; ++i) out[to + i] = in[from + i * step];
      });
    });
  });
  return y;
}

/// y[i…] = offset + Σ i·step: the places of a window's elements in the array.
inline Array strided_places(const Op& op, const Strided& window) {
  Array y = Array::empty(window.sizes, int64, op);
  if (y.count() == 0) return y;
  const Strided w = window.merged();
  const Index n = w.sizes.back(), step = w.steps.back();
  Index* out = y.data<Index>();
  parallel_for(w.rows(), std::max<Index>(1, 16384 / n), [=, &w](Index begin, Index end) {
    w.walk(begin, end, [=](Index to, Index from) {
      for (Index i = 0; i < n; ++i) out[to + i] = from + i * step;
    });
  });
  return y;
}

/// The transpose of strided_copy without repeats. It returns an array of `shape`, which is `fill`
/// except for y[offset + Σ i·step] = x[i…].
inline Array strided_place(const Op& op, const Array& x, const Shape& shape, const Strided& window,
                           Scalar fill = 0) {
  Array y;
  if (fill.is_floating() || fill.real() != 0) {
    y = Array::full(shape, fill, x.dtype(), op);
  } else {
    y = Array::empty(shape, x.dtype(), op);
    std::memset(y.raw(), 0, y.bytes());
  }
  if (x.count() == 0) return y;
  const Strided w = window.merged();
  const Index n = w.sizes.back(), step = w.steps.back();
  dispatch_size(x.dtype(), [&]<class T>(Type<T>) {
    const T* in = x.words<T>();
    T* out = y.words<T>();
    parallel_for(w.rows(), std::max<Index>(1, 16384 / n), [=, &w](Index begin, Index end) {
      w.walk(begin, end, [=](Index from, Index to) {
        for (Index i = 0; i < n; ++i) out[to + i * step] = in[from + i];
      });
    });
  });
  return y;
}

/// The transpose of sliding windows along the middle dim of y (outer, n, inner). y[o, w·step + k,
/// j] is the sum of x[o, w, j, k] over the windows w, in order.
inline Array fold_windows(const Op& op, const Array& x, const Shape& shape, int dim, Index size,
                          Index step) {
  const Array y = Array::zeros(shape, x.dtype());
  if (x.count() == 0) return y;
  const Index n = shape[dim], inner = shape.product(dim + 1, shape.rank());
  const Index windows = x.shape()[dim];
  dispatch_number(op, x.dtype(), [&]<class T>(Type<T>) {
    const T* in = x.data<T>();
    T* out = y.data<T>();
    // One task handles one (outer, inner) line, because windows overlap only within it.
    parallel_for(y.count() / n, std::max<Index>(1, 16384 / (windows * size)),
                 [=](Index begin, Index end) {
                   for (Index line = begin; line < end; ++line) {
                     const Index o = line / inner, j = line % inner;
                     for (Index w = 0; w < windows; ++w) {
                       const T* from = in + ((o * windows + w) * inner + j) * size;
                       T* to = out + (o * n + w * step) * inner + j;
                       for (Index k = 0; k < size; ++k)
                         to[k * inner] = wrapping_add(to[k * inner], from[k]);
                     }
                   }
                 });
  });
  return y;
}

/// The matrices of the last two dims, with zeros above diagonal `k` if `lower`, otherwise below it.
inline Array triangle(const Op& op, const Array& x, Index k, bool lower) {
  Array y = Array::empty(x.shape(), x.dtype(), op);
  const Index columns = x.shape().back();
  if (y.count() == 0) return y;
  const Index rows = x.shape()[x.rank() - 2];
  dispatch_size(x.dtype(), [&]<class T>(Type<T>) {
    const T* in = x.words<T>();
    T* out = y.words<T>();
    parallel_for(y.count() / columns, std::max<Index>(1, 16384 / columns),
                 [=](Index begin, Index end) {
                   for (Index r = begin; r < end; ++r) {
                     const Index i = r % rows;  // columns [first, last) stay
                     const Index cut = std::clamp<Index>(i + k + (lower ? 1 : 0), 0, columns);
                     const Index first = lower ? 0 : cut, last = lower ? cut : columns;
                     T* row = out + r * columns;
                     std::fill_n(row, first, T{});
                     std::copy_n(in + r * columns + first, last - first, row + first);
                     std::fill_n(row + last, columns - last, T{});
                   }
                 });
  });
  return y;
}

/// Joins arrays of one dtype along `dim`. Their other sizes are equal. Cost: one pass of memcpy.
inline Array concat(const Op& op, const std::vector<Array>& parts, const Shape& shape, int dim) {
  Array y = Array::empty(shape, parts[0].dtype(), op);
  const auto run = [dim, size = static_cast<Index>(size_of(y.dtype()))](const Array& a) {
    return a.shape().product(dim, a.rank()) * size;  // size of a contiguous block in bytes
  };
  const Index outer = shape.product(0, dim), row = run(y);
  const auto copy = [](std::byte* to, const std::byte* from, Index bytes) {
    if (bytes > 0) std::memcpy(to, from, static_cast<std::size_t>(bytes));
  };
  if (outer == 1) {
    std::byte* to = y.raw();
    for (const Array& part : parts) {
      const std::byte* from = part.raw();
      parallel_for(run(part), 65536,
                   [=](Index begin, Index end) { copy(to + begin, from + begin, end - begin); });
      to += run(part);
    }
    return y;
  }
  parallel_for(outer, std::max<Index>(1, 65536 / (row + 1)), [&](Index begin, Index end) {
    for (Index o = begin; o < end; ++o) {
      std::byte* to = y.raw() + o * row;
      for (const Array& part : parts) {
        const Index bytes = run(part);
        copy(to, part.raw() + o * bytes, bytes);
        to += bytes;
      }
    }
  });
  return y;
}

}  // namespace tinygrad::kernels
