// SPDX-License-Identifier: MIT
// Tests of nn/module.hpp: names, shared parameters, states, modes, errors, moves.
#include "nn/support.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
/// A layer with a buffer, and one that can be reached twice.
struct Block final : nn::Module {
  nn::Linear fc1{4, 3};
  nn::Dropout dropout{0.5};
  nn::Linear fc2{3, 4};
  nn::Buffer mean = zeros({3});

  void members(nn::Members& m) override {
    m("fc1", fc1)("dropout", dropout)("fc2", fc2)("mean", mean);
  }
  Tensor forward(const Tensor& x) override { return fc2(dropout(fc1(x))); }
};

struct Model final : nn::Module {
  nn::Parameter scale = ones({4});
  Block block;
  nn::Linear head{4, 2, {.bias = false}};

  void members(nn::Members& m) override { m("scale", scale)("block", block)("head", head); }
  Tensor forward(const Tensor& x) override { return head(block(x * scale)); }
};

/// Encoder and decoder with one weight.
struct Tied final : nn::Module {
  nn::Linear encoder{3, 3}, decoder{3, 3, {.bias = false}};

  Tied() { decoder.weight = encoder.weight; }
  void members(nn::Members& m) override { m("encoder", encoder)("decoder", decoder); }
  Tensor forward(const Tensor& x) override { return decoder(encoder(x)); }
};

template <class T> std::string names_of(const nn::Named<T>& list) {
  std::string out;
  for (const auto& [name, value] : list) out += (out.empty() ? "" : " ") + name;
  return out;
}

StateDict copy_of(const StateDict& state) {
  StateDict out;
  for (const auto& [name, t] : state) out[name] = t.array().copy();
  return out;
}

bool equal(const StateDict& a, const StateDict& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    const Array &u = x.second.array(), &v = y.second.array();
    return x.first == y.first && u.dtype() == v.dtype() && u.shape() == v.shape() &&
           std::memcmp(u.raw(), v.raw(), u.bytes()) == 0;
  });
}

std::string here(int line) { return " — at test_module.cpp:" + std::to_string(line); }
}  // namespace

TEST_CASE("parameters, buffers and modules are listed with dotted names, in order") {
  Model model;
  CHECK(names_of(model.named_parameters()) ==
        "scale block.fc1.weight block.fc1.bias block.fc2.weight block.fc2.bias head.weight");
  CHECK(names_of(model.named_buffers()) == "block.mean");
  const auto modules = model.named_modules();
  CHECK(modules[0].first.empty());
  CHECK(modules[0].second == &model);
  CHECK(names_of(modules) == "block block.fc1 block.dropout block.fc2 head");
  CHECK(model.parameter_count() == 4 + 15 + 16 + 8);
  CHECK(model.parameters().size() == 6);
}

TEST_CASE("a shared parameter is listed once and gets both gradients") {
  Tied tied;
  CHECK(names_of(tied.named_parameters()) == "encoder.weight encoder.bias");
  CHECK(tied.decoder.weight.is(tied.encoder.weight));
  tied.to(float64);
  CHECK(tied.decoder.weight.is(tied.encoder.weight));
  CHECK(tied.decoder.weight.dtype() == float64);
  CHECK(tied(random({2, 3})).dtype() == float64);
}

TEST_CASE("a shared parameter is loaded under either of its names") {
  Tied tied;
  const StateDict state = copy_of(tied.state_dict());
  CHECK(state.size() == 2);
  StateDict both = state, other = state;
  both["decoder.weight"] = state.at("encoder.weight");
  other["decoder.weight"] = state.at("encoder.weight");
  other.erase("encoder.weight");
  for (const StateDict& from : {state, both, other}) {
    Tied fresh;
    CHECK(fresh.load_state_dict(from).ok());
    CHECK(equal(fresh.state_dict(), state));
  }
}

TEST_CASE("to(float64) keeps every handle and drops the gradients") {
  Model model;
  const std::vector<Tensor> before = model.parameters();
  before[0].set_grad(ones({4}));
  model.to(float64);
  for (const Tensor& p : before) {
    CHECK(p.dtype() == float64);
    CHECK(p.requires_grad());
  }
  CHECK_FALSE(before[0].grad().defined());
  CHECK(model.block.mean.dtype() == float64);
  CHECK(model.parameters()[0].is(before[0]));
  CHECK(contains(message_of([&] { model.to(int64); }),
                 "[to] a module can be float32 or float64, not int64"));
}

