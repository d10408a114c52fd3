// SPDX-License-Identifier: MIT
// Tests of nn/dropout.hpp: modes, generators, gradients, channels.
#include "nn/support.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

TEST_CASE("Dropout drops in training mode and does nothing in evaluation mode") {
  nn::Dropout layer(0.25, Generator(1));
  const Tensor x = ones({10000});
  const Array y = layer(x).array();
  Index zeros = 0;
  for (Index i = 0; i < y.count(); ++i) {
    if (y.at(i) == 0) ++zeros;
    else CHECK(y.at(i) == doctest::Approx(1 / 0.75));
  }
  CHECK(zeros > 2300);
  CHECK(zeros < 2700);
  layer.eval();
  const Tensor kept = layer(x);
  CHECK(std::memcmp(kept.array().raw(), x.array().raw(), x.array().bytes()) == 0);
  CHECK(kept.array().buffer() != x.array().buffer());
}

TEST_CASE("Dropout with a generator of its own repeats and leaves the default one alone") {
  const std::uint64_t position = default_generator().position();
  nn::Dropout a(0.5, Generator(7)), b(0.5, Generator(7));
  const Tensor x = ones({64});
  const Array first = a(x).array(), same = b(x).array(), next = a(x).array();
  CHECK(std::memcmp(first.raw(), same.raw(), first.bytes()) == 0);
  CHECK(std::memcmp(first.raw(), next.raw(), first.bytes()) != 0);
  CHECK(default_generator().position() == position);
  nn::Dropout shared(0.5);
  shared(x);
  CHECK(default_generator().position() > position);
}

TEST_CASE("Dropout checks its probability") {
  CHECK(contains(message_of([] { nn::Dropout layer(1.5); }),
                 "[Dropout] p=1.5 must be in [0, 1] — at test_dropout.cpp:"));
  CHECK(nn::Dropout(0.2).describe() == "Dropout(0.2)");
}

TEST_CASE("the gradient of Dropout goes through the mask of its forward pass") {
  nn::Dropout layer(0.5, Generator(3));
  const Tensor x = random({50}).requires_grad_();
  const Tensor y = layer(x);
  y.backward(ones({50}, float64));
  for (Index i = 0; i < 50; ++i)
    CHECK(x.grad().array().at(i) * x.array().at(i) == doctest::Approx(y.array().at(i)));
  layer.eval();
  CHECK(gradcheck_module(layer, random({5})));
}

TEST_CASE("channel dropout keeps or drops whole channels") {
  nn::Dropout1d one(0.5, Generator(1));
  nn::Dropout2d two(0.5, Generator(1));
  nn::Dropout3d three(0.5, Generator(1));
  const auto whole = [](nn::Module& layer, const Shape& shape, Index channels) {
    const Array y = layer(ones(shape)).array();
    const Index size = y.count() / channels;
    Index dropped = 0;
    for (Index c = 0; c < channels; ++c) {
      const double first = y.at(c * size);
      CHECK((first == 0 || first == 2));
      dropped += first == 0;
      for (Index i = 1; i < size; ++i) CHECK(y.at(c * size + i) == first);
    }
    CHECK(dropped > channels / 4);
    CHECK(dropped < channels * 3 / 4);
  };
  whole(one, {10, 20, 3}, 200);
  whole(one, {100, 3}, 100);
  whole(two, {10, 20, 3, 2}, 200);
  whole(two, {10, 20, 3}, 200);  // (N, C, L), as in PyTorch
  whole(three, {10, 20, 2, 2, 2}, 200);
  whole(three, {100, 2, 2, 2}, 100);
}

TEST_CASE("AlphaDropout keeps the mean and the variance") {
  const Tensor x = random({200000}, float32);
  const auto check_moments = [](const Tensor& y) {
    CHECK(mean(y).item() == doctest::Approx(0).epsilon(0.02));
    CHECK(var(y).item() == doctest::Approx(1).epsilon(0.02));
  };
  check_moments(nn::AlphaDropout(0.3, Generator(2))(x));
  check_moments(nn::FeatureAlphaDropout(0.3, Generator(2))(reshape(x, {200, 1000})));
}

TEST_CASE("dropout layers say what they are and what they want") {
  CHECK(nn::Dropout2d(0.2).describe() == "Dropout2d(0.2)");
  CHECK(nn::FeatureAlphaDropout().describe() == "FeatureAlphaDropout(0.5)");
  nn::Dropout3d layer;
  CHECK(contains(message_of([&] {
                   layer(ones({2, 3}));
                 }),
                 "[Dropout3d] x (2, 3) must have 3 spatial dims after N and C, or after C"));
  CHECK(contains(message_of([] { nn::AlphaDropout bad(-0.1); }),
                 "[AlphaDropout] p=-0.1 must be in [0, 1] — at test_dropout.cpp:"));
}
