// SPDX-License-Identifier: MIT
// A tensor is no condition. The compiler says: Tensor
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

void mistake() {
  const Tensor x = ones({2});
  if (x < 3) return;
}
