// SPDX-License-Identifier: MIT
// The dropout layer.
#pragma once

#include <optional>

#include "tinygrad/nn/module.hpp"
#include "tinygrad/ops/dropout.hpp"

namespace tinygrad::nn {

/// In training mode sets each element to 0 with probability p and scales the others by 1/(1 − p);
/// in evaluation mode does nothing. Draws from a generator of its own, if it is given one.
struct Dropout final : Module {
  double p;
  std::optional<Generator> generator;

  explicit Dropout(double probability = 0.5, std::optional<Generator> own = {}, At at = At::here())
      : p(probability), generator(std::move(own)) {
    check<ValueError>(p >= 0 && p <= 1, {"Dropout", at}, "p=", p, " must be in [0, 1]");
  }

  Tensor forward(const Tensor& x) override {
    return dropout(x, p, is_training(), generator ? *generator : default_generator());
  }
  std::string describe() const override { return concat("Dropout(", p, ")"); }
};

}  // namespace tinygrad::nn
