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

/// The sign: −1, 0 or 1; NaN for NaN.
/// Grad    0 everywhere
inline Tensor sign(const Tensor& x, At at = At::here()) {
  const Op op{"sign", at};
  Array y = dispatch_number(op, x.dtype(), [&]<class T>(Type<T>) {
    return kernels::map<T, T>(op, x.array(), kernels::Sign{});
  });
  return record(op, std::move(y), {x}, save(),
                [](const Vjp& vjp) {  // not grad_y·0, which is NaN for an Inf
                  return grads(Tensor(Array::zeros(vjp.grad().shape(), vjp.grad().dtype())));
                });
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

/// log(1 + e^(β·x)) / β, a smooth relu; x itself where β·x > threshold, as in PyTorch.
/// Grad    grad_y·sigmoid(β·x), or grad_y where β·x > threshold
/// Saves   x
/// Throws  also ValueError if beta is 0
/// Range   max(x, 0) + log1p(e^−|βx|)/β does not overflow; the threshold 20 changes nothing in
///         float32 and less than 3e-9 in float64, and may be infinite
inline Tensor softplus(const Tensor& x, double beta = 1, double threshold = 20,
                       At at = At::here()) {
  const Op op{"softplus", at};
  check<ValueError>(beta != 0, op, "beta=", beta, " must not be 0");
  Array y = detail::map_floating(op, x, kernels::Softplus{beta, threshold});
  return record(op, std::move(y), {x}, save(x),
                [beta, threshold](const Vjp& vjp, const Tensor& input) {
                  const Tensor scaled = beta == 1 ? input : input * beta;
                  return grads(where(scaled > threshold, vjp.grad(), vjp.grad() * sigmoid(scaled)));
                });
}

namespace detail {
/// x^exponent for one exponent. The common ones need no std::pow, which does not vectorise.
inline Array power(const Op& op, const Tensor& x, double exponent) {
  if (exponent == -1) return map_floating(op, x, kernels::Reciprocal{});
  if (exponent == 0.5) return map_floating(op, x, kernels::Sqrt{});
  if (exponent == 1) return x.array();
  if (exponent == 2) return map_floating(op, x, kernels::Square{});
  if (exponent == 3) return map_floating(op, x, kernels::Cube{});
  return map_floating(op, x,
                      [exponent]<class T>(T v) { return std::pow(v, static_cast<T>(exponent)); });
}

/// pow with a number as exponent: saves x alone.
inline Tensor pow_number(const Op& op, const Tensor& x, double exponent) {
  return record(op, power(op, x, exponent), {x}, save(x),
                [exponent](const Vjp& vjp, const Tensor& input) {
                  const Tensor& g = vjp.grad();
                  // 0·a^−1 would be NaN at 0.
                  if (exponent == 0) return grads(Tensor(Array::zeros(g.shape(), g.dtype())));
                  if (exponent == 1) return grads(g);
                  const Op slope{"pow", vjp.node().at()};
                  return grads(g * (pow_number(slope, input, exponent - 1) * exponent));
                });
}
}  // namespace detail

/// a^b, element by element with broadcasting; a number as exponent is the fast case.
/// Shapes  a (…), b (…) → y (broadcast); integers are raised as float32
/// Grad    grad_a = grad_y·b·a^(b−1), 0 where b = 0; grad_b = grad_y·y·log a, 0 where a = 0 and
///         b ≥ 0; each summed over its broadcast axes
/// Saves   a; b unless it is a number; y if b needs a gradient
/// Range   as std::pow: NaN for a negative a and a fractional b
inline Tensor pow(const Operand& a, const Operand& b, At at = At::here()) {
  const Op op{"pow", at};
  const detail::Operands in(op, a, b, float32);
  if (b.is_number() && !a.is_number()) return detail::pow_number(op, in.a, b.as(float64).item());
  const Array y = in.map<kernels::Pow>(op);
  return record(
      op, y, {in.a, in.b}, save(in.a, in.b, in.b.requires_grad() ? y : Array()),
      [](const Vjp& vjp, const Tensor& base, const Tensor& power, const Tensor& output) {
        Grads out(2);
        if (vjp.needs(0)) {  // at 0^0, and NaN^0, base 1 stands in: the slope is 0, not 0·Inf
          const Tensor flat = logical_and(eq(power, 0), logical_not(abs(base) > 0));
          const Tensor slope = power * pow(where(flat, 1, base), power - 1);
          out[0] = sum_to(vjp.grad() * slope, base.shape());
        }
        if (vjp.needs(1)) {  // where a = 0, the slope is the limit 0, not 0·log 0
          const Tensor flat = logical_and(eq(base, 0), ge(power, 0));
          const Tensor slope = output * log(where(flat, 1, base));
          out[1] = sum_to(where(flat, 0, vjp.grad() * slope), power.shape());
        }
        return out;
      });
}

}  // namespace tinygrad
