// SPDX-License-Identifier: MIT
// Functions of one tensor, element by element: exponentials, logarithms, powers, rounding, tests
// for NaN. Sines and their kin are in trigonometric.hpp.
#pragma once

#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <utility>

#include "tinygrad/ops/arithmetic.hpp"

namespace tinygrad {

namespace detail {
/// f of every element of a floating tensor.
template <class F> Array map_floating(const Op& op, const Tensor& x, F f) {
  return dispatch_floating(op, x.dtype(),
                           [&]<class T>(Type<T>) { return kernels::map<T, T>(op, x.array(), f); });
}

/// The same for a function that does not vectorise. All of them share one loop.
inline Array map_function(const Op& op, const Tensor& x, kernels::Function f) {
  return map_floating(op, x, f);
}

/// Records y = f(x) with the gradient grad_y·slope(saved), where `saved` is x or y. One node type
/// serves every such function: a vjp of its own would cost each of them compile time.
inline Tensor record_slope(const Op& op, const Array& y, const Tensor& x,
                           std::array<Saved, 1> saved, Tensor (*slope)(const Tensor&)) {
  return record(op, y, {x}, std::move(saved), [slope](const Vjp& vjp, const Tensor& value) {
    return grads(vjp.grad() * slope(value));
  });
}

/// f(grad_y, saved), element by element in one pass, unrecorded: for a vjp when it need not be
/// differentiated itself. Over grad_y where that is spare.
template <class F> Grads fused_grad(const Vjp& vjp, const Tensor& saved, F f) {
  const Op op{vjp.node().name(), vjp.node().at()};
  const Array spare = vjp.spare_grad();
  return grads(dispatch_floating(op, saved.dtype(), [&]<class T>(Type<T>) {
    if (!spare.defined())
      return Tensor(kernels::zip<T, T>(op, saved.shape(), vjp.grad().array(), saved.array(), f));
    kernels::update<T>(spare, saved.array(), f);
    return Tensor(spare);
  }));
}

/// Records the result of a step function: its gradient is 0, even where grad_y is an Inf.
inline Tensor record_step(const Op& op, const Array& y, const Tensor& x) {
  return record(op, y, {x}, save(), [](const Vjp& vjp) {
    return grads(Tensor(Array::zeros(vjp.grad().shape(), vjp.grad().dtype())));
  });
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
  return detail::record_step(op, y, x);
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

/// Hyperbolic tangent.
/// Grad    grad_y·(1 − y²)
/// Saves   y
inline Tensor tanh(const Tensor& x, At at = At::here()) {
  const Op op{"tanh", at};
  const Array y = detail::map_floating(op, x, kernels::Tanh{});
  return record(op, y, {x}, save(y), [](const Vjp& vjp, const Tensor& output) {
    if (grad_enabled()) return grads(vjp.grad() * (1 - output * output));
    return detail::fused_grad(vjp, output, []<class T>(T g, T v) { return g * (T{1} - v * v); });
  });
}

/// 1 / (1 + e^−x).
/// Grad    grad_y·y·(1 − y)
/// Saves   y
inline Tensor sigmoid(const Tensor& x, At at = At::here()) {
  const Op op{"sigmoid", at};
  const Array y = detail::map_floating(op, x, kernels::Sigmoid{});
  return record(op, y, {x}, save(y), [](const Vjp& vjp, const Tensor& output) {
    if (grad_enabled()) return grads(vjp.grad() * (output * (1 - output)));
    return detail::fused_grad(vjp, output, []<class T>(T g, T v) { return g * (v * (T{1} - v)); });
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

/// 2^x.
/// Grad    grad_y·y·log 2
/// Saves   y
inline Tensor exp2(const Tensor& x, At at = At::here()) {
  const Op op{"exp2", at};
  const Array y = detail::map_function(op, x, [](auto v) { return std::exp2(v); });
  return detail::record_slope(op, y, x, save(y),
                              [](const Tensor& output) { return output * std::numbers::ln2; });
}

/// Logarithm to base 2; −inf at 0, NaN below.
/// Grad    grad_y / (x·log 2)
/// Saves   x
inline Tensor log2(const Tensor& x, At at = At::here()) {
  const Op op{"log2", at};
  const Array y = detail::map_function(op, x, [](auto v) { return std::log2(v); });
  return detail::record_slope(
      op, y, x, save(x), [](const Tensor& input) { return reciprocal(input * std::numbers::ln2); });
}

/// Logarithm to base 10; −inf at 0, NaN below.
/// Grad    grad_y / (x·log 10)
/// Saves   x
inline Tensor log10(const Tensor& x, At at = At::here()) {
  const Op op{"log10", at};
  const Array y = detail::map_function(op, x, [](auto v) { return std::log10(v); });
  return detail::record_slope(op, y, x, save(x), [](const Tensor& input) {
    return reciprocal(input * std::numbers::ln10);
  });
}

/// log(x / (1 − x)), the inverse of sigmoid. With an eps, x is limited to [eps, 1 − eps] first;
/// without one, NaN outside [0, 1].
/// Grad    grad_y / (x·(1 − x)); where x is outside, 0 with an eps and NaN without
/// Saves   x
inline Tensor logit(const Tensor& x, std::optional<double> eps = {}, At at = At::here()) {
  const Op op{"logit", at};
  const double low = eps.value_or(0),
               outside = eps ? 0.0 : std::numeric_limits<double>::quiet_NaN();
  check<ValueError>(low <= 0.5, op, "eps=", low, " must be at most 0.5");
  Array y = detail::map_floating(op, x, [eps]<class T>(T v) {
    if (eps) {
      const T least = static_cast<T>(*eps), most = T{1} - least;
      v = v < least ? least : v > most ? most : v;
    }
    return std::log(v / (T{1} - v));
  });
  return record(op, std::move(y), {x}, save(x),
                [low, outside](const Vjp& vjp, const Tensor& input) {
                  const Tensor inside = logical_and(ge(input, low), le(input, 1 - low));
                  return grads(where(inside, vjp.grad() / (input * (1 - input)), outside));
                });
}

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

/// x without its fraction: the next integer towards 0.
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

// clang-format off: a table
/// True where x is NaN, ±Inf, neither; false, false and true for integers. No gradient.
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

/// True where the sign of x is minus: negative numbers, −0, and NaNs whose bits say so. No
/// gradient.
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

/// x with NaN, Inf and −Inf replaced by the given numbers; the two infinities by the largest and
/// the smallest finite number if none is given.
/// Grad    grad_y where x is finite, else 0
/// Saves   x
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
/// x^exponent for one exponent. The common ones need no pow.
inline Array power(const Op& op, const Tensor& x, double exponent) {
  if (exponent == -1) return map_floating(op, x, kernels::Reciprocal{});
  if (exponent == -0.5) return map_floating(op, x, kernels::Rsqrt{});
  if (exponent == 0.5) return map_floating(op, x, kernels::Sqrt{});
  if (exponent == 1) return x.array();
  if (exponent == 2) return map_floating(op, x, kernels::Square{});
  if (exponent == 3) return map_floating(op, x, kernels::Cube{});
  return map_floating(
      op, x, [exponent]<class T>(T v) { return kernels::fast_pow(v, static_cast<T>(exponent)); });
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

/// a^b in float64, whatever the dtypes are.
/// Shapes  a (…), b (…) → y (broadcast) float64
/// Grad    as pow, in the dtypes of a and b
inline Tensor float_power(const Operand& a, const Operand& b, At at = At::here()) {
  return pow(a.as(float64), b.is_number() ? b : Operand(b.as(float64)), at);
}

}  // namespace tinygrad
