// SPDX-License-Identifier: MIT
// Rows brought to mean 0 and variance 1 (layer norm), or to mean square 1 (RMS norm); the same for
// channels of a batch (batch norm) and runs of a sample's channels (group norm); all gradients.
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

/// Which elements of x (N, C, L) are normalised together: those of a channel in the whole batch, or
/// those of a run of channels of one sample, `groups` runs to a sample. The L elements of a
/// sample's channel are a segment; every group is made of whole segments.
struct ChannelGroups {
  Index batch, channels, length;
  Index groups;  ///< of a sample; 0 for one group to each channel of the batch

  Index segments() const { return batch * channels; }
  Index count() const { return groups == 0 ? channels : batch * groups; }
  /// Elements of a group.
  Index size() const {
    return groups == 0 ? batch * length : channels / std::max<Index>(groups, 1) * length;
  }
  Index group_of(Index n, Index c) const {
    return groups == 0 ? c : n * groups + c / (channels / groups);
  }
};

/// y, and of each group what its gradient needs, and the variance (not corrected) in float64.
struct NormalizedChannels {
  Array y, mean, scale, variance;
};

namespace detail {
/// Σ f(i) over [0, n), in double from one run of 4096 to the next.
template <class T, class F> double long_sum_of(Index n, F f) {
  constexpr Index kLongRun = 4096;
  double sum = 0;
  for (Index i = 0; i < n; i += kLongRun)
    sum += sum_of<T>(std::min(kLongRun, n - i), [=](Index k) { return f(i + k); });
  return sum;
}

/// Calls f(segment, n, c) for all segments, in parallel.
template <class F> void each_segment(const ChannelGroups& g, const F& f) {
  parallel_for(g.segments(), std::max<Index>(1, kNormGrain / g.length),
               [&](Index begin, Index end) {
                 for (Index s = begin; s < end; ++s) f(s, s / g.channels, s % g.channels);
               });
}

/// Mean and variance of each group from those of its segments, which are equally long: no term is
/// a difference of large ones.
inline void combine_moments(const ChannelGroups& g, const double* means, const double* squares,
                            double* mean, double* variance) {
  const auto length = static_cast<double>(g.length), size = static_cast<double>(g.size());
  std::fill_n(mean, g.count(), 0.0);
  std::fill_n(variance, g.count(), 0.0);
  const auto each = [&](auto f) {
    for (Index n = 0, s = 0; n < g.batch; ++n)
      for (Index c = 0; c < g.channels; ++c, ++s) f(g.group_of(n, c), s);
  };
  each([&](Index group, Index s) { mean[group] += means[s] * length; });
  for (Index k = 0; k < g.count(); ++k) mean[k] /= size;
  each([&](Index group, Index s) {
    const double apart = means[s] - mean[group];
    variance[group] += squares[s] + length * apart * apart;
  });
  for (Index k = 0; k < g.count(); ++k) variance[k] /= size;
}
}  // namespace detail

/// y = (x − mean)·scale·weight + bias, with one mean and scale for each group, one weight and bias
/// for each channel; these may be undefined. Cost: one read of x and one write.
inline Array apply_channels(const Op& op, const Array& x, const ChannelGroups& g, const Array& mean,
                            const Array& scale, const Array& weight, const Array& bias) {
  Array y = Array::empty(x.shape(), x.dtype(), op);
  if (x.count() == 0) return y;
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    const T *in = x.data<T>(), *means = mean.data<T>(), *scales = scale.data<T>(),
            *pw = weight.defined() ? weight.data<T>() : nullptr,
            *pb = bias.defined() ? bias.data<T>() : nullptr;
    T* out = y.data<T>();
    detail::each_segment(g, [=, &g](Index s, Index n, Index c) {
      const Index group = g.group_of(n, c);
      const T centre = means[group], factor = pw ? scales[group] * pw[c] : scales[group],
              shift = pb ? pb[c] : T{0};
      const T* from = in + s * g.length;
      T* to = out + s * g.length;
      for (Index i = 0; i < g.length; ++i) to[i] = (from[i] - centre) * factor + shift;
    });
  });
  return y;
}

/// x brought to mean 0 and variance 1 in each group, then weight·x + bias. Cost: two passes over x,
/// the second one writes.
inline NormalizedChannels normalize_channels(const Op& op, const Array& x, const ChannelGroups& g,
                                             double eps, const Array& weight, const Array& bias) {
  NormalizedChannels out{{},
                         Array::zeros({g.count()}, x.dtype()),
                         Array::zeros({g.count()}, x.dtype()),
                         Array::zeros({g.count()}, float64)};
  if (x.count() > 0) {
    const Array moments = Array::empty({2 * g.segments() + g.count()}, float64, op);
    double *means = moments.data<double>(), *squares = means + g.segments(),
           *mean = squares + g.segments(), *variance = out.variance.data<double>();
    dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
      const T* in = x.data<T>();
      detail::each_segment(g, [=, &g](Index s, Index, Index) {
        const T* from = in + s * g.length;  // the second sum finds it in the cache
        means[s] = detail::fold_total<SumOf>(from, g.length) / static_cast<double>(g.length);
        const auto centre = static_cast<T>(means[s]);
        squares[s] = detail::long_sum_of<T>(
            g.length, [=](Index i) { return (from[i] - centre) * (from[i] - centre); });
      });
      detail::combine_moments(g, means, squares, mean, variance);
      for (Index k = 0; k < g.count(); ++k) {
        out.mean.data<T>()[k] = static_cast<T>(mean[k]);
        out.scale.data<T>()[k] = static_cast<T>(1 / std::sqrt(variance[k] + eps));
      }
    });
  }
  out.y = apply_channels(op, x, g, out.mean, out.scale, weight, bias);
  return out;
}

