// SPDX-License-Identifier: MIT
// The residual network of 20 layers for CIFAR-10.
// Source: He, Zhang, Ren, Sun, "Deep residual learning for image recognition", 2015, section 4.2.
#pragma once

#include <tinygrad/nn.hpp>
#include <tinygrad/tensor.hpp>

namespace networks {

using namespace tinygrad;

/// y = relu(f(x) + x) with f of two 3×3 convolutions, each with a batch norm that ends in the ReLU.
/// Where f halves the picture and has more channels than x, x takes part with every second pixel,
/// and zeros in the channels that it has not: the paper's shortcut A, without parameters.
struct ResidualBlock final : nn::Module {
  nn::Conv2d conv1;
  nn::BatchNormReLU2d bn1;
  nn::Conv2d conv2;
  nn::BatchNormReLU2d bn2;

  ResidualBlock(Index in, Index out, Generator& weights)
      : conv1(in, out, 3, {.stride = in == out ? 1 : 2, .padding = 1, .bias = false}, weights),
        bn1(out),
        conv2(out, out, 3, {.padding = 1, .bias = false}, weights),
        bn2(out) {}

  void members(nn::Members& m) override {
    m("conv1", conv1)("bn1", bn1)("conv2", conv2)("bn2", bn2);
  }

  Tensor forward(const Tensor& x) override {
    const Tensor f = conv2(bn1(conv1(x)));
    return bn2(f, shortcut(x));
  }

 private:
  Tensor shortcut(const Tensor& x) const {
    const Index missing = conv1.out_channels - conv1.in_channels;
    if (missing == 0) return x;
    const Tensor half = avg_pool2d(x, 1, {.stride = 2});  // windows of one pixel
    return pad(half, {0, 0, 0, 0, missing / 2, missing / 2});
  }
};

/// Three stages of three blocks, of 16, 32 and 64 channels; 269,722 parameters.
struct ResNet20 final : nn::Module {
  nn::Conv2d conv1;
  nn::BatchNormReLU2d bn1;
  nn::Sequential layer1, layer2, layer3;
  nn::Linear fc;

  explicit ResNet20(Generator weights)
      : conv1(3, 16, 3, {.padding = 1, .bias = false}, weights),
        bn1(16),
        layer1(stage(16, 16, weights)),
        layer2(stage(16, 32, weights)),
        layer3(stage(32, 64, weights)),
        fc(64, 10, {}, weights) {}

  void members(nn::Members& m) override {
    m("conv1", conv1)("bn1", bn1)("layer1", layer1)("layer2", layer2)("layer3", layer3)("fc", fc);
  }

  /// Shapes  pictures (N, 3, 32, 32) → logits (N, 10)
  Tensor forward(const Tensor& pictures) override {
    const Tensor x = bn1(conv1(pictures));       // (N, 16, 32, 32)
    const Tensor y = layer3(layer2(layer1(x)));  // (N, 64, 8, 8)
    return fc(flatten(adaptive_avg_pool2d(y, 1), 1));
  }

 private:
  static nn::Sequential stage(Index in, Index out, Generator& weights) {
    return nn::Sequential{ResidualBlock(in, out, weights), ResidualBlock(out, out, weights),
                          ResidualBlock(out, out, weights)};
  }
};

}  // namespace networks
