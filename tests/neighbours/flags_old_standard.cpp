// SPDX-License-Identifier: MIT
// A program compiled as C++17: the only error is a sentence that names what is missing.
//
// build: -std=c++17
// expect: compile error "tinygrad needs C++20"
#include <tinygrad/nn.hpp>

int main() {}
