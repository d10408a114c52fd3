// SPDX-License-Identifier: MIT
// Comparisons with broadcasting (eq … ge, operators < <= > >=), logical operations, and whether
// tensors are equal or close. The results are bool, and nothing here has a gradient.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "tinygrad/core/wrapping.hpp"
#include "tinygrad/ops/elementwise/operands.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
using kernels::Comparison;

/// The comparison of b with a that corresponds to this comparison of a with b.
inline Comparison mirrored(Comparison comparison) {
  switch (comparison) {
    case Comparison::kLess: return Comparison::kGreater;
    case Comparison::kLessEqual: return Comparison::kGreaterEqual;
    case Comparison::kGreater: return Comparison::kLess;
    case Comparison::kGreaterEqual: return Comparison::kLessEqual;
    default: return comparison;
  }
}

/// Compares x with a number, in x's dtype, without rounding the number. If the dtype cannot hold
/// it, every x is on one side of it. For a fraction and integers, x is compared with its floor.
inline Tensor compare_number(const Op& op, const Tensor& x, Scalar number, Comparison comparison) {
  const auto everywhere = [&](bool truth) { return Array::full(x.shape(), truth, bool_, op); };
  const bool equality = comparison == Comparison::kEqual || comparison == Comparison::kNotEqual;
  const bool below = comparison == Comparison::kLess || comparison == Comparison::kLessEqual;
  const Dtype dtype = x.dtype();
  double floor = number.real();
  if (!is_floating(dtype)) {
    if (floor != floor) return everywhere(comparison == Comparison::kNotEqual);
    if (number.is_floating()) {
      floor = __builtin_floor(floor);
      if (floor != number.real()) {
        if (equality) return everywhere(comparison == Comparison::kNotEqual);
        comparison = below ? Comparison::kLessEqual : Comparison::kGreater;
      }
      number = floor;
    }
    if (!(dtype == bool_ ? number.is_within(0, 1) : number.fits(dtype)))
      return everywhere(equality ? comparison == Comparison::kNotEqual : below == (floor > 0));
  } else if (!number.fits(dtype)) {  // finite, but beyond the dtype's range
    if (equality) return everywhere(comparison == Comparison::kNotEqual);
    constexpr double kMost = std::numeric_limits<float>::max();
    const bool above = floor > 0;
    if (above) comparison = below ? Comparison::kLessEqual : Comparison::kGreater;
    else comparison = below ? Comparison::kLess : Comparison::kGreaterEqual;
    number = above ? kMost : -kMost;
  }
  const Array value = Array::full({}, number, dtype, op);
  return kernels::compare(op, x.shape(), x.array(), value, dtype, comparison);
}

inline Tensor compare(const Op& op, const Operand& a, const Operand& b, Comparison comparison) {
  a.check_defined(op, Operands::kLeft);
  b.check_defined(op, Operands::kRight);
  if (a.is_number() && !b.is_number())
    return compare_number(op, b.tensor(), a.number(), mirrored(comparison));
  if (b.is_number()) {
    const Dtype dtype = is_floating(a.dtype()) ? float64 : int64;
    const Tensor left = a.is_number() ? a.as(op, dtype, Operands::kLeft) : a.tensor();
    return compare_number(op, left, b.number(), comparison);
  }
  const Tensor &left = a.tensor(), &right = b.tensor();
  Dtype dtype = promote(left.dtype(), right.dtype());
  if (dtype == float32 && (left.dtype() == int64 || right.dtype() == int64)) dtype = float64;
  return kernels::compare(op, broadcast_shapes(op, left.shape(), right.shape()), left.array(),
                          right.array(), dtype, comparison);
}
}  // namespace detail

// All of them: Shapes a (…), b (…) → y (broadcast) bool, unless stated otherwise.

// clang-format off: a table
/// Comparisons, element by element with broadcasting, to bool. No gradient.
/// Range   a number is compared exactly with integers, even if their dtype cannot hold it, and with
///         floating tensors in their dtype; int64 tensors with floating ones in float64
inline Tensor eq(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::compare({"eq", at}, a, b, kernels::Comparison::kEqual);
}
inline Tensor ne(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::compare({"ne", at}, a, b, kernels::Comparison::kNotEqual);
}
inline Tensor lt(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::compare({"lt", at}, a, b, kernels::Comparison::kLess);
}
inline Tensor le(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::compare({"le", at}, a, b, kernels::Comparison::kLessEqual);
}
inline Tensor gt(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::compare({"gt", at}, a, b, kernels::Comparison::kGreater);
}
inline Tensor ge(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::compare({"ge", at}, a, b, kernels::Comparison::kGreaterEqual);
}
// clang-format on

