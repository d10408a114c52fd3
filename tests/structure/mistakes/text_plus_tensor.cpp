// SPDX-License-Identifier: MIT
// A text and a tensor have no sum. The compiler says: operator+
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

void mistake() {
  const Tensor loss = ones({});
  const std::string line = "loss " + loss;
}
