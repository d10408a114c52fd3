// SPDX-License-Identifier: MIT
// Rows of the layer-case table for nn/normalization.hpp and nn/dropout.hpp.
#include "support/layer_rows.hpp"

namespace tinygrad::test {

namespace {

const Names kStatistics{"running_mean", "running_var", "num_batches_tracked"};
const Names kAll{"weight", "bias", "running_mean", "running_var", "num_batches_tracked"};
const Samples kLines{{{{3, 4, 5}}}, {{{1, 4, 2}}}, {{{0, 4, 5}}}};
const Samples kPictures{{{{2, 4, 3, 2}}}, {{{1, 4, 2, 1}}}, {{{0, 4, 2, 2}}}};
const Samples kVolumes{{{{2, 4, 2, 1, 3}}}, {{{0, 4, 2, 2, 2}}}};

void add_trailing(LayerRows& rows) {
  const Samples last{{{{3, 5}}}, {{{5}}}, {{{2, 3, 5}}}, {{{0, 5}}}};
  rows.push_back(layer(
      "LayerNorm", "nn.LayerNorm(5)", [] { return nn::LayerNorm(5); }, last, kAffine));
  rows.push_back(layer(
      "LayerNorm/two dims", "nn.LayerNorm((4, 5), eps=0.1)",
      [] {
        return nn::LayerNorm({4, 5}, {.eps = 0.1});
      },
      {{{{3, 4, 5}}}, {{{4, 5}}}, {{{0, 4, 5}}}}, kAffine));
  rows.push_back(layer(
      "LayerNorm/not affine", "nn.LayerNorm(5, elementwise_affine=False)",
      [] { return nn::LayerNorm(5, {.elementwise_affine = false}); }, last));
  rows.push_back(layer("LayerNorm/no bias", "nn.LayerNorm(5, bias=False)",
                       [] { return nn::LayerNorm(5, {.bias = false}); }, last, {"weight"}));
  rows.push_back(
      layer("RMSNorm", "nn.RMSNorm(5)", [] { return nn::RMSNorm(5); }, last, {"weight"}));
  rows.push_back(layer("RMSNorm/two dims, not affine",
                       "nn.RMSNorm((4, 5), 0.1, elementwise_affine=False)",
                       [] {
                         return nn::RMSNorm({4, 5}, {.eps = 0.1, .elementwise_affine = false});
                       },
                       {{{{3, 4, 5}}}, {{{0, 4, 5}}}}));
}

void add_batch(LayerRows& rows) {
  const Samples flat{{{{3, 4}}}, {{{1, 4}}}, {{{0, 4}}}};
  rows.push_back(layer(
      "BatchNorm1d", "nn.BatchNorm1d(4)", [] { return nn::BatchNorm1d(4); }, flat, kAll));
  rows.push_back(layer(
      "BatchNorm1d/lines, eps", "nn.BatchNorm1d(4, 0.1)",
      [] { return nn::BatchNorm1d(4, {.eps = 0.1}); }, kLines, kAll));
  rows.push_back(layer(
      "BatchNorm1d/not affine", "nn.BatchNorm1d(4, affine=False)",
      [] { return nn::BatchNorm1d(4, {.affine = false}); }, flat, kStatistics));
  rows.push_back(layer(
      "BatchNorm2d", "nn.BatchNorm2d(4)", [] { return nn::BatchNorm2d(4); }, kPictures, kAll));
  rows.push_back(layer(
      "BatchNorm2d/no running statistics", "nn.BatchNorm2d(4, track_running_stats=False)",
      [] { return nn::BatchNorm2d(4, {.track_running_stats = false}); }, kPictures, kAffine));
  rows.push_back(layer(
      "BatchNorm3d", "nn.BatchNorm3d(4, momentum=None)",
      [] { return nn::BatchNorm3d(4, {.momentum = {}}); }, kVolumes, kAll));
  const auto one = [](auto& m, const Tensors& x) { return m(x[0]); };
  rows.push_back(layer(
      "BatchNormReLU1d", "nn.BatchNorm1d(4)", [] { return nn::BatchNormReLU1d(4); },
      "F.relu(m(x0))", one, kLines, kAll));
  rows.push_back(layer(
      "BatchNormReLU2d/not affine", "nn.BatchNorm2d(4, 0.1, affine=False)",
      [] { return nn::BatchNormReLU2d(4, {.eps = 0.1, .affine = false}); }, "F.relu(m(x0))", one,
      kPictures, kStatistics));
  Samples pairs = kPictures;
  for (auto& inputs : pairs) inputs.push_back(inputs[0]);
  rows.push_back(layer(
      "BatchNormReLU2d/addend", "nn.BatchNorm2d(4)", [] { return nn::BatchNormReLU2d(4); },
      "F.relu(m(x0) + x1)", [](nn::BatchNormReLU2d& m, const Tensors& x) { return m(x[0], x[1]); },
      pairs, kAll));
  rows.push_back(layer(
      "BatchNormReLU3d", "nn.BatchNorm3d(4)", [] { return nn::BatchNormReLU3d(4); },
      "F.relu(m(x0))", one, kVolumes, kAll));
}

void add_groups(LayerRows& rows) {
  rows.push_back(layer(
      "GroupNorm", "nn.GroupNorm(2, 4)", [] { return nn::GroupNorm(2, 4); }, kPictures, kAffine));
  rows.push_back(layer(
      "GroupNorm/not affine", "nn.GroupNorm(1, 4, 0.1, affine=False)",
      [] { return nn::GroupNorm(1, 4, {.eps = 0.1, .affine = false}); }, kLines));
  const auto with_one = [](Samples samples) {  // and one sample without a batch
    Shape one = samples[0][0].shape;
    one.erase(0);
    samples.push_back({{one}});
    return samples;
  };
  rows.push_back(layer(
      "InstanceNorm1d", "nn.InstanceNorm1d(4)", [] { return nn::InstanceNorm1d(4); },
      with_one(kLines)));
  rows.push_back(layer(
      "InstanceNorm2d", "nn.InstanceNorm2d(4, affine=True)",
      [] { return nn::InstanceNorm2d(4, {.affine = true}); }, with_one(kPictures), kAffine));
  rows.back().torch_takes_empty = false;
  rows.push_back(layer(
      "InstanceNorm2d/running statistics",
      "nn.InstanceNorm2d(4, 0.1, affine=True, track_running_stats=True)",
      [] {
        return nn::InstanceNorm2d(4, {.eps = 0.1, .affine = true, .track_running_stats = true});
      },
      with_one(kPictures), kAll));
  rows.back().torch_takes_empty = false;
  rows.push_back(layer(
      "InstanceNorm3d", "nn.InstanceNorm3d(4)", [] { return nn::InstanceNorm3d(4); },
      with_one(kVolumes)));
  rows.push_back(layer(
      "LocalResponseNorm", "nn.LocalResponseNorm(3, alpha=0.5, beta=0.6, k=2.)",
      [] { return nn::LocalResponseNorm(3, {.alpha = 0.5, .beta = 0.6, .k = 2}); }, kPictures));
}

void add_dropouts(LayerRows& rows) {
  rows.push_back(layer("Dropout", "nn.Dropout(0.5)", [] { return nn::Dropout(0.5); },
                       {{{{3, 4}}}, {{{4}}}, {{{2, 3, 4}}}, {{{0, 4}}}}));
  rows.push_back(layer(
      "Dropout1d", "nn.Dropout1d(0.5)", [] { return nn::Dropout1d(0.5); }, kLines));
  rows.push_back(layer(
      "Dropout2d", "nn.Dropout2d(0.5)", [] { return nn::Dropout2d(0.5); }, kPictures));
  rows.push_back(layer(
      "Dropout3d", "nn.Dropout3d(0.5)", [] { return nn::Dropout3d(0.5); }, kVolumes));
  rows.push_back(layer(
      "AlphaDropout", "nn.AlphaDropout(0.5)", [] { return nn::AlphaDropout(0.5); }, kLines));
  rows.push_back(layer(
      "FeatureAlphaDropout", "nn.FeatureAlphaDropout(0.5)",
      [] { return nn::FeatureAlphaDropout(0.5); }, kPictures));
}

}  // namespace

LayerRows normalization_layers() {
  LayerRows rows;
  add_trailing(rows);
  add_batch(rows);
  add_groups(rows);
  add_dropouts(rows);
  return rows;
}

}  // namespace tinygrad::test
