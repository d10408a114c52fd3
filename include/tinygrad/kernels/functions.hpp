// SPDX-License-Identifier: MIT
// Scalar functions for the elementwise loops. In float32 exp and its relatives are branch-free
// polynomials that compilers vectorise; in float64, where gradients are checked, they are the C
// library's. Every product that feeds a sum is an explicit fma: the bits do not depend on
// contraction.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <type_traits>

namespace tinygrad::kernels {

/// e^x. Error < 1 ulp + rounding (2 ulp) in float32; 0 below -104, Inf above 88.72, NaN for NaN.
inline float fast_exp(float x) {
  constexpr float kLog2e = 1.442695041F, kMagic = 12582912.0F;  // 1.5·2^23: adding it rounds
  const float clamped = x < -104.0F ? -104.0F : x > 89.0F ? 89.0F : x;
  const float n = std::fma(clamped, kLog2e, kMagic) - kMagic;
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
  // 2^n as two factors, so that results below 2^-126 come out subnormal and above 2^128 infinite.
  const auto e = static_cast<std::int32_t>(n);
  const std::int32_t half = e >> 1;
  return p * std::bit_cast<float>((half + 127) << 23) *
         std::bit_cast<float>((e - half + 127) << 23);
}
inline double fast_exp(double x) { return std::exp(x); }

/// tanh x. Error < 4e-7 relative in float32.
inline float fast_tanh(float x) {
  const float a = std::fabs(x);
  const float z = x * x;
  float p = -0.00886323553F;  // Taylor to a^11 below 0.3
  p = std::fma(p, z, 0.0218694885F);
  p = std::fma(p, z, -0.0539682540F);
  p = std::fma(p, z, 0.133333333F);
  p = std::fma(p, z, -0.333333333F);
  const float small = std::fma(p * z, x, x);
  const float e = fast_exp(-2.0F * a);
  const float large = std::copysign((1.0F - e) / (1.0F + e), x);
  return a < 0.3F ? small : large;
}
inline double fast_tanh(double x) { return std::tanh(x); }

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
  template <class T> T operator()(T x) const { return std::log(x); }
};
struct Log1p {
  template <class T> T operator()(T x) const { return std::log1p(x); }
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
  template <class T> T operator()(T x) const { return std::erf(x); }
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
/// log(1 + e^x), without overflow.
struct Softplus {
  template <class T> T operator()(T x) const {
    return (x > T{0} ? x : T{0}) + std::log1p(fast_exp(-std::fabs(x)));
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
