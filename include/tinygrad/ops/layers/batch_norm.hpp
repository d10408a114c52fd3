// SPDX-License-Identifier: MIT
// Normalisation of channels: batch_norm, group_norm, instance_norm and local_response_norm.
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>

#include "tinygrad/autograd/grad_mode.hpp"
#include "tinygrad/kernels/norm/channels.hpp"
#include "tinygrad/ops/checks.hpp"
#include "tinygrad/ops/elementwise/activation.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/ops/elementwise/power.hpp"
#include "tinygrad/ops/elementwise/select.hpp"
#include "tinygrad/ops/layers/layer_norm.hpp"
#include "tinygrad/ops/layers/pooling.hpp"
#include "tinygrad/ops/shape/broadcast.hpp"
#include "tinygrad/ops/shape/movement.hpp"
#include "tinygrad/ops/shape/padding.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

struct BatchNormOptions {
  bool training = false;  ///< normalise by the batch, and update the running statistics
  double eps = 1e-5;
  double momentum = 0.1;  ///< weight of the batch in the running statistics
};

struct InstanceNormOptions {
  bool use_input_stats = true;  ///< normalise by x, and update the running statistics
  double eps = 1e-5;
  double momentum = 0.1;
};

namespace detail {
// x (N, C, …) with `groups` groups in each sample; 0: one group for each channel of the batch.
inline kernels::ChannelGroups channel_groups(const Op& op, const Tensor& x, Index groups) {
  check_floating(op, x);
  check<ShapeError>(x.dim() >= 2, op, "x ", x.shape(), " must have dims N, C, …");
  return {x.shape()[0], x.shape()[1], x.shape().product(2, x.dim()), groups};
}

// Throws unless t (weight, bias or a running statistic) has one number for each channel or is
// undefined.
inline void check_channels(const Op& op, const Tensor& x, const char* name, const Tensor& t) {
  if (!t.defined()) return;
  const Index channels = x.shape()[1];
  if (t.shape() == Shape{channels} && t.dtype() == x.dtype()) return;
  const bool last = x.dim() >= 4 && t.shape() == Shape{x.shape().back()};
  fail<ShapeError>(
      op, name, ' ', t.dtype(), ' ', t.shape(), " must be ", x.dtype(), " (", channels,
      "): one for each channel of x ", x.shape(),
      last ? "; is x channels-last? permute(x, {0, 3, 1, 2}) makes it (N, C, H, W)" : "");
}

inline void check_affine(const Op& op, const Tensor& x, const Tensor& weight, const Tensor& bias,
                         double eps) {
  check<ValueError>(eps >= 0, op, "eps=", eps, " must not be negative");
  check_channels(op, x, "weight", weight);
  check_channels(op, x, "bias", bias);
}

// A view of x with separate groups: the dims to normalise over, and the shape of weight and bias.
struct GroupView {
  Shape shape, dims, param;

