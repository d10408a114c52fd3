// SPDX-License-Identifier: MIT
// Runs an optimizer on the problem of golden/optimizers.hpp and compares each step.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <iterator>
#include <string>

#include "golden/optimizers.hpp"
#include "support/messages.hpp"
#include "tinygrad/autograd/backward.hpp"
#include "tinygrad/ops/arithmetic.hpp"
#include "tinygrad/ops/creation.hpp"
#include "tinygrad/optim.hpp"

namespace tinygrad::test {

inline constexpr int kProblem = std::size(golden::optimizers::start);

/// The start of the recorded problem, as a parameter.
inline Tensor start(Dtype dtype) {
  const std::vector<double> values(std::begin(golden::optimizers::start),
                                   std::end(golden::optimizers::start));
  return tensor(values, dtype).requires_grad_();
}

/// The gradient of the sum of weight·(p − target)², set directly: only the optimizer is under test.
inline void set_gradient(const Tensor& p) {
  Tensor grad(Array::empty(p.shape(), p.dtype()));
  dispatch_floating({"test"}, p.dtype(), [&]<class T>(Type<T>) {
    for (int i = 0; i < kProblem; ++i)
      grad.data<T>()[i] = T{2} * static_cast<T>(golden::optimizers::weight[i]) *
                          (p.data<T>()[i] - static_cast<T>(golden::optimizers::target[i]));
  });
  p.set_grad(grad);
}

/// Compares `params` after every step with the rows recorded from PyTorch.
template <std::size_t Columns>
void check_trajectory(optim::Optimizer& optimizer, const std::vector<Tensor>& params,
                      const double (&rows)[golden::optimizers::kSteps][Columns]) {
  REQUIRE(params.size() * kProblem == Columns);
  const double allowed = params[0].dtype() == float64 ? 1e-12 : 1e-6;  // relative, from size 1 on
  for (const auto& row : rows) {
    for (const Tensor& p : params) set_gradient(p);
    optimizer.step();
    for (std::size_t i = 0; i < Columns; ++i) {
      const double value = params[i / kProblem].array().at(static_cast<Index>(i % kProblem));
      CHECK(std::fabs(value - row[i]) <= allowed * std::fmax(1.0, std::fabs(row[i])));
    }
  }
}

/// One group with `options`, in both dtypes.
template <class Optimizer, class Options, class Rows>
void check_both(const Options& options, const Rows& float64_rows, const Rows& float32_rows) {
  for (const Dtype dtype : {float64, float32}) {
    const Tensor p = start(dtype);
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

}  // namespace tinygrad::test
