// SPDX-License-Identifier: MIT
// Recomputes, by the definition, those results of a convolution that are not finite. The fast
// methods spread NaN and infinities too far: Winograd's transforms over a tile, the other methods
// over the border, because they multiply its zeros. By the definition a border takes no part.
#pragma once

#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/conv/shape.hpp"
#include "tinygrad/kernels/reduction/value_summary.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

namespace detail {
/// Pairs of positions along one dim, one in each factor, that are multiplied with each other.
using AxisTerms = std::vector<std::pair<Index, Index>>;

/// The terms of every result along a dim: (input, tap) for an output, (output, tap) for an input's
/// gradient, (input, output) for a weight's gradient.
inline std::vector<AxisTerms> dim_terms(const ConvDim& a, ConvPass pass) {
  const Index results = pass == ConvPass::kForward     ? a.out
                        : pass == ConvPass::kGradInput ? a.in
                                                       : a.kernel;
  std::vector<AxisTerms> all(static_cast<std::size_t>(results));
  for (Index k = 0; k < a.kernel; ++k) {
    const auto [first, last] = a.inside(k, 0, a.out);
    for (Index o = first; o < last; ++o) {
      const Index i = a.source(o, k);
      switch (pass) {
        case ConvPass::kForward: all[static_cast<std::size_t>(o)].emplace_back(i, k); break;
        case ConvPass::kGradInput: all[static_cast<std::size_t>(i)].emplace_back(o, k); break;
        case ConvPass::kGradWeight: all[static_cast<std::size_t>(k)].emplace_back(i, o); break;
      }
    }
  }
  return all;
}

/// The planes of a factor in the sum of a result: `step` apart, with the dims' `size` as their
/// shape.
template <class T> struct MendFactor {
  const T* data;
  Index step;
  Index ConvDim::*size;
};

/// `sum` plus the products of two factors over `planes` planes of each and the terms of three dims.
/// Stops when the sum is NaN, because it stays NaN.
template <class T> double sum_of_terms(const ConvShape& s, const MendFactor<T>& a,
                                       const MendFactor<T>& b, Index planes,
                                       const std::array<const AxisTerms*, 3>& terms, double sum) {
  const auto line = [&s](const MendFactor<T>& f, Index plane, Index d, Index h) {
    return f.data + plane * f.step + (d * (s.dims[1].*f.size) + h) * (s.dims[2].*f.size);
  };
  for (Index plane = 0; plane < planes; ++plane)
    for (const auto& [a_depth, b_depth] : *terms[0])
      for (const auto& [a_row, b_row] : *terms[1]) {
        const T* const left = line(a, plane, a_depth, a_row);
        const T* const right = line(b, plane, b_depth, b_row);
        for (const auto& [i, j] : *terms[2])
          sum += static_cast<double>(left[i]) * static_cast<double>(right[j]);
        if (std::isnan(sum)) return sum;
      }
  return sum;
}

/// Recomputes the values that are not finite in a result. (a, b) → result is (x, w) → y, (grad_y,
/// w) → grad_x or (x, grad_y) → grad_w. `bias` may be undefined.
template <class T> void mend(const ConvShape& s, ConvPass pass, const Array& a_array,
                             const Array& b_array, const Array& bias_array,
                             const Array& result_array) {
  const T *const a = a_array.data<T>(), *const b = b_array.data<T>();
  const T* const bias = data_or_null<T>(bias_array);
  T* const result = result_array.data<T>();
  const bool forward = pass == ConvPass::kForward, of_weight = pass == ConvPass::kGradWeight;
  const std::array<std::vector<AxisTerms>, 3> terms{
      dim_terms(s.dims[0], pass), dim_terms(s.dims[1], pass), dim_terms(s.dims[2], pass)};
  const Index in = s.group_in(), out = s.group_out(), taps = s.taps();
  const Index in_plane = s.in_positions(), out_plane = s.out_positions();
  const Index planes = forward     ? s.batch * s.out_channels
                       : of_weight ? s.out_channels * in
                                   : s.batch * s.in_channels;
  const auto size = [&](std::size_t i) { return static_cast<Index>(terms[i].size()); };
  parallel_for(planes, 1, [&](Index begin, Index end) {
    for (Index plane = begin; plane < end; ++plane) {
      const Index first = plane / (forward ? s.out_channels : of_weight ? in : s.in_channels);
      const Index second = plane % (forward ? s.out_channels : of_weight ? in : s.in_channels);
      MendFactor<T> left{a, in_plane, &ConvDim::in}, right{b, taps, &ConvDim::kernel};
      Index count = in;
      if (forward) {  // (image, output channel)
        left.data += (first * s.in_channels + second / out * in) * in_plane;
        right.data += second * in * taps;
      } else if (of_weight) {  // (output channel, input channel of its group)
        left.data += (first / out * in + second) * in_plane;
        left.step = s.in_channels * in_plane;
        right = {b + first * out_plane, s.out_channels * out_plane, &ConvDim::out};
        count = s.batch;
      } else {  // (image, input channel)
        const Index group = second / in;
        left = {a + (first * s.out_channels + group * out) * out_plane, out_plane, &ConvDim::out};
        right.data += (group * out * in + second % in) * taps;
        right.step = in * taps;
        count = out;
      }
      const double start = bias ? static_cast<double>(bias[second]) : 0;
      T* to = result + plane * size(0) * size(1) * size(2);
      for (const AxisTerms& depth : terms[0])
        for (const AxisTerms& row : terms[1])
          for (const AxisTerms& column : terms[2]) {
            if (!std::isfinite(*to))
              *to = static_cast<T>(
                  sum_of_terms(s, left, right, count, {&depth, &row, &column}, start));
            ++to;
          }
    }
  });
}

/// Calls mend() unless `w` or the result is finite: finite weights times a border's zeros are 0,
/// and a finite result needs no mending. Reads the smaller one of the two.
template <class T> void mend_unless_finite(const ConvShape& s, ConvPass pass, const Array& a,
                                           const Array& w, const Array& bias, const Array& result) {
  if (!kernels::all_finite(w.count() < result.count() ? w : result))
    mend<T>(s, pass, a, w, bias, result);
}
template <class T> void mend_weight_unless_finite(const ConvShape& s, const Array& x,
                                                  const Array& grad_y, const Array& grad_w) {
  if (!kernels::all_finite(grad_w)) mend<T>(s, ConvPass::kGradWeight, x, grad_y, Array(), grad_w);
}
}  // namespace detail

}  // namespace tinygrad::kernels
