// SPDX-License-Identifier: MIT
// The smooth activation functions of one number: f(x) is the value, f(g, x) = g·f′(x) the vjp. In
// float32 they have no branches, and compilers vectorise them. Digits cancel only at a zero of the
// slope, so that the tails are exact; at ±Inf, value and slope are the limits.
#pragma once

#include <bit>
#include <cmath>

#include "tinygrad/core/fma.hpp"
#include "tinygrad/kernels/elementwise/branch_free.hpp"
#include "tinygrad/kernels/elementwise/error_function.hpp"
#include "tinygrad/kernels/elementwise/exponential.hpp"
#include "tinygrad/kernels/elementwise/polynomial.hpp"
#include "tinygrad/kernels/elementwise/sigmoid.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

namespace detail {
/// y, or NaN if x is NaN.
template <class T> T keep_nan(T x, T y) { return nan_where(x != x, y); }

template <class T> struct HalfSquare { T x; };

/// e^−(t + low) = part·scale for t ≥ 0, where `low` is the rounding error of t. `part` is never
/// subnormal, because a factor would make its lost digits visible. So multiply by `scale` last.
template <class T> struct Decay;
template <> struct Decay<float> {
  static constexpr float scale = 0x1p-64F;
  float part;

  /// Needs t ≤ 130. Like fast_exp with half the steps: no infinities, and one factor for the
  /// exponent.
  explicit Decay(float t, float low = 0) {
    const float shifted = fused(t, -kLog2e, kMagic), n = shifted - kMagic;
    const float r = fused(n, -kLn2Low, fused(n, -kLn2, -t)) - low;  // |r| ≤ 0.347
    part = scaled(polynomial(kExp, r), shifted);
  }
  /// For t = x²/2 without rounding.
  explicit Decay(HalfSquare<float> t) {
    constexpr float p[] = {kExp[0],      kExp[1] / 2,  kExp[2] / 4, kExp[3] / 8,
                           kExp[4] / 16, kExp[5] / 32, kExp[6] / 64};
    const float shifted = fused(t.x * t.x, -kLog2e / 2, kMagic), n = shifted - kMagic;
    const float twice = fused(-t.x, t.x, n * (-2 * kLn2));  // n·kLn2 has 23 digits
    part = scaled(polynomial(p, fused(n, -2 * kLn2Low, twice)), shifted);
  }
  float whole() const { return part * scale; }
  /// lead(a)·tail(b) is a·b·part.
  float lead(float y) const { return y * part; }
  float tail(float y) const { return y; }

 private:
  static constexpr float kLog2e = 1.442695041F, kLn2 = 0.693145752F, kLn2Low = 1.42860677e-6F;
  static constexpr float kMagic = 12582912.0F + 64;  // 1.5·2^23, as in fast_exp, plus log2(1/scale)
  static constexpr float kExp[] = {1.0F,          1.0F,           0.499999934F,  0.166665204F,
                                   0.0416683908F, 8.36874518e-3F, 1.38145395e-3F};  // error 3e-9
  // y·2^n/scale. The shift removes the digits of 1.5·2^23.
  TINYGRAD_WRAPS static float scaled(float y, float shifted) {
    return std::bit_cast<float>(bits_of(y) + (bits_of(shifted) << 23));
  }
};
template <> struct Decay<double> {
  double part, scale;
  double first, rest;  // part is (1 + rest)·first

  /// t at most 1400.
  explicit Decay(double t) : Decay(WideExp(-t)) {}
  Decay(double t, double low) : Decay(WideExp(-t, -low)) {}
  explicit Decay(const WideExp& e) {
    const TwoPowers powers(e.shifted);
    first = powers.first;
    rest = e.rest;
    part = (1.0 + rest) * first;
    scale = powers.second;
  }
  explicit Decay(HalfSquare<double> t)
      : Decay(t.x / 2 * t.x, fused(t.x / 2, t.x, -(t.x / 2 * t.x))) {}
  double whole() const { return part * scale; }
  double lead(double y) const { return y * first; }
  double tail(double y) const { return fused(y, rest, y); }
};

/// For |x| from here on, e^−|x| is 0, even times the polynomials of x that occur here.
template <class T> inline constexpr T kNoTail = sizeof(T) == 4 ? T{125} : T{800};
}  // namespace detail

/// scale·x for x > 0, otherwise scale·alpha·(e^(x/divisor) − 1): elu, selu and celu.
class ExponentialUnit {
 public:
  ExponentialUnit(double alpha, double scale, double divisor)
      : scale_(scale),
        below_(scale * alpha),
        slope_below_(scale * alpha / divisor),
        rate_(1 / divisor),
        rate_low_(fused(-rate_, divisor, 1.0) / divisor) {}

