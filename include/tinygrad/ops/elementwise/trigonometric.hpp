// SPDX-License-Identifier: MIT
// Trigonometric and hyperbolic functions and their inverses, sides and angles of triangles (hypot,
// atan2), sinc, and degrees to radians and back. Element by element.
#pragma once

#include <array>
#include <cmath>
#include <numbers>

#include "tinygrad/core/fma.hpp"
#include "tinygrad/kernels/elementwise/hyperbolic.hpp"
#include "tinygrad/kernels/elementwise/inverse_trigonometric.hpp"
#include "tinygrad/kernels/elementwise/special_functions.hpp"
#include "tinygrad/kernels/elementwise/trigonometric.hpp"
#include "tinygrad/ops/elementwise/exponential.hpp"
#include "tinygrad/ops/elementwise/power.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

// All of them: Shapes x (…) → y (…); Throws DtypeError if x is not floating; NaN outside the
// function's domain.

inline Tensor cos(const Tensor& x, At at = At::here());

/// Sine of x in radians.
/// Grad    grad_y·cos x
/// Saves   x
inline Tensor sin(const Tensor& x, At at = At::here()) {
  const Op op{"sin", at};
  const Array y = detail::map_floating(op, x, kernels::Sin{});
  return detail::record_slope(op, y, x, save(x), [](const Tensor& input) { return cos(input); });
}

/// Cosine of x in radians.
/// Grad    −grad_y·sin x
/// Saves   x
inline Tensor cos(const Tensor& x, At at) {
  const Op op{"cos", at};
  const Array y = detail::map_floating(op, x, kernels::Cos{});
  return detail::record_slope(op, y, x, save(x),
                              [](const Tensor& input) { return neg(sin(input)); });
}

/// Tangent of x in radians.
/// Grad    grad_y·(1 + y²)
/// Saves   y
inline Tensor tan(const Tensor& x, At at = At::here()) {
  const Op op{"tan", at};
  const Array y = detail::map_floating(op, x, kernels::Tan{});
  return detail::record_slope(op, y, x, save(y),
                              [](const Tensor& output) { return output * output + 1; });
}

/// Inverse sine, in [−π/2, π/2].
/// Grad    grad_y / √((1 − x)·(1 + x)): infinite at ±1
/// Saves   x
inline Tensor asin(const Tensor& x, At at = At::here()) {
  const Op op{"asin", at};
  const Array y = detail::map_floating(op, x, [](double v) { return kernels::fast_asin(v); });
  return detail::record_slope(op, y, x, save(x),
                              [](const Tensor& input) { return rsqrt((1 - input) * (1 + input)); });
}

/// Inverse cosine, in [0, π].
/// Grad    −grad_y / √((1 − x)·(1 + x)): infinite at ±1
/// Saves   x
inline Tensor acos(const Tensor& x, At at = At::here()) {
  const Op op{"acos", at};
  const Array y = detail::map_floating(op, x, [](double v) { return kernels::fast_acos(v); });
  return detail::record_slope(
      op, y, x, save(x), [](const Tensor& input) { return neg(rsqrt((1 - input) * (1 + input))); });
}

/// Inverse tangent, in [−π/2, π/2].
/// Grad    grad_y / (1 + x²)
/// Saves   x
inline Tensor atan(const Tensor& x, At at = At::here()) {
  const Op op{"atan", at};
  const Array y = detail::map_floating(op, x, [](double v) { return kernels::fast_atan(v); });
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

namespace detail {
/// u/(u² + v²).
inline Tensor reciprocal_real(const Tensor& u, const Tensor& v) {
  return slope_of_two(
      "atan2", u, v, [](double x, double y) { return kernels::reciprocal_real(x, y); },
      [](const Tensor& grad_y, const Tensor& x, const Tensor& y) {  // (y² − x²)/(x² + y²)²
        const Tensor along = reciprocal_real(x, y), across = reciprocal_real(y, x);
        return grad_y * ((across - along) * (across + along));
      },
      [](const Tensor& grad_y, const Tensor& x, const Tensor& y) {  // −2xy/(x² + y²)²
        return grad_y * (reciprocal_real(x, y) * reciprocal_real(y, x) * -2);
      });
}
}  // namespace detail

/// The angle of the point (b, a), in [−π, π]: the arctangent of a / b in the right quadrant.
/// Shapes  a (…), b (…) → y (broadcast); gradients are summed over broadcast dims
/// Grad    grad_a = grad_y·b/(a² + b²), grad_b = −grad_y·a/(a² + b²); 0 at the origin
/// Saves   a, b
/// Range   the slopes do not over- or underflow in intermediate steps
inline Tensor atan2(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::binary_floating(
      {"atan2", at}, a, b,
      [](double left, double right) { return kernels::fast_atan2(left, right); },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        return grad_y * detail::reciprocal_real(right, left);
      },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        return grad_y * neg(detail::reciprocal_real(left, right));
      });
}

inline Tensor hypot(const Operand& a, const Operand& b, At at = At::here());

