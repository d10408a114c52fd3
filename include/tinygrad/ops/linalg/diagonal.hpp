// SPDX-License-Identifier: MIT
// Diagonals of matrices: diagonal, diag_embed, diag and trace. Diagonal k starts k columns right of
// the main one, or −k rows below it.
#pragma once

#include <algorithm>

#include "tinygrad/kernels/movement/strided.hpp"
#include "tinygrad/ops/reduction/reduction.hpp"
#include "tinygrad/ops/shape/movement.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
// Diagonal `offset` of dims a and b of `shape`, as a window whose last dim runs along the diagonal.
inline kernels::Strided diagonal_window(const Shape& shape, Index offset, int a, int b) {
  const Shape strides = strides_of(shape);
  kernels::Strided window;
  for (int i = 0; i < shape.rank(); ++i) {
    if (i == a || i == b) continue;
    window.sizes.push_back(shape[i]);
    window.steps.push_back(strides[i]);
  }
  const Index k = std::clamp(offset, -shape[a], shape[b]);  // beyond, there is nothing either
  const Index row = std::max<Index>(-k, 0), column = std::max<Index>(k, 0);
  const Index length = std::max<Index>(std::min(shape[a] - row, shape[b] - column), 0);
  window.sizes.push_back(length);
  window.steps.push_back(strides[a] + strides[b]);
  if (length > 0) window.offset = row * strides[a] + column * strides[b];
  return window;
}
}  // namespace detail

/// Diagonal `offset` of the matrices in two dims. It replaces these dims by a new last dim.
/// Shapes  x (…, m, n) → y (…, length), a copy
/// Grad    grad_x = grad_y on that diagonal, zeros elsewhere
/// Throws  ShapeError if the dims are the same
inline Tensor diagonal(const Tensor& x, Index offset = 0, Index dim1 = 0, Index dim2 = 1,
                       At at = At::here()) {
  const Op op{"diagonal", at};
  const int a = normalize_dim(op, dim1, x.dim(), "dim1");
  const int b = normalize_dim(op, dim2, x.dim(), "dim2");
  check<ShapeError>(a != b, op, "dim1=", dim1, " and dim2=", dim2, " are the same dim of x ",
                    x.shape());
  const auto window = detail::diagonal_window(x.shape(), offset, a, b);
  return apart_from(x, op, detail::slice(op, x, window.sizes, window));
}

/// Matrices with the last dim of x on diagonal `offset` and zeros elsewhere. Their rows and columns
/// are dims dim1 and dim2 of y.
/// Shapes  x (…, n) → y (…, n + |offset|, n + |offset|)
/// Grad    grad_x = diagonal(grad_y, offset, dim1, dim2)
/// Throws  ShapeError if the dims are the same, or x is a scalar
inline Tensor diag_embed(const Tensor& x, Index offset = 0, Index dim1 = -2, Index dim2 = -1,
                         At at = At::here()) {
  const Op op{"diag_embed", at};
  check<ShapeError>(0 < x.dim() && x.dim() < kMaxRank, op, "x ", x.shape(), " must have 1 to ",
                    kMaxRank - 1, " dims");
  const int a = normalize_dim(op, dim1, x.dim() + 1, "dim1");
  const int b = normalize_dim(op, dim2, x.dim() + 1, "dim2");
  check<ShapeError>(a != b, op, "dim1=", dim1, " and dim2=", dim2, " are the same dim of y");
  constexpr Index kFar = Index{1} << 40;  // its square is refused below
  const Index size = x.shape().back() + std::abs(std::clamp(offset, -kFar, kFar));
  Shape shape(x.shape().begin(), x.shape().end() - 1);
  shape.insert(std::min(a, b), size);
  shape.insert(std::max(a, b), size);
  check_sizes(op, shape);
  return detail::unslice(op, x, shape, detail::diagonal_window(shape, offset, a, b));
}

/// A vector as the diagonal of a matrix of zeros, or the diagonal of a matrix as a vector.
/// Shapes  x (n) → y (n + |diagonal|, n + |diagonal|), or x (m, n) → y (length)
/// Grad    as diag_embed() and diagonal()
/// Throws  ShapeError unless x has one or two dims
inline Tensor diag(const Tensor& x, Index diagonal = 0, At at = At::here()) {
  const Op op{"diag", at};
  const CalledAs called(op);
  check<ShapeError>(x.dim() == 1 || x.dim() == 2, op, "x ", x.shape(),
                    " must be a vector or a matrix; for batches use diagonal() or diag_embed()");
  return x.dim() == 1 ? diag_embed(x, diagonal, 0, 1, at)
                      : apart_from(x, op, tinygrad::diagonal(x, diagonal, 0, 1, at));
}

/// The sum of a matrix's diagonal.
/// Shapes  x (m, n) → y ()
/// Grad    grad_x = grad_y on the diagonal, zeros elsewhere
/// Throws  ShapeError unless x has two dims
inline Tensor trace(const Tensor& x, At at = At::here()) {
  const Op op{"trace", at};
  const CalledAs called(op);
  check<ShapeError>(x.dim() == 2, op, "x ", x.shape(), " must be a matrix");
  return sum(diagonal(x, 0, 0, 1, at), {}, false, at);
}

}  // namespace tinygrad
