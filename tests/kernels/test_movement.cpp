// SPDX-License-Identifier: MIT
// Tests strided copies and joins against plain loops.
#include <doctest/doctest.h>

#include "kernels/operands.hpp"
#include "support/naive.hpp"
#include "tinygrad/core/random.hpp"
#include "tinygrad/kernels/movement/strided.hpp"

using namespace tinygrad;
using namespace tinygrad::test;
using kernels::Strided;

namespace {
// 0, 1, 2, …: every element tells where it came from.
Array counting(const Shape& shape, Dtype dtype) {
  const Array x = Array::empty(shape, dtype);
  dispatch(dtype, [&]<class T>(Type<T>) {
    for (Index i = 0; i < x.count(); ++i) x.data<T>()[i] = static_cast<T>(i % 251);
  });
  return x;
}

Index source(const Strided& w, const Shape& index) {
  Index at = w.offset;
  for (int dim = 0; dim < index.rank(); ++dim) at += index[dim] * w.steps[dim];
  return at;
}

void check_copy(const Array& x, const Strided& w) {
  const Array y = kernels::strided_copy(kOp, x, w.sizes, w);
  Index i = 0;
  for_each_index(w.sizes,
                 [&](const Shape& index) { REQUIRE(y.at(i++) == x.at(source(w, index))); });
}

// A random slice of x (starts, steps of both signs), its dims in a random order.
Strided random_window(const Shape& shape, Generator& generator) {
  const Shape strides = strides_of(shape);
  Strided w;
  for (const Index dim : generator.permutation(shape.rank())) {
    const int a = static_cast<int>(dim);
    const Index step = 1 + generator.integer(3), start = generator.integer(shape[a]);
    const bool back = generator.integer(2) == 1;
    w.offset += start * strides[a];
    w.sizes.push_back((back ? start : shape[a] - 1 - start) / step + 1);
    w.steps.push_back((back ? -step : step) * strides[a]);
  }
  return w;
}
}  // namespace

TEST_CASE("strided copies and placements of random windows agree with plain loops") {
  Generator generator(1);
  for (int trial = 0; trial < 300; ++trial) {
    Shape shape;
    for (Index rank = 1 + generator.integer(4); rank > 0; --rank)
      shape.push_back(1 + generator.integer(7));
    const Dtype dtype = trial % 3 == 0 ? uint8 : trial % 3 == 1 ? float32 : float64;
    const Array x = counting(shape, dtype);
    const Strided w = random_window(shape, generator);
    CAPTURE(to_string(shape));
    CAPTURE(to_string(w.sizes));
    CAPTURE(to_string(w.steps));
    check_copy(x, w);

    const Array part = counting(w.sizes, dtype);
    const Array placed = kernels::strided_place(kOp, part, shape, w);
    test::Naive expected(shape);
    Index i = 0;
    for_each_index(w.sizes, [&](const Shape& index) { expected[source(w, index)] = part.at(i++); });
    for (Index k = 0; k < placed.count(); ++k) REQUIRE(placed.at(k) == expected[k]);
  }
}

TEST_CASE("transposes of odd sizes move every element, alone and in batches") {
  for (const Index m : {1, 2, 15, 16, 17, 33, 130}) {
    for (const Index n : {1, 3, 16, 31, 200}) {
      const Array x = counting({m, n}, float32);
      check_copy(x, {{n, m}, {1, n}, 0});
      check_copy(counting({m, n}, uint8), {{n, m}, {1, n}, 0});
      const Array batch = counting({3, m, n}, float64);
      check_copy(batch, {{3, n, m}, {m * n, 1, n}, 0});
      check_copy(batch, {{n, 3, m}, {1, m * n, n}, 0});
      check_copy(batch, {{m, n, 3}, {n, 1, m * n}, 0});
    }
  }
}

TEST_CASE("steps of zero repeat") {
  const Array x = counting({3}, int64);
  check_copy(x, {{4, 3}, {0, 1}, 0});
  check_copy(x, {{3, 5}, {1, 0}, 0});
  check_copy(x, {{2, 3, 2}, {0, 1, 0}, 0});
}

TEST_CASE("large copies are the same bits for one and two threads") {
  const int threads = num_threads();
  const Array x = counting({200, 300, 5}, float32);
  const Strided windows[] = {{{300, 200, 5}, {5, 1500, 1}, 0},
                             {{5, 300, 200}, {1, 5, 1500}, 0},
                             {{200, 300, 5}, {1500, -5, 1}, 1495}};
  for (const Strided& w : windows) {
    set_num_threads(1);
    const Array one = kernels::strided_copy(kOp, x, w.sizes, w);
    set_num_threads(2);
    const Array two = kernels::strided_copy(kOp, x, w.sizes, w);
    CHECK(std::memcmp(one.raw(), two.raw(), one.bytes()) == 0);
    check_copy(x, w);
  }
  set_num_threads(threads);
}

TEST_CASE("concat puts parts of unequal sizes in order, along every dim") {
  for (int dim = 0; dim < 3; ++dim) {
    std::vector<Array> parts;
    Shape shape{4, 3, 5};
    shape[dim] = 0;
    for (const Index size : {2, 0, 7, 1}) {
      Shape part = shape;
      part[dim] = size;
      shape[dim] += size;
      parts.push_back(counting(part, float32));
    }
    const Array y = kernels::concat(kOp, parts, shape, dim);
    Index i = 0;
    for_each_index(shape, [&](Shape index) {
      std::size_t k = 0;
      for (; index[dim] >= parts[k].shape()[dim]; ++k) index[dim] -= parts[k].shape()[dim];
      REQUIRE(y.at(i++) == test::Naive(parts[k])(index));
    });
  }
}
