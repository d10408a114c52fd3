// SPDX-License-Identifier: MIT
// Special functions and their slopes, in float64. Most have no branches, and compilers vectorise
// them. A float32 result is exact to half an ulp.
#pragma once

#include <cmath>
#include <initializer_list>
#include <limits>
#include <numbers>

#include "tinygrad/core/fma.hpp"
#include "tinygrad/kernels/elementwise/branch_free.hpp"
#include "tinygrad/kernels/elementwise/error_function.hpp"
#include "tinygrad/kernels/elementwise/exponential.hpp"
#include "tinygrad/kernels/elementwise/logarithm.hpp"
#include "tinygrad/kernels/elementwise/polynomial.hpp"
#include "tinygrad/kernels/elementwise/power.hpp"
#include "tinygrad/kernels/elementwise/trigonometric.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

namespace detail {
/// erf(y) − size for 0 ≤ y ≤ 6, where erf(y) is nearly size, and the derivative of erf. In the tail
/// erfc keeps the digits that erf − 1 loses, and 1 − size is exact.
struct ErfError {
  double error, slope;

  [[gnu::always_inline]] ErfError(double y, double size) {
    const Complement of(y);
    const double power = 4.0 * quarter_power(of.shifted);
    const double tail = fused(of.ratio, of.rest, of.ratio) * power;
    error = choose(size < 0.7, small_erf(y) - size, (1.0 - size) - tail);
    slope = 2.0 * std::numbers::inv_sqrtpi * power * (1.0 + of.rest);
  }
};
/// A Halley step nearer to the y with erf(y) = size.
[[gnu::always_inline]] inline double nearer_erfinv(double y, double size) {
  const ErfError of(y, size);
  const double u = of.error / of.slope;
  return y - u / fused(y, u, 1.0);
}
/// y for |x| < 1, Inf at ±1, NaN beyond.
[[gnu::always_inline]] inline double within_one(double x, double y) {
  const double size = std::fabs(x);
  return choose(size == 1.0, std::numeric_limits<double>::infinity(), nan_where(!(size < 1.0), y));
}
}  // namespace detail

/// The y with erf(y) = x. ±Inf at ±1, NaN beyond.
/// Error   3 ulp: three Halley steps from a start with an error of 2e-3
/// Source  the start: Winitzki, "A handy approximation for the error function", 2008
inline double erfinv(double x) {
  constexpr double a = 0.147;
  const double size = std::fabs(x), log = fast_log1p(fused(-x, x, 0.0));
  const double t = fused(0.5, log, 2 / (std::numbers::pi * a));
  const double square = detail::root(fused(t, t, log / -a)) - t;
  const double start = detail::root(detail::choose(square > 1e-300, square, 0.0));
  const double near = detail::nearer_erfinv(detail::nearer_erfinv(start, size), size);
  const double y = detail::within_one(x, detail::nearer_erfinv(near, size));
  return std::copysign(y, x);
}

/// The derivative of erfinv, √π/2·e^y² with y = erfinv(x). It corrects for the error of y, found as
/// in erfinv, because e^y² multiplies that error by up to 70.
inline double erfinv_slope(double x) {
  const double size = std::fabs(x), y = erfinv(size);
  const detail::ErfError of(y, size);
  const double slope = 1.0 / of.slope, off = -of.error * slope;
  return detail::within_one(x, fused(slope, 2.0 * y * off, slope));
}

/// 1 + log x, accurate also around 1/e, where it is nearly 0.
inline double log_times_e(double x) {
  constexpr double e_low = 1.4456468917292502e-16;  // what a double lacks of e
  const double more = fused(x, e_low, fused(x, std::numbers::e, -1.0));
  return detail::choose((x > 0.2) & (x < 0.6), fast_log1p(more), 1.0 + fast_log(x));
}

/// −x·log x; 0 at 0, −Inf below.
inline double entropy(double x) {
  const double outside = detail::choose(x < 0.0, -std::numeric_limits<double>::infinity(), x * 0.0);
  return detail::choose(x > 0.0, -x * fast_log(x), outside);
}

/// a·f for a logarithm f of x; 0 where a = 0, unless x is NaN.
inline double times_or_zero(double a, double x, double f) {
  return detail::zero_unless((a != 0.0) | (x != x), a * f);
}

