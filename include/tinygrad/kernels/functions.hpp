// SPDX-License-Identifier: MIT
// Scalar functions for the elementwise loops. In float32 exp, log, erf and their relatives are
// branch-free polynomials that compilers vectorise; in float64, where gradients are checked, they
// are the C library's. Every product that feeds a sum is an explicit fma: the bits do not depend on
// contraction. Errors are measured against float64 over the whole range of float32.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <type_traits>

namespace tinygrad::kernels {

/// e^x. Error < 1 ulp in float32; subnormal below -87.3, 0 below -103.98, Inf above 88.72.
inline float fast_exp(float x) {
  constexpr float kLog2e = 1.442695041F, kMagic = 12582912.0F;  // 1.5·2^23: adding it rounds
  const float clamped = x < -104.0F ? -104.0F : x > 89.0F ? 89.0F : x;
  const float shifted = std::fma(clamped, kLog2e, kMagic);
  const float n = shifted - kMagic;
  float r = std::fma(n, -0.693145752F, clamped);  // ln 2 in two parts
  r = std::fma(n, -1.42860677e-6F, r);            // |r| ≤ 0.347
  float p = 1.98412698e-4F;                       // Taylor to r^7: error 5e-9
  p = std::fma(p, r, 1.38888889e-3F);
  p = std::fma(p, r, 8.33333333e-3F);
  p = std::fma(p, r, 4.16666667e-2F);
  p = std::fma(p, r, 1.66666667e-1F);
  p = std::fma(p, r, 0.5F);
  p = std::fma(p, r, 1.0F);
  p = std::fma(p, r, 1.0F);
  // n as an integer, read from the bits: converting a NaN would be undefined.
  const std::int32_t e = std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(kMagic);
  // 2^n as two factors, so that results below 2^-126 come out subnormal and above 2^128 infinite.
  const std::int32_t half = e >> 1;
  const auto power_of_2 = [](std::int32_t k) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(k + 127) << 23);
  };
  return p * power_of_2(half) * power_of_2(e - half);
}
inline double fast_exp(double x) { return std::exp(x); }

/// Natural logarithm. Error < 1 ulp in float32, subnormals included; -Inf at ±0, NaN below.
inline float fast_log(float x) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const std::int32_t up = x < std::numeric_limits<float>::min() ? 23 : 0;  // out of the subnormals
  const auto bits = std::bit_cast<std::uint32_t>(x * std::bit_cast<float>((127 + up) << 23));
  // x = m·2^e with m in [2/3, 4/3): 0x3f2aaaab is 2/3.
  const std::int32_t e = static_cast<std::int32_t>(bits - 0x3f2aaaabU) >> 23;
  const float f = std::bit_cast<float>(bits - (static_cast<std::uint32_t>(e) << 23)) - 1.0F;
  const float n = static_cast<float>(e - up);
  float p = 0.113306174F;  // log(1 + f) = f - f²/2 + f³·p(f), p fitted on |f| ≤ 1/3: error 3e-8
  p = std::fma(p, f, -0.124222006F);
  p = std::fma(p, f, 0.109156548F);
  p = std::fma(p, f, -0.122887216F);
  p = std::fma(p, f, 0.142918672F);
  p = std::fma(p, f, -0.166733163F);
  p = std::fma(p, f, 0.199999484F);
  p = std::fma(p, f, -0.249999442F);
  p = std::fma(p, f, 0.333333333F);
  p = std::fma(p, f, -0.5F);
  const float tail = std::fma(n, 1.42860677e-6F, f * f * p);  // ln 2 in two parts
  const float y = std::fma(n, 0.693145752F, f + tail);
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
  return std::fma(fast_log(u), x / divisor, kept == 0.0F ? x : 0.0F);
}
inline double fast_log1p(double x) { return std::log1p(x); }

/// tanh x. Error < 3 ulp in float32.
inline float fast_tanh(float x) {
  const float a = std::fabs(x);
  const float z = a * a;
  float p = -0.00886323553F;  // Taylor to a^11 below 0.3
  p = std::fma(p, z, 0.0218694885F);
  p = std::fma(p, z, -0.0539682540F);
  p = std::fma(p, z, 0.133333333F);
  p = std::fma(p, z, -0.333333333F);
  const float small = std::fma(p * z, a, a);
  const float e = fast_exp(-2.0F * a);
  const float large = (1.0F - e) / (1.0F + e);
  return std::copysign(a < 0.3F ? small : large, x);
}
inline double fast_tanh(double x) { return std::tanh(x); }

