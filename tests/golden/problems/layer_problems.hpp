// SPDX-License-Identifier: MIT
// Every sample of every row of the layer-case table, with the state that PyTorch's layer loads.
#pragma once

#include <algorithm>

#include "golden/problems/problem.hpp"
#include "support/layer_cases.hpp"

namespace tinygrad::test {

/// Calls f(problem) for the problems of all families or of one, computed in `floating`, in
/// evaluation mode.
template <class F>
void for_each_layer_problem(Dtype floating, const F& f, const std::string& family = "") {
  for (const LayerCase& c : layer_cases()) {
    if (!(family.empty() || family == c.family)) continue;
    for (std::size_t i = 0; i < c.samples.size(); ++i) {
      if (!c.torch_takes_empty && c.samples[i][0].shape.count() == 0) continue;
      const auto module = made(c, floating);
      Problem p{.family = "layers/" + c.family,
                .key = c.name + '#' + std::to_string(i),
                .expression = c.torch + "; " + c.torch_call,
                .inputs = draw(c.samples[i], 11, floating)};
      p.state = module->state_dict();
      auto parameters = module->named_parameters();
      std::sort(parameters.begin(), parameters.end(),
                [](const auto& a, const auto& b) { return a.first < b.first; });
      for (const auto& [name, t] : parameters) p.parameters.push_back(t);
      p.float32_tolerance = c.tolerance;
      p.float64_tolerance = c.torch_tolerance;
      p.output = c.call(*module, p.inputs);
      add_cotangents(p, floating);
      f(p);
    }
  }
}

}  // namespace tinygrad::test
