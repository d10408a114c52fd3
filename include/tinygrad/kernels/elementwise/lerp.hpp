// SPDX-License-Identifier: MIT
// Linear interpolation between two numbers, and between the elements of arrays, with broadcasting.
#pragma once

#include <cmath>

#include "tinygrad/core/fma.hpp"
#include "tinygrad/kernels/elementwise/loops.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// a + w·(b − a), computed from the nearer end: exact at w = 0 and 1, and a if a = b. If this is
/// not finite (b − a overflows or an end is infinite), it is (1 − w)·a + w·b, without an end of
/// weight 0. NaN if an end is NaN.
template <class T> T interpolate(T a, T b, T w) {
  const T step = b - a;
  const T y = std::fabs(w) < T{0.5} ? fused(w, step, a) : fused(w - T{1}, step, b);
  if (std::isfinite(y) || std::isinf(w) || a != a || b != b) return y;
  if (w == T{0}) return a;
  if (w == T{1}) return b;
  return (T{1} - w) * a + w * b;
}

/// interpolate() with broadcasting to `shape`. Cost: one pass over the output, one allocation.
inline Array lerp(const Op& op, const Shape& shape, const Array& a, const Array& b,
                  const Array& weight) {
  Array y = Array::empty(shape, a.dtype(), op);
  const Broadcast<3> plan(shape, {a.shape(), b.shape(), weight.shape()});
  dispatch_floating(op, a.dtype(), [&]<class T>(Type<T>) {
    const T* pa = a.data<T>();
    const T* pb = b.data<T>();
    const T* pw = weight.data<T>();
    T* out = y.data<T>();
    const Index sa = plan.strides[0].back(), sb = plan.strides[1].back(),
                sw = plan.strides[2].back();
    vector_for(y.count(), kElementGrain, [&](Index begin, Index end) {
      plan.walk(begin, end, [=](Index o, const std::array<Index, 3>& in, Index n) {
        for (Index i = 0; i < n; ++i)
          out[o + i] = interpolate(pa[in[0] + i * sa], pb[in[1] + i * sb], pw[in[2] + i * sw]);
      });
    });
  });
  return y;
}

}  // namespace tinygrad::kernels
