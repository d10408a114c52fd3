// SPDX-License-Identifier: MIT
// Tests that a program compiled without -march=native, for the oldest processors of its kind, gives
// the same results at every CPU level.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>

#include "support/files.hpp"
#include "values.hpp"

using namespace tinygrad;

namespace {
// The values of the program that was compiled for any processor, at one level.
NamedArrays values_at(const char* level) {
  const support::TemporaryFolder folder;
  const std::string path = folder.file("values.safetensors");
  const std::string command =
      std::string("TINYGRAD_CPU_LEVEL=") + level + " \"" PORTABLE_VALUES "\" \"" + path + "\"";
  REQUIRE(std::system(command.c_str()) == 0);
  return load_safetensors(path).tensors;
}

bool same_bits(const Array& a, const Array& b) {
  return std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
}
}  // namespace

TEST_CASE("code for any processor gives the values of code for this one, at every level") {
  const NamedArrays expected = portable::values();
  for (const CpuLevel level : {CpuLevel::kBaseline, CpuLevel::kV3, CpuLevel::kV4}) {
    if (level > processor_level()) continue;
    CAPTURE(name_of(level));
    const NamedArrays found = values_at(name_of(level));
    REQUIRE(found.size() == expected.size());
    for (const auto& [name, here] : expected) {
      CAPTURE(name);
      const Array& there = found.at(name);
      REQUIRE(there.shape() == here.shape());
      if (name.starts_with("exact")) {
        CHECK(same_bits(here, there));
        continue;
      }
      double worst = 0;
      for (Index i = 0; i < here.count(); ++i)
        worst = std::max(worst, std::abs(there.at(i) - here.at(i)) / (1 + std::abs(here.at(i))));
      // Products and sums of up to 2584 terms, fused or not, in another order: a few units of the
      // last place each. Three steps of Adam divide by the root of gradients as small as that
      // noise.
      CHECK_MESSAGE(worst < (name.starts_with("trained") ? 1e-3 : 1e-5),
                    name << " is off by " << worst);
    }
  }
}
