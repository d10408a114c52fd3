// SPDX-License-Identifier: MIT
// Functions of two or three tensors, element by element with broadcasting, beyond plain arithmetic.
// Division with a remainder, heaviside and addcmul stay in integers where nothing is floating;
// elsewhere integers are taken as float32.
#pragma once

#include "tinygrad/kernels/elementwise/lerp.hpp"
#include "tinygrad/kernels/elementwise/special_functions.hpp"
#include "tinygrad/ops/elementwise/exponential.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

// All of them: Shapes a (…), b (…) → y (broadcast); gradients are summed over broadcast dims.

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

namespace detail {
/// A slope of two numbers as an operation of its own, with its derivatives.
inline Tensor slope_of_two(const char* name, const Tensor& a, const Tensor& b, kernels::Function2 f,
                           Partial by_a, Partial by_b) {
  return binary_floating({name}, a, b, f, by_a, by_b);
}

/// u/(u² + v²).
inline Tensor reciprocal_real(const Tensor& u, const Tensor& v) {
  return slope_of_two(
      "atan2", u, v, [](auto x, auto y) { return kernels::reciprocal_real(x, y); },
      [](const Tensor& grad_y, const Tensor& x, const Tensor& y) {  // (y² − x²)/(x² + y²)²
        const Tensor along = reciprocal_real(x, y), across = reciprocal_real(y, x);
        return grad_y * ((across - along) * (across + along));
      },
      [](const Tensor& grad_y, const Tensor& x, const Tensor& y) {  // −2xy/(x² + y²)²
        return grad_y * (reciprocal_real(x, y) * reciprocal_real(y, x) * -2);
      });
}
}  // namespace detail

/// The angle of the point (b, a), in [−π, π]: the arctangent of a / b with the quadrant.
/// Grad    grad_a = grad_y·b/(a² + b²), grad_b = −grad_y·a/(a² + b²); 0 at the origin
/// Saves   a, b
/// Range   the slopes neither over- nor underflow on the way
inline Tensor atan2(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::binary_floating(
      {"atan2", at}, a, b, [](auto left, auto right) { return std::atan2(left, right); },
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
      "hypot", u, v, [](auto x, auto y) { return kernels::cosine(x, y); },
      [](const Tensor& grad_y, const Tensor& x, const Tensor& y) {  // y²/(x² + y²)^1.5
        return grad_y * (square(cosine(y, x)) / hypot(x, y));
      },
      [](const Tensor& grad_y, const Tensor& x, const Tensor& y) {  // −xy/(x² + y²)^1.5
        return grad_y * neg(cosine(x, y) * cosine(y, x) / hypot(x, y));
      });
}
}  // namespace detail

/// √(a² + b²) without overflow.
/// Grad    grad_a = grad_y·a/y, grad_b = grad_y·b/y; at the origin the subgradient 0 is used
/// Saves   a, b
/// Range   the slopes neither over- nor underflow, and are those of |a| or |b| where one of the two
///         is infinite
inline Tensor hypot(const Operand& a, const Operand& b, At at) {
  return detail::binary_floating(
      {"hypot", at}, a, b, [](auto left, auto right) { return std::hypot(left, right); },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        return grad_y * detail::cosine(left, right);
      },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        return grad_y * detail::cosine(right, left);
      });
}

namespace detail {
/// e^a/(e^a + e^b).
inline Tensor share(const Tensor& a, const Tensor& b) {
  const Partial slope = [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
    return grad_y * (share(left, right) * share(right, left));
  };
  const Partial opposite = [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
    return neg(grad_y * (share(left, right) * share(right, left)));
  };
  return slope_of_two(
      "logaddexp", a, b,
      []<class T>(T x, T y) {
        return static_cast<T>(
            kernels::logistic_difference(static_cast<double>(x), static_cast<double>(y)));
      },
      slope, opposite);
}
/// 2^a/(2^a + 2^b).
inline Tensor share2(const Tensor& a, const Tensor& b) {
  const Partial slope = [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
    return grad_y * (share2(left, right) * share2(right, left) * std::numbers::ln2);
  };
  const Partial opposite = [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
    return grad_y * (share2(left, right) * share2(right, left) * -std::numbers::ln2);
  };
  return slope_of_two(
      "logaddexp2", a, b,
      []<class T>(T x, T y) {
        return static_cast<T>(
            kernels::logistic_difference2(static_cast<double>(x), static_cast<double>(y)));
      },
      slope, opposite);
}
}  // namespace detail

