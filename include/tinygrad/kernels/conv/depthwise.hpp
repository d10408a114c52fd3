// SPDX-License-Identifier: MIT
// Depthwise convolution: one input channel in each group. It adds shifted planes; a matrix product
// would have a single column of weights.
#pragma once

#include <algorithm>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/conv/non_finite.hpp"
#include "tinygrad/kernels/conv/shape.hpp"
#include "tinygrad/kernels/conv/taps.hpp"
#include "tinygrad/kernels/simd/wide.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels::conv::depthwise {

/// Multiply-adds below which a second thread costs more than it saves.
inline constexpr Index kGrain = 65536;

inline Index planes_in_grain(const ConvShape& s) {
  return std::max<Index>(1, kGrain / std::max<Index>(1, s.out_positions() * s.taps()));
}

}  // namespace tinygrad::kernels::conv::depthwise

TINYGRAD_BEGIN_WIDE_LOOPS
namespace tinygrad::inline TINYGRAD_ABI::kernels::conv::depthwise::inline TINYGRAD_WIDE {

/// Calls f(output, input, count, step) for every run of adjacent outputs for which tap (kd, kh, kw)
/// reads the input. Output + i reads input + i·step, for i < count.
template <class F> void for_each_run(const ConvShape& s, Index kd, Index kh, Index kw, F f) {
  const ConvDim &depth = s.dims[0], &height = s.dims[1], &width = s.dims[2];
  const ConvBlock all{0, depth.out * height.out, 0, width.out, 0};
  const auto [first, last] = width.inside(kw, 0, width.out);
  const Index shift = width.source(first, kw), count = last - first;
  if (count == 0) return;
  detail::for_each_rows(s, all, kd, kh, [&, from = first](const detail::TapRows& r) {
    for (Index i = r.first; i < r.last; ++i)
      f((r.offset + i) * width.out + from,
        (r.source + (i - r.first) * height.stride) * width.in + shift, count, width.stride);
  });
}

/// One task for some output planes.
template <class T> void forward(const Op& /*op*/, const ConvShape& s, const Array& x_array,
                                const Array& w_array, const Array& bias_array,
                                const Array& y_array) {
  const T *const x = x_array.data<T>(), *const w = w_array.data<T>();
  const T* const bias = detail::data_or_null<T>(bias_array);
  T* const y = y_array.data<T>();
  const Index out = s.out_channels, in_plane = s.in_positions(), out_plane = s.out_positions();
  parallel_for(s.batch * out, planes_in_grain(s), [&](Index begin, Index end) {
    for (Index plane = begin; plane < end; ++plane) {
      const Index o = plane % out;
      const T* in = x + (plane / out * s.groups + o / s.group_out()) * in_plane;
      const T* weight = w + o * s.taps();
      T* to = y + plane * out_plane;
      std::fill_n(to, out_plane, bias ? bias[o] : T{0});
      detail::for_each_tap(s, [&](Index kd, Index kh, Index kw) {
        const T factor = *weight++;
        for_each_run(s, kd, kh, kw, [=](Index output, Index input, Index count, Index step) {
          const T* from = in + input;
          T* sum = to + output;
          if (step == 1)
            for (Index i = 0; i < count; ++i) sum[i] += factor * from[i];
          else
            for (Index i = 0; i < count; ++i) sum[i] += factor * from[i * step];
        });
      });
    }
  });
}

/// One task for some input planes.
template <class T> void grad_input(const Op& /*op*/, const ConvShape& s, const Array& y_array,
                                   const Array& w_array, const Array& x_array) {
  const T *const grad_y = y_array.data<T>(), *const w = w_array.data<T>();
  T* const grad_x = x_array.data<T>();
  const Index in_plane = s.in_positions(), out_plane = s.out_positions();
  parallel_for(s.batch * s.groups, planes_in_grain(s), [&](Index begin, Index end) {
    for (Index plane = begin; plane < end; ++plane) {
      T* to = grad_x + plane * in_plane;
      std::fill_n(to, in_plane, T{0});
      for (Index j = 0; j < s.group_out(); ++j) {
        const T* grad = grad_y + (plane * s.group_out() + j) * out_plane;
        const T* weight = w + (plane % s.groups * s.group_out() + j) * s.taps();
        detail::for_each_tap(s, [&](Index kd, Index kh, Index kw) {
          const T factor = *weight++;
          for_each_run(s, kd, kh, kw, [=](Index output, Index input, Index count, Index step) {
            const T* from = grad + output;
            T* sum = to + input;
            if (step == 1)
              for (Index i = 0; i < count; ++i) sum[i] += factor * from[i];
            else
              for (Index i = 0; i < count; ++i) sum[i * step] += factor * from[i];
          });
        });
      }
    }
  });
}

/// One task for some output channels. Sums within a plane use lanes of T, sums of planes use
/// double.
template <class T> void grad_weight(const Op& op, const ConvShape& s, const Array& x_array,
                                    const Array& y_array, const Array& w_array) {
  const T *const x = x_array.data<T>(), *const grad_y = y_array.data<T>();
  T* const grad_w = w_array.data<T>();
  constexpr Index kLanes = 16;
  const Index out = s.out_channels, in_plane = s.in_positions(), out_plane = s.out_positions();
  const Array totals = Array::empty({out, s.taps()}, float64, op);
  double* const all = totals.data<double>();
  const Index grain = std::max<Index>(1, planes_in_grain(s) / std::max<Index>(1, s.batch));
  parallel_for(out, grain, [&](Index begin, Index end) {
    for (Index o = begin; o < end; ++o) {
      std::fill_n(all + o * s.taps(), s.taps(), 0.0);
      for (Index n = 0; n < s.batch; ++n) {
        const T* in = x + (n * s.groups + o / s.group_out()) * in_plane;
        const T* grad = grad_y + (n * out + o) * out_plane;
        double* total = all + o * s.taps();
        detail::for_each_tap(s, [&](Index kd, Index kh, Index kw) {
          T lanes[kLanes] = {};
          for_each_run(s, kd, kh, kw, [&](Index output, Index input, Index count, Index step) {
            const T* from = in + input;
            const T* by = grad + output;
            Index i = 0;
            if (step == 1)
              for (; i + kLanes <= count; i += kLanes)
                for (Index j = 0; j < kLanes; ++j) lanes[j] += from[i + j] * by[i + j];
            for (; i < count; ++i) lanes[i % kLanes] += from[i * step] * by[i];
          });
          for (const T lane : lanes) *total += static_cast<double>(lane);
          ++total;
        });
      }
      for (Index t = o * s.taps(); t < (o + 1) * s.taps(); ++t) grad_w[t] = static_cast<T>(all[t]);
    }
  });
}

}  // namespace tinygrad::kernels::conv::depthwise
TINYGRAD_END_WIDE
