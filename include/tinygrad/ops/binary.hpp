// SPDX-License-Identifier: MIT
// Functions of two or three tensors, element by element with broadcasting, beyond plain arithmetic.
// Integers are taken as float32.
#pragma once

#include "tinygrad/ops/unary.hpp"

namespace tinygrad {

// All of them: Shapes a (…), b (…) → y (broadcast); gradients are summed over broadcast axes.

/// The remainder of a / b with the sign of a, as C's fmod.
/// Grad    grad_a = grad_y, grad_b = −grad_y·trunc(a/b)
/// Saves   a, b
inline Tensor fmod(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::binary_floating(
      {"fmod", at}, a, b, [](auto left, auto right) { return std::fmod(left, right); },
      [](const Tensor& grad_y, const Tensor&, const Tensor&) { return grad_y; },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        return neg(grad_y * trunc(left / right));
      });
}

/// The remainder of a / b with the sign of b, as Python's %.
/// Grad    grad_a = grad_y, grad_b = −grad_y·floor(a/b)
/// Saves   a, b
inline Tensor remainder(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::binary_floating(
      {"remainder", at}, a, b,
      []<class T>(T left, T right) {
        const T rest = std::fmod(left, right);
        return rest != T{0} && (rest < T{0}) != (right < T{0}) ? rest + right : rest;
      },
      [](const Tensor& grad_y, const Tensor&, const Tensor&) { return grad_y; },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        return neg(grad_y * floor(left / right));
      });
}

namespace detail {
inline Tensor no_slope(const Tensor& grad_y, const Tensor&, const Tensor&) {
  return Array::zeros(grad_y.shape(), grad_y.dtype());
}
}  // namespace detail

/// a / b rounded down: the whole number of times b goes into a, as Python's //.
/// Grad    0 everywhere
inline Tensor floor_divide(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::binary_floating(
      {"floor_divide", at}, a, b,
      []<class T>(T left, T right) {
        if (right == T{0}) return left / right;
        const T rest = std::fmod(left, right);
        const T quotient = (left - rest) / right;  // whole up to rounding
        const T lower =
            rest != T{0} && (rest < T{0}) != (right < T{0}) ? quotient - T{1} : quotient;
        const T whole = std::nearbyint(lower);
        return whole == T{0} ? std::copysign(T{0}, left / right) : whole;
      },
      detail::no_slope, detail::no_slope);
}

/// The angle of the point (b, a), in [−π, π]: the arctangent of a / b with the quadrant.
/// Grad    grad_a = grad_y·b/(a² + b²), grad_b = −grad_y·a/(a² + b²); 0 at the origin
/// Saves   a, b
inline Tensor atan2(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::binary_floating(
      {"atan2", at}, a, b, [](auto left, auto right) { return std::atan2(left, right); },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        const Tensor square_of = left * left + right * right;
        return grad_y * right * where(eq(square_of, 0), 0, reciprocal(square_of));
      },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        const Tensor square_of = left * left + right * right;
        return grad_y * neg(left) * where(eq(square_of, 0), 0, reciprocal(square_of));
      });
}

/// √(a² + b²) without overflow.
/// Grad    grad_a = grad_y·a/y, grad_b = grad_y·b/y; NaN at the origin
/// Saves   a, b
inline Tensor hypot(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::binary_floating(
      {"hypot", at}, a, b, [](auto left, auto right) { return std::hypot(left, right); },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        return grad_y * (left / hypot(left, right));
      },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        return grad_y * (right / hypot(left, right));
      });
}

/// log(e^a + e^b) without overflow.
/// Grad    grad_a = grad_y·sigmoid(a − b), grad_b = grad_y·sigmoid(b − a); NaN for equal infinities
/// Saves   a, b
inline Tensor logaddexp(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::binary_floating(
      {"logaddexp", at}, a, b,
      []<class T>(T left, T right) {
        if (left == right) return left + static_cast<T>(std::numbers::ln2);  // ±Inf too
        const T most = left > right ? left : right;
        return most + std::log1p(std::exp(-std::fabs(left - right)));
      },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        return grad_y * sigmoid(left - right);
      },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        return grad_y * sigmoid(right - left);
      });
}

/// log₂(2^a + 2^b) without overflow.
/// Grad    grad_a = grad_y·2^a/(2^a + 2^b), grad_b = grad_y·2^b/(2^a + 2^b)
/// Saves   a, b
inline Tensor logaddexp2(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::binary_floating(
      {"logaddexp2", at}, a, b,
      []<class T>(T left, T right) {
        if (left == right) return left + T{1};  // ±Inf too
        const T most = left > right ? left : right;
        return most + std::log1p(std::exp2(-std::fabs(left - right))) *
                          static_cast<T>(std::numbers::log2e);
      },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        return grad_y * sigmoid((left - right) * std::numbers::ln2);
      },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        return grad_y * sigmoid((right - left) * std::numbers::ln2);
      });
}

/// |a| with the sign of b, of its zeros and NaNs too.
/// Grad    grad_a = ±grad_y, minus where the sign changed and 0 where a = 0; grad_b = 0
/// Saves   a, b
inline Tensor copysign(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::binary_floating(
      {"copysign", at}, a, b, [](auto left, auto right) { return std::copysign(left, right); },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        return grad_y * sign(left) * where(signbit(right), -1, 1);
      },
      detail::no_slope);
}

/// The step function: 0 where x < 0 or NaN, `values` where x = 0, 1 where x > 0.
/// Grad    grad_x = 0, grad_values = grad_y where x = 0, else 0
inline Tensor heaviside(const Tensor& x, const Operand& values, At at = At::here()) {
  const Op op{"heaviside", at};
  const CalledAs called(op);
  const Array y = detail::map_floating(op, x, []<class T>(T v) { return v > T{0} ? T{1} : T{0}; });
  return where(eq(x.detach(), 0), values, detail::record_step(op, y, x), at);
}

/// a + weight·(b − a), from a at weight 0 to b at weight 1; exact at both ends.
/// Shapes  a (…), b (…), weight (…) → y (broadcast)
/// Grad    grad_a = grad_y·(1 − weight), grad_b = grad_y·weight, grad_weight = grad_y·(b − a)
inline Tensor lerp(const Tensor& a, const Tensor& b, const Operand& weight, At at = At::here()) {
  const Op op{"lerp", at};
  const CalledAs called(op);
  detail::check_floating(op, a);
  detail::check_floating(op, b);
  const Tensor w = weight.as(a.dtype()), step = sub(b, a, at);
  return where(lt(abs(w), 0.5), add(a, mul(w, step, at), at), sub(b, mul(1 - w, step, at), at), at);
}

/// x + value·a·b with broadcasting.
/// Grad    grad_x = grad_y, grad_a = grad_y·value·b, grad_b = grad_y·value·a
inline Tensor addcmul(const Tensor& x, const Tensor& a, const Tensor& b, double value = 1,
                      At at = At::here()) {
  const Op op{"addcmul", at};
  const CalledAs called(op);
  detail::check_floating({"addcmul", at}, x);
  return add(x, mul(mul(a, b, at), value, at), at);
}

/// x + value·a/b with broadcasting.
/// Grad    grad_x = grad_y, grad_a = grad_y·value/b, grad_b = −grad_y·value·a/b²
inline Tensor addcdiv(const Tensor& x, const Tensor& a, const Tensor& b, double value = 1,
                      At at = At::here()) {
  const Op op{"addcdiv", at};
  const CalledAs called(op);
  detail::check_floating({"addcdiv", at}, x);
  return add(x, mul(div(a, b, at), value, at), at);
}

}  // namespace tinygrad
