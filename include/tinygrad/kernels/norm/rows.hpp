// SPDX-License-Identifier: MIT
// Normalisation of rows to mean 0 and variance 1 (layer norm) or to mean square 1 (RMS norm), and
// the gradients.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/reduction/moments.hpp"
#include "tinygrad/kernels/reduction/reduce.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// y (rows, n) and what its gradient needs of each row: scale = 1/√(variance + eps), and the mean
/// (0 if not centred) as centre − shift/scale. So x̂ = (x − centre)·scale + shift. Far from 0, one
/// number for the mean would lose digits that x̂ needs.
struct NormalizedRows {
  Array y, centre, scale, shift;
};

namespace detail {
inline constexpr Index kNormGrain = 8192;     // elements that pay for a second thread
inline constexpr Index kRowsTogether = 4096;  // elements that fit the first cache
}  // namespace detail

/// y = (x − mean)/√(variance + eps)·weight + bias for each of `rows` rows of x. Without `centred`
/// the mean is not subtracted. weight (n) and bias (n) may be undefined.
inline NormalizedRows normalize_rows(const Op& op, const Array& x, Index rows, Index n,
                                     bool centred, double eps, const Array& weight,
                                     const Array& bias) {
  NormalizedRows out{Array::empty(x.shape(), x.dtype(), op), Array::zeros({rows}, x.dtype()),
                     Array::empty({rows}, x.dtype(), op), Array::zeros({rows}, x.dtype())};
  if (x.count() == 0) return out;
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    const T *px = x.data<T>(), *pw = weight.defined() ? weight.data<T>() : nullptr,
            *pb = bias.defined() ? bias.data<T>() : nullptr;
    T *py = out.y.data<T>(), *centres = out.centre.data<T>(), *scales = out.scale.data<T>(),
      *shifts = out.shift.data<T>();
    const auto count = static_cast<double>(n);
    const double least = detail::least_square<T>(eps);
    const auto measured = [=](Index r, const Moments<T>& m, double scale) {
      centres[r] = m.centre;
      scales[r] = static_cast<T>(scale);
      shifts[r] = static_cast<T>(-m.rest * scale);
    };
    const auto measure = [=](Index r) {
      const Moments<T> m =
          centred ? detail::plain_moments(px + r * n, n) : detail::plain_squares(px + r * n, n);
      measured(r, m, 1 / std::sqrt(m.squares / count + eps));
    };
    const auto measure_carefully = [=](Index r) {
      const Moments<T> m = centred ? detail::careful_moments(px + r * n, n, centres[r], least)
                                   : detail::scaled_squares(px + r * n, n);
      const double variance = m.squares / count;
      const bool in_range = std::isfinite(variance) && (eps > 0 || std::isnormal(variance));
      measured(r, m, in_range ? 1 / std::sqrt(variance + eps) : std::sqrt(count) / m.root());
    };
    // The error of the mean (a few roundings) must be small beside the spread, and the spread must
    // be in range.
    const auto largest_scale =
        static_cast<T>(least > 0 ? 1 / std::sqrt(least) : std::numeric_limits<double>::infinity());
    const auto is_plain = [=](Index r) {
      const T scale = scales[r];
      return (std::fabs(centres[r] * scale) <= T{4}) & (scale > T{0}) & (scale <= largest_scale);
    };
    const auto write = [=](Index r) {
      const T *in = px + r * n, centre = centres[r], scale = scales[r], shift = shifts[r];
      T* y = py + r * n;
      if (pw && pb) {
        for (Index i = 0; i < n; ++i) y[i] = ((in[i] - centre) * scale + shift) * pw[i] + pb[i];
        return;
      }
      for (Index i = 0; i < n; ++i) y[i] = (in[i] - centre) * scale + shift;
      if (pw)
        for (Index i = 0; i < n; ++i) y[i] *= pw[i];
      if (pb)
        for (Index i = 0; i < n; ++i) y[i] += pb[i];
    };
    // Several rows are measured before they are written. While one row waits for its root, the next
    // one is read. All of them stay in the first cache.
    const Index together = std::max<Index>(1, detail::kRowsTogether / n);
    vector_for(rows, std::max<Index>(1, detail::kNormGrain / n), [=](Index begin, Index end) {
      for (Index first = begin; first < end; first += together) {
        const Index stop = std::min(first + together, end);
        for (Index r = first; r < stop; ++r) measure(r);
        int careful = 0;  // not a bool: vectorises
        for (Index r = first; r < stop; ++r) careful |= is_plain(r) ? 0 : 1;
        for (Index r = first; r < stop && careful != 0; ++r)
          if (!is_plain(r)) measure_carefully(r);
        for (Index r = first; r < stop; ++r) write(r);
      }
    });
  });
  return out;
}

