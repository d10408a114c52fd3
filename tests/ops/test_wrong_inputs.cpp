// SPDX-License-Identifier: MIT
// Tests every row of the op-case table with inputs that it does not expect: other dtypes, ranks and
// sizes, empty dims, indices out of range, NaN. The op gives a result, with gradients, or an Error;
// the sanitizers show that it accesses no memory but its own.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "support/op_cases.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {

// The values of t over again in another shape and dtype.
Tensor remade(const Tensor& t, const Shape& shape, Dtype dtype) {
  std::vector<double> values(static_cast<std::size_t>(shape.count()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = t.numel() ? t.array().at(static_cast<Index>(i) % t.numel()) : 0.5;
    if (!is_floating(dtype)) values[i] = std::floor(values[i]);
    if (dtype < int64) values[i] = std::min(std::fabs(values[i]), 255.0);
  }
  Tensor out(Array::from(values, dtype).reshaped(shape));
  if (is_floating(dtype)) out.requires_grad_();
  return out;
}
Tensor remade(const Tensor& t) { return remade(t, t.shape(), t.dtype()); }

// Value, gradient and second gradient.
void attempt(const OpCase& c, const Tensors& x) {
  std::string given = c.name + ':';
  for (const Tensor& t : x) given += str_cat(' ', t.dtype(), ' ', t.shape());
  CAPTURE(given);
  try {
    const Tensor y = c.run(x);
    CHECK(y.defined());
    if (!c.differentiable || !y.requires_grad()) return;
    Tensors leaves;
    for (const Tensor& t : x)
      if (t.requires_grad()) leaves.push_back(t);
    if (leaves.empty()) return;  // of a row that makes leaves of its own
    const auto halves = [](const Tensor& t) {
      return Tensor(Array::full(t.shape(), 0.5, t.dtype()));
    };
    grad({y}, leaves, {halves(y)}, {.retain_graph = true});
    Tensors first, cotangents;
    for (const Tensor& g : grad({y}, leaves, {halves(y)}, {.create_graph = true})) {
      if (!g.defined() || !g.requires_grad()) continue;
      first.push_back(g);
      cotangents.push_back(halves(g));
    }
    if (!first.empty()) grad(first, leaves, cotangents);
  } catch (const Error& e) {
    CHECK(std::string(e.what()).front() == '[');
  }
}

// Calls f(inputs) with other tensors in the place of input k, and with all of them changed alike.
template <class F> void for_each_wrong_input(const Tensors& base, const F& f) {
  if (base.empty()) return;
  const auto with = [&](std::size_t k, const Tensor& other) {
    Tensors x;
    for (std::size_t i = 0; i < base.size(); ++i) x.push_back(i == k ? other : remade(base[i]));
    f(x);
  };
  const auto all = [&](const auto& shape_of) {
    Tensors x;
    for (const Tensor& t : base) x.push_back(remade(t, shape_of(t.shape()), t.dtype()));
    f(x);
  };
  const auto resized = [](Shape shape, int dim, Index size) {
    if (dim >= 0 && dim < shape.rank()) shape[dim] = size;
    return shape;
  };
  for (std::size_t k = 0; k < base.size(); ++k) {
    const Tensor& t = base[k];
    const Shape& s = t.shape();
    for (const Dtype dtype : {bool_, uint8, int64, float32, float64}) with(k, remade(t, s, dtype));
    for (const Shape& shape : {Shape{}, Shape{0}, Shape{1}, Shape{0, 0}, Shape{2, 3, 0, 2}})
      with(k, remade(t, shape, t.dtype()));
    for (int dim = 0; dim < s.rank(); ++dim)
      for (const Index size : {Index{0}, Index{1}, s[dim] + 1})
        with(k, remade(t, resized(s, dim, size), t.dtype()));
    Shape longer = s;
    longer.push_back(2);
    with(k, remade(t, longer, t.dtype()));
    if (s.rank()) with(k, remade(t, Shape(s.begin() + 1, s.end()), t.dtype()));
    for (int dim = 0; dim < s.rank(); ++dim)
      for (const Index size : {0, 1}) {
        all([&](const Shape& shape) { return resized(shape, dim, size); });
        all([&](const Shape& shape) { return resized(shape, shape.rank() - 1 - dim, size); });
      }
  }
  all([](const Shape& /*shape*/) { return Shape{}; });
  all([](const Shape& /*shape*/) { return Shape{0}; });
}

// Calls f(inputs) with numbers that no sample has in the middle of one of them.
template <class F> void for_each_wrong_number(const Tensors& base, const F& f) {
  for (std::size_t k = 0; k < base.size(); ++k) {
    const Tensor& t = base[k];
    const Index middle = t.numel() / 2;
    const auto with = [&]<class T>(T value) {
      Tensors x;
      for (const Tensor& each : base) x.push_back(remade(each));
      x[k].array().data<T>()[middle] = value;
      f(x);
    };
    if (t.numel() == 0) continue;
    if (t.dtype() == float64) {
      for (const double value : {kNaN, kInf, -kInf, 1e300, -1e300, 1e19, -1e19, -0.0, 5e-324})
        with(value);
    } else if (t.dtype() == int64) {
      using Limits = std::numeric_limits<std::int64_t>;
      for (const std::int64_t value : {std::int64_t{-1}, std::int64_t{-1000}, std::int64_t{1000},
                                       std::int64_t{1} << 40, Limits::max(), Limits::min()})
        with(value);
    } else if (t.dtype() == uint8) {
      with(std::uint8_t{255});
    }
  }
}

// The drawn inputs of a row's first sample that is neither empty nor large.
Tensors first_inputs(const OpCase& c) {
  for (const auto& sample : c.samples) {
    Index least = 1, most = 0;
    for (const Input& input : sample) {
      least = std::min(least, input.shape.count());
      most = std::max(most, input.shape.count());
    }
    if (least > 0 && most <= 3000) return draw(sample, 5, float64);
  }
  return {};
}

}  // namespace

