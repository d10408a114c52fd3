// SPDX-License-Identifier: MIT
// Pooling over the spatial dims: the maximum, the mean or a power mean of sliding or adaptive
// windows, and max_unpool. x is (N, C, spatial…), or one sample (C, spatial…).
#pragma once

#include <cmath>

#include "tinygrad/kernels/pool/avg_pool.hpp"
#include "tinygrad/kernels/pool/max_pool.hpp"
#include "tinygrad/ops/checks.hpp"
#include "tinygrad/ops/elementwise/activation.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/ops/elementwise/power.hpp"
#include "tinygrad/ops/elementwise/sign.hpp"
#include "tinygrad/ops/indexing/indexing.hpp"
#include "tinygrad/ops/per_dim.hpp"
#include "tinygrad/ops/reduction/reduction.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// In output_size: keeps the size of x.
inline constexpr Index kKeepSize = -1;

struct MaxPoolOptions {
  PerDim stride = {};  ///< empty: the kernel size, windows do not overlap
  PerDim padding = 0;  ///< −∞ on both sides, at most half a window
  PerDim dilation = 1;
  bool ceil_mode = false;  ///< keep a last window that reaches beyond the end
};

struct AvgPoolOptions {
  PerDim stride = {};  ///< empty: the kernel size, windows do not overlap
  PerDim padding = 0;  ///< zeros on both sides, at most half a window
  bool ceil_mode = false;
  bool count_include_pad = true;  ///< the mean includes the padding
  Index divisor_override = 0;     ///< divide by this instead; 0: do not
};

