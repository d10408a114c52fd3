// SPDX-License-Identifier: MIT
// Tests every op at NaN, infinities, zeros and the extremes of its dtype: against PyTorch's
// recorded answers, and the plain gradient against the gradient that can be differentiated again.
#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "golden/compare/recorded.hpp"
#include "golden/compare/special_answers.hpp"
#include "golden/compare/special_differences.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {

std::vector<std::string> split(std::string text, const std::string& separator) {
  std::vector<std::string> out;
  for (std::size_t end; (end = text.find(separator)) != std::string::npos;
       text.erase(0, end + separator.size()))
    out.push_back(text.substr(0, end));
  out.push_back(text);
  return out;
}

// One row at one special value, value or gradient.
using Place = std::tuple<std::string, std::string, std::string>;

// Which differences are meant, and which of these were seen.
class Meant {
 public:
  /// Those between the two gradients, or those from PyTorch.
  explicit Meant(bool of_gradients) {
    for (const MeantDifference& d : kMeantDifferences) {
      if ((d.part == std::string("create_graph")) != of_gradients) continue;
      for (const std::string& row : split(d.rows, "; "))
        for (const std::string& special : split(d.specials, " "))
          CHECK_MESSAGE(seen_.emplace(Place{row, special, d.part}, !d.everywhere).second,
                        row << " at " << special << " is listed twice");
    }
  }

  bool has(const std::string& row, const std::string& special, const std::string& part) {
    bool found = false;
    for (const std::string& name : {row, row.substr(0, row.find('/'))}) {
      const auto place = seen_.find({name, special, part.substr(0, part.find(' '))});
      if (place == seen_.end()) continue;
      place->second = found = true;
    }
    return found;
  }

  void check_all_were_seen() const {
    for (const auto& [place, seen] : seen_) {
      const auto& [row, special, part] = place;
      CHECK_MESSAGE(seen, row << " at " << special
                              << ", listed in special_differences.hpp, has no other " << part);
    }
  }

 private:
  std::map<Place, bool> seen_;
};

double tolerance(const SpecialProblem& p) {
  const OpCase& c = *p.row;
  return p.floating == float64 ? c.torch_tolerance : std::max(c.tolerance, c.torch_tolerance);
}

std::string place(const SpecialProblem& p) {
  return str_cat(p.group(), ", ", p.special, " in input ", p.input);
}

}  // namespace

TEST_CASE("at special values every op gives PyTorch's value and gradient, or differs as listed") {
  Answers answers;
  Meant meant(false);
  std::map<std::string, std::set<std::string>> asked;
  for (const Dtype floating : {float64, float32}) {
    std::optional<SpecialRecord> record;
    for_each_special_problem(floating, [&](const SpecialProblem& p) {
      if (p.row->torch.empty()) return;
      const std::string group = p.group(), how = how_to_record("ops/" + p.row->family);
      if (asked[p.family()].insert(group).second) {
        if (record) CHECK(record->at_end());
        const Safetensors* const file = answers.find(p.family());
        REQUIRE_MESSAGE(file, p.family() << " has no answers; " << how);
        const auto expression = file->metadata.find(group);
        REQUIRE_MESSAGE(expression != file->metadata.end(), group << " is not recorded; " << how);
        REQUIRE_MESSAGE(expression->second == p.row->torch,
                        group << " is recorded from another expression; " << how);
        record.emplace(file->tensors.at(group));
      }
      for (const SpecialDifference& d : record->compare(special_answer(p, false), tolerance(p)))
        CHECK_MESSAGE(meant.has(p.row->name, p.special, d.part),
                      place(p) << ": " << d.text << "; mend it, or list it with its reason");
    });
    CHECK(record->at_end());
  }
  meant.check_all_were_seen();
  answers.check_nothing_is_stale("specials", asked);
}

TEST_CASE("at special values the gradient is the same whether it can be differentiated or not") {
  Meant meant(true);
  for (const Dtype floating : {float64, float32}) {
    for_each_special_problem(floating, [&](const SpecialProblem& p) {
      const SpecialAnswer plain = special_answer(p, false);
      if (plain.refused) return;
      const SpecialAnswer recorded = special_answer(p, true);
      for (std::size_t k = 0; k < plain.gradients.size(); ++k)
        if (const auto d = difference(str_cat("gradient ", k), recorded.gradients[k],
                                      plain.gradients[k], tolerance(p)))
          CHECK_MESSAGE(meant.has(p.row->name, p.special, "create_graph"),
                        place(p) << ", with create_graph: " << d->text);
    });
  }
  meant.check_all_were_seen();
}
