// SPDX-License-Identifier: MIT
// Cutting a tensor into equal parts for the gates, steps and heads of recurrent and attention
// layers.
#pragma once

#include <vector>

#include "tinygrad/ops/creation.hpp"
#include "tinygrad/ops/movement.hpp"

namespace tinygrad::nn::detail {

/// x cut along an axis into equal parts. Unlike split(), backward puts all parts together in one
/// pass, so that cutting a sequence into its T steps costs T and not T².
/// Shapes  x (a…, parts·n, b…) → each (a…, n, b…), sharing x's buffer along axis 0
/// Grad    grad_x = the gradients of the parts, one after the other
inline std::vector<Tensor> cut(const Op& op, const Tensor& x, Index parts, int axis) {
  Shape shape = x.shape();
  const Index size = shape[axis] / parts;
  shape[axis] = size;
  std::vector<Array> arrays;
  const Tensor values = x.detach();
  for (Index i = 0; i < parts; ++i)
    arrays.push_back(tinygrad::detail::narrow(op, values, axis, i * size, size).array());
  return record_many(op, arrays, {x}, save(), [axis, shape](const Vjp& vjp) {
    std::vector<Tensor> grads;
    for (std::size_t i = 0; i < vjp.node().outputs().size(); ++i)
      grads.push_back(vjp.grad(i).defined() ? vjp.grad(i)
                                            : zeros(shape, vjp.node().outputs()[i].dtype));
    return Grads{concat(grads, axis)};
  });
}

}  // namespace tinygrad::nn::detail
