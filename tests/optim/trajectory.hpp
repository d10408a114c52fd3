// SPDX-License-Identifier: MIT
// Runs an optimizer on the problems of golden/answers/optimizers.hpp and compares each step. The
// state is saved to a file and loaded on the way.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <iterator>
#include <string>

#include "golden/answers/optimizers.hpp"
#include "support/files.hpp"
#include "support/messages.hpp"
#include "tinygrad/autograd/backward.hpp"
#include "tinygrad/nn/serialize.hpp"
#include "tinygrad/ops/creation/creation.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/optim.hpp"

namespace tinygrad::test {

inline constexpr int kProblem = std::size(golden::optimizers::start);
inline constexpr int kMatrixProblem = std::size(golden::optimizers::start_12);

/// One of the two recorded problems: five numbers, or twelve for matrices.
struct Problem {
  const double *start, *target, *weight;
  Index size;
};
inline Problem problem_of(Index size) {
  namespace g = golden::optimizers;
  if (size == kProblem) return {g::start, g::target, g::weight, kProblem};
  return {g::start_12, g::target_12, g::weight_12, kMatrixProblem};
}

/// The start of the recorded problem of this shape, as a parameter.
inline Tensor start(Dtype dtype, const Shape& shape = {kProblem}) {
  const Problem problem = problem_of(shape.count());
  const std::vector<double> values(problem.start, problem.start + problem.size);
  return Tensor(Array::from(values, dtype).reshaped(shape)).requires_grad_();
}

/// The gradient of the sum of weight·(p − target)², set directly: only the optimizer is under test.
inline void set_gradient(const Tensor& p) {
  const Problem problem = problem_of(p.numel());
  Tensor grad(Array::empty(p.shape(), p.dtype()));
  dispatch_floating({"test"}, p.dtype(), [&]<class T>(Type<T>) {
    for (Index i = 0; i < problem.size; ++i)
      grad.data<T>()[i] = T{2} * static_cast<T>(problem.weight[i]) *
                          (p.data<T>()[i] - static_cast<T>(problem.target[i]));
  });
  p.set_grad(grad);
}

/// Steps with the gradients of that sum.
inline void run(optim::Optimizer& optimizer, const Tensor& p, int steps) {
  for (int i = 0; i < steps; ++i) {
    set_gradient(p);
    optimizer.step();
  }
}

/// A state after save_state and load_state.
inline StateDict through_file(const StateDict& state) {
  const support::TemporaryFolder folder;
  const std::string path = folder.file("state.safetensors");
  save_state(path, state);
  return load_state(path);
}

/// Compares `params` after every step with the rows recorded from PyTorch.
template <std::size_t Columns>
void check_trajectory(optim::Optimizer& optimizer, const std::vector<Tensor>& params,
                      const double (&rows)[golden::optimizers::kSteps][Columns]) {
  const auto size = static_cast<std::size_t>(params[0].numel());
  REQUIRE(params.size() * size == Columns);
  const double allowed = params[0].dtype() == float64 ? 1e-12 : 1e-6;  // relative, from size 1 on
  for (const auto& row : rows) {
    for (const Tensor& p : params) set_gradient(p);
    optimizer.step();
    for (std::size_t i = 0; i < Columns; ++i) {
      const double value = params[i / size].array().at(static_cast<Index>(i % size));
      INFO("column ", i, ": ", value, ", recorded ", row[i]);
      CHECK(std::fabs(value - row[i]) <= allowed * std::fmax(1.0, std::fabs(row[i])));
    }
  }
}

/// One group with `options`, in both dtypes.
template <class Optimizer, class Options, class Rows>
void check_both(const Options& options, const Rows& float64_rows, const Rows& float32_rows,
                const Shape& shape = {kProblem}) {
  for (const Dtype dtype : {float64, float32}) {
    const Tensor p = start(dtype, shape);
    Optimizer optimizer({p}, options);
    check_trajectory(optimizer, {p}, dtype == float64 ? float64_rows : float32_rows);
  }
}

/// Two groups, in both dtypes.
template <class Optimizer, class Options, class Rows>
void check_groups(const Options& first, const Options& second, const Rows& float64_rows,
                  const Rows& float32_rows) {
  for (const Dtype dtype : {float64, float32}) {
    const Tensor p = start(dtype), q = start(dtype);
    Optimizer optimizer({p}, first);
    optimizer.add_param_group({q}, second);
    check_trajectory(optimizer, {p, q}, dtype == float64 ? float64_rows : float32_rows);
  }
}

/// The definition of an optimizer in plain double loops, over one parameter in `p`, of which
/// `state` may hold what it likes (all zero at first); `t` counts from 1.
struct Reference {
  std::vector<double> p, g, m, v;
};
template <class Update> Reference reference_run(int steps, Update update) {
  const Problem problem = problem_of(kProblem);
  Reference r;
  r.p.assign(problem.start, problem.start + problem.size);
  r.g.assign(r.p.size(), 0);
  r.m = r.v = r.g;
  for (int t = 1; t <= steps; ++t) {
    for (std::size_t i = 0; i < r.p.size(); ++i)
      r.g[i] = 2 * problem.weight[i] * (r.p[i] - problem.target[i]);
    update(r, t);
  }
  return r;
}

/// Compares ten steps of an optimizer, in both dtypes, with a reference.
template <class Optimizer, class Options, class Update>
void check_against(const Options& options, Update update) {
  for (const Dtype dtype : {float64, float32}) {
    const Tensor p = start(dtype);
    Optimizer optimizer({p}, options);
    for (int steps = 1; steps <= 10; ++steps) {
      set_gradient(p);
      optimizer.step();
      const Reference r = reference_run(steps, update);
      for (Index i = 0; i < kProblem; ++i) {
        const double expected = r.p[static_cast<std::size_t>(i)];
        CHECK(std::fabs(p.array().at(i) - expected) <=
              (dtype == float64 ? 1e-12 : 1e-5) * std::fmax(1.0, std::fabs(expected)));
      }
    }
  }
}

}  // namespace tinygrad::test
