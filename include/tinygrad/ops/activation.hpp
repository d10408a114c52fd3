// SPDX-License-Identifier: MIT
// Activation functions, element by element. sigmoid, tanh and softplus are in unary.hpp, softmax in
// softmax.hpp.
#pragma once

#include <cmath>
#include <numbers>
#include <utility>

#include "tinygrad/kernels/random.hpp"
#include "tinygrad/ops/movement.hpp"
#include "tinygrad/ops/softmax.hpp"
#include "tinygrad/ops/unary.hpp"

namespace tinygrad {

// All of them: Shapes x (…) → y (…); Throws DtypeError if x is not floating.

/// relu(x) = max(x, 0).
/// Grad    grad_x = grad_y · [y > 0]; at x = 0 the subgradient 0 is used, at NaN grad_y passes
/// Saves   y (shared, no copy)
/// Source  Nair & Hinton, ICML 2010
inline Tensor relu(const Tensor& x, At at = At::here()) {
  const Op op{"relu", at};
  const Array y = detail::map_floating(op, x, kernels::Relu{});
  return record(op, y, {x}, save(y), [](const Vjp& vjp, const Tensor& output) {
    if (grad_enabled()) return grads(where(output <= 0, 0, vjp.grad()));
    return detail::fused_grad(vjp, output, []<class T>(T g, T v) { return v <= T{0} ? T{0} : g; });
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

/// x where x > 0, else weight·x: leaky_relu with a slope that is learned.
/// Shapes  x (N, C, …), weight (C) or one number → y (N, C, …)
/// Grad    grad_x = grad_y, or weight·grad_y where x ≤ 0; grad_weight = Σ grad_y·x over x ≤ 0
/// Throws  DtypeError if x is not floating; ShapeError unless weight has one value or C
/// Source  He et al., ICCV 2015
inline Tensor prelu(const Tensor& x, const Tensor& weight, At at = At::here()) {
  const Op op{"prelu", at};
  detail::check_floating(op, x);
  const Index channels = x.dim() >= 2 ? x.size(1) : 1;
  check<ShapeError>(weight.dim() <= 1 && (weight.numel() == 1 || weight.numel() == channels), op,
                    "weight ", weight.shape(), " must have one value or one for each of the ",
                    channels, " channels of x ", x.shape());
  Shape shape;  // of weight, aligned with axis 1 of x
  for (int axis = 0; axis < x.dim(); ++axis) shape.push_back(axis == 1 ? weight.numel() : 1);
  if (x.dim() < 2) shape = {};
  const Tensor positive = gt(x, 0);
  // The inner where keeps an Inf that is not scaled out of weight's gradient.
  return where(positive, x, reshape(weight, shape) * where(positive, 0, x), at);
}

namespace detail {
/// scale·x where x > 0, else scale·alpha·(e^(rate·x) − 1): elu, selu and celu.
inline Tensor exponential_unit(const Op& op, const Tensor& x, double alpha, double scale,
                               double rate) {
  Array y = map_floating(op, x, [=]<class T>(T v) {
    const T curved = static_cast<T>(scale * alpha) * kernels::fast_expm1(static_cast<T>(rate) * v);
    return v > T{0} ? static_cast<T>(scale) * v : curved;
  });
  return record(op, std::move(y), {x}, save(x), [=](const Vjp& vjp, const Tensor& input) {
    const Tensor positive = gt(input, 0);
    // exp of the other part only: e^x of a large x would be an infinity times 0.
    const Tensor curved = exp(where(positive, 0, input) * rate) * (scale * alpha * rate);
    return grads(vjp.grad() * where(positive, scale, curved));
  });
}
}  // namespace detail

/// x where x > 0, else alpha·(e^x − 1).
/// Grad    grad_y, or grad_y·alpha·e^x where x ≤ 0
/// Saves   x
/// Source  Clevert, Unterthiner & Hochreiter, ICLR 2016
inline Tensor elu(const Tensor& x, double alpha = 1, At at = At::here()) {
  return detail::exponential_unit({"elu", at}, x, alpha, 1, 1);
}

/// 1.0507·elu(x, 1.6733), the constants that keep mean 0 and variance 1 from layer to layer.
/// Grad    1.0507·that of elu
/// Saves   x
/// Source  Klambauer et al., NeurIPS 2017
inline Tensor selu(const Tensor& x, At at = At::here()) {
  return detail::exponential_unit({"selu", at}, x, 1.6732632423543772, 1.0507009873554805, 1);
}

/// x where x > 0, else alpha·(e^(x/alpha) − 1): elu with a continuous derivative for every alpha.
/// Grad    grad_y, or grad_y·e^(x/alpha) where x ≤ 0
/// Saves   x
/// Throws  also ValueError if alpha is 0
/// Source  Barron, arXiv 1704.07483
inline Tensor celu(const Tensor& x, double alpha = 1, At at = At::here()) {
  const Op op{"celu", at};
  check<ValueError>(alpha != 0, op, "alpha=", alpha, " must not be 0");
  return detail::exponential_unit(op, x, alpha, 1, 1 / alpha);
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

/// x·tanh(softplus(x)).
/// Grad    grad_y·(t + x·(1 − t²)·sigmoid(x)) with t = tanh(softplus(x))
/// Saves   x
/// Source  Misra, BMVC 2020
inline Tensor mish(const Tensor& x, At at = At::here()) {
  const Op op{"mish", at};
  const Array y = detail::map_floating(op, x, []<class T>(T v) {
    // tanh(log(1 + e)) = n/(n + 2) with n = e·(e + 2); beyond 20 it is 1.
    const T e = kernels::fast_exp(v > T{20} ? T{20} : v), n = e * (e + T{2});
    return v * (n / (n + T{2}));
  });
  return detail::record_slope(op, y, x, save(x), [](const Tensor& input) {
    const Tensor t = tanh(softplus(input));
    return t + input * (sigmoid(input) * (1 - t * t));
  });
}

/// log sigmoid(x) = −softplus(−x), without taking the logarithm of a rounded sigmoid.
/// Grad    grad_y·sigmoid(−x)
/// Saves   x
inline Tensor logsigmoid(const Tensor& x, At at = At::here()) {
  const Op op{"logsigmoid", at};
  const Array y = detail::map_floating(op, x, [](auto v) { return -kernels::Softplus{}(-v); });
  return detail::record_slope(op, y, x, save(x),
                              [](const Tensor& input) { return sigmoid(neg(input)); });
}

/// x / (1 + |x|).
/// Grad    grad_y / (1 + |x|)²
/// Saves   x
/// Source  Turian, Bergstra & Bengio, NAACL 2009
inline Tensor softsign(const Tensor& x, At at = At::here()) {
  const Op op{"softsign", at};
  const Array y =
      detail::map_floating(op, x, []<class T>(T v) { return v / (T{1} + std::fabs(v)); });
  return detail::record_slope(
      op, y, x, save(x), [](const Tensor& input) { return reciprocal(square(1 + abs(input))); });
}

/// x − tanh(x).
/// Grad    grad_y·tanh(x)²
inline Tensor tanhshrink(const Tensor& x, At at = At::here()) {
  detail::check_floating({"tanhshrink", at}, x);
  return sub(x, tanh(x), at);
}

/// x limited to [min_val, max_val].
/// Grad    grad_y where min_val < x < max_val, else 0
/// Saves   x
/// Throws  also ValueError if min_val > max_val
inline Tensor hardtanh(const Tensor& x, double min_val = -1, double max_val = 1,
                       At at = At::here()) {
  detail::check_floating({"hardtanh", at}, x);
  check<ValueError>(min_val <= max_val, {"hardtanh", at}, "min_val=", min_val,
                    " must not be above max_val=", max_val);
  return clamp(x, min_val, max_val, at);
}

/// x limited to [0, 6].
/// Grad    grad_y where 0 < x < 6, else 0
/// Saves   x
inline Tensor relu6(const Tensor& x, At at = At::here()) {
  detail::check_floating({"relu6", at}, x);
  return clamp(x, 0, 6, at);
}

/// (x + 3)/6 limited to [0, 1], a sigmoid of straight lines.
/// Grad    grad_y/6 where −3 < x < 3, else 0
inline Tensor hardsigmoid(const Tensor& x, At at = At::here()) {
  detail::check_floating({"hardsigmoid", at}, x);
  return div(clamp(add(x, 3, at), 0, 6, at), 6, at);
}

/// x·hardsigmoid(x).
/// Grad    0 where x ≤ −3, grad_y where x ≥ 3, else grad_y·(x/3 + ½)
/// Source  Howard et al., ICCV 2019
inline Tensor hardswish(const Tensor& x, At at = At::here()) {
  detail::check_floating({"hardswish", at}, x);
  return mul(x, hardsigmoid(x), at);
}

namespace detail {
/// Records y of hardshrink or softshrink, whose gradient is grad_y where |x| > lambd, else 0.
inline Tensor record_shrink(const Op& op, Array y, const Tensor& x, double lambd) {
  return record(op, std::move(y), {x}, save(x), [lambd](const Vjp& vjp, const Tensor& input) {
    return grads(where(abs(input) > lambd, vjp.grad(), 0));
  });
}
}  // namespace detail

/// x where |x| > lambd, else 0.
/// Grad    grad_y where |x| > lambd, else 0
/// Saves   x
inline Tensor hardshrink(const Tensor& x, double lambd = 0.5, At at = At::here()) {
  const Op op{"hardshrink", at};
  Array y = detail::map_floating(
      op, x, [lambd]<class T>(T v) { return std::fabs(v) <= static_cast<T>(lambd) ? T{0} : v; });
  return detail::record_shrink(op, std::move(y), x, lambd);
}

/// x moved by lambd towards 0, and 0 where |x| ≤ lambd.
/// Grad    grad_y where |x| > lambd, else 0
/// Saves   x
/// Throws  also ValueError if lambd is negative
inline Tensor softshrink(const Tensor& x, double lambd = 0.5, At at = At::here()) {
  const Op op{"softshrink", at};
  check<ValueError>(lambd >= 0, op, "lambd=", lambd, " must not be negative");
  Array y = detail::map_floating(op, x, [lambd]<class T>(T v) {
    const T step = static_cast<T>(lambd);
    return v > step ? v - step : v < -step ? v + step : v * T{0};  // NaN stays
  });
  return detail::record_shrink(op, std::move(y), x, lambd);
}

/// x where x > limit, else `value`.
/// Grad    0 where x ≤ limit, else grad_y
/// Saves   x
inline Tensor threshold(const Tensor& x, double limit, double value, At at = At::here()) {
  const Op op{"threshold", at};
  Array y = detail::map_floating(
      op, x, [=]<class T>(T v) { return v <= static_cast<T>(limit) ? static_cast<T>(value) : v; });
  return record(op, std::move(y), {x}, save(x), [limit](const Vjp& vjp, const Tensor& input) {
    return grads(where(input <= limit, 0, vjp.grad()));
  });
}

/// a·sigmoid(b) with a and b the halves of x along `axis`.
/// Shapes  x (…, 2·n, …) → y (…, n, …)
/// Grad    to a: grad_y·sigmoid(b); to b: grad_y·a·sigmoid′(b)
/// Throws  ShapeError if axis is out of range or its size is odd
/// Source  Dauphin et al., ICML 2017
inline Tensor glu(const Tensor& x, Index axis = -1, At at = At::here()) {
  const Op op{"glu", at};
  const CalledAs called(op);
  detail::check_floating(op, x);
  const int along = normalize_axis(op, axis, x.dim());
  const Index size = x.shape()[along], half = size / 2;
  check<ShapeError>(size % 2 == 0, op, "x ", x.shape(), " has the odd size ", size,
                    " along axis=", axis, "; it must split into halves");
  return mul(detail::narrow(op, x, along, 0, half),
             sigmoid(detail::narrow(op, x, along, half, half)), at);
}

/// leaky_relu whose slopes, while training, are drawn uniformly from [lower, upper), one for each
/// element; otherwise the slope is their middle.
/// Grad    grad_y, or slope·grad_y where x ≤ 0
/// Saves   x, the slopes
/// Throws  also ValueError if lower > upper
/// Source  Xu et al., arXiv 1505.00853
inline Tensor rrelu(const Tensor& x, double lower = 1.0 / 8, double upper = 1.0 / 3,
                    bool training = false, Generator& generator = default_generator(),
                    At at = At::here()) {
  const Op op{"rrelu", at};
  detail::check_floating(op, x);
  check<ValueError>(lower <= upper, op, "lower=", lower, " must not be above upper=", upper);
  if (!training) return leaky_relu(x, (lower + upper) / 2, at);
  const Tensor slopes = kernels::uniform(x.shape(), x.dtype(), lower, upper, generator);
  return where(le(x, 0), mul(x, slopes, at), x, at);
}

/// softmax(−x) along `axis`.
/// Shapes  x (…) → y (…)
/// Grad    grad_x = −y·(grad_y − Σ grad_y·y)
/// Throws  ShapeError if axis is out of range; DtypeError if x is not floating
inline Tensor softmin(const Tensor& x, Index axis = -1, At at = At::here()) {
  const Op op{"softmin", at};
  const CalledAs called(op);
  detail::softmax_axis(op, x, axis);
  return softmax(neg(x), axis, at);
}

}  // namespace tinygrad