/// True if both are true (and), if at least one is true (or), if x is false (not). A number is true
/// if it is not 0. No gradient.
inline Tensor logical_and(const Tensor& a, const Tensor& b, At at = At::here()) {
  const Op op{"logical_and", at};
  check_defined(op, {{"a", a}, {"b", b}});
  return detail::Operands(op, to(a, bool_), to(b, bool_), bool_)
      .truth(op, [](bool left, bool right) { return (left & right) != 0; });
}
inline Tensor logical_or(const Tensor& a, const Tensor& b, At at = At::here()) {
  const Op op{"logical_or", at};
  check_defined(op, {{"a", a}, {"b", b}});
  return detail::Operands(op, to(a, bool_), to(b, bool_), bool_)
      .truth(op, [](bool left, bool right) { return (left | right) != 0; });
}
inline Tensor logical_not(const Tensor& x, At at = At::here()) {
  const Op op{"logical_not", at};
  return detail::compare(op, to(operand(op, "x", x), bool_), 0, kernels::Comparison::kEqual);
}

/// True if exactly one is true; a number is true if it is not 0. With broadcasting.
/// Shapes  a (…), b (…) → y (broadcast) bool
inline Tensor logical_xor(const Tensor& a, const Tensor& b, At at = At::here()) {
  const Op op{"logical_xor", at};
  const CalledAs called(op);
  check_defined(op, {{"a", a}, {"b", b}});
  return ne(to(a, bool_), to(b, bool_), at);
}

// Use eq() and ne(): an operator == that returns a tensor would break every std algorithm.
inline Tensor operator<(const Tensor& a, const Operand& b) { return lt(a, b, b.at); }
inline Tensor operator<=(const Tensor& a, const Operand& b) { return le(a, b, b.at); }
inline Tensor operator>(const Tensor& a, const Operand& b) { return gt(a, b, b.at); }
inline Tensor operator>=(const Tensor& a, const Operand& b) { return ge(a, b, b.at); }

namespace detail {
inline bool any_true(const Tensor& truths) {
  const bool *first = truths.data<bool>(), *end = first + truths.numel();
  return std::find(first, end, true) != end;
}
}  // namespace detail

/// Two numbers are close if |a − b| ≤ atol + rtol·|b|.
struct Closeness {
  double rtol = 1e-5, atol = 1e-8;
  bool equal_nan = false;  ///< NaN is close to NaN
};

/// True where a and b are close; equal infinities are close. With broadcasting.
/// Shapes  a (…), b (…) → y (broadcast) bool
/// Throws  ValueError if rtol or atol is negative
inline Tensor isclose(const Tensor& a, const Tensor& b, Closeness closeness = {},
                      At at = At::here()) {
  const Op op{"isclose", at};
  const CalledAs called(op);
  check_defined(op, {{"a", a}, {"b", b}});
  const double rtol = closeness.rtol, atol = closeness.atol;
  const bool equal_nan = closeness.equal_nan;
  check<ValueError>(rtol >= 0 && atol >= 0, op, "rtol=", rtol, ", atol=", atol,
                    "; neither may be negative");
  const Shape shape = broadcast_shapes(op, a.shape(), b.shape());
  const Dtype dtype = promote(a.dtype(), b.dtype());
  if (!is_floating(dtype)) {  // the distance of integers is exact
    const auto near = [=](std::int64_t left, std::int64_t right) {
      const std::int64_t low = std::min(left, right), high = std::max(left, right);
      const auto distance = static_cast<std::uint64_t>(wrapping_sub(high, low));
      return distance == 0 ||
             static_cast<double>(distance) <= atol + std::fabs(rtol * static_cast<double>(right));
    };
    return Tensor(kernels::zip<bool, std::int64_t>(op, shape, to(a, int64).array(),
                                                   to(b, int64).array(), near));
  }
  const auto close = [=]<class T>(T left, T right) {
    if (left == right) return true;
    if (left != left || right != right) return equal_nan && left != left && right != right;
    const T distance = std::fabs(left - right);
    return std::isfinite(distance) &&
           distance <= static_cast<T>(atol) + std::fabs(static_cast<T>(rtol) * right);
  };
  return dispatch_floating(op, dtype, [&]<class T>(Type<T>) {
    return Tensor(kernels::zip<bool, T>(op, shape, to(a.detach(), dtype).array(),
                                        to(b.detach(), dtype).array(), close));
  });
}

/// True if every element of a is close to that of b.
/// Shapes  a (…), b (…), which broadcast
inline bool allclose(const Tensor& a, const Tensor& b, Closeness closeness = {},
                     At at = At::here()) {
  const Op op{"allclose", at};
  const CalledAs called(op);
  check_defined(op, {{"a", a}, {"b", b}});
  return !detail::any_true(logical_not(isclose(a, b, closeness, at)));
}

/// True if a and b have the same shape and equal elements; NaN equals nothing.
/// Shapes  a (…), b (…)
inline bool equal(const Tensor& a, const Tensor& b, At at = At::here()) {
  const Op op{"equal", at};
  const CalledAs called(op);
  check_defined(op, {{"a", a}, {"b", b}});
  return a.shape() == b.shape() && !detail::any_true(ne(a.detach(), b.detach(), at));
}

}  // namespace tinygrad
