// SPDX-License-Identifier: MIT
// Tests of layers that resize or rearrange pictures: descriptions, fold, errors. Values and
// gradients are in the layer rows.
#include "nn/support.hpp"
#include "tinygrad/nn/upsample.hpp"
#include "tinygrad/ops/creation/creation.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

TEST_CASE("resizing layers describe themselves in PyTorch's words") {
  CHECK(nn::Upsample({.scale_factor = {2}}).describe() == "Upsample(scale_factor=2, mode=nearest)");
  CHECK(nn::Upsample({.size = {4, 6}, .mode = Interpolation::kBilinear}).describe() ==
        "Upsample(size=(4, 6), mode=bilinear)");
  CHECK(nn::PixelShuffle(3).describe() == "PixelShuffle(upscale_factor=3)");
  CHECK(nn::PixelUnshuffle(3).describe() == "PixelUnshuffle(downscale_factor=3)");
  CHECK(nn::ChannelShuffle(2).describe() == "ChannelShuffle(groups=2)");
  CHECK(nn::Unfold({2, 3}, {.padding = 1}).describe() ==
        "Unfold(kernel_size=(2, 3), dilation=1, padding=1, stride=1)");
  CHECK(nn::Fold({4, 5}, 2, {.stride = 2}).describe() ==
        "Fold(output_size=(4, 5), kernel_size=2, dilation=1, padding=0, stride=2)");
}

TEST_CASE("folding what was unfolded counts how many windows each element is in") {
  nn::Unfold unfold(2);
  nn::Fold fold({3, 3}, 2);
  const Array y = fold(unfold(ones({1, 1, 3, 3}))).array();
  const double windows[] = {1, 2, 1, 2, 4, 2, 1, 2, 1};
  for (Index i = 0; i < 9; ++i) CHECK(y.at(i) == windows[i]);
}

TEST_CASE("an error in a resizing layer names the layer and the user's line") {
  nn::Upsample layer({.scale_factor = {2}, .mode = Interpolation::kBilinear});
  const std::string message = message_of([&] { layer(ones({1, 3, 8})); });
  CHECK(contains(message, "mode bilinear wants 2 spatial dims, x (1, 3, 8) has 1"));
  CHECK(contains(message, "test_upsample.cpp:"));
  CHECK(contains(message, "in Upsample"));
}
