// SPDX-License-Identifier: MIT
// softmax, log_softmax and softmin along one dim.
#pragma once

#include "tinygrad/kernels/reduction/softmax.hpp"
#include "tinygrad/ops/elementwise/exponential.hpp"
#include "tinygrad/ops/reduction/reduction.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
inline int softmax_dim(const Op& op, const Tensor& x, Index dim) {
  check_floating(op, x);
  return normalize_dim(op, dim, x.dim());
}
}  // namespace detail

/// softmax(x)ᵢ = exp(xᵢ) / Σⱼ exp(xⱼ) along `dim`.
/// Shapes  x (…) → y (…)
/// Grad    grad_x = y·(grad_y − Σ grad_y·y)
/// Saves   y
/// Throws  ShapeError if dim is out of range; DtypeError if x is not floating
/// Range   the largest value is subtracted first: no overflow for any finite x
inline Tensor softmax(const Tensor& x, Index dim = -1, At at = At::here()) {
  const Op op{"softmax", at};
  const int along = detail::softmax_dim(op, x, dim);
  const Array y = kernels::softmax(op, x.array(), along, false);
  return record(op, y, {x}, save(y), [along](const Vjp& vjp, const Tensor& output) {
    const Tensor& g = vjp.grad();
    if (!grad_enabled())
      return grads(
          Tensor(kernels::softmax_grad({"softmax"}, output.array(), g.array(), along, false)));
    return grads(output * (g - sum(g * output, along, true)));
  });
}

/// log softmax(x) along `dim`. It takes no logarithm of a rounded softmax.
/// Shapes  x (…) → y (…)
/// Grad    grad_x = grad_y − exp(y)·Σ grad_y
/// Saves   y
/// Throws  ShapeError if dim is out of range; DtypeError if x is not floating
/// Range   as softmax; y is finite for any finite x
inline Tensor log_softmax(const Tensor& x, Index dim = -1, At at = At::here()) {
  const Op op{"log_softmax", at};
  const int along = detail::softmax_dim(op, x, dim);
  const Array y = kernels::softmax(op, x.array(), along, true);
  return record(op, y, {x}, save(y), [along](const Vjp& vjp, const Tensor& output) {
    const Tensor& g = vjp.grad();
    if (!grad_enabled())
      return grads(
          Tensor(kernels::softmax_grad({"log_softmax"}, output.array(), g.array(), along, true)));
    return grads(g - exp(output) * sum(g, along, true));
  });
}

/// softmax(−x) along `dim`.
/// Shapes  x (…) → y (…)
/// Grad    grad_x = −y·(grad_y − Σ grad_y·y)
/// Throws  ShapeError if dim is out of range; DtypeError if x is not floating
inline Tensor softmin(const Tensor& x, Index dim = -1, At at = At::here()) {
  const Op op{"softmin", at};
  const CalledAs called(op);
  detail::softmax_dim(op, x, dim);
  return softmax(neg(x), dim, at);
}

}  // namespace tinygrad
