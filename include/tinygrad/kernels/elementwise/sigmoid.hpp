// SPDX-License-Identifier: MIT
// Sigmoid, tanh and softplus of one number, and their slopes, from e^−|x|, without branches.
#pragma once

#include <cmath>
#include <limits>

#include "tinygrad/core/fma.hpp"
#include "tinygrad/kernels/elementwise/branch_free.hpp"
#include "tinygrad/kernels/elementwise/exponential.hpp"
#include "tinygrad/kernels/elementwise/logarithm.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// tanh x. Error < 3 ulp in float32. (One quotient p(x²)/q(x²)·x takes 0.21 instead of 0.51 ms for
/// 3.3 million on two cores, but its 5 ulp are visible in gelu's gradient, where 1 − tanh²
/// cancels.)
inline float fast_tanh(float x) {
  const float a = std::fabs(x);
  const float z = a * a;
  float p = -0.00886323553F;  // Taylor to a^11 below 0.3
  p = fused(p, z, 0.0218694885F);
  p = fused(p, z, -0.0539682540F);
  p = fused(p, z, 0.133333333F);
  p = fused(p, z, -0.333333333F);
  const float small = fused(p * z, a, a);
  const float e = fast_exp(-2.0F * a);
  const float large = (1.0F - e) / (1.0F + e);
  return std::copysign(detail::choose(a < 0.3F, small, large), x);
}
/// The same in float64, (e^2|x| − 1)/(e^2|x| + 1).
inline double fast_tanh(double x) {
  const double a = detail::size_up_to(x, 20.0), quarter = quarter_expm1(2.0 * a);
  const double y = quarter / (quarter + 0.5);  // tanh 20 rounds to 1
  return std::copysign(detail::choose(a < 0x1p-54, a, y), x);
}

/// 1 / (1 + e^-x). Error < 3 ulp. It uses e^-|x|, which does not overflow when the result is
/// subnormal.
template <class T> T sigmoid_of(T x) {
  const T e = fast_exp(-std::fabs(x));
  return detail::choose(x < T{0}, e, T{1}) / (T{1} + e);
}
/// The derivative of the sigmoid, e^-|x| / (1 + e^-|x|)². Error < 5 ulp.
template <class T> T sigmoid_slope(T x) {
  const T e = fast_exp(-std::fabs(x)), sum = T{1} + e;
  return e / (sum * sum);
}
/// The derivative of tanh, 4·e^-2|x| / (1 + e^-2|x|)². Error < 5 ulp.
template <class T> T tanh_slope(T x) {
  const T e = fast_exp(T{-2} * std::fabs(x)), sum = T{1} + e;
  return T{4} * e / (sum * sum);
}

// clang-format off: a table
// Function objects for kernels::map and zip.
struct Tanh {
  template <class T> T operator()(T x) const { return fast_tanh(x); }
};
struct Sigmoid {
  template <class T> T operator()(T x) const { return sigmoid_of(x); }
};
/// log(1 + e^(βx))/β without overflow; x for βx > threshold. Error < 4 ulp.
struct Softplus {
  double beta = 1, threshold = std::numeric_limits<double>::infinity();
  /// e^-|βx|, corrected for the rounding of β and of βx; 0 beyond the threshold.
  template <class T> T small(T x, T b) const {
    constexpr T kInf = std::numeric_limits<T>::infinity(), kMax = std::numeric_limits<T>::max();
    const T width = std::fabs(b), most = T{1000} / width, far = most > kMax ? kMax : most;
    const T near = detail::size_up_to(x, far), product = width * near;  // avoids Inf − Inf
    const T left = static_cast<T>(std::fabs(beta) - static_cast<double>(width)) * near;
    const T lost = fused(width, near, -product) + left;
    return fast_exp(detail::choose(b * x > static_cast<T>(threshold), -kInf, -product)) *
           (T{1} - lost);
  }
  /// True if the value is x plus a small term.
  template <class T> bool is_straight(T scaled) const {
    return scaled > static_cast<T>(threshold < 0 ? threshold : 0.0);
  }
  template <class T> T operator()(T x) const {
    const T b = static_cast<T>(beta);
    return detail::choose(is_straight(b * x), x, T{0}) + log1p_of_part(small(x, b)) / b;
  }
};
/// The derivative of Softplus: the sigmoid of βx; 1 for βx > threshold.
struct SoftplusSlope {
  Softplus of;
  template <class T> T operator()(T x) const {
    const T b = static_cast<T>(of.beta), e = of.small(x, b);
    return detail::choose(of.is_straight(b * x), T{1}, e) / (T{1} + e);
  }
};
// clang-format on

}  // namespace tinygrad::kernels