/// log(x/(1 − x)); NaN outside [0, 1].
inline double logit(double x) {
  const double rest = 1.0 - x, shift = fused(2.0, x, -1.0);  // exact around ½, the zero
  const double size = std::fabs(shift);
  const double near = fast_log1p(size / detail::choose(x < rest, x, rest));
  return detail::choose(size <= 0.5, std::copysign(near, shift), fast_log(x / rest));
}

namespace detail {
/// x − k in [−½, ½] for the nearest whole k, exact.
[[gnu::always_inline]] inline double from_whole(double x) {
  const double r = within_turn(x);
  return choose(std::fabs(r) > 0.5, r - std::copysign(1.0, r), r);
}

/// a + b, and the rounding error of the sum.
struct ExactSum {
  double sum, lost;

  [[gnu::always_inline]] ExactSum(double a, double b) {
    sum = a + b;
    const double added = sum - a;
    lost = (a - (sum - added)) + (b - added);
  }
};

/// log Γ(x + low) for x ≥ 0 as a sum of two. Below 2.5 as (x − 1)·(x − 2)·(½ + p/q), fitted on
/// [1, 2.5]: error 2e-17; beyond from Stirling's formula, with the logarithm in two parts, since it
/// cancels.
[[gnu::always_inline]] inline ExactSum positive_lgamma(double x, double x_low) {
  static constexpr double p[] = {0.07721566490153285,   0.003304818991851015,  -0.32101991171278815,
                                 -0.41352824389386145,  -0.20576635113591848,  -0.0447388576020479,
                                 -0.003841059782428984, -8.945568973451111e-05};
  static constexpr double q[] = {1.0,
                                 3.218986559675325,
                                 4.0536681493160565,
                                 2.531159284096056,
                                 0.8203148799058525,
                                 0.13188406729040505,
                                 0.009078152769591183,
                                 0.0001821462808366695};
  static constexpr double series[] = {
      0.0833333333333327,    -0.0027777777773356914, 0.0007936507014424547, -0.0005952290861452488,
      0.0008412494762142075, -0.0018997941251806126, 0.005981476414532315,  -0.022026404760622367,
      0.07738663445547413,   -0.2148331275723959,    0.3898944913482041,    -0.33481112505914185};
  const bool far = x >= 2.5, below = x < 1.0;
  const Base<double> base(x);
  // Γ(x) is Γ(x + 1)/x.
  const double v = choose(far, 0.0, choose(below, x, x - 1.0));
  const double quotient = polynomial(p, v) / polynomial(q, v);
  const double added = zero_unless(below, -(base.log + base.low));
  const double near = fused(v * (v - 1.0), 0.5 + quotient, added);
  // (x − ½)·(log x − 1) + (log(2π) − 1)/2 + series/x
  const double y = choose(far, x, 2.5), inverse = 1.0 / y, less = y - 0.5;
  const double log = base.log - 1.0, log_low = (base.log - log) - 1.0 + base.low;
  const double most = less * log, low = fused(less, log_low, fused(less, log, -most));
  const double rest = fused(inverse, polynomial(series, inverse * inverse), 0.4189385332046727);
  const double slope = fused(-0.5, inverse, base.log);  // the derivative, roughly
  return {choose(far, most, near), fused(slope, x_low, zero_unless(far, rest + low))};
}
}  // namespace detail

/// log |Γ(x)|; Inf at 0, −1, −2, … and at ±Inf.
/// Error   3 ulp; next to a zero but those at 1 and 2 (negative x) of the size around it
/// Source  Abramowitz & Stegun 6.1.17, 6.1.41
inline double lgamma(double x) {
  const bool negative = x < 0.0;
  const double y = detail::choose(negative, 1.0 - x, x);
  const detail::ExactSum size =
      detail::positive_lgamma(y, detail::zero_unless(negative, (1.0 - y) - x));
  const double sine = std::fabs(detail::sin_pi(detail::within_turn(x)));
  // log(π/sine) − size, in two parts; π·|x| may be subnormal
  const bool tiny = std::fabs(x) < 0x1p-60;
  const detail::Base<double> base(detail::choose(tiny, std::fabs(x), sine));
  const detail::ExactSum log(detail::choose(tiny, 0.0, 1.1447298858494002), -base.log);
  const detail::ExactSum reflected(log.sum, -size.sum);
  const double lost = (log.lost - base.low) - size.lost;
  const bool infinite = (x > 2.5563481638716906e305) | ((sine == 0.0) & !(x > 0.0));
  return detail::choose(
      infinite, std::numeric_limits<double>::infinity(),
      detail::choose(negative, reflected.sum + (reflected.lost + lost), size.sum));
}

