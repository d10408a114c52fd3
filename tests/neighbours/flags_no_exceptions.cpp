// SPDX-License-Identifier: MIT
// A program compiled without exceptions: one sentence says what is missing.
//
// build: -fno-exceptions
// expect: compile error "tinygrad reports errors as exceptions"
#include <tinygrad/nn.hpp>

int main() {}
