// SPDX-License-Identifier: MIT
// Operations that overwrite their first argument. add_(x, y) computes add(x, y) and gives x the
// result's values and history, so gradients flow as if x were a new tensor. Three rules keep them
// honest, each a GraphError that names both ops:
//   a leaf that requires a gradient is not overwritten while ops are recorded;
//   backward refuses a value that it saved and that was overwritten since;
//   a tensor whose memory was overwritten through another one (a reshape, say) has lost its
//   history.
#pragma once

#include "tinygrad/ops/activation.hpp"
#include "tinygrad/ops/arithmetic.hpp"
#include "tinygrad/ops/binary.hpp"
#include "tinygrad/ops/creation.hpp"
#include "tinygrad/ops/sampling.hpp"
#include "tinygrad/ops/trigonometric.hpp"
#include "tinygrad/ops/unary.hpp"

namespace tinygrad {

namespace detail {
// What to compute from where backward will want the old values: if nothing is recorded, x itself.
inline Tensor saved_before(const Op& op, const Tensor& x, bool other_requires_grad = false) {
  x.check_history(op);
  return grad_enabled() && (x.requires_grad() || other_requires_grad) ? x.original() : x;
}
inline bool needs_gradient(const Operand& y) { return y.tensor().requires_grad(); }
}  // namespace detail

// All of them: Shapes x (…), the others broadcast to x, never x to them; returns x. Grad, Saves as
// the op without the underscore. Throws as it, and ShapeError or DtypeError if the result has
// another shape or dtype than x.

/// x ← x + y.
inline Tensor& add_(Tensor& x, const Operand& y, At at = At::here()) {
  return x.overwrite({"add_", at}, add(x, y, at));
}
/// x ← x − y.
inline Tensor& sub_(Tensor& x, const Operand& y, At at = At::here()) {
  return x.overwrite({"sub_", at}, sub(x, y, at));
}
/// x ← x · y.
inline Tensor& mul_(Tensor& x, const Operand& y, At at = At::here()) {
  const Op op{"mul_", at};
  return x.overwrite(op, mul(detail::saved_before(op, x, detail::needs_gradient(y)), y, at));
}
/// x ← x / y.
inline Tensor& div_(Tensor& x, const Operand& y, At at = At::here()) {
  const Op op{"div_", at};
  return x.overwrite(op, div(detail::saved_before(op, x, detail::needs_gradient(y)), y, at));
}
/// x ← x^y.
inline Tensor& pow_(Tensor& x, const Operand& y, At at = At::here()) {
  const Op op{"pow_", at};
  return x.overwrite(op, pow(detail::saved_before(op, x, detail::needs_gradient(y)), y, at));
}
/// x ← −x.
inline Tensor& neg_(Tensor& x, At at = At::here()) { return x.overwrite({"neg_", at}, neg(x, at)); }
/// x ← |x|.
inline Tensor& abs_(Tensor& x, At at = At::here()) {
  const Op op{"abs_", at};
  return x.overwrite(op, abs(detail::saved_before(op, x), at));
}
/// x ← e^x.
inline Tensor& exp_(Tensor& x, At at = At::here()) { return x.overwrite({"exp_", at}, exp(x, at)); }
/// x ← log x.
inline Tensor& log_(Tensor& x, At at = At::here()) {
  const Op op{"log_", at};
  return x.overwrite(op, log(detail::saved_before(op, x), at));
}
/// x ← √x.
inline Tensor& sqrt_(Tensor& x, At at = At::here()) {
  return x.overwrite({"sqrt_", at}, sqrt(x, at));
}
/// x ← 1 / √x.
inline Tensor& rsqrt_(Tensor& x, At at = At::here()) {
  return x.overwrite({"rsqrt_", at}, rsqrt(x, at));
}
/// x ← 1 / x.
inline Tensor& reciprocal_(Tensor& x, At at = At::here()) {
  return x.overwrite({"reciprocal_", at}, reciprocal(x, at));
}
/// x ← x².
inline Tensor& square_(Tensor& x, At at = At::here()) {
  const Op op{"square_", at};
  return x.overwrite(op, square(detail::saved_before(op, x), at));
}
/// x ← sin x.
inline Tensor& sin_(Tensor& x, At at = At::here()) {
  const Op op{"sin_", at};
  return x.overwrite(op, sin(detail::saved_before(op, x), at));
}
/// x ← cos x.
inline Tensor& cos_(Tensor& x, At at = At::here()) {
  const Op op{"cos_", at};
  return x.overwrite(op, cos(detail::saved_before(op, x), at));
}
/// x ← tanh x.
inline Tensor& tanh_(Tensor& x, At at = At::here()) {
  return x.overwrite({"tanh_", at}, tanh(x, at));
}
/// x ← σ(x).
inline Tensor& sigmoid_(Tensor& x, At at = At::here()) {
  return x.overwrite({"sigmoid_", at}, sigmoid(x, at));
}
/// x ← max(x, 0).
inline Tensor& relu_(Tensor& x, At at = At::here()) {
  return x.overwrite({"relu_", at}, relu(x, at));
}
/// x ← x limited to [low, high].
inline Tensor& clamp_(Tensor& x, Scalar low = -std::numeric_limits<double>::infinity(),
                      Scalar high = std::numeric_limits<double>::infinity(), At at = At::here()) {
  const Op op{"clamp_", at};
  return x.overwrite(op, clamp(detail::saved_before(op, x), low, high, at));
}
/// x ← the greatest integer not above x.
inline Tensor& floor_(Tensor& x, At at = At::here()) {
  return x.overwrite({"floor_", at}, floor(x, at));
}
/// x ← the least integer not below x.
inline Tensor& ceil_(Tensor& x, At at = At::here()) {
  return x.overwrite({"ceil_", at}, ceil(x, at));
}
/// x ← the nearest integer, the even one of two.
inline Tensor& round_(Tensor& x, At at = At::here()) {
  return x.overwrite({"round_", at}, round(x, at));
}
/// x ← x without its fraction.
inline Tensor& trunc_(Tensor& x, At at = At::here()) {
  return x.overwrite({"trunc_", at}, trunc(x, at));
}
/// x ← x + weight · (end − x).
inline Tensor& lerp_(Tensor& x, const Tensor& end, const Operand& weight, At at = At::here()) {
  return x.overwrite({"lerp_", at}, lerp(x, end, weight, at));
}
/// x ← x + value · a · b.
inline Tensor& addcmul_(Tensor& x, const Tensor& a, const Tensor& b, Scalar value = 1,
                        At at = At::here()) {
  return x.overwrite({"addcmul_", at}, addcmul(x, a, b, value, at));
}
/// x ← x + value · a / b.
inline Tensor& addcdiv_(Tensor& x, const Tensor& a, const Tensor& b, Scalar value = 1,
                        At at = At::here()) {
  return x.overwrite({"addcdiv_", at}, addcdiv(x, a, b, value, at));
}
/// x ← value, everywhere; the history ends here.
inline Tensor& fill_(Tensor& x, Scalar value, At at = At::here()) {
  const Op op{"fill_", at};
  return x.overwrite(op, Array::full(x.shape(), value, x.dtype(), op));
}
/// x ← 0, everywhere; the history ends here.
inline Tensor& zero_(Tensor& x, At at = At::here()) {
  return x.overwrite({"zero_", at}, zeros(x.shape(), x.dtype()));
}
/// x ← uniform numbers in [low, high); the history ends here.
inline Tensor& uniform_(Tensor& x, double low, double high, Generator& generator,
                        At at = At::here()) {
  return x.overwrite({"uniform_", at}, uniform(low, high, x.shape(), generator, x.dtype(), at));
}
/// x ← normal numbers; the history ends here.
inline Tensor& normal_(Tensor& x, double mean, double std, Generator& generator,
                       At at = At::here()) {
  return x.overwrite({"normal_", at}, normal(mean, std, x.shape(), generator, x.dtype(), at));
}
/// x ← 1 with probability p, else 0; the history ends here.
inline Tensor& bernoulli_(Tensor& x, double p, Generator& generator, At at = At::here()) {
  return x.overwrite({"bernoulli_", at}, bernoulli(p, x.shape(), generator, x.dtype(), at));
}

inline Tensor& operator+=(Tensor& x, const Operand& y) { return add_(x, y, y.at); }
inline Tensor& operator-=(Tensor& x, const Operand& y) { return sub_(x, y, y.at); }
inline Tensor& operator*=(Tensor& x, const Operand& y) { return mul_(x, y, y.at); }
inline Tensor& operator/=(Tensor& x, const Operand& y) { return div_(x, y, y.at); }

}  // namespace tinygrad
