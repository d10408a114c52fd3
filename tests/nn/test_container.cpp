// SPDX-License-Identifier: MIT
// Tests of Sequential in nn/container.hpp.
#include "nn/support.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

TEST_CASE("Sequential applies its modules in order and numbers them") {
  nn::Sequential model{nn::Flatten(), nn::Linear(4, 3), nn::Tanh(), nn::Linear(3, 2)};
  CHECK(model.size() == 4);
  const auto parameters = model.named_parameters();
  REQUIRE(parameters.size() == 4);
  CHECK(parameters[0].first == "1.weight");
  CHECK(parameters[3].first == "3.bias");
  CHECK(model[1].describe() == "Linear(4, 3)");
  CHECK(model.describe() == "Sequential(4)");

  const Tensor x = random({5, 2, 2}, float32);
  const Array y = model(x).array();
  CHECK(y.shape() == Shape{5, 2});
  const Array by_hand = model[3](tanh(model[1](x.array().reshaped({5, 4})))).array();
  CHECK(std::memcmp(y.raw(), by_hand.raw(), y.bytes()) == 0);
}

TEST_CASE("the modules in braces draw their weights from left to right") {
  manual_seed(11);
  nn::Sequential model{nn::Linear(2, 2), nn::Linear(2, 2)};
  manual_seed(11);
  nn::Linear first(2, 2);
  CHECK(model.parameters()[0].array().at(0) == first.weight.array().at(0));
}

TEST_CASE("add names a module and returns it where it lives") {
  nn::Sequential model;
  nn::Linear& fc = model.add("fc", nn::Linear(2, 2));
  model.add("act", nn::ReLU());
  nn::Module& late = model.add("late", std::unique_ptr<nn::Module>(new nn::Linear(2, 1)));
  CHECK(&model[0] == &fc);
  CHECK(&model[2] == &late);
  CHECK(model.named_parameters()[2].first == "late.weight");
  nn::init::zeros_(fc.weight);
  nn::init::constant_(fc.bias, -1);
  CHECK(model[0](ones({1, 2})).array().at(0) == -1);
  CHECK(model[1](model[0](ones({1, 2}))).array().at(0) == 0);
}

TEST_CASE("an empty Sequential is the identity") {
  nn::Sequential model;
  const Tensor x = ones({2});
  CHECK(model(x).is(x));
}

TEST_CASE("Sequential holds Sequentials, and moves") {
  nn::Sequential inner{nn::Linear(2, 2), nn::ReLU()};
  const Tensor weight = inner.parameters()[0];
  nn::Sequential outer{std::move(inner), nn::Linear(2, 1)};
  CHECK(outer.named_parameters()[0].first == "0.0.weight");
  CHECK(outer.named_parameters()[2].first == "1.weight");
  nn::Sequential moved = std::move(outer);
  CHECK(moved.size() == 2);
  CHECK(moved.parameters()[0].is(weight));
  moved.eval();
  CHECK_FALSE(moved[0].is_training());
}

TEST_CASE("errors name the path through Sequentials and the outermost user's line") {
  nn::Sequential outer;
  outer.add("body", nn::Sequential{nn::Linear(2, 3), nn::ReLU()});
  outer.add("head", nn::Linear(4, 1));
  const int line = __LINE__ + 1;
  const auto message = message_of([&] { outer(ones({1, 2})); });
  CHECK(contains(message, "x.shape[1]=3 must equal weight.shape[1]=4 — at test_container.cpp:" +
                              std::to_string(line) + ", in head (Linear)"));
  CHECK(contains(message_of([&] { outer(ones({1, 5})); }), ", in body.0 (Linear)"));
}

TEST_CASE("names must be usable, and indices in range") {
  nn::Sequential model{nn::ReLU()};
  CHECK(contains(message_of([&] { model.add("0", nn::ReLU()); }),
                 "[Sequential] there is already a module named 0 — at test_container.cpp:"));
  CHECK(contains(message_of([&] { model.add("a.b", nn::ReLU()); }), "the name 'a.b' must not"));
  CHECK(contains(message_of([&] { model.add("", nn::ReLU()); }), "the name '' must not"));
  CHECK(contains(message_of([&] { model.add("n", std::unique_ptr<nn::Module>()); }),
                 "module n is null"));
  CHECK(contains(message_of([&] { model[1]; }), "there is no module 1 of 1"));
  CHECK(model.size() == 1);
}

TEST_CASE("gradients through a Sequential are right") {
  nn::Sequential model{nn::Flatten(), nn::Linear(4, 3), nn::Softplus(), nn::Linear(3, 2)};
  const GradcheckReport report = gradcheck_module(model, random({2, 2, 2}));
  INFO(to_string(report));
  CHECK(report);
}
