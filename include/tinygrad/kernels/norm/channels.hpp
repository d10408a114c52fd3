// SPDX-License-Identifier: MIT
// Normalisation of channels of a batch (batch norm) or of runs of channels of a sample (group norm)
// to mean 0 and variance 1, with an optional ReLU, and the gradients.
#pragma once

#include <algorithm>
#include <cmath>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/elementwise/arithmetic.hpp"
#include "tinygrad/kernels/elementwise/loops.hpp"
#include "tinygrad/kernels/reduction/moments.hpp"
#include "tinygrad/kernels/reduction/reduce.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// The elements of x (N, C, L) that are normalised together. A group is either one channel in the
/// whole batch, or one of `groups` runs of channels of one sample. The L elements of one channel of
/// one sample are a segment. Every group consists of whole segments.
struct ChannelGroups {
  Index batch, channels, length;
  Index groups;  ///< groups of a sample; 0: one group for each channel of the batch

  Index segments() const { return batch * channels; }
  Index count() const { return groups == 0 ? channels : batch * groups; }
  /// Segments of a group.
  Index members() const { return groups == 0 ? batch : channels / std::max<Index>(groups, 1); }
  /// Elements of a group.
  Index size() const { return members() * length; }
};

/// y, what the gradient needs of each group, and the variance (not corrected) in float64. The mean
/// is mean + rest. Far from 0, one number of x's dtype would round the mean more than y tolerates.
struct NormalizedChannels {
  Array y, mean, rest, scale, variance;
};

namespace detail {
inline constexpr Index kChannelGrain = 8192;  // elements that pay for a second thread

/// A segment: its number, its start in x, its group and its channel.
struct Segment {
  Index number, begin, group, channel;
};

/// Calls f(segment) for all segments, in parallel and in memory order. Channel by channel, the
/// second pass would find x in the cache, but would jump between pages: it took 1.1 to 2 times as
/// long.
template <class F> void each_segment(const ChannelGroups& g, const F& f) {
  vector_for(g.segments(), std::max<Index>(1, kChannelGrain / g.length),
             [&](Index begin, Index end) {
               for (Index s = begin, c = begin % g.channels; s < end; ++s) {
                 f(Segment{s, s * g.length, g.groups == 0 ? c : s / g.members(), c});
                 if (++c == g.channels) c = 0;
               }
             });
}

/// Calls f(segment number, group, channel) in sequence. When inlined it is a loop over channels.
template <class F> void each_in_order(const ChannelGroups& g, const F& f) {
  for (Index n = 0; n < g.batch; ++n) {
    const Index first = n * g.channels;
    if (g.groups == 0)
      for (Index c = 0; c < g.channels; ++c) f(first + c, c, c);
    else
      for (Index c = 0; c < g.channels; ++c) f(first + c, (first + c) / g.members(), c);
  }
}

/// Mean and variance of each group from the mean and the sum of squared deviations of its segments,
/// which have equal lengths. No term is a difference of large numbers.
inline void combine_moments(const ChannelGroups& g, const double* means, const double* squares,
                            double* mean, double* variance) {
  const auto length = static_cast<double>(g.length), size = static_cast<double>(g.size());
  std::fill_n(mean, g.count(), 0.0);
  std::fill_n(variance, g.count(), 0.0);
  each_in_order(g, [=](Index s, Index group, Index) { mean[group] += means[s] * length; });
  for (Index k = 0; k < g.count(); ++k) mean[k] /= size;
  each_in_order(g, [=](Index s, Index group, Index) {
    const double apart = means[s] - mean[group];
    variance[group] += squares[s] + length * apart * apart;
  });
  for (Index k = 0; k < g.count(); ++k) variance[k] /= size;
}

/// (x − mean)·scale·weight + bias for the elements of a segment. `shift` includes the rest of the
/// mean. Forward and backward both use it, so they agree on the sign.
template <class T> struct ChannelAffine {
  T centre, factor, shift;
  T operator()(T x) const { return (x - centre) * factor + shift; }
};

template <class T> struct ChannelAffines {
  const T *means, *rests, *scales, *weight, *bias;

  ChannelAffines(const Array& mean, const Array& rest, const Array& scale, const Array& w,
                 const Array& b)
      : means(mean.data<T>()),
        rests(rest.defined() ? rest.data<T>() : nullptr),
        scales(scale.data<T>()),
        weight(w.defined() ? w.data<T>() : nullptr),
        bias(b.defined() ? b.data<T>() : nullptr) {}

  ChannelAffine<T> operator()(const Segment& s) const {
    const T factor = weight ? scales[s.group] * weight[s.channel] : scales[s.group];
    const T shift = bias ? bias[s.channel] : T{0};
    const T rest = rests ? rests[s.group] : T{0};  // avoids 0·Inf with an infinite weight
    return {means[s.group], factor, rest == T{0} ? shift : shift - rest * factor};
  }
};
}  // namespace detail