  explicit GroupView(const kernels::ChannelGroups& g) {
    if (g.groups == 0) {
      shape = {g.batch, g.channels, 1, g.length};
      dims = {0, 2, 3};
      param = {g.channels, 1, 1};
    } else {
      shape = {g.batch, g.groups, g.channels / g.groups, g.length};
      dims = {2, 3};
      param = {g.groups, g.channels / g.groups, 1};
    }
  }
};

// The gradients of y = (x − mean)·scale·weight + bias for constant mean and scale (C).
inline Grads channel_affine_grad(const Vjp& vjp, const Tensor& x, const Tensor& weight,
                                 const Tensor& centre, const Tensor& scale) {
  const Tensor& grad_y = vjp.grad();
  const Index channels = scale.numel();
  Shape param(x.shape());
  std::fill(param.begin(), param.end(), Index{1});
  param[1] = channels;
  Grads out(3);
  if (vjp.needs(0)) out[0] = grad_y * reshape(weight.defined() ? weight * scale : scale, param);
  if (vjp.needs(1)) {
    const Tensor normal = (x - reshape(centre, param)) * reshape(scale, param);
    out[1] = reshape(sum_to(grad_y * normal, param), {channels});
  }
  if (vjp.needs(2)) out[2] = reshape(sum_to(grad_y, param), {channels});
  return out;
}

// normalize_grad of x viewed with separate groups.
inline Grads channel_norm_grad(const Vjp& vjp, const kernels::ChannelGroups& g, const Tensor& x,
                               const Tensor& grad_y, const Tensor& weight, double eps) {
  const GroupView as(g);
  const auto view = [](const Tensor& t, const Shape& shape) {
    return t.defined() ? reshape(t, shape) : Tensor();
  };
  const Grads out = normalize_grad(vjp, view(x, as.shape), view(grad_y, as.shape),
                                   view(weight, as.param), as.dims, as.param, true, eps);
  return grads(view(out[0], x.shape()), view(out[1], {g.channels}), view(out[2], {g.channels}));
}

struct ChannelNormResult {
  Tensor y;
  Array mean, variance;  // of each group; the variance is float64
};

// x normalised by its own statistics.
inline ChannelNormResult normalize_channels(const Op& op, const Tensor& x,
                                            const kernels::ChannelGroups& g, const Tensor& weight,
                                            const Tensor& bias, double eps) {
  check_affine(op, x, weight, bias, eps);
  const kernels::NormalizedChannels n =
      kernels::normalize_channels(op, x.array(), g, eps, array_of(weight), array_of(bias));
  Tensor y = record(
      op, n.y, {x, weight, bias}, save(x, weight, n.mean, n.rest, n.scale),
      [name = op.name, g, eps](const Vjp& vjp, const Tensor& input, const Tensor& factor,
                               const Tensor& centre, const Tensor& rest, const Tensor& scale) {
        const Op self{name};
        if (grad_enabled() && input.numel() > 0)
          return channel_norm_grad(vjp, g, input, vjp.grad(), factor, eps);
        const kernels::NormalizedChannelsGrads out = kernels::normalize_channels_grad(
            self, input.array(), g, centre.array(), rest.array(), scale.array(), array_of(factor),
            vjp.grad().array(), vjp.spare_grad(), {vjp.needs(0), vjp.needs(1), vjp.needs(2)});
        return grads(Tensor(out.x), Tensor(out.weight), Tensor(out.bias));
      });
  return {std::move(y), n.mean, n.variance};
}

// relu(x normalised by its own statistics + addend). The addend may be undefined. The ReLU needs no
// extra pass: forward applies it while writing y, backward while reading grad_y.
inline ChannelNormResult normalize_channels_relu(const Op& op, const Tensor& x,
                                                 const kernels::ChannelGroups& g,
                                                 const Tensor& weight, const Tensor& bias,
                                                 const Tensor& addend, double eps) {
  check_affine(op, x, weight, bias, eps);
  const kernels::NormalizedChannels n =
      kernels::normalize_channels(op, x.array(), g, eps, array_of(weight), array_of(bias),
                                  {.on = true, .addend = array_of(addend)});
  const Tensor kept = addend.defined() ? Tensor(n.y) : Tensor();
  Tensor y = record(
      op, n.y, {x, weight, bias, addend}, save(x, weight, bias, n.mean, n.rest, n.scale, kept),
      [g, eps](const Vjp& vjp, const Tensor& input, const Tensor& factor, const Tensor& shift,
               const Tensor& centre, const Tensor& rest, const Tensor& scale,
               const Tensor& output) {
        const Op self{vjp.node().name(), vjp.node().at()};
        const bool added = output.defined();
        if (grad_enabled() && input.numel() > 0) {
          const Tensor before = added ? output
                                      : Tensor(kernels::apply_channels(
                                            self, input.array(), g, centre.array(), rest.array(),
                                            scale.array(), array_of(factor), array_of(shift)));
          const Tensor grad_sum = where(before <= 0, 0, vjp.grad());
          Grads out = channel_norm_grad(vjp, g, input, grad_sum, factor, eps);
          out.push_back(vjp.needs(3) ? grad_sum : Tensor());
          return out;
        }
        Array spare = vjp.spare_grad(), masked;
        if (added) {
          masked = spare.defined() ? spare : Array::empty(input.shape(), input.dtype(), self);
          spare = vjp.needs(3) ? Array() : masked;
        }
        const kernels::NormalizedChannelsGrads out = kernels::normalize_channels_grad(
            self, input.array(), g, centre.array(), rest.array(), scale.array(), array_of(factor),
            vjp.grad().array(), spare, {vjp.needs(0), vjp.needs(1), vjp.needs(2)},
            {.on = true, .bias = array_of(shift), .y = array_of(output), .masked = masked});
        return grads(Tensor(out.x), Tensor(out.weight), Tensor(out.bias),
                     vjp.needs(3) ? Tensor(masked) : Tensor());
      });
  return {std::move(y), n.mean, n.variance};
}

// x normalised by the given statistics, which get no gradient.
inline Tensor normalize_by(const Op& op, const Tensor& x, const kernels::ChannelGroups& g,
                           const Tensor& running_mean, const Tensor& running_var,
                           const Tensor& weight, const Tensor& bias, double eps) {
  check<ValueError>(running_mean.defined() && running_var.defined(), op,
                    "without running_mean and running_var x must be normalised by itself");
  check_affine(op, x, weight, bias, eps);
  const Array centre = running_mean.array().copy();  // later batches will overwrite it
  const Array scale = dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    return kernels::map<T, T>(op, running_var.array(), [eps](T v) {
      return static_cast<T>(1 / std::sqrt(static_cast<double>(v) + eps));
    });
  });
  Array y = kernels::apply_channels(op, x.array(), g, centre, {}, scale, array_of(weight),
                                    array_of(bias));
  return record(op, std::move(y), {x, weight, bias}, save(x, weight, centre, scale),
                [](const Vjp& vjp, const Tensor& input, const Tensor& factor, const Tensor& middle,
                   const Tensor& stretch) {
                  return channel_affine_grad(vjp, input, factor, middle, stretch);
                });
}

