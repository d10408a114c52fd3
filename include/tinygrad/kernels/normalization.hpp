// SPDX-License-Identifier: MIT
// Rows brought to mean 0 and variance 1 (layer norm), or to mean square 1 (RMS norm), and the
// gradients. Channels of a batch are in channel_norm.hpp.
#pragma once

#include <algorithm>
#include <cmath>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/reduce.hpp"

namespace tinygrad::kernels {

/// y (rows, n) and what its gradient needs of each row: the mean (0 if not centred) and the factor
/// 1/√(variance + eps).
struct NormalizedRows {
  Array y, mean, scale;
};

namespace detail {
inline constexpr Index kNormGrain = 8192;  // elements worth a second thread
}  // namespace detail

/// y = (x − mean)/√(variance + eps)·weight + bias for each of `rows` rows of x; without the mean if
/// not `centred`. weight (n) and bias (n) may be undefined.
inline NormalizedRows normalize_rows(const Op& op, const Array& x, Index rows, Index n,
                                     bool centred, double eps, const Array& weight,
                                     const Array& bias) {
  NormalizedRows out{Array::empty(x.shape(), x.dtype(), op), Array::zeros({rows}, x.dtype()),
                     Array::empty({rows}, x.dtype(), op)};
  if (x.count() == 0) return out;
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    const T *px = x.data<T>(), *pw = weight.defined() ? weight.data<T>() : nullptr,
            *pb = bias.defined() ? bias.data<T>() : nullptr;
    T *py = out.y.data<T>(), *means = out.mean.data<T>(), *scales = out.scale.data<T>();
    const auto count = static_cast<double>(n);
    parallel_for(rows, std::max<Index>(1, detail::kNormGrain / n), [=](Index begin, Index end) {
      for (Index r = begin; r < end; ++r) {
        const T* in = px + r * n;
        T* y = py + r * n;
        if (centred) means[r] = static_cast<T>(detail::fold_total<SumOf>(in, n) / count);
        const T mean = means[r];
        const double squares =
            detail::sum_of<T>(n, [=](Index i) { return (in[i] - mean) * (in[i] - mean); });
        const T scale = scales[r] = static_cast<T>(1 / std::sqrt(squares / count + eps));
        if (pw && pb) {
          for (Index i = 0; i < n; ++i) y[i] = (in[i] - mean) * scale * pw[i] + pb[i];
          continue;
        }
        for (Index i = 0; i < n; ++i) y[i] = (in[i] - mean) * scale;
        if (pw)
          for (Index i = 0; i < n; ++i) y[i] *= pw[i];
        if (pb)
          for (Index i = 0; i < n; ++i) y[i] += pb[i];
      }
    });
  });
  return out;
}

/// The gradient for x, with x̂ = (x − mean)·scale and g = grad_y·weight:
/// scale·(g − mean(g) − x̂·mean(g·x̂)), without mean(g) if not centred.
inline Array normalize_rows_grad(const Op& op, const Array& x, const NormalizedRows& saved,
                                 bool centred, const Array& weight, const Array& grad_y) {
  Array grad_x = Array::empty(x.shape(), x.dtype(), op);
  if (x.count() == 0) return grad_x;
  const Index rows = saved.scale.count(), n = x.count() / rows;
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    const T *px = x.data<T>(), *pg = grad_y.data<T>(), *means = saved.mean.data<T>(),
            *scales = saved.scale.data<T>(), *pw = weight.defined() ? weight.data<T>() : nullptr;
    T* out = grad_x.data<T>();
    const auto count = static_cast<double>(n);
    parallel_for(rows, std::max<Index>(1, detail::kNormGrain / n), [=](Index begin, Index end) {
      for (Index r = begin; r < end; ++r) {
        const T *in = px + r * n, *gy = pg + r * n;
        T* g = out + r * n;
        const T mean = means[r], scale = scales[r];
        for (Index i = 0; i < n; ++i) g[i] = pw ? gy[i] * pw[i] : gy[i];
        const auto shift =
            centred ? static_cast<T>(detail::sum_of<T>(n, [=](Index i) { return g[i]; }) / count)
                    : T{0};
        const double along =
            detail::sum_of<T>(n, [=](Index i) { return g[i] * ((in[i] - mean) * scale); });
        const auto slope = static_cast<T>(along / count);
        for (Index i = 0; i < n; ++i)
          g[i] = scale * (g[i] - shift - (in[i] - mean) * scale * slope);
      }
    });
  });
  return grad_x;
}

/// The gradients for weight, Σ grad_y·x̂ over the rows, and bias, Σ grad_y: (2, n), in fixed chunks
/// of rows.
inline Array normalize_rows_grad_affine(const Op& op, const Array& x, const NormalizedRows& saved,
                                        const Array& grad_y) {
  const Index rows = saved.scale.count(), n = x.count() / rows;
  const Chunks chunks(rows, std::max<Index>(1, 4 * detail::kNormGrain / n));
  const Array partial = Array::zeros({chunks.count, 2, n}, x.dtype());
  return dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    const T *px = x.data<T>(), *pg = grad_y.data<T>(), *means = saved.mean.data<T>(),
            *scales = saved.scale.data<T>();
    T* parts = partial.data<T>();
    parallel_tasks(chunks.count, [=](Index chunk) {
      T* __restrict along = parts + chunk * 2 * n;
      T* __restrict total = along + n;
      for (Index r = chunks.begin(chunk); r < chunks.end(chunk); ++r) {
        const T *in = px + r * n, *g = pg + r * n, mean = means[r], scale = scales[r];
        for (Index i = 0; i < n; ++i) {
          along[i] += g[i] * ((in[i] - mean) * scale);
          total[i] += g[i];
        }
      }
    });
    AxisSet chunk_axis;
    chunk_axis.reduced[0] = true;
    return reduce<SumOf, T>(op, partial, chunk_axis);
  });
}

}  // namespace tinygrad::kernels
