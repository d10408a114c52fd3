// SPDX-License-Identifier: MIT
// There is no such option. The compiler says: learning_rate
#include <tinygrad/optim.hpp>
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

void mistake() {
  const Tensor w = ones({2});
  optim::SGD sgd({w}, {.learning_rate = 0.1});
}
