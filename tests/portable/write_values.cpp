// SPDX-License-Identifier: MIT
// Writes the values to the file that is named; see test_portable.cpp.
#include "values.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  tinygrad::save_safetensors(argv[1], portable::values());
  return 0;
}