/// The derivative of lgamma. ∓Inf at ±0, NaN at the other poles.
/// Error   4 ulp, also next to the zero at 1.46; next to the other zeros (negative x) 4 ulp of the
///         values around them
/// Source  Abramowitz & Stegun 6.3.5, 6.3.7, 6.3.18; the quotient on [1, 3] fitted: error 2e-17
inline double digamma(double x) {
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
  static constexpr double series[] = {
      // (log y − ψ(y) − 1/(2y))·y², fitted for y ≥ 2.3: error 5e-18
      0.0833333333333247,   -0.00833333332882325,  0.003968253138151134, -0.0041665885980966275,
      0.007571328298403615, -0.020925731081888964, 0.07885207060846693,  -0.3528466876463888,
      1.5996000468668143,   -6.388404934670423,    20.139238239308302,   -45.30244041555844,
      63.52522993713547,    -41.347142737025585};
  using detail::choose;
  const bool negative = x < 0.0;
  const double y = choose(negative, 1.0 - x, x);
  const bool far = y >= 2.3, below = y < 1.0;
  // (1 + v − root)·p(v)/q(v), minus 1/y for y below 1, with the root in two parts: exact next to it.
  const double v = choose(far, 0.0, choose(below, y, y - 1.0));
  const double from_root = (v - 0.46163214496836236) + 1.5522348162858677e-17;
  const double quotient = detail::polynomial(p, v) / detail::polynomial(q, v);
  const double near = fused(from_root, quotient, choose(below, -1.0 / y, 0.0));
  const double large = choose(far, y, 2.3), inverse = 1.0 / large, z = inverse * inverse;
  const double beyond = fast_log(large) - fused(z, detail::polynomial(series, z), 0.5 * inverse);
  const double positive = choose(far, beyond, near);
  // π·cot(angle + low) in two parts; the second is dropped where cot² overflows
  constexpr double pi = std::numbers::pi, pi_low = 1.2246467991473532e-16;
  const double rest = detail::from_whole(x), angle = pi * rest;
  const detail::WideAngle of(angle);
  const bool turned = (of.quadrant & 1U) != 0;
  const double top = choose(turned, -of.sin, of.cos), bottom = choose(turned, of.cos, of.sin);
  const double cot = top / bottom, low = fused(pi_low, rest, fused(pi, rest, -angle));
  const double part = fused(pi_low, cot, -(pi * low * fused(cot, cot, 1.0)));
  const double reflected =
      (positive - pi * top / bottom) - detail::zero_unless(std::fabs(rest) > 1e-100, part);
  return choose(negative, detail::nan_where(rest == 0.0, reflected), positive);
}

