// SPDX-License-Identifier: MIT
// Activation functions, element by element. sigmoid, tanh and softplus are in unary.hpp.
#pragma once

#include <cmath>
#include <numbers>
#include <utility>

#include "tinygrad/ops/unary.hpp"

namespace tinygrad {

namespace detail {
/// f(grad_y, saved), element by element in one pass, unrecorded: for a vjp when it need not be
/// differentiated itself.
template <class F> Grads fused_grad(const Vjp& vjp, const Tensor& saved, F f) {
  const Op op{vjp.node().name(), vjp.node().at()};
  return grads(dispatch_floating(op, saved.dtype(), [&]<class T>(Type<T>) {
    return Tensor(kernels::zip<T, T>(op, saved.shape(), vjp.grad().array(), saved.array(), f));
  }));
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
    return detail::fused_grad(vjp, output, []<class T>(T g, T v) { return v > T{0} ? g : T{0}; });
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

namespace detail {
inline constexpr double kGeluCubic = 0.044715;
inline constexpr double kGeluScale = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;  // √(2/π)

/// Φ(x) and its approximation, the factor of x in gelu.
struct GeluExact {
  template <class T> static T factor(T x) {
    return T{0.5} * (T{1} + kernels::fast_erf(x * static_cast<T>(1 / std::numbers::sqrt2)));
  }
  template <class T> T operator()(T x) const { return x * factor(x); }
  /// The vjp.
  template <class T> T operator()(T grad, T x) const {
    const T density = kernels::fast_exp(T{-0.5} * x * x) * static_cast<T>(kGeluScale / 2);
    return grad * std::fma(x, density, factor(x));
  }
};
struct GeluTanh {
  template <class T> static T tanh_of(T x) {
    const T cubic = std::fma(x * x, static_cast<T>(kGeluCubic), T{1});
    return kernels::fast_tanh(static_cast<T>(kGeluScale) * x * cubic);
  }
  template <class T> T operator()(T x) const { return x * (T{0.5} * (T{1} + tanh_of(x))); }
  /// The vjp.
  template <class T> T operator()(T grad, T x) const {
    const T near = x < T{-10} ? T{-10} : x > T{10} ? T{10} : x;  // 1 − t² is 0 beyond: no 0·Inf
    const T t = tanh_of(x);
    const T inner = std::fma(near * near, static_cast<T>(3 * kGeluCubic), T{1});
    const T slope = near * std::fma(-t, t, T{1}) * static_cast<T>(kGeluScale);
    return grad * (T{0.5} * std::fma(slope, inner, T{1} + t));
  }
};
}  // namespace detail

/// x·Φ(x) with Φ the normal distribution: x/2·(1 + erf(x/√2)).
/// The approximation is x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))).
/// Grad    grad_y·(Φ(x) + x·φ(x)) with φ = Φ′, or the derivative of the approximation
/// Saves   x
/// Source  Hendrycks & Gimpel, arXiv 1606.08415
inline Tensor gelu(const Tensor& x, Gelu kind = Gelu::kExact, At at = At::here()) {
  const Op op{"gelu", at};
  const bool exact = kind == Gelu::kExact;
  Array y = exact ? detail::map_floating(op, x, detail::GeluExact{})
                  : detail::map_floating(op, x, detail::GeluTanh{});
  return record(op, std::move(y), {x}, save(x), [exact](const Vjp& vjp, const Tensor& input) {
    if (!grad_enabled())  // one pass instead of about ten
      return exact ? detail::fused_grad(vjp, input, detail::GeluExact{})
                   : detail::fused_grad(vjp, input, detail::GeluTanh{});
    if (exact) {
      const Tensor cdf = (erf(input * (1 / std::numbers::sqrt2)) + 1) * 0.5;
      const Tensor pdf = exp(input * input * -0.5) * (detail::kGeluScale / 2);
      return grads(vjp.grad() * (cdf + input * pdf));
    }
    const Tensor near = clamp(input, -10, 10);  // 1 − t² is 0 beyond: no 0·Inf
    const Tensor square_of = near * near;
    const Tensor t = tanh(near * (square_of * detail::kGeluCubic + 1) * detail::kGeluScale);
    const Tensor inner = (square_of * (3 * detail::kGeluCubic) + 1) * detail::kGeluScale;
    return grads(vjp.grad() * ((t + 1 + near * (1 - t * t) * inner) * 0.5));
  });
}

}  // namespace tinygrad
