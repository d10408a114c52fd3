// SPDX-License-Identifier: MIT
// Tests every layer against PyTorch's recorded answers with the same state: values, gradients and
// second gradients of inputs and parameters, in both precisions.
#include "golden/compare/recorded.hpp"
#include "golden/problems/layer_problems.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

TEST_CASE("every layer agrees with PyTorch in float64, up to its second gradient") {
  Recorded recorded;
  for_each_layer_problem(float64,
                         [&](const Problem& p) { recorded.check(p, p.float64_tolerance); });
}

TEST_CASE("every layer agrees with PyTorch in float32, up to its second gradient") {
  Recorded recorded;
  for_each_layer_problem(float32,
                         [&](const Problem& p) { recorded.check(p, p.float32_tolerance); });
}

TEST_CASE("no answer about a layer is recorded that is not asked any more") {
  std::map<std::string, std::set<std::string>> asked;
  for_each_layer_problem(float64, [&](const Problem& p) { asked[p.family].insert(p.key); });
  Answers().check_nothing_is_stale("layers", asked);
}
