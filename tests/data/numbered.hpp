// SPDX-License-Identifier: MIT
// numbered(): a data set in which each sample contains its own number.
#pragma once

#include <cstdint>

#include "tinygrad/data/dataset.hpp"

namespace support {

/// Sample i is (i, −i), its label i mod 4.
inline tinygrad::data::ClassificationData numbered(tinygrad::Index n) {
  using namespace tinygrad;
  using namespace tinygrad::data;
  ClassificationData data{Array::empty({n, 2}, float32), Array::empty({n}, int64), "numbered", 4};
  for (Index i = 0; i < n; ++i) {
    data.inputs.data<float>()[2 * i] = static_cast<float>(i);
    data.inputs.data<float>()[2 * i + 1] = static_cast<float>(-i);
    data.targets.data<std::int64_t>()[i] = i % 4;
  }
  return data;
}

}  // namespace support
