// SPDX-License-Identifier: MIT
// Layers that resize pictures, rearrange their pixels or cut them into windows. The formulas are in
// ops/layers/interpolate.hpp, ops/layers/fold.hpp and ops/shape/rearrange.hpp.
#pragma once

#include "tinygrad/nn/module.hpp"
#include "tinygrad/nn/settings.hpp"
#include "tinygrad/ops/layers/fold.hpp"
#include "tinygrad/ops/layers/interpolate.hpp"
#include "tinygrad/ops/shape/rearrange.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

namespace detail {
inline void check_windows(const Op& op, const PerDim& kernel, const UnfoldOptions& o) {
  kernel.over(op, "kernel_size", 2, 1);
  o.stride.over(op, "stride", 2, 1);
  o.padding.over(op, "padding", 2, 0);
  o.dilation.over(op, "dilation", 2, 1);
}
}  // namespace detail

/// Resizes along the spatial dims: interpolate() as a layer.
/// Shapes  x (N,C,s…) → y (N,C,size…)
struct Upsample final : Module {
  InterpolateOptions options;

  explicit Upsample(const InterpolateOptions& settings, At at = At::here()) : options(settings) {
    tinygrad::detail::check_interpolation({"Upsample", at}, settings);
  }

  Tensor forward(const Tensor& x) override { return interpolate(x, options); }
  std::string describe() const override {
    std::string factors;
    for (const double f : options.scale_factor) factors += str_cat(factors.empty() ? "" : ", ", f);
    const InterpolateOptions usual, &o = options;
    detail::Settings s("Upsample");
    if (o.size.given()) s.show("size", to_string(o.size));
    else s.show("scale_factor", factors);
    return s.show("mode", to_string(o.mode))
        .unless("align_corners", o.align_corners, usual.align_corners)
        .unless("recompute_scale_factor", o.recompute_scale_factor, usual.recompute_scale_factor)
        .text();
  }
};

/// Channels become pixels: pixel_shuffle() as a layer.
/// Shapes  x (…,C·r²,H,W) → y (…,C,H·r,W·r)
struct PixelShuffle final : Module {
  Index upscale_factor;

  explicit PixelShuffle(Index factor, At at = At::here()) : upscale_factor(factor) {
    check<ValueError>(factor >= 1, {"PixelShuffle", at}, "upscale_factor=", factor,
                      " must be at least 1");
  }
  Tensor forward(const Tensor& x) override { return pixel_shuffle(x, upscale_factor); }
  std::string describe() const override {
    return str_cat("PixelShuffle(upscale_factor=", upscale_factor, ")");
  }
};

/// Pixels become channels: pixel_unshuffle() as a layer.
/// Shapes  x (…,C,H·r,W·r) → y (…,C·r²,H,W)
struct PixelUnshuffle final : Module {
  Index downscale_factor;

  explicit PixelUnshuffle(Index factor, At at = At::here()) : downscale_factor(factor) {
    check<ValueError>(factor >= 1, {"PixelUnshuffle", at}, "downscale_factor=", factor,
                      " must be at least 1");
  }
  Tensor forward(const Tensor& x) override { return pixel_unshuffle(x, downscale_factor); }
  std::string describe() const override {
    return str_cat("PixelUnshuffle(downscale_factor=", downscale_factor, ")");
  }
};

/// Channels of the groups in turn: channel_shuffle() as a layer.
/// Shapes  x (N,C,…) → y (N,C,…)
struct ChannelShuffle final : Module {
  Index groups;

  explicit ChannelShuffle(Index count, At at = At::here()) : groups(count) {
    check<ValueError>(count >= 1, {"ChannelShuffle", at}, "groups=", count, " must be at least 1");
  }
  Tensor forward(const Tensor& x) override { return channel_shuffle(x, groups); }
  std::string describe() const override { return str_cat("ChannelShuffle(groups=", groups, ")"); }
};

/// The windows of pictures as columns: unfold() as a layer.
/// Shapes  x (N,C,H,W) or (C,H,W) → y (…,C·KH·KW,OH·OW)
struct Unfold final : Module {
  PerDim kernel_size;
  UnfoldOptions options;

  explicit Unfold(const PerDim& kernel, const UnfoldOptions& settings = {}, At at = At::here())
      : kernel_size(kernel), options(settings) {
    detail::check_windows({"Unfold", at}, kernel, settings);
  }
  Tensor forward(const Tensor& x) override { return unfold(x, kernel_size, options); }
  std::string describe() const override {
    return str_cat(
        "Unfold(kernel_size=", to_string(kernel_size), ", dilation=", to_string(options.dilation),
        ", padding=", to_string(options.padding), ", stride=", to_string(options.stride), ")");
  }
};

/// The sum of columns as pictures: fold() as a layer.
/// Shapes  x (…,C·KH·KW,OH·OW) → y (…,C,H,W)
struct Fold final : Module {
  PerDim output_size, kernel_size;
  UnfoldOptions options;

  Fold(const PerDim& size, const PerDim& kernel, const UnfoldOptions& settings = {},
       At at = At::here())
      : output_size(size), kernel_size(kernel), options(settings) {
    const Op op{"Fold", at};
    size.over(op, "output_size", 2, 1);
    detail::check_windows(op, kernel, settings);
  }
  Tensor forward(const Tensor& x) override { return fold(x, output_size, kernel_size, options); }
  std::string describe() const override {
    return str_cat(
        "Fold(output_size=", to_string(output_size), ", kernel_size=", to_string(kernel_size),
        ", dilation=", to_string(options.dilation), ", padding=", to_string(options.padding),
        ", stride=", to_string(options.stride), ")");
  }
};

}  // namespace tinygrad::nn
