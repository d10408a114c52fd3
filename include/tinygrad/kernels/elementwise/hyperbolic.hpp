// SPDX-License-Identifier: MIT
// Hyperbolic functions and their inverses of one number: sinh, cosh, asinh, acosh, atanh. (tanh is
// in sigmoid.hpp.) All are in float64, without branches; a float32 result is exact to half an ulp.
#pragma once

#include <cmath>
#include <numbers>

#include "tinygrad/core/fma.hpp"
#include "tinygrad/kernels/elementwise/branch_free.hpp"
#include "tinygrad/kernels/elementwise/exponential.hpp"
#include "tinygrad/kernels/elementwise/logarithm.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// Hyperbolic sine, from d = e^|x| − 1: (d + d/(d + 1))/2. Error < 2.1 ulp.
inline double fast_sinh(double x) {
  const double size = std::fabs(x), quarter = quarter_expm1(size);
  const double y = 2.0 * (quarter + quarter / fused(4.0, quarter, 1.0));
  return std::copysign(detail::choose(size < 0x1p-28, size, y), x);
}

/// Hyperbolic cosine, from a quarter of e^|x|, which is finite where the result is. Error < 2 ulp.
inline double fast_cosh(double x) {
  const detail::WideExp e(detail::size_up_to(x, 710.8));
  const double power = detail::quarter_power(e.shifted), quarter = fused(power, e.rest, power);
  return 2.0 * (quarter + 0.0625 / quarter);
}

/// Inverse hyperbolic sine. Error < 3 ulp.
inline double fast_asinh(double x) {
  const double size = std::fabs(x);
  const bool far = size > 0x1p60;  // log(2·|x|), and x² may overflow
  const double near = detail::choose(far, 1.0, size), square = near * near;
  const double more = square / (1.0 + detail::root(fused(near, near, 1.0)));
  const double y = fast_log1p(size + detail::zero_unless(!far, more));
  return std::copysign(y + detail::zero_unless(far, std::numbers::ln2), x);
}

/// Inverse hyperbolic cosine; NaN below 1. Error < 3 ulp.
inline double fast_acosh(double x) {
  const bool far = x > 0x1p60;
  const double more = detail::choose(far, x, x - 1.0), near = detail::choose(far, 0.0, x - 1.0);
  const double y = fast_log1p(more + detail::root(near * (near + 2.0)));
  return detail::nan_where(x < 1.0, y + detail::zero_unless(far, std::numbers::ln2));
}

/// Inverse hyperbolic tangent; ±Inf at ±1, NaN beyond. Error < 3 ulp.
inline double fast_atanh(double x) {
  const double size = std::fabs(x);
  return std::copysign(0.5 * fast_log1p(2.0 * size / (1.0 - size)), x);
}

}  // namespace tinygrad::kernels
