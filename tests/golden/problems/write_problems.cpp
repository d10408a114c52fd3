// SPDX-License-Identifier: MIT
// The program golden_problems: writes the problems of the op-case and layer-case tables, one file
// for each family. record/families.py has PyTorch compute them.
#define DOCTEST_CONFIG_IMPLEMENT  // the rows are built with the tests' precompiled header
#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>

#include "golden/problems/layer_problems.hpp"
#include "golden/problems/op_problems.hpp"
#include "golden/problems/special_problems.hpp"
#include "tinygrad/io.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {

// The metadata of special problems: "group" holds PyTorch's expression, "group/differentiable" is
// there if there is something to differentiate.
void add_specials(ProblemFiles& files, const std::string& family) {
  for (const Dtype floating : {float64, float32}) {
    std::size_t number = 10000;  // five digits: the names are sorted
    for_each_special_problem(
        floating,
        [&](const SpecialProblem& p) {
          if (p.row->torch.empty()) return;
          Safetensors& file = files[p.family()];
          file.metadata[p.group()] = p.row->torch;
          if (p.row->differentiable) file.metadata[p.group() + "/differentiable"] = "";
          for (std::size_t i = 0; i < p.inputs.size(); ++i)
            file.tensors[str_cat(p.group(), '/', number, "/x", i)] = p.inputs[i].array();
          ++number;
        },
        family);
  }
}

void add(ProblemFiles& files, const std::string& kind, const std::string& family) {
  const auto put = [&](const Problem& p) { files.add(p); };
  if (kind == "ops") {
    for_each_op_problem(float64, put, family);
    add_specials(files, family);
  } else {
    for_each_layer_problem(float64, put, family);
  }
}

// What to write for an argument such as "ops/loss/ctc".
void add_named(ProblemFiles& files, const std::string& argument) {
  for (const OpFamily& family : op_families())
    if (argument == str_cat("ops/", family.name)) return add(files, "ops", family.name);
  for (const LayerFamily& family : layer_families())
    if (argument == str_cat("layers/", family.name)) return add(files, "layers", family.name);
  fail<Error>({"golden_problems"}, "no family is called ", argument,
              "; names are like ops/loss/ctc and layers/conv");
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s FOLDER [FAMILY...]\n", argv[0]);
    return 2;
  }
  ProblemFiles files;
  for (int i = 2; i < argc; ++i) add_named(files, argv[i]);
  if (argc == 2) {
    add(files, "ops", "");
    add(files, "layers", "");
  }
  for (const auto& [family, file] : files.all()) {
    const std::filesystem::path path = std::filesystem::path(argv[1]) / (family + ".safetensors");
    std::filesystem::create_directories(path.parent_path());
    save_safetensors(path.string(), file.tensors, file.metadata);
  }
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
