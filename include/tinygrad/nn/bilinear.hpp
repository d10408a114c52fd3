// SPDX-License-Identifier: MIT
// Bilinear: the layer that is linear in each of its two inputs.
#pragma once

#include "tinygrad/nn/linear.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

struct BilinearOptions {
  bool bias = true;
};

/// y_k = x1ᵀ·weight_k·x2 + bias_k.
/// Shapes  x1 (…, in1_features), x2 (…, in2_features) → y (…, out_features);
///         weight (out_features, in1_features, in2_features)
/// Starts with weight and bias uniform in ±1/√in1_features, as PyTorch's Bilinear does.
/// Cost    one product with all of weight, N·in1·in2·out multiply-adds
struct Bilinear final : Module {
  Index in1_features, in2_features, out_features;
  Parameter weight, bias;

  Bilinear(Index in1, Index in2, Index out, BilinearOptions options = {},
           Generator& generator = default_generator(), At at = At::here())
      : in1_features(in1), in2_features(in2), out_features(out) {
    const Op op{"Bilinear", at};
    check<ValueError>(in1 > 0, op, "in1_features=", in1, " must be positive");
    check<ValueError>(in2 > 0, op, "in2_features=", in2, " must be positive");
    check<ValueError>(out > 0, op, "out_features=", out, " must be positive");
    weight = Tensor(Array::empty({out, in1, in2}, float32, op));
    if (options.bias) bias = Tensor(Array::empty({out}, float32, op));
    init::pytorch_default_({weight, bias}, in1, generator, at);
  }

  void members(Members& m) override { m("weight", weight)("bias", bias); }
  void reset_parameters(init::Initializer& draw) override {
    draw.weight(weight, in1_features);
    draw.bias(bias, in1_features);
  }
  Tensor operator()(const Tensor& x1, const Tensor& x2, At at = At::here()) {
    return call(at, {x1, x2}, [&](const std::vector<Tensor>& in) { return product(in[0], in[1]); });
  }
  std::string describe() const override {
    return str_cat("Bilinear(", in1_features, ", ", in2_features, ", ", out_features,
                   bias.defined() ? ")" : ", bias=false)");
  }

 private:
  Tensor product(const Tensor& x1, const Tensor& x2) {
    check_input(x1, "x1", in1_features);
    check_input(x2, "x2", in2_features);
    Shape shape(x1.shape().begin(), x1.shape().end() - 1);
    const Shape other(x2.shape().begin(), x2.shape().end() - 1);
    check<ShapeError>(shape == other, {"Bilinear", At::here()}, "x1 ", x1.shape(), " and x2 ",
                      x2.shape(), " must have the same dims before the last");
    const Index n = shape.count();
    const Tensor left = reshape(x1, {n, in1_features});
    const Tensor rows = reshape(permute(weight, {0, 2, 1}), {-1, in1_features});  // (K·F2, F1)
    const Tensor half = reshape(linear(left, rows), {n, out_features, in2_features});
    Tensor y = matmul(half, reshape(x2, {n, in2_features, 1}));  // (N,K,F2)·(N,F2,1) → (N,K,1)
    shape.push_back(out_features);
    y = reshape(y, shape);
    return bias.defined() ? y + bias : y;
  }
  static void check_input(const Tensor& x, const char* name, Index features) {
    check<ShapeError>(x.dim() >= 1 && x.shape().back() == features, {"Bilinear", At::here()}, name,
                      ' ', x.shape(), " must end in ",
                      name == std::string_view("x1") ? "in1" : "in2", "_features=", features);
  }
};

}  // namespace tinygrad::nn
