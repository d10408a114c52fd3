// SPDX-License-Identifier: MIT
// Tests every op against PyTorch's recorded answers: values, gradients and second gradients, in
// both precisions, at the samples and special values of the rows.
#include "golden/compare/recorded.hpp"
#include "golden/problems/op_problems.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

TEST_CASE("every op agrees with PyTorch in float64 to 1e-12, up to its second gradient") {
  Recorded recorded;
  for_each_op_problem(float64, [&](const Problem& p) { recorded.check(p, p.float64_tolerance); });
}

TEST_CASE("every op agrees with PyTorch in float32, up to its second gradient") {
  Recorded recorded;
  for_each_op_problem(float32, [&](const Problem& p) { recorded.check(p, p.float32_tolerance); });
}

TEST_CASE("no answer about an op is recorded that is not asked any more") {
  std::map<std::string, std::set<std::string>> asked;
  for_each_op_problem(float64, [&](const Problem& p) { asked[p.family].insert(p.key); });
  Answers().check_nothing_is_stale("ops", asked);
}
