// SPDX-License-Identifier: MIT
// save_state and load_state: write the state of a model, an optimizer or a schedule to a
// safetensors file, and read it. Tensors and numbers keep every bit.
#pragma once

#include <string>
#include <utility>

#include "tinygrad/io/safetensors.hpp"
#include "tinygrad/nn/module.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// Writes `state` to `path`, whole or not at all:
///   save_state("model.safetensors", model.state_dict());
///   save_state("sgd.safetensors", sgd.state_dict(), {{"epoch", "3"}});
/// Throws  ValueError for an undefined tensor; IoError if the file cannot be written
inline void save_state(const std::string& path, const StateDict& state,
                       const Metadata& metadata = {{"format", "pt"}}, const SaveOptions& save = {},
                       At at = At::here()) {
  NamedArrays arrays;
  for (const auto& [name, tensor] : state)
    arrays.emplace(name, tensor.defined() ? tensor.array() : Array());
  save_safetensors(path, arrays, metadata, save, at);
}

/// Reads the state in `path`, for load_state_dict():
///   sgd.load_state_dict(load_state("sgd.safetensors"));
/// Tensors that the options exclude are treated as missing in the file.
/// Throws  IoError if the file is damaged
inline StateDict load_state(const std::string& path, const LoadOptions& options = {},
                            At at = At::here()) {
  StateDict state;
  for (auto& [name, array] : load_safetensors(path, options, at).tensors)
    state.emplace(name, Tensor(std::move(array)));
  return state;
}

/// save_state(path, module.state_dict()).
inline void save_model(const std::string& path, nn::Module& module,
                       const Metadata& metadata = {{"format", "pt"}}, const SaveOptions& save = {},
                       At at = At::here()) {
  save_state(path, module.state_dict(), metadata, save, at);
}

/// module.load_state_dict(load_state(path, options), strict), with the file's name in errors.
/// Throws  IoError if the file is damaged; StateError if it does not fit
inline LoadReport load_model(const std::string& path, nn::Module& module, bool strict = true,
                             const LoadOptions& options = {}, At at = At::here()) {
  const StateDict state = load_state(path, options, at);
  try {
    return module.load_state_dict(state, strict, at);
  } catch (const StateError& error) {
    fail<StateError>({"load_model", at}, path, ": does not fit: ",
                     error.std::runtime_error::what());  // the text without op and line
  }
}

}  // namespace tinygrad
