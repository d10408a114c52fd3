// SPDX-License-Identifier: MIT
// interpolate: pictures and other grids resized, by the nearest element, linearly, by cubics or by
// the mean of the area.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tinygrad/kernels/movement/resample.hpp"
#include "tinygrad/ops/layers/pooling.hpp"
#include "tinygrad/ops/shape/movement.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// The mode of interpolate(): the nearest element (PyTorch's "nearest", which rounds down, or
/// "nearest-exact"), linear along one, two or three dims, cubic along two, or the mean of the area
/// (adaptive_avg_pool).
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
  PerDim size = {};                       ///< size of the result; or:
  std::vector<double> scale_factor = {};  ///< one, or one for each dim
  Interpolation mode = Interpolation::kNearest;
  bool align_corners = false;  ///< align the corner elements, not the corners of the picture
  bool recompute_scale_factor = false;  ///< use the ratio of the sizes instead of scale_factor
};

namespace detail {
// Checks options that do not depend on the picture.
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

// The weights of one dim. `ratio` is the number of elements of x for each element of the result.
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
    if (nearest) {  // in float32 for every x, so that the elements are those of PyTorch
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
}  // namespace detail

/// x resized along its spatial dims to `size`, or by `scale_factor`.
/// Shapes  x (N,C,s…) with one to three spatial dims → y (N,C,size…), size = ⌊s·scale_factor⌋
/// Grad    each element of x gets grad_y times its weights
/// Throws  ValueError without size and scale_factor, or for align_corners with the nearest modes
///         and area; ShapeError for a mode that does not fit the number of dims, or a size of 0
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

}  // namespace tinygrad