TEST_CASE("train and eval reach every module inside") {
  Model model;
  CHECK(model.block.dropout.is_training());
  model.eval();
  CHECK_FALSE(model.is_training());
  CHECK_FALSE(model.block.dropout.is_training());
  model.train();
  CHECK(model.is_training());
  CHECK(model.block.dropout.is_training());
}

TEST_CASE("zero_grad and requires_grad_ reach every parameter") {
  Model model;
  for (const Tensor& p : model.parameters()) p.set_grad(ones(p.shape()));
  model.zero_grad();
  for (const Tensor& p : model.parameters()) CHECK_FALSE(p.grad().defined());
  model.requires_grad_(false);
  CHECK_FALSE(model(random({2, 4}, float32)).requires_grad());
  model.requires_grad_();
  CHECK(model(random({2, 4}, float32)).requires_grad());
}

TEST_CASE("a state dict goes into another model bit by bit, and shares the first one's memory") {
  Model a, b;
  CHECK_FALSE(equal(a.state_dict(), b.state_dict()));
  CHECK(a.state_dict().count("block.mean") == 1);
  CHECK(b.load_state_dict(a.state_dict()).ok());
  CHECK(equal(a.state_dict(), b.state_dict()));
  CHECK_FALSE(a.scale.array().same_as(b.scale.array()));
  CHECK(a.state_dict().at("scale").array().same_as(a.scale.array()));
  CHECK_FALSE(a.state_dict().at("scale").requires_grad());
}

TEST_CASE("a state dict is converted between floating dtypes") {
  Model a, b;
  a.to(float64);
  b.load_state_dict(a.state_dict());
  CHECK(b.scale.dtype() == float32);
  CHECK(b.head.weight.array().at(0) == doctest::Approx(a.head.weight.array().at(0)).epsilon(1e-6));
}

TEST_CASE("strict loading lists every mismatch and changes nothing") {
  Model model;
  const StateDict before = copy_of(model.state_dict());
  StateDict state = copy_of(Model().state_dict());
  state.erase("block.fc1.bias");
  state.erase("block.mean");
  state["head.weight"] = ones({2, 5});
  state["scale"] = ones({4}, int64);
  state["extra"] = ones({1});
  const std::string message = message_of([&] { model.load_state_dict(state); });
  CHECK(contains(message,
                 "[load_state_dict] missing block.fc1.bias; missing block.mean; unexpected extra; "
                 "mismatched scale: float32 in the module, int64 in the dict; "
                 "mismatched head.weight: (2, 4) in the module, (2, 5) in the dict — at "
                 "test_module.cpp:"));
  CHECK(equal(model.state_dict(), before));
}

TEST_CASE("loading that is not strict takes what fits and reports the rest") {
  Model model;
  StateDict state = copy_of(Model().state_dict());
  state.erase("block.mean");
  state["head.weight"] = ones({2, 5});
  state["extra"] = ones({1});
  const LoadReport report = model.load_state_dict(state, false);
  CHECK_FALSE(report.ok());
  CHECK(report.missing == std::vector<std::string>{"block.mean"});
  CHECK(report.unexpected == std::vector<std::string>{"extra"});
  CHECK(report.mismatched ==
        std::vector<std::string>{"head.weight: (2, 4) in the module, (2, 5) in the dict"});
  CHECK(model.block.fc1.weight.array().at(0) == state.at("block.fc1.weight").array().at(0));
}

TEST_CASE("an error names the path of the module and the line of the user's call") {
  Model model;
  const int line = __LINE__ + 2;
  const auto deep = message_of([&] { model(ones({2, 4}, float64)); });
  CHECK(contains(deep, "[linear] "));
  CHECK(contains(deep, ", in block.fc1 (Linear)"));
  CHECK_FALSE(contains(deep, here(line)));  // the innermost line of the user's: in Block::forward
  CHECK(contains(deep, " — at test_module.cpp:"));

  nn::Linear alone(3, 2);
  const int call = __LINE__ + 1;
  const auto shallow = message_of([&] { alone(ones({2, 4})); });
  CHECK(contains(shallow,
                 "[linear] sizes differ: x (2, 4), weight (2, 3); x.shape[1]=4 must equal "
                 "weight.shape[1]=3" +
                     here(call) + ", in Linear"));
}

