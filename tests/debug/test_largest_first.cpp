// SPDX-License-Identifier: MIT
// Tests of debug/largest_first.hpp.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "tinygrad/debug/largest_first.hpp"

using namespace tinygrad;

TEST_CASE("The largest come first, and equal ones keep their order") {
  using Named = std::pair<std::string, int>;
  std::vector<Named> items{{"a", 2}, {"b", 7}, {"c", 2}, {"d", 7}, {"e", 0}, {"f", 2}};
  debug::largest_first(items, [](const Named& item) { return item.second; });
  std::string order;
  for (const auto& [name, size] : items) order += name;
  CHECK(order == "bdacfe");

  std::vector<Named> none;
  debug::largest_first(none, [](const Named& item) { return item.second; });
  CHECK(none.empty());
}
