// SPDX-License-Identifier: MIT
// Layers that resize or rearrange pictures. The formulas are in ops/resample.hpp.
#pragma once

#include "tinygrad/nn/module.hpp"
#include "tinygrad/ops/resample.hpp"

namespace tinygrad::nn {

/// Resizes along the spatial axes: interpolate() as a layer.
/// Shapes  x (N,C,s…) → y (N,C,size…)
struct Upsample final : Module {
  InterpolateOptions options;

  explicit Upsample(const InterpolateOptions& settings) : options(settings) {}

  Tensor forward(const Tensor& x) override { return interpolate(x, options); }
  std::string describe() const override {
    std::string factors;
    for (const double f : options.scale_factor) factors += concat(factors.empty() ? "" : ", ", f);
    return concat("Upsample(",
                  options.size.given() ? concat("size=", to_string(options.size))
                                       : concat("scale_factor=", factors),
                  ", mode=", to_string(options.mode), ")");
  }
};

/// Channels laid out as pixels: pixel_shuffle() as a layer.
/// Shapes  x (…,C·r²,H,W) → y (…,C,H·r,W·r)
struct PixelShuffle final : Module {
  Index upscale_factor;

  explicit PixelShuffle(Index factor) : upscale_factor(factor) {}
  Tensor forward(const Tensor& x) override { return pixel_shuffle(x, upscale_factor); }
  std::string describe() const override {
    return concat("PixelShuffle(upscale_factor=", upscale_factor, ")");
  }
};

/// Pixels laid out as channels: pixel_unshuffle() as a layer.
/// Shapes  x (…,C,H·r,W·r) → y (…,C·r²,H,W)
struct PixelUnshuffle final : Module {
  Index downscale_factor;

  explicit PixelUnshuffle(Index factor) : downscale_factor(factor) {}
  Tensor forward(const Tensor& x) override { return pixel_unshuffle(x, downscale_factor); }
  std::string describe() const override {
    return concat("PixelUnshuffle(downscale_factor=", downscale_factor, ")");
  }
};

/// Channels of groups dealt out in turn: channel_shuffle() as a layer.
/// Shapes  x (N,C,…) → y (N,C,…)
struct ChannelShuffle final : Module {
  Index groups;

  explicit ChannelShuffle(Index count) : groups(count) {}
  Tensor forward(const Tensor& x) override { return channel_shuffle(x, groups); }
  std::string describe() const override { return concat("ChannelShuffle(groups=", groups, ")"); }
};

/// The windows of pictures as columns: unfold() as a layer.
/// Shapes  x (N,C,H,W) or (C,H,W) → y (…,C·KH·KW,OH·OW)
struct Unfold final : Module {
  PerAxis kernel_size;
  UnfoldOptions options;

  explicit Unfold(const PerAxis& kernel, const UnfoldOptions& settings = {})
      : kernel_size(kernel), options(settings) {}
  Tensor forward(const Tensor& x) override { return unfold(x, kernel_size, options); }
  std::string describe() const override {
    return concat(
        "Unfold(kernel_size=", to_string(kernel_size), ", dilation=", to_string(options.dilation),
        ", padding=", to_string(options.padding), ", stride=", to_string(options.stride), ")");
  }
};

/// Columns added up to pictures: fold() as a layer.
/// Shapes  x (…,C·KH·KW,OH·OW) → y (…,C,H,W)
struct Fold final : Module {
  PerAxis output_size, kernel_size;
  UnfoldOptions options;

  Fold(const PerAxis& size, const PerAxis& kernel, const UnfoldOptions& settings = {})
      : output_size(size), kernel_size(kernel), options(settings) {}
  Tensor forward(const Tensor& x) override { return fold(x, output_size, kernel_size, options); }
  std::string describe() const override {
    return concat(
        "Fold(output_size=", to_string(output_size), ", kernel_size=", to_string(kernel_size),
        ", dilation=", to_string(options.dilation), ", padding=", to_string(options.padding),
        ", stride=", to_string(options.stride), ")");
  }
};

}  // namespace tinygrad::nn