  template <class T> T operator()(T x) const {
    const T curved = static_cast<T>(below_) * fast_expm1(static_cast<T>(rate_) * x);
    return detail::choose(x > T{0}, static_cast<T>(scale_) * x, curved);
  }
  /// scale, or scale·alpha/divisor·e^(x/divisor)
  template <class T> T operator()(T grad, T x) const {
    const T rate = static_cast<T>(rate_), v = rate * x;
    const T rate_low = static_cast<T>((rate_ - static_cast<double>(rate)) + rate_low_);
    const T low = fused(rate_low, x, fused(rate, x, -v));  // rounding error of v
    const T e = fast_exp(v), curved = fused(e, e > T{0} ? low : T{0}, e);
    return grad *
           detail::choose(x > T{0}, static_cast<T>(scale_), static_cast<T>(slope_below_) * curved);
  }

 private:
  double scale_, below_, slope_below_, rate_, rate_low_;
};

/// x·σ(v) with σ(v) = 1/(1 + e^−v), where v is an odd function of x. Inner::of(|x|) gives v, its
/// rounding error, its derivative, and |x| limited to where e^−v vanishes. Inner::decay of that is
/// e^−v.
template <class Inner> struct Gated {
  template <class T> T operator()(T x) const {
    const auto in = Inner::of(x);
    const detail::Decay<T> e = Inner::decay(in);
    const T q = T{1} / (T{1} + e.whole());  // σ(|v|); σ(−|v|) is e·q
    return detail::choose(x < T{0}, -in.size * e.part * q * e.scale, x * q);
  }
  /// σ(v)·(1 + x·σ(−v)·v′)
  template <class T> T operator()(T grad, T x) const {
    const auto in = Inner::of(x);
    const detail::Decay<T> e = Inner::decay(in);
    const T whole = e.whole(), q = T{1} / (T{1} + whole), w = in.size * q;
    const T below = e.part * q * fused(-w, in.slope, T{1}) * e.scale;
    const T above = q * fused(w * whole, in.slope, T{1});
    return grad * detail::keep_nan(x, detail::choose(x < T{0}, below, above));
  }
};

namespace detail {
template <class T> struct Inner { T size, v, low, slope; };

/// v = x.
struct SiluInner {
  template <class T> static Inner<T> of(T x) {
    const T size = size_within(x, kNoTail<T>);
    return {size, size, T{0}, T{1}};
  }
  template <class T> static Decay<T> decay(const Inner<T>& in) { return Decay<T>(in.v); }
};

/// v = √(8/π)·(x + 0.044715·x³). An absolute error of v is a relative error of e^v, so the
/// constants, their sum and v have two parts each.
struct GeluInner {
  template <class T> static Inner<T> of(T x) {
    constexpr bool single = sizeof(T) == 4;
    constexpr T kLinear = static_cast<T>(1.59576912160573071176),
                kCubic = static_cast<T>(0.0713548162726002487766);
    constexpr T kLinearLow = static_cast<T>(single ? -4.534068042e-8 : -9.969308809e-17);
    constexpr T kCubicLow = static_cast<T>(single ? 2.398832396e-9 : -6.175149918e-19);
    const T size = size_within(x, single ? T{11.5} : T{22});
    const T square = size * size, square_low = fused(size, size, -square);
    const T cubic = kCubic * square;
    const T cubic_low =
        fused(kCubic, square, -cubic) + fused(kCubicLow, square, kCubic * square_low);
    const T sum = kLinear + cubic, back = sum - kLinear;
    const T sum_low = (kLinear - (sum - back)) + (cubic - back) + (kLinearLow + cubic_low);
    const T v = sum * size;
    const T low = fused(sum_low, size, fused(sum, size, -v));
    return {size, v, low, fused(T{3} * kCubic, square, kLinear)};
  }
  template <class T> static Decay<T> decay(const Inner<T>& in) { return Decay<T>(in.v, in.low); }
};
}  // namespace detail

using Silu = Gated<detail::SiluInner>;
using GeluTanh = Gated<detail::GeluInner>;

/// x·Φ(x), where Φ is the normal distribution. Φ(−t) = e^(−t²/2)·m(t), where m is Mills' ratio over
/// √(2π).
struct GeluExact {
  template <class T> T operator()(T x) const {
    const Parts<T> p(x);
    const T above = detail::choose(x < T{0}, T{0}, x);
    return fused(p.e.lead(-p.size), p.e.tail(p.mills), above);  // max(x, 0) − |x|·Φ(−|x|)
  }
  /// Φ(x) + x·φ(x)
  template <class T> T operator()(T grad, T x) const {
    const Parts<T> p(x);
    const T beyond = fused(p.size, detail::kPeak<T> * p.e.scale, -p.mills);  // φ(x)·|x| − Φ(−|x|)
    const T below = -beyond * p.e.part, above = fused(p.e.part, beyond, T{1});
    return grad * detail::keep_nan(x, detail::choose(x < T{0}, below, above));
  }

