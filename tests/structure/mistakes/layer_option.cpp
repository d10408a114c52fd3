// SPDX-License-Identifier: MIT
// There is no such option. The compiler says: Linear(in_features, out_features
#include <tinygrad/nn.hpp>
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

void mistake() { nn::Linear layer(2, 3, {.biass = false}); }
