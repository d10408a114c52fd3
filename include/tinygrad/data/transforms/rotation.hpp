// SPDX-License-Identifier: MIT
// Rotation of pictures: rotate_image() and RandomRotation.
#pragma once

#include <cmath>
#include <vector>

#include "tinygrad/data/transforms/transform.hpp"

namespace tinygrad::inline TINYGRAD_ABI::data {

struct RotateOptions {
  bool bilinear = false;  ///< mix the four nearest pixels, instead of taking the nearest
  double fill = 0;        ///< the value outside the picture, in its own units
};

/// Rotates the picture about its centre by `degrees`, counterclockwise for the viewer, and keeps
/// its size. Output pixel p takes its value from R⁻¹ p, in coordinates from the centre. Neighbours
/// outside the picture are `fill`.
/// Shapes  image (C, H, W) uint8 or float32 → the same
inline Array rotate_image(const Array& image, double degrees, RotateOptions options = {},
                          At at = At::here()) {
  const Op op{"rotate_image", at};
  detail::check_image(op, image);
  check<ValueError>(std::isfinite(degrees), op, "degrees=", degrees, " must be finite");
  detail::check_fill(op, options.fill);
  const Index C = image.shape()[0], H = image.shape()[1], W = image.shape()[2];
  const double turns = degrees / 360;
  const auto cos_sin = tinygrad::detail::portable_cos_sin(turns - std::floor(turns));
  const auto cos = static_cast<float>(cos_sin.first), sin = static_cast<float>(cos_sin.second);
  const float middle_x = static_cast<float>(W - 1) / 2, middle_y = static_cast<float>(H - 1) / 2;
  const Array out = Array::empty(image.shape(), image.dtype(), op);

  detail::dispatch_image(image, [&]<class T>(Type<T>) {
    const T* const in = image.data<T>();
    T* const to = out.data<T>();
    const T fill = detail::pixel_of<T>(options.fill);
    const auto pixel = [&](Index c, Index y, Index x) {
      return 0 <= y && y < H && 0 <= x && x < W ? in[(c * H + y) * W + x] : fill;
    };
    for (Index y = 0; y < H; ++y)
      for (Index x = 0; x < W; ++x) {
        const float dx = static_cast<float>(x) - middle_x, dy = static_cast<float>(y) - middle_y;
        const float from_x = cos * dx - sin * dy + middle_x;
        const float from_y = sin * dx + cos * dy + middle_y;
        if (!options.bilinear) {
          const auto row = static_cast<Index>(std::floor(from_y + 0.5F));
          const auto column = static_cast<Index>(std::floor(from_x + 0.5F));
          for (Index c = 0; c < C; ++c) to[(c * H + y) * W + x] = pixel(c, row, column);
          continue;
        }
        const float floor_x = std::floor(from_x), floor_y = std::floor(from_y);
        const float u = from_x - floor_x, v = from_y - floor_y;
        const auto row = static_cast<Index>(floor_y), column = static_cast<Index>(floor_x);
        const bool inside = 0 <= row && row + 1 < H && 0 <= column && column + 1 < W;
        for (Index c = 0; c < C; ++c) {
          const Index first = (c * H + row) * W + column;
          const auto corner = [&](Index i, Index j) {
            return static_cast<float>(inside ? in[first + i * W + j]
                                             : pixel(c, row + i, column + j));
          };
          const float top = corner(0, 0) * (1 - u) + corner(0, 1) * u;
          const float foot = corner(1, 0) * (1 - u) + corner(1, 1) * u;
          to[(c * H + y) * W + x] =
              detail::pixel_of<T>(static_cast<double>(top * (1 - v) + foot * v));
        }
      }
  });
  return out;
}

/// rotate_image with a random angle in ±degrees.
class RandomRotation final : public Transform {
 public:
  explicit RandomRotation(double degrees, RotateOptions options = {}, At at = At::here())
      : degrees_(degrees), options_(options) {
    const Op op{"RandomRotation", at};
    check<ValueError>(degrees >= 0 && std::isfinite(degrees), op, "degrees=", degrees,
                      " must not be negative");
    detail::check_fill(op, options.fill);
  }
  Array operator()(const Array& image, Generator& random) const override {
    return rotate_image(image, random.uniform(-degrees_, degrees_), options_);
  }

 private:
  double degrees_;
  RotateOptions options_;
};

}  // namespace tinygrad::data
