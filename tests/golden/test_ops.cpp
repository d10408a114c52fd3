// SPDX-License-Identifier: MIT
// Every row against what PyTorch answered: values, gradients and second gradients, in both
// precisions, at the samples and at the special values.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "golden/op_problems.hpp"
#include "tinygrad/io.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {

const Safetensors& recorded() {
  static const Safetensors file =
      load_safetensors(std::string(TINYGRAD_SOURCE_DIR) + "/tests/golden/ops.safetensors");
  return file;
}

bool same(double a, double b, double tolerance) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (std::isinf(a) || std::isinf(b)) return a == b;
  return std::fabs(a - b) <= tolerance * (1 + std::fabs(b));
}

// An undefined gradient of ours and a missing one of PyTorch's both mean zero.
void compare(const std::string& key, const std::string& part, const Tensor& got, double tolerance) {
  const auto found = recorded().tensors.find(key + '/' + part);
  const bool there = found != recorded().tensors.end();
  REQUIRE((part != "y" || there));
  if (there && got.defined()) REQUIRE(got.shape() == found->second.shape());
  const Index n = there ? found->second.count() : got.defined() ? got.numel() : 0;
  for (Index i = 0; i < n; ++i) {
    const double ours = got.defined() ? got.array().at(i) : 0;
    const double theirs = there ? found->second.at(i) : 0;
    if (same(ours, theirs, tolerance)) continue;
    FAIL_CHECK(part << ", element " << i << ": got " << ours << ", PyTorch " << theirs);
    return;
  }
}

void check_against_torch(Dtype floating) {
  for_each_problem(floating, [&](const OpCase& c, const Problem& p) {
    CAPTURE(p.key);
    const auto expression = recorded().metadata.find(p.key);
    REQUIRE_MESSAGE(expression != recorded().metadata.end(), "not recorded; run record_ops.py");
    REQUIRE_MESSAGE(expression->second == c.torch, "recorded from another expression");
    const bool once = recorded().tensors.count(p.key + "/once") > 0;
    const bool special = p.key.find("#special") != std::string::npos;
    if (special && !c.differs_from_torch.empty()) return;
    CHECK_MESSAGE((c.torch_tolerance == 1e-12 || !c.torch_tolerance_reason.empty()),
                  "a tolerance needs a reason");
    const double tolerance = std::max(c.torch_tolerance, floating == float64 ? 1e-12 : c.tolerance);
    compare(p.key, "y", p.output, tolerance);
    if (!p.output.requires_grad()) return;
    Tensors leaves;
    std::vector<std::size_t> numbers;
    for (std::size_t i = 0; i < p.inputs.size(); ++i) {
      if (!p.inputs[i].requires_grad()) continue;
      leaves.push_back(p.inputs[i]);
      numbers.push_back(i);
    }
    const Tensors g = grad({p.output}, leaves, {p.v}, {.create_graph = !special});
    Tensors first, cotangents;
    for (std::size_t k = 0; k < g.size(); ++k) {
      compare(p.key, "g" + std::to_string(numbers[k]), g[k], tolerance);
      if (special || !g[k].defined() || !g[k].requires_grad()) continue;
      first.push_back(g[k]);
      cotangents.push_back(p.w[numbers[k]]);
    }
    if (special || once) return;  // PyTorch has no second gradient there
    const Tensors h = first.empty() ? Tensors(leaves.size()) : grad(first, leaves, cotangents);
    for (std::size_t k = 0; k < h.size(); ++k)
      compare(p.key, "h" + std::to_string(numbers[k]), h[k], tolerance);
  });
}

}  // namespace

TEST_CASE("every op agrees with PyTorch in float64 to 1e-12, up to its second gradient") {
  check_against_torch(float64);
}

TEST_CASE("every op agrees with PyTorch in float32, up to its second gradient") {
  check_against_torch(float32);
}

TEST_CASE("nothing is recorded that is not asked any more") {
  std::set<std::string> asked{"torch"};
  for_each_problem(float64, [&](const OpCase&, const Problem& p) { asked.insert(p.key); });
  for (const auto& [key, expression] : recorded().metadata)
    CHECK_MESSAGE(asked.count(key), key << " is stale; run record_ops.py");
}
