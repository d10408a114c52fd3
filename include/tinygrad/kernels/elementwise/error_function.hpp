// SPDX-License-Identifier: MIT
// The error function, its complement, Mills' ratio and e^(−x²) of one number, without branches.
#pragma once

#include <cmath>
#include <numbers>
#include <type_traits>

#include "tinygrad/core/fma.hpp"
#include "tinygrad/kernels/elementwise/branch_free.hpp"
#include "tinygrad/kernels/elementwise/exponential.hpp"
#include "tinygrad/kernels/elementwise/polynomial.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

namespace detail {
template <class T> inline constexpr T kPeak = static_cast<T>(0.3989422804014326779);  // 1/√(2π)

/// scale·m(t) for t ≥ 0, with the ratio m(t) = Φ(−t)/e^(−t²/2) of the normal distribution Φ. It is
/// (φ(0) + p/q)/(t + c). p/q is below 0.13, so errors of q matter little. In float32, c = 1, fitted
/// on [0, 14.6]: error 7e-9; the scale is always 2^−64, the scale of Decay<float>.
inline float mills_ratio(float t, float) {
  constexpr float s = 0x1p-64F;
  constexpr float p[] = {0.101057708F * s, 0.277533174F * s, 0.160365805F * s, 0.0447622091F * s,
                         0.00582251092F * s};
  constexpr float q[] = {1.0F, 1.7462821F, 1.31445825F, 0.544067025F, 0.126761138F, 0.0145956613F};
  const float below = polynomial(q, t);
  return fused(kPeak<float> * s, below, polynomial(p, t)) / fused(below, t, below);
}
/// The same in float64, with c = 13/16, on [0, 38.7]: error 1e-18. `low` is the rounding error of t;
/// only t + c needs it.
inline double mills_ratio(double t, double scale, double low = 0) {
  static constexpr double p[] = {
      0.0073077195985673217, 0.19404034698166477,   0.26288700494207895,   0.17980504108576849,
      0.0788884348876432,    0.02418034716240375,   0.0053437064438714322, 0.00085100428699550768,
      9.4485021004831276e-5, 6.6889374854086393e-6, 2.3376896723463293e-7};
  static constexpr double q[] = {1.0,
                                 2.4879101561851241,
                                 2.8985656562806431,
                                 2.0919932919136011,
                                 1.0418940972121549,
                                 0.37710965419798506,
                                 0.10158850985030703,
                                 0.020460106382928063,
                                 0.0030365308776531439,
                                 0.00031870564533419681,
                                 2.1523539712091314e-5,
                                 7.21196188311998e-7};
  // φ(0) in two parts.
  const double below = polynomial(q, t), above = polynomial(p, t);
  const double top = fused(kPeak<double>, below, fused(-2.492327202e-17, below, above));
  return top / fused(below, t, fused(below, 0.8125, below * low)) * scale;
}
}  // namespace detail

/// Error function. Error < 2 ulp in float32. Up to 1.25 it is x + x·p(x²), beyond that 1 −
/// e^−x²·p(x). (One quotient for both takes a third of the time, but its error is 6 ulp.)
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
namespace detail {
/// erf(a) for 0 ≤ a ≤ 1 as a + a·p(a²), fitted: error 0.07 ulp.
[[gnu::always_inline]] inline double small_erf(double a) {
  static constexpr double p[] = {
      0.12837916709551256,     -0.3761263890318355,     0.11283791670945252,
      -0.026866170643276066,   0.005223977607422476,    -0.0008548325989659987,
      0.00012055295319671128,  -1.4924744652122785e-05, 1.6447517588858392e-06,
      -1.6209175558893918e-07, 1.3722975978600871e-08,  -7.801190353276903e-10};
  return fused(polynomial(p, a * a), a, a);
}
/// e^(−a²) = (1 + rest)·2^n and erfc(a) = ratio·e^(−a²) for 0 ≤ a ≤ 28.
struct Complement {
  double shifted, rest, ratio;  // shifted is kWideRounder + n

  [[gnu::always_inline]] explicit Complement(double a) {
    const double z = a * a, t = std::numbers::sqrt2 * a;
    const WideExp e(-z, -fused(a, a, -z));
    shifted = e.shifted;
    rest = e.rest;
    const double low = fused(std::numbers::sqrt2, a, fused(-9.667293313452913e-17, a, -t));
    ratio = mills_ratio(t, 2.0, low);
  }
};
/// erfc(a) for 1 ≤ a ≤ 6 as e^(−w(a − 1)), fitted: error 3e-17.
[[gnu::always_inline]] inline double large_erfc(double a) {
  static constexpr double w[] = {
      1.8496055099332485,      2.638967514234725,       0.8431072563622012,
      0.04156109796636723,     -0.010033824546923687,   0.0019778971978435733,
      -0.00023730003344479885, -2.6341707582308424e-05, 2.7287151121833185e-05,
      -9.794482857624811e-06,  2.257069621815953e-06,   -2.978551821149747e-07,
      -7.592899367576841e-09,  1.3761174022281378e-08,  -3.1844001057947996e-09,
      3.6093463160278203e-10,  -1.7314629859495754e-11};
  const WideExp e(-split_polynomial(w, a - 1.0));
  const double scale = 4.0 * quarter_power(e.shifted);
  return fused(scale, e.rest, scale);
}
}  // namespace detail

/// The same in float64, beyond 1 as 1 − erfc(x). Error < 1.5 ulp.
inline double fast_erf(double x) {
  const double a = detail::size_within(x, 6.0);  // erf(6) rounds to 1
  const double large = 1.0 - detail::large_erfc(a);
  return detail::with_sign(detail::choose(a < 1.0, detail::small_erf(a), large), x);
}

/// 1 − erf(x), accurate where that is small. Error < 4 ulp in float64; in float32 computed in
/// float64.
inline double fast_erfc(double x) {
  const detail::Complement of(detail::size_up_to(x, 28.0));  // erfc(28) is 0
  const detail::TwoPowers scale(of.shifted);
  const double beyond = fused(of.ratio, of.rest, of.ratio) * scale.first * scale.second;
  return detail::choose(x < 0.0, 2.0 - beyond, beyond);
}

/// e^(−x²). Error < 2 ulp: the rounding error of x² is applied as a factor. In the exponent it
/// would be multiplied by up to 745.
template <class T> T gaussian(T x) {
  constexpr T kFar = std::is_same_v<T, float> ? T{11} : T{28};  // the result is 0 from there on
  const T near = detail::size_up_to(x, kFar), square = near * near;  // avoids Inf − Inf
  return fast_exp(-square) * (T{1} - fused(near, near, -square));
}

// clang-format off: a table
// Function objects for kernels::map and zip.
struct Erf {
  template <class T> T operator()(T x) const { return fast_erf(x); }
};
// clang-format on

}  // namespace tinygrad::kernels
