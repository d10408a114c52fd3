// SPDX-License-Identifier: MIT
// Weights of a convolution transformed by G·w·Gᵀ, and packed for PanelProducts.
#pragma once

#include <algorithm>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/conv/winograd/transforms.hpp"
#include "tinygrad/kernels/simd/panel_products.hpp"
#include "tinygrad/kernels/simd/vector.hpp"

TINYGRAD_BEGIN_WIDE
namespace tinygrad::inline TINYGRAD_ABI::kernels::conv::winograd::inline TINYGRAD_WIDE {

/// Weights in memory: w[o, c, k] is at data[o·out + c·in + k·tap].
template <class T> struct WeightView {
  const T* data;
  Index out, in, tap;
};

/// Weights at the points: (blocks of `rows` output channels, point, input channel, row).
template <Index kTaps, class T>
Array transform_weights(const Op& op, Index out, Index in, const WeightView<T>& w, Index rows) {
  constexpr Index L = kLanes<T>, kMost = round_up(kMostPanelRows, L);  // rows
  const Index blocks = (out + rows - 1) / rows;
  Array result = Array::empty({blocks, kPoints, in, rows}, dtype_of<T>(), op);
  T* const all = result.data<T>();
  parallel_for(blocks * in, 256, [&](Index begin, Index end) {
    for (Index item = begin; item < end; ++item) {
      const Index block = item / in, c = item % in;
      T taps[kTaps * kTaps][kMost] = {}, points[kPoints][kMost];
      for (Index r = 0; r < std::min(rows, out - block * rows); ++r)
        for (Index k = 0; k < kTaps * kTaps; ++k)
          taps[k][r] = w.data[(block * rows + r) * w.out + c * w.in + k * w.tap];
      for (Index r = 0; r < rows; r += L)
        transform<Weights<kTaps>, Vec<T>>(
            [&](Index i, Index j) { return load(taps[i * kTaps + j] + r); },
            [&](Index i, Index j, Vec<T> v) { store(points[i * kIn + j] + r, v); });
      T* to = all + (block * kPoints * in + c) * rows;
      for (Index p = 0; p < kPoints; ++p, to += in * rows) std::copy_n(points[p], rows, to);
    }
  });
  return result;
}

}  // namespace tinygrad::kernels::conv::winograd
TINYGRAD_END_WIDE
