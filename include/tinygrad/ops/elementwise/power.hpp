// SPDX-License-Identifier: MIT
// Powers and roots, element by element.
#pragma once

#include <cmath>

#include "tinygrad/core/wrapping.hpp"
#include "tinygrad/ops/elementwise/exponential.hpp"
#include "tinygrad/ops/elementwise/select.hpp"
#include "tinygrad/ops/elementwise/sign.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

// All of them: Shapes x (…) → y (…); Throws DtypeError if x is not floating, unless stated
// otherwise.

/// Square root; NaN below 0.
/// Grad    grad_y / (2·y): infinite at 0
/// Saves   y
inline Tensor sqrt(const Tensor& x, At at = At::here()) {
  const Op op{"sqrt", at};
  const Array y = detail::map_floating(op, x, kernels::Sqrt{});
  return record(op, y, {x}, save(y), [](const Vjp& vjp, const Tensor& output) {
    return grads(vjp.grad() / (output * 2));
  });
}

/// 1 / √x; infinite at 0, NaN below.
/// Grad    −grad_y·y³ / 2
/// Saves   y
/// Range   the gradient overflows only if it is out of range itself, not if y³ alone is
inline Tensor rsqrt(const Tensor& x, At at = At::here()) {
  const Op op{"rsqrt", at};
  const Array y = detail::map_floating(op, x, kernels::Rsqrt{});
  return record(op, y, {x}, save(y), [](const Vjp& vjp, const Tensor& output) {
    return grads(vjp.grad() * (output * -0.5 * output * output));
  });
}

/// x²; integers stay integers, modulo 2^64.
/// Grad    2·x·grad_y
/// Saves   x
inline Tensor square(const Tensor& x, At at = At::here()) {
  const Op op{"square", at};
  Array y = dispatch_number(op, x.dtype(), [&]<class T>(Type<T>) {
    return kernels::map<T, T>(op, x.array(), kernels::Square{});
  });
  return record(op, std::move(y), {x}, save(x), [](const Vjp& vjp, const Tensor& input) {
    return grads(vjp.grad() * (input * 2));
  });
}

/// 1 / x; infinite at 0.
/// Grad    −grad_y·y²
/// Saves   y
inline Tensor reciprocal(const Tensor& x, At at = At::here()) {
  const Op op{"reciprocal", at};
  const Array y = detail::map_floating(op, x, kernels::Reciprocal{});
  return record(op, y, {x}, save(y), [](const Vjp& vjp, const Tensor& output) {
    return grads(neg(vjp.grad() * (output * output)));
  });
}

inline Tensor pow(const Operand& a, const Operand& b, At at = At::here());

