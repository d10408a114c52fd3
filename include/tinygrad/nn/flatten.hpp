// SPDX-License-Identifier: MIT
// Flatten: images to rows.
#pragma once

#include "tinygrad/nn/module.hpp"
#include "tinygrad/ops/movement.hpp"

namespace tinygrad::nn {

/// Merges the axes from start_dim to end_dim into one; by default all but the batch.
/// Shapes  x (N, C, H, W) → y (N, C·H·W)
struct Flatten final : Module {
  Index start_dim, end_dim;

  explicit Flatten(Index start = 1, Index end = -1) : start_dim(start), end_dim(end) {}

  Tensor forward(const Tensor& x) override { return flatten(x, start_dim, end_dim); }
  std::string describe() const override {
    return concat("Flatten(", start_dim, ", ", end_dim, ")");
  }
};

}  // namespace tinygrad::nn
