// SPDX-License-Identifier: MIT
// Numbers of 113 bits, in which exact results are computed: the functions of libquadmath under the
// names of <cmath>. Their exponents go to ±16383, so that no value of a float64 over- or
// underflows.
#pragma once

#include <quadmath.h>

namespace tinygrad::test::quad {

__extension__ typedef __float128 Quad;

// clang-format off: a table
inline Quad abs(Quad x) { return fabsq(x); }
inline Quad acos(Quad x) { return acosq(x); }
inline Quad acosh(Quad x) { return acoshq(x); }
inline Quad asin(Quad x) { return asinq(x); }
inline Quad asinh(Quad x) { return asinhq(x); }
inline Quad atan(Quad x) { return atanq(x); }
inline Quad atan2(Quad y, Quad x) { return atan2q(y, x); }
inline Quad atanh(Quad x) { return atanhq(x); }
inline Quad copysign(Quad x, Quad y) { return copysignq(x, y); }
inline Quad cos(Quad x) { return cosq(x); }
inline Quad cosh(Quad x) { return coshq(x); }
inline Quad erf(Quad x) { return erfq(x); }
inline Quad erfc(Quad x) { return erfcq(x); }
inline Quad exp(Quad x) { return expq(x); }
inline Quad expm1(Quad x) { return expm1q(x); }
inline Quad floor(Quad x) { return floorq(x); }
inline Quad fmod(Quad x, Quad y) { return fmodq(x, y); }
inline Quad hypot(Quad x, Quad y) { return hypotq(x, y); }
inline Quad lgamma(Quad x) { return lgammaq(x); }
inline Quad log(Quad x) { return logq(x); }
inline Quad log10(Quad x) { return log10q(x); }
inline Quad log1p(Quad x) { return log1pq(x); }
inline Quad log2(Quad x) { return log2q(x); }
inline Quad pow(Quad x, Quad y) { return powq(x, y); }
inline Quad rint(Quad x) { return rintq(x); }
inline Quad sin(Quad x) { return sinq(x); }
inline Quad sinh(Quad x) { return sinhq(x); }
inline Quad sqrt(Quad x) { return sqrtq(x); }
inline Quad tan(Quad x) { return tanq(x); }
inline Quad tanh(Quad x) { return tanhq(x); }
inline Quad tgamma(Quad x) { return tgammaq(x); }
inline Quad trunc(Quad x) { return truncq(x); }
inline bool isnan(Quad x) { return isnanq(x) != 0; }
inline bool isinf(Quad x) { return isinfq(x) != 0; }
inline bool signbit(Quad x) { return signbitq(x) != 0; }
// clang-format on

inline Quad sign(Quad x) { return x > 0 ? Quad{1} : x < 0 ? Quad{-1} : x; }
inline Quad pi() {
  static const Quad value = 4 * atanq(1);
  return value;
}
inline Quad ln2() {
  static const Quad value = logq(2);
  return value;
}
/// sin(πx) and cos(πx): the zeros are exact, and near them no digits are lost.
inline Quad sin_pi(Quad x) {
  const Quad rest = fmodq(x, 2), nearest = rintq(rest);
  const Quad y = sinq(pi() * (rest - nearest));
  return fmodq(nearest, 2) == 0 ? y : -y;
}
inline Quad cos_pi(Quad x) {
  const Quad rest = fmodq(fabsq(x), 2);  // cos(πx) = sin(π(½ − |x|)), and ½ − |x| is exact
  return sin_pi(Quad{0.5} - rest);
}
inline Quad sigmoid(Quad x) { return 1 / (1 + expq(-x)); }

}  // namespace tinygrad::test::quad
