// SPDX-License-Identifier: MIT
// Rows for ops/softmax.hpp.
#include <cmath>

#include "support/op_cases.hpp"

namespace tinygrad::test {

namespace {

// exp(x) / Σ exp(x) along `axis`, by its definition, or its logarithm.
std::function<Naive(const Naives&)> definition(int axis, bool log) {
  return [axis, log](const Naives& in) {
    const Naive& x = in[0];
    return tabulate(x.shape, [&](const Shape& index) {
      double sum = 0;
      Shape other = index;
      for (Index i = 0; i < x.shape[axis]; ++i) {
        other[axis] = i;
        sum += std::exp(x(other));
      }
      return log ? x(index) - std::log(sum) : std::exp(x(index)) / sum;
    });
  };
}

}  // namespace

Rows softmax_cases() {
  Rows rows;
  for (const bool log : {false, true}) {
    const std::string name = log ? "log_softmax" : "softmax";
    const auto f = log ? log_softmax : softmax;
    rows.push_back(
        {.name = name,
         .run = [f](const Tensors& x) { return f(x[0], -1, At::here()); },
         .reference = [log](const Naives& x) { return definition(x[0].shape.rank() - 1, log)(x); },
         .samples =
             {{{{3, 5}}}, {{{5}}}, {{{2, 3, 4}}}, {{{1, 1}}}, {{{0, 3}}}, {{{3, 0}}}, {{{2, 37}}}},
         .errors = {{[f] {
                       f(ones({2, 3}), 2, At::here());
                     },
                     "axis=2 is out of range for rank 2; it must be in [-2, 1]"},
                    {[f] { f(ones({}), 0, At::here()); }, "a scalar has no axes"},
                    {[f] { f(ones({2}, int64), 0, At::here()); },
                     "wants float32 or float64, got int64"}},
         .benchmarks = {{.inputs = {{{1024, 1000}}}, .bytes = 8.0 * 1024 * 1000}}});
    rows.push_back({.name = name + "/axis 1 of 3",
                    .run = [f](const Tensors& x) { return f(x[0], 1, At::here()); },
                    .reference = definition(1, log),
                    .samples = {{{{2, 5, 3}}}, {{{2, 1, 3}}}}});
  }
  return rows;
}

}  // namespace tinygrad::test
