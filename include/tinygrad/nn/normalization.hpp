// SPDX-License-Identifier: MIT
// Normalisation layers: LayerNorm, RMSNorm, BatchNorm, BatchNormReLU, InstanceNorm, GroupNorm and
// LocalResponseNorm. The formulas are in ops/layers/layer_norm.hpp and ops/layers/batch_norm.hpp.
#pragma once

#include <optional>

#include "tinygrad/core/checks.hpp"
#include "tinygrad/nn/init_preset.hpp"
#include "tinygrad/ops/creation/creation.hpp"
#include "tinygrad/ops/layers/batch_norm.hpp"
#include "tinygrad/ops/layers/layer_norm.hpp"
#include "tinygrad/ops/shape/movement.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

namespace detail {
inline void check_eps(const Op& op, double eps) {
  check<ValueError>(eps >= 0, op, "eps=", eps, " must not be negative");
  tinygrad::detail::check_finite(op, "eps", eps);
}
inline void check_normalized(const Op& op, const Shape& shape, double eps) {
  check<ShapeError>(shape.rank() >= 1, op, "normalized_shape must name at least one dim");
  for (const Index size : shape)
    check<ShapeError>(size >= 0, op, "normalized_shape ", shape, " has a negative size");
  check_eps(op, eps);
}
}  // namespace detail

struct LayerNormOptions {
  double eps = 1e-5;
  bool elementwise_affine = true;  ///< have a weight, and a bias
  bool bias = true;
};

/// Normalises each run of the last dims to mean 0 and variance 1, then weight·x + bias.
/// Shapes  x (…, normalized_shape…) → y as x; weight and bias normalized_shape, 1 and 0 at first
struct LayerNorm final : Module {
  Shape normalized_shape;
  double eps;
  Parameter weight, bias;

  explicit LayerNorm(...) TINYGRAD_REFUSED("LayerNorm(normalized_shape, options)");
  explicit LayerNorm(const Shape& shape, LayerNormOptions options = {}, At at = At::here())
      : normalized_shape(shape), eps(options.eps) {
    detail::check_normalized({"LayerNorm", at}, shape, eps);
    if (!options.elementwise_affine) return;
    weight = ones(shape);
    if (options.bias) bias = zeros(shape);
  }
  explicit LayerNorm(Index size, LayerNormOptions options = {}, At at = At::here())
      : LayerNorm(Shape{size}, options, at) {}

  void members(Members& m) override { m("weight", weight)("bias", bias); }
  void reset_parameters(init::Initializer& draw) override { draw.scale_and_shift(weight, bias); }
  Tensor forward(const Tensor& x) override {
    return layer_norm(x, normalized_shape, weight, bias, eps);
  }
  std::string describe() const override {
    return str_cat("LayerNorm(", normalized_shape, ", eps=", eps,
                   weight.defined() ? "" : ", elementwise_affine=false",
                   weight.defined() && !bias.defined() ? ", bias=false)" : ")");
  }
};

struct RMSNormOptions {
  std::optional<double> eps = {};  ///< by default the spacing of x's dtype at 1
  bool elementwise_affine = true;  ///< have a weight
};

/// Normalises each run of the last dims to mean square 1, then weight·x.
/// Shapes  x (…, normalized_shape…) → y as x; weight normalized_shape, 1 at first
struct RMSNorm final : Module {
  Shape normalized_shape;
  std::optional<double> eps;
  Parameter weight;

  explicit RMSNorm(const Shape& shape, RMSNormOptions options = {}, At at = At::here())
      : normalized_shape(shape), eps(options.eps) {
    detail::check_normalized({"RMSNorm", at}, shape, eps.value_or(0));
    if (options.elementwise_affine) weight = ones(shape);
  }
  explicit RMSNorm(Index size, RMSNormOptions options = {}, At at = At::here())
      : RMSNorm(Shape{size}, options, at) {}

  void members(Members& m) override { m("weight", weight); }
  void reset_parameters(init::Initializer& draw) override { draw.scale_and_shift(weight, {}); }
  Tensor forward(const Tensor& x) override { return rms_norm(x, normalized_shape, weight, eps); }
  std::string describe() const override {
    return str_cat("RMSNorm(", normalized_shape, eps ? str_cat(", eps=", *eps) : std::string(),
                   weight.defined() ? ")" : ", elementwise_affine=false)");
  }
};

