// SPDX-License-Identifier: MIT
// Powers x^y of two numbers, and their slopes by x and by y. For float32 the logarithm and the
// exponential are computed in float64, without branches; in float64 the powers are the C library's.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <type_traits>

#include "tinygrad/core/fma.hpp"
#include "tinygrad/core/wrapping.hpp"
#include "tinygrad/kernels/elementwise/branch_free.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

namespace detail {
/// log|x| in float64 to 1e-12; meaningless for 0, Inf and NaN.
[[gnu::always_inline]] TINYGRAD_WRAPS inline double log_size(float x) {
  const float size = std::fabs(x);
  const std::int32_t up = size < std::numeric_limits<float>::min() ? 23 : 0;
  const auto bits = bits_of(size * std::bit_cast<float>((127 + up) << 23));
  // |x| = m·2^e with m in [2/3, 4/3), as in fast_log.
  const std::int32_t e = static_cast<std::int32_t>(bits - 0x3f2aaaabU) >> 23;
  const double m =
      static_cast<double>(std::bit_cast<float>(bits - (static_cast<std::uint32_t>(e) << 23)));
  const double s = (m - 1.0) / (m + 1.0), z = s * s;  // log m = 2·atanh(s), |s| ≤ 0.2
  double p = 2.0 / 15;                                // series to s^15: error 1e-12
  p = fused(p, z, 2.0 / 13);
  p = fused(p, z, 2.0 / 11);
  p = fused(p, z, 2.0 / 9);
  p = fused(p, z, 2.0 / 7);
  p = fused(p, z, 2.0 / 5);
  p = fused(p, z, 2.0 / 3);
  p = fused(p, z, 2.0);
  return fused(static_cast<double>(e - up), std::numbers::ln2, s * p);
}
/// The correction to add to log_size(x): −Inf if x is 0, +Inf if x is infinite, otherwise 0.
[[gnu::always_inline]] inline double log_beyond(float x, bool on = true) {
  const float size = std::fabs(x);
  const bool zero = size == 0.0F, at_end = zero | (size > std::numeric_limits<float>::max());
  const std::uint32_t inf = bits_of(std::numeric_limits<float>::infinity());
  return static_cast<double>(
      std::bit_cast<float>((inf | (mask(zero) & 0x80000000U)) & mask(at_end & on)));
}
/// e^t to 3e-10, for a result that becomes a float32. Beyond ±300 it is constant: even its product
/// with a float32 is then 0 or Inf. NaN gives NaN.
[[gnu::always_inline]] TINYGRAD_WRAPS inline double exp_wide(double t) {
  constexpr double kMagic = 6755399441055744.0;  // 1.5·2^52, as in fast_exp
  const double clamped = t < -300.0 ? -300.0 : t > 300.0 ? 300.0 : t;
  const double shifted = fused(clamped, std::numbers::log2e, kMagic);
  const double r = fused(shifted - kMagic, -std::numbers::ln2, clamped);  // |r| ≤ 0.347
  double q = 2.48015873015873e-5;  // Taylor to r^8: error 3e-10
  q = fused(q, r, 1.98412698412698e-4);
  q = fused(q, r, 1.38888888888889e-3);
  q = fused(q, r, 8.33333333333333e-3);
  q = fused(q, r, 4.16666666666667e-2);
  q = fused(q, r, 1.66666666666667e-1);
  q = fused(q, r, 0.5);
  q = fused(q, r, 1.0);
  q = fused(q, r, 1.0);
  const std::uint64_t n =
      std::bit_cast<std::uint64_t>(shifted) - std::bit_cast<std::uint64_t>(kMagic);
  return q * std::bit_cast<double>((n + 1023) << 52);
}
/// is_whole: whether y is an integer. is_odd: 1 if y is an odd integer, otherwise 0. Adding 2^23
/// rounds y and puts its lowest digit into bit 0. From 2^23 on that digit is in bit 0 already; from
/// 2^24 on y is even. (std::floor would not vectorise.)
[[gnu::always_inline]] inline bool is_whole(float y) {
  const float a = std::fabs(y);
  return (a >= 8388608.0F) | ((a + 8388608.0F) - 8388608.0F == a);
}
[[gnu::always_inline]] inline std::uint32_t is_odd(float y) {
  const float a = std::fabs(y);
  const bool large = a >= 8388608.0F;
  const std::uint32_t digit = (bits_of(a + 8388608.0F) & mask(!large)) | (bits_of(a) & mask(large));
  return digit & mask(is_whole(y) & (a < 16777216.0F)) & 1U;
}
/// e^t with the sign and the NaNs of x^y.
[[gnu::always_inline]] inline float signed_power(float x, float y, double t) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const float power = static_cast<float>(exp_wide(t));
  // The sign of x if y is odd.
  const std::uint32_t sign = bits_of(x) & (is_odd(y) << 31);
  const bool outside = (x < 0.0F) & (x > -kInf) & !is_whole(y);
  const bool unknown = ((x != x) & (y != 0.0F)) | ((y != y) & (x != 1.0F));
  return nan_where(outside | unknown, std::bit_cast<float>(bits_of(power) ^ sign));
}
}  // namespace detail

