// SPDX-License-Identifier: MIT
// Operations that overwrite chosen elements of their first argument. The rules of
// elementwise/inplace.hpp apply.
#pragma once

#include <vector>

#include "tinygrad/ops/checks.hpp"
#include "tinygrad/ops/elementwise/inplace.hpp"
#include "tinygrad/ops/elementwise/operands.hpp"
#include "tinygrad/ops/elementwise/select.hpp"
#include "tinygrad/ops/indexing/advanced_indexing.hpp"
#include "tinygrad/ops/indexing/indexing.hpp"
#include "tinygrad/ops/indexing/scatter_reduce.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
// Sets x to the result of write(y), which writes into y, the memory of x: elements that the op does
// not touch cost nothing. Check everything before.
template <class F> Tensor& write_into(const Op& op, Tensor& x, F write) {
  const InPlace written(x.array(), op.name, x.check_overwrite(op));
  return x.overwrite(op, write(x.array()));
}
// An argument of an op that writes into x's memory. It is copied if it shares that memory.
inline Tensor apart(const Tensor& x, const Tensor& argument) {
  return argument.array().buffer() == x.array().buffer() ? argument.original() : argument;
}
inline Operand apart(const Tensor& x, const Operand& argument) {
  if (!argument.tensor().defined()) return argument;  // a number, or refused by the op
  return apart(x, argument.tensor());
}
// True if the op is recorded on the tape.
inline bool goes_on_tape(const Tensor& x, const Operand& argument) {
  return grad_enabled() && (x.requires_grad() || needs_gradient(argument));
}
// The result of an op that is not recorded. Its values are in y.
inline Tensor unrecorded(const Op& op, const Array& y, const Tensor& x) {
  const InputRef input[] = {x};
  return finish(op, y, {input, 1}, {});
}
}  // namespace detail

// All of them: Shapes, Grad and Saves as the op without the underscore; x keeps its shape. Throws
// the same errors, and GraphError if x is a leaf that requires a gradient.

