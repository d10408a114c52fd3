// SPDX-License-Identifier: MIT
// Tests of Flatten in nn/flatten.hpp.
#include "nn/support.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

TEST_CASE("Flatten keeps the batch dim by default, and merges any other run of dims") {
  CHECK(nn::Flatten()(zeros({2, 3, 4, 5})).shape() == Shape{2, 60});
  CHECK(nn::Flatten(0)(zeros({2, 3, 4})).shape() == Shape{24});
  CHECK(nn::Flatten(1, 2)(zeros({2, 3, 4, 5})).shape() == Shape{2, 12, 5});
  CHECK(nn::Flatten().describe() == "Flatten(1, -1)");
}

TEST_CASE("the gradient of Flatten has the shape of its input") {
  nn::Flatten layer;
  const GradcheckReport report = gradcheck_module(layer, random({2, 2, 3}));
  INFO(to_string(report));
  CHECK(report);
  CHECK(report.checked == 12);
}
