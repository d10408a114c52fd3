// SPDX-License-Identifier: MIT
// The list of convolutions that workloads.cpp and bench_conv time.
#pragma once

#include <vector>

#include "tinygrad/core/shape.hpp"

namespace bench {

struct ConvLayer {
  tinygrad::Index in, out, side, kernel;  // channels; the size of the square picture stays the same
};

inline const std::vector<ConvLayer> kConvLayers = {
    {3, 50, 32, 3},    {50, 50, 32, 3}, {50, 100, 16, 3}, {100, 100, 16, 3},
    {128, 128, 16, 3}, {20, 50, 12, 5}, {32, 8, 16, 1}};

inline constexpr tinygrad::Index kConvBatch = 64;

}  // namespace bench
