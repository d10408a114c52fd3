// SPDX-License-Identifier: MIT
// Hands a tensor of its own tinygrad to the second library, which must not link if that was
// compiled with another one.
#include <tinygrad/tensor.hpp>

tinygrad::Tensor second_twice(const tinygrad::Tensor& x);

int main() { return second_twice(tinygrad::ones({2})).item<float>() == 2 ? 0 : 1; }