namespace detail {
/// along += grad_y·x̂ and total += grad_y of one row.
template <class T> void add_affine_grads(const T* x, const T* grad_y, T centre, T scale, T shift,
                                         Index n, T* __restrict along, T* __restrict total) {
  for (Index i = 0; i < n; ++i) {
    along[i] += grad_y[i] * ((x[i] - centre) * scale + shift);
    total[i] += grad_y[i];
  }
}
}  // namespace detail

/// The gradient of x, and that of weight and bias together, (2, n). Undefined if not requested.
struct NormalizedRowsGrads {
  Array x, affine;
};

/// With x̂ = (x − centre)·scale + shift and g = grad_y·weight: the gradient of x is scale·(g −
/// mean(g) − x̂·mean(g·x̂)), without mean(g) if not centred. The gradients of weight and bias are Σ
/// grad_y·x̂ and Σ grad_y over the rows, in fixed chunks of rows. Cost: one read of x and grad_y;
/// the sums of a row leave it in the cache.
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
    const T *px = x.data<T>(), *pg = grad_y.data<T>(), *centres = saved.centre.data<T>(),
            *scales = saved.scale.data<T>(), *shifts = saved.shift.data<T>(),
            *pw = weight.defined() ? weight.data<T>() : nullptr;
    T *out = needs_x ? grads.x.data<T>() : nullptr,
      *parts = needs_affine ? partial.data<T>() : nullptr;
    const auto count = static_cast<double>(n);
    const auto grad_of_row = [=](Index r, auto weighted) {
      const T *in = px + r * n, *gy = pg + r * n, centre = centres[r], scale = scales[r],
              move = shifts[r];
      const auto normal = [=](Index i) { return (in[i] - centre) * scale + move; };
      T* to = out + r * n;
      const auto g = [=](Index i) { return weighted ? gy[i] * pw[i] : gy[i]; };
      const T shift = centred ? static_cast<T>(detail::long_sum_of<T>(n, g) / count) : T{0};
      const double along = detail::long_sum_of<T>(n, [=](Index i) { return g(i) * normal(i); });
      const auto slope = static_cast<T>(along / count);
      for (Index i = 0; i < n; ++i) to[i] = scale * (g(i) - shift - normal(i) * slope);
    };
    vector_tasks(chunks.count, [=](Index chunk) {
      for (Index r = chunks.begin(chunk); r < chunks.end(chunk); ++r) {
        if (out && pw) grad_of_row(r, std::true_type());
        else if (out) grad_of_row(r, std::false_type());
        if (!parts) continue;
        T* const along = parts + chunk * 2 * n;
        detail::add_affine_grads(px + r * n, pg + r * n, centres[r], scales[r], shifts[r], n, along,
                                 along + n);
      }
    });
    AxisSet chunk_dim;
    chunk_dim.reduced[0] = true;
    if (parts) grads.affine = reduce<SumOf, T>(op, partial, chunk_dim);
  });
  return grads;
}

}  // namespace tinygrad::kernels
