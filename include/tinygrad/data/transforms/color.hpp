// SPDX-License-Identifier: MIT
// Transforms that change the value of each pixel: ToFloat, Normalize, Grayscale.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "tinygrad/data/transforms/transform.hpp"

namespace tinygrad::inline TINYGRAD_ABI::data {

/// Converts uint8 to float32 in [0, 1]: x / 255, rounded as in PyTorch. float32 stays as it is.
class ToFloat final : public Transform {
 public:
  Array operator()(const Array& image, Generator&) const override {
    const Op op{"ToFloat"};
    detail::check_image(op, image);
    if (image.dtype() == float32) return image;
    const Array out = Array::empty(image.shape(), float32, op);
    const auto* const in = image.data<std::uint8_t>();
    auto* const to = out.data<float>();
    for (Index i = 0; i < image.count(); ++i) to[i] = static_cast<float>(in[i]) / 255.0F;
    return out;
  }
};

/// (x - mean) / std, with one mean and one deviation for each channel. uint8 pictures are first
/// converted to float32 in [0, 1], as by ToFloat.
/// Throws  ShapeError if the picture has another number of channels
class Normalize final : public Transform {
 public:
  Normalize(std::vector<float> mean, std::vector<float> std, At at = At::here())
      : mean_(std::move(mean)), std_(std::move(std)), of_byte_(mean_.size()) {
    const Op op{"Normalize", at};
    check<ValueError>(mean_.size() == std_.size() && !mean_.empty(), op, "mean has ", mean_.size(),
                      " values and std ", std_.size(), "; both need one for each channel");
    for (std::size_t c = 0; c < std_.size(); ++c) {
      check<ValueError>(std_[c] > 0, op, "std[", c, "]=", std_[c], " must be positive");
      for (std::size_t byte = 0; byte < 256; ++byte)
        of_byte_[c][byte] = (static_cast<float>(byte) / 255.0F - mean_[c]) / std_[c];
    }
  }

  Array operator()(const Array& image, Generator&) const override {
    const Op op{"Normalize"};
    detail::check_image(op, image);
    const auto C = static_cast<Index>(mean_.size());
    check<ShapeError>(image.shape()[0] == C, op, "image ", image.shape(), " has ", image.shape()[0],
                      " channels, mean and std have ", C);
    const Array out = Array::empty(image.shape(), float32, op);
    const Index plane = image.count() / C;
    for (Index c = 0; c < C; ++c) {
      const auto i = static_cast<std::size_t>(c);
      float* const to = out.data<float>() + c * plane;
      if (image.dtype() == uint8) {
        const auto* const in = image.data<std::uint8_t>() + c * plane;
        const auto& value = of_byte_[i];
        for (Index k = 0; k < plane; ++k) to[k] = value[in[k]];
      } else {
        const float* const in = image.data<float>() + c * plane;
        for (Index k = 0; k < plane; ++k) to[k] = (in[k] - mean_[i]) / std_[i];
      }
    }
    return out;
  }

 private:
  std::vector<float> mean_, std_;
  std::vector<std::array<float, 256>> of_byte_;  // the result for each byte, for each channel
};

namespace detail {
/// The perceived brightness of a colour.
/// Source  ITU-R BT.601
inline float luma(float r, float g, float b) { return 0.299F * r + 0.587F * g + 0.114F * b; }
}  // namespace detail

/// 0.299 R + 0.587 G + 0.114 B, in one channel or in three equal channels.
/// Shapes  (3, H, W) → (channels, H, W); (1, H, W) is repeated
class Grayscale final : public Transform {
 public:
  explicit Grayscale(Index channels = 1, At at = At::here()) : channels_(channels) {
    check<ValueError>(channels == 1 || channels == 3, {"Grayscale", at}, "channels=", channels,
                      " must be 1 or 3");
  }
  Array operator()(const Array& image, Generator&) const override {
    const Op op{"Grayscale"};
    detail::check_image(op, image);
    const Index C = image.shape()[0];
    check<ShapeError>(C == 1 || C == 3, op, "image ", image.shape(), " has ", C,
                      " channels; it must have 1 or 3");
    const Array out =
        Array::empty({channels_, image.shape()[1], image.shape()[2]}, image.dtype(), op);
    const Index plane = image.count() / C;
    detail::dispatch_image(image, [&]<class T>(Type<T>) {
      const T* const in = image.data<T>();
      T* const to = out.data<T>();
      for (Index i = 0; i < plane; ++i)
        to[i] = C == 1 ? in[i]
                       : detail::pixel_of<T>(static_cast<double>(detail::luma(
                             static_cast<float>(in[i]), static_cast<float>(in[plane + i]),
                             static_cast<float>(in[2 * plane + i]))));
      for (Index c = 1; c < channels_; ++c) std::copy_n(to, plane, to + c * plane);
    });
    return out;
  }

 private:
  Index channels_;
};

}  // namespace tinygrad::data
