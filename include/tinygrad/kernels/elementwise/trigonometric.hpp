// SPDX-License-Identifier: MIT
// Sine, cosine and tangent of one number: polynomials without branches up to an angle, and the C
// library's functions beyond.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "tinygrad/core/fma.hpp"
#include "tinygrad/core/wrapping.hpp"
#include "tinygrad/kernels/elementwise/branch_free.hpp"
#include "tinygrad/kernels/elementwise/polynomial.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// Up to these sizes, Sin, Cos and Tan are polynomials. Beyond them they call the C library.
inline constexpr float kFastAngle = 1e5F;
inline constexpr double kWideFastAngle = 1e9;

/// sin(x + turns·π/2), |x| ≤ kFastAngle or NaN. Error < 2 ulp.
TINYGRAD_WRAPS inline float fast_sin(float x, std::int32_t turns) {
  constexpr float kMagic = 12582912.0F;
  const float shifted = fused(x, 0.636619772F, kMagic);
  const float n = shifted - kMagic;
  float r = fused(n, -1.57079625F, x);  // π/2 in three parts; |r| ≤ π/4
  r = fused(n, -7.54978942e-8F, r);
  r = fused(n, -5.39030253e-15F, r);
  const float z = r * r;
  float s = 2.71811842e-6F;
  s = fused(s, z, -1.98393348e-4F);
  s = fused(s, z, 8.33332919e-3F);
  s = fused(s, z, -1.66666667e-1F);
  s = fused(s * z, r, r);
  float c = 2.44677067e-5F;
  c = fused(c, z, -1.38877297e-3F);
  c = fused(c, z, 4.16666567e-2F);
  c = fused(c, z, -0.5F);
  c = fused(c, z, 1.0F);
  // The quadrant selects one of the two and its sign. Masks do this, because g++ would turn a
  // select into a branch.
  const std::uint32_t quadrant =
      std::bit_cast<std::uint32_t>(shifted) + static_cast<std::uint32_t>(turns);
  const std::uint32_t odd = 0U - (quadrant & 1U);
  const std::uint32_t bits =
      (std::bit_cast<std::uint32_t>(c) & odd) | (std::bit_cast<std::uint32_t>(s) & ~odd);
  return std::bit_cast<float>(bits ^ ((quadrant & 2U) << 30));
}

namespace detail {
/// Sine and cosine of r, and x = r + quadrant·π/2 (modulo 4), for |x| ≤ kWideFastAngle or NaN.
/// Source  the reduction in three parts: Cody & Waite, "Software Manual for the Elementary
///         Functions", 1980
struct WideAngle {
  double sin, cos;
  std::uint64_t quadrant;

  [[gnu::always_inline]] explicit WideAngle(double x) {
    constexpr double kMagic = 6755399441055744.0;  // 1.5·2^52
    static constexpr double s[] = {-0.16666666666666632,    0.008333333333322403,
                                   -0.00019841269829798654, 2.7557313688604093e-06,
                                   -2.505075757663624e-08,  1.5896763363365312e-10};
    static constexpr double c[] = {0.0416666666666666,     -0.0013888888888874229,
                                   2.4801587289536825e-05, -2.755731436592708e-07,
                                   2.087572489097407e-09,  -1.1359722017189071e-11};
    const double shifted = fused(x, 0.6366197723675814, kMagic), n = shifted - kMagic;
    double r = fused(n, -1.5707963267948966, x);  // π/2 in three parts; exact
    r = fused(n, -6.123233995736766e-17, r);
    r = fused(n, 1.4973849048591698e-33, r);  // |r| ≤ π/4
    const double z = r * r;
    sin = fused(polynomial(s, z) * z, r, r);
    // 1 − z/2 + z²·c, and the rounding error of the first two
    const double half = 0.5 * z, most = 1.0 - half;
    cos = most + fused(z * z, polynomial(c, z), (1.0 - most) - half);
    quadrant = bits_of(shifted);
  }
};
}  // namespace detail

