// SPDX-License-Identifier: MIT
// Tests of data/transforms/color_jitter.hpp.
#include <doctest/doctest.h>

#include <cmath>

#include "support/images.hpp"
#include "support/messages.hpp"
#include "tinygrad/data/transforms/color_jitter.hpp"

using namespace tinygrad;
using namespace tinygrad::data;
using support::contains;
using support::image;
using support::message_of;
using support::values_of;

namespace {

template <class Adjust>
std::vector<double> adjusted(const Array& x, Adjust&& adjust, float amount) {
  const Array y = x.copy();
  adjust(data::detail::Planes{y.data<float>(), x.shape()[0], x.count() / x.shape()[0]}, amount);
  return values_of(y);
}

/// The published colours of the circle, and white, grey and black, as columns of (3, 1, n).
const Array kColors =
    support::floats({1, 1, 0, 0, 0, 1, 1, 0.5, 0,  // red, yellow, green, cyan, blue, magenta, …
                     0, 1, 1, 1, 0, 0, 1, 0.5, 0,  //
                     0, 0, 0, 1, 1, 1, 1, 0.5, 0},
                    {3, 1, 9});

void check_close(const std::vector<double>& got, const std::vector<double>& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    CHECK(got[i] == doctest::Approx(expected[i]).epsilon(1e-6));
}

}  // namespace

TEST_CASE("brightness, contrast and saturation blend with black, the mean grey, and the grey") {
  const Array x = image(3, 4, 5, float32);
  const auto v = values_of(x);
  double mean = 0;
  std::vector<double> grey;
  for (std::size_t i = 0; i < 20; ++i)
    grey.push_back(0.299 * v[i] + 0.587 * v[20 + i] + 0.114 * v[40 + i]), mean += grey[i] / 20;
  for (const float f : {0.0F, 0.3F, 1.0F, 1.7F}) {
    std::vector<double> brightness, contrast, saturation;
    const auto kept = [](double value) { return std::clamp(value, 0.0, 1.0); };
    const auto factor = static_cast<double>(f);
    for (std::size_t i = 0; i < 60; ++i) {
      brightness.push_back(kept(factor * v[i]));
      contrast.push_back(kept(factor * v[i] + (1 - factor) * mean));
      saturation.push_back(kept(factor * v[i] + (1 - factor) * grey[i % 20]));
    }
    check_close(adjusted(x, data::detail::adjust_brightness, f), brightness);
    check_close(adjusted(x, data::detail::adjust_contrast, f), contrast);
    check_close(adjusted(x, data::detail::adjust_saturation, f), saturation);
  }
}

TEST_CASE("hue walks the colours around their circle and leaves grey alone") {
  const auto v = values_of(kColors);
  for (const int sixths : {1, 2, 3, -1, -2, 0}) {
    std::vector<double> expected = v;
    for (std::size_t c = 0; c < 3; ++c)
      for (int i = 0; i < 6; ++i)
        expected[9 * c + static_cast<std::size_t>(i)] =
            v[9 * c + static_cast<std::size_t>((i + sixths + 6) % 6)];
    const auto got = adjusted(kColors, data::detail::adjust_hue, static_cast<float>(sixths) / 6);
    for (std::size_t i = 0; i < got.size(); ++i) CHECK(std::abs(got[i] - expected[i]) < 2e-6);
  }
  // HSV (20°, 0.75, 0.8) turned by a quarter is (110°, 0.75, 0.8).
  const auto got =
      adjusted(support::floats({0.8, 0.4, 0.2}, {3, 1, 1}), data::detail::adjust_hue, 0.25F);
  check_close(got, {0.3, 0.8, 0.2});
}

TEST_CASE("ColorJitter changes only what it was asked to, by amounts in range, by its generator") {
  const Array x = image(3, 8, 8, float32);
  Generator random(4);
  check_close(values_of(ColorJitter({})(x, random)), values_of(x));
  const Array grey = Array::full({3, 2, 2}, 0.5, float32);
  double low = 1, high = 0;
  for (int round = 0; round < 500; ++round) {
    const double value = ColorJitter({.brightness = 0.4})(grey, random).at(0);
    low = std::min(low, value), high = std::max(high, value);
  }
  CHECK((low >= 0.3 - 1e-6 && low < 0.31));
  CHECK((high <= 0.7 + 1e-6 && high > 0.69));
  const ColorJitter all({.brightness = 0.4, .contrast = 0.4, .saturation = 0.4, .hue = 0.1});
  Generator a(1), b(1), c(2);
  const auto first = values_of(all(x, a));
  CHECK(first == values_of(all(x, b)));
  CHECK(first != values_of(all(x, c)));
}

TEST_CASE("bytes are jittered as floats are and rounded once; grey pictures have no hue") {
  const Array bytes = image(3, 6, 6);
  Generator a(1), b(1);
  const ColorJitter jitter({.brightness = 0.2, .contrast = 0.2, .saturation = 0.2, .hue = 0.1});
  const Array got = jitter(bytes, a), expected = jitter(ToFloat()(bytes, a), b);
  CHECK(got.dtype() == uint8);
  for (Index i = 0; i < got.count(); ++i)
    CHECK(std::abs(got.at(i) - 255 * expected.at(i)) <= 0.501);
  Generator random(1);
  CHECK(values_of(ColorJitter({.saturation = 1, .hue = 0.5})(image(1, 3, 3), random)) ==
        values_of(image(1, 3, 3)));
}

TEST_CASE("negative strengths, hues above a half and other channels are errors") {
  Generator random(1);
  CHECK_THROWS_AS(ColorJitter({.contrast = -0.1}), ValueError);
  CHECK(contains(message_of<ValueError>([] { ColorJitter({.brightness = HUGE_VAL}); }),
                 "[ColorJitter] brightness=inf"));
  CHECK(contains(message_of<ValueError>([] { ColorJitter({.hue = 0.6}); }),
                 "[ColorJitter] hue=0.6 must be in [0, 0.5]"));
  CHECK_THROWS_AS(ColorJitter({})(image(2, 2, 2), random), ShapeError);
}
