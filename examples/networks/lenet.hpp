// SPDX-License-Identifier: MIT
// A LeNet of 20 and 50 channels for MNIST.
// Source: github.com/zytfo/dl-assignment-1, 2019, after LeCun et al., "Gradient-based learning
// applied to document recognition", 1998.
#pragma once

#include <tinygrad/nn.hpp>
#include <tinygrad/tensor.hpp>

namespace networks {

using namespace tinygrad;

/// Two 5×5 convolutions, each halved by pooling, then two linear layers; 431,080 parameters.
struct LeNet final : nn::Module {
  nn::Conv2d conv1, conv2;
  nn::Linear fc1, fc2;

  explicit LeNet(Generator weights)
      : conv1(1, 20, 5, {}, weights),
        conv2(20, 50, 5, {}, weights),
        fc1(50 * 4 * 4, 500, {}, weights),
        fc2(500, 10, {}, weights) {}

  void members(nn::Members& m) override {
    m("conv1", conv1)("conv2", conv2)("fc1", fc1)("fc2", fc2);
  }

  /// Shapes  pictures (N, 1, 28, 28) → logits (N, 10)
  Tensor forward(const Tensor& pictures) override {
    Tensor x = relu(max_pool2d(conv1(pictures), 2));  // (N, 20, 12, 12)
    x = relu(max_pool2d(conv2(x), 2));                // (N, 50, 4, 4)
    return fc2(relu(fc1(flatten(x, 1))));
  }
};

}  // namespace networks
