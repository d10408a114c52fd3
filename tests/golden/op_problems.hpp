// SPDX-License-Identifier: MIT
// The problems that are put to PyTorch and to this library: every sample and special of every row
// that has a PyTorch expression, with the cotangents of its first and second gradient.
#pragma once

#include <string>

#include "support/op_cases.hpp"

namespace tinygrad::test {

/// Gradients are of <v, y>; second gradients of the sum over k of <w[k], gradient k>.
struct Problem {
  std::string key;  ///< "name#3" for sample 3, "name#special 0"
  Tensors inputs;
  Tensor output = {};
  Tensor v = {};
  Tensors w = {};  ///< for floating inputs; undefined for others, and for specials
};

/// One tensor of the given shape, with fixed values that are float32 numbers.
inline Tensor cotangent(const Shape& shape, std::uint64_t seed, Dtype floating) {
  return draw({{.shape = shape, .low = -1, .high = 1}}, seed, floating)[0].detach();
}

/// Calls f(row, problem) for all problems, computed in `floating`.
template <class F> void for_each_problem(Dtype floating, const F& f) {
  const auto make = [&](const OpCase& c, const std::string& id, Tensors inputs, bool twice) {
    Problem p{.key = c.name + '#' + id, .inputs = std::move(inputs)};
    p.output = c.run(p.inputs);
    if (c.differentiable) {
      p.v = cotangent(p.output.shape(), 12, p.output.dtype());
      std::uint64_t seed = 13;
      for (const Tensor& x : p.inputs)
        p.w.push_back(twice && x.requires_grad() ? cotangent(x.shape(), seed++, floating)
                                                 : Tensor());
    }
    f(c, p);
  };
  for (const OpCase& c : op_cases()) {
    if (c.torch.empty()) continue;
    for (std::size_t i = 0; i < c.samples.size(); ++i)
      make(c, std::to_string(i), draw(c.samples[i], 11, floating), true);
    for (std::size_t i = 0; i < c.specials.size(); ++i)
      make(c, "special " + std::to_string(i), given(c.specials[i], floating), false);
  }
}

}  // namespace tinygrad::test
