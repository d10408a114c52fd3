// SPDX-License-Identifier: MIT
// Tests the choice of the CPU level, and that the copies of a function for the levels agree.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tinygrad/core/cpu_level.hpp"
#include "tinygrad/core/parallel.hpp"

using namespace tinygrad;

namespace {
constexpr CpuLevel kBaseline = CpuLevel::kBaseline, kV3 = CpuLevel::kV3, kV4 = CpuLevel::kV4;

CpuLevel chosen(const char* wish, CpuLevel own, CpuLevel best, std::string& complaint) {
  const char* text = nullptr;
  const CpuLevel level = detail::chosen_level(wish, own, best, text);
  complaint = text ? text : "";
  return level;
}

// Each step is exact, so that copies with and without fused multiply-adds must agree to the bit.
void halve(Index n, float* out, const float* in) {
  for (Index i = 0; i < n; ++i) out[i] = in[i] < 0 ? -in[i] : in[i] * 0.5F;
}
}  // namespace

TEST_CASE("without a wish the level is the best of the processor") {
  std::string complaint;
  for (const CpuLevel best : {kBaseline, kV3, kV4}) {
    CHECK(chosen("", kBaseline, best, complaint) == best);
    CHECK(complaint.empty());
  }
}

TEST_CASE("a wish lowers the level") {
  std::string complaint;
  CHECK(chosen("v3", kBaseline, kV4, complaint) == kV3);
  CHECK(complaint.empty());
  CHECK(chosen("baseline", kBaseline, kV4, complaint) == kBaseline);
  CHECK(complaint.empty());
  CHECK(chosen("v4", kV3, kV4, complaint) == kV4);
  CHECK(complaint.empty());
}

TEST_CASE("a wish that cannot be met is reported, and the nearest level is used") {
  std::string complaint;
  CHECK(chosen("v4", kBaseline, kV3, complaint) == kV3);
  CHECK(complaint == "this processor lacks instructions of that level");
  CHECK(chosen("baseline", kV3, kV4, complaint) == kV3);
  CHECK(complaint == "the program itself was compiled for a higher level");
  CHECK(chosen("avx2", kBaseline, kV4, complaint) == kV4);
  CHECK(complaint == "the levels are baseline, v3 and v4");
}

TEST_CASE("the level in use lies between the program's own and the processor's") {
  CHECK(cpu_level() >= own_cpu_level);
  CHECK(cpu_level() <= std::max(own_cpu_level, processor_level()));
  CHECK(cpu_level() == cpu_level());
}

#ifdef __AVX__
TEST_CASE("a processor that runs the program lacks nothing of what its flags demand") {
  CHECK(detail::lacking_instructions() == nullptr);
}
#endif

TEST_CASE("every copy of a function computes the same") {
  std::array<float, 1003> in, expected, found;
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<float>(i) - 500.0F;
  const auto n = static_cast<Index>(in.size());
  halve(n, expected.data(), in.data());
  for (const auto copy :
       {best_copy<halve, kBaseline>(), best_copy<halve>(), best_copy<halve, kV4>()}) {
    found.fill(-1);
    copy(n, found.data(), in.data());
    CHECK(found == expected);
  }
}

TEST_CASE("vector_for calls its loop once for every index, on every level") {
  constexpr Index n = 100'000;
  std::vector<int> calls(n, 0);
  vector_for(n, 1000, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) ++calls[static_cast<std::size_t>(i)];
  });
  vector_for<kV4>(n, 1000, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) ++calls[static_cast<std::size_t>(i)];
  });
  for (const int count : calls) REQUIRE(count == 2);
}

TEST_CASE("what a loop throws reaches the caller, on every level") {
  CHECK_THROWS_AS(
      vector_tasks(8, [](Index task) { check<ValueError>(task != 5, {"loop"}, "task=", task); }),
      ValueError);
}
