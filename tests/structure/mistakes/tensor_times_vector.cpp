// SPDX-License-Identifier: MIT
// A std::vector is no operand. The compiler says: operator*
#include <tinygrad/tensor.hpp>
#include <vector>

using namespace tinygrad;

void mistake() {
  const Tensor x = ones({2});
  const Tensor y = x * std::vector<double>{1, 2};
}