namespace detail {
// The size of a dim to pool over. Throws if it is 0.
inline Index pooled_size(const Op& op, const Tensor& x, int dim) {
  const Index size = x.shape()[dim];
  check<ShapeError>(size > 0, op, "dim ", dim, " of x ", x.shape(),
                    " is empty; there is nothing to pool");
  return size;
}

// The number of windows along a dim, by PyTorch's rule: with ceil_mode a window may end beyond the
// end, but may not begin there.
inline Index window_count(const kernels::PoolDim& a, bool ceil_mode) {
  const Index room = a.in + 2 * a.padding - a.dilation * (a.kernel - 1) - 1;
  if (room < 0 && (!ceil_mode || room + a.stride - 1 < 0)) return 0;
  const Index count = (room + (ceil_mode ? a.stride - 1 : 0)) / a.stride + 1;
  return ceil_mode && (count - 1) * a.stride >= a.in + a.padding ? count - 1 : count;
}

// Sliding windows over `spatial` dims with sizes that are set later.
inline kernels::Pooling sliding_windows(const Op& op, int spatial, const PerDim& kernel_size,
                                        const MaxPoolOptions& options) {
  const Shape kernel = kernel_size.over(op, "kernel_size", spatial, 1);
  const Shape stride =
      options.stride.given() ? options.stride.over(op, "stride", spatial, 1) : kernel;
  const Shape padding = options.padding.over(op, "padding", spatial, 0);
  const Shape dilation = options.dilation.over(op, "dilation", spatial, 1);
  kernels::Pooling p;
  for (int i = 0; i < spatial; ++i) {
    const kernels::PoolDim a{0, 0, kernel[i], stride[i], padding[i], dilation[i]};
    const Index reach = a.dilation * (a.kernel - 1) + 1;
    if (a.padding > reach / 2)
      fail<ValueError>(op, "padding=", to_string(options.padding),
                       " is more than half a window of kernel_size ", to_string(kernel_size),
                       a.dilation == 1 ? "" : " and dilation " + to_string(options.dilation),
                       ": some would hold nothing else");
    p.dims[3 - spatial + i] = a;
  }
  return p;
}

// Sliding windows over the last `spatial` dims of x.
inline kernels::Pooling sliding(const Op& op, const Tensor& x, int spatial,
                                const PerDim& kernel_size, const MaxPoolOptions& options) {
  check_spatial(op, x, spatial);
  kernels::Pooling p = sliding_windows(op, spatial, kernel_size, options);
  for (int i = 0; i < spatial; ++i) {
    const int dim = x.dim() - spatial + i;
    kernels::PoolDim& a = p.dims[3 - spatial + i];
    const Index reach = a.dilation * (a.kernel - 1) + 1;
    a.in = pooled_size(op, x, dim);
    a.out = window_count(a, options.ceil_mode);
    check<ShapeError>(a.out >= 1, op, "a window of ", reach, " is larger than dim ", dim, " of x ",
                      x.shape(), " with padding ", a.padding, channels_last_hint(x.shape()));
  }
  for (const kernels::PoolDim& a : p.dims)
    for (Index o = 0; o < a.out && a.dilation > 1; ++o) {
      const auto w = kernels::detail::window_at(a, o);
      check<ShapeError>(w.first < w.last, op, "window ", o, " of dilation ", a.dilation,
                        " holds no element of x ", x.shape(), ", all fall into the padding");
    }
  return p;
}

// Windows that divide each of the last `spatial` dims into output_size parts.
inline kernels::Pooling adaptive(const Op& op, const Tensor& x, int spatial,
                                 const PerDim& output_size) {
  check_spatial(op, x, spatial);
  const Shape size = output_size.over(op, "output_size", spatial, kKeepSize);
  kernels::Pooling p;
  for (int i = 0; i < spatial; ++i) {
    const int dim = x.dim() - spatial + i;
    const Index in = pooled_size(op, x, dim), out = size[i] == kKeepSize ? in : size[i];
    kernels::PoolDim a{in, out};
    a.adaptive = true;
    for (Index o = 0; o < out; ++o)
      a.kernel = std::max(a.kernel, kernels::detail::window_at(a, o).size);
    p.dims[3 - spatial + i] = a;
  }
  return p;
}

inline Shape pooled_shape(const Tensor& x, int spatial, const kernels::Pooling& p) {
  Shape shape = x.shape();
  for (int i = 0; i < spatial; ++i) shape[shape.rank() - spatial + i] = p.dims[3 - spatial + i].out;
  return shape;
}

inline Tensor max_pool_grad(const Op& op, const Tensor& grad_y, const Array& places,
                            const kernels::Pooling& p, const Shape& shape);

// The elements of x at the places that max_pool found in another tensor; and the transpose.
inline Tensor max_pool_pick(const Op& op, const Tensor& x, const Array& places,
                            const kernels::Pooling& p) {
  return record(op, kernels::max_pool_pick(op, x.array(), places, p), {x}, save(places),
                [name = op.name, p, shape = x.shape()](const Vjp& vjp, const Tensor& at) {
                  return grads(max_pool_grad({name}, vjp.grad(), at.array(), p, shape));
                });
}
inline Tensor max_pool_grad(const Op& op, const Tensor& grad_y, const Array& places,
                            const kernels::Pooling& p, const Shape& shape) {
  return record(op, kernels::max_pool_grad(op, grad_y.array(), places, p, shape), {grad_y},
                save(places), [name = op.name, p](const Vjp& vjp, const Tensor& at) {
                  return grads(max_pool_pick({name}, vjp.grad(), at.array(), p));
                });
}

struct MaxPoolResult {
  Tensor values;
  Array places;
};
inline MaxPoolResult max_pool(const Op& op, const Tensor& x, int spatial, const kernels::Pooling& p,
                              bool with_places) {
  with_places = with_places || (grad_enabled() && x.requires_grad());
  const kernels::MaxPooled result =
      kernels::max_pool(op, x.array(), p, pooled_shape(x, spatial, p), with_places);
  Tensor y = record(op, result.y, {x}, save(result.places),
                    [name = op.name, p, shape = x.shape()](const Vjp& vjp, const Tensor& places) {
                      return grads(max_pool_grad({name}, vjp.grad(), places.array(), p, shape));
                    });
  return {std::move(y), result.places};
}
inline ValuesAndIndices max_pool_with_indices(const Op& op, const Tensor& x, int spatial,
                                              const kernels::Pooling& p) {
  MaxPoolResult found = max_pool(op, x, spatial, p, true);
  return {std::move(found.values), Tensor(kernels::max_pool_indices(op, found.places, p))};
}

inline Tensor avg_pool_grad(const Op& op, const Tensor& grad_y, const kernels::Pooling& p,
                            const Shape& shape, kernels::PoolDivisor divisor);

inline Tensor avg_pool(const Op& op, const Tensor& x, const kernels::Pooling& p, const Shape& shape,
                       kernels::PoolDivisor divisor) {
  return record(op, kernels::avg_pool(op, x.array(), p, shape, divisor), {x}, save(),
                [name = op.name, p, divisor, from = x.shape()](const Vjp& vjp) {
                  return grads(avg_pool_grad({name}, vjp.grad(), p, from, divisor));
                });
}
inline Tensor avg_pool_grad(const Op& op, const Tensor& grad_y, const kernels::Pooling& p,
                            const Shape& shape, kernels::PoolDivisor divisor) {
  return record(op, kernels::avg_pool_grad(op, grad_y.array(), p, shape, divisor), {grad_y}, save(),
                [name = op.name, p, divisor, from = grad_y.shape()](const Vjp& vjp) {
                  return grads(avg_pool({name}, vjp.grad(), p, from, divisor));
                });
}

inline Tensor sliding_avg(const Op& op, const Tensor& x, int spatial, const PerDim& kernel_size,
                          const AvgPoolOptions& options) {
  const kernels::Pooling p = sliding(
      op, x, spatial, kernel_size,
      {.stride = options.stride, .padding = options.padding, .ceil_mode = options.ceil_mode});
  return avg_pool(op, x, p, pooled_shape(x, spatial, p),
                  {options.count_include_pad, options.divisor_override});
}
inline Tensor adaptive_avg(const Op& op, const Tensor& x, int spatial, const PerDim& size) {
  const kernels::Pooling p = adaptive(op, x, spatial, size);
  return avg_pool(op, x, p, pooled_shape(x, spatial, p), {});
}

inline void check_norm_type(const Op& op, double norm_type) {
  check<ValueError>(norm_type != 0 && std::isfinite(norm_type), op, "norm_type=", norm_type,
                    norm_type == 0 ? " has no root" : " must be finite");
}

// The p-th root of the sums of p-th powers, computed from means as in PyTorch.
inline Tensor lp_pool(const Op& op, const Tensor& x, int spatial, double norm_type,
                      const PerDim& kernel_size, const PerDim& stride, bool ceil_mode) {
  check_spatial(op, x, spatial);
  check_norm_type(op, norm_type);
  const Tensor means = sliding_avg(op, pow(x, norm_type), spatial, kernel_size,
                                   {.stride = stride, .ceil_mode = ceil_mode});
  const Index window = kernel_size.over(op, "kernel_size", spatial, 1).count();
  return pow(sign(means) * relu(abs(means)) * static_cast<double>(window), 1 / norm_type);
}

// Writes each element of x to its index in a plane of zeros.
inline Tensor max_unpool(const Op& op, const Tensor& x, const Tensor& indices, int spatial,
                         const PerDim& kernel_size, const PerDim& strides, const PerDim& padding,
                         const Shape& output_size) {
  check_spatial(op, x, spatial);
  check<DtypeError>(indices.dtype() == int64, op, "indices are ", indices.dtype(),
                    ", they must be int64");
  check<ShapeError>(indices.shape() == x.shape(), op, "indices ", indices.shape(),
                    " must have the shape of x ", x.shape());
  const Shape kernel = kernel_size.over(op, "kernel_size", spatial, 1);
  const Shape stride = strides.given() ? strides.over(op, "stride", spatial, 1) : kernel;
  const Shape pads = padding.over(op, "padding", spatial, 0);
  check<ShapeError>(output_size.empty() || output_size.rank() == spatial, op, "output_size ",
                    output_size, " must have the ", spatial, " spatial sizes");
  Shape shape = x.shape();
  const int lead = shape.rank() - spatial;
  for (int i = 0; i < spatial; ++i) {
    const Index usual = (shape[lead + i] - 1) * stride[i] - 2 * pads[i] + kernel[i];
    const Index size = output_size.empty() ? usual : output_size[i];
    check<ShapeError>(usual - stride[i] < size && size < usual + stride[i], op, "output_size ",
                      output_size, " does not fit: size ", i, " must be within ", stride[i] - 1,
                      " of ", usual);
    check<ShapeError>(size > 0, op, "the output would have size ", size, " along dim ", lead + i);
    shape[lead + i] = size;
  }
  const Index planes = shape.product(0, lead), area = shape.product(lead, shape.rank());
  const Index count = x.shape().product(lead, shape.rank());
  const Tensor at = reshaped(op, indices, {planes, count});
  check_index(op, at, area, str_cat("the positions of an output ", shape));
  const Tensor empty(Array::zeros({planes, area}, x.dtype()));
  return reshaped(op, scatter(op, empty, 1, at, reshaped(op, x, {planes, count})), shape);
}
}  // namespace detail

