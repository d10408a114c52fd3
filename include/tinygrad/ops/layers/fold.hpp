// SPDX-License-Identifier: MIT
// Windows of tensors. unfold(x, dim, size, step) takes sliding windows of one dim; unfold(x,
// kernel_size) takes the windows of pictures as columns (im2col), and fold adds columns up to
// pictures.
#pragma once

#include "tinygrad/kernels/movement/resample.hpp"
#include "tinygrad/kernels/movement/strided.hpp"
#include "tinygrad/ops/checks.hpp"
#include "tinygrad/ops/per_dim.hpp"
#include "tinygrad/ops/shape/movement.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
inline Tensor unfold(const Op& op, const Tensor& x, int dim, Index size, Index step);

// The transpose of unfold(): each element is the sum of its copies.
inline Tensor fold_windows(const Op& op, const Tensor& x, const Shape& shape, int dim, Index size,
                           Index step) {
  return record(op, kernels::fold_windows(op, x.array(), shape, dim, size, step), {x}, save(),
                [dim, size, step](const Vjp& vjp) {
                  return grads(unfold({"unfold"}, vjp.grad(), dim, size, step));
                });
}

inline Tensor unfold(const Op& op, const Tensor& x, int dim, Index size, Index step) {
  const Shape strides = strides_of(x.shape());
  kernels::Strided window{x.shape(), strides, 0};
  window.sizes[dim] = (x.shape()[dim] - size) / step + 1;
  window.steps[dim] = step * strides[dim];
  window.sizes.push_back(size);
  window.steps.push_back(strides[dim]);
  return record(op, kernels::strided_copy(op, x.array(), window.sizes, window), {x}, save(),
                [shape = x.shape(), dim, size, step](const Vjp& vjp) {
                  return grads(fold_windows({"fold_windows"}, vjp.grad(), shape, dim, size, step));
                });
}
}  // namespace detail

/// Sliding windows of `size` along one dim, `step` apart, each in a new last dim. They may overlap.
/// unfold() with a kernel size is im2col.
/// Shapes  x (a…, n, b…) → y (a…, (n − size)/step + 1, b…, size), a copy
/// Grad    each element of x gets the sum of grad_y over its copies
/// Throws  ValueError unless 0 ≤ size ≤ n and step ≥ 1
/// PyTorch  `x.unfold(-1, 3, 2)`
inline Tensor unfold(const Tensor& x, Index dimension, Index size, Index step, At at = At::here()) {
  const Op op{"unfold", at};
  check<ShapeError>(x.dim() < kMaxRank, op, "x ", x.shape(), " is full: a tensor has at most ",
                    kMaxRank, " dims");
  const int dim = normalize_dim(op, dimension, x.dim(), "dimension");
  check<ValueError>(0 <= size && size <= x.shape()[dim], op, "size=", size,
                    " must be at least 0 and at most ", x.shape()[dim], ", dim ", dim, " of x ",
                    x.shape());
  check<ValueError>(step > 0, op, "step=", step, " must be at least 1");
  return detail::unfold(op, x, dim, size, step);
}

struct UnfoldOptions {
  PerDim dilation = 1, padding = 0, stride = 1;
};

namespace detail {
inline kernels::PictureWindows picture_windows(const Op& op, const Shape& picture,
                                               const PerDim& kernel_size, const PerDim& dilation,
                                               const PerDim& padding, const PerDim& stride) {
  const Shape kernel = kernel_size.over(op, "kernel_size", 2, 1);
  const Shape steps = stride.over(op, "stride", 2, 1), pads = padding.over(op, "padding", 2, 0),
              apart = dilation.over(op, "dilation", 2, 1);
  kernels::PictureWindows p{};
  for (int i = 0; i < 2; ++i) {
    const Index reach = apart[i] * (kernel[i] - 1) + 1, room = picture[i] + 2 * pads[i] - reach;
    check<ShapeError>(room >= 0, op, "a window of ", reach, " is larger than a picture of ",
                      picture, " with padding ", pads[i]);
    kernels::PictureWindows::Dim& dim = i == 0 ? p.h : p.w;
    dim = {picture[i], room / steps[i] + 1, kernel[i], steps[i], pads[i], apart[i]};
  }
  return p;
}

// The windows of planes: x (planes, H, W) → (planes, KH·KW, OH·OW), and back.
inline Tensor fold_planes(const Op& op, const Tensor& y, const kernels::PictureWindows& p,
                          const Shape& shape, const Shape& columns);

inline Tensor unfold_planes(const Op& op, const Tensor& x, const kernels::PictureWindows& p,
                            const Shape& shape) {
  return record(op, kernels::unfold_pictures(op, x.array(), p, shape), {x}, save(),
                [name = op.name, p, shape, from = x.shape()](const Vjp& vjp) {
                  return grads(fold_planes({name}, vjp.grad(), p, from, shape));
                });
}

inline Tensor fold_planes(const Op& op, const Tensor& y, const kernels::PictureWindows& p,
                          const Shape& shape, const Shape& columns) {
  return record(op, kernels::fold_pictures(op, y.array(), p, shape), {y}, save(),
                [name = op.name, p, columns](const Vjp& vjp) {
                  return grads(unfold_planes({name}, vjp.grad(), p, columns));
                });
}
}  // namespace detail

