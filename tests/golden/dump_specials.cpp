// SPDX-License-Identifier: MIT
// Writes the problems with special values to a file, for record_specials.py to put them to PyTorch.
#define DOCTEST_CONFIG_IMPLEMENT  // the rows are built with the tests' precompiled header
#include <doctest/doctest.h>

#include <cstdio>

#include "golden/special_problems.hpp"
#include "tinygrad/io.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FILE\n", argv[0]);
    return 2;
  }
  NamedArrays tensors;
  Metadata rows;  // "group": PyTorch's expression, "group/differentiable": what to differentiate
  for (const Dtype floating : {float64, float32}) {
    std::size_t number = 10000;  // five digits: the names are sorted
    for_each_special_problem(floating, [&](const SpecialProblem& p) {
      if (p.row->torch.empty()) return;
      rows[p.group()] = p.row->torch;
      if (p.row->differentiable) rows[p.group() + "/differentiable"] = "";
      for (std::size_t i = 0; i < p.inputs.size(); ++i)
        tensors[str_cat(p.group(), '/', number, "/x", i)] = p.inputs[i].array();
      ++number;
    });
  }
  save_safetensors(argv[1], tensors, rows);
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
