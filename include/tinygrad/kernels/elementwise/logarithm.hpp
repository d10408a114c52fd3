// SPDX-License-Identifier: MIT
// Logarithms of one number: log, log1p, log2, log10. They have no branches, and compilers vectorise
// them; as in exponential.hpp the bits depend on neither contraction nor width.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "tinygrad/core/fma.hpp"
#include "tinygrad/core/wrapping.hpp"
#include "tinygrad/kernels/elementwise/branch_free.hpp"
#include "tinygrad/kernels/elementwise/polynomial.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// Natural logarithm. Error < 1 ulp in float32, subnormals included; -Inf at ±0, NaN below.
TINYGRAD_WRAPS inline float fast_log(float x) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const bool tiny = x < std::numeric_limits<float>::min();  // scaled up: it may be subnormal
  const std::uint32_t bits = detail::bits_of(x * detail::choose(tiny, 0x1p23F, 1.0F));
  // x = m·2^e with m in [2/3, 4/3): 0x3f2aaaab is 2/3.
  const std::int32_t e = static_cast<std::int32_t>(bits - 0x3f2aaaabU) >> 23;
  const float f = std::bit_cast<float>(bits - (static_cast<std::uint32_t>(e) << 23)) - 1.0F;
  const float n = static_cast<float>(e) - detail::choose(tiny, 23.0F, 0.0F);
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
  const float end = detail::choose(x == 0.0F, -kInf, kInf);
  return y + detail::nan_where(!(x >= 0.0F), detail::zero_unless((x == 0.0F) | !(x < kInf), end));
}

/// log(1 + x), accurate near 0. Error < 3 ulp in float32.
inline float fast_log1p(float x) {
  const float u = 1.0F + x;
  const float kept = u - 1.0F;  // the part of x that u kept; x / kept corrects the rounding of u
  constexpr float kMax = std::numeric_limits<float>::max();
  const float divisor = detail::choose(kept == 0.0F, 1.0F, detail::choose(kept > kMax, kMax, kept));
  return fused(fast_log(u), x / divisor, detail::zero_unless(kept == 0.0F, x));
}

namespace detail {
/// x = (1 + f)·2^n for a positive x, subnormal ones too, with 1 + f in [√½, √2); anything for 0,
/// Inf, NaN and negative numbers.
struct WideSplit {
  double f, n, unit;  // unit is 2^−n, or noise where n ≥ 1023

  [[gnu::always_inline]] TINYGRAD_WRAPS explicit WideSplit(double x, bool subnormals = true) {
    constexpr std::uint64_t root = 0x3fe6a09e667f3bcd, one = 0x3ff0000000000000;  // √½ and 1
    const bool tiny = subnormals & (x < std::numeric_limits<double>::min());
    const std::uint64_t bits = bits_of(x * choose(tiny, 0x1p54, 1.0)) + (one - root);
    const std::uint64_t e = bits >> 52;
    f = std::bit_cast<double>((bits & 0x000fffffffffffff) + root) - 1.0;
    // e becomes a double as the last digits of 2^52 + e.
    n = std::bit_cast<double>(e | 0x4330000000000000) -
        choose(tiny, 0x1p52 + 1023 + 54, 0x1p52 + 1023);
    unit = std::bit_cast<double>((2046 - e) << 52);
  }
};

/// log(1 + f) = f − half + s·curve, half = f²/2. With s = f/(2 + f) the curve is half + z·p(z),
/// z = s², p fitted: error 0.03 ulp.
/// Source  the form is that of fdlibm's e_log.c
struct WideLog {
  double half, s, curve;