// Moves the running statistics towards the new ones, once for each step: not when a checkpoint
// recomputes it.
inline void update_running(const Op& op, const kernels::ChannelGroups& g,
                           const ChannelNormResult& found, const Tensor& running_mean,
                           const Tensor& running_var, double momentum) {
  if (recomputing() || found.y.numel() == 0) return;
  const auto size = static_cast<double>(g.size());
  if (running_mean.defined())
    kernels::blend_channels(op, running_mean.array(), found.mean, 1, momentum);
  if (running_var.defined())  // unbiased: divided by one less
    kernels::blend_channels(op, running_var.array(), found.variance, size / (size - 1), momentum);
}

inline void check_running(const Op& op, const Tensor& x, const Tensor& running_mean,
                          const Tensor& running_var) {
  check_channels(op, x, "running_mean", running_mean);
  check_channels(op, x, "running_var", running_var);
}

inline void check_has_variance(const Op& op, const Tensor& x, const kernels::ChannelGroups& g) {
  check<ValueError>(g.size() != 1, op, "x ", x.shape(),
                    " has one value per channel, which has no variance; train with more, or "
                    "switch to evaluation mode with eval()");
}
}  // namespace detail

/// (x − mean)/√(variance + eps)·weight + bias for each channel. In training, mean and variance (not
/// corrected) are those of the batch. running_mean and running_var, if defined, then move towards
/// them by `momentum`, running_var towards the corrected variance. Otherwise the running statistics
/// are used. Checkpoints update them once.
/// Shapes  x (N,C,…), the others (C) or undefined → y (N,C,…)
/// Grad    training: with x̂ the normalised x and g = grad_y·weight, over all but C:
///         grad_x = (g − mean(g) − x̂·mean(g·x̂))/√(variance + eps), grad_weight = Σ grad_y·x̂,
///         grad_bias = Σ grad_y; otherwise grad_x = g/√(running_var + eps)
/// Saves   x, weight, and mean and 1/√(variance + eps) of each channel
/// Throws  ShapeError if the others are not (C); ValueError for one value per channel in training
/// Error   sums of up to 4096 elements are in x's dtype, then in float64; the mean is not rounded,
///         so values far from 0 are as exact as values around it
/// Cost    forward: two passes over x; backward: two over x and grad_y
/// Source  Ioffe & Szegedy, ICML 2015
inline Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_var,
                         const Tensor& weight = {}, const Tensor& bias = {},
                         BatchNormOptions arguments = {}, At at = At::here()) {
  const Op op{"batch_norm", at};
  check_defined(op, {{"x", x}});
  const kernels::ChannelGroups g = detail::channel_groups(op, x, 0);
  detail::check_running(op, x, running_mean, running_var);
  if (!arguments.training) {
    const Tensor y =
        detail::normalize_by(op, x, g, running_mean, running_var, weight, bias, arguments.eps);
    if (weight.requires_grad() && detail::any_tool_at_work()) [[unlikely]]
      detail::announce(op, y, &Observer::on_evaluation_mode);
    return y;
  }
  detail::check_has_variance(op, x, g);
  const auto found = detail::normalize_channels(op, x, g, weight, bias, arguments.eps);
  detail::update_running(op, g, found, running_mean, running_var, arguments.momentum);
  return found.y;
}

