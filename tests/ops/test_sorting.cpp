// SPDX-License-Identifier: MIT
// Tests of ops/reduction/sorting.hpp: ties, large integers, topk, unique, histc.
#include <doctest/doctest.h>

#include <limits>

#include "tinygrad/tensor.hpp"

using namespace tinygrad;

TEST_CASE("a long row with many ties is sorted, and equal values keep their order") {
  const Index n = 50000;
  const Tensor x = randint(0, 100, {n});
  for (const bool descending : {false, true}) {
    const ValuesAndIndices y = sort(x, 0, descending);
    const Index* value = y.values.data<Index>();
    const Index* place = y.indices.data<Index>();
    Index wrong = 0;
    for (Index i = 1; i < n; ++i) {
      const bool in_order = descending ? value[i - 1] > value[i] : value[i - 1] < value[i];
      wrong += !(in_order || (value[i - 1] == value[i] && place[i - 1] < place[i]));
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("int64 values that double cannot tell apart are sorted right") {
  constexpr Index big = Index{1} << 60;
  const std::vector<Index> values = {big + 1, big, std::numeric_limits<Index>::min(), big + 2};
  const Tensor order = argsort(tensor(values, int64));
  const Index expected[] = {2, 1, 0, 3};
  for (Index i = 0; i < 4; ++i) CHECK(order.array().at<Index>(i) == expected[i]);
}

TEST_CASE("topk takes the first of equal values, and all of them for k = n") {
  const ValuesAndIndices y = topk(tensor({1, 3, 3, 2}), 1);
  CHECK(y.indices.array().at(0) == 1);
  CHECK(topk(ones({2, 3}), 3).values.shape() == Shape{2, 3});
  CHECK(topk(ones({2, 3}), 0).values.shape() == Shape{2, 0});
}

TEST_CASE("unique gives values, where they went and how often they occur, that fit together") {
  const Tensor x = randint(0, 9, {40, 5});
  const Unique u = unique(x);
  const Tensor back = take(u.values, u.inverse);
  CHECK(sum(ne(back, x)).item() == 0);
  CHECK(sum(u.counts).item() == 200);
}

TEST_CASE("histc counts the largest value in the last bin") {
  const Tensor y = histc(tensor({0, 0.5, 1}), 2, 0, 1);
  CHECK(y.array().at(0) == 1);
  CHECK(y.array().at(1) == 2);
}
