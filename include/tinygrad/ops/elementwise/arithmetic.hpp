// SPDX-License-Identifier: MIT
// Negation, addition, subtraction, multiplication and division of tensors and numbers, with
// broadcasting; and the operators + - * /.
#pragma once

#include <cmath>
#include <limits>
#include <type_traits>

#include "tinygrad/kernels/elementwise/arithmetic.hpp"
#include "tinygrad/ops/creation/cast.hpp"
#include "tinygrad/ops/elementwise/operands.hpp"
#include "tinygrad/ops/shape/broadcast.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

// All of them: Shapes a (…), b (…) → y (broadcast), unless stated otherwise.

inline Tensor mul(const Operand& a, const Operand& b, At at = At::here());

inline Tensor div(const Operand& a, const Operand& b, At at = At::here());

/// −x. The smallest int64 gives itself.
/// Shapes  x (…) → y (…)
/// Grad    −grad_y
inline Tensor neg(const Tensor& x, At at = At::here()) {
  const Op op{"neg", at};
  Array y = dispatch_number(op, x.dtype(), [&]<class T>(Type<T>) {
    return kernels::map<T, T>(op, x.array(), kernels::Neg{});
  });
  return record(op, y, {x}, save(), [](const Vjp& vjp) { return grads(neg(vjp.grad())); });
}

/// a + b with broadcasting. Integers are modulo 2^64.
/// Grad    grad_a = grad_y, grad_b = grad_y, each summed over its broadcast dims
inline Tensor add(const Operand& a, const Operand& b, At at = At::here()) {
  const Op op{"add", at};
  const detail::Operands in(op, a, b, int64);
  return record(op, in.map<kernels::Add>(op), {in.a, in.b}, save(),
                [sa = in.a.shape(), sb = in.b.shape()](const Vjp& vjp) {
                  return grads(detail::reduced_grad(vjp, 0, sa), detail::reduced_grad(vjp, 1, sb));
                });
}

/// a − b with broadcasting. Integers are modulo 2^64.
/// Grad    grad_a = grad_y, grad_b = −grad_y, each summed over its broadcast dims
inline Tensor sub(const Operand& a, const Operand& b, At at = At::here()) {
  const Op op{"sub", at};
  const detail::Operands in(op, a, b, int64);
  return record(op, in.map<kernels::Sub>(op), {in.a, in.b}, save(),
                [sa = in.a.shape(), sb = in.b.shape()](const Vjp& vjp) {
                  return grads(detail::reduced_grad(vjp, 0, sa),
                               vjp.needs(1) ? neg(sum_to(vjp.grad(), sb)) : Tensor());
                });
}

/// a · b, element by element, with broadcasting. Integers are modulo 2^64.
/// Grad    grad_a = grad_y·b, grad_b = grad_y·a, each summed over its broadcast dims
/// Saves   a if b needs a gradient, b if a does
inline Tensor mul(const Operand& a, const Operand& b, At at) {
  const Op op{"mul", at};
  const detail::Operands in(op, a, b, int64);
  return record(op, in.map<kernels::Mul>(op), {in.a, in.b}, save(in.a_for_b(), in.b_for_a()),
                [sa = in.a.shape(), sb = in.b.shape()](const Vjp& vjp, const Tensor& left,
                                                       const Tensor& right) {
                  return grads(vjp.needs(0) ? sum_to(mul(vjp.grad(), right), sa) : Tensor(),
                               vjp.needs(1) ? sum_to(mul(vjp.grad(), left), sb) : Tensor());
                });
}

namespace detail {
/// −a/b² by two divisions. They over- and underflow only if the result does. A quotient that would
/// be subnormal, and lose digits, is scaled meanwhile.
struct QuotientSlope {
  template <class T> T operator()(T top, T bottom) const {
    constexpr T kTiny = static_cast<T>(sizeof(T) == 4 ? 0x1p-100 : 0x1p-960);
    constexpr T kUp = static_cast<T>(sizeof(T) == 4 ? 0x1p64 : 0x1p512);
    const T size = std::fabs(bottom);
    const bool tiny = std::fabs(top) < size * kTiny && size <= std::numeric_limits<T>::max();
    return -top * (tiny ? kUp : T{1}) / bottom / bottom * (tiny ? T{1} / kUp : T{1});
  }
};

/// −a/b², the slope of a/b by b, as an operation of its own.
inline Tensor quotient_slope(const Tensor& a, const Tensor& b) {
  const Op op{"div"};
  const Shape shape = broadcast_shapes(op, a.shape(), b.shape());
  Array y = dispatch_floating(op, b.dtype(), [&]<class T>(Type<T>) {
    return kernels::zip<T, T>(op, shape, a.array(), b.array(), QuotientSlope{});
  });
  return record(op, std::move(y), {a, b}, save(a, b),
                [](const Vjp& vjp, const Tensor& top, const Tensor& bottom) {
                  const Tensor& g = vjp.grad();
                  Grads out(2);
                  if (vjp.needs(0)) {
                    const Tensor one = Array::full({}, 1, bottom.dtype());
                    out[0] = sum_to(mul(g, quotient_slope(one, bottom)), top.shape());
                  }
                  if (vjp.needs(1)) {
                    const Tensor slope = mul(div(quotient_slope(top, bottom), bottom), -2);
                    out[1] = sum_to(mul(g, slope), bottom.shape());
                  }
                  return out;
                });
}
}  // namespace detail

/// a / b with broadcasting; integers are divided as float32.
/// Grad    grad_a = grad_y/b, grad_b = −grad_y·a/b²
/// Saves   b; a if b needs a gradient
inline Tensor div(const Operand& a, const Operand& b, At at) {
  const Op op{"div", at};
  const detail::Operands in(op, a, b, float32);
  return record(op, in.map<kernels::Div>(op), {in.a, in.b}, save(in.a_for_b(), in.b),
                [sa = in.a.shape()](const Vjp& vjp, const Tensor& top, const Tensor& bottom) {
                  Grads out(2);
                  if (vjp.needs(0)) out[0] = sum_to(div(vjp.grad(), bottom), sa);
                  if (vjp.needs(1))
                    out[1] = sum_to(mul(vjp.grad(), detail::quotient_slope(top, bottom)),
                                    bottom.shape());
                  return out;
                });
}

// clang-format off: a table
inline Tensor operator-(const Operand& x) {
  if (x.tensor().defined()) return neg(x.tensor(), x.at);
  const Op op{"neg", x.at};
  x.check_defined(op, "x");
  return neg(x.as(op, x.dtype(), "x"), x.at);
}
inline Tensor operator+(const Tensor& a, const Operand& b) { return add(a, b, b.at); }
inline Tensor operator-(const Tensor& a, const Operand& b) { return sub(a, b, b.at); }
inline Tensor operator*(const Tensor& a, const Operand& b) { return mul(a, b, b.at); }
inline Tensor operator/(const Tensor& a, const Operand& b) { return div(a, b, b.at); }
template <class T>
concept Number = std::is_arithmetic_v<T>;
template <Number T> Tensor operator+(T a, const Operand& b) { return add(a, b, b.at); }
template <Number T> Tensor operator-(T a, const Operand& b) { return sub(a, b, b.at); }
template <Number T> Tensor operator*(T a, const Operand& b) { return mul(a, b, b.at); }
template <Number T> Tensor operator/(T a, const Operand& b) { return div(a, b, b.at); }
// clang-format on

}  // namespace tinygrad
