// SPDX-License-Identifier: MIT
// Exponentials and logarithms, element by element.
#pragma once

#include <cmath>
#include <numbers>

#include "tinygrad/kernels/elementwise/error_function.hpp"
#include "tinygrad/kernels/elementwise/exponential.hpp"
#include "tinygrad/kernels/elementwise/logarithm.hpp"
#include "tinygrad/kernels/elementwise/power.hpp"
#include "tinygrad/kernels/elementwise/sigmoid.hpp"
#include "tinygrad/kernels/elementwise/special_functions.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/ops/elementwise/map.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

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
/// Grad    grad_y·e^x; not grad_y·(y + 1), which has lost e^x where y is close to −1
/// Saves   x
inline Tensor expm1(const Tensor& x, At at = At::here()) {
  const Op op{"expm1", at};
  const Array y = detail::map_floating(op, x, kernels::Expm1{});
  return record(op, y, {x}, save(x), [](const Vjp& vjp, const Tensor& input) {
    if (grad_enabled()) return grads(vjp.grad() * exp(input));
    return detail::fused_grad(vjp, input, [](auto g, auto v) { return g * kernels::fast_exp(v); });
  });
}

/// Natural logarithm; −inf at 0, NaN below 0.
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
    if (grad_enabled()) return grads(vjp.grad() / (input + 1));
    return detail::fused_grad(vjp, input,
                              kernels::Function2([]<class T>(T g, T v) { return g / (v + T{1}); }));
  });
}

/// 2^x.
/// Grad    grad_y·y·log 2, finite even if y alone overflows
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

/// Logarithm to base 2; −inf at 0, NaN below 0.
/// Grad    grad_y / (x·log 2)
/// Saves   x
inline Tensor log2(const Tensor& x, At at = At::here()) {
  const Op op{"log2", at};
  const Array y = detail::map_floating(op, x, [](double v) { return kernels::fast_log2(v); });
  return detail::record_slope(op, y, x, save(x),
                              [](const Tensor& input) { return div(std::numbers::log2e, input); });
}

/// Logarithm to base 10; −inf at 0, NaN below 0.
/// Grad    grad_y / (x·log 10)
/// Saves   x
inline Tensor log10(const Tensor& x, At at = At::here()) {
  const Op op{"log10", at};
  const Array y = detail::map_floating(op, x, [](double v) { return kernels::fast_log10(v); });
  return detail::record_slope(op, y, x, save(x), [](const Tensor& input) {
    return div(std::numbers::log10e, input);  // x·log 10 may overflow
  });
}

namespace detail {
/// e^a/(e^a + e^b).
inline Tensor share(const Tensor& a, const Tensor& b) {
  const Partial slope = [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
    return grad_y * (share(left, right) * share(right, left));
  };
  const Partial opposite = [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
    return neg(grad_y * (share(left, right) * share(right, left)));
  };
  return slope_of_two(
      "logaddexp", a, b, [](double x, double y) { return kernels::logistic_difference(x, y); },
      slope, opposite);
}

/// 2^a/(2^a + 2^b).
inline Tensor share2(const Tensor& a, const Tensor& b) {
  const Partial slope = [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
    return grad_y * (share2(left, right) * share2(right, left) * std::numbers::ln2);
  };
  const Partial opposite = [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
    return grad_y * (share2(left, right) * share2(right, left) * -std::numbers::ln2);
  };
  return slope_of_two(
      "logaddexp2", a, b, [](double x, double y) { return kernels::logistic_difference2(x, y); },
      slope, opposite);
}
}  // namespace detail

/// log(e^a + e^b) without overflow.
/// Shapes  a (…), b (…) → y (broadcast); gradients are summed over broadcast dims
/// Grad    grad_a = grad_y·e^a/(e^a + e^b), grad_b = grad_y·e^b/(e^a + e^b); ½ each for equal
///         infinities, as for equal numbers
/// Saves   a, b
inline Tensor logaddexp(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::binary_floating(
      {"logaddexp", at}, a, b,
      [](double left, double right) { return kernels::log_of_sum(left, right); },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        return grad_y * detail::share(left, right);
      },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        return grad_y * detail::share(right, left);
      });
}

/// log₂(2^a + 2^b) without overflow.
/// Shapes  a (…), b (…) → y (broadcast); gradients are summed over broadcast dims
/// Grad    grad_a = grad_y·2^a/(2^a + 2^b), grad_b = grad_y·2^b/(2^a + 2^b); ½ each for equal
///         infinities
/// Saves   a, b
inline Tensor logaddexp2(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::binary_floating(
      {"logaddexp2", at}, a, b,
      [](double left, double right) { return kernels::log2_of_sum(left, right); },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        return grad_y * detail::share2(left, right);
      },
      [](const Tensor& grad_y, const Tensor& left, const Tensor& right) {
        return grad_y * detail::share2(right, left);
      });
}

}  // namespace tinygrad
