// SPDX-License-Identifier: MIT
// What PyTorch answered to the problems, and the comparison of this library's answers with it.
#pragma once

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "golden/problem.hpp"

namespace tinygrad::test {

class Recorded {
 public:
  /// `file` in tests/golden, recorded by `script`.
  Recorded(const std::string& file, std::string script)
      : file_(load_safetensors(std::string(TINYGRAD_SOURCE_DIR) + "/tests/golden/" + file)),
        script_(std::move(script)) {}

  /// Value, gradients and second gradients of the problem, all to `tolerance`.
  void check(const Problem& p, double tolerance) const {
    CAPTURE(p.key);
    const auto expression = file_.metadata.find(p.key);
    REQUIRE_MESSAGE(expression != file_.metadata.end(), "not recorded; run " << script_);
    REQUIRE_MESSAGE(expression->second == p.expression, "recorded from another expression");
    if (!p.compared) return;
    compare(p.key, "y", p.output, tolerance);
    if (!p.output.requires_grad()) return;
    Tensors leaves;
    std::vector<std::size_t> numbers;
    const Tensors all = p.leaves();
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!all[i].requires_grad()) continue;
      leaves.push_back(all[i]);
      numbers.push_back(i);
    }
    const bool twice = p.twice && !file_.metadata.count(p.key + "/h");  // PyTorch has none
    const Tensors g = grad({p.output}, leaves, {p.v}, {.create_graph = twice});
    Tensors first, cotangents;
    for (std::size_t k = 0; k < g.size(); ++k) {
      compare(p.key, "g" + std::to_string(numbers[k]), g[k], tolerance);
      if (!twice || !g[k].defined() || !g[k].requires_grad()) continue;
      first.push_back(g[k]);
      cotangents.push_back(p.w[numbers[k]]);
    }
    if (!twice) return;
    const Tensors h = first.empty() ? Tensors(leaves.size()) : grad(first, leaves, cotangents);
    for (std::size_t k = 0; k < h.size(); ++k)
      compare(p.key, "h" + std::to_string(numbers[k]), h[k], tolerance);
  }

  /// Fails for everything recorded that is not one of the `asked` keys.
  void check_nothing_is_stale(std::set<std::string> asked) const {
    asked.insert("torch");  // its version
    for (const auto& [name, text] : file_.metadata) {
      const std::string key = name.ends_with("/h") ? name.substr(0, name.size() - 2) : name;
      CHECK_MESSAGE(asked.count(key), key << " is stale; run " << script_);
    }
  }

 private:
  // An undefined gradient of ours and a missing one of PyTorch's both mean zero.
  void compare(const std::string& key, const std::string& part, const Tensor& got,
               double tolerance) const {
    const auto found = file_.tensors.find(key + '/' + part);
    const bool there = found != file_.tensors.end();
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

  Safetensors file_;
  std::string script_;
};

}  // namespace tinygrad::test