/// relu(batch_norm(x, …) + addend). An undefined addend is left out. In training it needs fewer
/// passes over memory than the three separate operations. The values are the same.
/// Shapes  x and addend (N,C,…), the others (C) or undefined → y (N,C,…)
/// Grad    with g = grad_y where y > 0 or NaN, else 0: grad_addend = g, the others those of
///         batch_norm for g
/// Saves   x, weight, bias, and mean and 1/√(variance + eps) of each channel; with an addend also y
/// Throws  as batch_norm; ShapeError and DtypeError unless addend is like x
/// Cost    as batch_norm; an addend adds one pass over it, and backward one over y
inline Tensor batch_norm_relu(const Tensor& x, const Tensor& running_mean,
                              const Tensor& running_var, const Tensor& weight = {},
                              const Tensor& bias = {}, const Tensor& addend = {},
                              BatchNormOptions arguments = {}, At at = At::here()) {
  const Op op{"batch_norm_relu", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}});
  const kernels::ChannelGroups g = detail::channel_groups(op, x, 0);
  detail::check_running(op, x, running_mean, running_var);
  if (addend.defined()) {
    check<ShapeError>(addend.shape() == x.shape(), op, "addend ", addend.shape(),
                      " must have the shape of x, ", x.shape());
    check<DtypeError>(addend.dtype() == x.dtype(), op, "addend is ", addend.dtype(), ", but x is ",
                      x.dtype());
  }
  if (!arguments.training) {
    const Tensor y = batch_norm(x, running_mean, running_var, weight, bias, arguments, at);
    return relu(addend.defined() ? y + addend : y, at);
  }
  detail::check_has_variance(op, x, g);
  const auto found = detail::normalize_channels_relu(op, x, g, weight, bias, addend, arguments.eps);
  detail::update_running(op, g, found, running_mean, running_var, arguments.momentum);
  return found.y;
}