  [[gnu::always_inline]] explicit WideLog(double f) {
    static constexpr double p[] = {0.6666666666666734,  0.39999999999414326, 0.2857142874247406,
                                   0.22222198563553802, 0.18183564863477478, 0.15314035913060925,
                                   0.147961046819666};
    s = f / (2.0 + f);
    const double z = s * s;
    half = 0.5 * f * f;
    curve = fused(z, polynomial(p, z), half);
  }
};

/// y, the logarithm of x where that is positive and finite; else the logarithm. Added, not
/// selected, as in float32.
[[gnu::always_inline]] inline double with_ends(double x, double y) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const double outside = choose(x == 0.0, -kInf, std::numeric_limits<double>::quiet_NaN());
  return y + choose(x > 0.0, zero_unless(x == kInf, kInf), outside);
}

/// log(1 + f) + n·log 2.
[[gnu::always_inline]] inline double wide_log(double f, double n) {
  const WideLog part(f);
  const double small = part.half - fused(part.s, part.curve, n * 2.3190468138462996e-17);
  return fused(n, 0.6931471805599453, f - small);
}

/// The logarithm of x to a base: `scale` is the inverse of the base's natural logarithm, `two` the
/// logarithm of 2 to that base, each in two parts. Error < 1 ulp.
[[gnu::always_inline]] inline double log_to_base(double x, double scale, double scale_low,
                                                 double two, double two_low) {
  const WideSplit split(x);
  const double f = split.f, n = split.n;
  const WideLog part(f);
  const double high = f - part.half;
  const double low =
      (f - high) - part.half + fused(part.s, part.curve, -fused(0.5 * f, f, -part.half));
  const double y = high * scale;
  const double y_low = fused(high, scale, -y) + fused(high, scale_low, low * scale);
  const double whole = n * two, sum = whole + y;
  const double lost = (whole - sum) + y + (fused(n, two, -whole) + fused(n, two_low, y_low));
  return with_ends(x, sum + lost);
}
}  // namespace detail

/// The same in float64. Error < 1 ulp.
inline double fast_log(double x) {
  const detail::WideSplit split(x);
  return detail::with_ends(x, detail::wide_log(split.f, split.n));
}

/// The same in float64. Error < 2 ulp.
inline double fast_log1p(double x) {
  const double u = 1.0 + x, back = u - x;
  const double lost = (x - (u - back)) + (1.0 - back);  // 1 + x = u + lost
  const detail::WideSplit split(u, false);
  const double low = detail::zero_unless(u < 0x1p60, lost * split.unit);
  return std::copysign(detail::with_ends(u, detail::wide_log(split.f + low, split.n)), x);
}

/// log(1 + x) for 0 ≤ x ≤ 1, as log1p of e^−|x| needs it: as in WideLog, but with nothing to split.
/// Error < 2 ulp in float64.
inline double log1p_of_part(double x) {
  static constexpr double p[] = {0.6666666666666667,  0.3999999999999398,  0.28571428572510016,
                                 0.22222222125470906, 0.18181823202914382, 0.1538445193218842,
                                 0.13336805820802117, 0.11715950622636956, 0.10972567282100168,
                                 0.06994244741444483, 0.16467639053152178};
  const double s = x / (2.0 + x), z = s * s, half = 0.5 * x * x;
  return x - fused(-s, fused(z, detail::polynomial(p, z), half), half);
}
inline float log1p_of_part(float x) { return fast_log1p(x); }

/// Logarithm to base 2. Error < 1 ulp in float64; in float32 computed in float64.
inline double fast_log2(double x) {
  return detail::log_to_base(x, 1.4426950408889634, 2.0355273740931033e-17, 1, 0);
}
/// Logarithm to base 10. Error < 1 ulp in float64; in float32 computed in float64.
inline double fast_log10(double x) {
  return detail::log_to_base(x, 0.4342944819032518, 1.098319650216765e-17, 0.30102999566398120,
                             -2.8037281277851704e-18);
}

// clang-format off: a table
// Function objects for kernels::map and zip.
struct Log {
  template <class T> T operator()(T x) const { return fast_log(x); }
};
struct Log1p {
  template <class T> T operator()(T x) const { return fast_log1p(x); }
};
// clang-format on

}  // namespace tinygrad::kernels
