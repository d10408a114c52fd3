// SPDX-License-Identifier: MIT
// Transforms that overwrite a part of a picture: Cutout, RandomErasing. A model then learns not to
// depend on any single part.
#pragma once

#include <algorithm>
#include <cmath>

#include "tinygrad/data/transforms/transform.hpp"

namespace tinygrad::inline TINYGRAD_ABI::data {
namespace detail {

/// A copy with rows [y0, y1) and columns [x0, x1), clipped to the picture, set to `fill`.
inline Array erased(const Op& op, const Array& image, Index y0, Index y1, Index x0, Index x1,
                    double fill) {
  const Index C = image.shape()[0], H = image.shape()[1], W = image.shape()[2];
  const Array out = Array::empty(image.shape(), image.dtype(), op);
  std::memcpy(out.raw(), image.raw(), image.bytes());
  y0 = std::max<Index>(y0, 0), y1 = std::min(y1, H);
  x0 = std::max<Index>(x0, 0), x1 = std::min(x1, W);
  dispatch_image(image, [&]<class T>(Type<T>) {
    for (Index c = 0; c < C; ++c)
      for (Index y = y0; y < y1; ++y)
        std::fill(out.data<T>() + (c * H + y) * W + x0, out.data<T>() + (c * H + y) * W + x1,
                  pixel_of<T>(fill));
  });
  return out;
}

}  // namespace detail

struct CutoutOptions {
  double p = 1;     ///< the probability
  double fill = 0;  ///< the new value, in the picture's own units
};

/// Erases a square of the given size around a random pixel. The square may reach over the edge.
/// Source  DeVries & Taylor, "Improved regularization of convolutional neural networks
///         with cutout", 2017
class Cutout final : public Transform {
 public:
  explicit Cutout(Index size, CutoutOptions options = {}, At at = At::here())
      : size_(size), options_(options) {
    const Op op{"Cutout", at};
    check<ValueError>(size >= 0, op, "size=", size, " must not be negative");
    detail::check_probability(op, options.p);
    detail::check_fill(op, options.fill);
  }
  Array operator()(const Array& image, Generator& random) const override {
    const Op op{"Cutout"};
    detail::check_image(op, image);
    if (random.uniform() >= options_.p || image.count() == 0) return image;
    const Index top = random.integer(image.shape()[1]) - size_ / 2;
    const Index left = random.integer(image.shape()[2]) - size_ / 2;
    return detail::erased(op, image, top, top + size_, left, left + size_, options_.fill);
  }

 private:
  Index size_;
  CutoutOptions options_;
};

struct RandomErasingOptions {
  double p = 0.5;                              ///< the probability
  double scale_low = 0.02, scale_high = 0.33;  ///< area as a part of the picture's area
  double ratio_low = 0.3, ratio_high = 3.3;    ///< height / width, uniform in its logarithm
  double fill = 0;                             ///< the new value, in the picture's own units
};

/// Erases a rectangle of random area and shape inside the picture. Gives up after ten tries.
/// Source  Zhong et al., "Random erasing data augmentation", 2017
class RandomErasing final : public Transform {
 public:
  explicit RandomErasing(RandomErasingOptions options = {}, At at = At::here())
      : options_(options) {
    const Op op{"RandomErasing", at};
    const auto& o = options;
    detail::check_probability(op, o.p);
    detail::check_fill(op, o.fill);
    check<ValueError>(0 <= o.scale_low && o.scale_low <= o.scale_high && o.scale_high <= 1, op,
                      "scale_low=", o.scale_low, " and scale_high=", o.scale_high,
                      " must be in order and in [0, 1]");
    check<ValueError>(0 < o.ratio_low && o.ratio_low <= o.ratio_high && std::isfinite(o.ratio_high),
                      op, "ratio_low=", o.ratio_low, " and ratio_high=", o.ratio_high,
                      " must be positive, finite and in order");
  }
  Array operator()(const Array& image, Generator& random) const override {
    const Op op{"RandomErasing"};
    detail::check_image(op, image);
    if (random.uniform() >= options_.p) return image;
    const Index H = image.shape()[1], W = image.shape()[2];
    for (int tries = 0; tries < 10; ++tries) {
      const double area =
          static_cast<double>(H * W) * random.uniform(options_.scale_low, options_.scale_high);
      const double ratio =
          std::exp(random.uniform(std::log(options_.ratio_low), std::log(options_.ratio_high)));
      const auto height = static_cast<Index>(std::llround(std::sqrt(area * ratio)));
      const auto width = static_cast<Index>(std::llround(std::sqrt(area / ratio)));
      if (height >= H || width >= W) continue;
      const Index top = random.integer(H - height + 1), left = random.integer(W - width + 1);
      return detail::erased(op, image, top, top + height, left, left + width, options_.fill);
    }
    return image;
  }

 private:
  RandomErasingOptions options_;
};

}  // namespace tinygrad::data
