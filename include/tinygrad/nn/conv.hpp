// SPDX-License-Identifier: MIT
// Convolution layers and transposed convolution layers of one to three spatial dims.
#pragma once

#include <string>
#include <vector>

#include "tinygrad/nn/init_preset.hpp"
#include "tinygrad/ops/layers/conv.hpp"
#include "tinygrad/ops/shape/padding.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

/// The options of a convolution layer: those of conv2d(), a bias and the kind of border.
struct ConvOptions {
  PerDim stride = 1;
  ConvPadding padding = 0;  ///< numbers, "same" or "valid"
  PerDim dilation = 1;
  Index groups = 1;
  bool bias = true;
  PadMode padding_mode = PadMode::kConstant;  ///< kConstant: zeros
};

/// The options of a transposed convolution layer: those of conv_transpose2d() and a bias.
struct ConvTransposeOptions {
  PerDim stride = 1;
  PerDim padding = 0;
  PerDim output_padding = 0;
  Index groups = 1;
  bool bias = true;
  PerDim dilation = 1;
};

/// The base of all convolution layers. Weight and bias start uniform in ±1/√fan_in, as PyTorch's do;
/// fan_in is the product of the weight's dims without the first.
class ConvLayer : public Module {
 public:
  Index in_channels, out_channels;
  Shape kernel_size;
  Parameter weight, bias;

  void members(Members& m) override { m("weight", weight)("bias", bias); }
  void reset_parameters(init::Initializer& draw) override {
    draw.weight(weight, fan_in());
    draw.bias(bias, fan_in());
  }

 protected:
  ConvLayer(const Op& op, int rank, Index in, Index out, const PerDim& kernel)
      : in_channels(in), out_channels(out), kernel_size(kernel.over(op, "kernel_size", rank, 1)) {
    check<ValueError>(in > 0, op, "in_channels=", in, " must be positive");
    check<ValueError>(out > 0, op, "out_channels=", out, " must be positive");
  }
  int rank() const { return kernel_size.rank(); }

  /// A new weight (first, second/groups, kernel…) and bias.
  void make(const Op& op, Index first, Index second, Index groups, bool with_bias,
            Generator& generator) {
    check<ValueError>(groups > 0 && first % groups == 0 && second % groups == 0, op,
                      "groups=", groups, " must divide in_channels=", in_channels,
                      " and out_channels=", out_channels);
    Shape shape{first, second / groups};
    for (const Index size : kernel_size) shape.push_back(size);
    weight = Tensor(Array::empty(shape, float32, op));
    if (with_bias) bias = Tensor(Array::empty({out_channels}, float32, op));
    init::pytorch_default_({weight, bias}, fan_in(), generator, op.at);
  }
  Index fan_in() const { return weight.shape().product(1, weight.dim()); }

  /// "Conv2d(3, 50, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))": PyTorch's text. `paddings`
  /// and `mode` are the parts in which the kinds of layers differ.
  std::string description(const PerDim& stride, const std::string& paddings, const PerDim& dilation,
                          Index groups, const std::string& mode) const {
    std::string out =
        str_cat(type_name(), '(', in_channels, ", ", out_channels, ", kernel_size=", kernel_size,
                ", stride=", stride.numbers(), paddings);
    out += unless_all(dilation, 1, "dilation");
    if (groups != 1) out += str_cat(", groups=", groups);
    if (!bias.defined()) out += ", bias=false";
    return out + mode + ")";
  }
  /// ", name=(1, 2)", or nothing if all the numbers are `usual`.
  static std::string unless_all(const PerDim& numbers, Index usual, const char* name) {
    for (const Index n : numbers.numbers())
      if (n != usual) return str_cat(", ", name, '=', numbers.numbers());
    return "";
  }
};

/// The base of Conv1d, Conv2d and Conv3d.
class ConvNd : public ConvLayer {
 public:
  tinygrad::ConvOptions options;  ///< of the function, with a number for each dim
  PadMode padding_mode;

