// SPDX-License-Identifier: MIT
// Every op against what PyTorch answered: values, gradients and second gradients, in both
// precisions, at the samples and at the special values.
#include "golden/op_problems.hpp"
#include "golden/recorded.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
const Recorded& recorded_ops() {
  static const Recorded file("ops.safetensors", "record_ops.py");
  return file;
}
}  // namespace

TEST_CASE("every op agrees with PyTorch in float64 to 1e-12, up to its second gradient") {
  for_each_op_problem(float64,
                      [](const Problem& p) { recorded_ops().check(p, p.float64_tolerance); });
}

TEST_CASE("every op agrees with PyTorch in float32, up to its second gradient") {
  for_each_op_problem(float32,
                      [](const Problem& p) { recorded_ops().check(p, p.float32_tolerance); });
}

TEST_CASE("no answer about an op is recorded that is not asked any more") {
  std::set<std::string> asked;
  for_each_op_problem(float64, [&](const Problem& p) { asked.insert(p.key); });
  recorded_ops().check_nothing_is_stale(asked);
}