/// The largest value of each window. A window has kernel_size elements, `dilation` apart; windows
/// are `stride` apart.
/// Shapes  x (N,C,L) or (C,L) → y (…,⌊(L + 2·padding − dilation·(kernel − 1) − 1)/stride⌋ + 1);
///         with ceil_mode rounded up, as long as the last window begins inside x or its padding
/// Grad    grad_x = Σ grad_y of the windows in which the element is the largest: the first of equal
///         ones, the last of NaNs, which count as largest
/// Saves   for each window one byte; eight for windows of more than 256 elements
/// Throws  ValueError for padding of more than half a window; ShapeError for a window larger than x
///         with its padding, an empty spatial dim, or another number of dims
/// Cost    one pass over x
inline Tensor max_pool1d(const Tensor& x, const PerDim& kernel_size,
                         const MaxPoolOptions& options = {}, At at = At::here()) {
  const Op op{"max_pool1d", at};
  return detail::max_pool(op, x, 1, detail::sliding(op, x, 1, kernel_size, options), false).values;
}
/// max_pool1d() with windows over (H,W).
/// Shapes  x (N,C,H,W) or (C,H,W) → y (…,OH,OW)
/// Grad    as max_pool1d
inline Tensor max_pool2d(const Tensor& x, const PerDim& kernel_size,
                         const MaxPoolOptions& options = {}, At at = At::here()) {
  const Op op{"max_pool2d", at};
  return detail::max_pool(op, x, 2, detail::sliding(op, x, 2, kernel_size, options), false).values;
}
/// max_pool1d() with windows over (D,H,W).
/// Shapes  x (N,C,D,H,W) or (C,D,H,W) → y (…,OD,OH,OW)
/// Grad    as max_pool1d
inline Tensor max_pool3d(const Tensor& x, const PerDim& kernel_size,
                         const MaxPoolOptions& options = {}, At at = At::here()) {
  const Op op{"max_pool3d", at};
  return detail::max_pool(op, x, 3, detail::sliding(op, x, 3, kernel_size, options), false).values;
}

