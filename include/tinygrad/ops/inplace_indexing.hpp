// SPDX-License-Identifier: MIT
// Operations that overwrite chosen elements of their first argument, under the rules of
// inplace.hpp.
#pragma once

#include <vector>

#include "tinygrad/ops/advanced_indexing.hpp"
#include "tinygrad/ops/indexing.hpp"
#include "tinygrad/ops/inplace.hpp"
#include "tinygrad/ops/scatter_reduce.hpp"

namespace tinygrad {

// All of them: Shapes, Grad, Saves as the op without the underscore; x keeps its shape. Throws as
// it, and GraphError if x is a leaf that requires a gradient.

/// x ← scatter(x, axis, index, source).
inline Tensor& scatter_(Tensor& x, Index axis, const Tensor& index, const Tensor& source,
                        At at = At::here()) {
  return x.overwrite({"scatter_", at}, scatter(x, axis, index, source, at));
}
/// x ← scatter(x, axis, index, value).
inline Tensor& scatter_(Tensor& x, Index axis, const Tensor& index, Scalar value,
                        At at = At::here()) {
  return x.overwrite({"scatter_", at}, scatter(x, axis, index, value, at));
}
/// x ← scatter_add(x, axis, index, source).
inline Tensor& scatter_add_(Tensor& x, Index axis, const Tensor& index, const Tensor& source,
                            At at = At::here()) {
  return x.overwrite({"scatter_add_", at}, scatter_add(x, axis, index, source, at));
}
/// x ← scatter_reduce(x, axis, index, source, reduce, include_self).
inline Tensor& scatter_reduce_(Tensor& x, Index axis, const Tensor& index, const Tensor& source,
                               Reduce reduce, bool include_self = true, At at = At::here()) {
  const Op op{"scatter_reduce_", at};
  const Tensor before = detail::saved_before(op, x, source.requires_grad());
  return x.overwrite(op, scatter_reduce(before, axis, index, source, reduce, include_self, at));
}
/// x ← index_add(x, axis, index, source).
inline Tensor& index_add_(Tensor& x, Index axis, const Tensor& index, const Tensor& source,
                          At at = At::here()) {
  return x.overwrite({"index_add_", at}, index_add(x, axis, index, source, at));
}
/// x ← index_copy(x, axis, index, source).
inline Tensor& index_copy_(Tensor& x, Index axis, const Tensor& index, const Tensor& source,
                           At at = At::here()) {
  return x.overwrite({"index_copy_", at}, index_copy(x, axis, index, source, at));
}
/// x ← index_fill(x, axis, index, value).
inline Tensor& index_fill_(Tensor& x, Index axis, const Tensor& index, const Operand& value,
                           At at = At::here()) {
  return x.overwrite({"index_fill_", at}, index_fill(x, axis, index, value, at));
}
/// x ← index_put(x, items, values, accumulate).
inline Tensor& index_put_(Tensor& x, const std::vector<IndexItem>& items, const Operand& values,
                          bool accumulate = false, At at = At::here()) {
  return x.overwrite({"index_put_", at}, index_put(x, items, values, accumulate, at));
}
/// x ← put(x, index, source, accumulate).
inline Tensor& put_(Tensor& x, const Tensor& index, const Tensor& source, bool accumulate = false,
                    At at = At::here()) {
  return x.overwrite({"put_", at}, put(x, index, source, accumulate, at));
}
/// x ← masked_fill(x, mask, value).
inline Tensor& masked_fill_(Tensor& x, const Tensor& mask, const Operand& value,
                            At at = At::here()) {
  return x.overwrite({"masked_fill_", at}, masked_fill(x, mask, value, at));
}
/// x ← masked_scatter(x, mask, source).
inline Tensor& masked_scatter_(Tensor& x, const Tensor& mask, const Tensor& source,
                               At at = At::here()) {
  return x.overwrite({"masked_scatter_", at}, masked_scatter(x, mask, source, at));
}

}  // namespace tinygrad
