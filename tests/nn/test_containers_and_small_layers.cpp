// SPDX-License-Identifier: MIT
// Tests of containers, module trees, clones and small layers that the rows of the layer-case table
// cannot make.
#include <type_traits>

#include "nn/support.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

TEST_CASE("Identity gives back its very input") {
  nn::Identity layer;
  const Tensor x = ones({2});
  CHECK(layer(x).is(x));
}

TEST_CASE("Unflatten works out one open size and refuses what does not divide") {
  CHECK(nn::Unflatten(1, {2, -1, 3})(ones({4, 12})).shape() == Shape{4, 2, 2, 3});
  CHECK(nn::Unflatten(-1, {3, 2})(ones({4, 6})).shape() == Shape{4, 3, 2});
  nn::Unflatten layer(1, {2, 4});
  CHECK(contains(message_of([&] {
                   layer(ones({4, 6}));
                 }),
                 "[Unflatten] dim 1 of x (4, 6) has size 6, which does not make (2, 4) — at "
                 "test_containers_and_small_layers.cpp:"));
  CHECK(layer.describe() == "Unflatten(1, (2, 4))");
}

TEST_CASE("Bilinear names the feature sizes it expected and got") {
  nn::Bilinear layer(3, 4, 2);
  CHECK(contains(message_of([&] {
                   layer(ones({5, 2}), ones({5, 4}));
                 }),
                 "[Bilinear] x1 (5, 2) must end in in1_features=3 — at "
                 "test_containers_and_small_layers.cpp:"));
  CHECK(contains(message_of([&] {
                   layer(ones({5, 3}), ones({5, 3}));
                 }),
                 "x2 (5, 3) must end in in2_features=4"));
  CHECK(contains(message_of([&] {
                   layer(ones({5, 3}), ones({6, 4}));
                 }),
                 "must have the same dims before the last"));
  CHECK(contains(message_of([] { nn::Bilinear(0, 4, 2); }), "in1_features=0 must be positive"));
  CHECK(layer.describe() == "Bilinear(3, 4, 2)");
}

TEST_CASE("norms start as the plain normalisation and name the shape they want") {
  nn::LayerNorm layer({2, 3}, {.bias = false});
  CHECK(layer.weight.array().at(4) == 1);
  CHECK_FALSE(layer.bias.defined());
  CHECK(layer.describe() == "LayerNorm((2, 3), eps=1e-05, bias=false)");
  nn::Sequential model{nn::LayerNorm(4)};
  CHECK(contains(message_of([&] {
                   model(ones({2, 3}));
                 }),
                 "[layer_norm] x (2, 3) must end in normalized_shape (4) — at "
                 "test_containers_and_small_layers.cpp:"));
  CHECK(nn::RMSNorm(4).describe() == "RMSNorm((4))");
  CHECK(nn::RMSNorm(4, {.eps = 0.1, .elementwise_affine = false}).describe() ==
        "RMSNorm((4), eps=0.1, elementwise_affine=false)");
}

TEST_CASE("ModuleList holds modules by number, and errors name the path through it") {
  struct Deep final : nn::Module {
    nn::ModuleList<nn::Linear> layers{nn::Linear(2, 3), nn::Linear(3, 4)};
    void members(nn::Members& m) override { m("layers", layers); }
    Tensor forward(const Tensor& x) override {
      Tensor y = x;
      for (auto& layer : layers) y = (*layer)(y);
      return y;
    }
  } deep;
  CHECK(deep(ones({1, 2})).shape() == Shape{1, 4});
  CHECK(deep.named_parameters()[2].first == "layers.1.weight");
  deep.layers.append(nn::Linear(7, 1));
  CHECK(contains(message_of([&] { deep(ones({1, 2})); }), ", in layers.2 (Linear)"));
  CHECK(contains(message_of([&] { deep.layers[3]; }), "there is no module 3 of 3"));
  CHECK(deep.layers.describe() == "ModuleList(3)");
}

TEST_CASE("ModuleDict, ParameterList and ParameterDict hold theirs by name") {
  struct Bag final : nn::Module {
    nn::ModuleDict<> modules;
    nn::ParameterList list;
    nn::ParameterDict dict;
    Bag() {
      modules.add("fc", nn::Linear(2, 2));
      list.append(ones({3}));
      dict.add("scale", ones({}));
    }
    void members(nn::Members& m) override { m("modules", modules)("list", list)("dict", dict); }
  } bag;
  std::string names;
  for (const auto& [name, p] : bag.named_parameters()) names += name + " ";
  CHECK(names == "modules.fc.weight modules.fc.bias list.0 dict.scale ");
  CHECK(bag.modules["fc"](ones({1, 2})).shape() == Shape{1, 2});
  CHECK(bag.modules.contains("fc"));
  CHECK_FALSE(bag.modules.contains("no"));
  CHECK(bag.list[0].requires_grad());
  CHECK(contains(message_of([&] { bag.modules["no"]; }), "there is no module named 'no'"));
  CHECK(contains(message_of([&] { bag.dict["no"]; }), "there is no parameter named 'no'"));
  CHECK(contains(message_of([&] { bag.list[1]; }), "there is no parameter 1 of 1"));
  CHECK(contains(message_of([&] { bag.dict.add("scale", ones({})); }),
                 "there is already a parameter named scale"));
  Bag moved = std::move(bag);
  CHECK(moved.parameters().size() == 4);
}

