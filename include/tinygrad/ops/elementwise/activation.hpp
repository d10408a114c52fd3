// SPDX-License-Identifier: MIT
// Activation functions, element by element.
#pragma once

#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "tinygrad/kernels/elementwise/activations.hpp"
#include "tinygrad/kernels/random/fill.hpp"
#include "tinygrad/ops/elementwise/special.hpp"
#include "tinygrad/ops/elementwise/trigonometric.hpp"
#include "tinygrad/ops/reduction/reduction.hpp"
#include "tinygrad/ops/shape/movement.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

// All of them: Shapes x (…) → y (…); Throws DtypeError if x is not floating.

/// 1 / (1 + e^−x).
/// Grad    grad_y·y·(1 − y); in float64 from x
/// Saves   y; in float64 x
/// Error   the slope in float32 is off by at most 2e-7: it is 0 where y rounds to 1, from x = 17
///         on; in float64 the error is a few ulp everywhere
inline Tensor sigmoid(const Tensor& x, At at = At::here()) {
  const Op op{"sigmoid", at};
  const Array y = detail::map_floating(op, x, kernels::Sigmoid{});
  if (x.dtype() == float64)
    return detail::record_slope(
        op, y, x, save(x),
        [](const Tensor& input) {
          return detail::derivative(
              "sigmoid_slope", input, [](double v) { return kernels::sigmoid_slope(v); },
              [](const Tensor& v, const Tensor& slope) { return neg(slope * tanh(v * 0.5)); });
        },
        [](double g, double v) { return g * kernels::sigmoid_slope(v); });
  return record(op, y, {x}, save(y), [](const Vjp& vjp, const Tensor& output) {
    if (grad_enabled()) return grads(vjp.grad() * (output * (1 - output)));
    return detail::fused_grad(vjp, output, []<class T>(T g, T v) { return g * (v * (T{1} - v)); });
  });
}

/// relu(x) = max(x, 0).
/// Grad    grad_x = grad_y · [y > 0]; at x = 0 the subgradient 0 is used; a NaN passes grad_y
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
    return kernels::detail::choose(v > T{0}, v, v * static_cast<T>(negative_slope));
  });
  return record(op, std::move(y), {x}, save(x),
                [negative_slope](const Vjp& vjp, const Tensor& input) {
                  return grads(where(input > 0, vjp.grad(), vjp.grad() * negative_slope));
                });
}

/// x where x > 0, else weight·x: leaky_relu with a learned slope.
/// Shapes  x (N, C, …), weight (C) or one number → y (N, C, …)
/// Grad    grad_x = grad_y, or weight·grad_y where x ≤ 0; grad_weight = Σ grad_y·x over x ≤ 0
/// Throws  DtypeError if x is not floating; ShapeError unless weight has one value or C
/// Source  He et al., ICCV 2015
inline Tensor prelu(const Tensor& x, const Tensor& weight, At at = At::here()) {
  const Op op{"prelu", at};
  check_defined(op, {{"x", x}, {"weight", weight}});
  detail::check_floating(op, x);
  const Index channels = x.dim() >= 2 ? x.size(1) : 1;
  check<ShapeError>(weight.dim() <= 1 && (weight.numel() == 1 || weight.numel() == channels), op,
                    "weight ", weight.shape(), " must have one value or one for each of the ",
                    channels, " channels of x ", x.shape());
  Shape shape;  // of weight, aligned with dim 1 of x
  for (int dim = 0; dim < x.dim(); ++dim) shape.push_back(dim == 1 ? weight.numel() : 1);
  if (x.dim() < 2) shape = {};
  const Tensor positive = gt(x, 0);
  // The inner `where` keeps an infinite x > 0, which has no weight, out of weight's gradient.
  return where(positive, x, reshape(weight, shape) * where(positive, 0, x), at);
}