/// max_pool1d() and the place of each value: its position among the spatial elements of its
/// channel.
/// Shapes  as max_pool1d, for both values and indices
/// Grad    of the values, as max_pool1d
inline ValuesAndIndices max_pool1d_with_indices(const Tensor& x, const PerDim& kernel_size,
                                                const MaxPoolOptions& options = {},
                                                At at = At::here()) {
  const Op op{"max_pool1d_with_indices", at};
  return detail::max_pool_with_indices(op, x, 1, detail::sliding(op, x, 1, kernel_size, options));
}
/// max_pool2d() and the place of each value: h·W + w.
/// Shapes  as max_pool2d, for both values and indices
/// Grad    of the values, as max_pool1d
inline ValuesAndIndices max_pool2d_with_indices(const Tensor& x, const PerDim& kernel_size,
                                                const MaxPoolOptions& options = {},
                                                At at = At::here()) {
  const Op op{"max_pool2d_with_indices", at};
  return detail::max_pool_with_indices(op, x, 2, detail::sliding(op, x, 2, kernel_size, options));
}
/// max_pool3d() and the place of each value: (d·H + h)·W + w.
/// Shapes  as max_pool3d, for both values and indices
/// Grad    of the values, as max_pool1d
inline ValuesAndIndices max_pool3d_with_indices(const Tensor& x, const PerDim& kernel_size,
                                                const MaxPoolOptions& options = {},
                                                At at = At::here()) {
  const Op op{"max_pool3d_with_indices", at};
  return detail::max_pool_with_indices(op, x, 3, detail::sliding(op, x, 3, kernel_size, options));
}

