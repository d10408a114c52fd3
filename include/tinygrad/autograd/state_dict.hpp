// SPDX-License-Identifier: MIT
// StateDict: a map from names to tensors. Modules, optimizers, schedules and averaged weights
// return and load their state as a StateDict; functional_call() and value_and_grad() take named
// tensors as one.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tinygrad/autograd/tensor.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// Tensors by dotted name, as in "block3.conv.weight" or "0.momentum_buffer".
using StateDict = std::map<std::string, Tensor>;

/// Numbers and texts as tensors of a state. Every bit is kept.
inline Tensor saved_number(double value) { return Array::full({}, value, float64); }
inline Tensor saved_count(Index value) {
  return Array::from(std::vector{value}, int64).reshaped({});
}
inline Tensor saved_numbers(const std::vector<double>& values) {
  return Array::from(values, float64);
}
inline Tensor saved_text(const std::string& text) {
  return Array::from(std::vector<std::uint8_t>(text.begin(), text.end()), uint8);
}

}  // namespace tinygrad
