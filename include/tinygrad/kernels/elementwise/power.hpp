// SPDX-License-Identifier: MIT
// Powers x^y of two numbers, and their slopes by x and by y, without branches. For float32 the
// logarithm and the exponential are computed in float64; for float64 the logarithm is a sum of two
// numbers, since an error in y·log|x| is multiplied by up to 745.
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
#include "tinygrad/kernels/elementwise/exponential.hpp"
#include "tinygrad/kernels/elementwise/logarithm.hpp"
#include "tinygrad/kernels/elementwise/polynomial.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

namespace detail {
/// log|x| in float64 to 1e-12; meaningless for 0, Inf and NaN.
[[gnu::always_inline]] TINYGRAD_WRAPS inline double log_size(float x) {
  const float size = std::fabs(x);
  const bool tiny = size < std::numeric_limits<float>::min();  // scaled up: it may be subnormal
  const std::uint32_t bits = bits_of(size * choose(tiny, 0x1p23F, 1.0F));
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
  const float n = static_cast<float>(e) - choose(tiny, 23.0F, 0.0F);
  return fused(static_cast<double>(n), std::numbers::ln2, s * p);
}
/// The correction to add to log|x|: −Inf if x is 0, +Inf if x is infinite, otherwise 0.
template <class T> [[gnu::always_inline]] inline T log_beyond(T x, bool on = true) {
  const T size = std::fabs(x), inf = std::numeric_limits<T>::infinity();
  const bool zero = size == T{0}, at_end = zero | (size > std::numeric_limits<T>::max());
  return zero_unless(at_end & on, choose(zero, -inf, inf));
}
/// e^t to 3e-10, for a result that becomes a float32. Beyond ±300 it is constant: even its product
/// with a float32 is then 0 or Inf. NaN gives NaN.
[[gnu::always_inline]] TINYGRAD_WRAPS inline double exp_wide(double t) {
  constexpr double kMagic = 6755399441055744.0;  // 1.5·2^52, as in fast_exp
  const double clamped = clamp(t, -300.0, 300.0);
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
/// Whether y is an integer. Adding 2^23 (2^52) rounds y. (std::floor would not vectorise.)
template <class T> [[gnu::always_inline]] inline bool is_whole(T y) {
  constexpr T least = sizeof(T) == 4 ? T{0x1p23F} : T{0x1p52};  // from there on all are
  const T a = std::fabs(y);
  return (a >= least) | ((a + least) - least == a);
}
template <class T> [[gnu::always_inline]] inline bool is_odd(T y) {
  const bool whole = is_whole(y), even = is_whole(T{0.5} * y);
  return whole & !even;
}
/// y with the sign of x if `on`, for a y ≥ 0.
template <class T> [[gnu::always_inline]] inline T signed_as(bool on, T y, T x) {
  return std::copysign(y, choose(on, x, T{1}));
}

/// log|x| of a number, and powers of it: times·|x|^(y + low), with |x|^0 = 1^y = 1.
template <class T> struct Base;
template <> struct Base<float> {
  float x;
  double log;

  [[gnu::always_inline]] explicit Base(float number) : x(number), log(log_size(number)) {}
  [[gnu::always_inline]] double logarithm() const {
    return log + static_cast<double>(log_beyond(x));
  }
  [[gnu::always_inline]] float power(double y, double, double times) const {
    const double end = static_cast<double>(log_beyond(x, y != 0.0));
    const double t = (log + end) * zero_unless(std::fabs(x) != 1.0F, y);
    return static_cast<float>(times * exp_wide(t));
  }
};
template <> struct Base<double> {
  double x, log, low;

  /// As WideLog, with the first terms of 2·atanh(s) = 2·s + s³·(⅔ + z·p(z)) in two parts: error of
  /// the sum 1e-19.
  [[gnu::always_inline]] explicit Base(double number) : x(number) {
    static constexpr double p[] = {0.40000000000002256, 0.2857142857009927, 0.22222222519973917,
                                   0.18181784362887563, 0.1538675751805313, 0.13256813548497468,
                                   0.1319636654685372};
    const WideSplit split(std::fabs(x));
    const double f = split.f, n = split.n;
    const double d = 2.0 + f, inverse = 1.0 / d, s = f * inverse;
    const double s_low = fused(-s, f - (d - 2.0), fused(-s, d, f)) * inverse;
    const double z = s * s, z_low = fused(2.0 * s, s_low, fused(s, s, -z));
    const double curve = polynomial(p, z), third = 0.6666666666666666;
    const double c = fused(z, curve, third);
    const double c_low = fused(z, curve, third - c) + fused(z_low, 0.4, 3.700743415417188e-17);
    const double cube = s * z;
    const double cube_low = fused(s, z, -cube) + fused(s, z_low, s_low * z);
    const double rest = cube * c;
    const double rest_low = fused(cube, c, -rest) + fused(cube, c_low, cube_low * c);
    const double small = fused(2.0, s, rest);
    const double small_low = fused(2.0, s, -small) + rest + fused(2.0, s_low, rest_low);
    const double whole = n * 0x1.62e42fefa38p-1;  // exact: log 2 in two parts
    log = whole + small;
    low = (whole - log) + small + fused(n, 0x1.ef35793c7673p-45, small_low);
  }
  [[gnu::always_inline]] double logarithm() const { return log + low + log_beyond(x); }
  [[gnu::always_inline]] double power(double exponent, double exponent_low, double times) const {
    const double y = zero_unless(std::fabs(x) != 1.0, exponent);
    const double high = log + log_beyond(x, exponent != 0.0), t = y * high;
    const double t_low = fused(y, high, -t) + fused(y, low, exponent_low * log);
    // Beyond ±1400 even its product with a double is 0 or Inf.
    const bool inside = std::fabs(t) < 1400.0;
    const WideExp e(clamp(t, -1400.0, 1400.0), zero_unless(inside, t_low));
    const TwoPowers scale(e.shifted);
    return (1.0 + e.rest) * scale.first * choose(inside, times, 1.0) * scale.second;
  }
};
}  // namespace detail

/// x^y with all special cases of C's pow, for a y in float64. In float32 only the tests "integer"
/// and "odd" use y rounded to float32. Error < 0.6 ulp in float32, < 1 ulp in float64.
template <class T> [[gnu::always_inline]] inline T pow_number(T x, double exponent) {
  using detail::is_whole;
  constexpr T kInf = std::numeric_limits<T>::infinity();
  const T y = static_cast<T>(exponent);
  const T power = detail::Base<T>(x).power(exponent, 0.0, 1.0);
  const bool outside = (x < T{0}) & (x > -kInf) & !is_whole(y);
  const bool unknown = ((x != x) & (y != T{0})) | ((y != y) & (x != T{1}));
  return detail::nan_where(outside | unknown, detail::signed_as(detail::is_odd(y), power, x));
}
template <class T> [[gnu::always_inline]] inline T fast_pow(T x, T y) {
  return pow_number(x, static_cast<double>(y));
}

/// The derivative of x^y by x: y·x^(y−1), and 0 if y = 0. Error < 1 ulp in float32, < 2 in float64.
/// y − 1 is not rounded, because its error is multiplied by up to 745. The power may be out of range
/// as long as the product is in range.
template <class T> [[gnu::always_inline]] inline T pow_slope_x(T x, double exponent) {
  using detail::is_whole;
  constexpr T kInf = std::numeric_limits<T>::infinity();
  const T y = static_cast<T>(exponent), size = std::fabs(y), base = std::fabs(x);
  const double less = exponent - 1.0, back = less - exponent;
  const double lost = (exponent - (less - back)) + (-1.0 - back);  // y − 1 = less + lost
  const T slope = detail::Base<T>(x).power(less, detail::zero_unless(size < T{0x1p60F}, lost),
                                           std::fabs(exponent));
  const bool whole = is_whole(y), is_odd = detail::is_odd(y);
  const bool turns = whole & (size < kInf) & !is_odd;  // y − 1 is odd if y is even
  const bool outside = (x < T{0}) & (x > -kInf) & !whole;
  const bool vanishing = (size == kInf) & (base != T{1}) & ((base < T{1}) == (y > T{0}));  // Inf·0
  const bool unknown = ((x != x) & (y != T{1})) | (y != y) | vanishing;
  const T turned = detail::signed_as(turns, slope, x) * std::copysign(T{1}, y);
  return detail::zero_unless(y != T{0}, detail::nan_where(outside | unknown, turned));
}

/// The derivative of x^y by y: x^y·log x; 0 if x = 0 and y ≥ 0, or x = ∞ and y < 0. Error < 1 ulp in
/// float32, < 3 in float64.
template <class T> [[gnu::always_inline]] inline T pow_slope_y(T x, T y) {
  constexpr T kInf = std::numeric_limits<T>::infinity();
  const detail::Base<T> base(x);
  const double log = base.logarithm();
  const T slope = base.power(static_cast<double>(y), 0.0, std::fabs(log));
  const bool flat = ((x == T{0}) & (y >= T{0})) | ((x == kInf) & (y < T{0}));
  const bool unknown = (x < T{0}) | (x != x) | ((y != y) & (x != T{1}));
  const T turned = detail::signed_as(detail::is_odd(y), slope, x) *  // of −0
                   static_cast<T>(std::copysign(1.0, log));
  return detail::nan_where(unknown, detail::zero_unless(!flat, turned));
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
