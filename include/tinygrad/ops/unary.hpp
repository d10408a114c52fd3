// SPDX-License-Identifier: MIT
// Functions of one tensor, element by element, and powers.
#pragma once

#include <cmath>
#include <numbers>
#include <utility>

#include "tinygrad/ops/arithmetic.hpp"

namespace tinygrad {

namespace detail {
/// f of every element of a floating tensor.
template <class F> Array map_floating(const Op& op, const Tensor& x, F f) {
  return dispatch_floating(op, x.dtype(),
                           [&]<class T>(Type<T>) { return kernels::map<T, T>(op, x.array(), f); });
}
}  // namespace detail

// All of them: Shapes x (…) → y (…); Throws DtypeError if x is not floating.

/// e^x.
/// Grad    grad_y·y
/// Saves   y
inline Tensor exp(const Tensor& x, At at = At::here()) {
  const Op op{"exp", at};
  const Array y = detail::map_floating(op, x, kernels::Exp{});
  return record(op, y, {x}, save(y),
                [](const Vjp& vjp, const Tensor& output) { return grads(vjp.grad() * output); });
}

/// e^x − 1, accurate near 0.
/// Grad    grad_y·(y + 1)
/// Saves   y
inline Tensor expm1(const Tensor& x, At at = At::here()) {
  const Op op{"expm1", at};
  const Array y = detail::map_floating(op, x, kernels::Expm1{});
  return record(op, y, {x}, save(y), [](const Vjp& vjp, const Tensor& output) {
    return grads(vjp.grad() * (output + 1));
  });
}

/// Natural logarithm; −inf at 0, NaN below.
/// Grad    grad_y / x
/// Saves   x
inline Tensor log(const Tensor& x, At at = At::here()) {
  const Op op{"log", at};
  Array y = detail::map_floating(op, x, kernels::Log{});
  return record(op, std::move(y), {x}, save(x),
                [](const Vjp& vjp, const Tensor& input) { return grads(vjp.grad() / input); });
}

/// log(1 + x), accurate near 0.
/// Grad    grad_y / (1 + x)
/// Saves   x
inline Tensor log1p(const Tensor& x, At at = At::here()) {
  const Op op{"log1p", at};
  Array y = detail::map_floating(op, x, kernels::Log1p{});
  return record(op, std::move(y), {x}, save(x), [](const Vjp& vjp, const Tensor& input) {
    return grads(vjp.grad() / (input + 1));
  });
}

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
inline Tensor rsqrt(const Tensor& x, At at = At::here()) {
  const Op op{"rsqrt", at};
  const Array y = detail::map_floating(op, x, kernels::Rsqrt{});
  return record(op, y, {x}, save(y), [](const Vjp& vjp, const Tensor& output) {
    return grads(vjp.grad() * (output * output * output * -0.5));
  });
}

/// x².
/// Grad    2·x·grad_y
/// Saves   x
inline Tensor square(const Tensor& x, At at = At::here()) {
  const Op op{"square", at};
  Array y = dispatch_number(op, x.dtype(), [&]<class T>(Type<T>) {
    return kernels::map<T, T>(op, x.array(), [](T v) { return v * v; });
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
  const Array y = detail::map_floating(op, x, [](auto v) { return decltype(v){1} / v; });
  return record(op, y, {x}, save(y), [](const Vjp& vjp, const Tensor& output) {
    return grads(neg(vjp.grad() * (output * output)));
  });
}

/// The sign: −1, 0 or 1; NaN for NaN.
/// Grad    0 everywhere
inline Tensor sign(const Tensor& x, At at = At::here()) {
  const Op op{"sign", at};
  Array y = dispatch_number(op, x.dtype(), [&]<class T>(Type<T>) {
    return kernels::map<T, T>(op, x.array(), kernels::Sign{});
  });
  return record(op, std::move(y), {x}, save(),
                [](const Vjp& vjp) { return grads(vjp.grad() * 0); });
}

/// |x|.
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

inline Tensor cos(const Tensor& x, At at = At::here());

/// Sine of x in radians.
/// Grad    grad_y·cos x
/// Saves   x
inline Tensor sin(const Tensor& x, At at = At::here()) {
  const Op op{"sin", at};
  Array y = detail::map_floating(op, x, kernels::Sin{});
  return record(op, std::move(y), {x}, save(x),
                [](const Vjp& vjp, const Tensor& input) { return grads(vjp.grad() * cos(input)); });
}

/// Cosine of x in radians.
/// Grad    −grad_y·sin x
/// Saves   x
inline Tensor cos(const Tensor& x, At at) {
  const Op op{"cos", at};
  Array y = detail::map_floating(op, x, kernels::Cos{});
  return record(op, std::move(y), {x}, save(x), [](const Vjp& vjp, const Tensor& input) {
    return grads(neg(vjp.grad() * sin(input)));
  });
}

/// Hyperbolic tangent.
/// Grad    grad_y·(1 − y²)
/// Saves   y
inline Tensor tanh(const Tensor& x, At at = At::here()) {
  const Op op{"tanh", at};
  const Array y = detail::map_floating(op, x, kernels::Tanh{});
  return record(op, y, {x}, save(y), [](const Vjp& vjp, const Tensor& output) {
    return grads(vjp.grad() * (1 - output * output));
  });
}

/// 1 / (1 + e^−x).
/// Grad    grad_y·y·(1 − y)
/// Saves   y
inline Tensor sigmoid(const Tensor& x, At at = At::here()) {
  const Op op{"sigmoid", at};
  const Array y = detail::map_floating(op, x, kernels::Sigmoid{});
  return record(op, y, {x}, save(y), [](const Vjp& vjp, const Tensor& output) {
    return grads(vjp.grad() * (output * (1 - output)));
  });
}

/// Error function, 2/√π · ∫₀ˣ e^−t² dt.
/// Grad    grad_y · 2/√π · e^−x²
/// Saves   x
inline Tensor erf(const Tensor& x, At at = At::here()) {
  const Op op{"erf", at};
  Array y = detail::map_floating(op, x, kernels::Erf{});
  return record(op, std::move(y), {x}, save(x), [](const Vjp& vjp, const Tensor& input) {
    return grads(vjp.grad() * (exp(neg(input * input)) * (2 * std::numbers::inv_sqrtpi)));
  });
}

/// log(1 + e^(β·x)) / β, a smooth relu.
/// Grad    grad_y·sigmoid(β·x)
/// Saves   x
/// Throws  also ValueError if beta is 0
/// Range   max(x, 0) + log1p(e^−|βx|)/β: no overflow for any x
inline Tensor softplus(const Tensor& x, double beta = 1, At at = At::here()) {
  const Op op{"softplus", at};
  check<ValueError>(beta != 0, op, "beta=", beta, " must not be 0");
  Array y = detail::map_floating(op, x, [beta]<class T>(T v) {
    const T b = static_cast<T>(beta);
    return kernels::Softplus{}(b * v) / b;
  });
  return record(op, std::move(y), {x}, save(x), [beta](const Vjp& vjp, const Tensor& input) {
    return grads(vjp.grad() * sigmoid(beta == 1 ? input : input * beta));
  });
}

/// a^b, element by element with broadcasting; a number as exponent is the common case.
/// Grad    grad_a = grad_y·b·a^(b−1), 0 where b = 0; grad_b = grad_y·y·log a, 0 where a = 0 and b ≥
/// 0 Saves   a, b; y if b needs a gradient Range   as std::pow: NaN for a negative a and a
/// fractional b
inline Tensor pow(const Operand& a, const Operand& b, At at = At::here()) {
  const Op op{"pow", at};
  const detail::Operands in(op, a, b, float32);
  Array y;
  const double exponent = in.b.numel() == 1 ? in.b.item() : 0;
  if (exponent == 2) {  // squares are common and std::pow is slow
    y = dispatch_floating(op, in.a.dtype(), [&]<class T>(Type<T>) {
      return kernels::zip<T, T>(op, in.shape, in.a.array(), in.b.array(),
                                [](T v, T) { return v * v; });
    });
  } else {
    y = in.map<kernels::Pow>(op);
  }
  return record(op, y, {in.a, in.b}, save(in.a, in.b, in.b.requires_grad() ? y : Array()),
                [](const Vjp& vjp, const Tensor& base, const Tensor& power, const Tensor& output) {
                  Grads out(2);
                  if (vjp.needs(0)) {
                    const Tensor slope = where(eq(power, 0), 0, power * pow(base, power - 1));
                    out[0] = sum_to(vjp.grad() * slope, base.shape());
                  }
                  if (vjp.needs(1)) {
                    const Tensor flat = logical_and(eq(base, 0), ge(power, 0));
                    const Tensor safe = where(flat, 1, base);
                    out[1] = sum_to(where(flat, 0, vjp.grad() * output * log(safe)), power.shape());
                  }
                  return out;
                });
}

}  // namespace tinygrad