/// The mean of each window of kernel_size elements; windows are `stride` apart.
/// Shapes  as max_pool1d with dilation 1
/// Grad    each element gets grad_y/divisor of its windows; the divisor is the number of elements
///         with the padding (but not beyond it), or without it, or divisor_override
/// Throws  as max_pool1d
/// Cost    one pass over x
inline Tensor avg_pool1d(const Tensor& x, const PerDim& kernel_size,
                         const AvgPoolOptions& options = {}, At at = At::here()) {
  return detail::sliding_avg({"avg_pool1d", at}, x, 1, kernel_size, options);
}
/// avg_pool1d() with windows over (H,W).
/// Shapes  x (N,C,H,W) or (C,H,W) → y (…,OH,OW)
/// Grad    as avg_pool1d
inline Tensor avg_pool2d(const Tensor& x, const PerDim& kernel_size,
                         const AvgPoolOptions& options = {}, At at = At::here()) {
  return detail::sliding_avg({"avg_pool2d", at}, x, 2, kernel_size, options);
}
/// avg_pool1d() with windows over (D,H,W).
/// Shapes  x (N,C,D,H,W) or (C,D,H,W) → y (…,OD,OH,OW)
/// Grad    as avg_pool1d
inline Tensor avg_pool3d(const Tensor& x, const PerDim& kernel_size,
                         const AvgPoolOptions& options = {}, At at = At::here()) {
  return detail::sliding_avg({"avg_pool3d", at}, x, 3, kernel_size, options);
}

/// The means of windows that divide x into output_size parts. They overlap if it does not divide x:
/// window o is [⌊o·L/size⌋, ⌈(o + 1)·L/size⌉). Size 1 is the mean of all; kKeepSize keeps a dim.
/// Shapes  x (N,C,L) or (C,L) → y (…,output_size)
/// Grad    each element gets grad_y/elements of its windows
/// Throws  ShapeError if x has an empty spatial dim or another number of dims
inline Tensor adaptive_avg_pool1d(const Tensor& x, const PerDim& output_size, At at = At::here()) {
  return detail::adaptive_avg({"adaptive_avg_pool1d", at}, x, 1, output_size);
}
/// adaptive_avg_pool1d() over (H,W).
/// Shapes  x (N,C,H,W) or (C,H,W) → y (…,output_size)
/// Grad    as adaptive_avg_pool1d
inline Tensor adaptive_avg_pool2d(const Tensor& x, const PerDim& output_size, At at = At::here()) {
  return detail::adaptive_avg({"adaptive_avg_pool2d", at}, x, 2, output_size);
}
/// adaptive_avg_pool1d() over (D,H,W).
/// Shapes  x (N,C,D,H,W) or (C,D,H,W) → y (…,output_size)
/// Grad    as adaptive_avg_pool1d
inline Tensor adaptive_avg_pool3d(const Tensor& x, const PerDim& output_size, At at = At::here()) {
  return detail::adaptive_avg({"adaptive_avg_pool3d", at}, x, 3, output_size);
}

/// The largest values of the windows of adaptive_avg_pool1d().
/// Shapes  as adaptive_avg_pool1d
/// Grad    as max_pool1d
/// Saves   as max_pool1d
/// Throws  as adaptive_avg_pool1d
inline Tensor adaptive_max_pool1d(const Tensor& x, const PerDim& output_size, At at = At::here()) {
  const Op op{"adaptive_max_pool1d", at};
  return detail::max_pool(op, x, 1, detail::adaptive(op, x, 1, output_size), false).values;
}
/// adaptive_max_pool1d() over (H,W).
/// Shapes  x (N,C,H,W) or (C,H,W) → y (…,output_size)
/// Grad    as max_pool1d
inline Tensor adaptive_max_pool2d(const Tensor& x, const PerDim& output_size, At at = At::here()) {
  const Op op{"adaptive_max_pool2d", at};
  return detail::max_pool(op, x, 2, detail::adaptive(op, x, 2, output_size), false).values;
}
/// adaptive_max_pool1d() over (D,H,W).
/// Shapes  x (N,C,D,H,W) or (C,D,H,W) → y (…,output_size)
/// Grad    as max_pool1d
inline Tensor adaptive_max_pool3d(const Tensor& x, const PerDim& output_size, At at = At::here()) {
  const Op op{"adaptive_max_pool3d", at};
  return detail::max_pool(op, x, 3, detail::adaptive(op, x, 3, output_size), false).values;
}
/// adaptive_max_pool2d() and the place of each value: h·W + w.
/// Shapes  as adaptive_max_pool2d, for both values and indices
/// Grad    of the values, as max_pool1d
inline ValuesAndIndices adaptive_max_pool2d_with_indices(const Tensor& x, const PerDim& output_size,
                                                         At at = At::here()) {
  const Op op{"adaptive_max_pool2d_with_indices", at};
  return detail::max_pool_with_indices(op, x, 2, detail::adaptive(op, x, 2, output_size));
}

