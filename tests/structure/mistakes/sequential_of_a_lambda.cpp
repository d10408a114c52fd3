// SPDX-License-Identifier: MIT
// A lambda is no module. The compiler says: Sequential
#include <tinygrad/nn.hpp>
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

void mistake() {
  nn::Sequential model(nn::Linear(2, 3), [](int x) { return x; });
}