  std::string describe() const override {
    const tinygrad::ConvOptions& o = options;
    return description(o.stride,
                       o.padding.name ? str_cat(", padding=", o.padding.name)
                                      : unless_all(o.padding, 0, "padding"),
                       o.dilation, o.groups,
                       padding_mode == PadMode::kConstant
                           ? ""
                           : str_cat(", padding_mode=", to_string(padding_mode)));
  }

 protected:
  ConvNd(const Op& op, int rank, Index in, Index out, const PerDim& kernel, const ConvOptions& o,
         Generator& generator)
      : ConvLayer(op, rank, in, out, kernel),
        options{.stride = o.stride.over(op, "stride", rank, 1),
                .padding = o.padding,
                .dilation = o.dilation.over(op, "dilation", rank, 1),
                .groups = o.groups},
        padding_mode(o.padding_mode) {
    if (!o.padding.name) options.padding = o.padding.over(op, "padding", rank, 0);
    same_ = o.padding.same(op, options.stride.numbers());
    make(op, out, in, o.groups, o.bias, generator);
  }

  /// x with its border. A border of zeros is not added here: the convolution adds it.
  Tensor bordered(const Tensor& x) const {
    if (padding_mode == PadMode::kConstant) return x;
    std::vector<Index> pads;  // the last dim first
    for (int i = rank() - 1; i >= 0; --i) {
      const Index both = same_ ? options.dilation.numbers()[i] * (kernel_size[i] - 1)
                               : 2 * options.padding.over({"Conv"}, "padding", rank(), 0)[i];
      pads.push_back(both / 2);
      pads.push_back(both - both / 2);
    }
    return pad(x, pads, padding_mode);
  }
  /// The options for bordered(x).
  tinygrad::ConvOptions inner() const {
    tinygrad::ConvOptions o = options;
    if (padding_mode != PadMode::kConstant) o.padding = 0;
    return o;
  }

 private:
  bool same_;
};

/// conv1d() with a weight and a bias of its own.
/// Shapes  x (N, in_channels, L) or (in_channels, L) → y (N, out_channels, L');
///         weight (out_channels, in_channels/groups, K), bias (out_channels)
struct Conv1d final : ConvNd {
  explicit Conv1d(...) TINYGRAD_REFUSED("Conv1d(in_channels, out_channels, kernel_size, options)");
  Conv1d(Index in, Index out, const PerDim& kernel, const ConvOptions& o = {},
         Generator& generator = default_generator(), At at = At::here())
      : ConvNd({"Conv1d", at}, 1, in, out, kernel, o, generator) {}
  Tensor forward(const Tensor& x) override { return conv1d(bordered(x), weight, bias, inner()); }
};

/// conv2d() with a weight and a bias of its own.
/// Shapes  x (N, in_channels, H, W) or (in_channels, H, W) → y (N, out_channels, OH, OW);
///         weight (out_channels, in_channels/groups, KH, KW), bias (out_channels)
struct Conv2d final : ConvNd {
  explicit Conv2d(...) TINYGRAD_REFUSED("Conv2d(in_channels, out_channels, kernel_size, options)");
  Conv2d(Index in, Index out, const PerDim& kernel, const ConvOptions& o = {},
         Generator& generator = default_generator(), At at = At::here())
      : ConvNd({"Conv2d", at}, 2, in, out, kernel, o, generator) {}
  Tensor forward(const Tensor& x) override { return conv2d(bordered(x), weight, bias, inner()); }
};

