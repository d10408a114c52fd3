// SPDX-License-Identifier: MIT
// Writes the values of values.hpp to a file, whose name is the argument; test_portable.cpp reads
// it.
#include "values.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  tinygrad::save_safetensors(argv[1], portable::values());
  return 0;
}