/// ζ(s, x) = Σ (x + k)^−s over k ≥ 0, for an integer s ≥ 2. Inf at 0, −1, −2, …
/// Error   a few ulp: the first terms one by one, then the formula of Euler and Maclaurin
/// Source  Abramowitz & Stegun 23.1.30
inline double hurwitz_zeta(double s, double x) {
  if (std::isinf(x)) return x > 0 ? 0.0 : std::numeric_limits<double>::quiet_NaN();
  if (x <= 0) {
    if (x == std::floor(x)) return std::numeric_limits<double>::infinity();
    // Except for the sign, the terms with x + k < 0 are those of ζ(s, d) below |x| + 1.
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
  for (double left = count; left-- > 0;) sum += std::pow(first + left, -s);  // small ones first
  return sum;
}

/// The n-th derivative of digamma.
inline double polygamma(double n, double x) {
  if (n == 0) return digamma(x);
  const double size = std::tgamma(n + 1) * hurwitz_zeta(n + 1, x);
  return std::fmod(n, 2) == 0 ? -size : size;
}

namespace detail {
/// a − b, in two parts because its error would be a relative error of a small power; 0 for equal
/// numbers, also infinite ones.
struct Difference {
  double d, low;

  [[gnu::always_inline]] Difference(double a, double b) {
    const double whole = a - b, back = whole - a;
    d = zero_unless(a != b, whole);
    low = zero_unless(std::fabs(whole) <= std::numeric_limits<double>::max(),
                      (a - (whole - back)) - (b + back));
  }
  /// 1/(1 + small) or, for d < 0, small/(1 + small) with small = e·(1 + |lost|).
  [[gnu::always_inline]] double share(double e, double lost) const {
    const double small = fused(e, choose(d < 0.0, lost, -lost), e);
    return choose(d < 0.0, small, 1.0) / (1.0 + small);
  }
};
}  // namespace detail

/// log(e^a + e^b) and log₂(2^a + 2^b) without overflow, also for equal infinities.
inline double log_of_sum(double a, double b) {
  const detail::Difference of(a, b);
  return detail::choose(a > b, a, b) + log1p_of_part(fast_exp(-std::fabs(of.d)));
}
inline double log2_of_sum(double a, double b) {
  const detail::Difference of(a, b);
  return fused(log1p_of_part(fast_exp2(-std::fabs(of.d))), std::numbers::log2e,
               detail::choose(a > b, a, b));
}
/// 1/(1 + e^−(a − b)), the derivative of log(e^a + e^b) by a; ½ for equal infinities, as for equal
/// numbers.
inline double logistic_difference(double a, double b) {
  const detail::Difference of(a, b);
  return of.share(fast_exp(-std::fabs(of.d)), of.low);
}
/// The same with base 2.
inline double logistic_difference2(double a, double b) {
  const detail::Difference of(a, b);
  return of.share(fast_exp2(-std::fabs(of.d)), std::numbers::ln2 * of.low);
}

namespace detail {
/// The point (u, v) times a power of two that keeps squares and sums of squares in range.
struct ScaledPoint {
  double scale, x, y;

  [[gnu::always_inline]] ScaledPoint(double u, double v) {
    const double most = choose(std::fabs(u) > std::fabs(v), std::fabs(u), std::fabs(v));
    scale = choose(most > 0x1p500, 0x1p-600, choose(most < 0x1p-400, 0x1p600, 1.0));
    x = u * scale;
    y = v * scale;
  }
  /// √(x² + y²); noise for an Inf.
  [[gnu::always_inline]] double size() const {
    const double a = std::fabs(x), b = std::fabs(y);
    const double most = choose(a > b, a, b), least = choose(a > b, b, a);
    const double square = most * most, low = fused(least, least, fused(most, most, -square));
    return root(square + low);
  }
};
[[gnu::always_inline]] inline bool is_infinite(double x) {
  return std::fabs(x) > std::numeric_limits<double>::max();
}
}  // namespace detail

/// √(u² + v²) without over- and underflow; Inf where one of the two is, even beside a NaN.
/// Error < 2 ulp.
inline double fast_hypot(double u, double v) {
  const detail::ScaledPoint point(u, v);
  const double size = detail::nan_where((u != u) | (v != v), point.size() / point.scale);
  const bool first = detail::is_infinite(u), second = detail::is_infinite(v);
  return detail::choose(first | second, std::numeric_limits<double>::infinity(), size);
}

/// u/√(u² + v²), the cosine of the angle of (u, v), without over- and underflow. 0 at the origin,
/// ±1 or 0 if one of the two is infinite. Error < 2 ulp.
inline double cosine(double u, double v) {
  const detail::ScaledPoint point(u, v);
  const double size = point.size(), divisor = detail::choose(size == 0.0, 1.0, size);
  const bool down = point.scale < 1.0;  // the scaled u may be subnormal
  const double part =
      detail::choose(down, u, point.x) / divisor * detail::choose(down, point.scale, 1.0);
  const bool far = detail::is_infinite(u), other = detail::is_infinite(v);
  const double at_end = detail::choose(other, std::numeric_limits<double>::quiet_NaN(), 1.0);
  const double end = std::copysign(detail::choose(far, at_end, 0.0), u);
  return detail::nan_where((u != u) | (v != v), detail::choose(far | other, end, part));
}

/// u/(u² + v²), the real part of 1/(u + iv), without over- and underflow. 0 at the origin and at
/// infinity. Error < 3 ulp.
inline double reciprocal_real(double u, double v) {
  const detail::ScaledPoint point(u, v);
  const double square = fused(point.x, point.x, point.y * point.y);
  const double part = point.x / detail::choose(square == 0.0, 1.0, square) * point.scale;
  const bool first = detail::is_infinite(u), second = detail::is_infinite(v);
  const double end = std::copysign(0.0, u);
  return detail::nan_where((u != u) | (v != v), detail::choose(first | second, end, part));
}

}  // namespace tinygrad::kernels
