// SPDX-License-Identifier: MIT
// Writes the problems of the layer-case table to a file, for record_layers.py to put them to
// PyTorch.
#define DOCTEST_CONFIG_IMPLEMENT  // the rows are built with the tests' precompiled header
#include <doctest/doctest.h>

#include "golden/layer_problems.hpp"

using namespace tinygrad::test;

int main(int argc, char** argv) {
  return write_problems(argc, argv, [](auto dtype, auto f) { for_each_layer_problem(dtype, f); });
}
