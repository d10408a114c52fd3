// SPDX-License-Identifier: MIT
// Special functions that the C library lacks, in float64, and the slopes of special functions that
// it has. A float32 result is exact to half an ulp.
#pragma once

#include <cmath>
#include <initializer_list>
#include <limits>
#include <numbers>

#include "tinygrad/core/fma.hpp"
#include "tinygrad/version.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// The y with erf(y) = x; ±Inf at ±1, NaN beyond.
/// Error   3 ulp: two Halley steps, three in the tail, from a start that is good to 2e-3
/// Source  the start: Winitzki, "A handy approximation for the error function", 2008
inline double erfinv(double x) {
  constexpr double a = 0.147;
  const double size = std::fabs(x);
  if (size == 1) return std::copysign(std::numeric_limits<double>::infinity(), x);
  const double log = std::log1p(-x * x);  // NaN if |x| > 1
  const double t = 2 / (std::numbers::pi * a) + log / 2;
  double y = std::sqrt(std::sqrt(t * t - log / a) - t);
  for (int step = size < 0.9 ? 1 : 0; step < 3; ++step) {
    // In the tail erfc keeps the digits that erf - 1 has lost; 1 - size is exact there.
    const double error = size < 0.5 ? std::erf(y) - size : (1 - size) - std::erfc(y);
    const double u = error / (2 * std::numbers::inv_sqrtpi * std::exp(-y * y));
    y -= u / (1 + y * u);
  }
  return std::copysign(y, x);
}

/// The derivative of erfinv, √π/2·e^y² with y = erfinv(x). What the rounded y is off by is found as
/// in erfinv, and taken into account: e^y² is up to 70 times as far off.
inline double erfinv_slope(double x) {
  const double size = std::fabs(x), y = erfinv(size);
  if (!(size < 1)) return y;  // Inf at ±1, NaN beyond
  const double rounded = y * y, e = std::exp(rounded);
  const double square_e = fused(e, fused(y, y, -rounded), e);  // e^y², y² not rounded
  const double slope = 0.5 / std::numbers::inv_sqrtpi * square_e;
  const double error = size < 0.5 ? size - std::erf(y) : std::erfc(y) - (1 - size);
  return fused(slope, 2 * y * (error * slope), slope);
}

/// 1 + log x, also where that is nearly 0, around 1/e.
inline double log_times_e(double x) {
  constexpr double e_low = 1.4456468917292502e-16;  // what a double lacks of e
  if (x > 0.3 && x < 0.45) return std::log1p(fused(x, std::numbers::e, -1.0) + x * e_low);
  return 1 + std::log(x);
}

/// The derivative of lgamma. ∓Inf at ±0, NaN at the other poles.
/// Error   4 ulp; next to a zero but the one at 1.46 (negative x) of the size around it
/// Source  Abramowitz & Stegun 6.3.5, 6.3.7, 6.3.18; the quotient on [1, 3] fitted: error 2e-17
inline double digamma(double x) {
  if (x == 0) return std::copysign(std::numeric_limits<double>::infinity(), -x);
  if (x < 0) {
    const double rest = x - std::nearbyint(x);  // exact: next to a pole no digit is lost
    if (rest == 0 || x != x) return std::numeric_limits<double>::quiet_NaN();
    constexpr double pi = std::numbers::pi, pi_low = 1.2246467991473532e-16;  // π in two parts
    const double angle = pi * rest, tan = std::tan(angle), cot = 1 / tan;
    const double low = fused(pi, rest, -angle) + pi_low * rest;
    // π·cot(angle + low) in two parts; the second is nothing where cot² overflows
    const double part = std::fabs(rest) > 1e-100 ? pi_low * cot - pi * low * (1 + cot * cot) : 0;
    return digamma(1 - x) - pi / tan - part;
  }
  if (x < 1) return digamma(x + 1) - 1 / x;
  if (x >= 8) {
    const double z = 1 / (x * x);
    double series = -174611.0 / 6600;  // Σ B₂ₖ/(2k·x²ᵏ), from the last term on
    for (const double term : {43867.0 / 14364, -3617.0 / 8160, 1.0 / 12, -691.0 / 32760, 1.0 / 132,
                              -1.0 / 240, 1.0 / 252, -1.0 / 120, 1.0 / 12})
      series = fused(series, z, term);
    return std::log(x) - fused(series, z, 0.5 / x);
  }
  double shift = 0, lost = 0;  // Σ 1/(x − k), and what its roundings lost
  while (x >= 2.3) {
    x -= 1;
    const double term = 1 / x, sum = shift + term, added = sum - shift;
    lost += fused(-term, x, 1.0) / x + (shift - (sum - added)) + (term - added);
    shift = sum;
  }
  // (x − root)·p(x − 1)/q(x − 1) with the root in two parts: exact next to it.
  constexpr double root = 1.4616321449683622, root_low = 9.5499954299656977e-17;
  static constexpr double p[] = {
      1.250380137503405333,  1.838687775840449756,    0.9330593408483027026,  0.2003349911421382928,
      0.0175099365710201708, 4.704073216582466852e-4, 7.733297433998308406e-7};
  static constexpr double q[] = {1.0,
                                 2.154049841050754105,
                                 1.616822840889562268,
                                 0.540563039708004894,
                                 0.0829431666271478402,
                                 0.00524872567326537694,
                                 9.562071441808044705e-5};
  double top = p[6], bottom = q[6];
  for (int k = 5; k >= 0; --k) {
    top = fused(top, x - 1, p[k]);
    bottom = fused(bottom, x - 1, q[k]);
  }
  return shift + fused((x - root) - root_low, top / bottom, lost);
}