/// The same in float64, |x| ≤ kWideFastAngle or NaN. Error < 1.5 ulp.
TINYGRAD_WRAPS inline double fast_sin(double x, std::int32_t turns) {
  const detail::WideAngle angle(x);
  const std::uint64_t quadrant = angle.quadrant + static_cast<std::uint64_t>(turns);
  const double y = detail::choose((quadrant & 1U) != 0, angle.cos, angle.sin);
  return std::bit_cast<double>(detail::bits_of(y) ^ ((quadrant & 2U) << 62));
}

/// tan x, |x| ≤ kWideFastAngle or NaN. Error < 3 ulp.
inline double fast_tan(double x) {
  const detail::WideAngle angle(x);
  const bool odd = (angle.quadrant & 1U) != 0;
  return detail::choose(odd, angle.cos, angle.sin) / detail::choose(odd, -angle.sin, angle.cos);
}

namespace detail {
/// x − 2·k for the nearest even number 2·k, in [−1, 1], exact; 0 for ±Inf.
[[gnu::always_inline]] inline double within_turn(double x) {
  constexpr double kMagic = 6755399441055744.0;  // 1.5·2^52
  const double size = std::fabs(x), less = choose(size >= 0x1p52, size - 0x1p52, size);
  const double near = choose(size >= 0x1p53, 0.0, less), even = fused(0.5, near, kMagic) - kMagic;
  return fused(-2.0, even, near) * std::copysign(1.0, x);
}
/// sin(πr) for |r| ≤ 1, from the distance to the nearest integer, which is exact, so nothing is lost
/// next to a zero.
[[gnu::always_inline]] inline double sin_pi(double r) {
  const double rest = choose(std::fabs(r) > 0.5, std::copysign(1.0, r) - r, r);
  return fast_sin(3.141592653589793 * rest, 0);
}
}  // namespace detail

/// sin(πx)/(πx); 1 at 0, 0 at ±Inf. Error < 4 ulp.
inline double sinc(double x) {
  const bool small = std::fabs(x) < 1e-9;
  const double y = detail::sin_pi(detail::within_turn(x)) / 3.141592653589793;
  return detail::choose(small, 1.0, y / detail::choose(small, 1.0, x));
}

/// The derivative of sinc, (cos(πx) − sinc x)/x; the series Σ (−1)ᵏ·2k/(2k + 1)!·π²ᵏ·x^(2k−1) where
/// the difference cancels.
inline double sinc_slope(double x) {
  static constexpr double series[] = {
      -3.289868133696453,     3.2469697011334144,    -1.1445109447325053,
      0.2091827825412384,     -0.023460810354558236, 0.001781145516372852,
      -9.766223126318933e-05, 4.049947846619244e-06, -1.3148481279991994e-07,
      3.4330769499642866e-09, -7.365893777096947e-11};
  const bool near = std::fabs(x) < 0.6;
  const double cos = detail::sin_pi(0.5 - std::fabs(detail::within_turn(x)));
  const double sum = detail::polynomial(series, detail::zero_unless(near, x * x));
  return detail::choose(near, x * sum, (cos - sinc(x)) / x);
}

// Function objects for kernels::map(): near() vectorises and is valid where is_near().
struct Sin {
  static bool is_near(float x) { return !(std::fabs(x) > kFastAngle); }
  static bool is_near(double x) { return !(std::fabs(x) > kWideFastAngle); }
  template <class T> static T near(T x) {
    return fast_sin(std::fabs(x), 0) * std::copysign(T{1}, x);  // −0
  }
  template <class T> T operator()(T x) const { return is_near(x) ? near(x) : std::sin(x); }
};
struct Cos {
  template <class T> static bool is_near(T x) { return Sin::is_near(x); }
  template <class T> static T near(T x) { return fast_sin(x, 1); }
  template <class T> T operator()(T x) const { return is_near(x) ? near(x) : std::cos(x); }
};
/// In float32 computed in float64.
struct Tan {
  static bool is_near(double x) { return Sin::is_near(x); }
  static double near(double x) { return std::copysign(1.0, x) * fast_tan(std::fabs(x)); }
  double operator()(double x) const { return is_near(x) ? near(x) : std::tan(x); }
};

}  // namespace tinygrad::kernels
