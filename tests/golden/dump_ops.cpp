// SPDX-License-Identifier: MIT
// Writes the problems of the op-case table to a file, for record_ops.py to put them to PyTorch.
#define DOCTEST_CONFIG_IMPLEMENT  // the rows are built with the tests' precompiled header
#include <doctest/doctest.h>

#include <cstdio>

#include "golden/op_problems.hpp"
#include "tinygrad/io.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::fputs("usage: dump_ops FILE\n", stderr);
    return 2;
  }
  NamedArrays tensors;
  std::map<std::string, std::string> expressions;
  for_each_problem(float64, [&](const OpCase& c, const Problem& p) {
    expressions[p.key] = c.torch;
    const auto put = [&](const std::string& name, const Tensor& t) {
      if (t.defined()) tensors[p.key + '/' + name] = t.array();
    };
    for (std::size_t i = 0; i < p.inputs.size(); ++i) put("x" + std::to_string(i), p.inputs[i]);
    put("v", p.v);
    for (std::size_t i = 0; i < p.w.size(); ++i) put("w" + std::to_string(i), p.w[i]);
  });
  save_safetensors(argv[1], tensors, expressions);
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
