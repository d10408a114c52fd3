// SPDX-License-Identifier: MIT
// Tests that a training step allocates no new memory, but reuses that of the step before.
#include <doctest/doctest.h>

#include "tinygrad/nn.hpp"
#include "tinygrad/optim.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;

namespace {

/// A convolutional network with a residual connection, normalisation, pooling and dropout.
struct SmallNet final : nn::Module {
  nn::Conv2d conv1{3, 8, 3, {.padding = 1}}, conv2{8, 8, 3, {.padding = 1}};
  nn::BatchNorm2d norm1{8}, norm2{8};
  nn::Linear fc{8 * 8 * 8, 10};

  void members(nn::Members& m) override {
    m("conv1", conv1)("conv2", conv2)("norm1", norm1)("norm2", norm2)("fc", fc);
  }
  Tensor forward(const Tensor& x) override {
    const Tensor a = relu(norm1(conv1(x)));
    const Tensor b = relu(norm2(conv2(a)) + a);
    return fc(dropout(flatten(max_pool2d(b, {2, 2}), 1), 0.5, is_training()));
  }
};

}  // namespace

TEST_CASE("after the first steps, training asks the system for no memory") {
  if (!Pool::instance().reuses()) return;
  SmallNet net;
  optim::SGD sgd(net.parameters(), {.lr = 0.01, .momentum = 0.9});
  optim::Adam adam(net.parameters());
  const Tensor x = randn({16, 3, 16, 16}), y = randint(0, 10, {16});
  const auto step = [&](optim::Optimizer& optimizer) {
    optimizer.zero_grad();
    cross_entropy(net(x), y).backward();
    optimizer.step();
  };
  for (optim::Optimizer* optimizer :
       {static_cast<optim::Optimizer*>(&sgd), static_cast<optim::Optimizer*>(&adam)}) {
    for (int i = 0; i < 3; ++i) step(*optimizer);
    Pool::instance().reset_peak();
    const MemoryStats before = Pool::instance().stats();
    for (int i = 0; i < 5; ++i) step(*optimizer);
    const MemoryStats after = Pool::instance().stats();
    CHECK(after.system_allocations == before.system_allocations);
    CHECK(after.live_bytes == before.live_bytes);
  }
}
