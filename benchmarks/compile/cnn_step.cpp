// SPDX-License-Identifier: MIT
// Trains a convolutional network on one batch of noise, with what such a program needs and nothing
// else. compile_cost.py measures how long it takes to compile.
#include <cstdio>
#include <tinygrad/nn.hpp>
#include <tinygrad/optim.hpp>
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

struct Cnn final : nn::Module {
  nn::Conv2d conv1{1, 8, 3, {.padding = 1}}, conv2{8, 16, 3, {.padding = 1}};
  nn::BatchNorm2d norm1{8}, norm2{16};
  nn::Dropout dropout{0.25};
  nn::Linear fc{16 * 7 * 7, 10};

  void members(nn::Members& m) override {
    m("conv1", conv1)("norm1", norm1)("conv2", conv2)("norm2", norm2)("dropout", dropout)("fc", fc);
  }
  Tensor forward(const Tensor& pictures) override {                        // (N, 1, 28, 28)
    const Tensor x = max_pool2d(relu(norm1(conv1(pictures))), 2);          // (N, 8, 14, 14)
    return fc(dropout(flatten(max_pool2d(relu(norm2(conv2(x))), 2), 1)));  // (N, 10)
  }
};

int main() {
  Cnn model;
  optim::Adam adam(model.parameters(), {.lr = 1e-3});
  const Tensor x = randn({16, 1, 28, 28}), y = randint(0, 10, {16});
  for (int step = 0; step < 20; ++step) {
    const Tensor loss = cross_entropy(model(x), y);
    adam.zero_grad();
    loss.backward();
    adam.step();
    if (step % 5 == 0) std::printf("%d  %.4f\n", step, loss.item());
  }
}
