// SPDX-License-Identifier: MIT
// What the data floor, which knows no tensors and hence no observers, tells the lint of silent
// mistakes in debug/lint.hpp.
#pragma once

#include "tinygrad/core/array.hpp"

namespace tinygrad::inline TINYGRAD_ABI::detail {

/// A DataLoader without shuffle hands out a batch of a data set with these targets. `at` is where
/// the loader was made. Null while nobody wants to know.
struct UnshuffledBatch {
  const Array &inputs, &targets, &all_targets;
  At at;
};
inline void (*on_unshuffled_batch)(const UnshuffledBatch&) = nullptr;

}  // namespace tinygrad::detail
