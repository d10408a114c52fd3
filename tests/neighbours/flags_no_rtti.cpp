// SPDX-License-Identifier: MIT
// A program compiled without the names of types: one sentence says what is missing.
//
// build: -fno-rtti
// expect: compile error "tinygrad asks objects for the names of their types"
#include <tinygrad/nn.hpp>

int main() {}
