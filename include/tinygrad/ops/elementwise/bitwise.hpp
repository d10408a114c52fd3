// SPDX-License-Identifier: MIT
// Bitwise operations on bool, uint8 and int64. Nothing here has a gradient.
#pragma once

#include "tinygrad/ops/elementwise/operands.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

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
/// Bitwise operations on bool, uint8 and int64, with broadcasting. A number beside a uint8 becomes
/// uint8.
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

}  // namespace tinygrad
