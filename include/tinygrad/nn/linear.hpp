// SPDX-License-Identifier: MIT
// Linear: the fully connected layer.
#pragma once

#include "tinygrad/nn/init_preset.hpp"
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

  explicit Linear(...) TINYGRAD_REFUSED("Linear(in_features, out_features, options): integers");
  Linear(Index in, Index out, LinearOptions options = {},
         Generator& generator = default_generator(), At at = At::here())
      : in_features(in), out_features(out) {
    const Op op{"Linear", at};
    check<ValueError>(in > 0, op, "in_features=", in, " must be positive");
    check<ValueError>(out > 0, op, "out_features=", out, " must be positive");
    weight = Tensor(Array::empty({out, in}, float32, op));
    if (options.bias) bias = Tensor(Array::empty({out}, float32, op));
    init::pytorch_default_({weight, bias}, in, generator, at);
  }

  void members(Members& m) override { m("weight", weight)("bias", bias); }
  void reset_parameters(init::Initializer& draw) override {
    draw.weight(weight, in_features);
    draw.bias(bias, in_features);
  }
  Tensor forward(const Tensor& x) override { return linear(x, weight, bias); }
  std::string describe() const override {
    return str_cat("Linear(", in_features, ", ", out_features,
                   bias.defined() ? ")" : ", bias=false)");
  }
};

}  // namespace tinygrad::nn
