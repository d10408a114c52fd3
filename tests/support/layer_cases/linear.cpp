// SPDX-License-Identifier: MIT
// Rows of the layer-case table for nn/linear.hpp, bilinear.hpp, embedding.hpp,
// flatten.hpp and identity.hpp.
#include "support/layer_rows.hpp"

namespace tinygrad::test {

LayerRows linear_layers() {
  LayerRows rows;
  const Samples flat{{{{3, 4}}}, {{{4}}}, {{{2, 3, 4}}}, {{{0, 4}}}};
  rows.push_back(layer(
      "Identity", "nn.Identity()", [] { return nn::Identity(); }, flat));
  rows.push_back(layer(
      "Linear", "nn.Linear(4, 3)", [] { return nn::Linear(4, 3); }, flat, kAffine));
  rows.push_back(layer("Linear/no bias", "nn.Linear(4, 3, bias=False)",
                       [] { return nn::Linear(4, 3, {.bias = false}); }, flat, {"weight"}));
  rows.push_back(layer("Flatten", "nn.Flatten()", [] { return nn::Flatten(); },
                       {{{{2, 3, 4}}}, {{{2, 3, 1, 2}}}, {{{0, 3, 4}}}}));
  rows.push_back(layer("Unflatten", "nn.Unflatten(1, (2, 3))",
                       [] {
                         return nn::Unflatten(1, {2, 3});
                       },
                       {{{{4, 6}}}, {{{2, 6, 2}}}, {{{0, 6}}}}));

  const auto two = [](nn::Bilinear& m, const Tensors& x) { return m(x[0], x[1]); };
  const Samples pairs{
      {{{5, 3}}, {{5, 4}}}, {{{3}}, {{4}}}, {{{2, 3, 3}}, {{2, 3, 4}}}, {{{0, 3}}, {{0, 4}}}};
  rows.push_back(layer(
      "Bilinear", "nn.Bilinear(3, 4, 2)", [] { return nn::Bilinear(3, 4, 2); }, "m(x0, x1)", two,
      pairs, kAffine));
  rows.push_back(layer("Bilinear/no bias", "nn.Bilinear(3, 4, 2, bias=False)",
                       [] { return nn::Bilinear(3, 4, 2, {.bias = false}); }, "m(x0, x1)", two,
                       pairs, {"weight"}));

  const auto numbers = [](const Shape& shape) {
    return std::vector<Input>{{.shape = shape, .low = 0, .high = 6, .dtype = int64}};
  };
  const Samples indices{numbers({5}), numbers({}), numbers({2, 3}), numbers({0})};
  rows.push_back(layer("Embedding", "nn.Embedding(6, 3)", [] { return nn::Embedding(6, 3); },
                       indices, {"weight"}));
  rows.push_back(layer("Embedding/padding", "nn.Embedding(6, 3, padding_idx=2)",
                       [] { return nn::Embedding(6, 3, {.padding_idx = 2}); }, indices,
                       {"weight"}));
  return rows;
}

}  // namespace tinygrad::test
