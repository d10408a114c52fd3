// SPDX-License-Identifier: MIT
// Signs of numbers: sign, abs, signbit, copysign and the step function heaviside.
#pragma once

#include <cmath>
#include <type_traits>

#include "tinygrad/ops/elementwise/map.hpp"
#include "tinygrad/ops/elementwise/select.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

// All of them: Shapes x (…) → y (…), unless stated otherwise.

/// The sign: −1, 0 or 1; NaN for NaN.
/// Grad    0 everywhere
inline Tensor sign(const Tensor& x, At at = At::here()) {
  const Op op{"sign", at};
  Array y = dispatch_number(op, x.dtype(), [&]<class T>(Type<T>) {
    return kernels::map<T, T>(op, x.array(), kernels::Sign{});
  });
  return detail::record_step(op, y, x);
}

/// |x|. The smallest int64 gives itself.
/// Grad    grad_y·sign(x); at x = 0 the subgradient 0 is used
/// Saves   x
inline Tensor abs(const Tensor& x, At at = At::here()) {
  const Op op{"abs", at};
  Array y = dispatch_number(op, x.dtype(), [&]<class T>(Type<T>) {
    return kernels::map<T, T>(op, x.array(), kernels::Abs{});
  });
  return record(op, std::move(y), {x}, save(x), [](const Vjp& vjp, const Tensor& input) {
    return grads(vjp.grad() * sign(input));
  });
}

/// True where x has a minus sign: negative numbers, −0, and NaNs with a sign bit. No gradient.
/// Shapes  x (…) → y (…) bool
/// Throws  DtypeError if x is bool or uint8
inline Tensor signbit(const Tensor& x, At at = At::here()) {
  const Op op{"signbit", at};
  return dispatch_number(op, x.dtype(), [&]<class T>(Type<T>) {
    return Tensor(kernels::map<bool, T>(op, x.array(), [](T v) {
      if constexpr (std::is_floating_point_v<T>) return std::signbit(v);
      else return v < 0;
    }));
  });
}

/// |a| with the sign of b. Signs of zeros and NaNs count.
/// Shapes  a (…), b (…) → y (broadcast); gradients are summed over broadcast dims
/// Grad    grad_a = ±grad_y, with minus where the sign changes, and 0 where a = 0; grad_b = 0
/// Saves   a, b
inline Tensor copysign(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::binary_floating(
      {"copysign", at}, a, b, [](auto left, auto right) { return std::copysign(left, right); },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        return grad_y * sign(left) * where(signbit(right), -1, 1);
      },
      detail::no_slope);
}

/// The step function: 0 where x < 0 or NaN, `values` where x = 0, 1 where x > 0. For integer x it
/// is int64 if `values` is an integer too.
/// Shapes  x (…), values (…) → y (broadcast); gradients are summed over broadcast dims
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

}  // namespace tinygrad
