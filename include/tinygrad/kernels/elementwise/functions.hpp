// SPDX-License-Identifier: MIT
// Scalar functions for the elementwise loops. In float32 exp, log, pow, sin, erf and their
// relatives are branch-free polynomials that compilers vectorise; in float64, where gradients are
// checked, they are the C library's. Every product that feeds a sum is an explicit fma: the bits do
// not depend on contraction. Errors are measured against float64 over the whole range of float32.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <type_traits>

#include "tinygrad/core/fma.hpp"
#include "tinygrad/core/wrapping.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

namespace detail {
/// x limited to [low, high], low < 0 < high; of a NaN one of the two. By the bits, which are
/// ordered as the numbers are, the negative ones the other way round: a comparison of floats may
/// become a branch around all that follows, and then nothing is vectorised.
[[gnu::always_inline]] inline float clamp(float x, float low, float high) {
  const std::uint32_t above =
      std::min(std::bit_cast<std::uint32_t>(x), std::bit_cast<std::uint32_t>(low));
  return std::bit_cast<float>(
      std::min(static_cast<std::int32_t>(above), std::bit_cast<std::int32_t>(high)));
}
/// All ones or none; && and selects would become branches, and then nothing is vectorised.
[[gnu::always_inline]] TINYGRAD_WRAPS inline std::uint32_t mask(bool on) {
  return 0U - static_cast<std::uint32_t>(on);
}
[[gnu::always_inline]] inline std::uint32_t bits_of(float x) {
  return std::bit_cast<std::uint32_t>(x);
}
/// NaN if `on`, else y; no branch either.
[[gnu::always_inline]] inline float nan_where(bool on, float y) {
  return std::bit_cast<float>(bits_of(y) | mask(on));
}
/// on ? a : b. Of the select, g++ makes two copies of what follows, the second for b.
[[gnu::always_inline]] inline float choose(bool on, float a, float b) {
  return std::bit_cast<float>((bits_of(a) & mask(on)) | (bits_of(b) & ~mask(on)));
}
[[gnu::always_inline]] TINYGRAD_WRAPS inline double choose(bool on, double a, double b) {
  const std::uint64_t mask_of = std::uint64_t{0} - static_cast<std::uint64_t>(on);
  return std::bit_cast<double>((std::bit_cast<std::uint64_t>(a) & mask_of) |
                               (std::bit_cast<std::uint64_t>(b) & ~mask_of));
}
/// |x|, at most `most`; NaN stays.
[[gnu::always_inline]] inline float size_up_to(float x, float most) {
  return nan_where(x != x, std::bit_cast<float>(std::min(bits_of(x) & 0x7fffffffU, bits_of(most))));
}
inline double size_up_to(double x, double most) {
  return std::fabs(x) > most ? most : std::fabs(x);
}
}  // namespace detail

/// e^x. Error < 1 ulp in float32; subnormal below -87.3, 0 below -103.98, Inf above 88.72.
inline float fast_exp(float x) {
  constexpr float kLog2e = 1.442695041F, kMagic = 12582912.0F;  // 1.5·2^23: adding it rounds
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
  // n as an integer, read from the bits: converting a NaN would be undefined.
  const std::int32_t e = std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(kMagic);
  // 2^n as two factors, so that results below 2^-126 come out subnormal and above 2^128 infinite.
  const std::int32_t half = e >> 1;
  const auto power_of_2 = [](std::int32_t k) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(k + 127) << 23);
  };
  return detail::nan_where(x != x, p * power_of_2(half) * power_of_2(e - half));
}
inline double fast_exp(double x) { return std::exp(x); }

/// factor·2^x, finite also where 2^x alone is not. Error < 2 ulp in float32, of 2^x alone 1.
inline float exp2_times(float x, float factor) {
  constexpr float kMagic = 12582912.0F;  // as in fast_exp
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
  const std::int32_t e = std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(kMagic);
  const std::int32_t half = e >> 1;
  const auto power_of_2 = [](std::int32_t k) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(k + 127) << 23);
  };
  return detail::nan_where(x != x, factor * p * power_of_2(half) * power_of_2(e - half));
}
inline double exp2_times(double x, double factor) {
  return x > 64 ? std::exp2(x - 1) * (2 * factor) : std::exp2(x) * factor;
}
inline float fast_exp2(float x) { return exp2_times(x, 1.0F); }
inline double fast_exp2(double x) { return std::exp2(x); }

