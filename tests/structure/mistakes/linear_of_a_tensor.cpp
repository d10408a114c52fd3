// SPDX-License-Identifier: MIT
// A layer takes sizes. The compiler says: Linear(in_features, out_features
#include <tinygrad/nn.hpp>
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

void mistake() { nn::Linear layer(ones({2, 3})); }
