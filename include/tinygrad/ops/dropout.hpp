// SPDX-License-Identifier: MIT
// Dropout.
#pragma once

#include "tinygrad/kernels/random.hpp"
#include "tinygrad/ops/arithmetic.hpp"

namespace tinygrad {

/// While training, sets each element to 0 with probability p and scales the others by 1/(1 − p);
/// otherwise x itself.
/// Shapes  x (…) → y (…)
/// Grad    grad_y·mask with the same mask
/// Saves   the mask
/// Throws  ValueError if p is not in [0, 1]; DtypeError if x is not floating
/// Source  Srivastava et al., JMLR 2014
inline Tensor dropout(const Tensor& x, double p = 0.5, bool training = true,
                      Generator& generator = default_generator(), At at = At::here()) {
  const Op op{"dropout", at};
  check<ValueError>(p >= 0 && p <= 1, op, "p=", p, " must be in [0, 1]");
  check<DtypeError>(is_floating(x.dtype()), op, "wants float32 or float64, got ", x.dtype(),
                    "; convert with to(x, float32)");
  if (!training && p > 0 && detail::inspecting()) [[unlikely]]
    detail::announce(op, x, &Observer::on_evaluation_mode);
  if (!training || p == 0) return x;
  const Array mask = kernels::dropout_mask(x.shape(), x.dtype(), p, generator);
  Array y = dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    return kernels::zip<T, T>(op, x.shape(), x.array(), mask, kernels::Mul{});
  });
  return record(op, std::move(y), {x}, save(mask),
                [](const Vjp& vjp, const Tensor& kept) { return grads(vjp.grad() * kept); });
}

}  // namespace tinygrad
