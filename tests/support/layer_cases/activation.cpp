// SPDX-License-Identifier: MIT
// Rows of the layer-case table for nn/activation.hpp.
#include "support/layer_rows.hpp"

namespace tinygrad::test {

namespace {
// Over several ranks, with `range` to draw from.
Samples drawn(Input range) {
  Samples out;
  for (const Shape& shape : {Shape{3, 4}, Shape{4}, Shape{2, 3, 4}, Shape{0, 4}}) {
    range.shape = shape;
    out.push_back({range});
  }
  return out;
}
}  // namespace

LayerRows activation_layers() {
  const Samples any = drawn({.shape = {}}), off_zero = drawn({.shape = {}, .away_from = 0}),
                wide = drawn({.shape = {}, .low = -8, .high = 8, .away_from = 0});
  LayerRows rows;
  rows.push_back(layer(
      "ReLU", "nn.ReLU()", [] { return nn::ReLU(); }, off_zero));
  rows.push_back(layer(
      "ReLU6", "nn.ReLU6()", [] { return nn::ReLU6(); }, wide));
  rows.push_back(layer(
      "SELU", "nn.SELU()", [] { return nn::SELU(); }, off_zero));
  rows.push_back(layer(
      "SiLU", "nn.SiLU()", [] { return nn::SiLU(); }, any));
  rows.push_back(layer(
      "Mish", "nn.Mish()", [] { return nn::Mish(); }, any));
  rows.push_back(layer(
      "Sigmoid", "nn.Sigmoid()", [] { return nn::Sigmoid(); }, any));
  rows.push_back(layer(
      "LogSigmoid", "nn.LogSigmoid()", [] { return nn::LogSigmoid(); }, any));
  rows.push_back(layer(
      "Hardsigmoid", "nn.Hardsigmoid()", [] { return nn::Hardsigmoid(); }, wide));
  rows.back().torch_tolerance = 1e-8;
  rows.back().torch_tolerance_reason = "PyTorch rounds the sixth in the gradient to float32";
  rows.push_back(layer(
      "Hardswish", "nn.Hardswish()", [] { return nn::Hardswish(); }, wide));
  rows.push_back(layer(
      "Tanh", "nn.Tanh()", [] { return nn::Tanh(); }, any));
  rows.push_back(layer(
      "Tanhshrink", "nn.Tanhshrink()", [] { return nn::Tanhshrink(); }, any));
  rows.push_back(layer(
      "Softsign", "nn.Softsign()", [] { return nn::Softsign(); }, off_zero));
  rows.push_back(layer(
      "LeakyReLU", "nn.LeakyReLU(0.2)", [] { return nn::LeakyReLU(0.2); }, off_zero));
  rows.push_back(layer("PReLU", "nn.PReLU()", [] { return nn::PReLU(); }, off_zero, {"weight"}));
  const Input image{.shape = {2, 3, 2}, .away_from = 0};
  rows.push_back(layer("PReLU/one for each channel", "nn.PReLU(3)",
                       [] { return nn::PReLU({.num_parameters = 3}); }, {{image}, {{{0, 3}}}},
                       {"weight"}));
  rows.push_back(layer(
      "RReLU", "nn.RReLU(0.1, 0.4)", [] { return nn::RReLU(0.1, 0.4); }, off_zero));
  rows.push_back(layer(
      "ELU", "nn.ELU(0.7)", [] { return nn::ELU(0.7); }, off_zero));
  rows.push_back(layer(  // PyTorch rounds 1/alpha in the gradient to float32: a power of two
      "CELU", "nn.CELU(0.5)", [] { return nn::CELU(0.5); }, off_zero));
  rows.push_back(layer(
      "GELU", "nn.GELU()", [] { return nn::GELU(); }, any));
  rows.push_back(layer(
      "GELU/tanh", "nn.GELU('tanh')", [] { return nn::GELU(Gelu::kTanh); }, any));
  rows.push_back(layer(
      "Hardtanh", "nn.Hardtanh(-0.5, 1)", [] { return nn::Hardtanh(-0.5, 1); }, any));
  rows.push_back(layer(
      "Hardshrink", "nn.Hardshrink(0.3)", [] { return nn::Hardshrink(0.3); }, any));
  rows.push_back(layer(
      "Softshrink", "nn.Softshrink(0.3)", [] { return nn::Softshrink(0.3); }, any));
  rows.push_back(layer(
      "Threshold", "nn.Threshold(0.1, 20)", [] { return nn::Threshold(0.1, 20); }, any));
  rows.push_back(layer(
      "Softplus", "nn.Softplus(2)", [] { return nn::Softplus(2); }, any));
  rows.push_back(layer(
      "GLU", "nn.GLU()", [] { return nn::GLU(); }, any));
  rows.push_back(layer("GLU/dim 1", "nn.GLU(1)", [] { return nn::GLU(1); },
                       {{{{3, 4}}}, {{{2, 4, 3}}}, {{{0, 4}}}}));
  rows.push_back(layer(
      "Softmax", "nn.Softmax(-1)", [] { return nn::Softmax(-1); }, any));
  rows.push_back(layer(
      "LogSoftmax", "nn.LogSoftmax(0)", [] { return nn::LogSoftmax(0); }, any));
  rows.push_back(layer(
      "Softmin", "nn.Softmin(-1)", [] { return nn::Softmin(-1); }, any));
  return rows;
}

}  // namespace tinygrad::test