/// A ReLU after a normalisation: y = relu(normalised x + addend). An undefined addend is left out.
struct ReluBehind {
  bool on = false;
  Array addend = {};
};

/// y = (x − mean − rest)·scale·weight + bias, then the ReLU. Mean, rest and scale are per group,
/// weight and bias per channel. rest, weight and bias may be undefined. Cost: one read of x and one
/// write.
inline Array apply_channels(const Op& op, const Array& x, const ChannelGroups& g, const Array& mean,
                            const Array& rest, const Array& scale, const Array& weight,
                            const Array& bias, const ReluBehind& relu = {}) {
  Array y = Array::empty(x.shape(), x.dtype(), op);
  if (x.count() == 0) return y;
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    const detail::ChannelAffines<T> affines(mean, rest, scale, weight, bias);
    const T *in = x.data<T>(), *addend = relu.addend.defined() ? relu.addend.data<T>() : nullptr;
    T* out = y.data<T>();
    detail::each_segment(g, [=, on = relu.on, n = g.length](const detail::Segment& s) {
      const detail::ChannelAffine<T> f = affines(s);
      const T* from = in + s.begin;
      T* to = out + s.begin;
      if (!on) detail::apply(f, n, to, from);
      else if (!addend) detail::apply([f](T v) { return Relu()(f(v)); }, n, to, from);
      else
        detail::apply([f](T v, T more) { return Relu()(f(v) + more); }, n, to, from,
                      addend + s.begin);
    });
  });
  return y;
}

/// Normalises x to mean 0 and variance 1 in each group, then applies weight·x + bias. Cost: two
/// passes over x, of which the second one writes. Groups whose mean is more than four standard
/// deviations from 0 need one more pass.
inline NormalizedChannels normalize_channels(const Op& op, const Array& x, const ChannelGroups& g,
                                             double eps, const Array& weight, const Array& bias,
                                             const ReluBehind& relu = {}) {
  NormalizedChannels out{{},
                         Array::zeros({g.count()}, x.dtype()),
                         Array::zeros({g.count()}, x.dtype()),
                         Array::zeros({g.count()}, x.dtype()),
                         Array::zeros({g.count()}, float64)};
  if (x.count() > 0) {
    const Array moments = Array::empty({2 * g.segments() + g.count()}, float64, op);
    double *means = moments.data<double>(), *squares = means + g.segments(),
           *mean = squares + g.segments(), *variance = out.variance.data<double>();
    dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
      const T* in = x.data<T>();
      detail::each_segment(g, [=, n = g.length](const detail::Segment& s) {
        const Moments<T> m = detail::plain_moments(in + s.begin, n);
        means[s.number] = m.mean();
        squares[s.number] = m.squares;
      });
      detail::combine_moments(g, means, squares, mean, variance);
      const double least = detail::least_square<T>(eps);
      bool far = false;
      for (Index k = 0; k < g.count(); ++k)
        far |= !detail::is_plain(mean[k], variance[k], 1, least);
      if (far) {
        detail::each_segment(g, [=, n = g.length](const detail::Segment& s) {
          if (detail::is_plain(mean[s.group], variance[s.group], 1, least)) return;
          const Moments<T> m =
              detail::careful_moments(in + s.begin, n, static_cast<T>(means[s.number]), least);
          means[s.number] = m.mean();
          squares[s.number] = m.squares;
        });
        detail::combine_moments(g, means, squares, mean, variance);
      }
      for (Index k = 0; k < g.count(); ++k) {
        const auto centre = static_cast<T>(mean[k]);
        out.mean.data<T>()[k] = centre;
        out.rest.data<T>()[k] = static_cast<T>(mean[k] - static_cast<double>(centre));
        out.scale.data<T>()[k] = static_cast<T>(1 / std::sqrt(variance[k] + eps));
      }
    });
  }
  out.y = apply_channels(op, x, g, out.mean, out.rest, out.scale, weight, bias, relu);
  return out;
}

/// The requested gradients of normalize_channels; the others are undefined.
struct NormalizedChannelsGrads {
  Array x, weight, bias;
};

/// Which gradients are requested.
struct NormalizedChannelsNeeds {
  bool x, weight, bias;
};

/// The gradient through a ReLU after a normalisation: g replaces grad_y, with g = grad_y where y >
/// 0 (or NaN) and 0 elsewhere. Without an addend, the sign of y is that of weight·x̂ + bias,
/// recomputed from x. With an addend, y is given. Then g is also the addend's gradient; it is
/// written to `masked`, which may be grad_y itself.
struct ReluBefore {
  bool on = false;
  Array bias = {};
  Array y = {}, masked = {};
};