/// e^x − 1, accurate near 0. Error < 2 ulp in float32.
inline float fast_expm1(float x) {
  constexpr float kLog2e = 1.442695041F, kMagic = 12582912.0F;
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
  // e^x - 1 = 2^n·((e^r - 1) + (1 - 2^-n)), with 2^n in two factors: 2^128 is not a float.
  const std::int32_t e = std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(kMagic);
  const auto power_of_2 = [](std::int32_t k) TINYGRAD_WRAPS {  // k is noise for a NaN
    return std::bit_cast<float>(static_cast<std::uint32_t>(k + 127) << 23);
  };
  const std::int32_t down = e > 126 ? 126 : e;  // 1 - 2^-126 is 1 as well
  const std::int32_t half = e >> 1;
  const float sum = p + (1.0F - power_of_2(-down));
  return std::copysign(sum * power_of_2(half) * power_of_2(e - half), x);  // keeps −0
}
inline double fast_expm1(double x) { return std::expm1(x); }

/// Natural logarithm. Error < 1 ulp in float32, subnormals included; -Inf at ±0, NaN below.
TINYGRAD_WRAPS inline float fast_log(float x) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const std::int32_t up = x < std::numeric_limits<float>::min() ? 23 : 0;  // out of the subnormals
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
  // Added, not selected: g++ would move the polynomial into a branch and not vectorise it.
  const float outside = x == 0.0F ? -kInf : std::numeric_limits<float>::quiet_NaN();
  return y + (x > 0.0F ? (x < kInf ? 0.0F : kInf) : outside);
}
inline double fast_log(double x) { return std::log(x); }

/// log(1 + x), accurate near 0. Error < 3 ulp in float32.
inline float fast_log1p(float x) {
  const float u = 1.0F + x;
  const float kept = u - 1.0F;  // what survived of x in u: x / kept undoes the rounding of u
  constexpr float kMax = std::numeric_limits<float>::max();
  const float divisor = kept == 0.0F ? 1.0F : kept > kMax ? kMax : kept;
  return fused(fast_log(u), x / divisor, kept == 0.0F ? x : 0.0F);
}
inline double fast_log1p(double x) { return std::log1p(x); }

namespace detail {
/// log|x| in float64 to 1e-12; anything for 0, Inf and NaN.
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
/// ∓Inf to be added to log_size(x) where x is 0 or Inf, else 0.
[[gnu::always_inline]] inline double log_beyond(float x, bool on = true) {
  const float size = std::fabs(x);
  const bool zero = size == 0.0F, at_end = zero | (size > std::numeric_limits<float>::max());
  const std::uint32_t inf = bits_of(std::numeric_limits<float>::infinity());
  return static_cast<double>(
      std::bit_cast<float>((inf | (mask(zero) & 0x80000000U)) & mask(at_end & on)));
}
/// e^t to 3e-10 for a result that becomes a float32: past ±300, where even its product with a
/// float32 is 0 or Inf as one, it stays what it is there. NaN for NaN.
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
/// Whether y is a whole number, and 1 if it is an odd one, else 0. Adding 2^23 rounds, and puts the
/// lowest digit into bit 0; from 2^23 on y has it there itself, from 2^24 on y is even. (std::floor
/// would not vectorise.)
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
/// e^t with what sign and which NaNs x^y has.
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

/// x^y with all special cases of C's pow. Error < 0.6 ulp in float32: y·log|x| is in float64, since
/// an error in it is multiplied by up to 88.
inline float fast_pow(float x, float y) {
  // 0·Inf must not arise: x^0 and (±1)^y get the exponent 0.
  const double log = detail::log_size(x) + detail::log_beyond(x, y != 0.0F);
  const float factor =
      std::bit_cast<float>(detail::bits_of(y) & detail::mask(std::fabs(x) != 1.0F));
  return detail::signed_power(x, y, log * static_cast<double>(factor));
}
inline double fast_pow(double x, double y) { return std::pow(x, y); }

/// x^y for a y that is not rounded to float32; whether it is whole or odd is asked of it rounded.
inline float pow_number(float x, double y) {
  const double log = detail::log_size(x) + detail::log_beyond(x, y != 0.0);
  return detail::signed_power(x, static_cast<float>(y), std::fabs(x) == 1.0F ? 0.0 : log * y);
}
inline double pow_number(double x, double y) { return std::pow(x, y); }

/// x^y by x: y·x^(y−1), 0 where y = 0. Error < 1 ulp in float32, 4 in float64: y − 1 is not rounded
/// (an error in it is multiplied by up to 745), and a power that is out of range with a product
/// that is not does no harm.
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

/// x^y by y: x^y·log x, 0 where x = 0 and y ≥ 0, or x = ∞ and y < 0. Error as pow_slope_x.
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

/// Where Sin and Cos are polynomials in float32; beyond, they are the C library's.
inline constexpr float kFastAngle = 1e5F;

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
  // The quadrant picks one of the two and its sign, by masks: g++ would turn a select into a
  // branch.
  const std::uint32_t quadrant =
      std::bit_cast<std::uint32_t>(shifted) + static_cast<std::uint32_t>(turns);
  const std::uint32_t odd = 0U - (quadrant & 1U);
  const std::uint32_t bits =
      (std::bit_cast<std::uint32_t>(c) & odd) | (std::bit_cast<std::uint32_t>(s) & ~odd);
  return std::bit_cast<float>(bits ^ ((quadrant & 2U) << 30));
}

