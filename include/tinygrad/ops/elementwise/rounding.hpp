// SPDX-License-Identifier: MIT
// Rounding to whole numbers: floor, ceil, round and trunc. Also frac, the part that trunc removes.
#pragma once

#include <cmath>

#include "tinygrad/ops/elementwise/map.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

// All of them: Shapes x (…) → y (…); Throws DtypeError if x is not floating.

/// The largest integer that is at most x.
/// Grad    0 everywhere
inline Tensor floor(const Tensor& x, At at = At::here()) {
  const Op op{"floor", at};
  const Array y = detail::map_floating(op, x, [](auto v) { return std::floor(v); });
  return detail::record_step(op, y, x);
}

/// The smallest integer that is at least x.
/// Grad    0 everywhere
inline Tensor ceil(const Tensor& x, At at = At::here()) {
  const Op op{"ceil", at};
  const Array y = detail::map_floating(op, x, [](auto v) { return std::ceil(v); });
  return detail::record_step(op, y, x);
}

/// The nearest integer; halves go to the even one.
/// Grad    0 everywhere
inline Tensor round(const Tensor& x, At at = At::here()) {
  const Op op{"round", at};
  const Array y = detail::map_floating(op, x, [](auto v) { return std::nearbyint(v); });
  return detail::record_step(op, y, x);
}

/// x without its fraction: rounded towards 0.
/// Grad    0 everywhere
inline Tensor trunc(const Tensor& x, At at = At::here()) {
  const Op op{"trunc", at};
  const Array y = detail::map_floating(op, x, [](auto v) { return std::trunc(v); });
  return detail::record_step(op, y, x);
}

/// The fraction x − trunc(x), with the sign of x; NaN for ±Inf.
/// Grad    grad_y
inline Tensor frac(const Tensor& x, At at = At::here()) {
  const Op op{"frac", at};
  const Array y = detail::map_floating(op, x, [](auto v) { return v - std::trunc(v); });
  return record(op, y, {x}, save(), [](const Vjp& vjp) { return grads(vjp.grad()); });
}

}  // namespace tinygrad
