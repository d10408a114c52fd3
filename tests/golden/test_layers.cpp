// SPDX-License-Identifier: MIT
// Every layer against what PyTorch answered with the same state: values, gradients and second
// gradients of inputs and parameters, in both precisions.
#include "golden/layer_problems.hpp"
#include "golden/recorded.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
const Recorded& recorded_layers() {
  static const Recorded file("layers.safetensors", "record_layers.py");
  return file;
}
}  // namespace

TEST_CASE("every layer agrees with PyTorch in float64, up to its second gradient") {
  for_each_layer_problem(float64,
                         [](const Problem& p) { recorded_layers().check(p, p.float64_tolerance); });
}

TEST_CASE("every layer agrees with PyTorch in float32, up to its second gradient") {
  for_each_layer_problem(float32,
                         [](const Problem& p) { recorded_layers().check(p, p.float32_tolerance); });
}

TEST_CASE("no answer about a layer is recorded that is not asked any more") {
  std::set<std::string> asked;
  for_each_layer_problem(float64, [&](const Problem& p) { asked.insert(p.key); });
  recorded_layers().check_nothing_is_stale(asked);
}