namespace detail {
/// |x|, at most `most`; of a NaN that too. By the bits, as clamp().
inline float size_within(float x, float most) {
  return std::bit_cast<float>(
      std::min(std::bit_cast<std::uint32_t>(x) & 0x7fffffffU, std::bit_cast<std::uint32_t>(most)));
}
/// y ≥ 0, at most 1, with the sign of x; NaN if x is one.
inline float with_sign(float y, float x) {
  return nan_where(x != x, std::copysign(size_within(y, 1.0F), x));
}
}  // namespace detail

/// tanh x. Error < 3 ulp in float32. (One quotient p(x²)/q(x²)·x takes 0.21 instead of 0.51 ms for
/// 3.3 million on two cores, but its 5 ulp show in gelu's gradient, where 1 − tanh² cancels.)
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
  return std::copysign(a < 0.3F ? small : large, x);
}
inline double fast_tanh(double x) { return std::tanh(x); }

/// Error function. Error < 2 ulp in float32: up to 1.25 as x + x·p(x²), beyond as 1 − e^−x²·p(x).
/// (One quotient for both takes a third of the time, but is 6 ulp off.)
inline float fast_erf(float x) {
  const float a = detail::size_within(x, 4.0F), z = a * a;  // erf(4) rounds to 1
  float p = -7.57296175e-06F;                               // erf(a)/a − 1, fitted: error 1e-9
  p = fused(p, z, 1.03938757e-4F);
  p = fused(p, z, -8.3395699e-4F);
  p = fused(p, z, 5.20901615e-3F);
  p = fused(p, z, -0.0268602483F);
  p = fused(p, z, 0.112836748F);
  p = fused(p, z, -0.376126289F);
  p = fused(p, z, 0.128379166F);
  float q = 8.21695779e-4F;  // (1 − erf(a))·e^a², fitted: error of their product 1.4e-8
  q = fused(q, a, -0.0118735842F);
  q = fused(q, a, 0.0746650025F);
  q = fused(q, a, -0.269305199F);
  q = fused(q, a, 0.618388474F);
  q = fused(q, a, -0.945842206F);
  q = fused(q, a, 0.960693479F);
  const float small = fused(p, a, a), large = fused(-fast_exp(-z), q, 1.0F);
  return detail::with_sign(detail::choose(a < 1.25F, small, large), x);
}
inline double fast_erf(double x) { return std::erf(x); }

/// e^(−x²). Error < 2 ulp: what rounding takes from x² comes back as a factor; as an error in the
/// exponent it would be multiplied by up to 745.
template <class T> T gaussian(T x) {
  constexpr T kFar = std::is_same_v<T, float> ? T{11} : T{28};  // the result is 0 from there on
  const T near = detail::size_up_to(x, kFar), square = near * near;  // of an Inf, Inf − Inf
  return fast_exp(-square) * (T{1} - fused(near, near, -square));
}

/// 1 / (1 + e^-x). Error < 3 ulp. From e^-|x|, which does not overflow where the result is
/// subnormal.
template <class T> T sigmoid_of(T x) {
  const T e = fast_exp(-std::fabs(x));
  return detail::choose(x < T{0}, e, T{1}) / (T{1} + e);
}
/// Its derivative e^-|x| / (1 + e^-|x|)². Error < 4 ulp.
template <class T> T sigmoid_slope(T x) {
  const T e = fast_exp(-std::fabs(x)), sum = T{1} + e;
  return e / (sum * sum);
}
/// The derivative of tanh, 4·e^-2|x| / (1 + e^-2|x|)². Error < 4 ulp.
template <class T> T tanh_slope(T x) {
  const T e = fast_exp(T{-2} * std::fabs(x)), sum = T{1} + e;
  return T{4} * e / (sum * sum);
}

