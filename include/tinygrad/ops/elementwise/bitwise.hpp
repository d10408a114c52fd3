// SPDX-License-Identifier: MIT
// Bitwise and remaining logical operations, and whether tensors are equal or close. Comparisons and
// logical_and, _or and _not are in arithmetic.hpp. Nothing here has a gradient.
#pragma once

#include <cmath>

#include "tinygrad/ops/reduction/reduction.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// Truth of exactly one; a number is true if it is not 0. With broadcasting.
/// Shapes  a (…), b (…) → y (broadcast) bool
inline Tensor logical_xor(const Tensor& a, const Tensor& b, At at = At::here()) {
  const Op op{"logical_xor", at};
  const CalledAs called(op);
  check_defined(op, {{"a", a}, {"b", b}});
  return ne(to(a, bool_), to(b, bool_), at);
}

namespace detail {
enum class Bits { kAnd, kOr, kXor };

inline Tensor bitwise(const Op& op, const Operand& a, const Operand& b, Bits kind) {
  const Operands in(op, a, b, bool_);
  const auto zip = [&]<class T>(Type<T>) {
    return kernels::zip<T, T>(op, in.shape, in.a.array(), in.b.array(), [kind](T left, T right) {
      return static_cast<T>(kind == Bits::kAnd  ? left & right
                            : kind == Bits::kOr ? left | right
                                                : left ^ right);
    });
  };
  switch (in.a.dtype()) {
    case bool_: return zip(Type<bool>{});
    case uint8: return zip(Type<std::uint8_t>{});
    case int64: return zip(Type<std::int64_t>{});
    default: fail<DtypeError>(op, "wants bool, uint8 or int64, got ", in.a.dtype());
  }
}
}  // namespace detail

// clang-format off: a table
/// Bit by bit, for bool, uint8 and int64, with broadcasting. A number takes the dtype of a uint8.
/// Shapes  a (…), b (…) → y (broadcast)
/// Throws  DtypeError if an operand is floating
inline Tensor bitwise_and(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::bitwise({"bitwise_and", at}, a, b, detail::Bits::kAnd);
}
inline Tensor bitwise_or(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::bitwise({"bitwise_or", at}, a, b, detail::Bits::kOr);
}
inline Tensor bitwise_xor(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::bitwise({"bitwise_xor", at}, a, b, detail::Bits::kXor);
}
inline Tensor bitwise_not(const Tensor& x, At at = At::here()) {
  const Op op{"bitwise_not", at};
  check<DtypeError>(!is_floating(x.dtype()), op, "wants bool, uint8 or int64, got ", x.dtype());
  const int ones = x.dtype() == bool_ ? 1 : x.dtype() == uint8 ? 255 : -1;
  return detail::bitwise(op, x, Array::full({}, ones, x.dtype()), detail::Bits::kXor);
}
// clang-format on

/// When two numbers count as close: |a − b| ≤ atol + rtol·|b|.
struct Closeness {
  double rtol = 1e-5, atol = 1e-8;
  bool equal_nan = false;  ///< NaN is close to NaN
};

/// True where a and b are close; equal infinities are. With broadcasting.
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
  return sum(logical_not(isclose(a, b, closeness, at))).item() == 0;
}

/// True if a and b have the same shape and equal elements; NaN equals nothing.
/// Shapes  a (…), b (…)
inline bool equal(const Tensor& a, const Tensor& b, At at = At::here()) {
  const Op op{"equal", at};
  const CalledAs called(op);
  check_defined(op, {{"a", a}, {"b", b}});
  return a.shape() == b.shape() && sum(ne(a.detach(), b.detach(), at)).item() == 0;
}

}  // namespace tinygrad
