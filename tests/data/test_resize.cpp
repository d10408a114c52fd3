// SPDX-License-Identifier: MIT
// Tests of data/transforms/resize.hpp.
#include <doctest/doctest.h>

#include "support/images.hpp"
#include "support/messages.hpp"
#include "tinygrad/data/transforms/resize.hpp"

using namespace tinygrad;
using namespace tinygrad::data;
using support::contains;
using support::image;
using support::message_of;
using support::values_of;

TEST_CASE("resizing gives PyTorch's antialiased bilinear values, smaller and larger") {
  // F.interpolate(x, mode="bilinear", antialias=True), PyTorch 2
  const Array x = support::floats(
      {0, 14, 5, 19, 10, 1, 15, 6, 20, 11, 2, 16, 7, 21, 12, 3, 17, 8, 22, 13}, {1, 4, 5});
  const auto check_values = [](const Array& got, const std::vector<double>& expected) {
    REQUIRE(got.count() == static_cast<Index>(expected.size()));
    for (Index i = 0; i < got.count(); ++i)
      CHECK(std::abs(got.at(i) - expected[static_cast<std::size_t>(i)]) < 2e-5);
  };
  check_values(resize_image(x, 2, 3), {6.71429, 10.8254, 14.57143, 8.28571, 12.39682, 16.14286});
  check_values(
      resize_image(x, 6, 7),
      {0.0,      8.0,      11.42857, 5.0,      15.0,     15.14286, 10.0,     0.5,      8.5,
       11.92857, 5.5,      15.5,     15.64286, 10.5,     1.16667,  9.16667,  12.59524, 6.16667,
       16.16667, 16.30952, 11.16667, 1.83333,  9.83333,  13.2619,  6.83333,  16.83334, 16.97619,
       11.83333, 2.5,      10.5,     13.92857, 7.5,      17.5,     17.64286, 12.5,     3.0,
       11.0,     14.42857, 8.0,      18.0,     18.14286, 13.0});
}

TEST_CASE("bytes are rounded, channels stay apart, and the same size is the same picture") {
  const Array x = Array::from<int>({0, 1, 10, 20}, uint8).reshaped({2, 1, 2});
  CHECK(values_of(resize_image(x, 1, 1)) == std::vector<double>{1, 15});
  CHECK(resize_image(x, 1, 2).same_as(x));
  Generator random(1);
  CHECK(Resize(3, 5)(image(3, 7, 4), random).shape() == Shape{3, 3, 5});
  CHECK(Resize(6)(image(3, 7, 4, float32), random).shape() == Shape{3, 6, 6});
  for (const double value : values_of(resize_image(Array::full({1, 9, 7}, 255, uint8), 4, 20)))
    CHECK(value == 255);
}

TEST_CASE("sizes of 0 and empty pictures are errors") {
  CHECK(
      contains(message_of<ValueError>([] { Resize(0); }), "[Resize] height=0 and width=0 must be"));
  CHECK_THROWS_AS(resize_image(image(1, 2, 2), 1, 0), ValueError);
  CHECK_THROWS_AS(resize_image(image(1, 0, 2), 1, 1), ShapeError);
}
