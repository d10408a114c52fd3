// SPDX-License-Identifier: MIT
// Tests of core/array.hpp: shared buffers, wrapped memory, xtensor expressions.
#include <doctest/doctest.h>

#include "tinygrad/core/array.hpp"

using namespace tinygrad;

TEST_CASE("arrays share their buffer until copied") {
  const Array a = Array::full({2, 3}, 7, float32);
  const Array b = a.reshaped({3, 2});
  b.data<float>()[0] = 1;
  CHECK(a.at(0) == 1);
  const Array c = a.copy();
  c.data<float>()[0] = 2;
  CHECK(a.at(0) == 1);
  CHECK_FALSE(a.unique());
  CHECK(c.unique());
}

TEST_CASE("rows are a window onto the same memory") {
  const Array a = Array::from(std::vector<int>{0, 1, 2, 3, 4, 5}, int64).reshaped({3, 2});
  const Array r = a.rows(1, 3);
  CHECK(r.shape() == Shape{2, 2});
  CHECK(r.at(0) == 2);
  CHECK(r.raw() == a.raw() + 16);
  CHECK_THROWS_AS(a.rows(2, 4), ShapeError);
}

TEST_CASE("arrays are 64-byte aligned and freed memory is used again") {
  const void* first = nullptr;
  {
    const Array a = Array::empty({1000}, float64);
    CHECK(reinterpret_cast<std::uintptr_t>(a.raw()) % 64 == 0);
    first = a.raw();
  }
  const Array b = Array::empty({1000}, float64);
  if (Pool::instance().reuses()) CHECK(b.raw() == first);
}

TEST_CASE("memory statistics follow live arrays") {
  const auto before = Pool::instance().stats().live_bytes;
  {
    const Array a = Array::empty({1 << 20}, float32);
    CHECK(Pool::instance().stats().live_bytes >= before + (4 << 20));
  }
  CHECK(Pool::instance().stats().live_bytes == before);
  CHECK(Pool::instance().stats().peak_bytes >= before + (4 << 20));
}

TEST_CASE("impossible sizes are errors, not crashes") {
  CHECK_THROWS_AS(Array::empty({-1}, float32), ShapeError);
  CHECK_THROWS_AS(Array::empty({Index{1} << 40, Index{1} << 40}, float32), ShapeError);
  CHECK_THROWS_AS(Array::empty({Index{1} << 58}, float64), OutOfMemoryError);
  CHECK_THROWS_AS((Shape{1, 1, 1, 1, 1, 1, 1, 1, 1}), ShapeError);
  CHECK_THROWS_AS(Array::zeros({2}, float32).data<double>(), DtypeError);
  CHECK_THROWS_AS(Array::zeros({2}, float32).item(), ShapeError);
}

TEST_CASE("user memory of any alignment is wrapped and kept alive by its owner") {
  auto owner = std::make_shared<std::vector<float>>(std::vector<float>{1, 2, 3, 4});
  const std::weak_ptr<std::vector<float>> watch = owner;
  Array a = Array::wrap(owner->data() + 1, {3}, owner);
  owner.reset();
  CHECK(a.at(2) == 4);
  CHECK_FALSE(watch.expired());
  a = {};
  CHECK(watch.expired());
  float* none = nullptr;
  CHECK_THROWS_AS(Array::wrap(none, {3}), ValueError);
}

TEST_CASE("any xtensor expression is evaluated into an array, integers as int64") {
  const xt::xarray<int> x = {{1, 2}, {3, 4}};
  const Array a = Array::evaluate(x * 2 + 1);
  CHECK(a.dtype() == int64);
  CHECK(a.at(3) == 9);
  CHECK(Array::evaluate(xt::xarray<double>{1.5} > 1).dtype() == bool_);
}

TEST_CASE("broadcast_shapes follows NumPy and names both shapes when it cannot") {
  const Op op{"test"};
  CHECK(broadcast_shapes(op, {3, 1}, {5}) == Shape{3, 5});
  CHECK(broadcast_shapes(op, {}, {2, 3}) == Shape{2, 3});
  CHECK(broadcast_shapes(op, {1}, {0}) == Shape{0});
  CHECK_THROWS_AS(broadcast_shapes(op, {2}, {3}), ShapeError);
}