/// ζ(s, x) = Σ (x + k)^−s over k ≥ 0, for a whole s ≥ 2. Inf at 0, −1, −2, …
/// Error   a few ulp: the first terms one by one, then the formula of Euler and Maclaurin
/// Source  Abramowitz & Stegun 23.1.30
inline double hurwitz_zeta(double s, double x) {
  if (std::isinf(x)) return x > 0 ? 0.0 : std::numeric_limits<double>::quiet_NaN();
  if (x <= 0) {
    if (x == std::floor(x)) return std::numeric_limits<double>::infinity();
    // The terms with x + k < 0 are, up to the sign, those of ζ(s, d) below |x| + 1, d the last one.
    const double d = -x - std::floor(-x);
    const double negative = hurwitz_zeta(s, d) - hurwitz_zeta(s, 1 - x);
    return hurwitz_zeta(s, 1 - d) + (std::fmod(s, 2) == 0 ? negative : -negative);
  }
  const double first = x, count = std::fmax(std::ceil(10 + s - x), 0);
  x += count;
  const double top = std::pow(x, 1 - s), tail = top / x;  // tail alone may underflow
  double sum = top / (s - 1) + tail * 0.5;
  // Σ B₂ₖ/(2k)!·s(s+1)…(s+2k−2)·x^(−s−2k+1)
  double term = tail * s / x;
  double k = 0;
  for (const double factor : {1.0 / 12, -1.0 / 720, 1.0 / 30240, -1.0 / 1209600, 1.0 / 47900160,
                              -691.0 / 1307674368000, 1.0 / 74724249600}) {
    sum += factor * term;
    term *= (s + k + 1) * (s + k + 2) / (x * x);
    k += 2;
  }
  for (double left = count; left-- > 0;) sum += std::pow(first + left, -s);  // the small ones first
  return sum;
}

/// The n-th derivative of digamma.
inline double polygamma(double n, double x) {
  if (n == 0) return digamma(x);
  const double size = std::tgamma(n + 1) * hurwitz_zeta(n + 1, x);
  return std::fmod(n, 2) == 0 ? -size : size;
}

/// 1/(1 + e^−(a − b)), the slope of log(e^a + e^b) by a; ½ for equal infinities, as for equal
/// numbers. a − b is in two parts: an error of it is a relative one of a small result.
inline double logistic_difference(double a, double b) {
  if (a == b) return 0.5;
  const double d = a - b, back = d - a;
  const double low = std::isfinite(d) ? (a - (d - back)) - (b + back) : 0;  // what d lost
  const double e = std::exp(-std::fabs(d));
  const double small = fused(e, d < 0 ? low : -low, e);  // e^−|a − b|
  return d < 0 ? small / (1 + small) : 1 / (1 + small);
}
/// The same with powers of 2.
inline double logistic_difference2(double a, double b) {
  if (a == b) return 0.5;
  const double d = a - b, back = d - a;
  const double low = std::isfinite(d) ? std::numbers::ln2 * ((a - (d - back)) - (b + back)) : 0;
  const double e = std::exp2(-std::fabs(d));
  const double small = fused(e, d < 0 ? low : -low, e);
  return d < 0 ? small / (1 + small) : 1 / (1 + small);
}

/// u/√(u² + v²), the cosine of the point (u, v), without over- and underflow. 0 at the origin, ±1
/// or 0 where one of the two is infinite.
inline double cosine(double u, double v) {
  if (u != u || v != v) return u + v;
  if (std::isinf(u) != std::isinf(v))
    return std::isinf(u) ? std::copysign(1.0, u) : std::copysign(0.0, u);
  const double most = std::fmax(std::fabs(u), std::fabs(v));
  if (most == 0) return u;
  const int scale = -std::ilogb(most);
  const double x = std::scalbn(u, scale), y = std::scalbn(v, scale);
  return x / std::hypot(x, y);
}
/// In float64 the squares of float32 stay in range.
inline float cosine(float u, float v) {
  const double x = static_cast<double>(u), y = static_cast<double>(v);
  const double cosine_of = x / std::sqrt(x * x + y * y);
  return static_cast<float>(cosine_of == cosine_of ? cosine_of : cosine(x, y));
}

/// u/(u² + v²), the real part of 1/(u + iv), without over- and underflow. 0 at the origin and at
/// infinity.
inline double reciprocal_real(double u, double v) {
  if (u != u || v != v) return u + v;
  if (std::isinf(u) || std::isinf(v) || (u == 0 && v == 0)) return std::copysign(0.0, u);
  const int scale = -std::ilogb(std::fmax(std::fabs(u), std::fabs(v)));
  const double x = std::scalbn(u, scale), y = std::scalbn(v, scale);
  return std::scalbn(x / fused(x, x, y * y), scale);
}
inline float reciprocal_real(float u, float v) {
  const double x = static_cast<double>(u), y = static_cast<double>(v);
  const double part = x / (x * x + y * y);
  return static_cast<float>(part == part ? part : reciprocal_real(x, y));
}

}  // namespace tinygrad::kernels
