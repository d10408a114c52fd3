// SPDX-License-Identifier: MIT
// Tests of pooling layers: descriptions, positions of maxima, and errors. Values and gradients are
// in the layer rows.
#include "nn/support.hpp"
#include "tinygrad/nn/pooling.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

TEST_CASE("pooling layers describe themselves in PyTorch's words") {
  CHECK(nn::MaxPool2d(2).describe() ==
        "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=false)");
  CHECK(nn::MaxPool1d(3, {.stride = 2, .padding = 1, .ceil_mode = true}).describe() ==
        "MaxPool1d(kernel_size=3, stride=2, padding=1, dilation=1, ceil_mode=true)");
  CHECK(nn::AvgPool3d({1, 2, 2}).describe() ==
        "AvgPool3d(kernel_size=(1, 2, 2), stride=(1, 2, 2), padding=0)");
  CHECK(nn::AdaptiveAvgPool2d({3, 5}).describe() == "AdaptiveAvgPool2d(output_size=(3, 5))");
  CHECK(nn::AdaptiveMaxPool1d(1).describe() == "AdaptiveMaxPool1d(output_size=1)");
  CHECK(nn::MaxUnpool2d(2).describe() == "MaxUnpool2d(kernel_size=2, stride=2, padding=0)");
  CHECK(nn::LPPool2d(2, 3, 1).describe() ==
        "LPPool2d(norm_type=2, kernel_size=3, stride=1, ceil_mode=false)");
}

TEST_CASE("max pooling gives its indices, and unpooling puts the values back") {
  nn::MaxPool2d pool(2);
  nn::MaxUnpool2d unpool(2);
  const Tensor x = random({2, 3, 4, 6});
  const auto [values, indices] = pool.with_indices(x);
  CHECK(indices.dtype() == int64);
  const Array y = pool(x).array(), back = unpool(values, indices).array();
  Index kept = 0;
  for (Index i = 0; i < y.count(); ++i) CHECK(y.at(i) == values.array().at(i));
  for (Index i = 0; i < back.count(); ++i) {
    kept += back.at(i) != 0;
    CHECK((back.at(i) == 0 || back.at(i) == x.array().at(i)));
  }
  CHECK(kept == y.count());
}

TEST_CASE("adaptive average pooling to one number is the mean of each channel") {
  nn::AdaptiveAvgPool2d global(1);
  const Tensor x = random({2, 3, 5, 7});
  const Tensor y = global(x), means = mean(x, {2, 3}, true);
  CHECK(y.shape() == Shape{2, 3, 1, 1});
  for (Index i = 0; i < 6; ++i) CHECK(y.array().at(i) == doctest::Approx(means.array().at(i)));
}

TEST_CASE("an input that needs no gradient costs pooling nothing") {
  const Tensor x = random({2, 3, 4, 4});
  nn::MaxPool2d pool(2);
  const Tensor y = pool(x);
  CHECK_FALSE(y.requires_grad());
  CHECK_FALSE(y.grad_fn());
}

TEST_CASE("pooling layers refuse what does not fit, by name and line") {
  nn::MaxPool2d pool(3);
  const auto refuses = [](auto& layer, const Shape& shape, const char* text) {
    const std::string message = message_of([&] { layer(ones(shape)); });
    CHECK_MESSAGE(contains(message, text), message);
    CHECK(contains(message, "test_pooling.cpp:"));
  };
  refuses(pool, {3, 3}, "[max_pool2d] x (3, 3) must be (N, C, H, W) or (C, H, W)");
  refuses(pool, {1, 3, 2, 2}, "a window of 3 is larger than dim 2 of x (1, 3, 2, 2)");
  nn::MaxPool2d four(4);
  refuses(four, {8, 32, 32, 3}, "is the picture channels-last?");
  refuses(pool, {1, 3, 2, 2}, "in MaxPool2d");
  const std::string message = message_of([] {
    nn::MaxUnpool2d(2)(ones({1, 1, 2, 2}), zeros({1, 1, 2, 2}));
  });
  CHECK(contains(message, "indices are float32, they must be int64"));
}
