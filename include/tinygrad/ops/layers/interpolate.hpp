// SPDX-License-Identifier: MIT
// Pictures of other sizes: interpolate, pixel_shuffle and its inverse, channel_shuffle, and windows
// as columns (unfold, fold).
#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include "tinygrad/kernels/movement/resample.hpp"
#include "tinygrad/ops/layers/pooling.hpp"
#include "tinygrad/ops/shape/movement.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// How interpolate() fills in: by the nearest element (PyTorch's "nearest", which rounds down, or
/// "nearest-exact"), linearly along one, two or three dims, by cubics along two, or by the mean of
/// the area (adaptive_avg_pool).
enum class Interpolation {
  kNearest,
  kNearestExact,
  kLinear,
  kBilinear,
  kTrilinear,
  kBicubic,
  kArea
};

constexpr const char* to_string(Interpolation mode) {
  constexpr const char* names[] = {"nearest",   "nearest-exact", "linear", "bilinear",
                                   "trilinear", "bicubic",       "area"};
  return names[static_cast<int>(mode)];
}

struct InterpolateOptions {
  PerDim size = {};                       ///< of the result; or:
  std::vector<double> scale_factor = {};  ///< one, or one for each dim
  Interpolation mode = Interpolation::kNearest;
  bool align_corners = false;  ///< the corner elements, not the corners of the picture, coincide
  bool recompute_scale_factor = false;  ///< use the ratio of the sizes instead of scale_factor
};

