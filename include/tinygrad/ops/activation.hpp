// SPDX-License-Identifier: MIT
// Activation functions, element by element. sigmoid, tanh and softplus are in unary.hpp.
#pragma once

#include <cmath>
#include <numbers>
#include <utility>

#include "tinygrad/ops/unary.hpp"

namespace tinygrad {

namespace detail {
/// grad where output > 0, else 0, unrecorded.
inline Tensor masked(const Tensor& grad, const Tensor& output) {
  const Op op{"relu"};
  return dispatch_floating(op, grad.dtype(), [&]<class T>(Type<T>) {
    return kernels::zip<T, T>(op, output.shape(), grad.array(), output.array(),
                              [](T g, T y) { return y > T{0} ? g : T{0}; });
  });
}
}  // namespace detail

// All of them: Shapes x (…) → y (…); Throws DtypeError if x is not floating.

/// relu(x) = max(x, 0).
/// Grad    grad_x = grad_y · [y > 0]; at x = 0 the subgradient 0 is used
/// Saves   y (shared, no copy)
/// Source  Nair & Hinton, ICML 2010
inline Tensor relu(const Tensor& x, At at = At::here()) {
  const Op op{"relu", at};
  const Array y = detail::map_floating(op, x, kernels::Relu{});
  return record(op, y, {x}, save(y), [](const Vjp& vjp, const Tensor& output) {
    if (grad_enabled()) return grads(where(output > 0, vjp.grad(), 0));
    return grads(detail::masked(vjp.grad(), output));  // one pass instead of two
  });
}

/// x where x > 0, else negative_slope·x.
/// Grad    grad_y, or negative_slope·grad_y where x ≤ 0
/// Saves   x
/// Source  Maas, Hannun & Ng, ICML 2013
inline Tensor leaky_relu(const Tensor& x, double negative_slope = 0.01, At at = At::here()) {
  const Op op{"leaky_relu", at};
  Array y = detail::map_floating(op, x, [negative_slope]<class T>(T v) {
    return v > T{0} ? v : v * static_cast<T>(negative_slope);
  });
  return record(op, std::move(y), {x}, save(x),
                [negative_slope](const Vjp& vjp, const Tensor& input) {
                  return grads(where(input > 0, vjp.grad(), vjp.grad() * negative_slope));
                });
}

/// x where x > 0, else alpha·(e^x − 1).
/// Grad    grad_y, or grad_y·alpha·e^x where x ≤ 0
/// Saves   x
/// Source  Clevert, Unterthiner & Hochreiter, ICLR 2016
inline Tensor elu(const Tensor& x, double alpha = 1, At at = At::here()) {
  const Op op{"elu", at};
  Array y = detail::map_floating(op, x, [alpha]<class T>(T v) {
    return v > T{0} ? v : static_cast<T>(alpha) * std::expm1(v);
  });
  return record(op, std::move(y), {x}, save(x), [alpha](const Vjp& vjp, const Tensor& input) {
    // exp of the negative part only: e^x of a large x would be an infinity times 0.
    return grads(where(input > 0, vjp.grad(), vjp.grad() * (exp(minimum(input, 0)) * alpha)));
  });
}

/// x·sigmoid(x), also called swish.
/// Grad    grad_y·(s + x·s·(1 − s)) with s = sigmoid(x)
/// Saves   x
/// Source  Elfwing, Uchibe & Doya, Neural Networks 2018
inline Tensor silu(const Tensor& x, At at = At::here()) {
  const Op op{"silu", at};
  Array y = detail::map_floating(op, x, [](auto v) { return v * kernels::sigmoid_of(v); });
  return record(op, std::move(y), {x}, save(x), [](const Vjp& vjp, const Tensor& input) {
    const Tensor s = sigmoid(input);
    return grads(vjp.grad() * (s * (1 + input * (1 - s))));
  });
}

/// Which gelu: exact, or its approximation by tanh.
enum class Gelu { kExact, kTanh };

/// x·Φ(x) with Φ the normal distribution: x/2·(1 + erf(x/√2)); or x/2·(1 + tanh(√(2/π)·(x +
/// 0.044715·x³))). Grad    grad_y·(Φ(x) + x·φ(x)), or the derivative of the approximation Saves   x
/// Source  Hendrycks & Gimpel, arXiv 1606.08415
inline Tensor gelu(const Tensor& x, Gelu kind = Gelu::kExact, At at = At::here()) {
  const Op op{"gelu", at};
  constexpr double kCubic = 0.044715,
                   kScale = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;  // √(2/π)
  Array y = detail::map_floating(op, x, [kind]<class T>(T v) {
    const T inner =
        kind == Gelu::kExact
            ? std::erf(v * static_cast<T>(1 / std::numbers::sqrt2))
            : kernels::fast_tanh(static_cast<T>(kScale) * (v + static_cast<T>(kCubic) * v * v * v));
    return v * T{0.5} * (T{1} + inner);
  });
  return record(op, std::move(y), {x}, save(x), [kind](const Vjp& vjp, const Tensor& input) {
    if (kind == Gelu::kExact) {
      const Tensor cdf = (erf(input * (1 / std::numbers::sqrt2)) + 1) * 0.5;
      const Tensor pdf = exp(input * input * -0.5) * (kScale / 2);
      return grads(vjp.grad() * (cdf + input * pdf));
    }
    const Tensor square_of = input * input;
    const Tensor t = tanh(input * (square_of * kCubic + 1) * kScale);
    const Tensor slope = (square_of * (3 * kCubic) + 1) * kScale;
    return grads(vjp.grad() * ((t + 1) * 0.5 + input * (1 - t * t) * slope * 0.5));
  });
}

}  // namespace tinygrad
