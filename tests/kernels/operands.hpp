// SPDX-License-Identifier: MIT
// Random arrays and the op name that the tests of kernels use.
#pragma once

#include <cstdint>
#include <limits>

#include "tinygrad/core/array.hpp"
#include "tinygrad/kernels/random/fill.hpp"

namespace tinygrad::test {

inline constexpr float kInf = std::numeric_limits<float>::infinity();
inline constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// The op on whose behalf a test calls a kernel.
inline const Op kOp{"test"};

/// Values in [-1, 1), the same for the same seed.
inline Array random_array(const Shape& shape, Dtype dtype, std::uint64_t seed) {
  Generator generator(seed);
  return kernels::uniform(shape, dtype, -1, 1, generator);
}

}  // namespace tinygrad::test
