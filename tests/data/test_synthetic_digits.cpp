// SPDX-License-Identifier: MIT
// Tests of data/sets/synthetic_digits.hpp: repeatability, variety, difficulty.
#include <doctest/doctest.h>

#include "support/bits.hpp"
#include "tinygrad/data/sets/synthetic_digits.hpp"

using namespace tinygrad;
using namespace tinygrad::data;
using test::same_bits;

TEST_CASE("synthetic digits have the form of MNIST") {
  const auto data = synthetic_digits(200);
  CHECK(data.inputs.shape() == Shape{200, 1, 28, 28});
  CHECK(data.name == "synthetic");
  CHECK_NOTHROW(check_data({"test"}, data));
  CHECK(synthetic_digits(3, 1, 0, {.flatten = true}).inputs.shape() == Shape{3, 784});
  CHECK(synthetic_digits(0).size() == 0);
}

TEST_CASE("digit i depends on seed and i alone") {
  const auto all = synthetic_digits(100, 5);
  const auto part = synthetic_digits(30, 5, 60);
  CHECK(same_bits(part.inputs, all.inputs.rows(60, 90)));
  CHECK(same_bits(part.targets, all.targets.rows(60, 90)));
  CHECK_FALSE(same_bits(synthetic_digits(100, 6).inputs, all.inputs));
}

TEST_CASE("the digits are the same for every number of threads") {
  const int threads = num_threads();
  set_num_threads(1);
  const auto one = synthetic_digits(100);
  set_num_threads(3);
  CHECK(same_bits(synthetic_digits(100).inputs, one.inputs));
  set_num_threads(threads);
}

TEST_CASE("no two digits of a thousand are alike, and all classes are about as frequent") {
  const auto data = synthetic_digits(1000);
  std::vector<std::string> pictures;
  std::array<int, 10> frequency{};
  for (Index i = 0; i < 1000; ++i) {
    const auto row = data.inputs.rows(i, i + 1);
    pictures.emplace_back(reinterpret_cast<const char*>(row.raw()), row.bytes());
    ++frequency[data.targets.at<std::size_t>(i)];
  }
  std::sort(pictures.begin(), pictures.end());
  CHECK(std::adjacent_find(pictures.begin(), pictures.end()) == pictures.end());
  for (const int n : frequency) CHECK((n > 60 && n < 140));
}

TEST_CASE("each picture holds ink, most of it in the middle, and paper at the edge") {
  const auto data = synthetic_digits(500);
  for (Index i = 0; i < 500; ++i) {
    double ink = 0, edge = 0;
    for (int y = 0; y < 28; ++y)
      for (int x = 0; x < 28; ++x) {
        const double value = data.inputs.at(i * 784 + y * 28 + x);
        REQUIRE((value >= 0 && value <= 1));
        ink += value;
        if (x == 0 || y == 0 || x == 27 || y == 27) edge += value;
      }
    CAPTURE(i);
    CHECK((ink > 15 && ink < 350));
    CHECK(edge < 0.25 * ink);
  }
}

TEST_CASE("the nearest mean picture names most digits, but by far not all") {
  const auto train = synthetic_digits(3000, 1), test = synthetic_digits(500, 1, 3000);
  std::vector<double> mean(10 * 784);
  std::array<double, 10> count{};
  for (Index i = 0; i < train.size(); ++i) {
    const auto k = train.targets.at<std::size_t>(i);
    count[k] += 1;
    for (std::size_t p = 0; p < 784; ++p)
      mean[k * 784 + p] += train.inputs.at(i * 784 + static_cast<Index>(p));
  }
  int right = 0;
  for (Index i = 0; i < test.size(); ++i) {
    std::size_t best = 0;
    double least = 1e300;
    for (std::size_t k = 0; k < 10; ++k) {
      double distance = 0;
      for (std::size_t p = 0; p < 784; ++p) {
        const double d =
            test.inputs.at(i * 784 + static_cast<Index>(p)) - mean[k * 784 + p] / count[k];
        distance += d * d;
      }
      if (distance < least) least = distance, best = k;
    }
    right += best == test.targets.at<std::size_t>(i);
  }
  MESSAGE("nearest mean: " << right << " of 500");
  CHECK((right > 275 && right < 440));
}

TEST_CASE("a negative count is an error") {
  CHECK_THROWS_AS(synthetic_digits(-1), ValueError);
  CHECK_THROWS_AS(synthetic_digits(1, 1, -1), ValueError);
}