/// The gradients of normalize_channels that are asked for; the others are undefined.
struct NormalizedChannelsGrads {
  Array x, weight, bias;
};

/// With x̂ = (x − mean)·scale and h = grad_y·weight: grad_x = scale·(h − mean(h) − x̂·mean(h·x̂)),
/// grad_weight = Σ grad_y·x̂, grad_bias = Σ grad_y. Cost: two passes over x and grad_y, the second
/// one, which writes, only for grad_x.
inline NormalizedChannelsGrads normalize_channels_grad(const Op& op, const Array& x,
                                                       const ChannelGroups& g, const Array& mean,
                                                       const Array& scale, const Array& weight,
                                                       const Array& grad_y, bool needs_x,
                                                       bool needs_weight, bool needs_bias) {
  NormalizedChannelsGrads out;
  if (needs_x) out.x = Array::empty(x.shape(), x.dtype(), op);
  if (needs_weight) out.weight = Array::zeros({g.channels}, x.dtype());
  if (needs_bias) out.bias = Array::zeros({g.channels}, x.dtype());
  if (x.count() == 0) return out;
  // Of each segment Σ grad_y and Σ grad_y·(x − mean), and the same of groups and of channels.
  const Array sums = Array::zeros({2 * (g.segments() + g.count() + g.channels)}, float64);
  double *totals = sums.data<double>(), *alongs = totals + g.segments(),
         *group_total = alongs + g.segments(), *group_along = group_total + g.count(),
         *channel_total = group_along + g.count(), *channel_along = channel_total + g.channels;
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    const T *in = x.data<T>(), *gy = grad_y.data<T>(), *means = mean.data<T>(),
            *scales = scale.data<T>(), *pw = weight.defined() ? weight.data<T>() : nullptr;
    detail::each_segment(g, [=, &g](Index s, Index n, Index c) {
      const T *from = in + s * g.length, *slope = gy + s * g.length;
      const T centre = means[g.group_of(n, c)];
      totals[s] = detail::fold_total<SumOf>(slope, g.length);
      alongs[s] =
          detail::long_sum_of<T>(g.length, [=](Index i) { return slope[i] * (from[i] - centre); });
    });
    for (Index n = 0, s = 0; n < g.batch; ++n)
      for (Index c = 0; c < g.channels; ++c, ++s) {
        const Index group = g.group_of(n, c);
        const double factor = pw ? static_cast<double>(pw[c]) : 1;
        group_total[group] += factor * totals[s];
        group_along[group] += factor * alongs[s];
        channel_total[c] += totals[s];
        channel_along[c] += alongs[s] * static_cast<double>(scales[group]);
      }
    for (Index c = 0; c < g.channels; ++c) {
      if (needs_weight) out.weight.data<T>()[c] = static_cast<T>(channel_along[c]);
      if (needs_bias) out.bias.data<T>()[c] = static_cast<T>(channel_total[c]);
    }
    if (!needs_x) return;
    T* to_all = out.x.data<T>();
    const auto size = static_cast<double>(g.size());
    detail::each_segment(g, [=, &g](Index s, Index n, Index c) {
      const Index group = g.group_of(n, c);
      const T *from = in + s * g.length, *slope = gy + s * g.length;
      T* to = to_all + s * g.length;
      const T centre = means[group], factor = pw ? pw[c] : T{1}, outer = scales[group],
              shift = static_cast<T>(group_total[group] / size),
              tilt = static_cast<T>(group_along[group] / size) * outer * outer;
      for (Index i = 0; i < g.length; ++i)
        to[i] = outer * (slope[i] * factor - shift - (from[i] - centre) * tilt);
    });
  });
  return out;
}

/// running (C) ← (1 − momentum)·running + momentum·found·factor, in place; of several values that
/// `found` (…, C) has for a channel, their mean.
inline void blend_channels(const Op& op, const Array& running, const Array& found, double factor,
                           double momentum) {
  const Index channels = running.count(), samples = found.count() / channels;
  dispatch_floating(op, running.dtype(), [&]<class T>(Type<T>) {
    T* to = running.data<T>();
    for (Index c = 0; c < channels; ++c) {
      double sum = 0;
      for (Index n = 0; n < samples; ++n) sum += found.at(n * channels + c);
      const double now = sum / static_cast<double>(samples) * factor;
      to[c] = static_cast<T>((1 - momentum) * static_cast<double>(to[c]) + momentum * now);
    }
  });
  running.bump_version(op.name);
}

}  // namespace tinygrad::kernels
