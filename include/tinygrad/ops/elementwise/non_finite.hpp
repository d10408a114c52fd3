// SPDX-License-Identifier: MIT
// Tests for NaN and infinities, and their replacement.
#pragma once

#include <limits>
#include <optional>

#include "tinygrad/ops/elementwise/sign.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

// clang-format off: a table
/// True where x is NaN (isnan), ±Inf (isinf), neither (isfinite). For integers false, false and
/// true. No gradient.
/// Shapes  x (…) → y (…) bool
inline Tensor isnan(const Tensor& x, At at = At::here()) {
  const Tensor values = operand({"isnan", at}, "x", x).detach();
  return ne(values, values, at);
}
inline Tensor isinf(const Tensor& x, At at = At::here()) {
  operand({"isinf", at}, "x", x);
  if (!is_floating(x.dtype())) return Array::zeros(x.shape(), bool_);
  return eq(abs(x.detach()), std::numeric_limits<double>::infinity(), at);
}
inline Tensor isfinite(const Tensor& x, At at = At::here()) {
  operand({"isfinite", at}, "x", x);
  if (!is_floating(x.dtype())) return Array::full(x.shape(), 1, bool_);
  return lt(abs(x.detach()), std::numeric_limits<double>::infinity(), at);
}
// clang-format on

/// x with NaN, Inf and −Inf replaced by the given numbers. Without numbers for the infinities, they
/// become the largest and the smallest finite number.
/// Shapes  x (…) → y (…)
/// Grad    grad_y where x is finite, else 0
/// Saves   x
/// Throws  DtypeError if x is not floating
inline Tensor nan_to_num(const Tensor& x, double nan = 0, std::optional<double> posinf = {},
                         std::optional<double> neginf = {}, At at = At::here()) {
  const Op op{"nan_to_num", at};
  Array y = detail::map_floating(op, x, [=]<class T>(T v) {
    if (v != v) return static_cast<T>(nan);
    constexpr T most = std::numeric_limits<T>::max();
    if (v > most) return posinf ? static_cast<T>(*posinf) : most;
    if (v < -most) return neginf ? static_cast<T>(*neginf) : -most;
    return v;
  });
  return record(op, std::move(y), {x}, save(x), [](const Vjp& vjp, const Tensor& input) {
    return grads(where(isfinite(input), vjp.grad(), 0));
  });
}

}  // namespace tinygrad
