// SPDX-License-Identifier: MIT
// Tests of data/transforms/color.hpp: ToFloat, Normalize, Grayscale.
#include <doctest/doctest.h>

#include "support/images.hpp"
#include "support/messages.hpp"
#include "tinygrad/data/transforms/color.hpp"

using namespace tinygrad;
using namespace tinygrad::data;
using support::contains;
using support::image;
using support::message_of;
using support::values_of;

TEST_CASE("ToFloat divides bytes by 255 as PyTorch rounds it, and leaves floats") {
  Generator random(1);
  const Array x = image(2, 3, 4), y = ToFloat()(x, random);
  CHECK(y.dtype() == float32);
  for (Index i = 0; i < x.count(); ++i)
    CHECK(y.data<float>()[i] == static_cast<float>(x.at<int>(i)) / 255.0F);
  CHECK(ToFloat()(y, random).same_as(y));
}

TEST_CASE("Normalize takes each channel's mean and deviation, of bytes as of floats") {
  Generator random(1);
  const std::vector<float> mean{0.4914F, 0.4822F, 0.4465F}, std{0.2470F, 0.2435F, 0.2616F};
  const Normalize normalize(mean, std);
  const Array bytes = image(3, 4, 5), floats = ToFloat()(bytes, random);
  const Array a = normalize(bytes, random), b = normalize(floats, random);
  for (Index i = 0; i < a.count(); ++i) {
    const auto c = static_cast<std::size_t>(i / 20);
    CHECK(a.data<float>()[i] == (floats.data<float>()[i] - mean[c]) / std[c]);
    CHECK(b.data<float>()[i] == a.data<float>()[i]);
  }
}

TEST_CASE("Grayscale is the luma of BT.601, in one channel or three") {
  Generator random(1);
  const Array x =
      Array::from<int>({255, 0, 0, 200, 0, 255, 0, 100, 0, 0, 255, 50}, uint8).reshaped({3, 2, 2});
  CHECK(values_of(Grayscale()(x, random)) == std::vector<double>{76, 150, 29, 124});
  CHECK(values_of(Grayscale(3)(x, random)) ==
        std::vector<double>{76, 150, 29, 124, 76, 150, 29, 124, 76, 150, 29, 124});
  const Array grey = image(1, 2, 2, float32);
  CHECK(values_of(Grayscale()(grey, random)) == values_of(grey));
}

TEST_CASE("channels that do not fit and deviations of 0 are errors") {
  Generator random(1);
  CHECK(contains(message_of<ShapeError>([&] {
                   Normalize({0, 0, 0}, {1, 1, 1})(image(1, 2, 2), random);
                 }),
                 "[Normalize] image (1, 2, 2) has 1 channels, mean and std have 3"));
  CHECK(contains(message_of<ValueError>([] {
                   Normalize({0, 0}, {1, 0});
                 }),
                 "std[1]=0 must be positive"));
  CHECK_THROWS_AS(Normalize({0, 0}, {1}), ValueError);
  CHECK_THROWS_AS(Normalize({}, {}), ValueError);
  CHECK_THROWS_AS(Grayscale(2), ValueError);
  CHECK_THROWS_AS(Grayscale()(image(4, 2, 2), random), ShapeError);
}