 private:
  /// e is e^(−t²/2); mills is m(t)·e.scale.
  template <class T> struct Parts {
    T size;
    detail::Decay<T> e;
    T mills;

    explicit Parts(T x)
        : size(detail::size_within(x, sizeof(T) == 4 ? T{14.5} : T{39})),
          e(detail::HalfSquare<T>{size}),
          mills(detail::mills_ratio(size, e.scale)) {}
  };
};

/// x·tanh(log(1 + e^x)), a quotient of polynomials of e^−|x|.
struct Mish {
  template <class T> T operator()(T x) const {
    const Parts<T> p(x);
    const T t = p.top / p.bottom;
    return detail::choose(x < T{0}, -p.size * p.e.part * t * p.e.scale, x * t);
  }
  /// The derivative: e^x·(e^3x + 4·e^2x + (4x + 6)·e^x + 4x + 4) over bottom².
  template <class T> T operator()(T grad, T x) const {
    using detail::choose;
    const Parts<T> p(x);
    const T near = std::copysign(p.size, x), a = T{4} * (near + T{1}), b = fused(T{4}, near, T{6});
    const bool low = x < T{0};
    T sum = fused(choose(low, T{1}, a), p.whole, choose(low, T{4}, b));
    sum = fused(sum, p.whole, choose(low, b, T{4}));
    sum = fused(sum, p.whole, choose(low, a, T{1}));
    const T r = T{1} / p.bottom, slope = sum * r * r;
    return grad * detail::keep_nan(x, detail::choose(low, p.e.part * slope * p.e.scale, slope));
  }

 private:
  template <class T> struct Parts {
    T size;
    detail::Decay<T> e;
    T whole, top, bottom;  // tanh = top/bottom; for x < 0 times e = e^−|x|

    explicit Parts(T x) : size(detail::size_within(x, detail::kNoTail<T>)), e(size) {
      whole = e.whole();
      top = detail::choose(x < T{0}, T{2} + whole, fused(T{2}, whole, T{1}));
      bottom = detail::choose(x < T{0}, fused(whole, T{2} + whole, T{2}),
                              fused(T{2} * whole, T{1} + whole, T{1}));
    }
  };
};

/// x − tanh x. Below 2 it is (x·cosh x − sinh x)/cosh x, because its series have no negative terms.
struct Tanhshrink {
  template <class T> T operator()(T x) const {
    const T size = std::fabs(x), near = detail::size_within(x, T{2});
    const T small = near * (near * near) * ratio(near * near);
    return std::copysign(detail::choose(size < T{2}, small, size - fast_tanh(size)), x);
  }

 private:
  // Σ 2k/(2k+1)!·z^(k−1) over Σ z^k/(2k)!, for z up to 4. The omitted terms are below half an ulp.
  static float ratio(float z) {
    constexpr float top[] = {0.333333333F,   0.0333333333F,  1.19047619e-3F, 2.20458554e-5F,
                             2.50521084e-7F, 1.92708526e-9F, 1.07060292e-11F};
    constexpr float cosh[] = {1.0F,           0.5F,           0.0416666667F,  1.38888889e-3F,
                              2.48015873e-5F, 2.75573192e-7F, 2.08767570e-9F, 1.14707456e-11F};
    return detail::polynomial(top, z) / detail::polynomial(cosh, z);
  }
  static double ratio(double z) {
    static constexpr double top[] = {
        0.333333333333333333,     0.0333333333333333333,   0.00119047619047619048,
        0.0000220458553791887125, 2.50521083854417188e-7,  1.92708526041859375e-9,
        1.07060292245477431e-11,  4.49833160695283322e-14, 1.47971434439237935e-16,
        3.91458821267825225e-19,  8.50997437538750488e-22, 1.54726806825227362e-24};
    static constexpr double cosh[] = {1.0,
                                      0.5,
                                      0.0416666666666666667,
                                      0.00138888888888888889,
                                      0.0000248015873015873016,
                                      2.75573192239858907e-7,
                                      2.0876756987868099e-9,
                                      1.14707455977297247e-11,
                                      4.7794773323873853e-14,
                                      1.56192069685862265e-16,
                                      4.11031762331216486e-19,
                                      8.89679139245057329e-22,
                                      1.61173757109611835e-24};
    return detail::polynomial(top, z) / detail::polynomial(cosh, z);
  }
};

/// x / (1 + |x|).
struct Softsign {
  template <class T> T operator()(T x) const {
    const T size = std::fabs(x);
    const T limit = std::copysign(T{1}, x);
    return detail::choose(size > std::numeric_limits<T>::max(), limit, x / (T{1} + size));
  }
};

}  // namespace tinygrad::kernels