/// log(e^a + e^b) without overflow.
/// Grad    grad_a = grad_y·e^a/(e^a + e^b), grad_b = grad_y·e^b/(e^a + e^b); ½ each for equal
///         infinities, as for equal numbers
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
        return grad_y * detail::share(left, right);
      },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        return grad_y * detail::share(right, left);
      });
}

/// log₂(2^a + 2^b) without overflow.
/// Grad    grad_a = grad_y·2^a/(2^a + 2^b), grad_b = grad_y·2^b/(2^a + 2^b); ½ each for equal
///         infinities
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
        return grad_y * detail::share2(left, right);
      },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        return grad_y * detail::share2(right, left);
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
  const CalledAs called(op);
  check_defined(op, {{"x", x}});
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
/// Grad    grad_a = grad_y·(1 − weight), grad_b = grad_y·weight, grad_weight = grad_y·(b − a), 0
///         where a = b
/// Saves   a, b if weight needs a gradient; weight
/// Range   where b − a overflows or is no number (1 − weight)·a + weight·b, without the end that has
///         the weight 0: between two finite numbers the result is finite, beside an Inf it is no
///         NaN
inline Tensor lerp(const Tensor& a, const Tensor& b, const Operand& weight, At at = At::here()) {
  const Op op{"lerp", at};
  check_defined(op, {{"a", a}, {"b", b}});
  detail::check_floating(op, a);
  detail::check_floating(op, b);
  const detail::Operands in(op, a, b, float32);
  const Tensor w = weight.as(op, in.a.dtype(), "weight");
  const Shape shape = broadcast_shapes(op, in.shape, w.shape());
  Array y = kernels::lerp(op, shape, in.a.array(), in.b.array(), w.array());
  const bool slope = w.requires_grad();
  return record(op, std::move(y), {in.a, in.b, w},
                save(slope ? in.a : Tensor(), slope ? in.b : Tensor(), w),
                [sa = in.a.shape(), sb = in.b.shape()](const Vjp& vjp, const Tensor& from,
                                                       const Tensor& to, const Tensor& part) {
                  const Tensor& g = vjp.grad();
                  Grads out(3);
                  if (vjp.needs(0)) out[0] = sum_to(g * (1 - part), sa);
                  if (vjp.needs(1)) out[1] = sum_to(g * part, sb);
                  if (vjp.needs(2))
                    out[2] = sum_to(g * where(eq(from, to), 0, to - from), part.shape());
                  return out;
                });
}

/// x + value·a·b with broadcasting. Integers stay integers.
/// Grad    grad_x = grad_y, grad_a = grad_y·value·b, grad_b = grad_y·value·a
/// Throws  DtypeError if x, a and b are integers and value is not
inline Tensor addcmul(const Tensor& x, const Tensor& a, const Tensor& b, Scalar value = 1,
                      At at = At::here()) {
  const Op op{"addcmul", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"a", a}, {"b", b}});
  check<DtypeError>(
      !value.is_floating() || is_floating(promote(x.dtype(), promote(a.dtype(), b.dtype()))), op,
      "value=", value.part(), " is a floating number; with integers it must be an integer");
  return add(x, mul(mul(a, b, at), value, at), at);
}

/// x + value·a/b with broadcasting.
/// Grad    grad_x = grad_y, grad_a = grad_y·value/b, grad_b = −grad_y·value·a/b²
/// Throws  DtypeError if x is an integer, or both a and b are
inline Tensor addcdiv(const Tensor& x, const Tensor& a, const Tensor& b, Scalar value = 1,
                      At at = At::here()) {
  const Op op{"addcdiv", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"a", a}, {"b", b}});
  detail::check_floating(op, x);
  check<DtypeError>(is_floating(promote(a.dtype(), b.dtype())), op, "a is ", a.dtype(),
                    " and b is ", b.dtype(), "; one of them must be floating: to(a, float32)");
  return add(x, mul(div(a, b, at), value, at), at);
}

}  // namespace tinygrad
