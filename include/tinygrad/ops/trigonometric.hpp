// SPDX-License-Identifier: MIT
// Trigonometric and hyperbolic functions and their inverses, element by element. tanh is in
// unary.hpp, atan2 and hypot in binary.hpp.
#pragma once

#include "tinygrad/ops/unary.hpp"

namespace tinygrad {

namespace detail {
/// Sine or cosine: float32 in vectorised blocks, float64 by the C library.
template <class F> Array map_angle(const Op& op, const Tensor& x, F f) {
  return x.dtype() == float32 ? kernels::map_blocks<float>(op, x.array(), f)
                              : map_floating(op, x, f);
}
}  // namespace detail

// All of them: Shapes x (…) → y (…); Throws DtypeError if x is not floating; NaN outside the
// function's domain.

inline Tensor cos(const Tensor& x, At at = At::here());

/// Sine of x in radians.
/// Grad    grad_y·cos x
/// Saves   x
inline Tensor sin(const Tensor& x, At at = At::here()) {
  const Op op{"sin", at};
  const Array y = detail::map_angle(op, x, kernels::Sin{});
  return detail::record_slope(op, y, x, save(x), [](const Tensor& input) { return cos(input); });
}

/// Cosine of x in radians.
/// Grad    −grad_y·sin x
/// Saves   x
inline Tensor cos(const Tensor& x, At at) {
  const Op op{"cos", at};
  const Array y = detail::map_angle(op, x, kernels::Cos{});
  return detail::record_slope(op, y, x, save(x),
                              [](const Tensor& input) { return neg(sin(input)); });
}

/// Tangent of x in radians.
/// Grad    grad_y·(1 + y²)
/// Saves   y
inline Tensor tan(const Tensor& x, At at = At::here()) {
  const Op op{"tan", at};
  const Array y = detail::map_function(op, x, [](auto v) { return std::tan(v); });
  return detail::record_slope(op, y, x, save(y),
                              [](const Tensor& output) { return output * output + 1; });
}

/// Inverse sine, in [−π/2, π/2].
/// Grad    grad_y / √(1 − x²): infinite at ±1
/// Saves   x
inline Tensor asin(const Tensor& x, At at = At::here()) {
  const Op op{"asin", at};
  const Array y = detail::map_function(op, x, [](auto v) { return std::asin(v); });
  return detail::record_slope(op, y, x, save(x),
                              [](const Tensor& input) { return rsqrt(1 - input * input); });
}

/// Inverse cosine, in [0, π].
/// Grad    −grad_y / √(1 − x²): infinite at ±1
/// Saves   x
inline Tensor acos(const Tensor& x, At at = At::here()) {
  const Op op{"acos", at};
  const Array y = detail::map_function(op, x, [](auto v) { return std::acos(v); });
  return detail::record_slope(op, y, x, save(x),
                              [](const Tensor& input) { return neg(rsqrt(1 - input * input)); });
}

/// Inverse tangent, in [−π/2, π/2].
/// Grad    grad_y / (1 + x²)
/// Saves   x
inline Tensor atan(const Tensor& x, At at = At::here()) {
  const Op op{"atan", at};
  const Array y = detail::map_function(op, x, [](auto v) { return std::atan(v); });
  return detail::record_slope(op, y, x, save(x),
                              [](const Tensor& input) { return reciprocal(input * input + 1); });
}

inline Tensor cosh(const Tensor& x, At at = At::here());

/// Hyperbolic sine.
/// Grad    grad_y·cosh x
/// Saves   x
inline Tensor sinh(const Tensor& x, At at = At::here()) {
  const Op op{"sinh", at};
  const Array y = detail::map_function(op, x, [](auto v) { return std::sinh(v); });
  return detail::record_slope(op, y, x, save(x), [](const Tensor& input) { return cosh(input); });
}

/// Hyperbolic cosine.
/// Grad    grad_y·sinh x
/// Saves   x
inline Tensor cosh(const Tensor& x, At at) {
  const Op op{"cosh", at};
  const Array y = detail::map_function(op, x, [](auto v) { return std::cosh(v); });
  return detail::record_slope(op, y, x, save(x), [](const Tensor& input) { return sinh(input); });
}

/// Inverse hyperbolic sine.
/// Grad    grad_y / √(x² + 1)
/// Saves   x
inline Tensor asinh(const Tensor& x, At at = At::here()) {
  const Op op{"asinh", at};
  const Array y = detail::map_function(op, x, [](auto v) { return std::asinh(v); });
  return detail::record_slope(op, y, x, save(x),
                              [](const Tensor& input) { return rsqrt(input * input + 1); });
}

/// Inverse hyperbolic cosine, for x ≥ 1.
/// Grad    grad_y / √(x² − 1): infinite at 1
/// Saves   x
inline Tensor acosh(const Tensor& x, At at = At::here()) {
  const Op op{"acosh", at};
  const Array y = detail::map_function(op, x, [](auto v) { return std::acosh(v); });
  return detail::record_slope(op, y, x, save(x),
                              [](const Tensor& input) { return rsqrt(input * input - 1); });
}

/// Inverse hyperbolic tangent, ±Inf at ±1.
/// Grad    grad_y / (1 − x²): infinite at ±1
/// Saves   x
inline Tensor atanh(const Tensor& x, At at = At::here()) {
  const Op op{"atanh", at};
  const Array y = detail::map_function(op, x, [](auto v) { return std::atanh(v); });
  return detail::record_slope(op, y, x, save(x),
                              [](const Tensor& input) { return reciprocal(1 - input * input); });
}

/// sin(πx) / (πx); 1 at 0.
/// Grad    grad_y·(cos(πx) − y) / x; its series where |x| < 0.03, so that no digits cancel
/// Saves   x
inline Tensor sinc(const Tensor& x, At at = At::here()) {
  const Op op{"sinc", at};
  const Array y = detail::map_function(op, x, []<class T>(T v) {
    const T angle = static_cast<T>(std::numbers::pi) * v;
    return v == T{0} ? T{1} : std::sin(angle) / angle;
  });
  return detail::record_slope(op, y, x, save(x), [](const Tensor& input) {
    constexpr double kPi = std::numbers::pi;
    const Tensor near = lt(abs(input), 0.03);
    const Tensor small = where(near, input, 0) * kPi, z = small * small;
    const Tensor series = 1 - z * (1 - z * (1 - z / 54) / 28) / 10;
    const Tensor large = where(near, 1, input);
    return where(near, small * series * (-kPi / 3), (cos(large * kPi) - sinc(large)) / large);
  });
}

/// Degrees to radians: x·π/180.
/// Grad    grad_y·π/180
inline Tensor deg2rad(const Tensor& x, At at = At::here()) {
  detail::check_floating({"deg2rad", at}, x);
  return mul(x, std::numbers::pi / 180, at);
}

/// Radians to degrees: x·180/π.
/// Grad    grad_y·180/π
inline Tensor rad2deg(const Tensor& x, At at = At::here()) {
  detail::check_floating({"rad2deg", at}, x);
  return mul(x, 180 / std::numbers::pi, at);
}

}  // namespace tinygrad
