// SPDX-License-Identifier: MIT
// Rows brought to mean 0 and variance 1 (layer norm), or to mean square 1 (RMS norm), and the
// gradients. Channels of a batch are in channel_norm.hpp.
#pragma once

#include <algorithm>
#include <cmath>
#include <type_traits>

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
inline constexpr Index kNormGrain = 8192;     // elements worth a second thread
inline constexpr Index kRowsTogether = 4096;  // elements that stay in the first cache
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
    const auto measure = [=](Index r) {
      const T* in = px + r * n;
      if (centred) means[r] = static_cast<T>(detail::mean_of(in, n));
      scales[r] =
          static_cast<T>(1 / std::sqrt(detail::squares_around(in, n, means[r]) / count + eps));
    };
    const auto write = [=](Index r) {
      const T *in = px + r * n, mean = means[r], scale = scales[r];
      T* y = py + r * n;
      if (pw && pb) {
        for (Index i = 0; i < n; ++i) y[i] = (in[i] - mean) * scale * pw[i] + pb[i];
        return;
      }
      for (Index i = 0; i < n; ++i) y[i] = (in[i] - mean) * scale;
      if (pw)
        for (Index i = 0; i < n; ++i) y[i] *= pw[i];
      if (pb)
        for (Index i = 0; i < n; ++i) y[i] += pb[i];
    };
    // Several rows are measured before they are written: while one waits for its root the next is
    // read, and all are still in the first cache.
    const Index together = std::max<Index>(1, detail::kRowsTogether / n);
    parallel_for(rows, std::max<Index>(1, detail::kNormGrain / n), [=](Index begin, Index end) {
      for (Index first = begin; first < end; first += together) {
        const Index stop = std::min(first + together, end);
        for (Index r = first; r < stop; ++r) measure(r);
        for (Index r = first; r < stop; ++r) write(r);
      }
    });
  });
  return out;
}

namespace detail {
/// along += grad_y·x̂ and total += grad_y of one row.
template <class T> void add_affine_grads(const T* x, const T* grad_y, T mean, T scale, Index n,
                                         T* __restrict along, T* __restrict total) {
  for (Index i = 0; i < n; ++i) {
    along[i] += grad_y[i] * ((x[i] - mean) * scale);
    total[i] += grad_y[i];
  }
}
}  // namespace detail

/// The gradient of x, and of weight and bias together, (2, n); undefined if it is not asked for.
struct NormalizedRowsGrads {
  Array x, affine;
};

/// With x̂ = (x − mean)·scale and g = grad_y·weight: for x scale·(g − mean(g) − x̂·mean(g·x̂)),
/// without mean(g) if not centred, for weight Σ grad_y·x̂ and for bias Σ grad_y over the rows, in
/// fixed chunks of them. Cost: one read of x and grad_y, which a row's sums leave in the cache.
inline NormalizedRowsGrads normalize_rows_grads(const Op& op, const Array& x,
                                                const NormalizedRows& saved, bool centred,
                                                const Array& weight, const Array& grad_y,
                                                bool needs_x, bool needs_affine) {
  const Index rows = saved.scale.count(), n = x.count() / rows;
  const Chunks chunks(rows, std::max<Index>(1, 2 * detail::kNormGrain / n), 16);
  NormalizedRowsGrads grads;
  if (needs_x) grads.x = Array::empty(x.shape(), x.dtype(), op);
  const Array partial =
      needs_affine ? Array::zeros({chunks.count, 2, n}, x.dtype()) : Array();  // of each chunk
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    const T *px = x.data<T>(), *pg = grad_y.data<T>(), *means = saved.mean.data<T>(),
            *scales = saved.scale.data<T>(), *pw = weight.defined() ? weight.data<T>() : nullptr;
    T *out = needs_x ? grads.x.data<T>() : nullptr,
      *parts = needs_affine ? partial.data<T>() : nullptr;
    const auto count = static_cast<double>(n);
    const auto grad_of_row = [=](Index r, auto weighted) {
      const T *in = px + r * n, *gy = pg + r * n, mean = means[r], scale = scales[r];
      T* to = out + r * n;
      const auto g = [=](Index i) { return weighted ? gy[i] * pw[i] : gy[i]; };
      const T shift = centred ? static_cast<T>(detail::long_sum_of<T>(n, g) / count) : T{0};
      const double along =
          detail::long_sum_of<T>(n, [=](Index i) { return g(i) * ((in[i] - mean) * scale); });
      const auto slope = static_cast<T>(along / count);
      for (Index i = 0; i < n; ++i) to[i] = scale * (g(i) - shift - (in[i] - mean) * scale * slope);
    };
    parallel_tasks(chunks.count, [=](Index chunk) {
      for (Index r = chunks.begin(chunk); r < chunks.end(chunk); ++r) {
        if (out && pw) grad_of_row(r, std::true_type());
        else if (out) grad_of_row(r, std::false_type());
        if (!parts) continue;
        T* const along = parts + chunk * 2 * n;
        detail::add_affine_grads(px + r * n, pg + r * n, means[r], scales[r], n, along, along + n);
      }
    });
    AxisSet chunk_axis;
    chunk_axis.reduced[0] = true;
    if (parts) grads.affine = reduce<SumOf, T>(op, partial, chunk_axis);
  });
  return grads;
}

}  // namespace tinygrad::kernels
