// SPDX-License-Identifier: MIT
// Tools of operations on one tensor, element by element: detail::map_floating computes the value,
// and detail::record_slope, record_derivative, fused_grad and record_step record the gradient.
#pragma once

#include <array>
#include <type_traits>
#include <utility>

#include "tinygrad/ops/elementwise/arithmetic.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
/// f of every element of a floating tensor. Functions without values of their own share one loop.
template <class F> Array map_floating(const Op& op, const Tensor& x, F f) {
  if constexpr (std::is_empty_v<F> || std::is_same_v<F, kernels::Function>)
    return kernels::map(op, x.array(), f);
  else
    return dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
      return kernels::map<T, T, CpuLevel::kV4>(op, x.array(), f);
    });
}

/// f(grad_y, saved), element by element in one pass, not recorded: for a vjp that need not be
/// differentiated itself. It overwrites grad_y if nothing else uses that.
inline Grads fused_grad(const Vjp& vjp, const Tensor& saved, kernels::Function2 f) {
  const Op op{vjp.node().name(), vjp.node().at()};
  const Array spare = vjp.spare_grad();
  if (!spare.defined())
    return grads(Tensor(kernels::zip(op, saved.shape(), vjp.grad().array(), saved.array(), f)));
  kernels::update(op, spare, saved.array(), f);
  return grads(Tensor(spare));
}

/// fused_grad() for an f that holds values, which cannot share the loop.
template <class F>
requires(!std::is_empty_v<F>) Grads fused_grad(const Vjp& vjp, const Tensor& saved, F f) {
  const Op op{vjp.node().name(), vjp.node().at()};
  const Array spare = vjp.spare_grad();
  return grads(dispatch_floating(op, saved.dtype(), [&]<class T>(Type<T>) {
    if (!spare.defined())
      return Tensor(kernels::zip<T, T, CpuLevel::kV4>(op, saved.shape(), vjp.grad().array(),
                                                      saved.array(), f));
    kernels::update<T, CpuLevel::kV4>(spare, saved.array(), f);
    return Tensor(spare);
  }));
}

/// Records y = f(x) with the gradient grad_y·slope(saved), where `saved` is x or y. All such
/// functions share one node type, because a vjp of its own would cost each of them compile time.
inline Tensor record_slope(const Op& op, const Array& y, const Tensor& x,
                           std::array<Saved, 1> saved, Tensor (*slope)(const Tensor&)) {
  return record(op, y, {x}, std::move(saved), [slope](const Vjp& vjp, const Tensor& value) {
    return grads(vjp.grad() * slope(value));
  });
}

/// The same with f(grad_y, saved) = grad_y·slope(saved) in one pass, for a vjp that need not be
/// differentiated itself.
inline Tensor record_slope(const Op& op, const Array& y, const Tensor& x,
                           std::array<Saved, 1> saved, Tensor (*slope)(const Tensor&),
                           kernels::Function2 f) {
  return record(op, y, {x}, std::move(saved), [slope, f](const Vjp& vjp, const Tensor& value) {
    if (!grad_enabled()) return fused_grad(vjp, value, f);
    return grads(vjp.grad() * slope(value));
  });
}

/// A derivative for a vjp, as a function of x with its own derivative grad·second(x, y). Use it if
/// a composition of tensor operations would lose digits, overflow or underflow.
inline Tensor record_derivative(const Op& op, const Array& y, const Tensor& x,
                                Tensor (*second)(const Tensor& x, const Tensor& y)) {
  return record(op, y, {x}, save(x, y),
                [second](const Vjp& vjp, const Tensor& input, const Tensor& output) {
                  return grads(vjp.grad() * second(input, output));
                });
}

inline Tensor derivative(const char* name, const Tensor& x, kernels::Function f,
                         Tensor (*second)(const Tensor& x, const Tensor& y)) {
  const Op op{name};
  return record_derivative(op, kernels::map(op, x.array(), f), x, second);
}

/// Records the result of a step function. Its gradient is 0, even if grad_y is infinite.
inline Tensor record_step(const Op& op, const Array& y, const Tensor& x) {
  return record(op, y, {x}, save(), [](const Vjp& vjp) {
    return grads(Tensor(Array::zeros(vjp.grad().shape(), vjp.grad().dtype())));
  });
}
}  // namespace detail

}  // namespace tinygrad