namespace detail {
/// Records y = f(x). Its vjp f(g, x) takes one pass. For second derivatives the slope is an
/// operation of its own: f computes its values, and `second` is its derivative, composed of tensor
/// operations.
template <class F, class Second>
Tensor record_smooth(const Op& op, const Tensor& x, F f, Second second) {
  Array y = map_floating(op, x, f);
  return record(op, std::move(y), {x}, save(x), [f, second](const Vjp& vjp, const Tensor& input) {
    if (!grad_enabled()) return fused_grad(vjp, input, f);
    const Op slope{vjp.node().name(), vjp.node().at()};
    Array values = dispatch_floating(slope, input.dtype(), [&]<class T>(Type<T>) {
      const Array one = Array::full({}, 1, input.dtype());
      return kernels::zip<T, T, CpuLevel::kV4>(slope, input.shape(), one, input.array(), f);
    });
    return grads(vjp.grad() * record(slope, std::move(values), {input}, save(input),
                                     [second](const Vjp& outer, const Tensor& again) {
                                       return grads(outer.grad() * second(again));
                                     }));
  });
}

/// Computes elu, selu and celu.
inline Tensor exponential_unit(const Op& op, const Tensor& x, double alpha, double scale,
                               double divisor) {
  const double below = scale * alpha / divisor;
  return record_smooth(op, x, kernels::ExponentialUnit(alpha, scale, divisor),
                       [below, divisor](const Tensor& input) {
                         // exp of the other part only: for a large x, e^x would give Inf·0.
                         const Tensor positive = gt(input, 0);
                         const Tensor curved = exp(where(positive, 0, input) / divisor);
                         return where(positive, 0, curved * (below / divisor));
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

/// 1.0507·elu(x, 1.6733). These constants keep mean 0 and variance 1 from layer to layer.
/// Grad    1.0507 times that of elu
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
  return detail::exponential_unit(op, x, alpha, 1, alpha);
}

/// x·sigmoid(x), also called swish.
/// Grad    grad_y·(s + x·s·(1 − s)) with s = sigmoid(x)
/// Saves   x
/// Source  Elfwing, Uchibe & Doya, Neural Networks 2018
inline Tensor silu(const Tensor& x, At at = At::here()) {
  return detail::record_smooth({"silu", at}, x, kernels::Silu{}, [](const Tensor& input) {
    const Tensor near = clamp(input, -800, 800);  // beyond, a sigmoid is 0: avoids 0·Inf
    const Tensor s = sigmoid(near), rest = sigmoid(neg(near));
    return s * rest * (near * (rest - s) + 2);
  });
}

namespace detail {
/// The derivative of softplus.
inline Tensor softplus_slope(const Tensor& x, const kernels::Softplus& f) {
  const Op op{"softplus_slope"};
  const Array y = map_floating(op, x, kernels::SoftplusSlope{f});
  return record(op, y, {x}, save(y), [beta = f.beta](const Vjp& vjp, const Tensor& slope) {
    return grads(vjp.grad() * (slope * (1 - slope) * beta));
  });
}
}  // namespace detail

/// log(1 + e^(β·x)) / β, a smooth relu; x itself where β·x > threshold.
/// Grad    grad_y·sigmoid(β·x), or grad_y where β·x > threshold
/// Saves   x
/// Throws  also ValueError if beta is 0
/// Range   max(x, 0) + log1p(e^−|βx|)/β does not overflow, so no threshold is needed; with
///         PyTorch's threshold 20, values in float64 would be off by up to 2e-9
inline Tensor softplus(const Tensor& x, double beta = 1,
                       double threshold = std::numeric_limits<double>::infinity(),
                       At at = At::here()) {
  const Op op{"softplus", at};
  check<ValueError>(beta != 0, op, "beta=", beta, " must not be 0");
  const kernels::Softplus f{beta, threshold};
  Array y = detail::map_floating(op, x, f);
  return record(op, std::move(y), {x}, save(x), [f](const Vjp& vjp, const Tensor& input) {
    return grads(vjp.grad() * detail::softplus_slope(input, f));
  });
}

/// Which gelu: the exact function, or its approximation by tanh.
enum class Gelu { kExact, kTanh };

/// x·Φ(x), where Φ is the normal distribution: x/2·(1 + erf(x/√2)).
/// The approximation is x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))).
/// Grad    grad_y·(Φ(x) + x·φ(x)) with φ = Φ′, or the derivative of the approximation
/// Saves   x
/// Source  Hendrycks & Gimpel, arXiv 1606.08415
inline Tensor gelu(const Tensor& x, Gelu kind = Gelu::kExact, At at = At::here()) {
  const Op op{"gelu", at};
  if (kind == Gelu::kExact)
    return detail::record_smooth(op, x, kernels::GeluExact{}, [](const Tensor& input) {
      const Tensor square_of = square(clamp(input, -40, 40));  // beyond, φ is 0: avoids 0·Inf
      constexpr double kPeak = 0.5 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi;  // φ(0)
      return exp(square_of * -0.5) * (2 - square_of) * kPeak;
    });
  return detail::record_smooth(op, x, kernels::GeluTanh{}, [](const Tensor& input) {
    // y = x·σ(v): y″ = σ(v)·σ(−v)·(2·v′ + x·v″ + x·v′²·(σ(−v) − σ(v)))
    constexpr double kLinear = 2 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
    constexpr double kCubic = 0.044715 * kLinear;
    const Tensor near = clamp(input, -22, 22), square_of = square(near);  // σ(−v) is 0 beyond
    const Tensor v = near * (square_of * kCubic + kLinear);
    const Tensor slope = square_of * (3 * kCubic) + kLinear;
    const Tensor s = sigmoid(v), rest = sigmoid(neg(v));
    const Tensor bend = square_of * (6 * kCubic) + slope * (near * slope * (rest - s) + 2);
    return s * rest * bend;
  });
}

/// x·tanh(softplus(x)).
/// Grad    grad_y·(t + x·(1 − t²)·sigmoid(x)) with t = tanh(softplus(x))
/// Saves   x
/// Source  Misra, BMVC 2020
inline Tensor mish(const Tensor& x, At at = At::here()) {
  return detail::record_smooth({"mish", at}, x, kernels::Mish{}, [](const Tensor& input) {
    const Tensor near = clamp(input, -800, 800);  // beyond, t′ is 0: avoids 0·Inf
    const Tensor t = tanh(softplus(near)), s = sigmoid(near), rest = sigmoid(neg(near));
    return (1 - t * t) * s * (near * (rest - t * s * 2) + 2);
  });
}

/// log sigmoid(x) = −softplus(−x). It takes no logarithm of a rounded sigmoid.
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
  const Array y = detail::map_floating(op, x, kernels::Softsign{});
  return detail::record_slope(
      op, y, x, save(x), [](const Tensor& input) { return square(reciprocal(1 + abs(input))); });
}

/// x − tanh(x).
/// Grad    grad_y·tanh(x)²
/// Saves   x
/// Range   below 2 a quotient of series, because the difference would cancel
inline Tensor tanhshrink(const Tensor& x, At at = At::here()) {
  const Op op{"tanhshrink", at};
  const Array y = detail::map_floating(op, x, kernels::Tanhshrink{});
  return detail::record_slope(op, y, x, save(x),
                              [](const Tensor& input) { return square(tanh(input)); });
}

namespace detail {
/// grad_y where x is in (low, high) if `inside`, otherwise where x is outside [low, high]. 0
/// elsewhere. NaN where x is NaN.
struct PassWithin {
  double low, high;
  bool inside;
  template <class T> T operator()(T grad, T x) const {
    const T from = static_cast<T>(low), to = static_cast<T>(high);
    const bool passes = inside ? x > from && x < to : x < from || x > to;
    return passes ? grad : x == x ? T{0} : x;
  }
};

/// Records y of a piecewise linear function with the slopes 0 and 1.
inline Tensor record_pieces(const Op& op, Array y, const Tensor& x, PassWithin pieces) {
  return record(op, std::move(y), {x}, save(x), [pieces](const Vjp& vjp, const Tensor& input) {
    if (!grad_enabled()) return fused_grad(vjp, input, pieces);
    const auto [low, high, inside] = pieces;
    const Tensor passes = inside ? logical_and(gt(input, low), lt(input, high))
                                 : logical_or(lt(input, low), gt(input, high));
    const Tensor else_ = where(eq(input, input), 0, input.detach());
    return grads(where(passes, vjp.grad(), else_));
  });
}

/// x limited to [low, high], for activations.
inline Tensor limited(const Op& op, const Tensor& x, double low, double high) {
  Array y = map_floating(op, x, [low, high]<class T>(T v) {
    const T from = static_cast<T>(low), to = static_cast<T>(high);
    return v < from ? from : v > to ? to : v;
  });
  return record_pieces(op, std::move(y), x, {low, high, true});
}
}  // namespace detail

/// x limited to [min_val, max_val].
/// Grad    grad_y where min_val < x < max_val, else 0; NaN at NaN
/// Saves   x
/// Throws  also ValueError if min_val > max_val
inline Tensor hardtanh(const Tensor& x, double min_val = -1, double max_val = 1,
                       At at = At::here()) {
  const Op op{"hardtanh", at};
  check<ValueError>(min_val <= max_val, op, "min_val=", min_val,
                    " must not be above max_val=", max_val);
  return detail::limited(op, x, min_val, max_val);
}

/// x limited to [0, 6].
/// Grad    grad_y where 0 < x < 6, else 0; NaN at NaN
/// Saves   x
inline Tensor relu6(const Tensor& x, At at = At::here()) {
  return detail::limited({"relu6", at}, x, 0, 6);
}

/// (x + 3)/6 limited to [0, 1], a piecewise linear sigmoid.
/// Grad    grad_y/6 where −3 < x < 3, else 0
/// Saves   x
inline Tensor hardsigmoid(const Tensor& x, At at = At::here()) {
  const Op op{"hardsigmoid", at};
  Array y = detail::map_floating(op, x, []<class T>(T v) {
    return v <= T{-3} ? T{0} : v >= T{3} ? T{1} : (v + T{3}) / T{6};
  });
  return record(op, std::move(y), {x}, save(x), [](const Vjp& vjp, const Tensor& input) {
    return grads(where(lt(abs(input), 3), vjp.grad() / 6, 0));
  });
}

/// x·hardsigmoid(x).
/// Grad    0 where x ≤ −3, grad_y where x ≥ 3, else grad_y·(x/3 + ½)
/// Saves   x
/// Source  Howard et al., ICCV 2019
inline Tensor hardswish(const Tensor& x, At at = At::here()) {
  const Op op{"hardswish", at};
  Array y = detail::map_floating(op, x, []<class T>(T v) {
    return v <= T{-3} ? -T{0} : v >= T{3} ? v : v * (v + T{3}) / T{6};
  });
  return record(op, std::move(y), {x}, save(x), [](const Vjp& vjp, const Tensor& input) {
    const Tensor curved = vjp.grad() * ((input * 2 + 3) / 6);
    return grads(where(input <= -3, 0, where(input >= 3, vjp.grad(), curved)));
  });
}

/// x where |x| > lambd, else 0.
/// Grad    grad_y where |x| > lambd, else 0; NaN at NaN
/// Saves   x
inline Tensor hardshrink(const Tensor& x, double lambd = 0.5, At at = At::here()) {
  const Op op{"hardshrink", at};
  Array y = detail::map_floating(
      op, x, [lambd]<class T>(T v) { return std::fabs(v) <= static_cast<T>(lambd) ? T{0} : v; });
  return detail::record_pieces(op, std::move(y), x, {-lambd, lambd, false});
}

/// x moved by lambd towards 0, and 0 where |x| ≤ lambd.
/// Grad    grad_y where |x| > lambd, else 0; NaN at NaN
/// Saves   x
/// Throws  also ValueError if lambd is negative
inline Tensor softshrink(const Tensor& x, double lambd = 0.5, At at = At::here()) {
  const Op op{"softshrink", at};
  check<ValueError>(lambd >= 0, op, "lambd=", lambd, " must not be negative");
  Array y = detail::map_floating(op, x, [lambd]<class T>(T v) {
    const T step = static_cast<T>(lambd);
    return v > step ? v - step : v < -step ? v + step : v * T{0};  // NaN stays
  });
  return detail::record_pieces(op, std::move(y), x, {-lambd, lambd, false});
}

/// x where x > limit, else `value`.
/// Grad    0 where x ≤ limit, else grad_y
/// Saves   x
inline Tensor threshold(const Tensor& x, double limit, double value, At at = At::here()) {
  const Op op{"threshold", at};
  Array y = detail::map_floating(op, x, [=]<class T>(T v) {
    return kernels::detail::choose(v <= static_cast<T>(limit), static_cast<T>(value), v);
  });
  return record(op, std::move(y), {x}, save(x), [limit](const Vjp& vjp, const Tensor& input) {
    return grads(where(input <= limit, 0, vjp.grad()));
  });
}

/// a·sigmoid(b) with a and b the halves of x along `dim`.
/// Shapes  x (…, 2·n, …) → y (…, n, …)
/// Grad    to a: grad_y·sigmoid(b); to b: grad_y·a·sigmoid′(b)
/// Throws  ShapeError if dim is out of range or its size is odd
/// Source  Dauphin et al., ICML 2017
inline Tensor glu(const Tensor& x, Index dim = -1, At at = At::here()) {
  const Op op{"glu", at};
  const CalledAs called(op);
  detail::check_floating(op, x);
  const int along = normalize_dim(op, dim, x.dim());
  const Index size = x.shape()[along], half = size / 2;
  check<ShapeError>(size % 2 == 0, op, "x ", x.shape(), " has the odd size ", size,
                    " along dim=", dim, "; it must split into halves");
  return mul(detail::narrow(op, x, along, 0, half),
             sigmoid(detail::narrow(op, x, along, half, half)), at);
}

/// leaky_relu with one random slope for each element, uniform in [lower, upper), in training.
/// Otherwise the slope is (lower + upper)/2.
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

}  // namespace tinygrad
