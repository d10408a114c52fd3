// SPDX-License-Identifier: MIT
// Tests of ops/per_dim.hpp.
#include <doctest/doctest.h>

#include "support/messages.hpp"
#include "tinygrad/ops/per_dim.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

TEST_CASE("one number stands for every dim, several for one each") {
  const PerDim one = 3, several = {3, 5}, from_shape = Shape{2};
  CHECK(one.over({"f"}, "stride", 3, 1) == Shape{3, 3, 3});
  CHECK(several.over({"f"}, "stride", 2, 1) == Shape{3, 5});
  CHECK(from_shape.over({"f"}, "stride", 2, 1) == Shape{2, 2});
  CHECK(to_string(one) == "3");
  CHECK(to_string(several) == "(3, 5)");
}

TEST_CASE("numbers that were left out are told apart from zero") {
  CHECK_FALSE(PerDim().given());
  CHECK(PerDim(0).given());
}

TEST_CASE("a wrong count of numbers, or one too small, is refused by the argument's name") {
  CHECK(message_of([] {
          PerDim{1, 2}.over({"f"}, "stride", 3, 1);
        }) == "[f] stride (1, 2) must be one number, or one for each of the 3 spatial dims");
  CHECK(message_of([] { PerDim().over({"f"}, "size", 1, 1); }) ==
        "[f] size () must be one number, or one for each of the 1 spatial dims");
  CHECK(message_of([] {
          PerDim{1, -2}.over({"f"}, "padding", 2, 0);
        }) == "[f] padding=(1, -2) must be at least 0");
}
