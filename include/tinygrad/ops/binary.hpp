// SPDX-License-Identifier: MIT
// Functions of two or three tensors, element by element with broadcasting, beyond plain arithmetic.
// Division with a remainder, heaviside and addcmul stay in integers where nothing is floating;
// elsewhere integers are taken as float32.
#pragma once

#include "tinygrad/ops/unary.hpp"

namespace tinygrad {

// All of them: Shapes a (…), b (…) → y (broadcast); gradients are summed over broadcast axes.

namespace detail {
// a divided by b, b not 0. The smallest int64 divided by −1 wraps to itself, with the remainder 0.
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

/// f(a, b) in int64, b nowhere 0.
inline Tensor divide_integers(const Op& op, const Operands& in, IntegerFunction f) {
  const std::int64_t* divisors = in.b.data<std::int64_t>();
  for (Index i = 0; i < in.b.numel() && in.shape.count() > 0; ++i)
    check<ValueError>(divisors[i] != 0, op, "b is 0 at position ", i, " of ", in.b.shape(),
                      ", and integers cannot be divided by 0; convert with to(b, float32) for Inf "
                      "and NaN");
  return kernels::zip<std::int64_t, std::int64_t>(op, in.shape, in.a.array(), in.b.array(), f);
}

inline Tensor no_slope(const Tensor& grad_y, const Tensor&, const Tensor&) {
  return Array::zeros(grad_y.shape(), grad_y.dtype());
}

// a / b without its fraction, by way of fmod: a = quotient·b + fmod(a, b) holds in every rounding,
// where a / b may already have been rounded up to the next whole number.
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

/// The remainder of a / b with the sign of a, as C's fmod. Integers stay integers.
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

/// a / b rounded down: the whole number of times b goes into a, as Python's //. Integers stay
/// integers.
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
        const T quotient = (left - rest) / right;  // whole up to rounding
        const T lower =
            rest != T{0} && (rest < T{0}) != (right < T{0}) ? quotient - T{1} : quotient;
        const T whole = std::nearbyint(lower);
        return whole == T{0} ? std::copysign(T{0}, left / right) : whole;
      },
      detail::no_slope, detail::no_slope);
}

/// The remainder of a / b with the sign of b, as Python's %. Integers stay integers.
/// Grad    grad_a = grad_y, grad_b = −grad_y·floor_divide(a, b), so that a = q·b + y as in the value
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

/// The step function: 0 where x < 0 or NaN, `values` where x = 0, 1 where x > 0. Of integers it is
/// an int64 if `values` is integer too.
/// Grad    grad_x = 0, grad_values = grad_y where x = 0, else 0
inline Tensor heaviside(const Tensor& x, const Operand& values, At at = At::here()) {
  const Op op{"heaviside", at};
  values.check_defined(op, "values, the second operand,");
  if (!values.is_number()) broadcast_shapes(op, x.shape(), values.tensor().shape());
  const Tensor number = to(x, promote(x.dtype(), int64));
  const Array y = dispatch_number(op, number.dtype(), [&]<class T>(Type<T>) {
    return kernels::map<T, T>(op, number.array(), [](T v) { return v > T{0} ? T{1} : T{0}; });
  });
  return where(eq(number.detach(), 0), values, detail::record_step(op, y, x), at);
}

/// a + weight·(b − a), from a at weight 0 to b at weight 1; exact at both ends.
/// Shapes  a (…), b (…), weight (…) → y (broadcast)
/// Grad    grad_a = grad_y·(1 − weight), grad_b = grad_y·weight, grad_weight = grad_y·(b − a)
inline Tensor lerp(const Tensor& a, const Tensor& b, const Operand& weight, At at = At::here()) {
  const Op op{"lerp", at};
  detail::check_floating(op, a);
  detail::check_floating(op, b);
  const Tensor w = weight.as(op, a.dtype(), "weight"), step = sub(b, a, at);
  return where(lt(abs(w), 0.5), add(a, mul(w, step, at), at), sub(b, mul(1 - w, step, at), at), at);
}

/// x + value·a·b with broadcasting. Integers stay integers.
/// Grad    grad_x = grad_y, grad_a = grad_y·value·b, grad_b = grad_y·value·a
/// Throws  DtypeError if x, a and b are integers and value is not
inline Tensor addcmul(const Tensor& x, const Tensor& a, const Tensor& b, Scalar value = 1,
                      At at = At::here()) {
  check<DtypeError>(
      !value.is_floating() || is_floating(promote(x.dtype(), promote(a.dtype(), b.dtype()))),
      {"addcmul", at}, "value=", value.part(),
      " is a floating number; with integers it must be an integer");
  return add(x, mul(mul(a, b, at), value, at), at);
}

/// x + value·a/b with broadcasting.
/// Grad    grad_x = grad_y, grad_a = grad_y·value/b, grad_b = −grad_y·value·a/b²
/// Throws  DtypeError if x is an integer, or both a and b are
inline Tensor addcdiv(const Tensor& x, const Tensor& a, const Tensor& b, Scalar value = 1,
                      At at = At::here()) {
  const Op op{"addcdiv", at};
  detail::check_floating(op, x);
  check<DtypeError>(is_floating(promote(a.dtype(), b.dtype())), op, "a is ", a.dtype(),
                    " and b is ", b.dtype(), "; one of them must be floating: to(a, float32)");
  return add(x, mul(div(a, b, at), value, at), at);
}

}  // namespace tinygrad
