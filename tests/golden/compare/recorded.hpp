// SPDX-License-Identifier: MIT
// PyTorch's recorded answers to the problems, and the comparison of this library's answers with
// them.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "golden/problems/problem.hpp"

namespace tinygrad::test {

/// What to run where an answer is missing or stale.
inline std::string how_to_record(std::string family) {
  constexpr std::string_view kSpecials = "specials/";  // recorded with the family's other answers
  if (family.starts_with(kSpecials)) family.replace(0, kSpecials.size(), "ops/");
  return "run: python3 tests/golden/record/families.py " + family;
}

/// The files of answers/, each read when it is first asked for.
class Answers {
 public:
  /// The answers of a family such as "ops/loss/ctc"; nullptr if none are recorded.
  const Safetensors* find(const std::string& family) {
    const auto [place, is_new] = files_.try_emplace(family);
    if (is_new && std::filesystem::exists(path(family)))
      place->second = load_safetensors(path(family).string());
    return place->second ? &*place->second : nullptr;
  }

  /// Fails for each file of a folder of answers/, and each key in it, that is not among `asked`:
  /// the keys by family.
  void check_nothing_is_stale(const std::string& folder,
                              const std::map<std::string, std::set<std::string>>& asked) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kFolder / folder)) {
      if (!entry.is_regular_file()) continue;
      const std::string family =
          std::filesystem::relative(entry.path(), kFolder).replace_extension().generic_string();
      const auto keys = asked.find(family);
      CHECK_MESSAGE(keys != asked.end(),
                    family << " is no family any more; delete " << entry.path().string());
      if (keys == asked.end()) continue;
      for (const auto& [name, text] : find(family)->metadata) {
        const std::string key = name.ends_with("/h") ? name.substr(0, name.size() - 2) : name;
        CHECK_MESSAGE((key == "torch" || keys->second.count(key)),
                      key << " is stale; " << how_to_record(family));
      }
    }
  }

 private:
  inline static const std::filesystem::path kFolder =
      std::filesystem::path(TINYGRAD_SOURCE_DIR) / "tests/golden/answers";
  static std::filesystem::path path(const std::string& family) {
    return kFolder / (family + ".safetensors");
  }

  std::map<std::string, std::optional<Safetensors>> files_;
};

class Recorded {
 public:
  /// Value, gradients and second gradients of the problem, all to `tolerance`.
  void check(const Problem& p, double tolerance) {
    CAPTURE(p.key);
    const Safetensors* const file = answers_.find(p.family);
    REQUIRE_MESSAGE(file, "no answers for this family; " << how_to_record(p.family));
    const auto expression = file->metadata.find(p.key);
    REQUIRE_MESSAGE(expression != file->metadata.end(),
                    "not recorded; " << how_to_record(p.family));
    REQUIRE_MESSAGE(expression->second == p.expression,
                    "recorded from another expression; " << how_to_record(p.family));
    if (!p.compared) return;
    compare(*file, p.key, "y", p.output, tolerance);
    if (!p.output.requires_grad()) return;
    Tensors leaves;
    std::vector<std::size_t> numbers;
    const Tensors all = p.leaves();
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!all[i].requires_grad()) continue;
      leaves.push_back(all[i]);
      numbers.push_back(i);
    }
    const bool twice = p.twice && !file->metadata.count(p.key + "/h");  // PyTorch has none
    const Tensors g = grad({p.output}, leaves, {p.v}, {.create_graph = twice});
    Tensors first, cotangents;
    for (std::size_t k = 0; k < g.size(); ++k) {
      compare(*file, p.key, "g" + std::to_string(numbers[k]), g[k], tolerance);
      if (!twice || !g[k].defined() || !g[k].requires_grad()) continue;
      first.push_back(g[k]);
      cotangents.push_back(p.w[numbers[k]]);
    }
    if (!twice) return;
    const Tensors h = first.empty() ? Tensors(leaves.size()) : grad(first, leaves, cotangents);
    for (std::size_t k = 0; k < h.size(); ++k)
      compare(*file, p.key, "h" + std::to_string(numbers[k]), h[k], tolerance);
  }

 private:
  // An undefined gradient of ours and a missing one of PyTorch's both mean zero.
  static void compare(const Safetensors& file, const std::string& key, const std::string& part,
                      const Tensor& got, double tolerance) {
    const auto found = file.tensors.find(key + '/' + part);
    const bool there = found != file.tensors.end();
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

  Answers answers_;
};

}  // namespace tinygrad::test
