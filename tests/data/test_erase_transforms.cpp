// SPDX-License-Identifier: MIT
// Tests of data/transforms/erase.hpp: Cutout, RandomErasing.
#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "support/images.hpp"
#include "support/messages.hpp"
#include "tinygrad/data/transforms/erase.hpp"

using namespace tinygrad;
using namespace tinygrad::data;
using support::contains;
using support::message_of;

namespace {

/// Where the zeros of a picture of ones are; they must be a full rectangle, alike in each channel.
struct Hole {
  Index top = 99, left = 99, height = 0, width = 0, count = 0;
};
Hole hole_of(const Array& image) {
  const Index C = image.shape()[0], H = image.shape()[1], W = image.shape()[2];
  Hole hole;
  bool alike = true;
  Index bottom = 0, right = 0;
  for (Index y = 0; y < H; ++y)
    for (Index x = 0; x < W; ++x) {
      const bool zero = image.at(y * W + x) == 0;
      for (Index c = 1; c < C; ++c) alike &= (image.at((c * H + y) * W + x) == 0) == zero;
      if (!zero) continue;
      hole.top = std::min(hole.top, y), bottom = std::max(bottom, y + 1);
      hole.left = std::min(hole.left, x), right = std::max(right, x + 1);
      ++hole.count;
    }
  REQUIRE(alike);
  if (hole.count == 0) return hole;
  hole.height = bottom - hole.top, hole.width = right - hole.left;
  REQUIRE(hole.count == hole.height * hole.width);
  return hole;
}

}  // namespace

TEST_CASE("Cutout blots out a square that may reach over the edge, and leaves its argument alone") {
  const Array x = Array::full({3, 10, 12}, 1, uint8);
  Generator random(1);
  std::set<Index> tops;
  Index most = 0;
  for (int round = 0; round < 300; ++round) {
    const Hole hole = hole_of(Cutout(4)(x, random));
    REQUIRE(hole.count > 0);
    CHECK((hole.height <= 4 && hole.width <= 4));
    if (hole.height < 4) CHECK((hole.top == 0 || hole.top + hole.height == 10));
    tops.insert(hole.top);
    most = std::max(most, hole.count);
  }
  CHECK(most == 16);
  CHECK(tops.size() == 8);  // 0 … 7
  CHECK(hole_of(x).count == 0);
  CHECK(Cutout(4, {.p = 0})(x, random).same_as(x));
  CHECK(Cutout(1, {.fill = 7})(x, random).at(0) <= 7);
}

TEST_CASE("RandomErasing keeps area and shape in their ranges, and stays inside") {
  const Array x = Array::full({3, 40, 40}, 1, float32);
  const RandomErasing erase(
      {.p = 1, .scale_low = 0.1, .scale_high = 0.2, .ratio_low = 0.5, .ratio_high = 2});
  Generator random(2);
  for (int round = 0; round < 300; ++round) {
    const Hole hole = hole_of(erase(x, random));
    CHECK((hole.count > 128 && hole.count < 368));  // of 1600
    const double ratio = static_cast<double>(hole.height) / static_cast<double>(hole.width);
    CHECK((ratio > 0.42 && ratio < 2.4));
  }
  int erased = 0;
  for (int round = 0; round < 1000; ++round) erased += !RandomErasing()(x, random).same_as(x);
  CHECK(std::abs(erased - 500) < 80);
  CHECK(RandomErasing({.p = 1, .scale_low = 1, .scale_high = 1})(x, random).same_as(
      x));  // never fits
}

TEST_CASE("wrong probabilities and ranges are errors") {
  CHECK(contains(message_of<ValueError>([] { Cutout(3, {.fill = std::nan("")}); }),
                 "[Cutout] fill="));
  CHECK(contains(message_of<ValueError>([] { RandomErasing({.fill = std::nan("")}); }),
                 "[RandomErasing] fill="));
  CHECK(contains(message_of<ValueError>([] { Cutout(3, {.p = 2}); }),
                 "[Cutout] p=2 must be in [0, 1]"));
  CHECK_THROWS_AS(Cutout(-1), ValueError);
  CHECK_THROWS_AS(RandomErasing({.scale_low = 0.5, .scale_high = 0.4}), ValueError);
  CHECK_THROWS_AS(RandomErasing({.ratio_low = 0}), ValueError);
}
