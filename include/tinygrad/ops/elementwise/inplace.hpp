// SPDX-License-Identifier: MIT
// Operations that overwrite their first argument. add_(x, y) computes add(x, y) and gives x the
// values and the history of the result, so that gradients flow as if x were a new tensor. The
// memory does not move: pointers to it, views of it, and memory of the user that was wrapped see
// the new values. If one pass can compute the result, it writes the result directly into x. Three
// rules keep gradients right. A call that breaks one of them throws a GraphError that names both
// ops:
//   a leaf that requires a gradient is not overwritten while ops are recorded;
//   backward refuses a value that it saved and that was overwritten since;
//   a tensor whose memory was overwritten through another one (a reshape, say) has lost its
//   history.
#pragma once

#include "tinygrad/ops/creation/creation.hpp"
#include "tinygrad/ops/creation/sampling.hpp"
#include "tinygrad/ops/elementwise/activation.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/ops/elementwise/division.hpp"
#include "tinygrad/ops/elementwise/exponential.hpp"
#include "tinygrad/ops/elementwise/operands.hpp"
#include "tinygrad/ops/elementwise/power.hpp"
#include "tinygrad/ops/elementwise/rounding.hpp"
#include "tinygrad/ops/elementwise/select.hpp"
#include "tinygrad/ops/elementwise/sign.hpp"
#include "tinygrad/ops/elementwise/three_operands.hpp"
#include "tinygrad/ops/elementwise/trigonometric.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
// The tensor to compute from if backward needs the old values; x itself if nothing is recorded.
inline Tensor saved_before(const Op& op, const Tensor& x, bool other_requires_grad = false) {
  x.check_history(op);
  return grad_enabled() && (x.requires_grad() || other_requires_grad) ? x.original() : x;
}
inline bool needs_gradient(const Operand& y) { return y.tensor().requires_grad(); }

/// Makes the next op with this name write directly into x's memory. It does nothing if that is not
/// safe: if y, the other operand, shares x's memory with another layout; if y shares it at all and
/// the op may save y; or if a tool needs the old x. Then overwrite() copies the result.
class Straight {
 public:
  Straight(const Op& op, const Tensor& x, const char* name, const Tensor& y = {})
      : in_place_(allowed(x, y) ? name : nullptr, x.array(), op.name, x.check_overwrite(op)) {}
  Straight(const Op& op, const Tensor& x, const char* name, const Operand& y)
      : Straight(op, x, name, y.tensor()) {}

 private:
  static bool allowed(const Tensor& x, const Tensor& y) {
    if (any_tool_at_work()) return false;
    if (!y.defined() || !x.array().overlaps(y.array())) return true;
    const bool recorded = grad_enabled() && (x.requires_grad() || y.requires_grad());
    return !recorded && y.array().raw() == x.array().raw() && y.shape() == x.shape();
  }
  InPlace in_place_;
};
}  // namespace detail

// All of them: Shapes x (…), the others broadcast to x, but x never to them; returns x. Grad and
// Saves as the op without the underscore. Throws the same errors, and ShapeError or DtypeError if
// the result has another shape or dtype than x.