/// conv3d() with a weight and a bias of its own.
/// Shapes  x (N, in_channels, D, H, W) or (in_channels, D, H, W) → y (N, out_channels, OD, OH, OW);
///         weight (out_channels, in_channels/groups, KD, KH, KW), bias (out_channels)
struct Conv3d final : ConvNd {
  explicit Conv3d(...) TINYGRAD_REFUSED("Conv3d(in_channels, out_channels, kernel_size, options)");
  Conv3d(Index in, Index out, const PerDim& kernel, const ConvOptions& o = {},
         Generator& generator = default_generator(), At at = At::here())
      : ConvNd({"Conv3d", at}, 3, in, out, kernel, o, generator) {}
  Tensor forward(const Tensor& x) override { return conv3d(bordered(x), weight, bias, inner()); }
};

/// The base of ConvTranspose1d, ConvTranspose2d and ConvTranspose3d.
class ConvTransposeNd : public ConvLayer {
 public:
  tinygrad::ConvTransposeOptions options;  ///< of the function, with a number for each dim

  std::string describe() const override {
    const tinygrad::ConvTransposeOptions& o = options;
    return description(
        o.stride,
        unless_all(o.padding, 0, "padding") + unless_all(o.output_padding, 0, "output_padding"),
        o.dilation, o.groups, "");
  }

 protected:
  ConvTransposeNd(const Op& op, int rank, Index in, Index out, const PerDim& kernel,
                  const ConvTransposeOptions& o, Generator& generator)
      : ConvLayer(op, rank, in, out, kernel),
        options{.stride = o.stride.over(op, "stride", rank, 1),
                .padding = o.padding.over(op, "padding", rank, 0),
                .output_padding = o.output_padding.over(op, "output_padding", rank, 0),
                .groups = o.groups,
                .dilation = o.dilation.over(op, "dilation", rank, 1)} {
    tinygrad::detail::check_output_padding(op, options.output_padding.numbers(),
                                           options.stride.numbers(), options.dilation.numbers());
    make(op, in, out, o.groups, o.bias, generator);
  }
};

/// conv_transpose1d() with a weight and a bias of its own.
/// Shapes  x (N, in_channels, L) or (in_channels, L) → y (N, out_channels, L');
///         weight (in_channels, out_channels/groups, K), bias (out_channels)
struct ConvTranspose1d final : ConvTransposeNd {
  ConvTranspose1d(Index in, Index out, const PerDim& kernel, const ConvTransposeOptions& o = {},
                  Generator& generator = default_generator(), At at = At::here())
      : ConvTransposeNd({"ConvTranspose1d", at}, 1, in, out, kernel, o, generator) {}
  Tensor forward(const Tensor& x) override { return conv_transpose1d(x, weight, bias, options); }
};

/// conv_transpose2d() with a weight and a bias of its own.
/// Shapes  x (N, in_channels, H, W) or (in_channels, H, W) → y (N, out_channels, OH, OW);
///         weight (in_channels, out_channels/groups, KH, KW), bias (out_channels)
struct ConvTranspose2d final : ConvTransposeNd {
  ConvTranspose2d(Index in, Index out, const PerDim& kernel, const ConvTransposeOptions& o = {},
                  Generator& generator = default_generator(), At at = At::here())
      : ConvTransposeNd({"ConvTranspose2d", at}, 2, in, out, kernel, o, generator) {}
  Tensor forward(const Tensor& x) override { return conv_transpose2d(x, weight, bias, options); }
};

/// conv_transpose3d() with a weight and a bias of its own.
/// Shapes  x (N, in_channels, D, H, W) or (in_channels, D, H, W) → y (N, out_channels, OD, OH, OW);
///         weight (in_channels, out_channels/groups, KD, KH, KW), bias (out_channels)
struct ConvTranspose3d final : ConvTransposeNd {
  ConvTranspose3d(Index in, Index out, const PerDim& kernel, const ConvTransposeOptions& o = {},
                  Generator& generator = default_generator(), At at = At::here())
      : ConvTransposeNd({"ConvTranspose3d", at}, 3, in, out, kernel, o, generator) {}
  Tensor forward(const Tensor& x) override { return conv_transpose3d(x, weight, bias, options); }
};

}  // namespace tinygrad::nn