namespace detail {
inline Tensor pow_number(const Op& op, const Tensor& x, double exponent);

/// x^exponent for one exponent. The common exponents need no pow.
inline Array power(const Op& op, const Tensor& x, double exponent) {
  if (exponent == -1) return map_floating(op, x, kernels::Reciprocal{});
  if (exponent == -0.5) return map_floating(op, x, kernels::Rsqrt{});
  if (exponent == 0.5) return map_floating(op, x, kernels::Sqrt{});
  if (exponent == 1) return x.array();
  if (exponent == 2) return map_floating(op, x, kernels::Square{});
  if (exponent == 3) return map_floating(op, x, kernels::Cube{});
  return map_floating(op, x, [exponent](auto v) { return kernels::pow_number(v, exponent); });
}

/// exponent·x^(exponent − 1), the slope of pow with a number as exponent.
inline Tensor power_slope(const Tensor& x, double exponent) {
  for (const double simple : {0.5, 1.5, 2.0, 3.0, 4.0})
    if (exponent == simple) return pow_number({"pow"}, x, exponent - 1) * exponent;
  const Op op{"pow_slope"};
  const Array y =
      map_floating(op, x, [exponent](auto v) { return kernels::pow_slope_x(v, exponent); });
  return record(op, y, {x}, save(x), [exponent](const Vjp& vjp, const Tensor& input) {
    return grads(vjp.grad() * (power_slope(input, exponent - 1) * exponent));
  });
}

/// pow with a number as exponent. Saves only x.
inline Tensor pow_number(const Op& op, const Tensor& x, double exponent) {
  return record(op, power(op, x, exponent), {x}, save(x),
                [exponent](const Vjp& vjp, const Tensor& input) {
                  const Tensor& g = vjp.grad();
                  // 0·a^−1 would be NaN at 0.
                  if (exponent == 0) return grads(Tensor(Array::zeros(g.shape(), g.dtype())));
                  if (exponent == 1) return grads(g);
                  return grads(g * power_slope(input, exponent));
                });
}

/// The derivatives of a^b: by a, b·a^(b−1); by b, a^b·log a.
inline Tensor pow_by_a(const Tensor& a, const Tensor& b);

inline Tensor pow_by_b(const Tensor& a, const Tensor& b);

/// The derivative of a^b by both: a^(b−1)·(1 + b·log a), which is 1/a where b is 0. At 0^0 it takes
/// base 1.
inline Tensor pow_by_both(const Tensor& a, const Tensor& b) {
  const Tensor base = where(logical_and(eq(b, 0), logical_not(abs(a) > 0)), 1, a), less = b - 1;
  return pow(base, less) + b * pow_by_b(base, less);
}

template <class F> Tensor pow_derivative(const char* name, const Tensor& a, const Tensor& b,
                                         Partial grad_a, Partial grad_b) {
  const Op op{name};
  const Operands in(op, a, b, float32);
  const Array y = dispatch_floating(op, in.a.dtype(), [&]<class T>(Type<T>) {
    return kernels::zip<T, T, CpuLevel::kV4>(op, in.shape, in.a.array(), in.b.array(), F{});
  });
  return record_partials(op, y, in, grad_a, grad_b);
}

inline Tensor pow_by_a(const Tensor& a, const Tensor& b) {
  return pow_derivative<kernels::PowSlopeX>(
      "pow_by_a", a, b,
      [](const Tensor& g, const Tensor& x, const Tensor& y) {
        return g * (pow_by_a(x, y - 1) * y);
      },
      [](const Tensor& g, const Tensor& x, const Tensor& y) { return g * pow_by_both(x, y); });
}

inline Tensor pow_by_b(const Tensor& a, const Tensor& b) {
  return pow_derivative<kernels::PowSlopeY>(
      "pow_by_b", a, b,
      [](const Tensor& g, const Tensor& x, const Tensor& y) { return g * pow_by_both(x, y); },
      [](const Tensor& g, const Tensor& x, const Tensor& y) {
        const Tensor flat = logical_and(eq(x, 0), ge(y, 0));
        return g * (pow_by_b(x, y) * log(where(flat, 1, x)));
      });
}

/// a^b of integers, b ≥ 0, by squaring; modulo 2^64.
inline std::int64_t integer_power(std::int64_t a, std::int64_t b) {
  std::int64_t y = 1;
  for (; b > 0; b /= 2) {
    if (b % 2 != 0) y = wrapping_mul(y, a);
    a = wrapping_mul(a, a);
  }
  return y;
}

inline Tensor pow_integers(const Op& op, const Operands& in) {
  const std::int64_t* exponents = in.b.data<std::int64_t>();
  for (Index i = 0; i < in.b.numel(); ++i)
    check<ValueError>(exponents[i] >= 0, op, "an integer has no integer power ", exponents[i],
                      "; convert with to(a, float32)");
  return kernels::zip<std::int64_t, std::int64_t>(op, in.shape, in.a.array(), in.b.array(),
                                                  integer_power);
}
}  // namespace detail

/// a^b, element by element with broadcasting. A number as exponent is faster. Integers stay
/// integers, modulo 2^64.
/// Shapes  a (…), b (…) → y (broadcast)
/// Grad    grad_a = grad_y·b·a^(b−1), 0 where b = 0; grad_b = grad_y·y·log a, 0 where a = 0 and
///         b ≥ 0, or a = ∞ and b < 0; each summed over its broadcast dims
/// Saves   a; b unless it is a number
/// Throws  ValueError for a negative power of integers
/// Range   as std::pow: NaN for a negative a and a fractional b
inline Tensor pow(const Operand& a, const Operand& b, At at) {
  const Op op{"pow", at};
  const detail::Operands in(op, a, b, int64);
  if (in.a.dtype() == int64) return detail::pow_integers(op, in);
  if (b.is_number() && !a.is_number()) return detail::pow_number(op, in.a, b.number().real());
  return record(op, in.map<kernels::Pow>(op), {in.a, in.b}, save(in.a, in.b),
                [](const Vjp& vjp, const Tensor& base, const Tensor& power) {
                  const Tensor& g = vjp.grad();
                  Grads out(2);
                  if (vjp.needs(0))
                    out[0] = sum_to(g * detail::pow_by_a(base, power), base.shape());
                  if (vjp.needs(1))
                    out[1] = sum_to(g * detail::pow_by_b(base, power), power.shape());
                  return out;
                });
}

/// a^b in float64, whatever the dtypes are.
/// Shapes  a (…), b (…) → y (broadcast) float64
/// Grad    as pow, in the dtypes of a and b
inline Tensor float_power(const Operand& a, const Operand& b, At at = At::here()) {
  const Op op{"float_power", at};
  const CalledAs called(op);
  const Tensor base = a.as(op, float64, detail::Operands::kLeft);
  if (b.is_number()) return pow(base, b, at);
  return pow(base, b.as(op, float64, detail::Operands::kRight), at);
}

}  // namespace tinygrad
