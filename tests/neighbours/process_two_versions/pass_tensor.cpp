// SPDX-License-Identifier: MIT
// Passes a tensor of its own tinygrad to the second library. If that library was compiled with
// another tinygrad, this program must not link.
#include <tinygrad/tensor.hpp>

tinygrad::Tensor second_twice(const tinygrad::Tensor& x);

int main() { return second_twice(tinygrad::ones({2})).item<float>() == 2 ? 0 : 1; }
