// SPDX-License-Identifier: MIT
// Choices between values, element by element with broadcasting: where, maximum, minimum, fmax, fmin
// and clamp.
#pragma once

#include <limits>

#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/ops/elementwise/comparison.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

// All of them: Shapes a (…), b (…) → y (broadcast), unless stated otherwise.

/// condition ? a : b, element by element, with broadcasting of all three.
/// Shapes  condition (…) bool, a (…), b (…) → y (broadcast)
/// Grad    grad_a = where(condition, grad_y, 0), grad_b = where(condition, 0, grad_y)
/// Saves   condition
/// Throws  DtypeError if condition is not bool
inline Tensor where(const Tensor& condition, const Operand& a, const Operand& b,
                    At at = At::here()) {
  const Op op{"where", at};
  check_defined(op, {{"condition", condition}});
  check<DtypeError>(condition.dtype() == bool_, op, "condition is ", condition.dtype(),
                    ", it must be bool: compare first, as in x > 0");
  const detail::Operands in(op, a, b, bool_);
  const Shape shape = broadcast_shapes(op, condition.shape(), in.shape);
  Array y = kernels::select(op, shape, condition.array(), in.a.array(), in.b.array());
  return record(op, std::move(y), {in.a, in.b}, save(condition),
                [sa = in.a.shape(), sb = in.b.shape()](const Vjp& vjp, const Tensor& chosen) {
                  const Tensor& g = vjp.grad();
                  return grads(vjp.needs(0) ? sum_to(where(chosen, g, 0), sa) : Tensor(),
                               vjp.needs(1) ? sum_to(where(chosen, 0, g), sb) : Tensor());
                });
}

namespace detail {
// `a_loses` and `b_loses` are true where the other operand is chosen. At a tie both are false.
using Loses = Tensor (*)(const Tensor& a, const Tensor& b);

inline Tensor record_extremum(const Op& op, const Array& y, const Operands& in, Loses a_loses,
                              Loses b_loses) {
  return record(op, y, {in.a, in.b}, save(in.a, in.b),
                [=](const Vjp& vjp, const Tensor& left, const Tensor& right) {
                  const Tensor& g = vjp.grad();
                  const Tensor half = where(eq(left, right), mul(g, 0.5), g);
                  Grads out(2);
                  if (vjp.needs(0))
                    out[0] = sum_to(where(a_loses(left, right), 0, half), left.shape());
                  if (vjp.needs(1))
                    out[1] = sum_to(where(b_loses(left, right), 0, half), right.shape());
                  return out;
                });
}

template <class F>
Tensor extremum(const Op& op, const Operand& a, const Operand& b, Loses a_loses, Loses b_loses) {
  const Operands in(op, a, b, int64);
  return record_extremum(op, in.map<F>(op), in, a_loses, b_loses);
}

inline Tensor less(const Tensor& a, const Tensor& b) { return lt(a, b); }

inline Tensor greater(const Tensor& a, const Tensor& b) { return gt(a, b); }
}  // namespace detail

/// The larger of a and b; NaN if either is. With broadcasting.
/// Grad    to the larger one; at a tie half to each
inline Tensor maximum(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::extremum<kernels::Maximum>({"maximum", at}, a, b, detail::less, detail::greater);
}

/// The smaller of a and b; NaN if either is. With broadcasting.
/// Grad    to the smaller one; at a tie half to each
inline Tensor minimum(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::extremum<kernels::Minimum>({"minimum", at}, a, b, detail::greater, detail::less);
}

/// The larger of a and b. If one of them is NaN, the other one. With broadcasting.
/// Grad    to the chosen one; at a tie half to each; for two NaNs to a
/// Saves   a, b
inline Tensor fmax(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::extremum<kernels::Fmax>(
      {"fmax", at}, a, b,
      [](const Tensor& left, const Tensor& right) {
        return logical_or(lt(left, right), gt(ne(left, left), ne(right, right)));
      },
      [](const Tensor& left, const Tensor& right) {
        return logical_or(gt(left, right), ne(right, right));
      });
}

