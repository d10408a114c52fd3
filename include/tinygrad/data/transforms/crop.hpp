// SPDX-License-Identifier: MIT
// Transforms that move pixels and keep their values: Pad, CenterCrop, RandomCrop, flips.
#pragma once

#include <algorithm>
#include <cstring>
#include <utility>

#include "tinygrad/data/transforms/transform.hpp"

namespace tinygrad::inline TINYGRAD_ABI::data {
namespace detail {

/// The (height, width) window of the picture with its upper left pixel at (top, left). Pixels
/// outside the picture are `fill`.
inline Array window(const Op& op, const Array& image, Index top, Index left, Index height,
                    Index width, double fill) {
  const Index C = image.shape()[0], H = image.shape()[1], W = image.shape()[2];
  const Array out = Array::empty({C, height, width}, image.dtype(), op);
  const Index x0 = std::clamp<Index>(-left, 0, width), x1 = std::clamp(W - left, x0, width);
  const Index y0 = std::clamp<Index>(-top, 0, height), y1 = std::clamp(H - top, y0, height);
  dispatch_image(image, [&]<class T>(Type<T>) {
    const T* const in = image.data<T>();
    T* to = out.data<T>();
    const bool inside = x0 == 0 && y0 == 0 && x1 == width && y1 == height;
    if (!inside) std::fill_n(to, out.count(), pixel_of<T>(fill));
    for (Index c = 0; c < C; ++c, to += height * width)
      for (Index y = y0; y < y1; ++y)
        std::copy_n(in + (c * H + top + y) * W + left + x0, x1 - x0, to + y * width + x0);
  });
  return out;
}

}  // namespace detail

struct PadOptions {
  double fill = 0;  ///< in the picture's own units
};

/// Adds `padding` pixels of a constant on each side.
/// Shapes  (C, H, W) → (C, H + 2·padding, W + 2·padding)
class Pad final : public Transform {
 public:
  explicit Pad(Index padding, PadOptions options = {}, At at = At::here())
      : padding_(padding), options_(options) {
    const Op op{"Pad", at};
    check<ValueError>(padding >= 0, op, "padding=", padding, " must not be negative");
    detail::check_fill(op, options.fill);
  }
  Array operator()(const Array& image, Generator&) const override {
    const Op op{"Pad"};
    detail::check_image(op, image);
    return detail::window(op, image, -padding_, -padding_, image.shape()[1] + 2 * padding_,
                          image.shape()[2] + 2 * padding_, options_.fill);
  }

 private:
  Index padding_;
  PadOptions options_;
};

/// The middle of a picture, size × size; a smaller picture gets a border of zeros.
/// Shapes  (C, H, W) → (C, size, size)
class CenterCrop final : public Transform {
 public:
  explicit CenterCrop(Index size, At at = At::here()) : size_(size) {
    check<ValueError>(size >= 1, {"CenterCrop", at}, "size=", size, " must be at least 1");
  }
  Array operator()(const Array& image, Generator&) const override {
    const Op op{"CenterCrop"};
    detail::check_image(op, image);
    const Index down = image.shape()[1] - size_, right = image.shape()[2] - size_;
    return detail::window(op, image, half(down), half(right), size_, size_, 0);
  }

 private:
  /// Rounds to even when pixels are cut off, towards 0 when they are added, as torchvision does.
  static Index half(Index n) { return n < 0 ? n / 2 : (n + (n / 2 & 1)) / 2; }

  Index size_;
};

struct RandomCropOptions {
  Index padding = 0;  ///< pixels added on each side first
  double fill = 0;    ///< their value, in the picture's own units
};

/// A window size × size at a random place.
/// Shapes  (C, H, W) → (C, size, size)
/// Throws  ShapeError if the padded picture is smaller than the window
class RandomCrop final : public Transform {
 public:
  explicit RandomCrop(Index size, RandomCropOptions options = {}, At at = At::here())
      : size_(size), options_(options) {
    const Op op{"RandomCrop", at};
    check<ValueError>(size >= 1, op, "size=", size, " must be at least 1");
    check<ValueError>(options.padding >= 0, op, "padding=", options.padding,
                      " must not be negative");
    detail::check_fill(op, options.fill);
  }
  Array operator()(const Array& image, Generator& random) const override {
    const Op op{"RandomCrop"};
    detail::check_image(op, image);
    const Index pad = options_.padding;
    const Index down = image.shape()[1] + 2 * pad - size_,
                right = image.shape()[2] + 2 * pad - size_;
    check<ShapeError>(down >= 0 && right >= 0, op, "image ", image.shape(), " with padding=", pad,
                      " is smaller than size=", size_);
    const Index top = random.integer(down + 1) - pad, left = random.integer(right + 1) - pad;
    return detail::window(op, image, top, left, size_, size_, options_.fill);
  }

 private:
  Index size_;
  RandomCropOptions options_;
};

/// Mirrors left and right with probability p.
class RandomHorizontalFlip final : public Transform {
 public:
  explicit RandomHorizontalFlip(double p = 0.5, At at = At::here()) : p_(p) {
    detail::check_probability({"RandomHorizontalFlip", at}, p);
  }
  Array operator()(const Array& image, Generator& random) const override {
    const Op op{"RandomHorizontalFlip"};
    detail::check_image(op, image);
    if (random.uniform() >= p_) return image;
    const Index W = image.shape()[2];
    const Array out = Array::empty(image.shape(), image.dtype(), op);
    detail::dispatch_image(image, [&]<class T>(Type<T>) {
      const T* const in = image.data<T>();
      T* const to = out.data<T>();
      for (Index row = 0; row < image.count(); row += W)
        for (Index x = 0; x < W; ++x) to[row + x] = in[row + W - 1 - x];
    });
    return out;
  }

 private:
  double p_;
};

}  // namespace tinygrad::data
