// SPDX-License-Identifier: MIT
// Division with a remainder: fmod, remainder and floor_divide. Integers stay integers.
#pragma once

#include <cmath>

#include "tinygrad/core/wrapping.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

// All of them: Shapes a (…), b (…) → y (broadcast); gradients are summed over broadcast dims.

namespace detail {
// a divided by b, for b ≠ 0. The smallest int64 divided by −1 wraps to itself, with remainder 0.
inline std::int64_t integer_fmod(std::int64_t a, std::int64_t b) { return b == -1 ? 0 : a % b; }

inline std::int64_t integer_remainder(std::int64_t a, std::int64_t b) {
  const std::int64_t rest = integer_fmod(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

inline std::int64_t integer_floor_divide(std::int64_t a, std::int64_t b) {
  if (b == -1) return wrapping_neg(a);
  const std::int64_t quotient = a / b;
  return quotient * b != a && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

using IntegerFunction = std::int64_t (*)(std::int64_t, std::int64_t);

/// f(a, b) in int64. b must not contain 0.
inline Tensor divide_integers(const Op& op, const Operands& in, IntegerFunction f) {
  const std::int64_t* divisors = in.b.data<std::int64_t>();
  for (Index i = 0; i < in.b.numel() && in.shape.count() > 0; ++i)
    check<ValueError>(divisors[i] != 0, op, "b is 0 at position ", i, " of ", in.b.shape(),
                      ", and integers cannot be divided by 0; convert with to(b, float32) for Inf "
                      "and NaN");
  return kernels::zip<std::int64_t, std::int64_t>(op, in.shape, in.a.array(), in.b.array(), f);
}

// a / b without its fraction, from fmod: a = quotient·b + fmod(a, b) holds whatever the rounding,
// but a / b may already be rounded up to the next integer.
inline Tensor truncated_quotient(const Tensor& a, const Tensor& b) {
  return binary_floating(
      {"fmod"}, a, b,
      []<class T>(T left, T right) {
        const T rest = std::fmod(left, right);
        return rest == rest ? std::nearbyint((left - rest) / right) : std::trunc(left / right);
      },
      no_slope, no_slope);
}
}  // namespace detail

/// The remainder of a / b with the sign of a, like C's fmod. Integers stay integers.
/// Grad    grad_a = grad_y, grad_b = −grad_y·q, where a = q·b + y
/// Saves   a, b
/// Throws  ValueError if an integer is divided by 0
inline Tensor fmod(const Operand& a, const Operand& b, At at = At::here()) {
  const Op op{"fmod", at};
  const detail::Operands in(op, a, b, int64);
  if (in.a.dtype() == int64) return detail::divide_integers(op, in, detail::integer_fmod);
  return detail::binary_floating(
      op, in, [](auto left, auto right) { return std::fmod(left, right); },
      [](const Tensor& grad_y, const Tensor&, const Tensor&) { return grad_y; },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        return neg(grad_y * detail::truncated_quotient(left, right));
      });
}

/// a / b rounded down, like Python's //. Integers stay integers.
/// Grad    0 everywhere
/// Throws  ValueError if an integer is divided by 0
inline Tensor floor_divide(const Operand& a, const Operand& b, At at = At::here()) {
  const Op op{"floor_divide", at};
  const detail::Operands in(op, a, b, int64);
  if (in.a.dtype() == int64) return detail::divide_integers(op, in, detail::integer_floor_divide);
  return detail::binary_floating(
      op, in,
      []<class T>(T left, T right) {
        if (right == T{0}) return left / right;
        const T rest = std::fmod(left, right);
        const T quotient = (left - rest) / right;  // an integer, except for rounding
        const T lower =
            rest != T{0} && (rest < T{0}) != (right < T{0}) ? quotient - T{1} : quotient;
        const T whole = std::nearbyint(lower);
        return whole == T{0} ? std::copysign(T{0}, left / right) : whole;
      },
      detail::no_slope, detail::no_slope);
}

/// The remainder of a / b with the sign of b, like Python's %. Integers stay integers.
/// Grad    grad_a = grad_y, grad_b = −grad_y·floor_divide(a, b), because y = a − q·b
/// Saves   a, b
/// Throws  ValueError if an integer is divided by 0
inline Tensor remainder(const Operand& a, const Operand& b, At at = At::here()) {
  const Op op{"remainder", at};
  const detail::Operands in(op, a, b, int64);
  if (in.a.dtype() == int64) return detail::divide_integers(op, in, detail::integer_remainder);
  return detail::binary_floating(
      op, in,
      []<class T>(T left, T right) {
        const T rest = std::fmod(left, right);
        return rest != T{0} && (rest < T{0}) != (right < T{0}) ? rest + right : rest;
      },
      [](const Tensor& grad_y, const Tensor&, const Tensor&) { return grad_y; },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        return neg(grad_y * floor_divide(left, right));
      });
}

}  // namespace tinygrad
