// SPDX-License-Identifier: MIT
// Tests of data/transforms/crop.hpp: Pad, CenterCrop, RandomCrop, flips.
#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "support/images.hpp"
#include "support/messages.hpp"
#include "tinygrad/data/transforms/crop.hpp"

using namespace tinygrad;
using namespace tinygrad::data;
using support::contains;
using support::image;
using support::message_of;
using support::values_of;

namespace {

/// Pixel (c, y, x), or `fill` outside.
double pixel(const Array& x, Index c, Index row, Index column, double fill = 0) {
  const Index H = x.shape()[1], W = x.shape()[2];
  const bool inside = 0 <= row && row < H && 0 <= column && column < W;
  return inside ? x.at((c * H + row) * W + column) : fill;
}

/// True if `part` is the window of `x` at (top, left).
bool is_window(const Array& part, const Array& x, Index top, Index left, double fill = 0) {
  for (Index c = 0; c < part.shape()[0]; ++c)
    for (Index row = 0; row < part.shape()[1]; ++row)
      for (Index column = 0; column < part.shape()[2]; ++column)
        if (pixel(part, c, row, column) != pixel(x, c, top + row, left + column, fill))
          return false;
  return true;
}

}  // namespace

TEST_CASE("Pad puts a constant border around the picture") {
  Generator random(1);
  for (const Dtype dtype : {uint8, float32}) {
    const Array x = image(2, 3, 4, dtype), y = Pad(2, {.fill = 1})(x, random);
    CHECK(y.dtype() == dtype);
    CHECK(y.shape() == Shape{2, 7, 8});
    CHECK(is_window(y, x, -2, -2, 1));
  }
  CHECK(Pad(0)(image(1, 0, 3), random).shape() == Shape{1, 0, 3});
}

TEST_CASE("CenterCrop takes torchvision's middle, and pads what is too small") {
  Generator random(1);
  const auto at = [&](Index H, Index W, Index size, Index top, Index left) {
    const Array x = image(3, H, W), y = CenterCrop(size)(x, random);
    CHECK(y.shape() == Shape{3, size, size});
    return is_window(y, x, top, left);
  };
  CHECK(at(8, 6, 4, 2, 1));
  CHECK(at(7, 9, 4, 2, 2));  // 3 / 2 and 5 / 2 are rounded to even
  CHECK(at(4, 4, 4, 0, 0));
  CHECK(at(3, 2, 6, -1, -2));
}

TEST_CASE("RandomCrop takes every window of the padded picture, and no other") {
  const Array x = image(3, 5, 6);
  const RandomCrop crop(4, {.padding = 1, .fill = 9});
  Generator random(3);
  std::set<std::pair<Index, Index>> seen;
  for (int round = 0; round < 400; ++round) {
    const Array y = crop(x, random);
    bool found = false;
    for (Index top = -1; top <= 2 && !found; ++top)
      for (Index left = -1; left <= 3 && !found; ++left)
        if (is_window(y, x, top, left, 9)) found = seen.insert({top, left}).second || true;
    REQUIRE(found);
  }
  CHECK(seen.size() == 4 * 5);
  CHECK(is_window(RandomCrop(5)(image(1, 5, 5), random), image(1, 5, 5), 0, 0));
}

TEST_CASE("RandomHorizontalFlip mirrors exactly, as often as it was told") {
  for (const Dtype dtype : {uint8, float32}) {
    const Array x = image(2, 3, 5, dtype);
    Generator random(1);
    const Array y = RandomHorizontalFlip(1)(x, random);
    for (Index row = 0; row < 6; ++row)
      for (Index i = 0; i < 5; ++i) CHECK(y.at(row * 5 + i) == x.at(row * 5 + 4 - i));
    CHECK(RandomHorizontalFlip(0)(x, random).same_as(x));
    int flips = 0;
    for (int round = 0; round < 1000; ++round)
      flips += !RandomHorizontalFlip(0.3)(x, random).same_as(x);
    CHECK(std::abs(flips - 300) < 60);
  }
}

TEST_CASE("wrong sizes, probabilities, shapes and dtypes are errors") {
  Generator random(1);
  CHECK(contains(
      message_of<ShapeError>([&] { RandomCrop(9, {.padding = 1})(image(3, 6, 9), random); }),
      "[RandomCrop] image (3, 6, 9) with padding=1 is smaller than size=9"));
  CHECK_THROWS_AS(RandomCrop(0), ValueError);
  CHECK_THROWS_AS(RandomCrop(3, {.padding = -1}), ValueError);
  CHECK_THROWS_AS(Pad(-1), ValueError);
  CHECK_THROWS_AS(CenterCrop(0), ValueError);
  CHECK(contains(message_of<ValueError>([] { Pad(1, {.fill = std::nan("")}); }), "[Pad] fill="));
  CHECK(contains(message_of<ValueError>([] { RandomCrop(1, {.fill = std::nan("")}); }),
                 "[RandomCrop] fill="));
  CHECK(contains(message_of<ValueError>([] { RandomHorizontalFlip(1.5); }),
                 "[RandomHorizontalFlip] p=1.5 must be in [0, 1] — at test_crop_transforms.cpp"));
  CHECK(contains(message_of<ShapeError>([&] {
                   Pad(1)(Array::zeros({4, 4}, uint8), random);
                 }),
                 "[Pad] image has shape (4, 4); it must be (C, H, W)"));
  CHECK(contains(message_of<DtypeError>([&] {
                   Pad(1)(Array::zeros({1, 4, 4}, int64), random);
                 }),
                 "image is int64; it must be uint8 or float32"));
}
