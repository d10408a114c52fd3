// SPDX-License-Identifier: MIT
// Dims have numbers, not names. The compiler says: sum(
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

void mistake() {
  const Tensor x = ones({2, 3});
  const Tensor y = sum(x, "rows");
}
