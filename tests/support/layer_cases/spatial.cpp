// SPDX-License-Identifier: MIT
// Rows of the layer-case table for nn/pooling.hpp, nn/padding.hpp and nn/upsample.hpp. The rows of
// the functions check the meaning of the options.
#include "support/layer_rows.hpp"

namespace tinygrad::test {

namespace {

// Distinct values, so that no maximum is close to another.
Samples values(const std::vector<Shape>& shapes, double low = -2) {
  Samples out;
  for (const Shape& shape : shapes) out.push_back({{.shape = shape, .low = low, .distinct = true}});
  return out;
}
const std::vector<Shape> kLineInputs{{2, 2, 6}, {3, 5}, {0, 2, 4}},
    kPictureInputs{{2, 2, 4, 5}, {3, 5, 4}, {0, 2, 4, 4}},
    kVolumeInputs{{1, 2, 3, 4, 4}, {2, 4, 3, 4}, {0, 2, 4, 4, 4}};

void add_pooling(LayerRows& rows) {
  rows.push_back(layer(
      "MaxPool1d", "nn.MaxPool1d(2)", [] { return nn::MaxPool1d(2); }, values(kLineInputs)));
  rows.push_back(layer(
      "MaxPool2d", "nn.MaxPool2d(2)", [] { return nn::MaxPool2d(2); }, values(kPictureInputs)));
  rows.push_back(layer(
      "MaxPool3d", "nn.MaxPool3d(2)", [] { return nn::MaxPool3d(2); }, values(kVolumeInputs)));
  rows.push_back(layer(
      "MaxPool2d/options", "nn.MaxPool2d((3, 2), 1, 1, (1, 2), ceil_mode=True)",
      [] {
        return nn::MaxPool2d({3, 2},
                             {.stride = 1, .padding = 1, .dilation = {1, 2}, .ceil_mode = true});
      },
      values(kPictureInputs)));
  rows.push_back(layer(
      "MaxPool2d/indices", "nn.MaxPool2d(3, 2, 1, return_indices=True)",
      [] { return nn::MaxPool2d(3, {.stride = 2, .padding = 1}); }, "m(x0)[0] * (1 + m(x0)[1])",
      [](nn::MaxPool2d& m, const Tensors& x) {
        const auto [y, at] = m.with_indices(x[0]);
        return y * (1 + to(at, y.dtype()));
      },
      values(kPictureInputs)));
  rows.push_back(layer(
      "AvgPool1d", "nn.AvgPool1d(2)", [] { return nn::AvgPool1d(2); }, values(kLineInputs)));
  rows.push_back(layer(
      "AvgPool2d", "nn.AvgPool2d(2)", [] { return nn::AvgPool2d(2); }, values(kPictureInputs)));
  rows.push_back(layer(
      "AvgPool3d", "nn.AvgPool3d(2)", [] { return nn::AvgPool3d(2); }, values(kVolumeInputs)));
  rows.push_back(layer(
      "AvgPool2d/options", "nn.AvgPool2d(3, (2, 1), 1, ceil_mode=True, count_include_pad=False)",
      [] {
        return nn::AvgPool2d(
            3, {.stride = {2, 1}, .padding = 1, .ceil_mode = true, .count_include_pad = false});
      },
      values(kPictureInputs)));
  rows.push_back(layer(
      "AdaptiveAvgPool1d", "nn.AdaptiveAvgPool1d(3)", [] { return nn::AdaptiveAvgPool1d(3); },
      values(kLineInputs)));
  rows.push_back(layer(
      "AdaptiveMaxPool1d", "nn.AdaptiveMaxPool1d(3)", [] { return nn::AdaptiveMaxPool1d(3); },
      values(kLineInputs)));
  rows.push_back(layer(
      "AdaptiveAvgPool2d", "nn.AdaptiveAvgPool2d((3, None))",
      [] {
        return nn::AdaptiveAvgPool2d({3, kKeepSize});
      },
      values(kPictureInputs)));
  rows.push_back(layer(
      "AdaptiveMaxPool2d", "nn.AdaptiveMaxPool2d((3, None))",
      [] {
        return nn::AdaptiveMaxPool2d({3, kKeepSize});
      },
      values(kPictureInputs)));
  rows.push_back(layer(
      "AdaptiveAvgPool3d", "nn.AdaptiveAvgPool3d(2)", [] { return nn::AdaptiveAvgPool3d(2); },
      values(kVolumeInputs)));
  rows.push_back(layer(
      "AdaptiveMaxPool3d", "nn.AdaptiveMaxPool3d(2)", [] { return nn::AdaptiveMaxPool3d(2); },
      values(kVolumeInputs)));
  rows.push_back(layer(
      "AdaptiveAvgPool2d/global", "nn.AdaptiveAvgPool2d(1)",
      [] { return nn::AdaptiveAvgPool2d(1); }, values(kPictureInputs)));
  rows.push_back(layer(
      "MaxUnpool1d", "nn.MaxUnpool1d(2)", [] { return nn::MaxUnpool1d(2); },
      "m(*F.max_pool1d(x0, 2, return_indices=True))",
      [](nn::MaxUnpool1d& m, const Tensors& x) {
        const auto [y, at] = max_pool1d_with_indices(x[0], 2);
        return m(y, at);
      },
      values({{2, 2, 6}, {3, 4}, {0, 2, 4}})));
  rows.push_back(layer(
      "MaxUnpool2d", "nn.MaxUnpool2d(2)", [] { return nn::MaxUnpool2d(2); },
      "m(*F.max_pool2d(x0, 2, return_indices=True))",
      [](nn::MaxUnpool2d& m, const Tensors& x) {
        const auto [y, at] = max_pool2d_with_indices(x[0], 2);
        return m(y, at);
      },
      values({{2, 2, 4, 6}, {3, 4, 4}, {0, 2, 4, 4}})));
  rows.push_back(layer(
      "MaxUnpool3d", "nn.MaxUnpool3d(2)", [] { return nn::MaxUnpool3d(2); },
      "m(*F.max_pool3d(x0, 2, return_indices=True))",
      [](nn::MaxUnpool3d& m, const Tensors& x) {
        const auto [y, at] = max_pool3d_with_indices(x[0], 2);
        return m(y, at);
      },
      values({{1, 2, 2, 4, 4}, {2, 4, 2, 4}, {0, 2, 4, 4, 4}})));
  rows.push_back(layer(
      "MaxUnpool2d/output size", "nn.MaxUnpool2d(2)", [] { return nn::MaxUnpool2d(2); },
      "m(*F.max_pool2d(x0, 2, return_indices=True), x0.shape[-2:])",
      [](nn::MaxUnpool2d& m, const Tensors& x) {
        const auto [y, at] = max_pool2d_with_indices(x[0], 2);
        const Shape& shape = x[0].shape();
        return m(y, at, Shape(shape.end() - 2, shape.end()));
      },
      values(kPictureInputs)));
  rows.push_back(layer(
      "LPPool1d", "nn.LPPool1d(2, 2)", [] { return nn::LPPool1d(2, 2); },
      values(kLineInputs, 0.1)));
  rows.push_back(layer(
      "LPPool2d", "nn.LPPool2d(2, 2)", [] { return nn::LPPool2d(2, 2); },
      values(kPictureInputs, 0.1)));
  rows.push_back(layer(
      "LPPool3d", "nn.LPPool3d(2, 2)", [] { return nn::LPPool3d(2, 2); },
      values(kVolumeInputs, 0.1)));
  rows.push_back(layer(
      "LPPool2d/options", "nn.LPPool2d(3, (2, 3), 1, ceil_mode=True)",
      [] {
        return nn::LPPool2d(3, {2, 3}, 1, true);
      },
      values(kPictureInputs, 0.1)));
}

void add_padding(LayerRows& rows) {
  const auto lines = values(kLineInputs), pictures = values(kPictureInputs),
             volumes = values(kVolumeInputs);
  rows.push_back(layer(
      "ZeroPad1d", "nn.ZeroPad1d((1, 2))",
      [] {
        return nn::ZeroPad1d({1, 2});
      },
      lines));
  rows.push_back(layer(
      "ZeroPad2d", "nn.ZeroPad2d((1, 2, 0, 3))",
      [] {
        return nn::ZeroPad2d({1, 2, 0, 3});
      },
      pictures));
  rows.push_back(layer(
      "ZeroPad3d", "nn.ZeroPad3d((1, 2, 0, 1, 2, 0))",
      [] {
        return nn::ZeroPad3d({1, 2, 0, 1, 2, 0});
      },
      volumes));
  rows.push_back(layer(
      "ConstantPad1d", "nn.ConstantPad1d((1, 2), 1.5)",
      [] {
        return nn::ConstantPad1d({1, 2}, 1.5);
      },
      lines));
  rows.push_back(layer(
      "ConstantPad2d", "nn.ConstantPad2d((1, 2, 0, 3), 1.5)",
      [] {
        return nn::ConstantPad2d({1, 2, 0, 3}, 1.5);
      },
      pictures));
  rows.push_back(layer(
      "ConstantPad3d", "nn.ConstantPad3d((1, 2, 0, 1, 2, 0), 1.5)",
      [] {
        return nn::ConstantPad3d({1, 2, 0, 1, 2, 0}, 1.5);
      },
      volumes));
  rows.push_back(layer(
      "ReflectionPad1d", "nn.ReflectionPad1d((1, 2))",
      [] {
        return nn::ReflectionPad1d({1, 2});
      },
      lines));
  rows.push_back(layer(
      "ReflectionPad2d", "nn.ReflectionPad2d((1, 2, 0, 3))",
      [] {
        return nn::ReflectionPad2d({1, 2, 0, 3});
      },
      pictures));
  rows.push_back(layer(
      "ReflectionPad3d", "nn.ReflectionPad3d((1, 2, 0, 1, 2, 0))",
      [] {
        return nn::ReflectionPad3d({1, 2, 0, 1, 2, 0});
      },
      volumes));
  rows.push_back(layer(
      "ReplicationPad1d", "nn.ReplicationPad1d((1, 2))",
      [] {
        return nn::ReplicationPad1d({1, 2});
      },
      lines));
  rows.push_back(layer(
      "ReplicationPad2d", "nn.ReplicationPad2d((1, 2, 0, 3))",
      [] {
        return nn::ReplicationPad2d({1, 2, 0, 3});
      },
      pictures));
  rows.push_back(layer(
      "ReplicationPad3d", "nn.ReplicationPad3d((1, 2, 0, 1, 2, 0))",
      [] {
        return nn::ReplicationPad3d({1, 2, 0, 1, 2, 0});
      },
      volumes));
  rows.push_back(layer(
      "CircularPad1d", "nn.CircularPad1d((1, 2))",
      [] {
        return nn::CircularPad1d({1, 2});
      },
      lines));
  rows.push_back(layer(
      "CircularPad2d", "nn.CircularPad2d((1, 2, 0, 3))",
      [] {
        return nn::CircularPad2d({1, 2, 0, 3});
      },
      pictures));
  rows.push_back(layer(
      "CircularPad3d", "nn.CircularPad3d((1, 2, 0, 1, 2, 0))",
      [] {
        return nn::CircularPad3d({1, 2, 0, 1, 2, 0});
      },
      volumes));
  rows.push_back(layer(
      "ZeroPad2d/all sides, cutting", "nn.ZeroPad2d(-1)", [] { return nn::ZeroPad2d(-1); },
      pictures));
}

void add_resampling(LayerRows& rows) {
  const Samples pictures = values({{2, 3, 4, 5}, {0, 3, 2, 2}});
  rows.push_back(layer(
      "Upsample", "nn.Upsample(scale_factor=2)", [] { return nn::Upsample({.scale_factor = {2}}); },
      values({{2, 2, 3}, {1, 2, 2, 3}, {1, 1, 2, 2, 2}, {0, 2, 3}})));
  rows.push_back(layer(
      "Upsample/bilinear", "nn.Upsample((5, 7), mode='bilinear', align_corners=True)",
      [] {
        return nn::Upsample(
            {.size = {5, 7}, .mode = Interpolation::kBilinear, .align_corners = true});
      },
      pictures));
  rows.push_back(layer(
      "Upsample/bicubic", "nn.Upsample(scale_factor=(1.5, 2.), mode='bicubic')",
      [] {
        return nn::Upsample({.scale_factor = {1.5, 2}, .mode = Interpolation::kBicubic});
      },
      pictures));
  rows.push_back(layer(
      "PixelShuffle", "nn.PixelShuffle(2)", [] { return nn::PixelShuffle(2); },
      values({{2, 8, 2, 3}, {4, 2, 1}, {0, 4, 2, 2}})));
  rows.back().torch_takes_empty = false;  // returns it in the shape of x
  rows.push_back(layer(
      "PixelUnshuffle", "nn.PixelUnshuffle(2)", [] { return nn::PixelUnshuffle(2); },
      values({{2, 2, 4, 6}, {1, 2, 2}, {0, 1, 4, 4}})));
  rows.back().torch_takes_empty = false;  // returns it in the shape of x
  rows.push_back(layer(
      "ChannelShuffle", "nn.ChannelShuffle(2)", [] { return nn::ChannelShuffle(2); },
      values({{2, 6, 2, 3}, {0, 4, 2, 2}})));
  rows.push_back(layer(
      "Unfold", "nn.Unfold((2, 3), dilation=(1, 2), padding=(0, 2), stride=2)",
      [] {
        return nn::Unfold({2, 3}, {.dilation = {1, 2}, .padding = {0, 2}, .stride = 2});
      },
      values({{2, 3, 4, 5}, {2, 3, 4}, {0, 3, 4, 5}})));
  rows.push_back(layer(
      "Fold", "nn.Fold((4, 5), (2, 3), padding=1)",
      [] {
        return nn::Fold({4, 5}, {2, 3}, {.padding = 1});
      },
      values({{2, 12, 25}, {6, 25}, {0, 6, 25}})));
}

}  // namespace

LayerRows spatial_layers() {
  LayerRows rows;
  add_pooling(rows);
  add_padding(rows);
  add_resampling(rows);
  return rows;
}

}  // namespace tinygrad::test