namespace detail {
/// u/√(u² + v²).
inline Tensor cosine(const Tensor& u, const Tensor& v) {
  return slope_of_two(
      "hypot", u, v, [](double x, double y) { return kernels::cosine(x, y); },
      [](const Tensor& grad_y, const Tensor& x, const Tensor& y) {  // y²/(x² + y²)^1.5
        return grad_y * (square(cosine(y, x)) / hypot(x, y));
      },
      [](const Tensor& grad_y, const Tensor& x, const Tensor& y) {  // −xy/(x² + y²)^1.5
        return grad_y * neg(cosine(x, y) * cosine(y, x) / hypot(x, y));
      });
}
}  // namespace detail

/// √(a² + b²) without overflow.
/// Shapes  a (…), b (…) → y (broadcast); gradients are summed over broadcast dims
/// Grad    grad_a = grad_y·a/y, grad_b = grad_y·b/y; at the origin the subgradient 0 is used
/// Saves   a, b
/// Range   the slopes do not over- or underflow; if a or b is infinite, they are those of |a| or
///         |b|
inline Tensor hypot(const Operand& a, const Operand& b, At at) {
  return detail::binary_floating(
      {"hypot", at}, a, b,
      [](double left, double right) { return kernels::fast_hypot(left, right); },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        return grad_y * detail::cosine(left, right);
      },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        return grad_y * detail::cosine(right, left);
      });
}

inline Tensor cosh(const Tensor& x, At at = At::here());

/// Hyperbolic sine.
/// Grad    grad_y·cosh x
/// Saves   x
inline Tensor sinh(const Tensor& x, At at = At::here()) {
  const Op op{"sinh", at};
  const Array y = detail::map_floating(op, x, [](double v) { return kernels::fast_sinh(v); });
  return detail::record_slope(op, y, x, save(x), [](const Tensor& input) { return cosh(input); });
}

/// Hyperbolic cosine.
/// Grad    grad_y·sinh x
/// Saves   x
inline Tensor cosh(const Tensor& x, At at) {
  const Op op{"cosh", at};
  const Array y = detail::map_floating(op, x, [](double v) { return kernels::fast_cosh(v); });
  return detail::record_slope(op, y, x, save(x), [](const Tensor& input) { return sinh(input); });
}

/// Hyperbolic tangent.
/// Grad    grad_y·sech² x; in float32 as grad_y·(1 − y²)
/// Saves   y; in float64 x
/// Error   the slope in float32 is off by at most 3e-7: it is 0 where y rounds to ±1, from |x| = 9
///         on; in float64 the error is a few ulp everywhere
inline Tensor tanh(const Tensor& x, At at = At::here()) {
  const Op op{"tanh", at};
  const Array y = detail::map_floating(op, x, kernels::Tanh{});
  if (x.dtype() == float64)
    return detail::record_slope(
        op, y, x, save(x),
        [](const Tensor& input) {
          return detail::derivative(
              "tanh_slope", input, [](double v) { return kernels::tanh_slope(v); },
              [](const Tensor& v, const Tensor& slope) { return slope * tanh(v) * -2; });
        },
        [](double g, double v) { return g * kernels::tanh_slope(v); });
  return record(op, y, {x}, save(y), [](const Vjp& vjp, const Tensor& output) {
    if (grad_enabled()) return grads(vjp.grad() * (1 - output * output));
    return detail::fused_grad(vjp, output, []<class T>(T g, T v) { return g * (T{1} - v * v); });
  });
}

/// Inverse hyperbolic sine.
/// Grad    grad_y / √(x² + 1)
/// Saves   x
inline Tensor asinh(const Tensor& x, At at = At::here()) {
  const Op op{"asinh", at};
  const Array y = detail::map_floating(op, x, [](double v) { return kernels::fast_asinh(v); });
  return detail::record_slope(op, y, x, save(x), [](const Tensor& input) {
    const kernels::Function slope([](double v) { return 1 / kernels::fast_hypot(v, 1.0); });
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
  const Array y = detail::map_floating(op, x, [](double v) { return kernels::fast_acosh(v); });
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
  const Array y = detail::map_floating(op, x, [](double v) { return kernels::fast_atanh(v); });
  return detail::record_slope(op, y, x, save(x), [](const Tensor& input) {
    return reciprocal(1 - input) * reciprocal(1 + input);
  });
}

/// sin(πx) / (πx); 1 at 0, 0 at ±Inf.
/// Grad    grad_y·(cos(πx) − y) / x; for |x| < 0.6 its series, so that no digits cancel
/// Saves   x
/// Error   a few ulp, even next to the zeros: the sine is that of the distance to an integer
inline Tensor sinc(const Tensor& x, At at = At::here()) {
  const Op op{"sinc", at};
  const Array y = detail::map_floating(op, x, [](double v) { return kernels::sinc(v); });
  return detail::record_slope(op, y, x, save(x), [](const Tensor& input) {
    const kernels::Function slope([](double v) { return kernels::sinc_slope(v); });
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