/// The windows of pictures as columns (im2col): column l has the C·KH·KW elements of window l, with
/// zeros in the padding. unfold() with a dim, a size and a step takes sliding windows of one dim.
/// Shapes  x (N,C,H,W) or (C,H,W) → y (N or nothing, C·KH·KW, OH·OW)
/// Grad    fold: each element of x gets the sum of grad_y over its copies
/// Throws  ShapeError for a window larger than the picture with its padding, or another number of
///         dims
/// PyTorch  `F.unfold(x, (2, 3))`
inline Tensor unfold(const Tensor& x, const PerDim& kernel_size, const UnfoldOptions& options = {},
                     At at = At::here()) {
  const Op op{"unfold", at};
  detail::check_spatial(op, x, 2);
  const Index h = x.shape()[x.dim() - 2], w = x.shape()[x.dim() - 1];
  const kernels::PictureWindows p = detail::picture_windows(
      op, {h, w}, kernel_size, options.dilation, options.padding, options.stride);
  const Index planes = x.shape().product(0, x.dim() - 2), channels = x.shape()[x.dim() - 3];
  const Tensor columns = detail::unfold_planes(op, detail::reshaped(op, x, {planes, h, w}), p,
                                               {planes, p.rows(), p.columns()});
  Shape shape(x.shape().begin(), x.shape().end() - 3);
  shape.push_back(channels * p.rows());
  shape.push_back(p.columns());
  return detail::reshaped(op, columns, shape);
}

/// The transpose of unfold(): adds columns to pictures of output_size.
/// Shapes  x (N, C·KH·KW, OH·OW) or without N → y (N or nothing, C, H, W), output_size = {H, W}
/// Grad    unfold: each element of x gets the grad_y of its place
/// Throws  ShapeError unless the columns fit such pictures
inline Tensor fold(const Tensor& x, const PerDim& output_size, const PerDim& kernel_size,
                   const UnfoldOptions& options = {}, At at = At::here()) {
  const Op op{"fold", at};
  detail::check_floating(op, x);
  check<ShapeError>(x.dim() == 2 || x.dim() == 3, op, "x ", x.shape(),
                    " must be (N, C·KH·KW, OH·OW) or (C·KH·KW, OH·OW)");
  const Shape picture = output_size.over(op, "output_size", 2, 1);
  const kernels::PictureWindows p = detail::picture_windows(
      op, picture, kernel_size, options.dilation, options.padding, options.stride);
  const Index rows = x.shape()[x.dim() - 2];
  check<ShapeError>(rows % p.rows() == 0, op, "the ", p.rows(),
                    " elements of a window must divide dim ", x.dim() - 2, " of x ", x.shape());
  check<ShapeError>(x.shape().back() == p.columns(), op, "x ", x.shape(), " has ", x.shape().back(),
                    " columns; output_size ", picture, " has ", p.h.out, " by ", p.w.out,
                    " windows");
  Shape shape(x.shape().begin(), x.shape().end() - 2);
  shape.push_back(rows / p.rows());
  const Index planes = shape.count();
  const Shape columns{planes, p.rows(), p.columns()};
  const Tensor pictures = detail::fold_planes(op, detail::reshaped(op, x, columns), p,
                                              {planes, picture[0], picture[1]}, columns);
  for (const Index size : picture) shape.push_back(size);
  return detail::reshaped(op, pictures, shape);
}

}  // namespace tinygrad