/// ᵖ√(Σ xᵖ) of each window, with p = norm_type; p = 1 is the sum. With an odd p a sum may be below
/// 0; then it is NaN except for p = 1, as in PyTorch. A window of zeros gives 0, one of infinities
/// gives ∞ (p > 0).
/// Shapes  as avg_pool1d without padding
/// Grad    grad_x = Σ grad_y·(x/y)^(p−1) over the windows; 0 for a window of sum 0 if p ≥ 1, as in
///         PyTorch, else NaN
/// Throws  as avg_pool1d; ValueError for a norm_type that is 0 or not finite
/// Range   xᵖ and its sums must be in the range of the dtype
inline Tensor lp_pool1d(const Tensor& x, double norm_type, const PerDim& kernel_size,
                        const PerDim& stride = {}, bool ceil_mode = false, At at = At::here()) {
  return detail::lp_pool({"lp_pool1d", at}, x, 1, norm_type, kernel_size, stride, ceil_mode);
}
/// lp_pool1d() with windows over (H,W).
/// Shapes  as avg_pool2d without padding
/// Grad    as lp_pool1d
inline Tensor lp_pool2d(const Tensor& x, double norm_type, const PerDim& kernel_size,
                        const PerDim& stride = {}, bool ceil_mode = false, At at = At::here()) {
  return detail::lp_pool({"lp_pool2d", at}, x, 2, norm_type, kernel_size, stride, ceil_mode);
}
/// lp_pool1d() with windows over (D,H,W).
/// Shapes  as avg_pool3d without padding
/// Grad    as lp_pool1d
inline Tensor lp_pool3d(const Tensor& x, double norm_type, const PerDim& kernel_size,
                        const PerDim& stride = {}, bool ceil_mode = false, At at = At::here()) {
  return detail::lp_pool({"lp_pool3d", at}, x, 3, norm_type, kernel_size, stride, ceil_mode);
}

/// The partial inverse of max_pool1d_with_indices: each value at its index, zeros elsewhere.
/// output_size selects one of the sizes that pool to the same size. Of several values with one
/// index the last one stays, and only this one has a gradient.
/// Shapes  x and indices (N,C,L) or (C,L) → y (…,(L − 1)·stride − 2·padding + kernel_size)
/// Grad    grad_x = grad_y at the indices
/// Saves   indices
/// Throws  ShapeError unless indices have x's shape and output_size is near the usual one;
///         ValueError for an index outside the output
inline Tensor max_unpool1d(const Tensor& x, const Tensor& indices, const PerDim& kernel_size,
                           const PerDim& stride = {}, const PerDim& padding = 0,
                           const Shape& output_size = {}, At at = At::here()) {
  const Op op{"max_unpool1d", at};
  check_defined(op, {{"x", x}, {"indices", indices}});
  return detail::max_unpool(op, x, indices, 1, kernel_size, stride, padding, output_size);
}
/// The inverse of max_pool2d_with_indices, like max_unpool1d().
/// Shapes  x and indices (N,C,H,W) or (C,H,W) → y, each dim as in max_unpool1d
/// Grad    as max_unpool1d
inline Tensor max_unpool2d(const Tensor& x, const Tensor& indices, const PerDim& kernel_size,
                           const PerDim& stride = {}, const PerDim& padding = 0,
                           const Shape& output_size = {}, At at = At::here()) {
  const Op op{"max_unpool2d", at};
  check_defined(op, {{"x", x}, {"indices", indices}});
  return detail::max_unpool(op, x, indices, 2, kernel_size, stride, padding, output_size);
}
/// The inverse of max_pool3d_with_indices, like max_unpool1d().
/// Shapes  x and indices (N,C,D,H,W) or (C,D,H,W) → y, each dim as in max_unpool1d
/// Grad    as max_unpool1d
inline Tensor max_unpool3d(const Tensor& x, const Tensor& indices, const PerDim& kernel_size,
                           const PerDim& stride = {}, const PerDim& padding = 0,
                           const Shape& output_size = {}, At at = At::here()) {
  const Op op{"max_unpool3d", at};
  check_defined(op, {{"x", x}, {"indices", indices}});
  return detail::max_unpool(op, x, indices, 3, kernel_size, stride, padding, output_size);
}

}  // namespace tinygrad
