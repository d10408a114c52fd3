// SPDX-License-Identifier: MIT
// Trigonometric and hyperbolic functions and their inverses, element by element. tanh is in
// unary.hpp, atan2 and hypot in binary.hpp.
#pragma once

#include "tinygrad/core/fma.hpp"
#include "tinygrad/kernels/elementwise/trigonometric.hpp"
#include "tinygrad/ops/elementwise/exponential.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

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
/// Grad    grad_y / √((1 − x)·(1 + x)): infinite at ±1
/// Saves   x
inline Tensor asin(const Tensor& x, At at = At::here()) {
  const Op op{"asin", at};
  const Array y = detail::map_function(op, x, [](auto v) { return std::asin(v); });
  return detail::record_slope(op, y, x, save(x),
                              [](const Tensor& input) { return rsqrt((1 - input) * (1 + input)); });
}

/// Inverse cosine, in [0, π].
/// Grad    −grad_y / √((1 − x)·(1 + x)): infinite at ±1
/// Saves   x
inline Tensor acos(const Tensor& x, At at = At::here()) {
  const Op op{"acos", at};
  const Array y = detail::map_function(op, x, [](auto v) { return std::acos(v); });
  return detail::record_slope(
      op, y, x, save(x), [](const Tensor& input) { return neg(rsqrt((1 - input) * (1 + input))); });
}

/// Inverse tangent, in [−π/2, π/2].
/// Grad    grad_y / (1 + x²)
/// Saves   x
inline Tensor atan(const Tensor& x, At at = At::here()) {
  const Op op{"atan", at};
  const Array y = detail::map_function(op, x, [](auto v) { return std::atan(v); });
  return detail::record_slope(op, y, x, save(x), [](const Tensor& input) {
    const auto slope = []<class T>(T v) {
      const T size = std::fabs(v);
      const bool far = size > T{1e9F};  // 1 + x² rounds to x², which may overflow
      const T inverse = T{1} / kernels::detail::choose(far, size, fused(v, v, T{1}));
      return kernels::detail::choose(far, inverse * inverse, inverse);
    };
    return detail::derivative(
        "atan_slope", input, slope,
        [](const Tensor& v, const Tensor& y_slope) { return v * y_slope * y_slope * -2; });
  });
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
  return detail::record_slope(op, y, x, save(x), [](const Tensor& input) {
    const kernels::Function slope([]<class T>(T v) { return T{1} / std::hypot(v, T{1}); });
    return detail::derivative("asinh_slope", input, slope,
                              [](const Tensor& v, const Tensor& y_slope) {
                                return neg(v * y_slope * y_slope * y_slope);
                              });
  });
}

/// Inverse hyperbolic cosine, for x ≥ 1.
/// Grad    grad_y / √((|x| − 1)·(|x| + 1)): infinite at 1
/// Saves   x
inline Tensor acosh(const Tensor& x, At at = At::here()) {
  const Op op{"acosh", at};
  const Array y = detail::map_function(op, x, [](auto v) { return std::acosh(v); });
  return detail::record_slope(op, y, x, save(x), [](const Tensor& input) {
    const Tensor size = abs(input);  // two roots: their product cannot overflow
    return rsqrt(size - 1) * rsqrt(size + 1);
  });
}

/// Inverse hyperbolic tangent, ±Inf at ±1.
/// Grad    grad_y / ((1 − x)·(1 + x)): infinite at ±1
/// Saves   x
inline Tensor atanh(const Tensor& x, At at = At::here()) {
  const Op op{"atanh", at};
  const Array y = detail::map_function(op, x, [](auto v) { return std::atanh(v); });
  return detail::record_slope(op, y, x, save(x), [](const Tensor& input) {
    return reciprocal(1 - input) * reciprocal(1 + input);
  });
}

namespace detail {
/// sin(πx): from the distance to the nearest whole number, which is exact, so that nothing is lost
/// next to a zero. 0 at ±Inf, the limit that sin(πx)/(πx) has.
inline double sin_pi(double x) {
  if (std::isinf(x)) return 0;
  const double whole = std::nearbyint(x);
  const double y = std::sin(std::numbers::pi * (x - whole));
  return std::nearbyint(whole / 2) * 2 == whole ? y : -y;
}
inline double sinc_of(double x) {
  if (std::fabs(x) < 1e-9) return 1;
  return sin_pi(x) / std::numbers::pi / x;
}
/// (cos(πx) − sinc x) / x, where that cancels its series.
inline double sinc_slope(double x) {
  const double size = std::fabs(x);
  if (std::isinf(x)) return 0;
  if (size < 0.6) {
    // Σ (−1)ᵏ·2k/(2k + 1)!·π²ᵏ·x^(2k−1)
    constexpr std::array<double, 11> kSeries = [] {
      std::array<double, 11> out{};
      double factor = -std::numbers::pi * std::numbers::pi / 3;
      for (std::size_t k = 0; k < out.size(); ++k) {
        out[k] = factor;
        const double n = 2.0 * static_cast<double>(k + 1);
        factor *= -std::numbers::pi * std::numbers::pi / (n * (n + 3));
      }
      return out;
    }();
    const double z = x * x;
    double sum = 0;
    for (std::size_t k = kSeries.size(); k > 0; --k) sum = fused(sum, z, kSeries[k - 1]);
    return x * sum;
  }
  const double turn = size - 2 * std::floor(size / 2);  // cos(πx) = sin(π·(½ − |x|))
  return (sin_pi(0.5 - turn) - sinc_of(x)) / x;
}
}  // namespace detail

/// sin(πx) / (πx); 1 at 0, 0 at ±Inf.
/// Grad    grad_y·(cos(πx) − y) / x; its series where |x| < 0.6, so that no digits cancel
/// Saves   x
/// Error   a few ulp, also next to the zeros: the sine is that of the distance to a whole number
inline Tensor sinc(const Tensor& x, At at = At::here()) {
  const Op op{"sinc", at};
  const Array y = detail::map_function(
      op, x, []<class T>(T v) { return static_cast<T>(detail::sinc_of(static_cast<double>(v))); });
  return detail::record_slope(op, y, x, save(x), [](const Tensor& input) {
    const kernels::Function slope(
        []<class T>(T v) { return static_cast<T>(detail::sinc_slope(static_cast<double>(v))); });
    return detail::derivative(
        "sinc_slope", input, slope, [](const Tensor& v, const Tensor& y_slope) {
          // −π²·y − 2·y′/x, where y′/x is −π²/3 at 0
          constexpr double kSquare = std::numbers::pi * std::numbers::pi;
          const Tensor zero = eq(v, 0);
          const Tensor quotient = where(zero, -kSquare / 3, y_slope / where(zero, 1, v));
          return sinc(v) * -kSquare - quotient * 2;
        });
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
