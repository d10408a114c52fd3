// SPDX-License-Identifier: MIT
// A program compiled without exceptions: the only error is a sentence that names what is missing.
//
// build: -fno-exceptions
// expect: compile error "tinygrad reports errors as exceptions"
#include <tinygrad/nn.hpp>

int main() {}
