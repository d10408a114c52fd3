// SPDX-License-Identifier: MIT
// A text is no operand. The compiler says: operator<
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

void mistake() {
  const Tensor x = ones({2});
  const Tensor y = x < std::string("a");
}