// clang-format off: a table
// One struct for each function, so that kernels::map and zip can be given it by name.
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
struct Square {
  template <class T> T operator()(T x) const { return wrapping_mul(x, x); }
};
struct Cube {
  template <class T> T operator()(T x) const { return x * x * x; }
};
struct Reciprocal {
  template <class T> T operator()(T x) const { return T{1} / x; }
};
struct Sqrt {
  template <class T> T operator()(T x) const { return std::sqrt(x); }
};
struct Rsqrt {
  template <class T> T operator()(T x) const { return T{1} / std::sqrt(x); }
};
// For map_blocks(): near() vectorises, and holds up to kFastAngle.
struct Sin {
  static bool is_near(float x) { return !(std::fabs(x) > kFastAngle); }
  static float near(float x) { return fast_sin(std::fabs(x), 0) * std::copysign(1.0F, x); }  // −0
  float operator()(float x) const { return is_near(x) ? near(x) : std::sin(x); }
  double operator()(double x) const { return std::sin(x); }
};
struct Cos {
  static bool is_near(float x) { return Sin::is_near(x); }
  static float near(float x) { return fast_sin(x, 1); }
  float operator()(float x) const { return is_near(x) ? near(x) : std::cos(x); }
  double operator()(double x) const { return std::cos(x); }
};
struct Tanh {
  template <class T> T operator()(T x) const { return fast_tanh(x); }
};
struct Sigmoid {
  template <class T> T operator()(T x) const { return sigmoid_of(x); }
};
struct Erf {
  template <class T> T operator()(T x) const { return fast_erf(x); }
};
struct Neg {
  template <class T> T operator()(T x) const { return wrapping_neg(x); }
};
struct Abs {
  template <class T> T operator()(T x) const { return x < T{0} ? wrapping_neg(x) : x + T{0}; }
};
struct Sign {
  template <class T> T operator()(T x) const {
    return x > T{0} ? T{1} : x < T{0} ? T{-1} : x;  // 0 and NaN stay
  }
};
/// log(1 + e^(βx))/β without overflow, and x where βx > threshold. Error < 4 ulp.
struct Softplus {
  double beta = 1, threshold = std::numeric_limits<double>::infinity();
  /// e^-|βx|, with the digits that rounding takes from β and from βx; 0 beyond the threshold.
  template <class T> T small(T x, T b) const {
    constexpr T kInf = std::numeric_limits<T>::infinity(), kMax = std::numeric_limits<T>::max();
    const T width = std::fabs(b), most = T{1000} / width, far = most > kMax ? kMax : most;
    const T near = detail::size_up_to(x, far), product = width * near;  // of an Inf, Inf − Inf
    const T left = static_cast<T>(std::fabs(beta) - static_cast<double>(width)) * near;
    const T lost = fused(width, near, -product) + left;
    return fast_exp(detail::choose(b * x > static_cast<T>(threshold), -kInf, -product)) *
           (T{1} - lost);
  }
  /// Where the value is x and something small.
  template <class T> bool is_straight(T scaled) const {
    return scaled > static_cast<T>(threshold < 0 ? threshold : 0.0);
  }
  template <class T> T operator()(T x) const {
    const T b = static_cast<T>(beta);
    return detail::choose(is_straight(b * x), x, T{0}) + fast_log1p(small(x, b)) / b;
  }
};
/// Its derivative: the sigmoid of βx, and 1 where βx > threshold.
struct SoftplusSlope {
  Softplus of;
  template <class T> T operator()(T x) const {
    const T b = static_cast<T>(of.beta), e = of.small(x, b);
    return detail::choose(of.is_straight(b * x), T{1}, e) / (T{1} + e);
  }
};
/// max(x, 0); NaN stays NaN.
struct Relu {
  template <class T> T operator()(T x) const { return x < T{0} ? T{0} : x; }
};

struct Add {
  template <class T> T operator()(T a, T b) const { return wrapping_add(a, b); }
};
struct Sub {
  template <class T> T operator()(T a, T b) const { return wrapping_sub(a, b); }
};
struct Mul {
  template <class T> T operator()(T a, T b) const { return wrapping_mul(a, b); }
};
struct Div {
  template <class T> T operator()(T a, T b) const { return a / b; }
};
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
/// The larger one; NaN if either is NaN, as in NumPy and PyTorch.
struct Maximum {
  template <class T> T operator()(T a, T b) const { return a > b || a != a ? a : b; }
};
struct Minimum {
  template <class T> T operator()(T a, T b) const { return a < b || a != a ? a : b; }
};
/// The larger one; the other one if one is NaN.
struct Fmax {
  template <class T> T operator()(T a, T b) const { return a > b || b != b ? a : b; }
};
struct Fmin {
  template <class T> T operator()(T a, T b) const { return a < b || b != b ? a : b; }
};

struct Less {
  template <class T> bool operator()(T a, T b) const { return a < b; }
};
// clang-format on

}  // namespace tinygrad::kernels
