// SPDX-License-Identifier: MIT
// Rows for ops/dropout.hpp. What is random about it is tested in ops/test_dropout.cpp.
#include <cmath>

#include "support/op_cases.hpp"
#include "tinygrad/kernels/random.hpp"

namespace tinygrad::test {

Rows dropout_cases() {
  const auto drop = [](const Tensors& x) {
    Generator fixed(7);
    return dropout(x[0], 0.4, true, fixed);
  };
  const auto reference =
      [](const Naives& x) {  // element i is dropped if word i of the stream says so
        Naive y = x[0];
        for (Index i = 0; i < y.count(); ++i) {
          const auto words = philox_block(7, static_cast<std::uint64_t>(i / 4));
          y[i] *= unit_float(words[static_cast<std::size_t>(i % 4)]) < 0.4F ? 0.0 : 1 / (1 - 0.4);
        }
        return y;
      };
  return {{.name = "dropout",
           .run = drop,
           .reference = reference,
           .samples = unary_samples({.shape = {}}),
           .errors = {{[] { dropout(ones({2}), 1.5); }, "[dropout] p=1.5 must be in [0, 1]"},
                      {[] { dropout(ones({2}), NAN); }, "must be in [0, 1]"},
                      {[] { dropout(ones({2}, int64)); }, "wants float32 or float64, got int64"}},
           .benchmarks = {{.inputs = {{{128, 6400}}}, .bytes = 8.0 * 128 * 6400}}},
          {.name = "dropout/evaluation",
           .run = [](const Tensors& x) { return dropout(x[0], 0.4, false) * 1; },
           .reference = [](const Naives& x) { return x[0]; },
           .samples = unary_samples({.shape = {}})}};
}

}  // namespace tinygrad::test
