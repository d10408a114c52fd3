// SPDX-License-Identifier: MIT
// Resizing of pictures: resize_image() and the transforms that call it.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "tinygrad/data/transforms/transform.hpp"

namespace tinygrad::inline TINYGRAD_ABI::data {
namespace detail {

/// For each of `out` places along one dim: the `in` values to mix, and their weights.
struct ResizeDim {
  std::vector<Index> first, count;
  std::vector<float> weights;  // `taps` for each place
  Index taps;

  ResizeDim(Index in, Index out) {
    const double scale = static_cast<double>(in) / static_cast<double>(out);
    const double reach = std::max(scale, 1.0);  // half width of the triangle
    taps = 2 * static_cast<Index>(reach + 1) + 1;
    weights.resize(static_cast<std::size_t>(out * taps));
    for (Index i = 0; i < out; ++i) {
      const double center = (static_cast<double>(i) + 0.5) * scale;
      const Index low = std::max<Index>(static_cast<Index>(center - reach + 0.5), 0);
      const Index high = std::min(static_cast<Index>(center + reach + 0.5), in);
      float* const own = weights.data() + i * taps;
      double sum = 0;
      const auto weight = [&](Index j) {
        return std::max(0.0, 1 - std::abs(static_cast<double>(j) + 0.5 - center) / reach);
      };
      for (Index j = low; j < high; ++j) sum += weight(j);
      for (Index j = low; j < high; ++j) own[j - low] = static_cast<float>(weight(j) / sum);
      first.push_back(low);
      count.push_back(high - low);
    }
  }
};

/// Resizes one plane (H, W), first along rows into `between` (H, OW), then along columns.
template <class T> void resize_plane(const T* in, Index H, Index W, const ResizeDim& rows,
                                     const ResizeDim& columns, std::vector<float>& between,
                                     T* out) {
  const auto OH = static_cast<Index>(rows.first.size()),
             OW = static_cast<Index>(columns.first.size());
  between.resize(static_cast<std::size_t>(H * OW));
  for (Index y = 0; y < H; ++y)
    for (Index x = 0; x < OW; ++x) {
      const auto i = static_cast<std::size_t>(x);
      const T* const from = in + y * W + columns.first[i];
      const float* const weights = columns.weights.data() + x * columns.taps;
      float sum = 0;
      for (Index j = 0; j < columns.count[i]; ++j) sum += weights[j] * static_cast<float>(from[j]);
      between[static_cast<std::size_t>(y * OW + x)] = sum;
    }
  std::vector<float> sums(static_cast<std::size_t>(OW));
  for (Index y = 0; y < OH; ++y) {
    const auto i = static_cast<std::size_t>(y);
    std::fill(sums.begin(), sums.end(), 0.0F);
    for (Index j = 0; j < rows.count[i]; ++j) {
      const float weight = rows.weights[static_cast<std::size_t>(y * rows.taps + j)];
      const float* const from = between.data() + (rows.first[i] + j) * OW;
      for (Index x = 0; x < OW; ++x) sums[static_cast<std::size_t>(x)] += weight * from[x];
    }
    for (Index x = 0; x < OW; ++x)
      out[y * OW + x] = pixel_of<T>(static_cast<double>(sums[static_cast<std::size_t>(x)]));
  }
}

}  // namespace detail

/// Resizes the picture by bilinear interpolation. When it shrinks, each pixel is the mean of all
/// pixels that it covers, weighted by a triangle (PyTorch's antialias=True, align_corners=False).
/// Shapes  image (C, H, W) uint8 or float32 → (C, height, width), the same dtype
inline Array resize_image(const Array& image, Index height, Index width, At at = At::here()) {
  const Op op{"resize_image", at};
  detail::check_image(op, image);
  check<ValueError>(height >= 1 && width >= 1, op, "height=", height, " and width=", width,
                    " must be at least 1");
  check<ShapeError>(image.count() > 0, op, "image has shape ", image.shape(), "; it has no pixels");
  const Index C = image.shape()[0], H = image.shape()[1], W = image.shape()[2];
  if (H == height && W == width) return image;
  const detail::ResizeDim rows(H, height), columns(W, width);
  const Array out = Array::empty({C, height, width}, image.dtype(), op);
  std::vector<float> between;
  detail::dispatch_image(image, [&]<class T>(Type<T>) {
    for (Index c = 0; c < C; ++c)
      detail::resize_plane(image.data<T>() + c * H * W, H, W, rows, columns, between,
                           out.data<T>() + c * height * width);
  });
  return out;
}

/// resize_image as a transform, to height × width; one size gives a square.
class Resize final : public Transform {
 public:
  explicit Resize(Index size, At at = At::here()) : Resize(size, size, at) {}
  Resize(Index height, Index width, At at = At::here()) : height_(height), width_(width) {
    check<ValueError>(height >= 1 && width >= 1, {"Resize", at}, "height=", height,
                      " and width=", width, " must be at least 1");
  }
  Array operator()(const Array& image, Generator&) const override {
    return resize_image(image, height_, width_);
  }

 private:
  Index height_, width_;
};

}  // namespace tinygrad::data
