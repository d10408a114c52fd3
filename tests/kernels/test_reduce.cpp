// SPDX-License-Identifier: MIT
// Tests reductions over any dims against plain loops: accuracy, NaN, ties, empty arrays, threads.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "kernels/operands.hpp"
#include "support/naive.hpp"
#include "tinygrad/core/random.hpp"
#include "tinygrad/kernels/reduction/reduce.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
kernels::AxisSet only(int dim) {
  kernels::AxisSet dims;
  dims.reduced[dim] = true;
  return dims;
}

const Shape kShapes[] = {{1, 1, 1},     {1, 31, 1},     {1, 32, 1}, {1, 33, 1},   {3, 1055, 1},
                         {1, 1057, 1},  {1, 300000, 1}, {1, 5, 7},  {1, 33, 257}, {1, 2000, 3},
                         {1, 700, 300}, {1, 3, 9000},   {4, 65, 3}, {5, 2, 259},  {300, 40, 17}};
}  // namespace

TEST_CASE("sums and largest values of every (outer, n, inner) agree with plain loops") {
  for (const Shape& shape : kShapes) {
    CAPTURE(to_string(shape));
    const Array x = random_array(shape, float32, 1);
    const Array total = kernels::reduce<kernels::SumOf, float>(kOp, x, only(1));
    const Array most = kernels::reduce<kernels::MaxOf, float>(kOp, x, only(1));
    const Array where = kernels::arg_reduce<kernels::MinOf, float>(kOp, x, 1);
    for (Index o = 0; o < shape[0]; ++o)
      for (Index j = 0; j < shape[2]; ++j) {
        double sum = 0, size = 0, largest = -2, smallest = 2;
        Index position = -1;
        for (Index i = 0; i < shape[1]; ++i) {
          const double v = x.at((o * shape[1] + i) * shape[2] + j);
          sum += v;
          size += std::fabs(v);
          largest = std::fmax(largest, v);
          if (v < smallest) {
            smallest = v;
            position = i;
          }
        }
        const Index k = o * shape[2] + j;
        REQUIRE(std::fabs(total.at(k) - sum) <= 1e-6 * size);
        REQUIRE(most.at(k) == largest);
        REQUIRE(where.at<Index>(k) == position);
      }
  }
}

TEST_CASE("long sums stay accurate along rows and down columns") {
  constexpr Index n = 10'000'000;
  const Array x = Array::full({n}, 0.1, float32);
  const double exact = static_cast<double>(n) * static_cast<double>(0.1F);
  const auto relative = [&](const Array& y, double count) {
    return std::fabs(y.at(0) - exact / count) / (exact / count);
  };
  CHECK(relative(kernels::reduce<kernels::SumOf, float>(kOp, x, only(0)), 1) < 1e-6);
  const auto columns = [&](const Shape& shape) {
    return kernels::reduce<kernels::SumOf, float>(kOp, x.reshaped(shape), only(0));
  };
  CHECK(relative(columns({n / 2, 2}), 2) < 1e-6);
  CHECK(relative(columns({n / 1000, 1000}), 1000) < 1e-6);
  CHECK(relative(columns({n / 10000, 10000}), 10000) < 1e-6);
}

TEST_CASE("one and two threads give the same bits") {
  const int threads = num_threads();
  for (const Shape& shape : kShapes) {
    CAPTURE(to_string(shape));
    const Array x = random_array(shape, float32, 2);
    std::vector<Array> results;
    for (const int count : {1, 2}) {
      set_num_threads(count);
      results.push_back(kernels::reduce<kernels::SumOf, float>(kOp, x, only(1)));
    }
    CHECK(std::memcmp(results[0].raw(), results[1].raw(), results[0].bytes()) == 0);
  }
  set_num_threads(threads);
}

TEST_CASE("groups of dims that are not neighbours are reduced one after the other") {
  const Array x = random_array({3, 4, 5, 2}, float64, 3);
  kernels::AxisSet dims = only(0);
  dims.reduced[2] = true;
  const Array y = kernels::reduce<kernels::SumOf, double>(kOp, x, dims);
  REQUIRE(y.shape() == Shape{4, 2});
  for (Index b = 0; b < 4; ++b)
    for (Index d = 0; d < 2; ++d) {
      double sum = 0;
      for (Index a = 0; a < 3; ++a)
        for (Index c = 0; c < 5; ++c) sum += x.at(((a * 4 + b) * 5 + c) * 2 + d);
      CHECK(y.at(b * 2 + d) == doctest::Approx(sum));
    }
}

TEST_CASE("a NaN wins wherever it is, and its first position is found") {
  for (const Index n : {3, 40, 5000}) {
    for (const Index at : {Index{0}, n / 2, n - 1}) {
      const Array row = random_array({n}, float32, 4);
      row.data<float>()[at] = std::numeric_limits<float>::quiet_NaN();
      for (const Shape& shape : {Shape{n, 1}, Shape{1, n}}) {
        const Array x = row.reshaped(shape);
        const int dim = shape[0] == n ? 0 : 1;
        CHECK(std::isnan(kernels::reduce<kernels::MaxOf, float>(kOp, x, only(dim)).at(0)));
        CHECK(std::isnan(kernels::reduce<kernels::MinOf, float>(kOp, x, only(dim)).at(0)));
        CHECK(kernels::arg_reduce<kernels::MaxOf, float>(kOp, x, dim).at<Index>(0) == at);
        CHECK(kernels::arg_reduce<kernels::MinOf, float>(kOp, x, dim).at<Index>(0) == at);
      }
      const Array wide = Array::zeros({n, 3}, float32);  // down a column
      wide.data<float>()[at * 3 + 1] = std::numeric_limits<float>::quiet_NaN();
      CHECK(kernels::arg_reduce<kernels::MaxOf, float>(kOp, wide, 0).at<Index>(1) == at);
      CHECK(std::isnan(kernels::reduce<kernels::MaxOf, float>(kOp, wide, only(0)).at(1)));
    }
  }
}

TEST_CASE("of equal values the first position is given") {
  const Array x = Array::from(std::vector<double>{1, 3, 3, 1, 3, 1}, float32);
  CHECK(kernels::arg_reduce<kernels::MaxOf, float>(kOp, x, 0).at<Index>(0) == 1);
  CHECK(kernels::arg_reduce<kernels::MinOf, float>(kOp, x, 0).at<Index>(0) == 0);
  const Array columns = kernels::arg_reduce<kernels::MaxOf, float>(kOp, x.reshaped({3, 2}), 0);
  CHECK(columns.at<Index>(0) == 1);  // 1 3 3
  CHECK(columns.at<Index>(1) == 0);  // 3 1 1
}

TEST_CASE("reducing nothing gives the neutral element") {
  const Array x = Array::zeros({2, 0, 3}, float32);
  const Array sum = kernels::reduce<kernels::SumOf, float>(kOp, x, only(1));
  const Array product = kernels::reduce<kernels::ProductOf, float>(kOp, x, only(1));
  REQUIRE(sum.shape() == Shape{2, 3});
  for (Index i = 0; i < 6; ++i) {
    CHECK(sum.at(i) == 0);
    CHECK(product.at(i) == 1);
  }
}
