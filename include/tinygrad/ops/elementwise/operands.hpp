// SPDX-License-Identifier: MIT
// The arguments of operations on two operands: Operand is a tensor or a number. detail::Operands
// brings two of them to one dtype and finds the shape that they broadcast to.
// detail::record_partials and detail::binary_floating record an operation on them.
#pragma once

#include <type_traits>

#include "tinygrad/autograd/record.hpp"
#include "tinygrad/kernels/elementwise/arithmetic.hpp"
#include "tinygrad/kernels/elementwise/functions.hpp"
#include "tinygrad/ops/checks.hpp"
#include "tinygrad/ops/creation/cast.hpp"
#include "tinygrad/ops/shape/broadcast.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// A tensor or a number. Stores the user's line, because operators cannot have it as a parameter.
class Operand {
 public:
  Operand(const Tensor& t, At call = At::here()) : at(call), tensor_(t) {}  // NOLINT: implicit
  Operand(const Array& a, At call = At::here()) : at(call), tensor_(a) {}   // NOLINT: implicit
  Operand(Scalar number, At call = At::here())                              // NOLINT: implicit
      : at(call), number_(number), is_number_(true) {}
  template <class T>
  requires std::is_arithmetic_v<T> Operand(T number, At call = At::here())  // NOLINT: implicit
      : at(call), number_(number), is_number_(true) {}

  bool is_number() const { return is_number_; }
  Scalar number() const { return number_; }
  const Tensor& tensor() const { return tensor_; }
  Dtype dtype() const { return is_number() ? number_.dtype() : tensor_.dtype(); }
  /// Throws GraphError if it is an undefined tensor; `name` says which operand of `op` it is.
  void check_defined(const Op& op, const char* name) const {
    if (!is_number()) operand(op, name, tensor_);
  }
  /// The operand as a tensor. Throws ValueError if it is a number that the dtype cannot hold.
  Tensor as(const Op& op, Dtype dtype, const char* name) const {
    check_defined(op, name);
    if (!is_number()) return to(tensor_, dtype);
    number_.check_fits(op, dtype);
    return Tensor(Array::full({}, number_, dtype, {"number", op.at, 0}));  // not a result of op
  }

  At at;

 private:
  Tensor tensor_;
  Scalar number_ = 0;
  bool is_number_ = false;
};

namespace detail {
/// What operators refuse.
struct NeitherTensorNorNumber {
  template <class T>
  requires(!std::is_convertible_v<const T&, Operand>)
      NeitherTensorNorNumber(const T&);  // NOLINT: implicit
};

/// Two operands in one dtype, and the shape that they broadcast to.
struct Operands {
  Tensor a, b;
  Shape shape;

  // A number takes the tensor's dtype, unless the number is floating and the tensor is not, or the
  // tensor is bool. The dtype is at least `least`: arithmetic on bool and uint8 uses int64,
  // division uses float32.
  Operands(const Op& op, const Operand& left, const Operand& right, Dtype least) {
    left.check_defined(op, kLeft);
    right.check_defined(op, kRight);
    Dtype dtype = promote(left.dtype(), right.dtype());
    if (left.is_number() != right.is_number()) {
      const Dtype tensors = left.is_number() ? right.dtype() : left.dtype();
      const Dtype numbers = left.is_number() ? left.dtype() : right.dtype();
      const bool takes = is_floating(tensors) || (tensors != bool_ && !is_floating(numbers));
      dtype = takes ? tensors : promote(tensors, numbers);
    }
    dtype = promote(dtype, least);
    a = left.as(op, dtype, kLeft);
    b = right.as(op, dtype, kRight);
    shape = broadcast_shapes(op, a.shape(), b.shape());
  }
  static constexpr const char *kLeft = "a, the first operand,", *kRight = "b, the second operand,";

  template <class F> Array map(const Op& op) const {
    return dispatch_number(op, a.dtype(), [&]<class T>(Type<T>) {
      return kernels::zip<T, T>(op, shape, a.array(), b.array(), F{});
    });
  }
  /// f in floating point. The dtype must be at least float32.
  Array map_floating(const Op& op, kernels::Function2 f) const {
    return kernels::zip(op, shape, a.array(), b.array(), f);
  }
  /// f of two bools. The dtype must be bool.
  template <class F> Tensor truth(const Op& op, F f) const {
    return kernels::zip<bool, bool>(op, shape, a.array(), b.array(), f);
  }
  // The other operand for the vjps of mul and div; undefined if they do not need it.
  const Tensor& b_for_a() const { return a.requires_grad() ? b : none; }
  const Tensor& a_for_b() const { return b.requires_grad() ? a : none; }
  const Tensor none;
};

/// The gradient of a summand: grad_y, summed over its broadcast dims.
inline Tensor reduced_grad(const Vjp& vjp, std::size_t input, const Shape& shape) {
  return vjp.needs(input) ? sum_to(vjp.grad(), shape) : Tensor();
}

/// The gradient of one operand of f(a, b), before the sum over that operand's broadcast dims.
using Partial = Tensor (*)(const Tensor& grad_y, const Tensor& a, const Tensor& b);

/// Records y = f(a, b). Saves a and b. All such functions share one node type, because a vjp of its
/// own would cost each of them compile time.
inline Tensor record_partials(const Op& op, const Array& y, const Operands& in, Partial grad_a,
                              Partial grad_b) {
  return record(op, y, {in.a, in.b}, save(in.a, in.b),
                [=](const Vjp& vjp, const Tensor& left, const Tensor& right) {
                  const Tensor& g = vjp.grad();
                  return grads(
                      vjp.needs(0) ? sum_to(grad_a(g, left, right), left.shape()) : Tensor(),
                      vjp.needs(1) ? sum_to(grad_b(g, left, right), right.shape()) : Tensor());
                });
}

/// Records f(a, b) in floating point.
inline Tensor binary_floating(const Op& op, const Operands& in, kernels::Function2 f,
                              Partial grad_a, Partial grad_b) {
  return record_partials(op, in.map_floating(op, f), in, grad_a, grad_b);
}

inline Tensor binary_floating(const Op& op, const Operand& a, const Operand& b,
                              kernels::Function2 f, Partial grad_a, Partial grad_b) {
  return binary_floating(op, Operands(op, a, b, float32), f, grad_a, grad_b);
}

/// The derivative of a step function.
inline Tensor no_slope(const Tensor& grad_y, const Tensor&, const Tensor&) {
  return Array::zeros(grad_y.shape(), grad_y.dtype());
}

/// A slope that depends on two numbers, as an operation of its own, with its derivatives.
inline Tensor slope_of_two(const char* name, const Tensor& a, const Tensor& b, kernels::Function2 f,
                           Partial by_a, Partial by_b) {
  return binary_floating({name}, a, b, f, by_a, by_b);
}
}  // namespace detail

}  // namespace tinygrad