TEST_CASE("the exception keeps its type on the way through modules") {
  Model model;
  CHECK_THROWS_AS(model(ones({2, 4}, float64)), DtypeError);
  CHECK_THROWS_AS(model(ones({2, 5})), ShapeError);
  try {
    model(ones({2, 4}, float64));
  } catch (const Error& e) {
    CHECK(e.module_path() == "block.fc1");
  }
}

TEST_CASE("a moved model keeps its parameters and its behaviour") {
  Model model;
  model.eval();
  const Tensor x = random({2, 4}, float32);
  const Tensor weight = model.block.fc1.weight;
  const Array before = model(x).array();
  Model moved = std::move(model);
  CHECK(moved.block.fc1.weight.is(weight));
  CHECK_FALSE(moved.is_training());
  CHECK(names_of(moved.named_parameters()).starts_with("scale block.fc1.weight"));
  const Array after = moved(x).array();
  CHECK(std::memcmp(before.raw(), after.raw(), before.bytes()) == 0);
  static_assert(!std::is_copy_assignable_v<Model>);
  CHECK(contains(message_of([&] { Model copy(moved); }), "[Module] Model must not be copied"));
}

TEST_CASE("two members of one name are an error") {
  struct Clash final : nn::Module {
    nn::Parameter a = ones({1}), b = ones({2});
    void members(nn::Members& m) override { m("w", a)("w", b); }
  } clash;
  CHECK(contains(message_of([&] { clash.parameters(); }),
                 "[members] Clash lists two members that are named w"));
}

TEST_CASE("members with an empty or a dotted name are an error wherever they are asked for") {
  struct Named final : nn::Module {
    std::string name;
    nn::Parameter parameter = ones({1});
    nn::Buffer buffer = ones({1});
    nn::Linear module{1, 1};
    int kind = 0;
    void members(nn::Members& m) override {
      if (kind == 0) m(name, parameter);
      if (kind == 1) m(name, buffer);
      if (kind == 2) m(name, module);
    }
  };
  struct Outer final : nn::Module {
    Named inside;
    void members(nn::Members& m) override { m("inside", inside); }
  } outer;
  const std::function<void()> asks[] = {[&] { outer.parameters(); },
                                        [&] { outer.named_buffers(); },
                                        [&] { outer.state_dict(); },
                                        [&] { outer.named_modules(); },
                                        [&] { outer.eval(); },
                                        [&] { to_string(outer); },
                                        [&] { outer.zero_grad(); },
                                        [&] { outer.to(float64); },
                                        [&] { outer.load_state_dict({}); },
                                        [&] { outer.inside.children(); }};
  for (const char* name : {"", ".", "k.x", "k.", ".x"})
    for (const int kind : {0, 1, 2})
      for (const auto& ask : asks) {
        outer.inside.name = name;
        outer.inside.kind = kind;
        INFO("'", name, "', kind ", kind);
        const std::string message = message_of(ask);
        CHECK(contains(message,
                       str_cat("[members] Named lists a member named '", name, "'; a name")));
        CHECK(contains(message, " — at test_module.cpp:"));
      }
  outer.inside.name = "k";
  CHECK(names_of(outer.named_modules()) == "inside inside.k");

  struct Mixed final : nn::Module {
    nn::Parameter p = ones({1});
    nn::Linear q{1, 1};
    void members(nn::Members& m) override { m("k", p)("k", q); }
  } mixed;
  CHECK(contains(message_of([&] { mixed.named_modules(); }),
                 "[members] Mixed lists two members that are named k"));
}

TEST_CASE("a module that is no function of one tensor says so") {
  struct Bag final : nn::Module {
  } bag;
  CHECK(contains(message_of([&] { bag(ones({1})); }), "[forward] Bag is not a function of one"));
  CHECK(bag.describe() == "Bag");
}

TEST_CASE("gradients of a nested model are right, for every parameter") {
  Model model;
  model.eval();
  const GradcheckReport report = gradcheck_module(model, random({3, 4}));
  INFO(to_string(report));
  CHECK(report);
  CHECK(report.checked == 12 + model.parameter_count());
}
