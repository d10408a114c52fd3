// SPDX-License-Identifier: MIT
// Rows of the layer-case table for nn/conv.hpp.
#include "support/layer_rows.hpp"

namespace tinygrad::test {

LayerRows conv_layers() {
  LayerRows rows;
  const Names weight{"weight"};
  rows.push_back(layer(
      "Conv1d", "nn.Conv1d(2, 3, 3)", [] { return nn::Conv1d(2, 3, 3); },
      {{{{2, 2, 5}}}, {{{2, 4}}}, {{{0, 2, 5}}}}, kAffine));
  rows.push_back(layer(
      "Conv1d/same, replicate", "nn.Conv1d(2, 3, 4, padding='same', padding_mode='replicate')",
      [] { return nn::Conv1d(2, 3, 4, {.padding = "same", .padding_mode = PadMode::kReplicate}); },
      {{{{2, 2, 5}}}, {{{0, 2, 5}}}}, kAffine));
  const Samples images{{{{2, 2, 4, 5}}}, {{{2, 4, 3}}}, {{{0, 2, 4, 4}}}};
  rows.push_back(layer(
      "Conv2d", "nn.Conv2d(2, 3, 3, padding=1)", [] { return nn::Conv2d(2, 3, 3, {.padding = 1}); },
      images, kAffine));
  rows.push_back(layer(
      "Conv2d/no bias", "nn.Conv2d(2, 3, (2, 3), bias=False)",
      [] {
        return nn::Conv2d(2, 3, {2, 3}, {.bias = false});
      },
      images, weight));
  rows.push_back(layer(
      "Conv2d/options", "nn.Conv2d(2, 4, 2, stride=(2, 1), padding=(0, 2), dilation=2, groups=2)",
      [] {
        return nn::Conv2d(2, 4, 2,
                          {.stride = {2, 1}, .padding = {0, 2}, .dilation = 2, .groups = 2});
      },
      images, kAffine));
  rows.push_back(layer(
      "Conv2d/reflect", "nn.Conv2d(2, 3, 3, padding=(1, 2), padding_mode='reflect')",
      [] {
        return nn::Conv2d(2, 3, 3, {.padding = {1, 2}, .padding_mode = PadMode::kReflect});
      },
      images, kAffine));
  rows.push_back(layer(
      "Conv2d/circular", "nn.Conv2d(2, 3, 3, padding=1, padding_mode='circular')",
      [] { return nn::Conv2d(2, 3, 3, {.padding = 1, .padding_mode = PadMode::kCircular}); },
      images, kAffine));
  const Samples volumes{{{{1, 2, 2, 3, 2}}}, {{{2, 3, 2, 2}}}, {{{0, 2, 2, 2, 2}}}};
  rows.push_back(layer(
      "Conv3d", "nn.Conv3d(2, 2, 2, padding=(1, 0, 0))",
      [] {
        return nn::Conv3d(2, 2, 2, {.padding = {1, 0, 0}});
      },
      volumes, kAffine));
  rows.push_back(layer(
      "ConvTranspose1d", "nn.ConvTranspose1d(2, 3, 3, stride=2, padding=1, output_padding=1)",
      [] { return nn::ConvTranspose1d(2, 3, 3, {.stride = 2, .padding = 1, .output_padding = 1}); },
      {{{{2, 2, 3}}}, {{{2, 3}}}, {{{0, 2, 3}}}}, kAffine));
  rows.push_back(layer(
      "ConvTranspose2d", "nn.ConvTranspose2d(2, 4, (2, 3), groups=2, dilation=(2, 1))",
      [] {
        return nn::ConvTranspose2d(2, 4, {2, 3}, {.groups = 2, .dilation = {2, 1}});
      },
      {{{{2, 2, 2, 3}}}, {{{2, 3, 2}}}, {{{0, 2, 2, 2}}}}, kAffine));
  rows.push_back(layer(
      "ConvTranspose3d", "nn.ConvTranspose3d(2, 2, 2, stride=(1, 2, 1), bias=False)",
      [] {
        return nn::ConvTranspose3d(2, 2, 2, {.stride = {1, 2, 1}, .bias = false});
      },
      volumes, weight));
  return rows;
}

}  // namespace tinygrad::test
