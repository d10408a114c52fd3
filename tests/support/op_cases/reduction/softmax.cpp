// SPDX-License-Identifier: MIT
// Rows for ops/reduction/softmax.hpp.
#include <algorithm>
#include <cmath>

#include "support/op_cases.hpp"

namespace tinygrad::test {

namespace {

// exp(x) / Σ exp(x) along `dim`, by its definition, or its logarithm.
std::function<Naive(const Naives&)> definition(int dim, bool log) {
  return [dim, log](const Naives& in) {
    const Naive& x = in[0];
    return tabulate(x.shape, [&](const Shape& index) {
      double sum = 0, top = -INFINITY;  // subtracted everywhere, so that exp() does not overflow
      Shape other = index;
      for (Index i = 0; i < x.shape[dim]; ++i) {
        other[dim] = i;
        top = std::max(top, x(other));
      }
      for (Index i = 0; i < x.shape[dim]; ++i) {
        other[dim] = i;
        sum += std::exp(x(other) - top);
      }
      const double v = x(index) - top;
      return log ? v - std::log(sum) : std::exp(v) / sum;
    });
  };
}

}  // namespace

Rows reduction_softmax_cases() {
  Rows rows;
  for (const bool log : {false, true}) {
    const std::string name = log ? "log_softmax" : "softmax";
    const auto f = log ? log_softmax : softmax;
    rows.push_back(
        {.name = name,
         .torch = "torch." + name + "(x0, -1)",
         .run = [f](const Tensors& x) { return f(x[0], -1, At::here()); },
         .reference = [log](const Naives& x) { return definition(x[0].shape.rank() - 1, log)(x); },
         .samples =
             {{{{3, 5}}}, {{{5}}}, {{{2, 3, 4}}}, {{{1, 1}}}, {{{0, 3}}}, {{{3, 0}}}, {{{2, 37}}}},
         .errors = {{[f] {
                       f(ones({2, 3}), 2, At::here());
                     },
                     "dim=2 is out of range for rank 2; it must be in [-2, 1]"},
                    {[f] { f(ones({}), 0, At::here()); }, "a scalar has no dims"},
                    {[f] { f(ones({2}, int64), 0, At::here()); },
                     "wants float32 or float64, got int64"}},
         .benchmarks = {{.inputs = {{{1024, 1000}}}, .bytes = 8.0 * 1024 * 1000}}});
    // The sum of ±1e4 is found without overflow; a row of -inf only, of a +inf or a NaN is NaN.
    rows.back().specials = {{{{2, 3}, {1e4, -1e4, 0, 1e4, 1e4, 1e4}}},
                            {{{2, 2}, {-INFINITY, -INFINITY, 1, 2}}},
                            {{{2, 2}, {-INFINITY, 1, INFINITY, 1}}},
                            {{{2, 2}, {NAN, 1, -0.0, 0}}},
                            {{{1, 1}, {-1e4}}}};
    rows.push_back({.name = name + "/dim 1 of 3",
                    .torch = "torch." + name + "(x0, 1)",
                    .run = [f](const Tensors& x) { return f(x[0], 1, At::here()); },
                    .reference = definition(1, log),
                    .samples = {{{{2, 5, 3}}}, {{{2, 1, 3}}}}});
  }
  return rows;
}

}  // namespace tinygrad::test