/// With x̂ = (x − mean)·scale and h = grad_y·weight: grad_x = scale·(h − mean(h) − x̂·mean(h·x̂)),
/// grad_weight = Σ grad_y·x̂, grad_bias = Σ grad_y. If `spare` is defined, grad_x is written into
/// it; it may be grad_y. Cost: two passes over x and grad_y. The second one writes and is only for
/// grad_x.
inline NormalizedChannelsGrads normalize_channels_grad(
    const Op& op, const Array& x, const ChannelGroups& g, const Array& mean, const Array& rest,
    const Array& scale, const Array& weight, const Array& grad_y, const Array& spare,
    const NormalizedChannelsNeeds& needs, const ReluBefore& relu = {}) {
  NormalizedChannelsGrads out;
  if (needs.x) out.x = spare.defined() ? spare : Array::empty(x.shape(), x.dtype(), op);
  if (needs.weight) out.weight = Array::zeros({g.channels}, x.dtype());
  if (needs.bias) out.bias = Array::zeros({g.channels}, x.dtype());
  if (x.count() == 0) return out;
  // Σ grad_y and Σ grad_y·(x − mean) of each segment, then of each group and of each channel.
  const Array sums = Array::zeros({2 * (g.segments() + g.count() + g.channels)}, float64);
  double *totals = sums.data<double>(), *alongs = totals + g.segments(),
         *group_total = alongs + g.segments(), *group_along = group_total + g.count(),
         *channel_total = group_along + g.count(), *channel_along = channel_total + g.channels;
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    const detail::ChannelAffines<T> affines(mean, rest, scale, weight, relu.bias);
    const bool by_y = relu.y.defined(), by_x = relu.on && !by_y;
    const T *in = x.data<T>(), *gy = grad_y.data<T>(), *py = by_y ? relu.y.data<T>() : nullptr;
    T* masked = by_y ? relu.masked.data<T>() : nullptr;
    detail::each_segment(g, [=, n = g.length](const detail::Segment& s) {
      constexpr Index kBlock = 1024;
      const T *from = in + s.begin, *grad = gy + s.begin;
      const detail::ChannelAffine<T> f = affines(s);
      const auto rest_of_mean = static_cast<double>(affines.rests[s.group]);
      double total = 0, along = 0;
      const auto add_up = [&](const T* slope, Index first, Index count) {
        total += detail::sum_of<T>(count, [=](Index i) { return slope[i]; });
        along += detail::sum_of<T>(
            count, [=, x = from + first](Index i) { return slope[i] * (x[i] - f.centre); });
      };
      for (Index i = 0; i < n; i += kBlock) {
        const Index count = std::min(kBlock, n - i);
        if (by_x) {
          T slope[kBlock];
          detail::apply([f](T v, T d) { return f(v) <= T{0} ? T{0} : d; }, count, slope, from + i,
                        grad + i);
          add_up(slope, i, count);
        } else if (by_y) {
          T* slope = masked + s.begin + i;
          if (slope != grad + i) std::copy_n(grad + i, count, slope);
          detail::apply_to([](T d, T y) { return y <= T{0} ? T{0} : d; }, count, slope,
                           py + s.begin + i);
          add_up(slope, i, count);
        } else {
          add_up(grad + i, i, count);
        }
      }
      totals[s.number] = total;
      alongs[s.number] = along - rest_of_mean * total;
    });
    detail::each_in_order(g, [=](Index s, Index group, Index c) {
      const double factor = affines.weight ? static_cast<double>(affines.weight[c]) : 1;
      group_total[group] += factor * totals[s];
      group_along[group] += factor * alongs[s];
      channel_total[c] += totals[s];
      channel_along[c] += alongs[s] * static_cast<double>(affines.scales[group]);
    });
    for (Index c = 0; c < g.channels; ++c) {
      if (needs.weight) out.weight.data<T>()[c] = static_cast<T>(channel_along[c]);
      if (needs.bias) out.bias.data<T>()[c] = static_cast<T>(channel_total[c]);
    }
    if (!needs.x) return;
    T* to_all = out.x.data<T>();
    const T* slopes = by_y ? masked : gy;
    const auto size = static_cast<double>(g.size());
    detail::each_segment(g, [=, n = g.length](const detail::Segment& s) {
      const detail::ChannelAffine<T> f = affines(s);
      const T centre = f.centre, factor = affines.weight ? affines.weight[s.channel] : T{1},
              outer = affines.scales[s.group],
              tilt = static_cast<T>(group_along[s.group] / size) * outer * outer,
              shift = static_cast<T>(group_total[s.group] / size) - affines.rests[s.group] * tilt;
      const auto grad_of = [=](T slope, T v) {
        return outer * (slope * factor - shift - (v - centre) * tilt);
      };
      const auto write = [&, from = in + s.begin, to = to_all + s.begin,
                          slope = slopes + s.begin](auto each) {
        if (to == slope) detail::apply_to(each, n, to, from);
        else detail::apply(each, n, to, slope, from);
      };
      if (by_x) write([=](T slope, T v) { return grad_of(f(v) <= T{0} ? T{0} : slope, v); });
      else write(grad_of);
    });
  });
  return out;
}

/// running (C) ← (1 − momentum)·running + momentum·found·factor, in place. If `found` (…, C) has
/// several values for a channel, their mean counts.
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