/// x^y with all special cases of C's pow. Error < 0.6 ulp in float32. y·log|x| is in float64,
/// because its error is multiplied by up to 88.
inline float fast_pow(float x, float y) {
  // Avoid 0·Inf: x^0 and (±1)^y get the exponent 0.
  const double log = detail::log_size(x) + detail::log_beyond(x, y != 0.0F);
  const float factor =
      std::bit_cast<float>(detail::bits_of(y) & detail::mask(std::fabs(x) != 1.0F));
  return detail::signed_power(x, y, log * static_cast<double>(factor));
}
inline double fast_pow(double x, double y) { return std::pow(x, y); }

/// x^y for a y in float64. Only the tests "integer" and "odd" use y rounded to float32.
inline float pow_number(float x, double y) {
  const double log = detail::log_size(x) + detail::log_beyond(x, y != 0.0);
  return detail::signed_power(x, static_cast<float>(y), std::fabs(x) == 1.0F ? 0.0 : log * y);
}
inline double pow_number(double x, double y) { return std::pow(x, y); }

/// The derivative of x^y by x: y·x^(y−1), and 0 if y = 0. Error < 1 ulp in float32, 4 in float64. y
/// − 1 is not rounded, because its error is multiplied by up to 745. The power may be out of range
/// as long as the product is in range.
inline float pow_slope_x(float x, double exponent) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const float y = static_cast<float>(exponent);
  const double less = exponent - 1.0;
  const double log = detail::log_size(x) + detail::log_beyond(x, less != 0.0);
  const double t = std::fabs(x) == 1.0F ? 0.0 : log * less;
  const float slope = static_cast<float>(exponent * detail::exp_wide(t));
  // y − 1 is odd if y is even.
  const float size = std::fabs(y);
  const std::uint32_t odd =
      detail::mask(detail::is_whole(y) & (size < kInf)) & (detail::is_odd(y) ^ 1U);
  const std::uint32_t sign = detail::bits_of(x) & (odd << 31);
  const bool outside = (x < 0.0F) & (x > -kInf) & !detail::is_whole(y);
  const float base = std::fabs(x);
  const bool vanishing = (size == kInf) & (base != 1.0F) & ((base < 1.0F) == (y > 0.0F));
  const bool unknown = ((x != x) & (y != 1.0F)) | (y != y) | vanishing;  // Inf·0
  const float result =
      detail::nan_where(outside | unknown, std::bit_cast<float>(detail::bits_of(slope) ^ sign));
  return std::bit_cast<float>(detail::bits_of(result) & detail::mask(y != 0.0F));
}
inline double pow_slope_x(double x, double y) {
  if (y == 0) return 0;
  const double less = y - 1, back = less - y;
  const double lost = (y - (less - back)) + (-1 - back);  // y − 1 = less + lost
  if (x < 0 && !std::isinf(x) && y != std::floor(y))
    return std::numeric_limits<double>::quiet_NaN();
  const double half = std::pow(std::fabs(x), less / 2);  // two halves: neither is out of range
  double slope = y * half * half;
  if (std::fabs(lost) > 0 && std::isnormal(half)) slope *= 1 + lost * std::log(std::fabs(x));
  return std::signbit(x) && std::fmod(y, 2) == 0 ? -slope : slope;
}

/// The derivative of x^y by y: x^y·log x; 0 if x = 0 and y ≥ 0, or x = ∞ and y < 0. Error as
/// pow_slope_x.
inline float pow_slope_y(float x, float y) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const double log = detail::log_size(x);  // of 1 it is 0
  const double end = detail::log_beyond(x), counted = detail::log_beyond(x, y != 0.0F);
  const float factor =
      std::bit_cast<float>(detail::bits_of(y) & detail::mask(std::fabs(x) != 1.0F));
  const double power = detail::exp_wide((log + counted) * static_cast<double>(factor));
  const float slope = static_cast<float>(power * (log + end));
  const bool flat = ((x == 0.0F) & (y >= 0.0F)) | ((x == kInf) & (y < 0.0F));
  const std::uint32_t sign = detail::bits_of(x) & (detail::is_odd(y) << 31);  // of −0
  const bool unknown = (x < 0.0F) | (x != x) | ((y != y) & (x != 1.0F));
  return detail::nan_where(
      unknown, std::bit_cast<float>((detail::bits_of(slope) ^ sign) & detail::mask(!flat)));
}
inline double pow_slope_y(double x, double y) {
  if (x == 0 ? y >= 0 : x == std::numeric_limits<double>::infinity() && y < 0) return 0;
  if (x == 0) return std::pow(x, y) * std::log(x);
  const double half = std::pow(x, y / 2);
  return half * std::log(x) * half;
}

// clang-format off: a table
// Function objects for kernels::map and zip.
struct Pow {
  template <class T> T operator()(T a, T b) const {
    if constexpr (std::is_floating_point_v<T>) return fast_pow(a, b);
    else return static_cast<T>(std::pow(a, b));
  }
};
struct PowSlopeX {
  template <class T> T operator()(T x, T y) const { return pow_slope_x(x, static_cast<double>(y)); }
};
struct PowSlopeY {
  template <class T> T operator()(T x, T y) const { return pow_slope_y(x, y); }
};
// clang-format on

}  // namespace tinygrad::kernels
