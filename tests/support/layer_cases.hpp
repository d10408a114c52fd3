// SPDX-License-Identifier: MIT
// The layer-case table: one row for each layer and set of options, from which its gradient, state,
// mode and precision runs are made, and a comparison with PyTorch's layer of the same state.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support/op_cases.hpp"
#include "tinygrad/nn.hpp"

namespace tinygrad::test {

struct LayerCase {
  std::string name;   ///< the type, then "/variant" if there are several rows
  std::string torch;  ///< a Python expression that makes PyTorch's layer; `nn` is torch.nn
  std::function<std::unique_ptr<nn::Module>()> make = {};
  /// The module moved into a new one.
  std::function<std::unique_ptr<nn::Module>(nn::Module&)> move = {};
  std::function<Tensor(nn::Module&, const Tensors&)> call = {};
  /// The same in Python: an expression of the module m and inputs x0, x1, … that gives one tensor.
  std::string torch_call = "m(x0)";
  std::vector<std::string> state = {};  ///< the names of the state dict, sorted
  /// The first one is gradchecked twice. One has a batch of no samples.
  std::vector<std::vector<Input>> samples = {};
  double tolerance = 1e-5;  ///< float32 against float64, relative to 1 + |value|
};

/// All rows.
const std::vector<LayerCase>& layer_cases();

/// Gives every parameter values in ±0.6 drawn from `seed`, in the order of named_parameters().
/// Every value is a float32, so that both precisions see the same numbers.
void draw_parameters(nn::Module& module, std::uint64_t seed);

}  // namespace tinygrad::test
