// SPDX-License-Identifier: MIT
// Copies of a tensor: to() in another dtype, clone() in memory of its own.
#pragma once

#include "tinygrad/autograd/record.hpp"
#include "tinygrad/kernels/elementwise/loops.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// Converts to another dtype. Floating to integer truncates towards 0; out of range gives the
/// nearest integer, NaN gives 0. To bool is "not zero".
/// Shapes  x (…) → y (…); x itself if it has that dtype
/// Grad    grad_x = grad_y in x's dtype, between floating dtypes; none to or from other dtypes
inline Tensor to(const Tensor& x, Dtype dtype, At at = At::here()) {
  const Op op{"to", at};
  if (x.dtype() == dtype) return x;
  const Dtype from = x.dtype();
  return record(op, kernels::cast(op, x.array(), dtype), {x}, save(),
                [from](const Vjp& vjp) { return grads(to(vjp.grad(), from)); });
}

/// A copy of x in its own memory, as part of the graph.
/// Shapes  x (…) → y (…)
/// Grad    grad_x = grad_y
inline Tensor clone(const Tensor& x, At at = At::here()) { return same_values({"clone", at}, x); }

}  // namespace tinygrad
