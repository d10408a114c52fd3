// SPDX-License-Identifier: MIT
// clip_grad_norm_ and clip_grad_value_: limits on gradients, applied between backward() and step().
#pragma once

#include <cmath>
#include <vector>

#include "tinygrad/autograd/anomaly.hpp"
#include "tinygrad/autograd/node.hpp"
#include "tinygrad/kernels/elementwise/in_place.hpp"
#include "tinygrad/kernels/reduction/norms.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

struct ClipGradOptions {
  double norm_type = 2;  ///< p of the p-norm; infinity: the largest absolute value
  bool error_if_nonfinite = false;
};

double clip_grad_norm_(...) TINYGRAD_REFUSED("takes model.parameters()");
void clip_grad_value_(...) TINYGRAD_REFUSED("takes model.parameters()");

/// Scales the gradients of `params`, as one vector, so that their norm is at most `max_norm`.
/// Returns the norm before scaling. Skips parameters without a gradient.
/// Without error_if_nonfinite it behaves like PyTorch: one NaN makes all gradients NaN; an infinite
/// norm makes infinite gradients NaN and the others 0. But max_norm = ∞ changes nothing.
/// Throws  GraphError if one of params is undefined; ValueError if max_norm is negative or
///         norm_type not positive; NumericError if the norm is NaN or infinite and
///         error_if_nonfinite is set; then nothing changes
/// Source  Pascanu et al., ICML 2013
inline double clip_grad_norm_(const std::vector<Tensor>& params, double max_norm,
                              const ClipGradOptions& options = {}, At at = At::here()) {
  const Op op{"clip_grad_norm_", at};
  const double power = options.norm_type;
  check<ValueError>(max_norm >= 0, op, "max_norm=", max_norm, " must not be negative");
  check<ValueError>(power > 0, op, "norm_type=", power, " must be positive");
  check_defined(op, "params", params);
  std::vector<Array> gradients;
  for (const Tensor& p : params)
    if (const Tensor grad = p.grad(); grad.defined()) gradients.push_back(grad.array());
  const double norm = kernels::norm(op, gradients, power);
  check<NumericError>(!options.error_if_nonfinite || std::isfinite(norm), op,
                      "the norm of the gradients is ", norm);
  const double factor = max_norm / (norm + 1e-6);
  if (factor >= 1 || std::isinf(max_norm)) return norm;
  for (const Array& grad : gradients) {
    kernels::scale(op, grad, factor);
    grad.bump_version("clip_grad_norm_");
  }
  return norm;
}

/// Limits every element of the gradients of `params` to [−clip_value, clip_value].
/// Throws  GraphError if one of params is undefined; ValueError if clip_value is negative
inline void clip_grad_value_(const std::vector<Tensor>& params, double clip_value,
                             At at = At::here()) {
  const Op op{"clip_grad_value_", at};
  check<ValueError>(clip_value >= 0, op, "clip_value=", clip_value, " must not be negative");
  check_defined(op, "params", params);
  for (const Tensor& p : params) {
    const Tensor grad = p.grad();
    if (!grad.defined()) continue;
    kernels::limit(op, grad.array(), clip_value);
    grad.array().bump_version("clip_grad_value_");
  }
}

}  // namespace tinygrad::optim
