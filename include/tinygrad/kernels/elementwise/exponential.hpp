// SPDX-License-Identifier: MIT
// Exponentials of one number: exp, exp2, expm1. They are polynomials without branches, which
// compilers vectorise. Every product that feeds a sum is an explicit fma, so that the bits depend
// neither on contraction nor on the width of the vectors. The errors were measured: in float32
// against float64 over its whole range, in float64 against 113 bits at 4·10^6 random numbers.
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

/// As kRounder, for doubles: 1.5·2^52. The 2048 keep the lowest twelve bits of a sum positive: only
/// AVX-512 shifts signed integers of 64 bits.
inline constexpr double kWideRounder = 6755399441055744.0 + 2048;

/// 2^n of shifted = kWideRounder + n as two factors, so that results out of range come out as in
/// times_power_of_2; −2044 ≤ n ≤ 2046, noise for what a NaN gives.
struct TwoPowers {
  double first, second;

  [[gnu::always_inline]] TINYGRAD_WRAPS explicit TwoPowers(double shifted) {
    const std::uint64_t bits = bits_of(shifted), half = bits >> 1;
    first = std::bit_cast<double>((half - 1) << 52);
    second = std::bit_cast<double>((bits - half - 1) << 52);
  }
};

/// 2^(n − 2) alone, for −1020 ≤ n ≤ 1025.
[[gnu::always_inline]] TINYGRAD_WRAPS inline double quarter_power(double shifted) {
  return std::bit_cast<double>((bits_of(shifted) - (2048 - 1021)) << 52);
}

/// e^x or e^(x + low) = (1 + rest)·2^n in float64. x within ±1400 or NaN, low at most an ulp of it.
struct WideExp {
  double shifted, rest;  // shifted is kWideRounder + n

  [[gnu::always_inline]] explicit WideExp(double x) {
    const double r = reduce(x);
    rest = of_small(r, lost_);
  }
  [[gnu::always_inline]] WideExp(double x, double low) {
    const double part = reduce(x), r = part + low;
    rest = of_small(r, (part - r) + low + lost_);
  }
  /// e^(r + low) − 1 for |r| ≤ 0.347. Fitted: error 0.1 ulp.
  [[gnu::always_inline]] static double of_small(double r, double low) {
    static constexpr double q[] = {0.5,
                                   0.16666666666666677,
                                   0.041666666666621624,
                                   0.00833333333331975,
                                   0.0013888888919894701,
                                   0.0001984126989267654,
                                   2.4801517064812758e-05,
                                   2.7557236552784317e-06,
                                   2.7621961610370527e-07,
                                   2.511193156645962e-08};
    return r + fused(r * r, polynomial(q, r), low);
  }

 private:
  double lost_;

  [[gnu::always_inline]] double reduce(double x) {
    constexpr double ln2 = 0.6931471805599453, ln2_low = 2.3190468138462996e-17;
    shifted = fused(x, 1.4426950408889634, kWideRounder);
    const double n = shifted - kWideRounder, high = fused(n, -ln2, x);  // exact
    const double r = fused(n, -ln2_low, high);
    lost_ = fused(n, -ln2_low, high - r);
    return r;
  }
};
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
/// The same in float64. Error < 0.9 ulp; subnormal below -708.4, 0 below -745.1, Inf above 709.8.
inline double fast_exp(double x) {
  const detail::WideExp e(detail::clamp(x, -746.0, 710.0));
  const detail::TwoPowers scale(e.shifted);
  return (1.0 + e.rest) * scale.first * scale.second;
}

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
/// The same in float64. Error < 2 ulp, of 2^x alone < 0.9.
inline double exp2_times(double x, double factor) {
  const double clamped = detail::clamp(x, -1100.0, 1100.0);
  const double shifted = clamped + detail::kWideRounder;
  const double rest = clamped - (shifted - detail::kWideRounder);  // exact, |rest| ≤ 0.5
  const double r = rest * 0.6931471805599453;
  const double low = fused(rest, 0.6931471805599453, -r);
  const detail::TwoPowers scale(shifted);
  const double y = 1.0 + detail::WideExp::of_small(r, fused(rest, 2.3190468138462996e-17, low));
  return factor * y * scale.first * scale.second;
}
template <class T> T fast_exp2(T x) { return exp2_times(x, T{1}); }

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
/// (e^x − 1)/4 in float64 for x ≥ −40 or NaN. From 710.8 on, where e^x is infinite, the value is
/// that at 710.8. Error < 2 ulp, except for subnormal results.
inline double quarter_expm1(double x) {
  const detail::WideExp e(detail::choose(x > 710.8, 710.8, x));
  const double quarter = detail::quarter_power(e.shifted);
  return fused(quarter, e.rest, quarter - 0.25);
}
/// e^x − 1 in float64. Error < 2 ulp.
inline double fast_expm1(double x) {
  const double y = 4.0 * quarter_expm1(detail::choose(x < -40.0, -40.0, x));
  return detail::choose(std::fabs(x) < 0x1p-54, x, y);  // keeps −0 and subnormals
}

// clang-format off: a table
// Function objects for kernels::map and zip.
struct Exp {
  template <class T> T operator()(T x) const { return fast_exp(x); }
};
struct Expm1 {
  template <class T> T operator()(T x) const { return fast_expm1(x); }
};
// clang-format on

}  // namespace tinygrad::kernels
