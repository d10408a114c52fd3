// SPDX-License-Identifier: MIT
// Sums with a factor, of three operands with broadcasting: lerp, addcmul and addcdiv.
#pragma once

#include "tinygrad/kernels/elementwise/lerp.hpp"
#include "tinygrad/ops/elementwise/select.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// a + weight·(b − a), from a at weight 0 to b at weight 1, exact at both ends.
/// Shapes  a (…), b (…), weight (…) → y (broadcast)
/// Grad    grad_a = grad_y·(1 − weight), grad_b = grad_y·weight, grad_weight = grad_y·(b − a), 0
///         where a = b
/// Saves   a, b if weight needs a gradient; weight
/// Range   if b − a is not finite, (1 − weight)·a + weight·b, without an end of weight 0: between
///         two finite numbers the result is finite, and an infinite end gives no NaN
inline Tensor lerp(const Tensor& a, const Tensor& b, const Operand& weight, At at = At::here()) {
  const Op op{"lerp", at};
  check_defined(op, {{"a", a}, {"b", b}});
  detail::check_floating(op, a);
  detail::check_floating(op, b);
  const detail::Operands in(op, a, b, float32);
  const Tensor w = weight.as(op, in.a.dtype(), "weight");
  const Shape shape = broadcast_shapes(op, in.shape, w.shape());
  Array y = kernels::lerp(op, shape, in.a.array(), in.b.array(), w.array());
  const bool slope = w.requires_grad();
  return record(op, std::move(y), {in.a, in.b, w},
                save(slope ? in.a : Tensor(), slope ? in.b : Tensor(), w),
                [sa = in.a.shape(), sb = in.b.shape()](const Vjp& vjp, const Tensor& from,
                                                       const Tensor& to, const Tensor& part) {
                  const Tensor& g = vjp.grad();
                  Grads out(3);
                  if (vjp.needs(0)) out[0] = sum_to(g * (1 - part), sa);
                  if (vjp.needs(1)) out[1] = sum_to(g * part, sb);
                  if (vjp.needs(2))
                    out[2] = sum_to(g * where(eq(from, to), 0, to - from), part.shape());
                  return out;
                });
}

/// x + value·a·b with broadcasting. Integers stay integers.
/// Shapes  x (…), a (…), b (…) → y (broadcast); gradients are summed over broadcast dims
/// Grad    grad_x = grad_y, grad_a = grad_y·value·b, grad_b = grad_y·value·a
/// Throws  DtypeError if x, a and b are integers and value is not
inline Tensor addcmul(const Tensor& x, const Tensor& a, const Tensor& b, Scalar value = 1,
                      At at = At::here()) {
  const Op op{"addcmul", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"a", a}, {"b", b}});
  check<DtypeError>(
      !value.is_floating() || is_floating(promote(x.dtype(), promote(a.dtype(), b.dtype()))), op,
      "value=", value.part(), " is a floating number; with integers it must be an integer");
  return add(x, mul(mul(a, b, at), value, at), at);
}

/// x + value·a/b with broadcasting.
/// Shapes  x (…), a (…), b (…) → y (broadcast); gradients are summed over broadcast dims
/// Grad    grad_x = grad_y, grad_a = grad_y·value/b, grad_b = −grad_y·value·a/b²
/// Throws  DtypeError if x is an integer, or both a and b are
inline Tensor addcdiv(const Tensor& x, const Tensor& a, const Tensor& b, Scalar value = 1,
                      At at = At::here()) {
  const Op op{"addcdiv", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"a", a}, {"b", b}});
  detail::check_floating(op, x);
  check<DtypeError>(is_floating(promote(a.dtype(), b.dtype())), op, "a is ", a.dtype(),
                    " and b is ", b.dtype(), "; one of them must be floating: to(a, float32)");
  return add(x, mul(div(a, b, at), value, at), at);
}

}  // namespace tinygrad