/// batch_norm for each sample and each of num_groups runs of its channels, with their own mean and
/// variance.
/// Shapes  x (N,C,…), weight and bias (C) or undefined → y (N,C,…)
/// Grad    as batch_norm; means over the run of channels and all dims after them
/// Saves   x, weight, and mean and 1/√(variance + eps) of each group
/// Throws  ValueError unless num_groups divides C; ShapeError if weight or bias are not (C)
/// Cost    as batch_norm
/// Source  Wu & He, ECCV 2018
inline Tensor group_norm(const Tensor& x, Index num_groups, const Tensor& weight = {},
                         const Tensor& bias = {}, double eps = 1e-5, At at = At::here()) {
  const Op op{"group_norm", at};
  check_defined(op, {{"x", x}});
  const kernels::ChannelGroups g = detail::channel_groups(op, x, num_groups);
  check<ValueError>(num_groups >= 1 && g.channels % num_groups == 0, op, "num_groups=", num_groups,
                    " must divide the ", g.channels, " channels of x ", x.shape());
  check<ValueError>(g.batch * g.size() != 1, op, "x ", x.shape(), " has one value per group");
  return detail::normalize_channels(op, x, g, weight, bias, eps).y;
}

/// batch_norm for each channel of each sample. Without use_input_stats it uses the running
/// statistics. With it, running statistics, if defined, move towards the batch's mean of mean and
/// corrected variance.
/// Shapes  x (N,C,…), the others (C) or undefined → y (N,C,…)
/// Grad    as batch_norm; means over the dims after C
/// Saves   x, weight, and mean and 1/√(variance + eps) of each channel of each sample
/// Throws  as batch_norm; ValueError for one value per channel of a sample
/// Cost    as batch_norm
/// Source  Ulyanov, Vedaldi & Lempitsky, arXiv:1607.08022
inline Tensor instance_norm(const Tensor& x, const Tensor& running_mean = {},
                            const Tensor& running_var = {}, const Tensor& weight = {},
                            const Tensor& bias = {}, InstanceNormOptions arguments = {},
                            At at = At::here()) {
  const Op op{"instance_norm", at};
  check_defined(op, {{"x", x}});
  check<ShapeError>(x.dim() >= 3, op, "x ", x.shape(), " must have dims N, C and more");
  detail::check_running(op, x, running_mean, running_var);
  if (!arguments.use_input_stats)
    return detail::normalize_by(op, x, detail::channel_groups(op, x, 0), running_mean, running_var,
                                weight, bias, arguments.eps);
  const kernels::ChannelGroups g = detail::channel_groups(op, x, x.shape()[1]);
  check<ValueError>(g.length != 1, op, "x ", x.shape(),
                    " has one value per channel of a sample, which has no variance");
  const auto found = detail::normalize_channels(op, x, g, weight, bias, arguments.eps);
  detail::update_running(op, g, found, running_mean, running_var, arguments.momentum);
  return found.y;
}

struct LocalResponseNormOptions {
  double alpha = 1e-4, beta = 0.75, k = 1;
};

/// x/(k + alpha·mean(x²))^beta. The mean is over the `size` channels around each channel, with
/// zeros outside. An even size takes one more channel before it than after it.
/// Shapes  x (N,C,…) with at least one dim after C → y as x
/// Grad    through its parts
/// Throws  ValueError unless size is at least 1; ShapeError if x has fewer dims
/// Source  Krizhevsky, Sutskever & Hinton, NeurIPS 2012
inline Tensor local_response_norm(const Tensor& x, Index size,
                                  const LocalResponseNormOptions& arguments = {},
                                  At at = At::here()) {
  const Op op{"local_response_norm", at};
  const CalledAs called(op);
  detail::check_floating(op, x);
  check<ValueError>(size >= 1, op, "size=", size, " must be at least 1");
  check<ShapeError>(x.dim() >= 3, op, "x ", x.shape(), " must have dims N, C and more");
  const Tensor planes =
      detail::reshaped(op, square(x), {x.shape()[0], x.shape()[1], x.shape().product(2, x.dim())});
  const Tensor around = pad(planes, {0, 0, size / 2, (size - 1) / 2});
  const Tensor means = detail::reshaped(
      op, planes.numel() == 0 ? planes : avg_pool2d(around, {size, 1}, {.stride = 1}), x.shape());
  return x * pow(arguments.k + arguments.alpha * means, -arguments.beta);
}

}  // namespace tinygrad
