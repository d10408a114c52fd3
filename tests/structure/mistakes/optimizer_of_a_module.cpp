// SPDX-License-Identifier: MIT
// An optimizer takes parameters. The compiler says: SGD
#include <tinygrad/nn.hpp>
#include <tinygrad/optim.hpp>
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

void mistake() {
  nn::Linear layer(2, 3);
  optim::SGD sgd(layer, {.lr = 0.1});
}
