// SPDX-License-Identifier: MIT
// Resampling of one dim as a sparse matrix: each element of the result is a weighted sum of a few
// elements of x. Also windows of pictures as columns. Both have their transposes here.
#pragma once

#include <algorithm>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// Element i of a result's dim is Σ weight[i, k]·x[from[i, k]] over `taps` k. An element with
/// weight 0 does not count, whatever its value is.
struct Resampling {
  Array from;    ///< (out, taps) int64
  Array weight;  ///< (out, taps) float64
  Index in, out, taps;
};

/// y (…, out, …) from x (…, in, …) along `dim`.
inline Array resample(const Op& op, const Array& x, int dim, const Resampling& r) {
  Shape shape = x.shape();
  shape[dim] = r.out;
  const Array y = Array::empty(shape, x.dtype(), op);
  if (y.count() == 0) return y;
  const Index inner = shape.product(dim + 1, shape.rank());
  const Index* from = r.from.data<Index>();
  const double* weight = r.weight.data<double>();
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    const T* in = x.data<T>();
    T* out = y.data<T>();
    vector_for(shape.product(0, dim), std::max<Index>(1, 16384 / (r.out * inner)),
               [=, &r](Index begin, Index end) {
                 for (Index o = begin; o < end; ++o)
                   for (Index i = 0; i < r.out; ++i) {
                     T* to = out + (o * r.out + i) * inner;
                     for (Index k = 0; k < r.taps; ++k) {
                       const T* row = in + (o * r.in + from[i * r.taps + k]) * inner;
                       const auto w = static_cast<T>(weight[i * r.taps + k]);
                       if (k == 0) std::fill_n(to, inner, T{0});
                       if (w == T{0}) continue;  // 0·Inf would be NaN
                       for (Index j = 0; j < inner; ++j) to[j] += row[j] * w;
                     }
                   }
               });
  });
  return y;
}

/// The transpose of resample: y (…, out, …) → x (…, in, …).
inline Array resample_transposed(const Op& op, const Array& y, int dim, const Resampling& r) {
  Shape shape = y.shape();
  shape[dim] = r.in;
  const Array x = Array::zeros(shape, y.dtype());
  if (y.count() == 0) return x;
  const Index inner = shape.product(dim + 1, shape.rank());
  const Index* from = r.from.data<Index>();
  const double* weight = r.weight.data<double>();
  dispatch_floating(op, y.dtype(), [&]<class T>(Type<T>) {
    const T* in = y.data<T>();
    T* out = x.data<T>();
    vector_for(shape.product(0, dim), std::max<Index>(1, 16384 / (r.out * inner)),
               [=, &r](Index begin, Index end) {
                 for (Index o = begin; o < end; ++o)
                   for (Index i = 0; i < r.out * r.taps; ++i) {
                     const T* row = in + (o * r.out + i / r.taps) * inner;
                     T* to = out + (o * r.in + from[i]) * inner;
                     const auto w = static_cast<T>(weight[i]);
                     if (w == T{0}) continue;
                     for (Index j = 0; j < inner; ++j) to[j] += row[j] * w;
                   }
               });
  });
  return x;
}

/// The windows on pictures: each has `kernel` elements, `dilation` apart. Windows are `stride`
/// apart, with `padding` zeros around the picture.
struct PictureWindows {
  struct Dim {
    Index in, out, kernel, stride, padding, dilation;
    /// The range [first, last) of windows whose element k is inside the picture.
    Index first(Index k) const {
      const Index short_of = padding - k * dilation;
      return std::clamp<Index>(short_of > 0 ? (short_of + stride - 1) / stride : 0, 0, out);
    }
    Index last(Index k) const {
      const Index room = in - 1 + padding - k * dilation;
      return room < 0 ? first(k) : std::clamp<Index>(room / stride + 1, first(k), out);
    }
    Index source(Index o, Index k) const { return o * stride - padding + k * dilation; }
  };
  Dim h, w;

  Index rows() const { return h.kernel * w.kernel; }
  Index columns() const { return h.out * w.out; }
};

/// x (planes, H, W) → y of `shape` (planes, KH·KW, OH·OW): element k of each window.
inline Array unfold_pictures(const Op& op, const Array& x, const PictureWindows& p,
                             const Shape& shape) {
  const Array y = Array::zeros(shape, x.dtype());
  if (y.count() == 0) return y;
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    const T* in = x.data<T>();
    T* out = y.data<T>();
    vector_for(y.count() / p.columns(), std::max<Index>(1, 16384 / p.columns()),
               [=, &p](Index begin, Index end) {
                 for (Index row = begin; row < end; ++row) {
                   const Index plane = row / p.rows(), k = row % p.rows();
                   const Index kh = k / p.w.kernel, kw = k % p.w.kernel;
                   for (Index oh = p.h.first(kh); oh < p.h.last(kh); ++oh) {
                     const T* from = in + (plane * p.h.in + p.h.source(oh, kh)) * p.w.in;
                     T* to = out + row * p.columns() + oh * p.w.out;
                     for (Index ow = p.w.first(kw); ow < p.w.last(kw); ++ow)
                       to[ow] = from[p.w.source(ow, kw)];
                   }
                 }
               });
  });
  return y;
}

/// The transpose of unfold_pictures: y (planes, KH·KW, OH·OW) → x of `shape` (planes, H, W). Each
/// element is the sum of its copies.
inline Array fold_pictures(const Op& op, const Array& y, const PictureWindows& p,
                           const Shape& shape) {
  const Array x = Array::zeros(shape, y.dtype());
  if (y.count() == 0 || x.count() == 0) return x;
  const Index plane_size = p.h.in * p.w.in;
  dispatch_floating(op, y.dtype(), [&]<class T>(Type<T>) {
    const T* in = y.data<T>();
    T* out = x.data<T>();
    vector_for(x.count() / plane_size, std::max<Index>(1, 16384 / (p.rows() * p.columns())),
               [=, &p](Index begin, Index end) {
                 for (Index row = begin * p.rows(); row < end * p.rows(); ++row) {
                   const Index plane = row / p.rows(), k = row % p.rows();
                   const Index kh = k / p.w.kernel, kw = k % p.w.kernel;
                   for (Index oh = p.h.first(kh); oh < p.h.last(kh); ++oh) {
                     const T* from = in + row * p.columns() + oh * p.w.out;
                     T* to = out + (plane * p.h.in + p.h.source(oh, kh)) * p.w.in;
                     for (Index ow = p.w.first(kw); ow < p.w.last(kw); ++ow)
                       to[p.w.source(ow, kw)] += from[ow];
                   }
                 }
               });
  });
  return x;
}

}  // namespace tinygrad::kernels
