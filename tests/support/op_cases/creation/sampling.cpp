// SPDX-License-Identifier: MIT
// Rows for ops/creation/sampling.hpp: shapes, dtypes, errors, threads and speed. The inputs give
// the shape, and each run draws from a generator of its own. ops/test_sampling.cpp tests the
// distributions: the rows have no reference, and PyTorch draws other numbers.
#include <cmath>

#include "support/op_cases.hpp"

namespace tinygrad::test {

namespace {

using Draw = Tensor (*)(const Tensors&, Generator&);
constexpr double kCount = 1024 * 1000;  // of the benchmarks

OpCase drawn(const std::string& name, Draw draw, const Input& like,
             std::vector<ErrorSample> errors = {}) {
  OpCase row;
  row.name = name;
  row.run = [draw](const Tensors& x) {
    Generator fixed(7);
    return draw(x, fixed);
  };
  row.samples = unary_samples(like);
  row.errors = std::move(errors);
  Input large = like;
  large.shape = {1024, 1000};
  row.benchmarks = {{.inputs = {large}, .bytes = 4 * kCount}};
  row.differentiable = false;
  return row;
}

}  // namespace

Rows creation_sampling_cases() {
  const Input any{.shape = {}}, probability{.shape = {}, .low = 0, .high = 1},
      weight{.shape = {}, .low = 0.1, .high = 2}, spread{.shape = {}, .low = 0, .high = 2};
  Generator& g = default_generator();
  Rows rows;
  rows.push_back(
      drawn("uniform",
            [](const Tensors& x, Generator& own) {
              return uniform(-1, 3, x[0].shape(), own, x[0].dtype());
            },
            any,
            {{[&g] { uniform(1, 0, {2}, g); },
              "[uniform] low=1 must not be above high=0, and both finite"},
             {[&g] { uniform(0, INFINITY, {2}, g); }, "low=0 must not be above high=inf"},
             {[&g] { uniform(0, 1, {2}, g, int64); }, "draws float32 or float64, not int64"}}));
  rows.push_back(
      drawn("normal",
            [](const Tensors& x, Generator& own) {
              return normal(-1, 2, x[0].shape(), own, x[0].dtype());
            },
            any,
            {{[&g] { normal(0, -1, {2}, g); }, "[normal] std=-1 must be at least 0"},
             {[&g] { normal(0, 1, {2}, g, bool_); }, "draws float32 or float64, not bool"}}));
  OpCase tensors =
      drawn("normal/tensors",
            [](const Tensors& x, Generator& own) { return normal(x[0], x[1], own); }, any,
            {{[&g] {
                normal(0.0, tensor({1, -1}), g);
              },
              "[normal] std holds -1 at position 1; it must be at least 0"},
             {[&g] { normal(ones({2}), ones({3}), g); }, "(2)"}});
  tensors.samples = binary_samples(any, spread);
  tensors.benchmarks = {{.inputs = {{{1024, 1000}}, {{1000}, 0.0, 2.0}}, .bytes = 8 * kCount}};
  rows.push_back(tensors);
  rows.push_back(
      drawn("bernoulli",
            [](const Tensors& x, Generator& own) {
              return bernoulli(0.3, x[0].shape(), own, x[0].dtype());
            },
            any, {{[&g] { bernoulli(1.1, {2}, g); }, "[bernoulli] p=1.1 must be in [0, 1]"}}));
  rows.push_back(
      drawn("bernoulli/tensor",
            [](const Tensors& x, Generator& own) { return bernoulli(x[0], own); }, probability,
            {{[&g] {
                bernoulli(tensor({0.5, -0.1}), g);
              },
              "[bernoulli] p holds -0.1 at position 1; it must be in [0, 1]"},
             {[&g] { bernoulli(tensor({NAN}), g); }, "p holds nan at position 0"},
             {[&g] { bernoulli(ones({2}, int64), g); }, "wants float32 or float64, got int64"}}));
  rows.push_back(
      drawn("exponential",
            [](const Tensors& x, Generator& own) {
              return exponential(2, x[0].shape(), own, x[0].dtype());
            },
            any, {{[&g] { exponential(0, {2}, g); }, "[exponential] rate=0 must be positive"}}));
  rows.push_back(drawn(
      "randint", [](const Tensors& x, Generator& own) { return randint(-3, 4, x[0].shape(), own); },
      any, {{[] { randint(3, 3, {2}); }, "[randint] low=3 must be below high=3"}}));
  rows.push_back(drawn("randperm",
                       [](const Tensors& x, Generator& own) { return randperm(x[0].numel(), own); },
                       any, {{[] { randperm(-1); }, "[randperm] n=-1 must not be negative"}}));
  for (const bool replacement : {true, false}) {
    OpCase row = drawn(replacement ? "multinomial/replacement" : "multinomial",
                       replacement ? Draw([](const Tensors& x, Generator& own) {
                         return multinomial(x[0], 5, true, own);
                       })
                                   : Draw([](const Tensors& x, Generator& own) {
                                       return multinomial(x[0], 3, false, own);
                                     }),
                       weight);
    row.samples.clear();
    for (const Shape& shape : {Shape{3}, Shape{7}, Shape{5, 4}, Shape{0, 4}}) {
      Input weights = weight;
      weights.shape = shape;
      row.samples.push_back({weights});
    }
    if (!replacement)
      row.errors = {
          {[&g] {
             multinomial(tensor({1, -1}), 1, true, g);
           },
           "[multinomial] weights holds -1 at position 1; it must be finite and not negative"},
          {[&g] { multinomial(zeros({2}), 1, true, g); }, "row 0 of weights has no weight above 0"},
          {[&g] { multinomial(ones({2}), 0, true, g); }, "samples=0 must be at least 1"},
          {[&g] {
             multinomial(ones({2, 2, 2}), 1, true, g);
           },
           "weights (2, 2, 2) must be (K) or (N, K)"},
          {[&g] { multinomial(ones({2}, int64), 1, true, g); },
           "wants float32 or float64, got int64"},
          {[&g] {
             multinomial(tensor({{1, 1, 1}, {1, 0, 1}}), 3, false, g);
           },
           "samples=3, but row 1 of weights has only 2 above 0"}};
    rows.push_back(row);
  }
  const std::string refused = "draws float32 or float64, not int64";
  rows.push_back(
      drawn("rand",
            [](const Tensors& x, Generator& own) { return rand(x[0].shape(), x[0].dtype(), own); },
            any, {{[] { rand({2}, int64); }, refused}}));
  rows.push_back(
      drawn("randn",
            [](const Tensors& x, Generator& own) { return randn(x[0].shape(), x[0].dtype(), own); },
            any, {{[] { randn({2}, int64); }, refused}}));
  rows.push_back(drawn("rand_like",
                       [](const Tensors& x, Generator& own) { return rand_like(x[0], own); }, any,
                       {{[] { rand_like(ones({2}, int64)); }, refused}}));
  rows.push_back(drawn("randn_like",
                       [](const Tensors& x, Generator& own) { return randn_like(x[0], own); }, any,
                       {{[] { randn_like(ones({2}, int64)); }, refused}}));
  return rows;
}

}  // namespace tinygrad::test
