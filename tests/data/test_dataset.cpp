// SPDX-License-Identifier: MIT
// Tests of data/dataset.hpp: take(), head(), split(), check_data().
#include <doctest/doctest.h>

#include <algorithm>

#include "data/numbered.hpp"
#include "support/messages.hpp"
#include "tinygrad/data/dataset.hpp"

using namespace tinygrad;
using namespace tinygrad::data;
using support::contains;
using support::message_of;
using support::numbered;

namespace {

std::vector<float> first_column(const ClassificationData& data) {
  std::vector<float> out;
  for (Index i = 0; i < data.size(); ++i) out.push_back(data.inputs.at<float>(2 * i));
  return out;
}

}  // namespace

TEST_CASE("take copies the samples asked for, in that order, repeats included") {
  const auto data = numbered(10);
  const auto part = take(data, {7, 0, 7});
  CHECK(part.inputs.shape() == Shape{3, 2});
  CHECK(first_column(part) == std::vector<float>{7, 0, 7});
  CHECK(part.inputs.at(5) == -7);
  CHECK(part.targets.at<Index>(0) == 3);
  CHECK(part.name == "numbered");
  CHECK(part.classes == 4);
  CHECK(take(data, {}).size() == 0);
}

TEST_CASE("take names the index that is out of range") {
  const auto text = message_of<ValueError>([] { take(numbered(4), {0, 4}); });
  CHECK(contains(text, "[take] indices[1]=4 is out of range for 4 samples"));
  CHECK(contains(text, "test_dataset.cpp:"));
  CHECK_THROWS_AS(take(numbered(4), {-1}), ValueError);
}

TEST_CASE("head shares the memory of the first samples") {
  const auto data = numbered(5);
  const auto part = head(data, 2);
  CHECK(part.size() == 2);
  CHECK(part.inputs.raw() == data.inputs.raw());
  CHECK(head(data, 99).size() == 5);
  CHECK_THROWS_AS(head(data, -1), ValueError);
}

TEST_CASE("split deals every sample to exactly one side, the same way for the same seed") {
  const auto data = numbered(1000);
  const auto [train, validation] = split(data, 0.2, 7);
  CHECK(train.size() == 800);
  CHECK(validation.size() == 200);
  auto all = first_column(train);
  CHECK_FALSE(std::is_sorted(all.begin(), all.end()));
  const auto held = first_column(validation);
  all.insert(all.end(), held.begin(), held.end());
  std::sort(all.begin(), all.end());
  CHECK(all == first_column(data));
  CHECK(first_column(split(data, 0.2, 7).validation) == held);
  CHECK(first_column(split(data, 0.2, 8).validation) != held);
}

TEST_CASE("split takes the fractions 0 and 1 and refuses others outside") {
  CHECK(split(numbered(5), 0).validation.size() == 0);
  CHECK(split(numbered(5), 1).train.size() == 0);
  CHECK_THROWS_AS(split(numbered(5), 1.5), ValueError);
  CHECK_THROWS_AS(split(numbered(5), std::nan("")), ValueError);
}

TEST_CASE("check_data finds counts that differ, wrong dtypes and labels out of range") {
  auto data = numbered(4);
  CHECK_NOTHROW(check_data({"test"}, data));
  data.targets.data<std::int64_t>()[2] = 4;
  CHECK(contains(message_of<ValueError>([&] { check_data({"test"}, data); }),
                 "targets[2]=4 must be in [0, 4)"));
  data = numbered(4);
  data.targets = data.targets.rows(0, 3);
  CHECK(contains(message_of<ShapeError>([&] { check_data({"test"}, data); }),
                 "inputs (4, 2) hold 4 samples, targets (3) hold 3"));
  data = numbered(4);
  data.targets = Array::zeros({4}, float32);
  CHECK_THROWS_AS(check_data({"test"}, data), DtypeError);
  CHECK_THROWS_AS(check_data({"test"}, ClassificationData{}), ShapeError);
}
