// SPDX-License-Identifier: MIT
// Softmax and log-softmax along the middle of (outer, n, inner), and their gradients; and the sums
// of exponentials that they share with other files.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/elementwise/exponential.hpp"
#include "tinygrad/kernels/reduction/reduce.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

namespace detail {
struct LargerOf {
  static constexpr bool kFromFirst = true;
  template <class T> T operator()(T a, T b) const { return a > b ? a : b; }
};

/// Largest of n values; -inf for n = 0. If one is NaN, the result may be any value: the sum of
/// exponentials is NaN in any case, and MaxOf takes four times as long.
template <class T> T row_max(const T* x, Index n) {
  return n ? fold_row<LargerOf>(x, n) : -std::numeric_limits<T>::infinity();
}

/// Σ exp(x − shift).
template <class T> T exp_sum(const T* x, Index n, T shift) {
  constexpr Index kBlock = 256;  // exponentials at a time: a summing loop would not vectorise
  T part[kBlock];
  double sum = 0;
  for (Index i = 0; i < n; i += kBlock) {
    const Index size = std::min(kBlock, n - i);
    for (Index k = 0; k < size; ++k) part[k] = fast_exp(x[i + k] - shift);
    sum += fold_total<SumOf>(part, size);
  }
  return static_cast<T>(sum);
}

/// y = exp(x − shift), returns the sum. y may be x.
template <class T> T exp_shifted(const T* x, Index n, T shift, T* y) {
  for (Index i = 0; i < n; ++i) y[i] = fast_exp(x[i] - shift);
  return fold_row<SumOf>(y, n);
}

/// Rows [begin, end) of for_each_row().
template <class T, class Row>
void rows_of(Row row, const T* x, T* y, Index n, Index inner, Index begin, Index end, T* line) {
  for (Index r = begin; r < end; ++r) {
    const Index at = r / inner * n * inner + r % inner;
    if (inner != 1)
      for (Index i = 0; i < n; ++i) line[i] = x[at + i * inner];
    row(inner == 1 ? x + at : line, inner == 1 ? y + at : line, n);
    if (inner != 1)
      for (Index i = 0; i < n; ++i) y[at + i * inner] = line[i];
  }
}

/// Calls rows(begin, end, line) for chunks of the outer·inner rows of the middle dim. If inner > 1,
/// `line` is scratch for `lines` rows.
template <class T> void each_chunk_of_rows(const Op& op, Index outer, Index n, Index inner,
                                           Index lines, FunctionRef<Index, Index, T*> rows) {
  const Chunks chunks(outer * inner, std::max<Index>(1, 8192 / std::max<Index>(n, 1)));
  const Array scratch = Array::empty({inner == 1 ? 0 : chunks.count, lines * n}, dtype_of<T>(), op);
  T* const memory = scratch.data<T>();
  parallel_tasks(chunks.count, [&](Index chunk) {
    rows(chunks.begin(chunk), chunks.end(chunk), inner == 1 ? nullptr : memory + chunk * lines * n);
  });
}

/// Calls row(x, y, n) for each row of the middle dim. If inner > 1, rows are gathered into
/// contiguous scratch.
template <class T, class Row>
void for_each_row(const Op& op, const T* x, T* y, Index outer, Index n, Index inner, Row row) {
  const auto rows = best_copy<rows_of<T, Row>, CpuLevel::kV4>();
  each_chunk_of_rows<T>(op, outer, n, inner, 1, [=](Index begin, Index end, T* line) {
    rows(row, x, y, n, inner, begin, end, line);
  });
}
}  // namespace detail

/// softmax (or its logarithm) of x along `dim`. The largest value is subtracted first.
inline Array softmax(const Op& op, const Array& x, int dim, bool log) {
  Array y = Array::empty(x.shape(), x.dtype(), op);
  const Shape& s = x.shape();
  const Index outer = s.product(0, dim), n = s[dim], inner = s.product(dim + 1, s.rank());
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    const auto plain = [](const T* in, T* out, Index count) {
      const T sum = detail::exp_shifted(in, count, detail::row_max(in, count), out);
      const T scale = T{1} / sum;
      for (Index i = 0; i < count; ++i) out[i] *= scale;
    };
    const auto logarithmic = [](const T* in, T* out, Index count) {
      const T top = detail::row_max(in, count);
      // Subtracted last: added to a large `top` first, it would be rounded.
      const T rest = std::log(detail::exp_sum(in, count, top));
      for (Index i = 0; i < count; ++i) out[i] = in[i] - top - rest;
    };
    if (log) detail::for_each_row(op, x.data<T>(), y.data<T>(), outer, n, inner, logarithmic);
    else detail::for_each_row(op, x.data<T>(), y.data<T>(), outer, n, inner, plain);
  });
  return y;
}

namespace detail {
/// Rows [begin, end) of softmax_grad(). If inner > 1, they are gathered into `line`, which has room
/// for two.
template <class T> void softmax_grad_rows(const T* y, const T* grad, T* x, Index n, Index inner,
                                          bool log, Index begin, Index end, T* line) {
  for (Index r = begin; r < end; ++r) {
    const Index at = r / inner * n * inner + r % inner;
    const T *out = y + at, *slope = grad + at;
    T* to = x + at;
    if (inner != 1) {
      for (Index i = 0; i < n; ++i) line[i] = out[i * inner], line[n + i] = slope[i * inner];
      out = line, slope = line + n, to = line;
    }
    if (log) {
      const T sum = static_cast<T>(sum_of<T>(n, [=](Index i) { return slope[i]; }));
      for (Index i = 0; i < n; ++i) to[i] = slope[i] - fast_exp(out[i]) * sum;
    } else {
      const T sum = static_cast<T>(sum_of<T>(n, [=](Index i) { return slope[i] * out[i]; }));
      for (Index i = 0; i < n; ++i) to[i] = out[i] * (slope[i] - sum);
    }
    if (inner != 1)
      for (Index i = 0; i < n; ++i) x[at + i * inner] = line[i];
  }
}
}  // namespace detail

/// The gradient along `dim` of softmax, y·(g − Σ g·y), or of its logarithm, g − exp(y)·Σ g.
inline Array softmax_grad(const Op& op, const Array& y, const Array& g, int dim, bool log) {
  Array x = Array::empty(y.shape(), y.dtype(), op);
  const Shape& s = y.shape();
  const Index outer = s.product(0, dim), n = s[dim], inner = s.product(dim + 1, s.rank());
  dispatch_floating(op, y.dtype(), [&]<class T>(Type<T>) {
    const T* py = y.data<T>();
    const T* pg = g.data<T>();
    T* px = x.data<T>();
    const auto rows = best_copy<detail::softmax_grad_rows<T>, CpuLevel::kV4>();
    detail::each_chunk_of_rows<T>(op, outer, n, inner, 2, [=](Index begin, Index end, T* line) {
      rows(py, pg, px, n, inner, log, begin, end, line);
    });
  });
  return x;
}

}  // namespace tinygrad::kernels
