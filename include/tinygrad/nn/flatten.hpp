// SPDX-License-Identifier: MIT
// Flatten merges dims, images to rows. Unflatten splits one, rows to images.
#pragma once

#include "tinygrad/nn/module.hpp"
#include "tinygrad/ops/shape/movement.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

/// Merges the dims from start_dim to end_dim into one; by default all but the batch.
/// Shapes  x (N, C, H, W) → y (N, C·H·W)
struct Flatten final : Module {
  Index start_dim, end_dim;

  explicit Flatten(Index start = 1, Index end = -1) : start_dim(start), end_dim(end) {}

  Tensor forward(const Tensor& x) override { return flatten(x, start_dim, end_dim); }
  std::string describe() const override {
    return str_cat("Flatten(", start_dim, ", ", end_dim, ")");
  }
};

/// Splits `dim` into dims of the given sizes. One size may be -1; it follows from the others.
/// Shapes  x (N, C·H·W) → y (N, C, H, W) with dim 1 and sizes (C, H, W)
struct Unflatten final : Module {
  Index dim;
  Shape unflattened_size;

  Unflatten(Index over, const Shape& sizes, At at = At::here())
      : dim(over), unflattened_size(sizes) {
    const Op op{"Unflatten", at};
    check<ShapeError>(sizes.rank() >= 1, op, "unflattened_size names no dim");
    int open = 0;
    for (const Index size : sizes) {
      check<ShapeError>(size >= -1, op, "unflattened_size ", sizes, " holds ", size);
      open += size == -1;
    }
    check<ShapeError>(open <= 1, op, "unflattened_size ", sizes, " leaves more than one size open");
  }

  Tensor forward(const Tensor& x) override {
    const Op op{"Unflatten", At::here()};
    const int along = normalize_dim(op, dim, x.dim(), "dim");
    const Index size = x.shape()[along];
    Shape sizes = unflattened_size;
    Index* open = std::find(sizes.begin(), sizes.end(), -1);
    if (open != sizes.end()) {
      *open = 1;
      *open = sizes.count() > 0 ? size / sizes.count() : 0;
    }
    check<ShapeError>(sizes.count() == size, op, "dim ", along, " of x ", x.shape(), " has size ",
                      size, ", which does not make ", unflattened_size);
    Shape shape(x.shape().begin(), x.shape().begin() + along);
    for (const Index each : sizes) shape.push_back(each);
    for (int i = along + 1; i < x.dim(); ++i) shape.push_back(x.shape()[i]);
    return reshape(x, shape);
  }
  std::string describe() const override {
    return str_cat("Unflatten(", dim, ", ", unflattened_size, ")");
  }
};

}  // namespace tinygrad::nn
