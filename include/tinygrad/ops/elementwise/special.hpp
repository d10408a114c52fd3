// SPDX-License-Identifier: MIT
// Special functions of one or two tensors, element by element: the error function, logit, the gamma
// function and its derivatives, entropies.
#pragma once

#include <cmath>
#include <limits>
#include <numbers>
#include <optional>

#include "tinygrad/kernels/elementwise/special_functions.hpp"
#include "tinygrad/ops/elementwise/exponential.hpp"
#include "tinygrad/ops/elementwise/power.hpp"
#include "tinygrad/ops/elementwise/select.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

// All of them: Shapes x (…) → y (…); Throws DtypeError if x is not floating.

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
  return detail::record_slope(
      op, y, x, save(x),
      [](const Tensor& input) { return detail::gaussian(input) * (2 * std::numbers::inv_sqrtpi); },
      []<class T>(T g, T v) {
        return g * (kernels::gaussian(v) * static_cast<T>(2 * std::numbers::inv_sqrtpi));
      });
}

/// 1 − erf(x), accurate where it is small.
/// Grad    −grad_y · 2/√π · e^−x²
/// Saves   x
inline Tensor erfc(const Tensor& x, At at = At::here()) {
  const Op op{"erfc", at};
  const Array y = detail::map_floating(op, x, [](double v) { return kernels::fast_erfc(v); });
  return detail::record_slope(op, y, x, save(x), [](const Tensor& input) {
    return detail::gaussian(input) * (-2 * std::numbers::inv_sqrtpi);
  });
}

/// The inverse of erf; ±Inf at ±1, NaN beyond ±1.
/// Grad    grad_y · √π/2 · e^y²
/// Saves   x
inline Tensor erfinv(const Tensor& x, At at = At::here()) {
  const Op op{"erfinv", at};
  const Array y = detail::map_floating(op, x, [](double v) { return kernels::erfinv(v); });
  return detail::record_slope(op, y, x, save(x), [](const Tensor& input) {
    const kernels::Function slope([](double v) { return kernels::erfinv_slope(v); });
    return detail::derivative("erfinv_slope", input, slope, [](const Tensor& v, const Tensor& s) {
      return square(s) * (erfinv(v) * 2);
    });
  });
}

/// log(x / (1 − x)), the inverse of sigmoid. With an eps, x is first limited to [eps, 1 − eps].
/// Without one, it is NaN outside [0, 1].
/// Grad    grad_y / (x·(1 − x)); outside the interval, 0 with an eps and NaN without
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
    return static_cast<T>(kernels::logit(static_cast<double>(v)));
  });
  return record(op, std::move(y), {x}, save(x),
                [low, outside](const Vjp& vjp, const Tensor& input) {
                  const Tensor inside = logical_and(ge(input, low), le(input, 1 - low));
                  return grads(where(inside, vjp.grad() / (input * (1 - input)), outside));
                });
}

inline Tensor digamma(const Tensor& x, At at = At::here());

/// log |Γ(x)|; Inf at 0, −1, −2, …
/// Grad    grad_y · digamma(x)
/// Saves   x
inline Tensor lgamma(const Tensor& x, At at = At::here()) {
  const Op op{"lgamma", at};
  const Array y = detail::map_floating(op, x, [](double v) { return kernels::lgamma(v); });
  return detail::record_slope(op, y, x, save(x),
                              [](const Tensor& input) { return digamma(input); });
}

/// The n-th derivative of digamma.
/// Grad    grad_y · polygamma(n + 1, x)
/// Saves   x
/// Throws  also ValueError if n is negative
/// Range   poles at 0, −1, −2, …: for n ≥ 1 Inf with the sign on the right of the pole
inline Tensor polygamma(Index n, const Tensor& x, At at = At::here()) {
  const Op op{"polygamma", at};
  check<ValueError>(n >= 0, op, "n=", n, " must not be negative");
  Array y = dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    return kernels::map<T, T>(op, x.array(), [order = static_cast<double>(n)](T v) {
      return static_cast<T>(kernels::polygamma(order, static_cast<double>(v)));
    });
  });
  return record(op, std::move(y), {x}, save(x), [n](const Vjp& vjp, const Tensor& input) {
    return grads(vjp.grad() * polygamma(n + 1, input));
  });
}

/// d/dx lgamma(x). ∓Inf at ±0, NaN at −1, −2, …
/// Grad    grad_y · polygamma(1, x)
/// Saves   x
inline Tensor digamma(const Tensor& x, At at) {
  const Op op{"digamma", at};
  const Array y = detail::map_floating(op, x, [](double v) { return kernels::digamma(v); });
  return detail::record_slope(op, y, x, save(x),
                              [](const Tensor& input) { return polygamma(1, input); });
}

/// −x·log x, the entropy of a probability; 0 at 0, −Inf below 0.
/// Grad    −grad_y·(1 + log x)
/// Saves   x
inline Tensor entr(const Tensor& x, At at = At::here()) {
  const Op op{"entr", at};
  const CalledAs called(op);
  const Array y = detail::map_floating(op, x, [](double v) { return kernels::entropy(v); });
  return detail::record_slope(op, y, x, save(x), [](const Tensor& input) {
    const kernels::Function slope([](double v) { return -kernels::log_times_e(v); });
    return detail::derivative("entr_slope", input, slope,
                              [](const Tensor& v, const Tensor&) { return neg(reciprocal(v)); });
  });
}

/// a·log b with broadcasting; 0 where a = 0, unless b is NaN.
/// Shapes  a (…), b (…) → y (broadcast)
/// Grad    grad_a = grad_y·log b, 0 where a = 0 and b ≤ 0; grad_b = grad_y·a/b, 0 where a = 0;
///         each summed over its broadcast dims
/// Saves   a, b
inline Tensor xlogy(const Operand& a, const Operand& b, At at = At::here()) {
  const Op op{"xlogy", at};
  const CalledAs called(op);
  return detail::binary_floating(
      op, a, b,
      [](double left, double right) {
        return kernels::times_or_zero(left, right, kernels::fast_log(right));
      },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        const Tensor flat = logical_and(eq(left, 0), le(right, 0));
        return where(flat, 0, grad_y * log(right));
      },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        const Tensor flat = logical_and(eq(left, 0), eq(right, 0));
        return grad_y * (left / where(flat, 1, right));
      });
}

/// a·log(1 + b) with broadcasting; 0 where a = 0, unless b is NaN.
/// Shapes  a (…), b (…) → y (broadcast)
/// Grad    grad_a = grad_y·log(1 + b), 0 where a = 0 and b ≤ −1; grad_b = grad_y·a/(1 + b), 0 where
///         a = 0; each summed over its broadcast dims
/// Saves   a, b
inline Tensor xlog1py(const Operand& a, const Operand& b, At at = At::here()) {
  const Op op{"xlog1py", at};
  const CalledAs called(op);
  return detail::binary_floating(
      op, a, b,
      [](double left, double right) {
        return kernels::times_or_zero(left, right, kernels::fast_log1p(right));
      },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        const Tensor flat = logical_and(eq(left, 0), le(right, -1));
        return where(flat, 0, grad_y * log1p(right));
      },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        const Tensor flat = logical_and(eq(left, 0), eq(right, -1));
        return grad_y * (left / where(flat, 1, right + 1));
      });
}

}  // namespace tinygrad
