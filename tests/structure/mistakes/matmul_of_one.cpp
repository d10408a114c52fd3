// SPDX-License-Identifier: MIT
// A product has two factors. The compiler says: matmul(
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

void mistake() {
  const Tensor x = ones({2, 3});
  const Tensor y = matmul(x);
}
