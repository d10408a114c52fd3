// SPDX-License-Identifier: MIT
// A network that learns synthetic shapes in seconds, for tests and first tries.
#pragma once

#include <tinygrad/nn.hpp>
#include <tinygrad/tensor.hpp>

namespace networks {

using namespace tinygrad;

/// Three convolutions, each pooled, and a linear layer; 33,834 parameters.
struct Mini final : nn::Module {
  nn::Conv2d conv1, conv2, conv3;
  nn::Linear fc;

  explicit Mini(Generator weights)
      : conv1(3, 16, 3, {.padding = 1}, weights),
        conv2(16, 32, 3, {.padding = 1}, weights),
        conv3(32, 64, 3, {.padding = 1}, weights),
        fc(64 * 4 * 4, 10, {}, weights) {}

  void members(nn::Members& m) override {
    m("conv1", conv1)("conv2", conv2)("conv3", conv3)("fc", fc);
  }

  /// Shapes  pictures (N, 3, 32, 32) → logits (N, 10)
  Tensor forward(const Tensor& pictures) override {
    Tensor x = relu(max_pool2d(conv1(pictures), 2));  // (N, 16, 16, 16)
    x = relu(max_pool2d(conv2(x), 2));                // (N, 32, 8, 8)
    x = relu(max_pool2d(conv3(x), 2));                // (N, 64, 4, 4)
    return fc(flatten(x, 1));
  }
};

}  // namespace networks