struct BatchNormOptions {
  double eps = 1e-5;
  /// Of the running statistics; none: the mean of all batches.
  std::optional<double> momentum = 0.1;
  bool affine = true;               ///< have weight and bias
  bool track_running_stats = true;  ///< if false, evaluation normalises by the batch too
};

struct InstanceNormOptions {
  double eps = 1e-5;
  std::optional<double> momentum = 0.1;
  bool affine = false;
  bool track_running_stats = false;  ///< if false, evaluation normalises by the sample too
};

/// The common part of BatchNorm and InstanceNorm: weight, bias and running statistics.
class ChannelNorm : public Module {
 public:
  Index num_features;
  BatchNormOptions options;
  Parameter weight, bias;
  Buffer running_mean, running_var, num_batches_tracked;

  void members(Members& m) override {
    m("weight", weight)("bias", bias)("running_mean", running_mean)("running_var", running_var)(
        "num_batches_tracked", num_batches_tracked);
  }
  void reset_parameters(init::Initializer& draw) override { draw.scale_and_shift(weight, bias); }
  std::string describe() const override {
    return str_cat(type_name(), "(", num_features, ", eps=", options.eps,
                   ", momentum=", options.momentum ? str_cat(*options.momentum) : "none",
                   ", affine=", options.affine,
                   ", track_running_stats=", options.track_running_stats, ")");
  }
  /// Resets the running statistics.
  void reset_running_stats() {
    if (!options.track_running_stats) return;
    running_mean.copy_(zeros({num_features}, running_mean.dtype()));
    running_var.copy_(ones({num_features}, running_var.dtype()));
    num_batches_tracked.copy_(zeros({}, int64));
  }

 protected:
  ChannelNorm(const char* name, Index features, BatchNormOptions settings, At at)
      : num_features(features), options(settings), name_(name) {
    const Op op{name, at};
    check<ValueError>(features >= 1, op, "num_features=", features, " must be at least 1");
    detail::check_eps(op, options.eps);
    const double momentum = options.momentum.value_or(0);
    check<ValueError>(momentum >= 0 && momentum <= 1, op, "momentum=", momentum,
                      " must be in [0, 1]");
    if (options.affine) {
      weight = ones({features});
      bias = zeros({features});
    }
    if (!options.track_running_stats) return;
    running_mean = zeros({features});
    running_var = ones({features});
    num_batches_tracked = zeros({}, int64);
  }

  /// Counts a training batch and returns the weight of its statistics.
  double count_batch() {
    if (!is_training() || !options.track_running_stats) return 0;
    if (!recomputing()) {
      ++*num_batches_tracked.data<Index>();
      num_batches_tracked.array().bump_version("count_batch");
    }
    return options.momentum.value_or(1 / static_cast<double>(*num_batches_tracked.data<Index>()));
  }
  void check_features(const Tensor& x, int dim) const {
    const Index channels = x.shape()[dim];
    if (channels == num_features) return;
    const bool last = x.dim() >= 4 && x.shape().back() == num_features;
    fail<ShapeError>(
        {name_, At::here()}, "x ", x.shape(), " has ", channels, " channels, num_features is ",
        num_features,
        last ? "; is x channels-last? permute(x, {0, 3, 1, 2}) makes it (N, C, H, W)" : "");
  }

  const char* name_;  // for errors
};

/// The base of BatchNorm1d, 2d and 3d, and of BatchNormReLU.
class BatchNorm : public ChannelNorm {
 public:
  Tensor forward(const Tensor& x) override {
    check_batch(x);
    const double momentum = count_batch();
    return batch_norm(x, running_mean, running_var, weight, bias,
                      {.training = by_batch(), .eps = options.eps, .momentum = momentum});
  }

 protected:
  BatchNorm(const char* name, int least, int most, Index features, BatchNormOptions settings, At at)
      : ChannelNorm(name, features, settings, at), least_(least), most_(most) {}

  void check_batch(const Tensor& x) const {
    const char* dims = least_ == 2   ? "(N, C) or (N, C, L)"
                       : least_ == 4 ? "(N, C, H, W)"
                                     : "(N, C, D, H, W)";
    check<ShapeError>(x.dim() >= least_ && x.dim() <= most_, {name_, At::here()}, "x ", x.shape(),
                      " must be ", dims);
    check_features(x, 1);
  }
  bool by_batch() const { return is_training() || !options.track_running_stats; }

 private:
  int least_, most_;  // dims of x
};

