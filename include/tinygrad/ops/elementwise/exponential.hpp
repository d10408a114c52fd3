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

#include "tinygrad/kernels/elementwise/error_function.hpp"
#include "tinygrad/kernels/elementwise/exponential.hpp"
#include "tinygrad/kernels/elementwise/power.hpp"
#include "tinygrad/kernels/elementwise/sigmoid.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

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

/// A derivative for a vjp, as a function of x with its own derivative grad·second(x, y): where one
/// made of Tensor operations would lose digits, or over- or underflow on the way.
inline Tensor record_derivative(const Op& op, const Array& y, const Tensor& x,
                                Tensor (*second)(const Tensor& x, const Tensor& y)) {
  return record(op, y, {x}, save(x, y),
                [second](const Vjp& vjp, const Tensor& input, const Tensor& output) {
                  return grads(vjp.grad() * second(input, output));
                });
}
template <class F> Tensor derivative(const char* name, const Tensor& x, F f,
                                     Tensor (*second)(const Tensor& x, const Tensor& y)) {
  const Op op{name};
  return record_derivative(op, map_floating(op, x, f), x, second);
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
/// Grad    grad_y·e^x: y + 1 has lost it where y is close to −1
/// Saves   x
inline Tensor expm1(const Tensor& x, At at = At::here()) {
  const Op op{"expm1", at};
  const Array y = detail::map_floating(op, x, kernels::Expm1{});
  return record(op, y, {x}, save(x), [](const Vjp& vjp, const Tensor& input) {
    if (grad_enabled()) return grads(vjp.grad() * exp(input));
    return detail::fused_grad(vjp, input, [](auto g, auto v) { return g * kernels::fast_exp(v); });
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
/// Range   the gradient overflows where it must, not already where y³ does
inline Tensor rsqrt(const Tensor& x, At at = At::here()) {
  const Op op{"rsqrt", at};
  const Array y = detail::map_floating(op, x, kernels::Rsqrt{});
  return record(op, y, {x}, save(y), [](const Vjp& vjp, const Tensor& output) {
    return grads(vjp.grad() * (output * -0.5 * output * output));
  });
}

/// x²; integers stay integers, modulo 2^64.
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

/// |x|; of the smallest int64 itself.
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
/// Grad    grad_y·sech² x; in float32 as grad_y·(1 − y²)
/// Saves   y; in float64 x
/// Error   the slope in float32 is off by at most 3e-7: 0 where y rounds to ±1, from |x| = 9 on;
///         in float64 a few ulp everywhere
inline Tensor tanh(const Tensor& x, At at = At::here()) {
  const Op op{"tanh", at};
  const Array y = detail::map_floating(op, x, kernels::Tanh{});
  if (x.dtype() == float64)
    return detail::record_slope(op, y, x, save(x), [](const Tensor& input) {
      return detail::derivative(
          "tanh_slope", input, [](auto v) { return kernels::tanh_slope(v); },
          [](const Tensor& v, const Tensor& slope) { return slope * tanh(v) * -2; });
    });
  return record(op, y, {x}, save(y), [](const Vjp& vjp, const Tensor& output) {
    if (grad_enabled()) return grads(vjp.grad() * (1 - output * output));
    return detail::fused_grad(vjp, output, []<class T>(T g, T v) { return g * (T{1} - v * v); });
  });
}

/// 1 / (1 + e^−x).
/// Grad    grad_y·y·(1 − y); in float64 from x
/// Saves   y; in float64 x
/// Error   the slope in float32 is off by at most 2e-7: 0 where y rounds to 1, from x = 17 on;
///         in float64 a few ulp everywhere
inline Tensor sigmoid(const Tensor& x, At at = At::here()) {
  const Op op{"sigmoid", at};
  const Array y = detail::map_floating(op, x, kernels::Sigmoid{});
  if (x.dtype() == float64)
    return detail::record_slope(op, y, x, save(x), [](const Tensor& input) {
      return detail::derivative(
          "sigmoid_slope", input, [](auto v) { return kernels::sigmoid_slope(v); },
          [](const Tensor& v, const Tensor& slope) { return neg(slope * tanh(v * 0.5)); });
    });
  return record(op, y, {x}, save(y), [](const Vjp& vjp, const Tensor& output) {
    if (grad_enabled()) return grads(vjp.grad() * (output * (1 - output)));
    return detail::fused_grad(vjp, output, []<class T>(T g, T v) { return g * (v * (T{1} - v)); });
  });
}

namespace detail {
/// e^−x², x² not rounded.
inline Tensor gaussian(const Tensor& x) {
  return derivative(
      "gaussian", x, [](auto v) { return kernels::gaussian(v); },
      [](const Tensor& v, const Tensor& y) { return y * (v * -2); });
}
}  // namespace detail

/// Error function, 2/√π · ∫₀ˣ e^−t² dt.
/// Grad    grad_y · 2/√π · e^−x²
/// Saves   x
inline Tensor erf(const Tensor& x, At at = At::here()) {
  const Op op{"erf", at};
  Array y = detail::map_floating(op, x, kernels::Erf{});
  return detail::record_slope(op, y, x, save(x), [](const Tensor& input) {
    return detail::gaussian(input) * (2 * std::numbers::inv_sqrtpi);
  });
}

/// 2^x.
/// Grad    grad_y·y·log 2, finite also where y alone is not
/// Saves   x
inline Tensor exp2(const Tensor& x, At at = At::here()) {
  const Op op{"exp2", at};
  const Array y = detail::map_floating(op, x, [](auto v) { return kernels::fast_exp2(v); });
  return detail::record_slope(op, y, x, save(x), [](const Tensor& input) {
    return detail::derivative(
        "exp2_slope", input,
        []<class T>(T v) { return kernels::exp2_times(v, static_cast<T>(std::numbers::ln2)); },
        [](const Tensor&, const Tensor& y_slope) { return y_slope * std::numbers::ln2; });
  });
}

/// Logarithm to base 2; −inf at 0, NaN below.
/// Grad    grad_y / (x·log 2)
/// Saves   x
inline Tensor log2(const Tensor& x, At at = At::here()) {
  const Op op{"log2", at};
  const Array y = detail::map_function(op, x, [](auto v) { return std::log2(v); });
  return detail::record_slope(op, y, x, save(x),
                              [](const Tensor& input) { return div(std::numbers::log2e, input); });
}

/// Logarithm to base 10; −inf at 0, NaN below.
/// Grad    grad_y / (x·log 10)
/// Saves   x
inline Tensor log10(const Tensor& x, At at = At::here()) {
  const Op op{"log10", at};
  const Array y = detail::map_function(op, x, [](auto v) { return std::log10(v); });
  return detail::record_slope(op, y, x, save(x), [](const Tensor& input) {
    return div(std::numbers::log10e, input);  // x·log 10 may overflow
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
    const T rest = T{1} - v, shift = T{2} * v - T{1};  // exact around ½, the zero
    if (!(std::fabs(shift) <= T{0.5})) return std::log(v / rest);
    return std::copysign(std::log1p(std::fabs(shift) / (v < rest ? v : rest)), shift);
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

/// log(1 + e^(β·x)) / β, a smooth relu; with a threshold, x itself where β·x is above it.
/// Grad    grad_y·sigmoid(β·x), or grad_y where β·x > threshold
/// Saves   x
/// Throws  also ValueError if beta is 0
/// Range   max(x, 0) + log1p(e^−|βx|)/β does not overflow, so that no threshold is needed; with
///         PyTorch's, 20, values in float64 would be off by up to 2e-9
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

inline Tensor pow(const Operand& a, const Operand& b, At at = At::here());

namespace detail {
inline Tensor pow_number(const Op& op, const Tensor& x, double exponent);

/// x^exponent for one exponent. The common ones need no pow.
inline Array power(const Op& op, const Tensor& x, double exponent) {
  if (exponent == -1) return map_floating(op, x, kernels::Reciprocal{});
  if (exponent == -0.5) return map_floating(op, x, kernels::Rsqrt{});
  if (exponent == 0.5) return map_floating(op, x, kernels::Sqrt{});
  if (exponent == 1) return x.array();
  if (exponent == 2) return map_floating(op, x, kernels::Square{});
  if (exponent == 3) return map_floating(op, x, kernels::Cube{});
  return map_floating(op, x, [exponent](auto v) { return kernels::pow_number(v, exponent); });
}

/// exponent·x^(exponent − 1), the slope of pow with a number as exponent.
inline Tensor power_slope(const Tensor& x, double exponent) {
  for (const double simple : {0.5, 1.5, 2.0, 3.0, 4.0})
    if (exponent == simple) return pow_number({"pow"}, x, exponent - 1) * exponent;
  const Op op{"pow_slope"};
  const Array y =
      map_floating(op, x, [exponent](auto v) { return kernels::pow_slope_x(v, exponent); });
  return record(op, y, {x}, save(x), [exponent](const Vjp& vjp, const Tensor& input) {
    return grads(vjp.grad() * (power_slope(input, exponent - 1) * exponent));
  });
}

/// pow with a number as exponent: saves x alone.
inline Tensor pow_number(const Op& op, const Tensor& x, double exponent) {
  return record(op, power(op, x, exponent), {x}, save(x),
                [exponent](const Vjp& vjp, const Tensor& input) {
                  const Tensor& g = vjp.grad();
                  // 0·a^−1 would be NaN at 0.
                  if (exponent == 0) return grads(Tensor(Array::zeros(g.shape(), g.dtype())));
                  if (exponent == 1) return grads(g);
                  return grads(g * power_slope(input, exponent));
                });
}

/// a^b by a: b·a^(b−1); and by b: a^b·log a.
inline Tensor pow_by_a(const Tensor& a, const Tensor& b);
inline Tensor pow_by_b(const Tensor& a, const Tensor& b);

/// a^b by both: a^(b−1)·(1 + b·log a), which is 1/a where b is 0. At 0^0 base 1 stands in.
inline Tensor pow_by_both(const Tensor& a, const Tensor& b) {
  const Tensor base = where(logical_and(eq(b, 0), logical_not(abs(a) > 0)), 1, a), less = b - 1;
  return pow(base, less) + b * pow_by_b(base, less);
}
template <class F> Tensor pow_derivative(const char* name, const Tensor& a, const Tensor& b,
                                         Partial grad_a, Partial grad_b) {
  const Op op{name};
  const Operands in(op, a, b, float32);
  const Array y = dispatch_floating(op, in.a.dtype(), [&]<class T>(Type<T>) {
    return kernels::zip<T, T>(op, in.shape, in.a.array(), in.b.array(), F{});
  });
  return record_partials(op, y, in, grad_a, grad_b);
}
inline Tensor pow_by_a(const Tensor& a, const Tensor& b) {
  return pow_derivative<kernels::PowSlopeX>(
      "pow_by_a", a, b,
      [](const Tensor& g, const Tensor& x, const Tensor& y) {
        return g * (pow_by_a(x, y - 1) * y);
      },
      [](const Tensor& g, const Tensor& x, const Tensor& y) { return g * pow_by_both(x, y); });
}
inline Tensor pow_by_b(const Tensor& a, const Tensor& b) {
  return pow_derivative<kernels::PowSlopeY>(
      "pow_by_b", a, b,
      [](const Tensor& g, const Tensor& x, const Tensor& y) { return g * pow_by_both(x, y); },
      [](const Tensor& g, const Tensor& x, const Tensor& y) {
        const Tensor flat = logical_and(eq(x, 0), ge(y, 0));
        return g * (pow_by_b(x, y) * log(where(flat, 1, x)));
      });
}
}  // namespace detail

namespace detail {
/// a^b of integers, b ≥ 0, by squaring; modulo 2^64.
inline std::int64_t integer_power(std::int64_t a, std::int64_t b) {
  std::int64_t y = 1;
  for (; b > 0; b /= 2) {
    if (b % 2 != 0) y = wrapping_mul(y, a);
    a = wrapping_mul(a, a);
  }
  return y;
}
inline Tensor pow_integers(const Op& op, const Operands& in) {
  const std::int64_t* exponents = in.b.data<std::int64_t>();
  for (Index i = 0; i < in.b.numel(); ++i)
    check<ValueError>(exponents[i] >= 0, op, "an integer has no integer power ", exponents[i],
                      "; convert with to(a, float32)");
  return kernels::zip<std::int64_t, std::int64_t>(op, in.shape, in.a.array(), in.b.array(),
                                                  integer_power);
}
}  // namespace detail

/// a^b, element by element with broadcasting; a number as exponent is the fast case. Integers stay
/// integers, modulo 2^64.
/// Shapes  a (…), b (…) → y (broadcast)
/// Grad    grad_a = grad_y·b·a^(b−1), 0 where b = 0; grad_b = grad_y·y·log a, 0 where a = 0 and
///         b ≥ 0, or a = ∞ and b < 0; each summed over its broadcast dims
/// Saves   a; b unless it is a number
/// Throws  ValueError for a negative power of integers
/// Range   as std::pow: NaN for a negative a and a fractional b
inline Tensor pow(const Operand& a, const Operand& b, At at) {
  const Op op{"pow", at};
  const detail::Operands in(op, a, b, int64);
  if (in.a.dtype() == int64) return detail::pow_integers(op, in);
  if (b.is_number() && !a.is_number()) return detail::pow_number(op, in.a, b.number().real());
  return record(op, in.map<kernels::Pow>(op), {in.a, in.b}, save(in.a, in.b),
                [](const Vjp& vjp, const Tensor& base, const Tensor& power) {
                  const Tensor& g = vjp.grad();
                  Grads out(2);
                  if (vjp.needs(0))
                    out[0] = sum_to(g * detail::pow_by_a(base, power), base.shape());
                  if (vjp.needs(1))
                    out[1] = sum_to(g * detail::pow_by_b(base, power), power.shape());
                  return out;
                });
}

/// a^b in float64, whatever the dtypes are.
/// Shapes  a (…), b (…) → y (broadcast) float64
/// Grad    as pow, in the dtypes of a and b
inline Tensor float_power(const Operand& a, const Operand& b, At at = At::here()) {
  const Op op{"float_power", at};
  const CalledAs called(op);
  const Tensor base = a.as(op, float64, detail::Operands::kLeft);
  if (b.is_number()) return pow(base, b, at);
  return pow(base, b.as(op, float64, detail::Operands::kRight), at);
}

}  // namespace tinygrad
