// SPDX-License-Identifier: MIT
// Convolution layers and transposed ones, of one to three axes.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "tinygrad/nn/init.hpp"
#include "tinygrad/nn/module.hpp"
#include "tinygrad/ops/conv.hpp"
#include "tinygrad/ops/padding.hpp"

namespace tinygrad::nn {

template <int N> struct ConvOptions {
  PerAxis<N> stride = 1;
  ConvPadding<N> padding = 0;  ///< numbers, "same" or "valid"
  PerAxis<N> dilation = 1;
  Index groups = 1;
  bool bias = true;
  PadMode padding_mode = PadMode::kConstant;  ///< kConstant: zeros
};
using Conv1dOptions = ConvOptions<1>;
using Conv2dOptions = ConvOptions<2>;
using Conv3dOptions = ConvOptions<3>;

template <int N> struct ConvTransposeOptions {
  PerAxis<N> stride = 1;
  PerAxis<N> padding = 0;
  PerAxis<N> output_padding = 0;
  Index groups = 1;
  bool bias = true;
  PerAxis<N> dilation = 1;
};
using ConvTranspose1dOptions = ConvTransposeOptions<1>;
using ConvTranspose2dOptions = ConvTransposeOptions<2>;
using ConvTranspose3dOptions = ConvTransposeOptions<3>;

/// What all convolution layers have in common. Weight and bias start uniform in ±1/√fan_in, as
/// PyTorch's do, where fan_in is the weight's size but for its first axis.
template <int N, class Options> struct ConvLayer : Module {
  Index in_channels, out_channels;
  PerAxis<N> kernel_size;
  Options options;
  Parameter weight, bias;

  void members(Members& m) override { m("weight", weight)("bias", bias); }

 protected:
  /// `transposed`: the weight is (in, out/groups, kernel…) instead of (out, in/groups, kernel…).
  ConvLayer(const Op& op, Index in, Index out, const PerAxis<N>& kernel, const Options& o,
            bool transposed, Generator& generator)
      : in_channels(in), out_channels(out), kernel_size(kernel), options(o) {
    check<ValueError>(in > 0, op, "in_channels=", in, " must be positive");
    check<ValueError>(out > 0, op, "out_channels=", out, " must be positive");
    check<ValueError>(o.groups > 0 && in % o.groups == 0 && out % o.groups == 0, op,
                      "groups=", o.groups, " must divide in_channels=", in,
                      " and out_channels=", out);
    Shape shape = transposed ? Shape{in, out / o.groups} : Shape{out, in / o.groups};
    for (int i = 0; i < N; ++i) {
      check<ValueError>(kernel[i] > 0, op, "kernel_size=", to_string(kernel), " must be positive");
      shape.push_back(kernel[i]);
    }
    const double bound = 1 / std::sqrt(static_cast<double>(shape.product(1, shape.rank())));
    weight = Tensor(kernels::uniform(shape, float32, -bound, bound, generator));
    if (o.bias) bias = Tensor(kernels::uniform({out}, float32, -bound, bound, generator));
  }

  /// "Conv2d(3, 50, kernel_size=(3, 3), stride=(1, 1)": PyTorch's text, up to what the kinds of
  /// layers do not share.
  std::string description(const char* type) const {
    return concat(type, '(', in_channels, ", ", out_channels,
                  ", kernel_size=", to_string(kernel_size), ", stride=", to_string(options.stride));
  }
  std::string rest_of_description() const {
    std::string out;
    if (options.dilation != PerAxis<N>(1))
      out += concat(", dilation=", to_string(options.dilation));
    if (options.groups != 1) out += concat(", groups=", options.groups);
    if (!options.bias) out += ", bias=false";
    return out;
  }
};

/// The part that Conv1d, Conv2d and Conv3d share.
template <int N> struct ConvNd : ConvLayer<N, ConvOptions<N>> {
  std::string describe() const override {
    std::string out = this->description(name());
    const ConvPadding<N>& p = this->options.padding;
    if (p.name) out += concat(", padding=", p.name);
    else if (p.numbers != PerAxis<N>(0)) out += concat(", padding=", to_string(p.numbers));
    out += this->rest_of_description();
    if (this->options.padding_mode != PadMode::kConstant)
      out += concat(", padding_mode=", to_string(this->options.padding_mode));
    return out + ")";
  }

 protected:
  ConvNd(Index in, Index out, const PerAxis<N>& kernel, const ConvOptions<N>& o, Generator& g,
         At at)
      : ConvLayer<N, ConvOptions<N>>({name(), at}, in, out, kernel, o, false, g) {}

  static const char* name() { return N == 1 ? "Conv1d" : N == 2 ? "Conv2d" : "Conv3d"; }

  /// x with its border, if that is not zeros, which the convolution adds itself.
  Tensor bordered(const Tensor& x) const {
    const auto& o = this->options;
    if (o.padding_mode == PadMode::kConstant) return x;
    std::vector<Index> pads;  // the last axis first
    for (int i = N - 1; i >= 0; --i) {
      const Index same = o.dilation[i] * (this->kernel_size[i] - 1);
      const Index both = is_same() ? same : 2 * o.padding.numbers[i];
      pads.push_back(both / 2);
      pads.push_back(both - both / 2);
    }
    return pad(x, pads, o.padding_mode);
  }
  tinygrad::ConvOptions<N> of_function() const {
    const auto& o = this->options;
    const bool zeros = o.padding_mode == PadMode::kConstant;
    return {.stride = o.stride,
            .padding = zeros ? o.padding : ConvPadding<N>(0),
            .dilation = o.dilation,
            .groups = o.groups};
  }

 private:
  bool is_same() const {
    const char* padding = this->options.padding.name;
    return padding && std::string_view(padding) == "same";
  }
};

/// conv1d() with a weight and a bias of its own.
/// Shapes  x (N, in_channels, L) or (in_channels, L) → y (N, out_channels, L');
///         weight (out_channels, in_channels/groups, K), bias (out_channels)
struct Conv1d final : ConvNd<1> {
  Conv1d(Index in, Index out, const PerAxis<1>& kernel, const Conv1dOptions& o = {},
         Generator& generator = default_generator(), At at = At::here())
      : ConvNd(in, out, kernel, o, generator, at) {}
  Tensor forward(const Tensor& x) override {
    return conv1d(bordered(x), weight, bias, of_function());
  }
};

/// conv2d() with a weight and a bias of its own.
/// Shapes  x (N, in_channels, H, W) or (in_channels, H, W) → y (N, out_channels, OH, OW);
///         weight (out_channels, in_channels/groups, KH, KW), bias (out_channels)
struct Conv2d final : ConvNd<2> {
  Conv2d(Index in, Index out, const PerAxis<2>& kernel, const Conv2dOptions& o = {},
         Generator& generator = default_generator(), At at = At::here())
      : ConvNd(in, out, kernel, o, generator, at) {}
  Tensor forward(const Tensor& x) override {
    return conv2d(bordered(x), weight, bias, of_function());
  }
};

/// conv3d() with a weight and a bias of its own.
/// Shapes  x (N, in_channels, D, H, W) or (in_channels, D, H, W) → y (N, out_channels, OD, OH, OW);
///         weight (out_channels, in_channels/groups, KD, KH, KW), bias (out_channels)
struct Conv3d final : ConvNd<3> {
  Conv3d(Index in, Index out, const PerAxis<3>& kernel, const Conv3dOptions& o = {},
         Generator& generator = default_generator(), At at = At::here())
      : ConvNd(in, out, kernel, o, generator, at) {}
  Tensor forward(const Tensor& x) override {
    return conv3d(bordered(x), weight, bias, of_function());
  }
};

/// The part that ConvTranspose1d, ConvTranspose2d and ConvTranspose3d share.
template <int N> struct ConvTransposeNd : ConvLayer<N, ConvTransposeOptions<N>> {
  std::string describe() const override {
    std::string out = this->description(name());
    const auto& o = this->options;
    if (o.padding != PerAxis<N>(0)) out += concat(", padding=", to_string(o.padding));
    if (o.output_padding != PerAxis<N>(0))
      out += concat(", output_padding=", to_string(o.output_padding));
    return out + this->rest_of_description() + ")";
  }

 protected:
  ConvTransposeNd(Index in, Index out, const PerAxis<N>& kernel, const ConvTransposeOptions<N>& o,
                  Generator& g, At at)
      : ConvLayer<N, ConvTransposeOptions<N>>({name(), at}, in, out, kernel, o, true, g) {}

  static const char* name() {
    return N == 1 ? "ConvTranspose1d" : N == 2 ? "ConvTranspose2d" : "ConvTranspose3d";
  }
  tinygrad::ConvTransposeOptions<N> of_function() const {
    const auto& o = this->options;
    return {.stride = o.stride,
            .padding = o.padding,
            .output_padding = o.output_padding,
            .groups = o.groups,
            .dilation = o.dilation};
  }
};

/// conv_transpose1d() with a weight and a bias of its own.
/// Shapes  x (N, in_channels, L) or (in_channels, L) → y (N, out_channels, L');
///         weight (in_channels, out_channels/groups, K), bias (out_channels)
struct ConvTranspose1d final : ConvTransposeNd<1> {
  ConvTranspose1d(Index in, Index out, const PerAxis<1>& kernel,
                  const ConvTranspose1dOptions& o = {}, Generator& generator = default_generator(),
                  At at = At::here())
      : ConvTransposeNd(in, out, kernel, o, generator, at) {}
  Tensor forward(const Tensor& x) override {
    return conv_transpose1d(x, weight, bias, of_function());
  }
};

/// conv_transpose2d() with a weight and a bias of its own.
/// Shapes  x (N, in_channels, H, W) or (in_channels, H, W) → y (N, out_channels, OH, OW);
///         weight (in_channels, out_channels/groups, KH, KW), bias (out_channels)
struct ConvTranspose2d final : ConvTransposeNd<2> {
  ConvTranspose2d(Index in, Index out, const PerAxis<2>& kernel,
                  const ConvTranspose2dOptions& o = {}, Generator& generator = default_generator(),
                  At at = At::here())
      : ConvTransposeNd(in, out, kernel, o, generator, at) {}
  Tensor forward(const Tensor& x) override {
    return conv_transpose2d(x, weight, bias, of_function());
  }
};

/// conv_transpose3d() with a weight and a bias of its own.
/// Shapes  x (N, in_channels, D, H, W) or (in_channels, D, H, W) → y (N, out_channels, OD, OH, OW);
///         weight (in_channels, out_channels/groups, KD, KH, KW), bias (out_channels)
struct ConvTranspose3d final : ConvTransposeNd<3> {
  ConvTranspose3d(Index in, Index out, const PerAxis<3>& kernel,
                  const ConvTranspose3dOptions& o = {}, Generator& generator = default_generator(),
                  At at = At::here())
      : ConvTransposeNd(in, out, kernel, o, generator, at) {}
  Tensor forward(const Tensor& x) override {
    return conv_transpose3d(x, weight, bias, of_function());
  }
};

}  // namespace tinygrad::nn