/// x ← x + y.
inline Tensor& add_(Tensor& x, const Operand& y, At at = At::here()) {
  const Op op{"add_", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}});
  y.check_defined(op, "y, the second operand,");
  const detail::Straight straight(op, x, "add", y);
  return x.overwrite(op, add(x, y, at));
}
/// x ← x − y.
inline Tensor& sub_(Tensor& x, const Operand& y, At at = At::here()) {
  const Op op{"sub_", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}});
  y.check_defined(op, "y, the second operand,");
  const detail::Straight straight(op, x, "sub", y);
  return x.overwrite(op, sub(x, y, at));
}
/// x ← x · y.
inline Tensor& mul_(Tensor& x, const Operand& y, At at = At::here()) {
  const Op op{"mul_", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}});
  y.check_defined(op, "y, the second operand,");
  const Tensor before = detail::saved_before(op, x, detail::needs_gradient(y));
  const detail::Straight straight(op, x, "mul", y);
  return x.overwrite(op, mul(before, y, at));
}
/// x ← x / y.
inline Tensor& div_(Tensor& x, const Operand& y, At at = At::here()) {
  const Op op{"div_", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}});
  y.check_defined(op, "y, the second operand,");
  const Tensor before = detail::saved_before(op, x, detail::needs_gradient(y));
  const detail::Straight straight(op, x, "div", y);
  return x.overwrite(op, div(before, y, at));
}
/// x ← x^y.
inline Tensor& pow_(Tensor& x, const Operand& y, At at = At::here()) {
  const Op op{"pow_", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}});
  y.check_defined(op, "y, the second operand,");
  const Tensor before = detail::saved_before(op, x, detail::needs_gradient(y));
  const detail::Straight straight(op, x, "pow", y);
  return x.overwrite(op, pow(before, y, at));
}
/// x ← −x.
inline Tensor& neg_(Tensor& x, At at = At::here()) {
  const Op op{"neg_", at};
  const CalledAs called(op);
  const detail::Straight straight(op, x, "neg");
  return x.overwrite(op, neg(x, at));
}
/// x ← |x|.
inline Tensor& abs_(Tensor& x, At at = At::here()) {
  const Op op{"abs_", at};
  const CalledAs called(op);
  const Tensor before = detail::saved_before(op, x);
  const detail::Straight straight(op, x, "abs");
  return x.overwrite(op, abs(before, at));
}
/// x ← e^x.
inline Tensor& exp_(Tensor& x, At at = At::here()) {
  const Op op{"exp_", at};
  const CalledAs called(op);
  const detail::Straight straight(op, x, "exp");
  return x.overwrite(op, exp(x, at));
}
/// x ← log x.
inline Tensor& log_(Tensor& x, At at = At::here()) {
  const Op op{"log_", at};
  const CalledAs called(op);
  const Tensor before = detail::saved_before(op, x);
  const detail::Straight straight(op, x, "log");
  return x.overwrite(op, log(before, at));
}
/// x ← √x.
inline Tensor& sqrt_(Tensor& x, At at = At::here()) {
  const Op op{"sqrt_", at};
  const CalledAs called(op);
  const detail::Straight straight(op, x, "sqrt");
  return x.overwrite(op, sqrt(x, at));
}
/// x ← 1 / √x.
inline Tensor& rsqrt_(Tensor& x, At at = At::here()) {
  const Op op{"rsqrt_", at};
  const CalledAs called(op);
  const detail::Straight straight(op, x, "rsqrt");
  return x.overwrite(op, rsqrt(x, at));
}
/// x ← 1 / x.
inline Tensor& reciprocal_(Tensor& x, At at = At::here()) {
  const Op op{"reciprocal_", at};
  const CalledAs called(op);
  const detail::Straight straight(op, x, "reciprocal");
  return x.overwrite(op, reciprocal(x, at));
}
/// x ← x².
inline Tensor& square_(Tensor& x, At at = At::here()) {
  const Op op{"square_", at};
  const CalledAs called(op);
  const Tensor before = detail::saved_before(op, x);
  const detail::Straight straight(op, x, "square");
  return x.overwrite(op, square(before, at));
}
/// x ← sin x.
inline Tensor& sin_(Tensor& x, At at = At::here()) {
  const Op op{"sin_", at};
  const CalledAs called(op);
  const Tensor before = detail::saved_before(op, x);
  const detail::Straight straight(op, x, "sin");
  return x.overwrite(op, sin(before, at));
}
/// x ← cos x.
inline Tensor& cos_(Tensor& x, At at = At::here()) {
  const Op op{"cos_", at};
  const CalledAs called(op);
  const Tensor before = detail::saved_before(op, x);
  const detail::Straight straight(op, x, "cos");
  return x.overwrite(op, cos(before, at));
}
/// x ← tanh x.
inline Tensor& tanh_(Tensor& x, At at = At::here()) {
  const Op op{"tanh_", at};
  const CalledAs called(op);
  const Tensor before = x.dtype() == float64 ? detail::saved_before(op, x) : x;
  const detail::Straight straight(op, x, "tanh");
  return x.overwrite(op, tanh(before, at));
}
/// x ← σ(x).
inline Tensor& sigmoid_(Tensor& x, At at = At::here()) {
  const Op op{"sigmoid_", at};
  const CalledAs called(op);
  const Tensor before = x.dtype() == float64 ? detail::saved_before(op, x) : x;
  const detail::Straight straight(op, x, "sigmoid");
  return x.overwrite(op, sigmoid(before, at));
}
/// x ← max(x, 0).
inline Tensor& relu_(Tensor& x, At at = At::here()) {
  const Op op{"relu_", at};
  const CalledAs called(op);
  const detail::Straight straight(op, x, "relu");
  return x.overwrite(op, relu(x, at));
}
/// x ← x limited to [low, high].
inline Tensor& clamp_(Tensor& x, Scalar low = -std::numeric_limits<double>::infinity(),
                      Scalar high = std::numeric_limits<double>::infinity(), At at = At::here()) {
  const Op op{"clamp_", at};
  const CalledAs called(op);
  const Tensor before = detail::saved_before(op, x);
  const detail::Straight straight(op, x, "clamp");
  return x.overwrite(op, clamp(before, low, high, at));
}
/// x ← the greatest integer not above x.
inline Tensor& floor_(Tensor& x, At at = At::here()) {
  const Op op{"floor_", at};
  const CalledAs called(op);
  const detail::Straight straight(op, x, "floor");
  return x.overwrite(op, floor(x, at));
}
/// x ← the least integer not below x.
inline Tensor& ceil_(Tensor& x, At at = At::here()) {
  const Op op{"ceil_", at};
  const CalledAs called(op);
  const detail::Straight straight(op, x, "ceil");
  return x.overwrite(op, ceil(x, at));
}
/// x ← the nearest integer; halves go to the even one.
inline Tensor& round_(Tensor& x, At at = At::here()) {
  const Op op{"round_", at};
  const CalledAs called(op);
  const detail::Straight straight(op, x, "round");
  return x.overwrite(op, round(x, at));
}
/// x ← x without its fraction.
inline Tensor& trunc_(Tensor& x, At at = At::here()) {
  const Op op{"trunc_", at};
  const CalledAs called(op);
  const detail::Straight straight(op, x, "trunc");
  return x.overwrite(op, trunc(x, at));
}
/// x ← x + weight · (end − x).
inline Tensor& lerp_(Tensor& x, const Tensor& end, const Operand& weight, At at = At::here()) {
  const Op op{"lerp_", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"end", end}});
  weight.check_defined(op, "weight");
  const Tensor before = detail::saved_before(op, x, detail::needs_gradient(weight));
  return x.overwrite(op, lerp(before, end, weight, at));
}
/// x ← x + value · a · b.
inline Tensor& addcmul_(Tensor& x, const Tensor& a, const Tensor& b, Scalar value = 1,
                        At at = At::here()) {
  const Op op{"addcmul_", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"a", a}, {"b", b}});
  const detail::Straight straight(op, x, "add");  // the last step
  return x.overwrite(op, addcmul(x, a, b, value, at));
}
/// x ← x + value · a / b.
inline Tensor& addcdiv_(Tensor& x, const Tensor& a, const Tensor& b, Scalar value = 1,
                        At at = At::here()) {
  const Op op{"addcdiv_", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"a", a}, {"b", b}});
  const detail::Straight straight(op, x, "add");  // the last step
  return x.overwrite(op, addcdiv(x, a, b, value, at));
}
/// x ← value, everywhere. x loses its history.
inline Tensor& fill_(Tensor& x, Scalar value, At at = At::here()) {
  const Op op{"fill_", at};
  const CalledAs called(op);
  const detail::Straight straight(op, x, "fill_");
  return x.overwrite(op, Array::full(x.shape(), value, x.dtype(), op));
}
/// x ← 0, everywhere. x loses its history.
inline Tensor& zero_(Tensor& x, At at = At::here()) {
  const Op op{"zero_", at};
  const CalledAs called(op);
  const detail::Straight straight(op, x, "zeros");
  return x.overwrite(op, zeros(x.shape(), x.dtype()));
}
/// x ← uniform numbers in [low, high). x loses its history.
inline Tensor& uniform_(Tensor& x, double low, double high,
                        Generator& generator = default_generator(), At at = At::here()) {
  const Op op{"uniform_", at};
  const CalledAs called(op);
  const detail::Straight straight(op, x, "uniform");
  return x.overwrite(op, uniform(low, high, x.shape(), generator, x.dtype(), at));
}
/// x ← normal numbers. x loses its history.
inline Tensor& normal_(Tensor& x, double mean, double std,
                       Generator& generator = default_generator(), At at = At::here()) {
  const Op op{"normal_", at};
  const CalledAs called(op);
  const detail::Straight straight(op, x, "normal");
  return x.overwrite(op, normal(mean, std, x.shape(), generator, x.dtype(), at));
}
/// x ← 1 with probability p, else 0. x loses its history.
inline Tensor& bernoulli_(Tensor& x, double p, Generator& generator = default_generator(),
                          At at = At::here()) {
  const Op op{"bernoulli_", at};
  const CalledAs called(op);
  const detail::Straight straight(op, x, "bernoulli");
  return x.overwrite(op, bernoulli(p, x.shape(), generator, x.dtype(), at));
}

inline Tensor& operator+=(Tensor& x, const Operand& y) { return add_(x, y, y.at); }
inline Tensor& operator-=(Tensor& x, const Operand& y) { return sub_(x, y, y.at); }
inline Tensor& operator*=(Tensor& x, const Operand& y) { return mul_(x, y, y.at); }
inline Tensor& operator/=(Tensor& x, const Operand& y) { return div_(x, y, y.at); }

}  // namespace tinygrad
