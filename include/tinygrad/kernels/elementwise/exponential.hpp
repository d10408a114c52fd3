// SPDX-License-Identifier: MIT
// Exponentials and logarithms of one number: exp, exp2, expm1, log, log1p. In float32 they are
// polynomials without branches, which compilers vectorise; in float64 they are the C library's.
// Every product that feeds a sum is an explicit fma, so that the bits do not depend on contraction.
// The errors were measured against float64 over the whole range of float32.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "tinygrad/core/fma.hpp"
#include "tinygrad/core/wrapping.hpp"
#include "tinygrad/kernels/elementwise/branch_free.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

namespace detail {
/// 1.5·2^23. Adding it to a float of at most 2^22 rounds to an integer, which is in the lowest bits
/// of the sum.
inline constexpr float kRounder = 12582912.0F;

/// n of shifted = kRounder + n. It reads the bits, because converting a NaN would be undefined.
[[gnu::always_inline]] inline std::int32_t rounded(float shifted) {
  return std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(kRounder);
}
/// 2^k for −127 < k < 128; meaningless for the k of a NaN.
[[gnu::always_inline]] TINYGRAD_WRAPS inline float power_of_2(std::int32_t k) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(k + 127) << 23);
}
/// y·2^e. 2^e is two factors, so results below 2^-126 become subnormal and those above 2^128
/// infinite.
[[gnu::always_inline]] inline float times_power_of_2(float y, std::int32_t e) {
  const std::int32_t half = e >> 1;
  return y * power_of_2(half) * power_of_2(e - half);
}
}  // namespace detail

/// e^x. Error < 1 ulp in float32; subnormal below -87.3, 0 below -103.98, Inf above 88.72.
inline float fast_exp(float x) {
  constexpr float kLog2e = 1.442695041F, kMagic = detail::kRounder;
  const float clamped = detail::clamp(x, -104.0F, 89.0F);
  const float shifted = fused(clamped, kLog2e, kMagic);
  const float n = shifted - kMagic;
  float r = fused(n, -0.693145752F, clamped);  // ln 2 in two parts
  r = fused(n, -1.42860677e-6F, r);            // |r| ≤ 0.347
  float p = 1.98412698e-4F;                    // Taylor to r^7: error 5e-9
  p = fused(p, r, 1.38888889e-3F);
  p = fused(p, r, 8.33333333e-3F);
  p = fused(p, r, 4.16666667e-2F);
  p = fused(p, r, 1.66666667e-1F);
  p = fused(p, r, 0.5F);
  p = fused(p, r, 1.0F);
  p = fused(p, r, 1.0F);
  return detail::nan_where(x != x, detail::times_power_of_2(p, detail::rounded(shifted)));
}
inline double fast_exp(double x) { return std::exp(x); }

/// factor·2^x, finite even if 2^x alone overflows. Error < 2 ulp in float32; of 2^x alone 1 ulp.
inline float exp2_times(float x, float factor) {
  constexpr float kMagic = detail::kRounder;
  const float clamped = detail::clamp(x, -151.0F, 130.0F);
  const float shifted = clamped + kMagic;
  const float r = clamped - (shifted - kMagic);  // exact, |r| ≤ 0.5
  float p = 1.52527338e-5F;                      // Taylor to r^7: error 5e-9
  p = fused(p, r, 1.54035304e-4F);
  p = fused(p, r, 1.33335581e-3F);
  p = fused(p, r, 9.61812911e-3F);
  p = fused(p, r, 5.55041087e-2F);
  p = fused(p, r, 0.240226507F);
  p = fused(p, r, 0.693147181F);
  p = fused(p, r, 1.0F);
  return detail::nan_where(x != x, detail::times_power_of_2(factor * p, detail::rounded(shifted)));
}
inline double exp2_times(double x, double factor) {
  return x > 64 ? std::exp2(x - 1) * (2 * factor) : std::exp2(x) * factor;
}
inline float fast_exp2(float x) { return exp2_times(x, 1.0F); }
inline double fast_exp2(double x) { return std::exp2(x); }

