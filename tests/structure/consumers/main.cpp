// SPDX-License-Identifier: MIT
// The program of a user's project. Its exit status says whether the gradient of sum(x²) is 2x.
#include <tinygrad/tensor.hpp>

int main() {
  tinygrad::Tensor x(tinygrad::Array::full({3}, 2.0, tinygrad::float32));
  x.requires_grad_();
  sum(x * x).backward();
  return x.grad().array().at(2) == 4.0 ? 0 : 1;
}
