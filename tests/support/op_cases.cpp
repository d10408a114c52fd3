// SPDX-License-Identifier: MIT
// Collects the rows of all families, and draws their inputs.
#include "support/op_cases.hpp"

#include <algorithm>
#include <cmath>

namespace tinygrad::test {

const std::vector<OpCase>& op_cases() {
  static const std::vector<OpCase> all = [] {
    std::vector<OpCase> rows;
    for (const OpFamily& family : op_families()) {
      for (OpCase& row : family.rows()) {
        row.family = family.name;
        rows.push_back(std::move(row));
      }
    }
    return rows;
  }();
  return all;
}

Tensors draw(const std::vector<Input>& inputs, std::uint64_t seed, Dtype floating) {
  Generator generator(seed);
  Tensors out;
  for (const Input& input : inputs) {
    const Index n = input.shape.count();
    std::vector<double> values(static_cast<std::size_t>(n));
    if (!is_floating(input.dtype)) {
      for (double& v : values) v = std::floor(generator.uniform(input.low, input.high));
    } else if (input.distinct) {  // a shuffled grid
      const auto order = generator.permutation(n);
      const double step = std::max(0.02, (input.high - input.low) / static_cast<double>(n + 1));
      for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = input.low + step * static_cast<double>(order[i]);
    } else {
      for (double& v : values) {
        v = generator.uniform(input.low, input.high);
        if (std::fabs(v - input.away_from) < 0.05)
          v = input.away_from + (v < input.away_from ? -0.05 : 0.05);
      }
    }
    for (double& v : values) v = static_cast<double>(static_cast<float>(v));
    const Dtype dtype = is_floating(input.dtype) ? floating : input.dtype;
    Tensor t(Array::from(values, dtype).reshaped(input.shape));
    if (is_floating(dtype)) t.requires_grad_();
    out.push_back(t);
  }
  return out;
}

Tensors given(const std::vector<Given>& inputs, Dtype floating) {
  Tensors out;
  for (const Given& input : inputs) {
    const Dtype dtype = is_floating(input.dtype) ? floating : input.dtype;
    Tensor t(Array::from(input.values, dtype).reshaped(input.shape));
    if (is_floating(dtype)) t.requires_grad_();
    out.push_back(t);
  }
  return out;
}

namespace {
Input with_shape(Input like, const Shape& shape) {
  like.shape = shape;
  return like;
}
}  // namespace

std::vector<std::vector<Input>> unary_samples(const Input& like) {
  std::vector<std::vector<Input>> out;
  for (const Shape& shape :
       {Shape{}, Shape{0}, Shape{1}, Shape{7}, Shape{33}, Shape{3, 1, 5}, Shape{2, 0}})
    out.push_back({with_shape(like, shape)});
  return out;
}

std::vector<std::vector<Input>> binary_samples(const Input& a, const Input& b) {
  const std::pair<Shape, Shape> pairs[] = {{{}, {}},
                                           {{3, 5}, {3, 5}},
                                           {{3, 5}, {}},
                                           {{}, {4}},
                                           {{3, 5}, {5}},
                                           {{3, 1}, {5}},
                                           {{5}, {3, 5}},
                                           {{3, 5}, {3, 1}},
                                           {{2, 3, 4}, {3, 1}},
                                           {{2, 1, 4}, {1, 3, 1}},
                                           {{0}, {1}},
                                           {{2, 0}, {2, 1}},
                                           {{33}, {33}}};
  std::vector<std::vector<Input>> out;
  for (const auto& [left, right] : pairs)
    out.push_back({with_shape(a, left), with_shape(b, right)});
  return out;
}

Reference elementwise(double (*f)(double)) {
  return [f](const Naives& in) {
    Naive out = in[0];
    for (double& v : out.values) v = f(v);
    return out;
  };
}

Reference elementwise(double (*f)(double, double)) {
  return [f](const Naives& in) {
    const Shape shape = broadcast_shapes({"reference"}, in[0].shape, in[1].shape);
    return tabulate(shape,
                    [&](const Shape& i) { return f(in[0].broadcast(i), in[1].broadcast(i)); });
  };
}

OpCase row(std::string name, std::string torch, Run run, Reference reference,
           std::vector<std::vector<Input>> samples) {
  OpCase c;
  c.name = std::move(name);
  c.torch = std::move(torch);
  c.run = std::move(run);
  c.reference = std::move(reference);
  c.samples = std::move(samples);
  return c;
}

Input ids(const Shape& shape, double classes) {
  return {.shape = shape, .low = 0, .high = classes, .dtype = int64};
}

}  // namespace tinygrad::test
