// SPDX-License-Identifier: MIT
// view() gives an xtensor expression. The compiler says: reshape(x, shape)
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

void mistake() {
  const Tensor x = ones({6});
  const Tensor y = x.view({2, 3});
}