TEST_CASE("every op answers inputs of other dtypes and shapes with a result or an Error") {
  for (const OpCase& c : op_cases())
    for_each_wrong_input(first_inputs(c), [&](const Tensors& x) { attempt(c, x); });
}

TEST_CASE("every op answers numbers and indices of any size with a result or an Error") {
  for (const OpCase& c : op_cases())
    for_each_wrong_number(first_inputs(c), [&](const Tensors& x) { attempt(c, x); });
}

TEST_CASE("offsets, counts and sizes at the ends of int64 overflow nothing") {
  constexpr Index kMost = std::numeric_limits<Index>::max(),
                  kLeast = std::numeric_limits<Index>::min();
  const Tensor m = ones({2, 3});
  for (const Index far : {kMost, kLeast}) {
    CHECK(diagonal(m, far).shape() == Shape{0});
    CHECK_THROWS_AS(diag_embed(ones({2}), far), Error);
    CHECK_THROWS_AS(diag(ones({2}), far), Error);
    CHECK(equal(roll(arange(3), far, 0), roll(arange(3), far % 3, 0)));
    CHECK_THROWS_AS(narrow(m, 0, 1, far), Error);
    CHECK_THROWS_AS(narrow(m, 0, far, 1), Error);
    CHECK_THROWS_AS(select(m, 0, far), Error);
    CHECK_THROWS_AS(repeat_interleave(m, far, 0), Error);
    CHECK_THROWS_AS(repeat(m, {far, 1}), Error);
    CHECK_THROWS_AS(randperm(far), Error);
    CHECK_THROWS_AS(tril_indices(far, far), Error);
    CHECK_THROWS_AS(sum(m, far), Error);
    CHECK_THROWS_AS(unsqueeze(m, far), Error);
  }
  CHECK(equal(tril(m, kMost), m));
  CHECK(equal(triu(m, kLeast), m));
  CHECK(equal(tril(m, kLeast), zeros({2, 3})));
  CHECK(equal(triu(m, kMost), zeros({2, 3})));
  CHECK(equal(tril_indices(2, 3, kMost), transpose(nonzero(m), 0, 1)));
  CHECK(equal(triu_indices(2, 3, kLeast), transpose(nonzero(m), 0, 1)));
  CHECK(tril_indices(2, 3, kLeast).shape() == Shape{2, 0});
  CHECK(triu_indices(2, 3, kMost).shape() == Shape{2, 0});
}
