// SPDX-License-Identifier: MIT
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
  CHECK(layer(x).is(x));
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
