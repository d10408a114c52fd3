// SPDX-License-Identifier: MIT
// Collects the rows of all files of layer_cases/, and makes the layer of a row.
#include "support/layer_cases.hpp"

namespace tinygrad::test {

const std::vector<LayerCase>& layer_cases() {
  static const std::vector<LayerCase> all = [] {
    LayerRows rows;
    for (const LayerFamily& family : layer_families()) {
      for (LayerCase& row : family.rows()) {
        row.family = family.name;
        rows.push_back(std::move(row));
      }
    }
    return rows;
  }();
  return all;
}

std::unique_ptr<nn::Module> made(const LayerCase& row, Dtype dtype, std::uint64_t seed) {
  auto module = row.make();
  module->eval();
  module->to(dtype);
  Generator generator(seed);
  const auto fill = [&](const nn::Named<Tensor>& list, double low, double high) {
    const NoGradGuard no_grad;
    for (const auto& [name, t] : list) {
      if (!is_floating(t.dtype())) continue;
      std::vector<float> values(static_cast<std::size_t>(t.numel()));
      for (float& v : values) v = static_cast<float>(generator.uniform(low, high));
      Tensor(t).copy_(Array::from(values, dtype).reshaped(t.shape()));
    }
  };
  fill(module->named_parameters(), -0.6, 0.6);
  fill(module->named_buffers(), 0.5, 1.5);
  return module;
}

}  // namespace tinygrad::test
