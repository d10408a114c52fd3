// SPDX-License-Identifier: MIT
// Trains an MLP on one batch of noise, with what such a program needs and nothing else.
// compile_cost.py measures how long it takes to compile, and how large it is.
#include <cstdio>
#include <tinygrad/nn.hpp>
#include <tinygrad/optim.hpp>
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

int main() {
  nn::Sequential model{nn::Linear(784, 128), nn::ReLU(), nn::Linear(128, 10)};
  optim::SGD sgd(model.parameters(), {.lr = 0.02, .momentum = 0.9});
  const Tensor x = randn({64, 784}), y = randint(0, 10, {64});
  for (int step = 0; step < 100; ++step) {
    const Tensor loss = cross_entropy(model(x), y);
    sgd.zero_grad();
    loss.backward();
    sgd.step();
    if (step % 10 == 0) std::printf("%d  %.4f\n", step, loss.item());
  }
}
