// SPDX-License-Identifier: MIT
// expand repeats a tensor along dims; sum_to is its transpose, which sums a gradient back to the
// smaller shape.
#pragma once

#include "tinygrad/autograd/record.hpp"
#include "tinygrad/kernels/movement/strided.hpp"
#include "tinygrad/kernels/reduction/reduce.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

inline Tensor expand(const Tensor& x, const Shape& shape, At at = At::here());

/// Sums the dims along which `shape` was broadcast to x's shape: the transpose of expand().
/// Shapes  x (…) → y `shape`, which must broadcast to x's
/// Grad    grad_x = expand(grad_y, x.shape)
/// Throws  ShapeError if `shape` does not broadcast to x's
inline Tensor sum_to(const Tensor& x, const Shape& shape, At at = At::here()) {
  const Op op{"sum_to", at};
  if (x.shape() == shape) return at.in_library() ? x : same_values(op, x);  // a vjp needs no copy
  const Shape& from = x.shape();
  check<ShapeError>(broadcasts_to(shape, from), op, "x ", from, " cannot be summed to ", shape,
                    "; each size of it must be 1 or x's, aligned at the last dim");
  kernels::AxisSet dims;
  const int shift = from.rank() - shape.rank();
  for (int i = 0; i < from.rank(); ++i) dims.reduced[i] = i < shift || shape[i - shift] != from[i];
  Array y = dispatch_number(op, x.dtype(), [&]<class T>(Type<T>) {
    return kernels::reduce<kernels::SumOf, T>(op, x.array(), dims);
  });
  return record(op, y.reshaped(shape), {x}, save(),
                [from](const Vjp& vjp) { return grads(expand(vjp.grad(), from)); });
}

/// x repeated along its size-1 dims, and along new dims in front, to `shape`. -1 keeps a size.
/// Shapes  x (…) → y `shape`; x itself if that is its shape
/// Grad    grad_x = sum_to(grad_y, x.shape)
/// Throws  ShapeError if x does not broadcast to `shape`
inline Tensor expand(const Tensor& x, const Shape& shape, At at) {
  const Op op{"expand", at};
  const Shape& from = x.shape();
  const int shift = shape.rank() - from.rank();
  Shape to = shape;
  for (int i = 0; i < to.rank(); ++i)
    if (to[i] == -1 && i >= shift) to[i] = from[i - shift];
  check_sizes(op, to);
  check<ShapeError>(broadcasts_to(from, to), op, "x ", from, " does not broadcast to ", shape,
                    "; aligned at the last dim, each of its sizes must be 1 or the same");
  if (to == from) return x;
  kernels::Strided window{to, to, 0};
  const Shape strides = strides_of(from);
  for (int i = 0; i < to.rank(); ++i)
    window.steps[i] = i < shift || from[i - shift] == 1 ? 0 : strides[i - shift];
  return record(op, kernels::strided_copy(op, x.array(), to, window), {x}, save(),
                [from](const Vjp& vjp) { return grads(sum_to(vjp.grad(), from)); });
}

/// expand() under NumPy's name.
/// Shapes  x (…) → y `shape`
/// Grad    as expand
inline Tensor broadcast_to(const Tensor& x, const Shape& shape, At at = At::here()) {
  const Op op{"broadcast_to", at};
  const CalledAs called(op);
  return expand(x, shape, at);
}

/// x broadcast to the shape of another tensor.
/// Shapes  x (…), other (…) → y (other's shape)
/// Grad    as expand
inline Tensor expand_as(const Tensor& x, const Tensor& other, At at = At::here()) {
  const Op op{"expand_as", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"other", other}});
  return expand(x, other.shape(), at);
}

}  // namespace tinygrad
