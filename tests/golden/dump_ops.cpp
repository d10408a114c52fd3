// SPDX-License-Identifier: MIT
// Writes the problems of the op-case table to a file, for record_ops.py to put them to PyTorch.
#define DOCTEST_CONFIG_IMPLEMENT  // the rows are built with the tests' precompiled header
#include <doctest/doctest.h>

#include "golden/op_problems.hpp"

using namespace tinygrad::test;

int main(int argc, char** argv) {
  return write_problems(argc, argv, [](auto dtype, auto f) { for_each_op_problem(dtype, f); });
}
