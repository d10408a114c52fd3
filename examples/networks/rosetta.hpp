// SPDX-License-Identifier: MIT
// The CIFAR-10 network that "a Rosetta Stone of deep-learning frameworks" writes in each of them.
// Source: github.com/ilkarman/DeepLearningFrameworks, 2017.
#pragma once

#include <tinygrad/nn.hpp>
#include <tinygrad/tensor.hpp>

namespace networks {

using namespace tinygrad;

/// Two pairs of 3×3 convolutions, then two linear layers; 3,441,592 parameters.
struct Rosetta final : nn::Module {
  nn::Conv2d conv1, conv2, conv3, conv4;
  nn::Linear fc1, fc2;
  nn::Dropout dropout1, dropout2, dropout3;

  explicit Rosetta(const Generator& random) : Rosetta(random.split(0), random.split(1)) {}

  void members(nn::Members& m) override {
    m("conv1", conv1)("conv2", conv2)("conv3", conv3)("conv4", conv4)("fc1", fc1)("fc2", fc2);
    m("dropout1", dropout1)("dropout2", dropout2)("dropout3", dropout3);
  }

  /// Shapes  pictures (N, 3, 32, 32) → logits (N, 10)
  Tensor forward(const Tensor& pictures) override {
    // relu(max(x)) is max(relu(x)), of a quarter of the elements.
    Tensor x = conv2(relu(conv1(pictures)));  // (N, 50, 32, 32)
    x = dropout1(relu(max_pool2d(x, 2)));     // (N, 50, 16, 16)
    x = conv4(relu(conv3(x)));                // (N, 100, 16, 16)
    x = dropout2(relu(max_pool2d(x, 2)));     // (N, 100, 8, 8)
    x = dropout3(relu(fc1(flatten(x, 1))));   // (N, 512)
    return fc2(x);
  }

 private:
  Rosetta(Generator weights, const Generator& masks)
      : conv1(3, 50, 3, {.padding = 1}, weights),
        conv2(50, 50, 3, {.padding = 1}, weights),
        conv3(50, 100, 3, {.padding = 1}, weights),
        conv4(100, 100, 3, {.padding = 1}, weights),
        fc1(100 * 8 * 8, 512, {}, weights),
        fc2(512, 10, {}, weights),
        dropout1(0.25, masks.split(0)),
        dropout2(0.25, masks.split(1)),
        dropout3(0.5, masks.split(2)) {}
};

}  // namespace networks
