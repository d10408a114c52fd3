// SPDX-License-Identifier: MIT
// The hook through which a DataLoader reports its unshuffled batches to the lint in
// debug/lint.hpp. The data floor may not see the debug floor, so the lint sets this function
// pointer.
#pragma once

#include "tinygrad/core/array.hpp"

namespace tinygrad::inline TINYGRAD_ABI::data::detail {

/// Called when a DataLoader without shuffle returns a batch of a data set with targets
/// `all_targets`. `at` is where the loader was made. Null while the lint is off.
struct UnshuffledBatch {
  const Array &inputs, &targets, &all_targets;
  At at;
};
inline void (*on_unshuffled_batch)(const UnshuffledBatch&) = nullptr;

}  // namespace tinygrad::data::detail
