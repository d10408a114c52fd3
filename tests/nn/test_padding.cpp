// SPDX-License-Identifier: MIT
// Tests of padding layers: descriptions and errors. Values and gradients are in the layer rows.
#include "nn/support.hpp"
#include "tinygrad/nn/padding.hpp"
#include "tinygrad/ops/creation/creation.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

TEST_CASE("padding layers describe themselves in PyTorch's words") {
  CHECK(nn::ZeroPad2d(1).describe() == "ZeroPad2d((1, 1, 1, 1))");
  CHECK(nn::ConstantPad1d({1, 2}, 3.5).describe() == "ConstantPad1d(padding=(1, 2), value=3.5)");
  CHECK(nn::ConstantPad1d(1, 0).describe() == "ConstantPad1d(padding=(1, 1), value=0)");
  CHECK(nn::CircularPad3d({1, 1, 2, 2, 0, 0}).describe() == "CircularPad3d((1, 1, 2, 2, 0, 0))");
}

TEST_CASE("a border counts from the last dim, and negative widths cut") {
  CHECK(nn::ZeroPad2d({1, 2, 3, 4})(ones({1, 2, 5, 6})).shape() == Shape{1, 2, 12, 9});
  CHECK(nn::ReplicationPad2d({-1, 0, 0, 1})(ones({2, 5, 6})).shape() == Shape{2, 6, 5});
}

TEST_CASE("padding layers refuse what does not fit, by name and line") {
  CHECK(contains(message_of([] {
                   nn::ZeroPad2d bad({1, 2, 3});
                 }),
                 "[ZeroPad2d] 3 widths for 4 sides — at test_padding.cpp:"));
  nn::ReflectionPad2d layer(3);
  CHECK(contains(message_of([&] {
                   layer(ones({4, 4}));
                 }),
                 "[ReflectionPad2d] x (4, 4) must have 2 spatial dims after N and C, or after C"));
  CHECK(contains(message_of([&] { layer(ones({1, 1, 3, 8})); }), "a border of 3 is too wide"));
}
