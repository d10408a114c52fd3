// SPDX-License-Identifier: MIT
// One small CIFAR-10 network with three kinds of normalisation: netbn, netln and netgn.
// Source: github.com/bensooraj/pytorch-s8-CIFAR10, 2023.
#pragma once

#include <memory>
#include <string>
#include <tinygrad/nn.hpp>
#include <tinygrad/tensor.hpp>
#include <vector>

namespace networks {

using namespace tinygrad;

enum class Norm { kBatch, kLayer, kGroup };

/// Ten convolutions with a norm each, and one that gives the logits. 32,634 parameters; 153,066
/// with Norm::kLayer, which has a weight and a bias for each pixel of each channel.
struct NormNet final : nn::Module {
  Norm norm;
  std::vector<nn::Conv2d> convs;
  std::vector<std::unique_ptr<nn::Module>> norms;
  nn::Dropout2d dropout1, dropout2;

  NormNet(Norm kind, const Generator& random)
      : norm(kind),
        dropout1(0.15, random.split(1).split(0)),
        dropout2(0.15, random.split(1).split(1)) {
    Generator weights = random.split(0);
    Index in = 3, side = 32;
    for (const Index out : {8, 16, 8, 16, 32, 32, 8, 16, 32, 32}) {
      const bool shrinks = out == 8 && in > 3;  // 1×1, before the pictures are halved
      convs.emplace_back(in, out, shrinks ? 1 : 3, nn::ConvOptions{.padding = shrinks ? 0 : 1},
                         weights);
      norms.push_back(make_norm(out, side));
      if (shrinks) side /= 2;
      in = out;
    }
    convs.emplace_back(in, 10, 1, nn::ConvOptions{}, weights);
  }

  void members(nn::Members& m) override {
    for (std::size_t i = 0; i < convs.size(); ++i) {
      const std::string number = std::to_string(i + 1);
      m("conv" + number, convs[i]);
      if (i < norms.size()) m("norm" + number, *norms[i]);
    }
    m("dropout1", dropout1)("dropout2", dropout2);
  }

  /// Shapes  pictures (N, 3, 32, 32) → logits (N, 10)
  Tensor forward(const Tensor& pictures) override {
    Tensor x = block(2, block(1, block(0, pictures)));  // (N, 8, 32, 32)
    x = dropout1(block(3, max_pool2d(x, 2)));           // (N, 16, 16, 16)
    x = block(6, block(5, block(4, x)));                // (N, 8, 16, 16)
    x = dropout2(block(7, max_pool2d(x, 2)));           // (N, 16, 8, 8)
    x = avg_pool2d(block(9, block(8, x)), 8);           // (N, 32, 1, 1)
    return flatten(convs[10](x), 1);
  }

 private:
  std::unique_ptr<nn::Module> make_norm(Index channels, Index side) const {
    if (norm == Norm::kBatch) return std::make_unique<nn::BatchNorm2d>(channels);
    if (norm == Norm::kGroup) return std::make_unique<nn::GroupNorm>(4, channels);
    return std::make_unique<nn::LayerNorm>(Shape{channels, side, side});
  }
  /// Groups are normalised before the ReLU, batches and layers after it.
  Tensor block(std::size_t i, const Tensor& x) {
    const Tensor y = convs[i](x);
    return norm == Norm::kGroup ? relu((*norms[i])(y)) : (*norms[i])(relu(y));
  }
};

}  // namespace networks
