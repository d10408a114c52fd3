// SPDX-License-Identifier: MIT
// Are two tensors equal? The compiler says: see eq() and equal()
#include <tinygrad/tinygrad.hpp>

int main() { return tinygrad::ones({2}) == tinygrad::zeros({2}) ? 0 : 1; }
