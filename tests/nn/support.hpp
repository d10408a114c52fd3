// SPDX-License-Identifier: MIT
// Helpers for the tests of modules: gradcheck over a module's parameters, and the includes that
// these tests share.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "support/messages.hpp"
#include "support/tensors.hpp"
#include "tinygrad/autograd/gradcheck.hpp"
#include "tinygrad/nn.hpp"
#include "tinygrad/ops/creation/creation.hpp"

namespace tinygrad::test {

/// gradcheck of the module in float64, over x and over every parameter inside.
inline GradcheckReport gradcheck_module(nn::Module& module, const Tensor& x) {
  module.to(float64);
  std::vector<Tensor*> slots;  // where the module keeps its parameters
  for (auto& [name, inside] : module.named_modules()) {
    nn::Members m;
    inside->members(m);
    for (auto& [parameter_name, p] : m.parameters) slots.push_back(p);
  }
  std::vector<Tensor> inputs{x.detach().requires_grad_()};
  for (const Tensor* slot : slots) inputs.push_back(*slot);
  const auto bind = [&](const std::vector<Tensor>& values) {
    for (std::size_t i = 0; i < slots.size(); ++i) *slots[i] = values[i + 1];
  };
  const GradcheckReport report = gradcheck(
      [&](const std::vector<Tensor>& values) {
        bind(values);
        return module(values[0]);
      },
      inputs);
  bind(inputs);
  return report;
}

}  // namespace tinygrad::test
