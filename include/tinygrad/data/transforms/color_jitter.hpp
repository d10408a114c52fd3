// SPDX-License-Identifier: MIT
// ColorJitter: a transform that changes brightness, contrast, saturation and hue at random.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>

#include "tinygrad/data/transforms/color.hpp"

namespace tinygrad::inline TINYGRAD_ABI::data {
namespace detail {

/// The red, green and blue planes of a picture in [0, 1], or its single grey plane.
struct Planes {
  float* values;
  Index channels, size;

  float* plane(Index c) const { return values + c * size; }
  float luma_at(Index i) const {
    return channels == 1 ? values[i] : luma(values[i], values[size + i], values[2 * size + i]);
  }
};

/// factor · x + (1 - factor) · other, kept in [0, 1].
inline float blend(float x, float other, float factor) {
  return std::clamp(factor * x + (1 - factor) * other, 0.0F, 1.0F);
}

/// Blends with black.
inline void adjust_brightness(const Planes& image, float factor) {
  for (Index i = 0; i < image.channels * image.size; ++i)
    image.values[i] = blend(image.values[i], 0, factor);
}

/// Blends with the mean of the grey picture.
inline void adjust_contrast(const Planes& image, float factor) {
  double sum = 0;
  for (Index i = 0; i < image.size; ++i) sum += static_cast<double>(image.luma_at(i));
  const auto mean = static_cast<float>(sum / static_cast<double>(image.size));
  for (Index i = 0; i < image.channels * image.size; ++i)
    image.values[i] = blend(image.values[i], mean, factor);
}

/// Blends with the grey picture.
inline void adjust_saturation(const Planes& image, float factor) {
  if (image.channels == 1) return;
  for (Index i = 0; i < image.size; ++i) {
    const float grey = image.luma_at(i);
    for (Index c = 0; c < 3; ++c) image.plane(c)[i] = blend(image.plane(c)[i], grey, factor);
  }
}

/// Rotates the hue by a part of the colour circle. Saturation and value of HSV stay.
inline void adjust_hue(const Planes& image, float turn) {
  if (image.channels == 1) return;
  float *const red = image.plane(0), *const green = image.plane(1), *const blue = image.plane(2);
  for (Index i = 0; i < image.size; ++i) {
    const float r = red[i], g = green[i], b = blue[i];
    const float high = std::max(r, std::max(g, b)), span = high - std::min(r, std::min(g, b));
    if (span == 0) continue;                               // grey has no hue
    const float sixth = high == r   ? (g - b) / span       // -1 to 1
                        : high == g ? (b - r) / span + 2   // 1 to 3
                                    : (r - g) / span + 4;  // 3 to 5
    const float hue = sixth / 6 + turn;
    // Over the circle each channel is a trapezoid: 1 for a third and 0 for a third.
    const auto channel = [&](float place) {
      const float t = 6 * (hue + place - std::floor(hue + place));
      return high - span * std::clamp(std::min(t, 4 - t), 0.0F, 1.0F);
    };
    red[i] = channel(5.0F / 6);
    green[i] = channel(3.0F / 6);
    blue[i] = channel(1.0F / 6);
  }
}

}  // namespace detail

struct ColorJitterOptions {
  double brightness = 0;  ///< factors are uniform in [max(0, 1 - this), 1 + this]
  double contrast = 0;    ///< the same
  double saturation = 0;  ///< the same
  double hue = 0;         ///< turns of the colour circle in ±this, at most 0.5
};

/// Changes brightness, contrast, saturation and hue by random amounts, in random order. Each result
/// is clamped to [0, 1]. A grey picture has no saturation and no hue to change. The amounts have
/// torchvision's meaning. Bytes are rounded once, at the end.
/// Shapes  (3, H, W) or (1, H, W), uint8, or float32 in [0, 1] → the same
class ColorJitter final : public Transform {
 public:
  explicit ColorJitter(ColorJitterOptions options, At at = At::here()) : options_(options) {
    const Op op{"ColorJitter", at};
    const auto& o = options;
    check<ValueError>(o.brightness >= 0 && o.contrast >= 0 && o.saturation >= 0, op,
                      "brightness=", o.brightness, ", contrast=", o.contrast,
                      " and saturation=", o.saturation, " must not be negative");
    check<ValueError>(std::isfinite(o.brightness + o.contrast + o.saturation), op,
                      "brightness=", o.brightness, ", contrast=", o.contrast,
                      " and saturation=", o.saturation, " must be finite");
    check<ValueError>(o.hue >= 0 && o.hue <= 0.5, op, "hue=", o.hue, " must be in [0, 0.5]");
  }

  Array operator()(const Array& image, Generator& random) const override {
    const Op op{"ColorJitter"};
    detail::check_image(op, image);
    const Index C = image.shape()[0];
    check<ShapeError>(C == 1 || C == 3, op, "image ", image.shape(), " has ", C,
                      " channels; it must have 1 or 3");
    if (image.count() == 0) return image;
    const Array work = image.dtype() == uint8 ? ToFloat()(image, random) : image.copy();
    change({work.data<float>(), C, image.count() / C}, random);
    if (image.dtype() == float32) return work;
    const Array out = Array::empty(image.shape(), uint8, op);
    for (Index i = 0; i < out.count(); ++i)
      out.data<std::uint8_t>()[i] = static_cast<std::uint8_t>(work.data<float>()[i] * 255 + 0.5F);
    return out;
  }

 private:
  void change(const detail::Planes& image, Generator& random) const {
    const auto factor = [&](double strength) {
      return static_cast<float>(random.uniform(std::max(0.0, 1 - strength), 1 + strength));
    };
    const float brightness = factor(options_.brightness), contrast = factor(options_.contrast);
    const float saturation = factor(options_.saturation);
    const auto hue = static_cast<float>(random.uniform(-options_.hue, options_.hue));
    for (const Index step : random.permutation(4)) {
      if (step == 0 && options_.brightness > 0) detail::adjust_brightness(image, brightness);
      if (step == 1 && options_.contrast > 0) detail::adjust_contrast(image, contrast);
      if (step == 2 && options_.saturation > 0) detail::adjust_saturation(image, saturation);
      if (step == 3 && options_.hue > 0) detail::adjust_hue(image, hue);
    }
  }

  ColorJitterOptions options_;
};

}  // namespace tinygrad::data
