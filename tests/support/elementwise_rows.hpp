// SPDX-License-Identifier: MIT
// Helpers for the rows of elementwise ops: special values, benchmark sizes, and the row of an op of
// one tensor.
#pragma once

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "support/op_cases.hpp"

namespace tinygrad::test {

/// Finite values every function of one number is tried at.
inline const std::vector<double> kFinite = {0.0, -0.0, 1, -1, 0.5, -0.5, 1e4, -1e4, 1e-8, -1e-8};

/// One special: the values as a vector, rounded to float32.
inline std::vector<std::vector<Given>> at_points(std::vector<double> values) {
  for (double& v : values) v = static_cast<double>(static_cast<float>(v));
  return {{{.shape = {static_cast<Index>(values.size())}, .values = values}}};
}

/// NaN, the infinities, kFinite, and `more`.
inline std::vector<std::vector<Given>> unary_specials(const std::vector<double>& more = {}) {
  std::vector<double> values = {kNaN, kInf, -kInf};
  values.insert(values.end(), kFinite.begin(), kFinite.end());
  values.insert(values.end(), more.begin(), more.end());
  return at_points(values);
}

/// Every pair of the values.
inline std::vector<std::vector<Given>> all_pairs(const std::vector<double>& values) {
  const Index n = static_cast<Index>(values.size());
  return {{{.shape = {n, 1}, .values = values}, {.shape = {n}, .values = values}}};
}
inline std::vector<std::vector<Given>> binary_specials() {
  return all_pairs({kNaN, kInf, -kInf, 0.0, -0.0, 1, -1, 2.5, 1e4, -1e4});
}

/// 64·50·32·32 elements, the largest activation of a small convolution net.
inline std::vector<BenchSample> image_benchmark() {
  return {{.inputs = {{{64, 50, 32, 32}}}, .bytes = 8.0 * 64 * 50 * 1024}};
}

/// Leaves one value out of a row's specials: where PyTorch's answer depends on the lane of the
/// vector unit it falls into, there is no convention to follow.
inline void leave_out(OpCase& row, double value) {
  for (auto& inputs : row.specials) {
    auto& values = inputs[0].values;
    std::erase_if(values,
                  [value](double v) { return v == value || (std::isnan(v) && std::isnan(value)); });
    inputs[0].shape = {static_cast<Index>(values.size())};
  }
}

/// A row like `row` at other special values, where we differ from PyTorch.
inline OpCase differing(OpCase row, const std::string& variant, const std::vector<double>& values,
                        const std::string& reason) {
  row.name += variant;
  row.specials = at_points(values);
  row.samples.resize(1);
  row.errors = {};
  row.benchmarks = {};
  row.differs_from_torch = reason;
  return row;
}

inline std::vector<ErrorSample> refused(std::function<void()> call, const std::string& text) {
  return {{std::move(call), text}};
}

/// The row of a function of one floating tensor.
inline OpCase unary_row(const std::string& name, const std::string& torch,
                        std::function<Tensor(const Tensor&)> f, double (*reference)(double),
                        const Input& values, const std::vector<double>& special = {}) {
  OpCase row{.name = name, .torch = torch};
  row.run = [f](const Tensors& x) { return f(x[0]); };
  row.reference = elementwise(reference);
  row.samples = unary_samples(values);
  row.specials = unary_specials(special);
  const std::string op = name.substr(0, name.find('/'));
  row.errors =
      refused([f] { f(ones({2}, int64)); }, "[" + op + "] wants float32 or float64, got int64; ");
  if (op == name) row.benchmarks = image_benchmark();
  return row;
}

/// The error of two operands whose shapes do not broadcast.
template <class F> std::vector<ErrorSample> clashing(F f) {
  return refused([f] { f(ones({2, 3}), ones({2})); }, "shapes do not broadcast: a (2, 3), b (2)");
}

/// The row of a function of two tensors with broadcasting.
inline OpCase binary_row(const std::string& name, const std::string& torch,
                         std::function<Tensor(const Tensor&, const Tensor&)> f,
                         double (*reference)(double, double), const Input& a, const Input& b) {
  OpCase row{.name = name, .torch = torch};
  row.run = [f](const Tensors& x) { return f(x[0], x[1]); };
  row.reference = elementwise(reference);
  row.samples = binary_samples(a, b);
  row.specials = binary_specials();
  row.errors = clashing(f);
  row.benchmarks = {{.inputs = {a, b}, .bytes = 12.0 * 1024 * 1024}};
  for (Input& input : row.benchmarks[0].inputs) input.shape = {1024, 1024};
  return row;
}

/// A function of one tensor, as it is declared.
using UnaryOp = Tensor (*)(const Tensor&, At);

/// Adds the row of a function that PyTorch has under the same name. Errors name the line of the row.
inline void add_unary(Rows& rows, const std::string& name, UnaryOp f, double (*reference)(double),
                      const Input& values, const std::vector<double>& special = {},
                      At at = At::here()) {
  rows.push_back(unary_row(
      name, "torch." + name + "(x0)", [f, at](const Tensor& x) { return f(x, at); }, reference,
      values, special));
}

/// The error of a function that takes every number, so integers too.
inline std::vector<ErrorSample> refuses_bool(const std::string& name, UnaryOp f,
                                             At at = At::here()) {
  return refused([f, at] { f(full({2}, 1, bool_), at); }, "[" + name + "] wants numbers, got bool");
}

/// Adds the rows of a function from a number of any dtype to a truth.
inline void add_test(Rows& rows, const std::string& name, UnaryOp f, double (*reference)(double),
                     At at = At::here()) {
  add_unary(rows, name, f, reference, {.shape = {}}, {}, at);
  rows.back().differentiable = false;
  rows.back().errors = {};
  OpCase integers = rows.back();
  integers.name = name + "/int64";
  integers.samples = unary_samples({.shape = {}, .dtype = int64});
  integers.specials = {};
  integers.benchmarks = {};
  rows.push_back(integers);
}

/// Adds the row of a function of two integer tensors, whose result is one of integers.
inline void add_integer_row(Rows& rows, const std::string& name, const std::string& torch,
                            std::function<Tensor(const Tensor&, const Tensor&)> f,
                            double (*reference)(double, double), const Input& a, const Input& b,
                            std::vector<ErrorSample> errors = {}) {
  rows.push_back(binary_row(name, torch, std::move(f), reference, a, b));
  rows.back().specials = {};
  rows.back().errors = std::move(errors);
  rows.back().benchmarks = {};
  rows.back().differentiable = false;
}

/// Adds the row of a function of two tensors that has no slope and no special values of its own.
inline void add_truth_row(Rows& rows, const std::string& name, const std::string& torch,
                          std::function<Tensor(const Tensor&, const Tensor&)> f,
                          double (*reference)(double, double), const Input& values) {
  rows.push_back(binary_row(name, torch, std::move(f), reference, values, values));
  rows.back().specials = {};
  rows.back().differentiable = false;
}

/// OpCase::run of a function of two operands.
inline std::function<Tensor(const Tensors&)> binary_run(Tensor (*f)(const Operand&, const Operand&,
                                                                    At),
                                                        At at = At::here()) {
  return [f, at](const Tensors& x) { return f(x[0], x[1], at); };
}

/// The two bias additions of a layer, then same shapes: 1024·1024 and 64·50·32·32 elements.
inline std::vector<BenchSample> binary_benchmarks() {
  return {{.inputs = {{{1024, 1024}}, {{1024}}}, .bytes = 8.0 * 1024 * 1024},
          {.inputs = {{{64, 50, 32, 32}}, {{1, 50, 1, 1}}}, .bytes = 8.0 * 64 * 50 * 1024},
          {.inputs = {{{64, 50, 32, 32}}, {{64, 50, 32, 32}}}, .bytes = 12.0 * 64 * 50 * 1024}};
}

}  // namespace tinygrad::test
