// SPDX-License-Identifier: MIT
// Tests every elementwise operation against 113-bit arithmetic: value within 4 and gradient within
// 8 units of the last place, at points of all sizes, for both dtypes. The environment variable
// TINYGRAD_ACCURACY_POINTS sets the number of points (4000).
#include <doctest/doctest.h>

#include <cstdlib>
#include <set>

#include "accuracy/measure.hpp"
#include "structure/ops_page_files.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {

std::size_t point_count() {
  const char* given = std::getenv("TINYGRAD_ACCURACY_POINTS");
  return given ? static_cast<std::size_t>(std::strtoull(given, nullptr, 10)) : 4000;
}

}  // namespace

TEST_CASE("every elementwise op is within its bounds of the exact value and gradient") {
  for (const AccuracyCase& c : accuracy_cases()) {
    for (const Dtype dtype : {float32, float64}) {
      const std::string name = str_cat(c.name, ' ', dtype);
      CAPTURE(name);
      const Bound& bound = dtype == float32 ? c.float32_bound : c.float64_bound;
      const Bound standard;
      const bool wider = bound.value > standard.value || bound.slope > standard.slope ||
                         bound.value_absolute > 0 || bound.slope_absolute > 0;
      CHECK_MESSAGE((!wider || !bound.reason.empty()), "a wider bound needs a reason");
      const Accuracy a = measure(c, dtype, accuracy_points(c, dtype, point_count()));
      CHECK_MESSAGE(a.value.within, "value: " << to_string(a.value));
      for (std::size_t k = 0; k < a.slopes.size(); ++k) {
        CHECK_MESSAGE(a.slopes[k].within, "gradient " << k << ": " << to_string(a.slopes[k]));
        CHECK_MESSAGE(a.composed[k].within,
                      "composed gradient " << k << ": " << to_string(a.composed[k]));
      }
    }
  }
}

TEST_CASE("every function of ops/elementwise/ has an accuracy case, or a reason to have none") {
  std::set<std::string> has;
  for (const AccuracyCase& c : accuracy_cases()) has.insert(c.name.substr(0, c.name.find('/')));
  // softmin and glu work along a dim; the others have parameters that are tensors or random.
  static const std::set<std::string> others = {"softmin", "glu", "prelu", "rrelu"};
  std::size_t functions = 0;
  for (const ops_page::Family& family : ops_page::read_ops().families) {
    if (!family.name.starts_with("elementwise/") || family.name == "elementwise/inplace") continue;
    for (const auto& block : family.blocks)
      for (const auto& name : block.names) {
        if (others.count(name)) continue;
        ++functions;
        CHECK_MESSAGE(
            has.count(name) + without_accuracy_case().count(name) == 1,
            name << " of ops/" << family.name << ".hpp has no accuracy case and no reason");
      }
  }
  CHECK(functions > 80);
}

TEST_CASE("docs/accuracy.md lists every accuracy case; if not, build and run accuracy_page") {
  const std::string page = ops_page::read_file(ops_page::kTree / "docs/accuracy.md");
  for (const AccuracyCase& c : accuracy_cases())
    CHECK_MESSAGE(page.find("| `" + c.name + "` |") != std::string::npos, c.name);
}
