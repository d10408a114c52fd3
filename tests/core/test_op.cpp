// SPDX-License-Identifier: MIT
// Tests of core/op.hpp: the text of a user's line.
#include <doctest/doctest.h>

#include "tinygrad/core/op.hpp"

using namespace tinygrad;

TEST_CASE("a line of the user's is written with its file and without the folders") {
  CHECK(At{"project/src/train.cpp", 41}.text() == "train.cpp:41");
  CHECK(At{"train.cpp", 41}.text() == "train.cpp:41");
  CHECK(At{}.text().empty());
  CHECK(At{"/usr/include/c++/12/bits/stl_vector.h", 3}.text().empty());
}
