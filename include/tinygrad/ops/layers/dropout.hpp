// SPDX-License-Identifier: MIT
// Dropout of elements, of whole channels, and alpha dropout, which keeps mean and variance. A
// dropped element is 0 even if it was Inf or NaN, and so is its gradient; PyTorch multiplies by 0,
// which gives NaN.
#pragma once

#include <cmath>

#include "tinygrad/kernels/random/fill.hpp"
#include "tinygrad/ops/checks.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
inline void check_dropout(const Op& op, const Tensor& x, double p) {
  check<ValueError>(p >= 0 && p <= 1, op, "p=", p, " must be in [0, 1]");
  check_floating(op, x);
}
// x · mask. The mask has x's dims, some of size 1. 0 where the mask is 0, even if x is NaN.
inline Tensor masked(const Op& op, const Tensor& x, const Array& mask) {
  Array y = dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    return kernels::zip<T, T>(op, x.shape(), x.array(), mask, [](T value, T factor) {
      const T product = value * factor;  // before the choice, so that the loop has no branch
      return factor == T{0} ? T{0} : product;
    });
  });
  return record(op, std::move(y), {x}, save(mask),
                [name = op.name](const Vjp& vjp, const Tensor& kept) {
                  return grads(masked({name}, vjp.grad(), kept.array()));
                });
}
// The shape for one factor per channel of x (N, C, …).
inline Shape channel_shape(const Op& op, const Tensor& x) {
  check<ShapeError>(x.dim() >= 2, op, "x ", x.shape(), " must have dims N, C, …");
  Shape shape = x.shape();
  for (int i = 2; i < shape.rank(); ++i) shape[i] = 1;
  return shape;
}
// alpha_dropout with one mask: x·factor + shift, with other factors for dropped elements.
inline Tensor alpha_masked(const Op& op, const Tensor& x, const Shape& shape, double p,
                           Generator& generator) {
  if (p == 1) return masked(op, x, Array::zeros(shape, x.dtype()));
  constexpr double kAlpha = 1.7580993408473766;  // −selu(−∞)
  const double a = 1 / std::sqrt((kAlpha * kAlpha * p + 1) * (1 - p));
  // 0 or 1/(1 − p) from the same draws as in dropout(), so both drop the same elements.
  const Array drawn = kernels::dropout_mask(shape, x.dtype(), p, generator);
  return dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    const Array factor = kernels::map<T, T>(
        op, drawn, [a](T kept) { return kept != T{0} ? static_cast<T>(a) : T{0}; });
    const Array shift = kernels::map<T, T>(op, drawn, [a, p](T kept) {
      return static_cast<T>(kept != T{0} ? kAlpha * a * p : kAlpha * a * (p - 1));
    });
    return masked(op, x, factor) + Tensor(shift);
  });
}

// True if nothing is dropped.
inline bool switched_off(const Op& op, const Tensor& x, double p, bool training) {
  if (!training && p > 0 && any_tool_at_work()) [[unlikely]]
    announce(op, x, &Observer::on_evaluation_mode);
  return !training || p == 0;
}
/// The result if nothing is dropped. It has not the name of an op that draws.
inline Tensor unchanged(const Op& op, const Tensor& x) { return same_values({"clone", op.at}, x); }
}  // namespace detail

/// In training, sets each element to 0 with probability p and scales the others by 1/(1 − p).
/// Otherwise a copy of x.
/// Shapes  x (…) → y (…)
/// Grad    grad_y·mask with the same mask; exactly 0 for dropped elements
/// Saves   the mask
/// Throws  ValueError if p is not in [0, 1]; DtypeError if x is not floating
/// Source  Srivastava et al., JMLR 2014
inline Tensor dropout(const Tensor& x, double p = 0.5, bool training = true,
                      Generator& generator = default_generator(), At at = At::here()) {
  const Op op{"dropout", at};
  detail::check_dropout(op, x, p);
  if (detail::switched_off(op, x, p, training)) return detail::unchanged(op, x);
  return detail::masked(op, x, kernels::dropout_mask(x.shape(), x.dtype(), p, generator));
}

/// dropout() of whole channels: one draw for each of the first two dims.
/// Shapes  x (N,C,…) → y (N,C,…)
/// Grad    grad_y·mask with the same mask
/// Saves   the mask (N,C,1,…)
/// Throws  as dropout(); ShapeError if x has fewer than two dims
/// Source  Tompson et al., CVPR 2015
inline Tensor feature_dropout(const Tensor& x, double p = 0.5, bool training = true,
                              Generator& generator = default_generator(), At at = At::here()) {
  const Op op{"feature_dropout", at};
  detail::check_dropout(op, x, p);
  const Shape shape = detail::channel_shape(op, x);
  if (detail::switched_off(op, x, p, training)) return detail::unchanged(op, x);
  return detail::masked(op, x, kernels::dropout_mask(shape, x.dtype(), p, generator));
}

/// feature_dropout() of pictures.
/// Shapes  x (N,C,H,W) → y (N,C,H,W); also (N,C,L), as in PyTorch
/// Grad    as feature_dropout
/// Throws  as dropout(); ShapeError for another number of dims
inline Tensor dropout2d(const Tensor& x, double p = 0.5, bool training = true,
                        Generator& generator = default_generator(), At at = At::here()) {
  const Op op{"dropout2d", at};
  const CalledAs called(op);
  check<ShapeError>(x.dim() == 4 || x.dim() == 3, {"dropout2d", at}, "x ", x.shape(),
                    " must be (N, C, H, W)");
  return feature_dropout(x, p, training, generator, at);
}

/// In training, sets each element to −α (−α = selu(−∞)) with probability p, then scales and shifts
/// all so that mean 0 and variance 1 are kept. Otherwise a copy of x.
/// Shapes  x (…) → y (…)
/// Grad    grad_y·a where x was kept, else 0; a = 1/√((α²·p + 1)·(1 − p))
/// Saves   the factors
/// Throws  as dropout()
/// Source  Klambauer et al., NeurIPS 2017
inline Tensor alpha_dropout(const Tensor& x, double p = 0.5, bool training = true,
                            Generator& generator = default_generator(), At at = At::here()) {
  const Op op{"alpha_dropout", at};
  detail::check_dropout(op, x, p);
  if (detail::switched_off(op, x, p, training)) return detail::unchanged(op, x);
  return detail::alpha_masked(op, x, x.shape(), p, generator);
}

/// alpha_dropout() of whole channels.
/// Shapes  x (N,C,…) → y (N,C,…)
/// Grad    as alpha_dropout
/// Throws  as feature_dropout()
inline Tensor feature_alpha_dropout(const Tensor& x, double p = 0.5, bool training = true,
                                    Generator& generator = default_generator(),
                                    At at = At::here()) {
  const Op op{"feature_alpha_dropout", at};
  detail::check_dropout(op, x, p);
  const Shape shape = detail::channel_shape(op, x);
  if (detail::switched_off(op, x, p, training)) return detail::unchanged(op, x);
  return detail::alpha_masked(op, x, shape, p, generator);
}

}  // namespace tinygrad
