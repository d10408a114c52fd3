// SPDX-License-Identifier: MIT
// The fully connected layer.
#pragma once

#include "tinygrad/nn/init.hpp"
#include "tinygrad/nn/module.hpp"
#include "tinygrad/ops/linalg/products.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

struct LinearOptions {
  bool bias = true;
};

/// x·weightᵀ + bias.
/// Shapes  x (…, in_features) → y (…, out_features); weight (out_features, in_features)
/// Starts with weight and bias uniform in ±1/√in_features, as PyTorch's Linear does.
struct Linear final : Module {
  Index in_features, out_features;
  Parameter weight, bias;

  Linear(Index in, Index out, LinearOptions options = {},
         Generator& generator = default_generator(), At at = At::here())
      : in_features(in), out_features(out) {
    const Op op{"Linear", at};
    check<ValueError>(in > 0, op, "in_features=", in, " must be positive");
    check<ValueError>(out > 0, op, "out_features=", out, " must be positive");
    const double bound = 1 / std::sqrt(static_cast<double>(in));
    weight = Tensor(kernels::uniform({out, in}, float32, -bound, bound, generator));
    if (options.bias) bias = Tensor(kernels::uniform({out}, float32, -bound, bound, generator));
  }

  void members(Members& m) override { m("weight", weight)("bias", bias); }
  Tensor forward(const Tensor& x) override { return linear(x, weight, bias); }
  std::string describe() const override {
    return str_cat("Linear(", in_features, ", ", out_features,
                   bias.defined() ? ")" : ", bias=false)");
  }
};

}  // namespace tinygrad::nn
