// SPDX-License-Identifier: MIT
// The layer-case table: one row for each layer and set of options. Gradient, state, mode and
// precision runs are made from the row, and a comparison with PyTorch's layer of the same state.
// The rows are in layer_cases/<family>.cpp, which defines LayerRows <family>_layers(); CMake lists
// the files (families.cmake).
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
  /// What nn::clone() makes of the module.
  std::function<std::unique_ptr<nn::Module>(const nn::Module&)> clone = {};
  std::function<Tensor(nn::Module&, const Tensors&)> call = {};
  /// The same in Python: an expression of the module m and inputs x0, x1, … that gives one tensor.
  std::string torch_call = "m(x0)";
  std::vector<std::string> state = {};  ///< the names of the state dict, sorted
  /// One has a batch of no samples, unless the call is for a given batch.
  std::vector<std::vector<Input>> samples = {};
  double tolerance = 1e-5;                  ///< of float32, relative to 1 + |value|
  std::string tolerance_reason = {};        ///< why, where it is not the default
  double torch_tolerance = 1e-12;           ///< of float64 against PyTorch, relative to 1 + |value|
  std::string torch_tolerance_reason = {};  ///< why PyTorch is less exact, where it is
  bool torch_takes_empty = true;            ///< false where PyTorch fails for no samples
  std::string family = {};  ///< "spatial": the file the row is in; layer_cases() fills it in
};
using LayerRows = std::vector<LayerCase>;

/// One file of layer_cases/.
struct LayerFamily {
  const char* name;  ///< "spatial"
  LayerRows (*rows)();
};
/// All files of layer_cases/, by name: written by CMake (families.cmake).
const std::vector<LayerFamily>& layer_families();

/// All rows.
const std::vector<LayerCase>& layer_cases();

/// The layer of a row in evaluation mode, with a state drawn from `seed`: parameters in ±0.6, and
/// buffers, of which some are variances or weights, from 0.5 to 1.5. Every value is a float32, so
/// that both precisions see the same numbers.
std::unique_ptr<nn::Module> made(const LayerCase& row, Dtype dtype, std::uint64_t seed = 5);

}  // namespace tinygrad::test
