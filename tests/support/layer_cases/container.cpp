// SPDX-License-Identifier: MIT
// Rows of the layer-case table for nn/container.hpp and nn/lambda.hpp.
#include "support/layer_rows.hpp"

namespace tinygrad::test {

LayerRows container_layers() {
  const Samples flat{{{{3, 4}}}, {{{4}}}, {{{2, 3, 4}}}, {{{0, 4}}}};
  LayerRows rows;
  rows.push_back(layer("Sequential", "nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2))",
                       [] {
                         return nn::Sequential{nn::Linear(4, 3), nn::Tanh(), nn::Linear(3, 2)};
                       },
                       flat, {"0.weight", "0.bias", "2.weight", "2.bias"}));
  rows.push_back(layer(
      "Lambda", "type('Lambda', (nn.Module,), {'forward': lambda m, x: x.tanh()})()",
      [] { return nn::Lambda([](const Tensor& x) { return tanh(x); }); }, flat));
  rows.push_back(layer(
      "ModuleList", "nn.ModuleList([nn.Linear(4, 3), nn.Linear(3, 2)])",
      [] { return nn::ModuleList<nn::Linear>(nn::Linear(4, 3), nn::Linear(3, 2)); },
      "m[1](m[0](x0))",
      [](nn::ModuleList<nn::Linear>& m, const Tensors& x) { return m[1](m[0](x[0])); }, flat,
      {"0.weight", "0.bias", "1.weight", "1.bias"}));
  rows.push_back(layer(
      "ModuleDict", "nn.ModuleDict({'down': nn.Linear(4, 2), 'act': nn.Tanh()})",
      [] {
        nn::ModuleDict<> dict;
        dict.add("down", nn::Linear(4, 2));
        dict.add("act", nn::Tanh());
        return dict;
      },
      "m['act'](m['down'](x0))",
      [](nn::ModuleDict<>& m, const Tensors& x) { return m["act"](m["down"](x[0])); }, flat,
      {"down.weight", "down.bias"}));
  rows.push_back(layer(
      "ParameterList", "nn.ParameterList([torch.zeros(4), torch.zeros(4)])",
      [] {
        nn::ParameterList list;
        list.append(zeros({4}));
        list.append(zeros({4}));
        return list;
      },
      "m[0] * x0 + m[1]", [](nn::ParameterList& m, const Tensors& x) { return m[0] * x[0] + m[1]; },
      flat, {"0", "1"}));
  rows.push_back(layer(
      "ParameterDict", "nn.ParameterDict({'scale': torch.zeros(4), 'shift': torch.zeros(4)})",
      [] {
        nn::ParameterDict dict;
        dict.add("scale", zeros({4}));
        dict.add("shift", zeros({4}));
        return dict;
      },
      "m['scale'] * x0 + m['shift']",
      [](nn::ParameterDict& m, const Tensors& x) { return m["scale"] * x[0] + m["shift"]; }, flat,
      {"scale", "shift"}));
  return rows;
}

}  // namespace tinygrad::test
