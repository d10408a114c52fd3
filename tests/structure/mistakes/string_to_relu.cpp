// SPDX-License-Identifier: MIT
// A text is no tensor. The compiler says: relu
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

void mistake() { const Tensor y = relu("hello"); }