/// Normalises each channel of a batch to mean 0 and variance 1, then weight·x + bias. Evaluation
/// mode uses the running mean and variance of the training batches.
/// Shapes  x (N,C) or (N,C,L), C = num_features → y as x; weight (C), 1 at first; bias (C), 0;
///         buffers running_mean (C), running_var (C), num_batches_tracked ()
/// Throws  ValueError in training for one value per channel
struct BatchNorm1d final : BatchNorm {
  explicit BatchNorm1d(...) TINYGRAD_REFUSED("BatchNorm1d(num_features, options): an integer");
  explicit BatchNorm1d(Index features, BatchNormOptions settings = {}, At at = At::here())
      : BatchNorm("BatchNorm1d", 2, 3, features, settings, at) {}
};
/// BatchNorm1d for x (N,C,H,W).
struct BatchNorm2d final : BatchNorm {
  explicit BatchNorm2d(...) TINYGRAD_REFUSED("BatchNorm2d(num_features, options): an integer");
  explicit BatchNorm2d(Index features, BatchNormOptions settings = {}, At at = At::here())
      : BatchNorm("BatchNorm2d", 4, 4, features, settings, at) {}
};
/// BatchNorm1d for x (N,C,D,H,W).
struct BatchNorm3d final : BatchNorm {
  explicit BatchNorm3d(...) TINYGRAD_REFUSED("BatchNorm3d(num_features, options): an integer");
  explicit BatchNorm3d(Index features, BatchNormOptions settings = {}, At at = At::here())
      : BatchNorm("BatchNorm3d", 5, 5, features, settings, at) {}
};

/// The base of BatchNormReLU1d, 2d and 3d.
class BatchNormReLU : public BatchNorm {
 public:
  using Module::operator();
  /// relu of the normalised x + addend, as at the end of a residual block.
  Tensor operator()(const Tensor& x, const Tensor& addend, At at = At::here()) {
    return call(at, {x, addend},
                [&](const std::vector<Tensor>& in) { return normalize(in[0], in[1]); });
  }
  Tensor forward(const Tensor& x) override { return normalize(x, {}); }

 protected:
  using BatchNorm::BatchNorm;

 private:
  Tensor normalize(const Tensor& x, const Tensor& addend) {
    check_batch(x);
    const double momentum = count_batch();
    return batch_norm_relu(x, running_mean, running_var, weight, bias, addend,
                           {.training = by_batch(), .eps = options.eps, .momentum = momentum});
  }
};

/// BatchNorm1d and then a ReLU, in fewer passes over memory than the two layers, with the same
/// values and names of parameters. Called as bn(x, addend), the ReLU is that of the normalised x +
/// addend.
/// Shapes  x and addend (N,C) or (N,C,L) → y as x; parameters and buffers as BatchNorm1d
/// Throws  ValueError in training for one value per channel
struct BatchNormReLU1d final : BatchNormReLU {
  explicit BatchNormReLU1d(Index features, BatchNormOptions settings = {}, At at = At::here())
      : BatchNormReLU("BatchNormReLU1d", 2, 3, features, settings, at) {}
};
/// BatchNormReLU1d for x (N,C,H,W).
struct BatchNormReLU2d final : BatchNormReLU {
  explicit BatchNormReLU2d(Index features, BatchNormOptions settings = {}, At at = At::here())
      : BatchNormReLU("BatchNormReLU2d", 4, 4, features, settings, at) {}
};
/// BatchNormReLU1d for x (N,C,D,H,W).
struct BatchNormReLU3d final : BatchNormReLU {
  explicit BatchNormReLU3d(Index features, BatchNormOptions settings = {}, At at = At::here())
      : BatchNormReLU("BatchNormReLU3d", 5, 5, features, settings, at) {}
};

/// The base of InstanceNorm1d, 2d and 3d.
class InstanceNorm : public ChannelNorm {
 public:
  Tensor forward(const Tensor& x) override {
    const int rank = 2 + spatial_;
    const char* dims = spatial_ == 1 ? "L)" : spatial_ == 2 ? "H, W)" : "D, H, W)";
    check<ShapeError>(x.dim() == rank || x.dim() == rank - 1, {name_, At::here()}, "x ", x.shape(),
                      " must be (N, C, ", dims, " or (C, ", dims);
    check_features(x, x.dim() - 1 - spatial_);
    const double momentum = count_batch();
    const bool by_sample = is_training() || !options.track_running_stats;
    const Tensor y = instance_norm(
        x.dim() == rank ? x : unsqueeze(x, 0), running_mean, running_var, weight, bias,
        {.use_input_stats = by_sample, .eps = options.eps, .momentum = momentum});
    return x.dim() == rank ? y : squeeze(y, 0);
  }

