// SPDX-License-Identifier: MIT
// Special functions of one number that the C library lacks, in float64.
#pragma once

#include <cmath>
#include <initializer_list>
#include <limits>
#include <numbers>

namespace tinygrad::kernels {

/// The y with erf(y) = x; ±Inf at ±1, NaN beyond.
/// Error   a few ulp: two Halley steps from a start that is good to 2e-3
/// Source  the start: Winitzki, "A handy approximation for the error function", 2008
inline double erfinv(double x) {
  constexpr double a = 0.147;
  const double size = std::fabs(x);
  if (size == 1) return std::copysign(std::numeric_limits<double>::infinity(), x);
  const double log = std::log1p(-x * x);  // NaN if |x| > 1
  const double t = 2 / (std::numbers::pi * a) + log / 2;
  double y = std::sqrt(std::sqrt(t * t - log / a) - t);
  for (int step = 0; step < 2; ++step) {
    // In the tail erfc keeps the digits that erf - 1 has lost; 1 - size is exact there.
    const double error = size < 0.5 ? std::erf(y) - size : (1 - size) - std::erfc(y);
    const double u = error / (2 * std::numbers::inv_sqrtpi * std::exp(-y * y));
    y -= u / (1 + y * u);
  }
  return std::copysign(y, x);
}

/// The derivative of lgamma. ∓Inf at ±0, NaN at the other poles.
/// Error   a few ulp of 1 + |result|: the recurrence up to 10, then the asymptotic series
/// Source  Abramowitz & Stegun 6.3.6, 6.3.7, 6.3.18
inline double digamma(double x) {
  if (x == 0) return std::copysign(std::numeric_limits<double>::infinity(), -x);
  if (x < 0) {
    if (x == std::floor(x)) return std::numeric_limits<double>::quiet_NaN();
    return digamma(1 - x) - std::numbers::pi / std::tan(std::numbers::pi * (x - std::trunc(x)));
  }
  double shift = 0;
  for (; x < 10; x += 1) shift -= 1 / x;
  const double z = 1 / (x * x);
  double series = 1.0 / 12;  // Σ B₂ₖ/(2k·x²ᵏ), from the last term on
  for (const double term : {-691.0 / 32760, 1.0 / 132, -1.0 / 240, 1.0 / 252, -1.0 / 120, 1.0 / 12})
    series = std::fma(series, z, term);
  return shift + std::log(x) - 0.5 / x - series * z;
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
  double sum = 0;
  for (; x < 10 + s; x += 1) sum += std::pow(x, -s);
  const double tail = std::pow(x, -s);
  sum += tail * (x / (s - 1) + 0.5);
  // Σ B₂ₖ/(2k)!·s(s+1)…(s+2k−2)·x^(−s−2k+1)
  double term = tail * s / x;
  double k = 0;
  for (const double factor : {1.0 / 12, -1.0 / 720, 1.0 / 30240, -1.0 / 1209600, 1.0 / 47900160,
                              -691.0 / 1307674368000, 1.0 / 74724249600}) {
    sum += factor * term;
    term *= (s + k + 1) * (s + k + 2) / (x * x);
    k += 2;
  }
  return sum;
}

/// The n-th derivative of digamma.
inline double polygamma(double n, double x) {
  if (n == 0) return digamma(x);
  const double size = std::tgamma(n + 1) * hurwitz_zeta(n + 1, x);
  return std::fmod(n, 2) == 0 ? -size : size;
}

}  // namespace tinygrad::kernels
