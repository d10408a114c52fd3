// SPDX-License-Identifier: MIT
// A std::vector is no tensor. The compiler says: exp(
#include <tinygrad/tensor.hpp>
#include <vector>

using namespace tinygrad;

void mistake() {
  const std::vector<double> x{1, 2};
  const Tensor y = exp(x);
}
