// SPDX-License-Identifier: MIT
// Tests of data/sets/synthetic_shapes.hpp: repeatability, classes, outlines.
#include <doctest/doctest.h>

#include <cmath>

#include "support/bits.hpp"
#include "support/messages.hpp"
#include "tinygrad/data/sets/synthetic_shapes.hpp"

using namespace tinygrad;
using namespace tinygrad::data;
using support::contains;
using support::message_of;
using test::same_bits;

TEST_CASE("a shape is a pure function of seed and number, whatever the threads") {
  const auto all = synthetic_shapes(40, 3);
  CHECK_NOTHROW(check_data({"test"}, all));
  CHECK(all.inputs.shape() == Shape{40, 3, 32, 32});
  CHECK(all.class_names.size() == 10);
  const auto rest = synthetic_shapes(30, 3, 10);
  CHECK(same_bits(rest.inputs, all.inputs.rows(10, 40)));
  CHECK(same_bits(rest.targets, all.targets.rows(10, 40)));
  const int threads = num_threads();
  set_num_threads(1);
  CHECK(same_bits(synthetic_shapes(40, 3).inputs, all.inputs));
  set_num_threads(threads);
  CHECK_FALSE(same_bits(synthetic_shapes(40, 4).inputs, all.inputs));
  CHECK(synthetic_shapes(0).size() == 0);
}

TEST_CASE("the ten classes come about equally often") {
  const auto data = synthetic_shapes(3000);
  std::vector<int> counts(10);
  for (Index i = 0; i < data.size(); ++i) ++counts[data.targets.at<std::size_t>(i)];
  for (const int count : counts) CHECK(std::abs(count - 300) < 80);
}

TEST_CASE("colour tells nothing: the mean colour of a class is that of all") {
  const auto data = synthetic_shapes(3000);
  std::vector<double> sums(30), counts(10);
  for (Index i = 0; i < data.size(); ++i) {
    const auto label = data.targets.at<std::size_t>(i);
    counts[label] += 1;
    for (Index p = 0; p < 3072; ++p)
      sums[3 * label + static_cast<std::size_t>(p / 1024)] += data.inputs.at(i * 3072 + p) / 1024;
  }
  for (std::size_t k = 0; k < 30; ++k) CHECK(std::abs(sums[k] / counts[k / 3] - 127.5) < 20);
}

TEST_CASE("each shape has its own outline: no two cover the same points") {
  std::vector<std::string> covers;
  for (Index shape = 0; shape < 10; ++shape) {
    std::string cover;
    for (float y = -1.2F; y < 1.2F; y += 0.1F)
      for (float x = -1.2F; x < 1.2F; x += 0.1F)
        cover += data::detail::shape_distance(shape, {x, y}) < 0 ? '#' : '.';
    const auto area = std::count(cover.begin(), cover.end(), '#');
    CHECK((area > 60 && area < 330));
    for (const auto& other : covers) {
      int different = 0;
      for (std::size_t i = 0; i < cover.size(); ++i) different += cover[i] != other[i];
      CHECK(different > 30);
    }
    covers.push_back(cover);
  }
}

TEST_CASE("the distance to a polygon is right inside, outside and on its corners") {
  const Index square = 1;  // of the outlines
  const auto& outline = data::detail::shape_outline(square);
  CHECK(data::detail::polygon_distance(outline, {0, 0}) == doctest::Approx(-0.72));
  CHECK(data::detail::polygon_distance(outline, {1.72F, 0}) == doctest::Approx(1));
  CHECK(data::detail::polygon_distance(outline, {0.5F, 0.2F}) == doctest::Approx(-0.22));
  CHECK(data::detail::polygon_distance(outline, {1.02F, -1.12F}) == doctest::Approx(0.5));
}

TEST_CASE("negative counts are errors") {
  CHECK(contains(message_of<ValueError>([] { synthetic_shapes(-1); }),
                 "[synthetic_shapes] count=-1 and first=0 must not be negative"));
}
