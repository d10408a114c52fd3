// SPDX-License-Identifier: MIT
// Triangles of matrices: tril and triu, and the positions of their elements. Diagonal k starts k
// columns right of the main one, or −k rows below it.
#pragma once

#include <algorithm>

#include "tinygrad/autograd/record.hpp"
#include "tinygrad/kernels/movement/strided.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
inline Tensor triangle(const Op& op, const Tensor& x, Index diagonal, bool lower) {
  check<ShapeError>(x.dim() >= 2, op, "x ", x.shape(), " must have at least two dims");
  const Index rows = x.shape()[x.dim() - 2], columns = x.shape().back();
  const Index k = std::clamp(diagonal, -rows - 1, columns + 1);  // further out nothing changes
  return record(op, kernels::triangle(op, x.array(), k, lower), {x}, save(),
                [name = op.name, k, lower](const Vjp& vjp) {
                  return grads(triangle({name}, vjp.grad(), k, lower));
                });
}
}  // namespace detail

/// The lower triangle of the last two dims, with zeros above diagonal `diagonal`.
/// Shapes  x (…, m, n) → y (…, m, n)
/// Grad    grad_x = tril(grad_y, diagonal)
/// Throws  ShapeError if x has fewer than two dims
inline Tensor tril(const Tensor& x, Index diagonal = 0, At at = At::here()) {
  return detail::triangle({"tril", at}, x, diagonal, true);
}

/// The upper triangle of the last two dims, with zeros below diagonal `diagonal`.
/// Shapes  x (…, m, n) → y (…, m, n)
/// Grad    grad_x = triu(grad_y, diagonal)
/// Throws  ShapeError if x has fewer than two dims
inline Tensor triu(const Tensor& x, Index diagonal = 0, At at = At::here()) {
  return detail::triangle({"triu", at}, x, diagonal, false);
}

namespace detail {
inline Tensor triangle_indices(const Op& op, Index rows, Index columns, Index offset, bool lower) {
  check<ShapeError>(rows >= 0 && columns >= 0, op, "row=", rows, ", col=", columns,
                    " must not be negative");
  check_sizes(op, {2, rows, columns});
  const Index k = std::clamp(offset, -rows - 1, columns + 1);  // further out nothing changes
  // The column where row i leaves the lower triangle, or enters the upper one.
  const auto cut = [&](Index i) { return std::clamp<Index>(i + k + (lower ? 1 : 0), 0, columns); };
  Index count = 0;
  for (Index i = 0; i < rows; ++i) count += lower ? cut(i) : columns - cut(i);
  const Array out = Array::empty({2, count}, int64, op);
  Index *row = out.data<Index>(), *column = row + count;
  for (Index i = 0; i < rows; ++i)
    for (Index j = lower ? 0 : cut(i); j < (lower ? cut(i) : columns); ++j) {
      *row++ = i;
      *column++ = j;
    }
  return out;
}
}  // namespace detail

/// Rows and columns of the elements on and below diagonal `offset` of a (row, col) matrix, in
/// row-major order.
/// Shapes  → y (2, count) int64
/// Throws  ShapeError for a negative size
inline Tensor tril_indices(Index row, Index col, Index offset = 0, At at = At::here()) {
  return detail::triangle_indices({"tril_indices", at}, row, col, offset, true);
}

/// Rows and columns of the elements on and above diagonal `offset`.
/// Shapes  → y (2, count) int64
inline Tensor triu_indices(Index row, Index col, Index offset = 0, At at = At::here()) {
  return detail::triangle_indices({"triu_indices", at}, row, col, offset, false);
}

}  // namespace tinygrad
