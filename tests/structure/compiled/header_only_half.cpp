// SPDX-License-Identifier: MIT
// The half of both_modes.cpp that is compiled from the headers alone.
#include <tinygrad/tensor.hpp>

double header_only_gradient();

double header_only_gradient() {
  tinygrad::Tensor x(tinygrad::Array::full({3}, 2.0, tinygrad::float64));
  x.requires_grad_();
  tinygrad::sum(x * x * x).backward();
  return x.grad().array().at(2);
}