/// Error function. Error < 2 ulp in float32.
inline float fast_erf(float x) {
  const float a = std::fabs(x) > 4.0F ? 4.0F : std::fabs(x);  // erf(4) rounds to 1
  const float z = a * a;
  float p = -0.000610268704F;  // erf(x)/x - 1 in x², fitted on |x| < 0.9: error 2e-8
  p = std::fma(p, z, 0.00501448415F);
  p = std::fma(p, z, -0.0267807191F);
  p = std::fma(p, z, 0.112821941F);
  p = std::fma(p, z, -0.376125288F);
  p = std::fma(p, z, 0.128379155F);
  const float small = std::fma(p, x, x);
  float q = -1.64306366e-6F;  // -log(1 - erf(a)), fitted on [0.9, 4]: error 2e-8
  q = std::fma(q, a, 4.61638586e-5F);
  q = std::fma(q, a, -0.00059758577F);
  q = std::fma(q, a, 0.00476262583F);
  q = std::fma(q, a, -0.0264276372F);
  q = std::fma(q, a, 0.110087166F);
  q = std::fma(q, a, 0.631823918F);
  q = std::fma(q, a, 1.13023106F);
  q = std::fma(q, a, -0.000318539662F);
  const float large = std::copysign(1.0F - fast_exp(-q), x);
  return a < 0.9F ? small : large;
}
inline double fast_erf(double x) { return std::erf(x); }

/// 1 / (1 + e^-x). Error < 3 ulp in float32; results below 2^-128 are 0.
template <class T> T sigmoid_of(T x) { return T{1} / (T{1} + fast_exp(-x)); }

// clang-format off: a table
// One struct for each function, so that kernels::map and zip can be given it by name.
struct Exp {
  template <class T> T operator()(T x) const { return fast_exp(x); }
};
struct Expm1 {
  template <class T> T operator()(T x) const { return std::expm1(x); }
};
struct Log {
  template <class T> T operator()(T x) const { return fast_log(x); }
};
struct Log1p {
  template <class T> T operator()(T x) const { return fast_log1p(x); }
};
struct Square {
  template <class T> T operator()(T x) const { return static_cast<T>(x * x); }
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
struct Sin {
  template <class T> T operator()(T x) const { return std::sin(x); }
};
struct Cos {
  template <class T> T operator()(T x) const { return std::cos(x); }
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
  template <class T> T operator()(T x) const { return static_cast<T>(-x); }
};
struct Abs {
  template <class T> T operator()(T x) const { return x < T{0} ? -x : x + T{0}; }
};
struct Sign {
  template <class T> T operator()(T x) const {
    return x > T{0} ? T{1} : x < T{0} ? T{-1} : x;  // 0 and NaN stay
  }
};
/// log(1 + e^(βx))/β without overflow, and x where βx > threshold. Error < 3 ulp in float32 for
/// β 1.
struct Softplus {
  double beta = 1, threshold = std::numeric_limits<double>::infinity();
  template <class T> T operator()(T x) const {
    const T b = static_cast<T>(beta), limit = static_cast<T>(threshold);
    const T scaled = b * x;
    const T straight = scaled > (limit < T{0} ? limit : T{0}) ? x : T{0};
    // Beyond the threshold the curved part is log1p(e^-Inf) = 0: a select g++ can vectorise.
    const T exponent = scaled > limit ? -std::numeric_limits<T>::infinity() : -std::fabs(scaled);
    return straight + fast_log1p(fast_exp(exponent)) / b;
  }
};
/// max(x, 0); NaN stays NaN.
struct Relu {
  template <class T> T operator()(T x) const { return x < T{0} ? T{0} : x; }
};

struct Add {
  template <class T> T operator()(T a, T b) const { return a + b; }
};
struct Sub {
  template <class T> T operator()(T a, T b) const { return a - b; }
};
struct Mul {
  template <class T> T operator()(T a, T b) const { return a * b; }
};
struct Div {
  template <class T> T operator()(T a, T b) const { return a / b; }
};
struct Pow {
  template <class T> T operator()(T a, T b) const { return static_cast<T>(std::pow(a, b)); }
};
/// The larger one; NaN if either is NaN, as in NumPy and PyTorch.
struct Maximum {
  template <class T> T operator()(T a, T b) const { return a > b || a != a ? a : b; }
};
struct Minimum {
  template <class T> T operator()(T a, T b) const { return a < b || a != a ? a : b; }
};

struct Equal {
  template <class T> bool operator()(T a, T b) const { return a == b; }
};
struct NotEqual {
  template <class T> bool operator()(T a, T b) const { return a != b; }
};
struct Less {
  template <class T> bool operator()(T a, T b) const { return a < b; }
};
struct LessEqual {
  template <class T> bool operator()(T a, T b) const { return a <= b; }
};
struct Greater {
  template <class T> bool operator()(T a, T b) const { return a > b; }
};
struct GreaterEqual {
  template <class T> bool operator()(T a, T b) const { return a >= b; }
};
// clang-format on

}  // namespace tinygrad::kernels
