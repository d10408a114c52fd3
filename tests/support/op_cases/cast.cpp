// SPDX-License-Identifier: MIT
// Rows for ops/cast.hpp.
#include <cmath>

#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows cast_cases() {
  return {{.name = "to/and back",
           .run = [](const Tensors& x) { return to(to(x[0], float64), x[0].dtype()) * 1; },
           .reference = [](const Naives& x) { return x[0]; },
           .samples = unary_samples({.shape = {}})},
          {.name = "to/int64",
           .run = [](const Tensors& x) { return to(x[0], int64); },
           .reference = elementwise([](double x) { return std::trunc(x); }),
           .samples = unary_samples({.shape = {}, .low = -5, .high = 5}),
           .differentiable = false},
          {.name = "to/bool",
           .run = [](const Tensors& x) { return to(x[0], bool_); },
           .reference = elementwise([](double x) { return x != 0 ? 1.0 : 0.0; }),
           .samples = unary_samples({.shape = {}, .low = -1, .high = 2, .dtype = int64}),
           .differentiable = false}};
}

}  // namespace tinygrad::test