namespace detail {
// What does not depend on the picture.
inline void check_interpolation(const Op& op, const InterpolateOptions& options) {
  using enum Interpolation;
  const Interpolation mode = options.mode;
  const bool interpolates = mode != kNearest && mode != kNearestExact && mode != kArea;
  check<ValueError>(!options.align_corners || interpolates, op, "align_corners does not suit mode ",
                    to_string(mode));
  check<ValueError>(options.size.given() != !options.scale_factor.empty(), op,
                    "wants either size or scale_factor");
  if (options.size.given()) options.size.over(op, "size", options.size.numbers().rank(), 1);
  for (const double factor : options.scale_factor)
    check<ValueError>(factor > 0 && std::isfinite(factor), op, "scale_factor=", factor,
                      " must be positive and finite");
}

// The weights of one dim: `ratio` elements of x for each of the result.
inline kernels::Resampling resampling(const Op& op, Index in, Index out, double ratio,
                                      Interpolation mode, bool align_corners) {
  const bool nearest = mode <= Interpolation::kNearestExact;
  const Index taps = nearest ? 1 : mode == Interpolation::kBicubic ? 4 : 2;
  const kernels::Resampling r{Array::empty({out, taps}, int64, op),
                              Array::empty({out, taps}, float64, op), in, out, taps};
  Index* from = r.from.data<Index>();
  double* weight = r.weight.data<double>();
  const auto clamped = [&](double i) {
    return std::clamp<Index>(static_cast<Index>(std::floor(i)), 0, in - 1);
  };
  if (align_corners)
    ratio = out > 1 ? static_cast<double>(in - 1) / static_cast<double>(out - 1) : 0;
  for (Index i = 0; i < out; ++i, from += taps, weight += taps) {
    const auto at = static_cast<double>(i);
    if (nearest) {  // in float32 whatever x is, so that the same elements are taken as in PyTorch
      const float half = mode == Interpolation::kNearestExact ? 0.5F : 0.0F;
      from[0] = clamped((static_cast<float>(i) + half) * static_cast<float>(ratio));
      weight[0] = 1;
      continue;
    }
    double source = align_corners ? ratio * at : ratio * (at + 0.5) - 0.5;
    if (taps == 2) {
      source = std::max(source, 0.0);
      from[0] = clamped(source);
      from[1] = std::min(from[0] + 1, in - 1);
      weight[1] = std::min(source - static_cast<double>(from[0]), 1.0);
      weight[0] = 1 - weight[1];
    } else {
      constexpr double kA = -0.75;  // Keys, IEEE ASSP 1981
      const double base = std::floor(source), t = source - base;
      const auto near = [](double d) { return ((kA + 2) * d - (kA + 3)) * d * d + 1; };
      const auto far = [](double d) { return ((kA * d - 5 * kA) * d + 8 * kA) * d - 4 * kA; };
      const double w[] = {far(t + 1), near(t), near(1 - t), far(2 - t)};
      for (Index k = 0; k < 4; ++k) {
        from[k] = clamped(base + static_cast<double>(k - 1));
        weight[k] = w[k];
      }
    }
  }
  return r;
}

inline Tensor resample_transposed(const Op& op, const Tensor& y, int dim,
                                  const kernels::Resampling& r);
inline Tensor resample(const Op& op, const Tensor& x, int dim, const kernels::Resampling& r) {
  return record(op, kernels::resample(op, x.array(), dim, r), {x}, save(),
                [name = op.name, dim, r](const Vjp& vjp) {
                  return grads(resample_transposed({name}, vjp.grad(), dim, r));
                });
}
inline Tensor resample_transposed(const Op& op, const Tensor& y, int dim,
                                  const kernels::Resampling& r) {
  return record(op, kernels::resample_transposed(op, y.array(), dim, r), {y}, save(),
                [name = op.name, dim, r](const Vjp& vjp) {
                  return grads(resample({name}, vjp.grad(), dim, r));
                });
}

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

// The windows of planes, x (planes, H, W) → (planes, KH·KW, OH·OW), and back.
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

/// x resized along its spatial dims, to `size` or by `scale_factor`.
/// Shapes  x (N,C,s…) with one to three spatial dims → y (N,C,size…), size = ⌊s·scale_factor⌋
/// Grad    each element of x gets grad_y by the weights it had
/// Throws  ValueError unless size or scale_factor is given, or for align_corners with the nearest
///         modes and area; ShapeError for a mode that does not suit the number of dims, or a size
///         of 0
/// Cost    one pass for each dim
/// Source  Keys, IEEE ASSP 1981 (bicubic, a = −0.75)
inline Tensor interpolate(const Tensor& x, const InterpolateOptions& options, At at = At::here()) {
  using enum Interpolation;
  const Op op{"interpolate", at};
  detail::check_floating(op, x);
  const int spatial = x.dim() - 2;
  const Interpolation mode = options.mode;
  check<ShapeError>(spatial >= 1 && spatial <= 3, op, "x ", x.shape(),
                    " must be (N, C, L), (N, C, H, W) or (N, C, D, H, W)");
  const int wanted = mode == kLinear                         ? 1
                     : mode == kBilinear || mode == kBicubic ? 2
                     : mode == kTrilinear                    ? 3
                                                             : spatial;
  check<ShapeError>(wanted == spatial, op, "mode ", to_string(mode), " wants ", wanted,
                    " spatial dims, x ", x.shape(), " has ", spatial);
  detail::check_interpolation(op, options);
  const auto factors = static_cast<int>(options.scale_factor.size());
  check<ShapeError>(factors <= 1 || factors == spatial, op, factors, " scale factors for ", spatial,
                    " spatial dims");
  Shape size;
  std::vector<double> ratios;
  if (options.size.given()) size = options.size.over(op, "size", spatial, 1);
  for (int i = 0; i < spatial; ++i) {
    const Index in = x.shape()[2 + i];
    check<ShapeError>(in > 0, op, "x ", x.shape(), " has an empty spatial dim");
    const double factor =
        factors == 0 ? 0 : options.scale_factor[static_cast<std::size_t>(factors == 1 ? 0 : i)];
    if (factors > 0) {
      const double scaled = std::floor(static_cast<double>(in) * factor);
      check<ValueError>(scaled >= 1 && scaled < 1e15, op, "scale_factor=", factor,
                        " makes nothing of dim ", 2 + i, " of x ", x.shape());
      size.push_back(static_cast<Index>(scaled));
    }
    ratios.push_back(factors > 0 && !options.recompute_scale_factor
                         ? 1 / factor
                         : static_cast<double>(in) / static_cast<double>(size[i]));
  }
  if (mode == kArea) return detail::adaptive_avg(op, x, spatial, size);
  Tensor y = x;
  for (int i = spatial - 1; i >= 0; --i)
    y = detail::resample(
        op, y, 2 + i,
        detail::resampling(op, x.shape()[2 + i], size[i], ratios[static_cast<std::size_t>(i)], mode,
                           options.align_corners));
  return apart_from(x, op, y);
}

/// Channels laid out as pixels: each run of r² channels becomes r×r pixels, r = upscale_factor.
/// Shapes  x (…,C·r²,H,W) → y (…,C,H·r,W·r)
/// Grad    pixel_unshuffle
/// Throws  ShapeError unless r² divides the channels
/// Source  Shi et al., CVPR 2016
inline Tensor pixel_shuffle(const Tensor& x, Index upscale_factor, At at = At::here()) {
  const Op op{"pixel_shuffle", at};
  const CalledAs called(op);
  const Index r = upscale_factor;
  check<ValueError>(r >= 1, op, "upscale_factor=", r, " must be at least 1");
  check<ShapeError>(x.dim() >= 3, op, "x ", x.shape(), " must be (…, C, H, W)");
  const int lead = x.dim() - 3;
  const Index channels = x.shape()[lead], h = x.shape()[lead + 1], w = x.shape()[lead + 2];
  check<ShapeError>(channels % (r * r) == 0, op, "the square of upscale_factor=", r,
                    " must divide the ", channels, " channels of x ", x.shape());
  const Index n = x.shape().product(0, lead), c = channels / (r * r);
  Shape shape(x.shape().begin(), x.shape().begin() + lead);
  for (const Index size : {c, h * r, w * r}) shape.push_back(size);
  const Tensor parts = detail::reshaped(op, x, {n, c, r, r, h, w});
  const Tensor moved = permute(parts, {0, 1, 4, 2, 5, 3}, at);
  return apart_from(x, op, detail::reshaped(op, moved, shape));
}

/// The inverse of pixel_shuffle().
/// Shapes  x (…,C,H·r,W·r) → y (…,C·r²,H,W), r = downscale_factor
/// Grad    pixel_shuffle
/// Throws  ShapeError unless r divides height and width
inline Tensor pixel_unshuffle(const Tensor& x, Index downscale_factor, At at = At::here()) {
  const Op op{"pixel_unshuffle", at};
  const CalledAs called(op);
  const Index r = downscale_factor;
  check<ValueError>(r >= 1, op, "downscale_factor=", r, " must be at least 1");
  check<ShapeError>(x.dim() >= 3, op, "x ", x.shape(), " must be (…, C, H, W)");
  const int lead = x.dim() - 3;
  const Index c = x.shape()[lead], h = x.shape()[lead + 1], w = x.shape()[lead + 2];
  check<ShapeError>(h % r == 0 && w % r == 0, op, "downscale_factor=", r,
                    " must divide height and width of x ", x.shape());
  const Index n = x.shape().product(0, lead);
  Shape shape(x.shape().begin(), x.shape().begin() + lead);
  for (const Index size : {c * r * r, h / r, w / r}) shape.push_back(size);
  const Tensor parts = detail::reshaped(op, x, {n, c, h / r, r, w / r, r});
  const Tensor moved = permute(parts, {0, 1, 3, 5, 2, 4}, at);
  return apart_from(x, op, detail::reshaped(op, moved, shape));
}

/// The channels of `groups` groups dealt out in turn: channel g·K + k becomes k·groups + g.
/// Shapes  x (N,C,…) → y (N,C,…)
/// Grad    dealt back
/// Throws  ShapeError unless groups divides C
/// Source  Zhang et al., ShuffleNet, CVPR 2018
inline Tensor channel_shuffle(const Tensor& x, Index groups, At at = At::here()) {
  const Op op{"channel_shuffle", at};
  const CalledAs called(op);
  check<ShapeError>(x.dim() >= 3, op, "x ", x.shape(), " must have dims N, C and more");
  const Index channels = x.shape()[1];
  check<ShapeError>(groups >= 1 && channels % groups == 0, op, "groups=", groups,
                    " must divide the ", channels, " channels of x ", x.shape());
  const Tensor parts = detail::reshaped(
      op, x, {x.shape()[0], groups, channels / groups, x.shape().product(2, x.dim())});
  const Tensor moved = permute(parts, {0, 2, 1, 3}, at);
  return apart_from(x, op, detail::reshaped(op, moved, x.shape()));
}

struct UnfoldOptions {
  PerDim dilation = 1, padding = 0, stride = 1;
};

/// The windows of pictures as columns: column l holds the C·KH·KW elements of window l, zeros for
/// those in the padding. The other unfold() makes windows of one dim.
/// Shapes  x (N,C,H,W) or (C,H,W) → y (N or nothing, C·KH·KW, OH·OW)
/// Grad    fold: each element of x gets the sum of grad_y over its copies
/// Throws  ShapeError for a window larger than the picture with its padding, or another number of
///         dims
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

/// The transpose of unfold(): columns added up to pictures of output_size.
/// Shapes  x (N, C·KH·KW, OH·OW) or without N → y (N or nothing, C, H, W), output_size = {H, W}
/// Grad    unfold: each element of x gets the grad_y of the place it was added to
/// Throws  ShapeError unless the columns are those of such pictures
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
