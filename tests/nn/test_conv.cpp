// SPDX-License-Identifier: MIT
// Tests of nn/conv.hpp: descriptions, initial weights, errors.
#include <cmath>

#include "nn/support.hpp"
#include "tinygrad/kernels/reduction/norms.hpp"
#include "tinygrad/nn/conv.hpp"
#include "tinygrad/nn/summary.hpp"
#include "tinygrad/ops/creation/creation.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

TEST_CASE("convolution layers describe themselves with what is not the default") {
  CHECK(nn::Conv1d(3, 4, 5).describe() == "Conv1d(3, 4, kernel_size=(5), stride=(1))");
  CHECK(nn::Conv2d(3, 50, 3, {.padding = 1}).describe() ==
        "Conv2d(3, 50, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))");
  CHECK(nn::Conv2d(4, 4, {3, 5},
                   {.stride = {1, 2},
                    .padding = "valid",
                    .dilation = 2,
                    .groups = 4,
                    .bias = false,
                    .padding_mode = PadMode::kReflect})
            .describe() ==
        "Conv2d(4, 4, kernel_size=(3, 5), stride=(1, 2), padding=valid, dilation=(2, 2), "
        "groups=4, bias=false, padding_mode=reflect)");
  CHECK(nn::ConvTranspose3d(2, 3, 2, {.stride = 2, .padding = 1, .output_padding = 1}).describe() ==
        "ConvTranspose3d(2, 3, kernel_size=(2, 2, 2), stride=(2, 2, 2), padding=(1, 1, 1), "
        "output_padding=(1, 1, 1))");
}

TEST_CASE("convolution layers start with PyTorch's shapes and within its bounds") {
  Generator generator(3);
  const auto check_bound = [](const Tensor& t, double bound) {
    const double most = kernels::largest({"test"}, t.array());
    CHECK(most <= bound);
    CHECK(most > 0.9 * bound);
  };
  const nn::Conv2d plain(8, 64, {3, 5}, {.groups = 2}, generator);
  CHECK(plain.weight.shape() == Shape{64, 4, 3, 5});
  check_bound(plain.weight, 1 / std::sqrt(60.0));
  check_bound(plain.bias, 1 / std::sqrt(60.0));
  const nn::ConvTranspose2d transposed(8, 64, {3, 5}, {.groups = 2}, generator);
  CHECK(transposed.weight.shape() == Shape{8, 32, 3, 5});
  CHECK(transposed.bias.shape() == Shape{64});
  check_bound(transposed.weight, 1 / std::sqrt(480.0));
  check_bound(transposed.bias, 1 / std::sqrt(480.0));
}

TEST_CASE("convolution layers refuse impossible settings by name") {
  CHECK(contains(message_of([] { nn::Conv2d(0, 4, 3); }),
                 "[Conv2d] in_channels=0 must be positive — at test_conv.cpp:"));
  CHECK(contains(message_of([] { nn::Conv1d(2, -1, 3); }), "out_channels=-1 must be positive"));
  CHECK(contains(message_of([] {
                   nn::Conv3d(2, 2, {1, 0, 2});
                 }),
                 "[Conv3d] kernel_size=(1, 0, 2) must be at least 1"));
  CHECK(contains(message_of([] { nn::ConvTranspose2d(3, 4, 3, {.groups = 2}); }),
                 "[ConvTranspose2d] groups=2 must divide in_channels=3 and out_channels=4"));
}

TEST_CASE("a channels-last picture gets a hint and the layer's name") {
  nn::Conv2d layer(3, 8, 3);
  const std::string message = message_of([&] { layer(ones({4, 32, 32, 3})); });
  CHECK(contains(message, "permute(x, {0, 3, 1, 2})"));
  CHECK(contains(message, "in Conv2d"));
}

TEST_CASE("summary counts the multiply-adds of convolutions") {
  nn::Conv2d layer(3, 50, 3, {.padding = 1});
  const nn::Summary s = nn::summary(layer, Shape{2, 3, 32, 32});
  CHECK(s.multiply_adds == 2 * 50 * 1024 * 27);
  CHECK(s.trainable == 50 * 27 + 50);
  nn::ConvTranspose2d up(4, 6, 2, {.stride = 2});
  CHECK(nn::summary(up, Shape{1, 4, 5, 5}).multiply_adds == 25 * 4 * 6 * 4);
}
