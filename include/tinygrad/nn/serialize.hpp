// SPDX-License-Identifier: MIT
// save_model() and load_model(): the parameters and buffers of a module in a safetensors file.
#pragma once

#include <string>
#include <utility>

#include "tinygrad/io/safetensors.hpp"
#include "tinygrad/nn/module.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// Writes module.state_dict() to `path`, whole or not at all.
inline void save_model(const std::string& path, nn::Module& module,
                       const Metadata& metadata = {{"format", "pt"}}, const SaveOptions& save = {},
                       At at = At::here()) {
  NamedArrays arrays;
  for (const auto& [name, tensor] : module.state_dict()) arrays.emplace(name, tensor.array());
  save_safetensors(path, arrays, metadata, save, at);
}

/// Reads `path` into the module; see Module::load_state_dict for `strict` and the report. Tensors
/// that the options leave out are as if they were not in the file.
/// Throws  IoError if the file is damaged; StateError, naming the file, if it does not fit
inline nn::LoadReport load_model(const std::string& path, nn::Module& module, bool strict = true,
                                 const LoadOptions& options = {}, At at = At::here()) {
  nn::StateDict state;
  for (auto& [name, array] : load_safetensors(path, options, at).tensors)
    state.emplace(name, Tensor(std::move(array)));
  try {
    return module.load_state_dict(state, strict, at);
  } catch (const StateError& error) {
    fail<StateError>({"load_model", at}, path, ": does not fit: ",
                     error.std::runtime_error::what());  // the text without op and line
  }
}

}  // namespace tinygrad
