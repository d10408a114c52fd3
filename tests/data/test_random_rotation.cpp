// SPDX-License-Identifier: MIT
// Tests of data/transforms/rotation.hpp.
#include <doctest/doctest.h>

#include <cmath>

#include "support/images.hpp"
#include "support/messages.hpp"
#include "tinygrad/data/transforms/rotation.hpp"

using namespace tinygrad;
using namespace tinygrad::data;
using support::contains;
using support::image;
using support::message_of;
using support::values_of;

namespace {

/// The definition: output (x, y), from the centre, takes the input at R⁻¹ (x, y).
double rotated(const Array& image, Index c, Index row, Index column, double degrees,
               const RotateOptions& options) {
  const Index H = image.shape()[1], W = image.shape()[2];
  const double pi = std::acos(-1.0), a = degrees * pi / 180;
  const double my = static_cast<double>(H - 1) / 2, mx = static_cast<double>(W - 1) / 2;
  const double dx = static_cast<double>(column) - mx, dy = static_cast<double>(row) - my;
  const double x = std::cos(a) * dx - std::sin(a) * dy + mx;
  const double y = std::sin(a) * dx + std::cos(a) * dy + my;
  const auto at = [&](double v, double u) {
    const bool inside =
        v >= 0 && v < static_cast<double>(H) && u >= 0 && u < static_cast<double>(W);
    return inside ? image.at((c * H + static_cast<Index>(v)) * W + static_cast<Index>(u))
                  : options.fill;
  };
  if (!options.bilinear) return at(std::floor(y + 0.5), std::floor(x + 0.5));
  double sum = 0;
  for (const double i : {std::floor(y), std::floor(y) + 1})
    for (const double j : {std::floor(x), std::floor(x) + 1})
      sum += (1 - std::abs(y - i)) * (1 - std::abs(x - j)) * at(i, j);
  return sum;
}

}  // namespace

TEST_CASE("rotation follows its definition, nearest and bilinear, in both dtypes") {
  for (const Dtype dtype : {uint8, float32})
    for (const bool bilinear : {false, true})
      for (const double degrees : {7.0, -7.0, 33.3, 131.0, -250.0}) {
        const RotateOptions options{.bilinear = bilinear, .fill = dtype == uint8 ? 40.0 : 0.25};
        const Array x = image(3, 9, 12, dtype), y = rotate_image(x, degrees, options);
        REQUIRE(y.shape() == x.shape());
        double worst = 0;
        for (Index c = 0; c < 3; ++c)
          for (Index row = 0; row < 9; ++row)
            for (Index column = 0; column < 12; ++column)
              worst = std::max(worst, std::abs(y.at((c * 9 + row) * 12 + column) -
                                               rotated(x, c, row, column, degrees, options)));
        CAPTURE(degrees);
        CHECK(worst <= (dtype == uint8 ? (bilinear ? 0.501 : 0) : 2e-5));
      }
}

TEST_CASE("a positive angle turns counterclockwise, and a right angle only moves pixels") {
  const Array x = support::floats({1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 3, 3});
  const std::vector<double> left{3, 6, 9, 2, 5, 8, 1, 4, 7};
  for (const bool bilinear : {false, true}) {
    CHECK(values_of(rotate_image(x, 90, {.bilinear = bilinear})) == left);
    CHECK(values_of(rotate_image(x, -270, {.bilinear = bilinear})) == left);
    CHECK(values_of(rotate_image(x, 0, {.bilinear = bilinear})) == values_of(x));
  }
}

TEST_CASE("RandomRotation turns by angles that fill its range, and follows its generator") {
  const Array x = image(1, 32, 32);
  Generator a(1), b(1);
  const RandomRotation turn(20);
  CHECK(values_of(turn(x, a)) == values_of(turn(x, b)));
  Generator again(1);
  CHECK(values_of(turn(x, again)) == values_of(rotate_image(x, Generator(1).uniform(-20, 20))));
  CHECK(values_of(turn(x, a)) != values_of(rotate_image(x, Generator(1).uniform(-20, 20))));
  CHECK(values_of(RandomRotation(0)(x, a)) == values_of(x));
}

TEST_CASE("angles that are none are errors") {
  CHECK(contains(message_of<ValueError>([] { RandomRotation(1, {.fill = std::nan("")}); }),
                 "[RandomRotation] fill="));
  CHECK(contains(message_of<ValueError>([] { RandomRotation(-1); }),
                 "[RandomRotation] degrees=-1 must not be negative"));
  CHECK_THROWS_AS(rotate_image(image(1, 2, 2), std::nan("")), ValueError);
  CHECK_THROWS_AS(rotate_image(Array::zeros({2, 2}, uint8), 1), ShapeError);
}