 protected:
  InstanceNorm(const char* name, int spatial, Index features, const InstanceNormOptions& settings,
               At at)
      : ChannelNorm(
            name, features,
            {settings.eps, settings.momentum, settings.affine, settings.track_running_stats}, at),
        spatial_(spatial) {}

 private:
  int spatial_;
};

/// Normalises each channel of each sample to mean 0 and variance 1, then, if affine, weight·x +
/// bias. With track_running_stats, evaluation mode uses the running mean and variance of training.
/// Shapes  x (N,C,L) or (C,L), C = num_features → y as x; weight, bias and buffers as BatchNorm1d
/// Throws  ValueError for one value per channel of a sample
struct InstanceNorm1d final : InstanceNorm {
  explicit InstanceNorm1d(Index features, InstanceNormOptions settings = {}, At at = At::here())
      : InstanceNorm("InstanceNorm1d", 1, features, settings, at) {}
};
/// InstanceNorm1d for x (N,C,H,W) or (C,H,W).
struct InstanceNorm2d final : InstanceNorm {
  explicit InstanceNorm2d(Index features, InstanceNormOptions settings = {}, At at = At::here())
      : InstanceNorm("InstanceNorm2d", 2, features, settings, at) {}
};
/// InstanceNorm1d for x (N,C,D,H,W) or (C,D,H,W).
struct InstanceNorm3d final : InstanceNorm {
  explicit InstanceNorm3d(Index features, InstanceNormOptions settings = {}, At at = At::here())
      : InstanceNorm("InstanceNorm3d", 3, features, settings, at) {}
};

struct GroupNormOptions {
  double eps = 1e-5;
  bool affine = true;  ///< have weight and bias
};

/// Normalises each of num_groups runs of a sample's channels to mean 0 and variance 1, then
/// weight·x + bias.
/// Shapes  x (N,C,…), C = num_channels → y as x; weight (C), 1 at first; bias (C), 0
/// Throws  ValueError unless num_groups divides num_channels
struct GroupNorm final : Module {
  Index num_groups, num_channels;
  GroupNormOptions options;
  Parameter weight, bias;

  GroupNorm(Index groups, Index channels, GroupNormOptions settings = {}, At at = At::here())
      : num_groups(groups), num_channels(channels), options(settings) {
    const Op op{"GroupNorm", at};
    check<ValueError>(groups >= 1 && channels >= 1 && channels % groups == 0, op,
                      "num_groups=", groups, " must divide num_channels=", channels);
    detail::check_eps(op, options.eps);
    if (!options.affine) return;
    weight = ones({channels});
    bias = zeros({channels});
  }

  void members(Members& m) override { m("weight", weight)("bias", bias); }
  void reset_parameters(init::Initializer& draw) override { draw.scale_and_shift(weight, bias); }
  Tensor forward(const Tensor& x) override {
    check<ShapeError>(x.dim() >= 2 && x.shape()[1] == num_channels, {"GroupNorm", At::here()}, "x ",
                      x.shape(), " must be (N, ", num_channels, ", …)");
    return group_norm(x, num_groups, weight, bias, options.eps);
  }
  std::string describe() const override {
    return str_cat("GroupNorm(", num_groups, ", ", num_channels, ", eps=", options.eps,
                   ", affine=", options.affine, ")");
  }
};

/// x/(k + alpha·mean(x²))^beta over `size` channels: local_response_norm() as a layer.
/// Shapes  x (N,C,…) → y as x
struct LocalResponseNorm final : Module {
  Index size;
  LocalResponseNormOptions options;

  explicit LocalResponseNorm(Index channels, const LocalResponseNormOptions& settings = {},
                             At at = At::here())
      : size(channels), options(settings) {
    const Op op{"LocalResponseNorm", at};
    check<ValueError>(size >= 1, op, "size=", size, " must be at least 1");
    tinygrad::detail::check_finite(op, "alpha", options.alpha);
    tinygrad::detail::check_finite(op, "beta", options.beta);
    tinygrad::detail::check_finite(op, "k", options.k);
  }
  Tensor forward(const Tensor& x) override { return local_response_norm(x, size, options); }
  std::string describe() const override {
    return str_cat("LocalResponseNorm(", size, ", alpha=", options.alpha, ", beta=", options.beta,
                   ", k=", options.k, ")");
  }
};

}  // namespace tinygrad::nn
