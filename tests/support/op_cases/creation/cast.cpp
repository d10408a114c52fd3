// SPDX-License-Identifier: MIT
// Rows for ops/creation/cast.hpp.
#include <algorithm>
#include <cmath>

#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows creation_cast_cases() {
  return {{.name = "clone",
           .torch = "x0.clone()",
           .run = [](const Tensors& x) { return clone(x[0]); },
           .reference = [](const Naives& x) { return x[0]; },
           .samples = unary_samples({.shape = {}}),
           .specials = {{{{4}, {NAN, INFINITY, -0.0, -1e4}}}},
           .benchmarks = {{.inputs = {{{64, 50, 32, 32}}}, .bytes = 8.0 * 64 * 50 * 1024}}},
          {.name = "to/and back",
           .torch = "x0.to(torch.float64).to(x0.dtype)",
           .run = [](const Tensors& x) { return to(to(x[0], float64), x[0].dtype()) * 1; },
           .reference = [](const Naives& x) { return x[0]; },
           .samples = unary_samples({.shape = {}}),
           .specials = {{{{4}, {NAN, INFINITY, -0.0, -1e4}}}},
           .benchmarks = {{.inputs = {{{64, 50, 32, 32}}}, .bytes = 24.0 * 64 * 50 * 1024}}},
          {.name = "to/int64",
           .torch = "x0.to(torch.int64)",
           .run = [](const Tensors& x) { return to(x[0], int64); },
           .reference = elementwise([](double x) { return std::trunc(x); }),
           .samples = unary_samples({.shape = {}, .low = -5, .high = 5}),
           .specials = {{{{5}, {-0.0, 1e9, -2.5, 2.5, -1e15}}}},
           .differentiable = false},
          // Out of range: the nearest value of the dtype.
          {.name = "to/int64 out of range",  // undefined in C++ and so in PyTorch
           .run = [](const Tensors& x) { return to(x[0] * 1e30, int64); },
           .reference = elementwise([](double x) { return x > 0 ? 0x1p63 : -0x1p63; }),
           .samples = unary_samples({.shape = {}, .away_from = 0}),
           .differentiable = false},
          // Below 0 and above 255 PyTorch wraps around on some machines and not on others.
          {.name = "to/uint8",
           .torch = "x0.clamp(0, 255).to(torch.uint8)",
           .run = [](const Tensors& x) { return to(x[0], uint8); },
           .reference = elementwise([](double x) { return std::clamp(std::trunc(x), 0.0, 255.0); }),
           .samples = unary_samples({.shape = {}, .low = -300, .high = 600}),
           .differentiable = false},
          {.name = "to/from integers",
           .torch = "x0.to(torch.float64)",
           .run = [](const Tensors& x) { return to(x[0], float64); },
           .reference = [](const Naives& x) { return x[0]; },
           .samples = unary_samples({.shape = {}, .low = -9, .high = 9, .dtype = int64}),
           .differentiable = false},
          {.name = "to/bool",
           .torch = "x0.to(torch.bool)",
           .run = [](const Tensors& x) { return to(x[0], bool_); },
           .reference = elementwise([](double x) { return x != 0 ? 1.0 : 0.0; }),
           .samples = unary_samples({.shape = {}, .low = -1, .high = 2, .dtype = int64}),
           .differentiable = false},
          {.name = "to/bool of floating",
           .torch = "x0.to(torch.bool)",
           .run = [](const Tensors& x) { return to(x[0], bool_); },
           .reference = elementwise([](double x) { return x != 0 ? 1.0 : 0.0; }),
           .samples = {{{{7}}}},
           .specials = {{{{5}, {NAN, INFINITY, -0.0, 0, 0x1p-149}}}},
           .differentiable = false}};
}

}  // namespace tinygrad::test
