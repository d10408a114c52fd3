// SPDX-License-Identifier: MIT
// A program of which one half has the headers' bodies and the other half the compiled library. Each
// half has its own tinygrad; both must compute, side by side. The exit status says whether they do.
#include <tinygrad/tensor.hpp>

double header_only_gradient();  // of sum(x³) at 2

int main() {
  tinygrad::Tensor x(tinygrad::Array::full({3}, 2.0, tinygrad::float64));
  x.requires_grad_();
  tinygrad::sum(x * x * x).backward();
  return x.grad().array().at(2) == 12.0 && header_only_gradient() == 12.0 ? 0 : 1;
}
