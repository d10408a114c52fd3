// SPDX-License-Identifier: MIT
// LayerNorm and RMSNorm. The formulas are in ops/normalization.hpp.
#pragma once

#include <optional>

#include "tinygrad/nn/module.hpp"
#include "tinygrad/ops/creation.hpp"
#include "tinygrad/ops/normalization.hpp"

namespace tinygrad::nn {

struct LayerNormOptions {
  double eps = 1e-5;
  bool elementwise_affine = true;  ///< have a weight, and a bias
  bool bias = true;
};

/// Brings each run of the last axes to mean 0 and variance 1, then weight·x + bias.
/// Shapes  x (…, normalized_shape…) → y as x; weight and bias normalized_shape, 1 and 0 at first
struct LayerNorm final : Module {
  Shape normalized_shape;
  double eps;
  Parameter weight, bias;

  explicit LayerNorm(const Shape& shape, LayerNormOptions options = {}, At at = At::here())
      : normalized_shape(shape), eps(options.eps) {
    check<ShapeError>(shape.rank() >= 1, {"LayerNorm", at},
                      "normalized_shape must name at least one axis");
    if (!options.elementwise_affine) return;
    weight = ones(shape);
    if (options.bias) bias = zeros(shape);
  }
  explicit LayerNorm(Index size, LayerNormOptions options = {}, At at = At::here())
      : LayerNorm(Shape{size}, options, at) {}

  void members(Members& m) override { m("weight", weight)("bias", bias); }
  Tensor forward(const Tensor& x) override {
    return layer_norm(x, normalized_shape, weight, bias, eps);
  }
  std::string describe() const override {
    return concat("LayerNorm(", normalized_shape, ", eps=", eps,
                  weight.defined() ? "" : ", elementwise_affine=false",
                  weight.defined() && !bias.defined() ? ", bias=false)" : ")");
  }
};

struct RMSNormOptions {
  std::optional<double> eps = {};  ///< by default the spacing of x's dtype at 1
  bool elementwise_affine = true;  ///< have a weight
};

/// Brings each run of the last axes to mean square 1, then weight·x.
/// Shapes  x (…, normalized_shape…) → y as x; weight normalized_shape, 1 at first
struct RMSNorm final : Module {
  Shape normalized_shape;
  std::optional<double> eps;
  Parameter weight;

  explicit RMSNorm(const Shape& shape, RMSNormOptions options = {}, At at = At::here())
      : normalized_shape(shape), eps(options.eps) {
    check<ShapeError>(shape.rank() >= 1, {"RMSNorm", at},
                      "normalized_shape must name at least one axis");
    if (options.elementwise_affine) weight = ones(shape);
  }
  explicit RMSNorm(Index size, RMSNormOptions options = {}, At at = At::here())
      : RMSNorm(Shape{size}, options, at) {}

  void members(Members& m) override { m("weight", weight); }
  Tensor forward(const Tensor& x) override { return rms_norm(x, normalized_shape, weight, eps); }
  std::string describe() const override {
    return concat("RMSNorm(", normalized_shape, eps ? concat(", eps=", *eps) : std::string(),
                  weight.defined() ? ")" : ", elementwise_affine=false)");
  }
};

}  // namespace tinygrad::nn
