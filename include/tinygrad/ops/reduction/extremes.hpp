// SPDX-License-Identifier: MIT
// The largest and the smallest values, over any dims (max, min, amax, amin) or along one dim with
// their positions (argmax, argmin, max_with_indices, min_with_indices).
#pragma once

#include <optional>

#include "tinygrad/kernels/reduction/reduce.hpp"
#include "tinygrad/ops/indexing/indexing.hpp"
#include "tinygrad/ops/reduction/reduction.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
// `nan_shares`: NaNs share the gradient like equal values; otherwise it is NaN everywhere.
inline Tensor record_extreme(const Op& op, const Tensor& x, const Array& y, const Reduced& r,
                             bool nan_shares) {
  return record(op, y, {x}, save(x, y),
                [r, nan_shares](const Vjp& vjp, const Tensor& input, const Tensor& output) {
                  const Tensor top = r.keep(output);
                  Tensor chosen = eq(input, top);
                  if (nan_shares)
                    chosen = logical_or(chosen, logical_and(ne(input, input), ne(top, top)));
                  const Tensor best = to(chosen, vjp.grad().dtype());
                  return grads(mul(best, div(r.keep(vjp.grad()), sum_to(best, r.kept))));
                });
}

template <class F>
Tensor extreme(const Op& op, const Tensor& x, const Dims& dims, bool keepdims, bool nan_shares) {
  const Reduced r(op, x, dims, keepdims);
  r.check_not_empty(op);
  const Array y =
      dispatch(x.dtype(), [&]<class T>(Type<T>) { return r.template fold<F, T>(op, x.array()); });
  return record_extreme(op, x, y, r, nan_shares);
}
}  // namespace detail

/// The largest value; NaN if there is one. max_with_indices() also gives positions.
/// Shapes  as sum
/// Grad    grad_y to the largest value; equal values, and NaNs, share it equally
/// Saves   x, y
/// Throws  ValueError if there are no values
inline Tensor max(const Tensor& x, const Dims& dims = {}, bool keepdims = false,
                  At at = At::here()) {
  return detail::extreme<kernels::MaxOf>({"max", at}, x, dims, keepdims, true);
}

/// The smallest value; NaN if there is one. min_with_indices() also gives positions.
/// Shapes  as sum
/// Grad    grad_y to the smallest value; equal values, and NaNs, share it equally
/// Saves   x, y
/// Throws  ValueError if there are no values
inline Tensor min(const Tensor& x, const Dims& dims = {}, bool keepdims = false,
                  At at = At::here()) {
  return detail::extreme<kernels::MinOf>({"min", at}, x, dims, keepdims, true);
}

/// max() with PyTorch's gradient for NaN.
/// Shapes  as sum
/// Grad    as max(), but NaN everywhere where y is NaN
inline Tensor amax(const Tensor& x, const Dims& dims = {}, bool keepdims = false,
                   At at = At::here()) {
  return detail::extreme<kernels::MaxOf>({"amax", at}, x, dims, keepdims, false);
}

/// min() with PyTorch's gradient for NaN.
/// Shapes  as sum
/// Grad    as min(), but NaN everywhere where y is NaN
inline Tensor amin(const Tensor& x, const Dims& dims = {}, bool keepdims = false,
                   At at = At::here()) {
  return detail::extreme<kernels::MinOf>({"amin", at}, x, dims, keepdims, false);
}

namespace detail {
template <class F>
Tensor arg_extreme(const Op& op, const Tensor& x, std::optional<Index> dim, bool keepdims) {
  const int along = dim ? normalize_dim(op, *dim, x.dim()) : 0;
  const Array values = dim ? x.array() : x.array().reshaped({x.numel()});
  const Reduced r(op, x, dim ? Dims(along) : Dims(), keepdims);
  r.check_not_empty(op);
  return dispatch(x.dtype(), [&]<class T>(Type<T>) {
    return kernels::arg_reduce<F, T>(op, values, along).reshaped(r.to);
  });
}
}  // namespace detail

/// Position of the largest value along one dim; without a dim, in row-major order. The first one of
/// equal values; a NaN counts as the largest. No gradient.
/// Shapes  x (a…, n, b…) → y (a…, b…) int64
/// Throws  ValueError if there are no values
inline Tensor argmax(const Tensor& x, std::optional<Index> dim = {}, bool keepdims = false,
                     At at = At::here()) {
  return detail::arg_extreme<kernels::MaxOf>({"argmax", at}, x, dim, keepdims);
}

/// Position of the smallest value, like argmax(). A NaN counts as the smallest. No gradient.
/// Shapes  x (a…, n, b…) → y (a…, b…) int64
inline Tensor argmin(const Tensor& x, std::optional<Index> dim = {}, bool keepdims = false,
                     At at = At::here()) {
  return detail::arg_extreme<kernels::MinOf>({"argmin", at}, x, dim, keepdims);
}

namespace detail {
template <class F>
ValuesAndIndices extreme_with_indices(const Op& op, const Tensor& x, Index dim, bool keepdims) {
  const Tensor indices = arg_extreme<F>(op, x, dim, true);
  const int along = normalize_dim(op, dim, x.dim());
  const Tensor values = gather(x, along, indices, op.at);
  if (keepdims) return {values, indices};
  return {squeeze(values, along), squeeze(indices, along)};
}
}  // namespace detail

/// The largest values along one dim and their positions: the first one of equal values, or the
/// first NaN.
/// Shapes  x (a…, n, b…) → values (a…, b…), indices (a…, b…) int64
/// Grad    grad_values only to the position in indices
/// Saves   indices
/// Throws  ValueError if there are no values; ShapeError for a scalar
inline ValuesAndIndices max_with_indices(const Tensor& x, Index dim, bool keepdims = false,
                                         At at = At::here()) {
  return detail::extreme_with_indices<kernels::MaxOf>({"max_with_indices", at}, x, dim, keepdims);
}

/// The smallest values along one dim and their positions, like max_with_indices().
/// Shapes  x (a…, n, b…) → values (a…, b…), indices (a…, b…) int64
/// Grad    grad_values only to the position in indices
inline ValuesAndIndices min_with_indices(const Tensor& x, Index dim, bool keepdims = false,
                                         At at = At::here()) {
  return detail::extreme_with_indices<kernels::MinOf>({"min_with_indices", at}, x, dim, keepdims);
}

}  // namespace tinygrad
