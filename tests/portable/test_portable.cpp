// SPDX-License-Identifier: MIT
// Tests that a program compiled without -march=native, for the oldest processors of its kind, gives
// the same results.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>

#include "support/files.hpp"
#include "values.hpp"

using namespace tinygrad;

TEST_CASE("code for any processor gives the values of code for this one") {
  const support::TemporaryFolder folder;
  const std::string path = folder.file("values.safetensors");
  REQUIRE(std::system(("\"" PORTABLE_VALUES "\" \"" + path + "\"").c_str()) == 0);
  const NamedArrays found = load_safetensors(path).tensors, expected = portable::values();
  REQUIRE(found.size() == expected.size());
  for (const auto& [name, here] : expected) {
    const Array& there = found.at(name);
    REQUIRE(there.shape() == here.shape());
    double worst = 0;
    for (Index i = 0; i < here.count(); ++i)
      worst = std::max(worst, std::abs(there.at(i) - here.at(i)) / (1 + std::abs(here.at(i))));
    // Products and sums of up to 2584 terms, fused or not, in another order: a few units of the
    // last place each. Three steps of Adam divide by the root of gradients as small as that noise.
    CHECK_MESSAGE(worst < (name.starts_with("trained") ? 1e-3 : 1e-5),
                  name << " is off by " << worst);
  }
}