TEST_CASE("Sequential appends, and finds by name") {
  nn::Sequential model;
  model.add("first", nn::Linear(2, 3));
  model.append(nn::ReLU());
  CHECK(model["first"].describe() == "Linear(2, 3)");
  CHECK(model["1"].describe() == "ReLU");
  CHECK(contains(message_of([&] { model["none"]; }), "there is no module named 'none'"));
}

TEST_CASE("a module gives its children, what a path names, and itself as a tree") {
  nn::Sequential model;
  model.add("body", nn::Sequential{nn::Linear(2, 3), nn::ReLU()});
  model.add("head", nn::Linear(3, 1));
  CHECK(model.named_children()[0].first == "body");
  CHECK(model.children().size() == 2);
  CHECK(&model.get_submodule("body.0") == &static_cast<nn::Sequential&>(model[0])[0]);
  CHECK(&model.get_submodule("") == &model);
  CHECK(model.get_parameter("body.0.bias").is(model.parameters()[1]));
  CHECK(contains(message_of([&] { model.get_submodule("tail"); }),
                 "[get_submodule] Sequential has nothing named 'tail'; it has body, body.0, "
                 "body.1, head — at test_containers_and_small_layers.cpp:"));
  CHECK(contains(message_of([&] { model.get_buffer("mean"); }), "it has nothing of that kind"));
  std::string order;
  model.apply([&](nn::Module& m) { order += m.type_name() + " "; });
  CHECK(order == "Linear ReLU Sequential Linear Sequential ");
  CHECK(to_string(model) ==
        "Sequential(2)\n  body: Sequential(2)\n    0: Linear(2, 3)\n    1: ReLU\n"
        "  head: Linear(3, 1)\n");
}

TEST_CASE("a clone has the same values, dtypes, modes and frozen parameters, and shares nothing") {
  nn::Linear model(2, 3);
  model.to(float64);
  model.weight.requires_grad_(false);
  model.eval();
  sum(model(ones({1, 2}, float64))).backward();
  int calls = 0;
  model.register_forward_hook([&](nn::Module&, const auto&, auto&) { ++calls; });
  const nn::Linear kept = nn::clone(model);
  nn::Linear copy = nn::clone(kept);
  CHECK(copy.weight.dtype() == float64);
  CHECK_FALSE(copy.weight.requires_grad());
  CHECK(copy.bias.requires_grad());
  CHECK_FALSE(copy.bias.grad().defined());
  CHECK_FALSE(copy.is_training());
  CHECK(copy.weight.array().at(1) == model.weight.array().at(1));
  copy(ones({1, 2}, float64));
  CHECK(calls == 0);
  nn::init::zeros_(copy.weight);
  CHECK(model.weight.array().at(1) != 0);
}

namespace {
struct TiedParts final : nn::Module {
  nn::Linear encoder{3, 3}, decoder{3, 3};
  nn::ModuleList<> list;
  nn::Dropout dropout{0.5, Generator(4)};
  Tensor constant = ones({2});
  TiedParts() {
    decoder.weight = encoder.weight;
    list.append(nn::Sequential{nn::Linear(3, 2), nn::Tanh()});
  }
  void members(nn::Members& m) override {
    m("encoder", encoder)("decoder", decoder)("list", list)("dropout", dropout);
  }
};
}  // namespace

TEST_CASE("what a model shares inside is shared inside its clone, and containers copy theirs") {
  TiedParts model;
  TiedParts copy = nn::clone(model);
  CHECK(copy.decoder.weight.is(copy.encoder.weight));
  CHECK_FALSE(copy.encoder.weight.is(model.encoder.weight));
  CHECK(copy.parameters().size() == model.parameters().size());
  CHECK(&copy.list[0] != &model.list[0]);
  CHECK(to_string(copy) == to_string(model));
  CHECK(copy.constant.is(model.constant));  // members() does not list it
  const Tensor x = ones({20});
  CHECK(equal(copy.dropout(x), model.dropout(x)));  // the generators have the same state
  nn::init::zeros_(copy.get_parameter("list.0.0.weight"));
  CHECK(max(abs(model.get_parameter("list.0.0.weight"))).item() > 0);
}

TEST_CASE("a module is copied by clone() alone, by its own type, and all of it") {
  nn::Linear model(2, 3);
  CHECK(contains(message_of([&] { nn::Linear copy(model); }),
                 "[Module] Linear must not be copied, since the copy would share its parameters"));
  static_assert(!std::is_copy_assignable_v<nn::Linear>);
  static_assert(std::is_nothrow_move_constructible_v<nn::Linear>);
  nn::Conv2d conv(1, 1, 1);
  const nn::ConvLayer& base = conv;
  CHECK(contains(message_of([&] { nn::clone(base); }),
                 "[clone] the model is a Conv2d, but is given as a ConvLayer; give it by its own "
                 "type — at test_containers_and_small_layers.cpp:"));
  nn::Sequential erased;
  erased.add("late", std::unique_ptr<nn::Module>(new nn::Linear(2, 1)));
  CHECK(contains(message_of([&] { nn::clone(erased); }),
                 "[clone] Linear cannot be copied: add it to its container by value"));
  nn::Sequential known;
  known.add("early", std::make_unique<nn::Linear>(2, 1));
  CHECK(nn::clone(known).parameters().size() == 2);
}
