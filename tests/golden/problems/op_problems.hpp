// SPDX-License-Identifier: MIT
// Every sample and special of every row of the op-case table that has a PyTorch expression.
#pragma once

#include <algorithm>

#include "golden/problems/problem.hpp"

namespace tinygrad::test {

/// Calls f(problem) for the problems of all families or of one ("loss/ctc"), computed in `floating`.
template <class F>
void for_each_op_problem(Dtype floating, const F& f, const std::string& family = "") {
  for (const OpCase& c : op_cases()) {
    if (c.torch.empty() || !(family.empty() || family == c.family)) continue;
    const auto put = [&](const std::string& id, Tensors inputs, bool special) {
      Problem p{.family = "ops/" + c.family,
                .key = c.name + '#' + id,
                .expression = c.torch,
                .inputs = std::move(inputs)};
      p.differentiable = c.differentiable;
      p.twice = !special;
      p.float32_tolerance = std::max(c.tolerance, c.torch_tolerance);
      p.float64_tolerance = c.torch_tolerance;
      p.compared = !special || c.differs_from_torch.empty();
      p.output = c.run(p.inputs);
      add_cotangents(p, floating);
      f(p);
    };
    for (std::size_t i = 0; i < c.samples.size(); ++i)
      put(std::to_string(i), draw(c.samples[i], 11, floating), false);
    for (std::size_t i = 0; i < c.specials.size(); ++i)
      put("special " + std::to_string(i), given(c.specials[i], floating), true);
  }
}

}  // namespace tinygrad::test