/// x ← scatter(x, dim, index, source).
inline Tensor& scatter_(Tensor& x, Index dim, const Tensor& index, const Tensor& source,
                        At at = At::here()) {
  const Op op{"scatter_", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"index", index}, {"source", source}});
  const int along = detail::check_scatter(op, x, dim, index, source);
  return detail::write_into(op, x, [&](const Array& y) {
    return detail::scatter(op, y, x, along, detail::apart(x, index), detail::apart(x, source));
  });
}
/// x ← scatter(x, dim, index, value).
inline Tensor& scatter_(Tensor& x, Index dim, const Tensor& index, Scalar value,
                        At at = At::here()) {
  const Op op{"scatter_", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"index", index}});
  const int along = detail::check_gather(op, x, dim, index);
  const Tensor source = full(index.shape(), value, x.dtype());
  return detail::write_into(op, x, [&](const Array& y) {
    return detail::scatter(op, y, x, along, detail::apart(x, index), source);
  });
}
/// x ← scatter_add(x, dim, index, source).
inline Tensor& scatter_add_(Tensor& x, Index dim, const Tensor& index, const Tensor& source,
                            At at = At::here()) {
  const Op op{"scatter_add_", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"index", index}, {"source", source}});
  const int along = detail::check_scatter(op, x, dim, index, source);
  return detail::write_into(op, x, [&](const Array& y) {
    return detail::scatter_add(op, y, x, along, detail::apart(x, index), detail::apart(x, source));
  });
}
/// x ← scatter_reduce(x, dim, index, source, reduce, include_self).
inline Tensor& scatter_reduce_(Tensor& x, Index dim, const Tensor& index, const Tensor& source,
                               Reduce reduce, bool include_self = true, At at = At::here()) {
  const Op op{"scatter_reduce_", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"index", index}, {"source", source}});
  const int along = detail::check_scatter_reduce(op, x, dim, index, source, reduce);
  const bool saves = reduce != Reduce::kSum && reduce != Reduce::kMean;
  if (saves && detail::goes_on_tape(x, source)) {
    const Tensor before = detail::saved_before(op, x, source.requires_grad());
    return x.overwrite(op, detail::scatter_reduce(op, before.array().copy(), before, along, index,
                                                  source, reduce, include_self));
  }
  return detail::write_into(op, x, [&](const Array& y) {
    return detail::scatter_reduce(op, y, x, along, detail::apart(x, index),
                                  detail::apart(x, source), reduce, include_self);
  });
}
/// x ← index_add(x, dim, index, source).
inline Tensor& index_add_(Tensor& x, Index dim, const Tensor& index, const Tensor& source,
                          At at = At::here()) {
  const Op op{"index_add_", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"index", index}, {"source", source}});
  const int along = detail::check_rows(op, x, dim, index, source);
  return detail::write_into(op, x, [&](const Array& y) {
    return detail::index_add(op, y, x, along, detail::apart(x, index), detail::apart(x, source));
  });
}
/// x ← index_copy(x, dim, index, source).
inline Tensor& index_copy_(Tensor& x, Index dim, const Tensor& index, const Tensor& source,
                           At at = At::here()) {
  const Op op{"index_copy_", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"index", index}, {"source", source}});
  const int along = detail::check_rows(op, x, dim, index, source);
  if (detail::goes_on_tape(x, source))
    return x.overwrite(op, detail::index_copy(op, x, along, index, source));
  return detail::write_into(op, x, [&](const Array& y) {
    kernels::index_copy(y, along, detail::apart(x, index).array(),
                        detail::apart(x, source).array());
    return detail::unrecorded(op, y, x);
  });
}
/// x ← index_fill(x, dim, index, value).
inline Tensor& index_fill_(Tensor& x, Index dim, const Tensor& index, const Operand& value,
                           At at = At::here()) {
  const Op op{"index_fill_", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"index", index}});
  value.check_defined(op, "value");
  const detail::RowFill fill(op, x, dim, index, value);
  if (detail::goes_on_tape(x, value)) return x.overwrite(op, fill.result(op, x));
  return detail::write_into(op, x, [&](const Array& y) {
    kernels::index_fill(y, fill.dim, detail::apart(x, fill.rows).array(), fill.number.array());
    return detail::unrecorded(op, y, x);
  });
}
/// x ← index_put(x, items, values, accumulate).
inline Tensor& index_put_(Tensor& x, const std::vector<IndexItem>& items, const Operand& values,
                          bool accumulate = false, At at = At::here()) {
  const Op op{"index_put_", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}});
  values.check_defined(op, "values");
  return detail::write_into(op, x, [&](const Array& y) {
    return detail::index_put(op, y, x, items, detail::apart(x, values), accumulate);
  });
}
/// x ← put(x, index, source, accumulate).
inline Tensor& put_(Tensor& x, const Tensor& index, const Tensor& source, bool accumulate = false,
                    At at = At::here()) {
  const Op op{"put_", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"index", index}, {"source", source}});
  return detail::write_into(op, x, [&](const Array& y) {
    return detail::put_source(op, y, x, detail::apart(x, index), detail::apart(x, source),
                              accumulate);
  });
}
/// x ← masked_fill(x, mask, value).
inline Tensor& masked_fill_(Tensor& x, const Tensor& mask, const Operand& value,
                            At at = At::here()) {
  const Op op{"masked_fill_", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"mask", mask}});
  value.check_defined(op, "value");
  const Tensor number = detail::masked_number(op, x, mask, value);
  if (detail::goes_on_tape(x, value)) return x.overwrite(op, where(mask, number, x, at));
  return detail::write_into(op, x, [&](const Array& y) {
    kernels::masked_fill(y, expand(mask, x.shape()).array(), number.array());
    return detail::unrecorded(op, y, x);
  });
}
/// x ← masked_scatter(x, mask, source).
inline Tensor& masked_scatter_(Tensor& x, const Tensor& mask, const Tensor& source,
                               At at = At::here()) {
  const Op op{"masked_scatter_", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"mask", mask}, {"source", source}});
  detail::check_mask(op, mask);
  detail::check_same_dtype(op, "source", source, "x", x);
  const Shape shape = broadcast_shapes(op, x.shape(), mask.shape());
  check<ShapeError>(shape == x.shape(), op, "the result has shape ", shape,
                    ", which does not fit into ", x.shape());
  return detail::write_into(op, x, [&](const Array& y) {
    return detail::masked_scatter(op, y, x, mask, detail::apart(x, source));
  });
}

}  // namespace tinygrad
