// SPDX-License-Identifier: MIT
// Arcus functions: asin, acos and atan of one number, the angle of a point. All are in float64,
// without branches; a float32 result is exact to half an ulp.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "tinygrad/core/fma.hpp"
#include "tinygrad/kernels/elementwise/branch_free.hpp"
#include "tinygrad/kernels/elementwise/polynomial.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

namespace detail {
/// The angle of the point (x, y) for y ≥ 0, in [0, π]: k·π/4 + atan(t), where |t| ≤ √2 − 1 is the
/// tangent of the angle to the nearest axis or diagonal. atan(t) is fitted: error 0.01 ulp.
[[gnu::always_inline]] inline double upper_angle(double y, double x) {
  static constexpr double p[] = {-0.333333333333332,   0.19999999999953907,  -0.14285714280230044,
                                 0.11111110785172292,  -0.09090897807599746, 0.07692061106485024,
                                 -0.06663114170479865, 0.05847962484461143,  -0.05039631174438521,
                                 0.03807275338144984,  -0.017916056458071084};
  const double size = std::fabs(x);
  const bool steep = y > 2.414213562373095 * size,
             flat = (y < 0.41421356237309503 * size) | (y == 0.0);
  // a/b; of two Infs 0, of two zeros too
  const double across = zero_unless(y != size, y - size);
  const double a = choose(flat, y, choose(steep, -size, across));
  const double b = choose(flat, size, choose(steep, y, y + size));
  const double t = a / choose(y == 0.0, 1.0, b);
  const double z = t * t, curve = t * z * polynomial(p, z);
  const bool left = static_cast<std::int64_t>(bits_of(x)) < 0;
  const double near = choose(flat, 0.0, choose(steep, 2.0, 1.0));
  const double k = choose(left, 4.0 - near, near), turn = choose(left, -1.0, 1.0);
  const double rest = fused(turn, curve, k * 3.061616997868383e-17);  // π/4 in two parts
  return nan_where(x != x, fused(k, 0.7853981633974483, fused(turn, t, rest)));
}
}  // namespace detail

/// Inverse tangent. Error < 2 ulp.
inline double fast_atan(double x) {
  return std::copysign(detail::upper_angle(std::fabs(x), 1.0), x);
}

/// The angle of the point (x, y), as C's atan2. Error < 2 ulp.
inline double fast_atan2(double y, double x) {
  // Out of where the sum overflows, and where the quotients are few digits. What underflows then is
  // nothing beside the other.
  const double up = std::fabs(x), most = detail::choose(up > std::fabs(y), up, std::fabs(y));
  const double scale =
      detail::choose(most > 0x1p1000, 0x1p-100, detail::choose(most < 0x1p-900, 0x1p200, 1.0));
  return std::copysign(detail::upper_angle(std::fabs(y) * scale, x * scale), y);
}

namespace detail {
/// asin(t)/t − 1 for z = t² ≤ ¼, fitted: error 0.02 ulp.
[[gnu::always_inline]] inline double asin_curve(double z) {
  static constexpr double p[] = {0.16666666666665383,  0.07500000000343214,   0.04464285682333523,
                                 0.030381959337466857, 0.02237175337241038,   0.017359773405168203,
                                 0.013884575529452173, 0.012173431769008708,  0.006510185135867073,
                                 0.019575760612588148, -0.016297025826048615, 0.03196101897432313};
  return z * polynomial(p, z);
}
/// For |x| > ½ from the half angle: asin(x) = π/2 − 2·asin(√((1 − x)/2)).
struct HalfAngle {
  bool far;
  double t, curve;  // asin(t) = t + t·curve, t = |x| or the root

  [[gnu::always_inline]] explicit HalfAngle(double x) {
    const double size = std::fabs(x);
    far = size > 0.5;
    const double z = choose(far, fused(-0.5, size, 0.5), size * size);  // exact if far
    t = nan_where(size > 1.0, choose(far, root(z), size));
    curve = asin_curve(z);
  }
};
inline constexpr double kHalfTurn = 1.5707963267948966, kHalfTurnLow = 6.123233995736766e-17;
}  // namespace detail

/// Inverse sine; NaN outside [−1, 1]. Error < 2.1 ulp.
inline double fast_asin(double x) {
  const detail::HalfAngle half(x);
  const double far = fused(-2.0, half.t, detail::kHalfTurn) -
                     fused(2.0 * half.t, half.curve, -detail::kHalfTurnLow);
  return std::copysign(detail::choose(half.far, far, fused(half.t, half.curve, half.t)), x);
}

/// Inverse cosine; NaN outside [−1, 1]. Error < 2 ulp.
inline double fast_acos(double x) {
  const detail::HalfAngle half(x);
  const bool left = x < 0.0;
  // base + factor·asin(t): π/2 − x, 2·t or π − 2·t
  const double factor =
      detail::choose(half.far, detail::choose(left, -2.0, 2.0), detail::choose(left, 1.0, -1.0));
  const double turns = detail::choose(half.far, detail::choose(left, 2.0, 0.0), 1.0);
  const double rest = fused(factor * half.t, half.curve, turns * detail::kHalfTurnLow);
  return fused(factor, half.t, turns * detail::kHalfTurn) + rest;
}

}  // namespace tinygrad::kernels