/// e^x − 1, accurate near 0. Error < 2 ulp in float32.
inline float fast_expm1(float x) {
  constexpr float kLog2e = 1.442695041F, kMagic = detail::kRounder;
  const float clamped = x < -18.0F ? -18.0F : x > 89.0F ? 89.0F : x;  // e^-18 - 1 rounds to -1
  const float shifted = fused(clamped, kLog2e, kMagic);
  const float n = shifted - kMagic;
  float r = fused(n, -0.693145752F, clamped);  // as in fast_exp: |r| ≤ 0.347
  r = fused(n, -1.42860677e-6F, r);
  float p = 1.98412698e-4F;  // (e^r - 1 - r)/r², Taylor to r^5: error of e^r - 1 below 2e-8·r
  p = fused(p, r, 1.38888889e-3F);
  p = fused(p, r, 8.33333333e-3F);
  p = fused(p, r, 4.16666667e-2F);
  p = fused(p, r, 1.66666667e-1F);
  p = fused(p, r, 0.5F);
  p = fused(r * r, p, r);
  // e^x - 1 = 2^n·((e^r - 1) + (1 - 2^-n)). 2^n is two factors, because 2^128 is not a float.
  const std::int32_t e = detail::rounded(shifted);
  const std::int32_t down = e > 126 ? 126 : e;  // 1 - 2^-126 is 1, too
  const float sum = p + (1.0F - detail::power_of_2(-down));
  return std::copysign(detail::times_power_of_2(sum, e), x);  // keeps −0
}
inline double fast_expm1(double x) { return std::expm1(x); }

/// Natural logarithm. Error < 1 ulp in float32, subnormals included; -Inf at ±0, NaN below.
TINYGRAD_WRAPS inline float fast_log(float x) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const std::int32_t up = x < std::numeric_limits<float>::min() ? 23 : 0;  // scales subnormals up
  const auto bits = std::bit_cast<std::uint32_t>(x * std::bit_cast<float>((127 + up) << 23));
  // x = m·2^e with m in [2/3, 4/3): 0x3f2aaaab is 2/3.
  const std::int32_t e = static_cast<std::int32_t>(bits - 0x3f2aaaabU) >> 23;
  const float f = std::bit_cast<float>(bits - (static_cast<std::uint32_t>(e) << 23)) - 1.0F;
  const float n = static_cast<float>(e - up);
  float p = 0.113306174F;  // log(1 + f) = f - f²/2 + f³·p(f), p fitted on |f| ≤ 1/3: error 3e-8
  p = fused(p, f, -0.124222006F);
  p = fused(p, f, 0.109156548F);
  p = fused(p, f, -0.122887216F);
  p = fused(p, f, 0.142918672F);
  p = fused(p, f, -0.166733163F);
  p = fused(p, f, 0.199999484F);
  p = fused(p, f, -0.249999442F);
  p = fused(p, f, 0.333333333F);
  p = fused(p, f, -0.5F);
  const float tail = fused(n, 1.42860677e-6F, f * f * p);  // ln 2 in two parts
  const float y = fused(n, 0.693145752F, f + tail);
  // An addition, not a select: g++ would move the polynomial into a branch and not vectorise it.
  const float outside = x == 0.0F ? -kInf : std::numeric_limits<float>::quiet_NaN();
  return y + (x > 0.0F ? (x < kInf ? 0.0F : kInf) : outside);
}
inline double fast_log(double x) { return std::log(x); }

/// log(1 + x), accurate near 0. Error < 3 ulp in float32.
inline float fast_log1p(float x) {
  const float u = 1.0F + x;
  const float kept = u - 1.0F;  // the part of x that u kept; x / kept corrects the rounding of u
  constexpr float kMax = std::numeric_limits<float>::max();
  const float divisor = kept == 0.0F ? 1.0F : kept > kMax ? kMax : kept;
  return fused(fast_log(u), x / divisor, kept == 0.0F ? x : 0.0F);
}
inline double fast_log1p(double x) { return std::log1p(x); }

// clang-format off: a table
// Function objects for kernels::map and zip.
struct Exp {
  template <class T> T operator()(T x) const { return fast_exp(x); }
};
struct Expm1 {
  template <class T> T operator()(T x) const { return fast_expm1(x); }
};
struct Log {
  template <class T> T operator()(T x) const { return fast_log(x); }
};
struct Log1p {
  template <class T> T operator()(T x) const { return fast_log1p(x); }
};
// clang-format on

}  // namespace tinygrad::kernels
