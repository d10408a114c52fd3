// SPDX-License-Identifier: MIT
// There is no such option. The compiler says: backward(
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

void mistake() {
  const Tensor x = ones({});
  x.backward({.retain = true});
}