/// The smaller of a and b. If one of them is NaN, the other one. With broadcasting.
/// Grad    to the chosen one; at a tie half to each; for two NaNs to a
/// Saves   a, b
inline Tensor fmin(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::extremum<kernels::Fmin>(
      {"fmin", at}, a, b,
      [](const Tensor& left, const Tensor& right) {
        return logical_or(gt(left, right), gt(ne(left, left), ne(right, right)));
      },
      [](const Tensor& left, const Tensor& right) {
        return logical_or(lt(left, right), ne(right, right));
      });
}

namespace detail {
/// A bound of clamp() in the dtype of x. `none` is the dtype's own end; it replaces a bound beyond
/// it.
template <class T> T bound(const Op& op, const Scalar& value, bool is_low, T none) {
  const bool beyond = !value.fits(dtype_of<T>()) && (value.real() < 0) == is_low;
  return beyond ? none : value.to<T>(op);
}
}  // namespace detail

/// x limited to [low, high]. Integers stay integers, unless a bound is floating and finite; then
/// they become float32. A bound beyond the dtype's range, such as an infinity, has no effect.
/// Shapes  x (…) → y (…)
/// Grad    grad_y where low < x < high, else 0: at the bounds the subgradient 0 is used
/// Saves   x
/// Throws  ValueError if low > high, or if no number of the dtype is within the bounds; DtypeError
///         if x is bool
inline Tensor clamp(const Tensor& x, Scalar low = -std::numeric_limits<double>::infinity(),
                    Scalar high = std::numeric_limits<double>::infinity(), At at = At::here()) {
  const Op op{"clamp", at};
  check<ValueError>(low <= high, op, "low=", low.part(), " must not be above high=", high.part());
  const auto fractional = [](const Scalar& v) { return v.is_floating() && v.fits(int64); };
  const bool promoted = !is_floating(x.dtype()) && (fractional(low) || fractional(high));
  const Tensor number = promoted ? to(x, float32) : x;
  const auto limited = [&]<class T>(Type<T>) {
    using Limits = std::numeric_limits<T>;
    constexpr bool kInfinite = Limits::has_infinity;
    const T lo = detail::bound<T>(op, low, true, kInfinite ? -Limits::infinity() : Limits::min());
    const T hi = detail::bound<T>(op, high, false, kInfinite ? Limits::infinity() : Limits::max());
    return kernels::map<T, T>(op, number.array(), [lo, hi](T v) {
      return v < lo ? lo : v > hi ? hi : v;
    });
  };
  Array y = number.dtype() == uint8 ? limited(Type<std::uint8_t>{})
                                    : dispatch_number(op, number.dtype(), limited);
  return record(op, std::move(y), {x}, save(x), [low, high](const Vjp& vjp, const Tensor& input) {
    return grads(where(logical_and(gt(input, low), lt(input, high)), vjp.grad(), 0));
  });
}

/// x limited to [low, high]. The bounds broadcast with x; an undefined tensor is no bound. Where
/// low > high, the value is high.
/// Shapes  x (…), low (…), high (…) → y (broadcast)
/// Grad    that of minimum(maximum(x, low), high): at a tie half to each
/// Throws  ValueError if neither bound is defined
inline Tensor clamp(const Tensor& x, const Tensor& low, const Tensor& high, At at = At::here()) {
  const Op op{"clamp", at};
  check_defined(op, {{"x", x}});
  check<ValueError>(low.defined() || high.defined(), op, "low and high are both undefined");
  const Tensor raised =
      low.defined() ? detail::extremum<kernels::Maximum>(op, x, low, detail::less, detail::greater)
                    : x;
  if (!high.defined()) return raised;
  return detail::extremum<kernels::Minimum>(op, raised, high, detail::greater, detail::less);
}

}  // namespace tinygrad
