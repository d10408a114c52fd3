// SPDX-License-Identifier: MIT
// An index is an integer. The compiler says: operator[]
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

void mistake() {
  const Tensor x = ones({2});
  const Tensor y = x[1.5];
}
