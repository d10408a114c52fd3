// SPDX-License-Identifier: MIT
// Tests of nn/serialize.hpp: saved and loaded states keep every bit; errors.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "support/bits.hpp"
#include "support/files.hpp"
#include "tinygrad/nn/serialize.hpp"

using namespace tinygrad;
using support::contains;
using support::message_of;

namespace {

struct Affine final : nn::Module {
  nn::Parameter weight, bias;
  explicit Affine(Index n, double value)
      : weight(Tensor(Array::full({n}, value, float32))),
        bias(Tensor(Array::full({1}, value, float32))) {}
  void members(nn::Members& m) override { m("weight", weight)("bias", bias); }
};

}  // namespace

TEST_CASE("a model is saved under its parameters' names and loaded into another") {
  const support::TemporaryFolder folder;
  const auto path = folder.file("model.safetensors");
  Affine a(3, 1.5), b(3, 0);
  save_model(path, a, {{"format", "pt"}, {"epoch", "3"}});
  const auto file = load_safetensors(path);
  CHECK(file.tensors.count("weight") == 1);
  CHECK(file.metadata.at("epoch") == "3");
  CHECK(load_model(path, b).ok());
  CHECK(b.weight.array().at(2) == 1.5);
  CHECK(b.bias.array().at(0) == 1.5);
}

TEST_CASE("a model is saved into a folder that is made, and loaded past tensors nobody can hold") {
  const support::TemporaryFolder folder;
  const auto path = folder.file("runs/1/model.safetensors");
  Affine a(3, 1.5), b(3, 0);
  CHECK(contains(message_of<IoError>([&] { save_model(path, a); }),
                 "[save_safetensors] " + path + ": cannot write: the folder "));
  save_model(path, a, {}, {.make_folders = true});
  CHECK(load_model(path, b).ok());

  const std::string header = R"({"weight":{"dtype":"F8_E5M2","shape":[3],"data_offsets":[0,3]},)"
                             R"("bias":{"dtype":"F32","shape":[1],"data_offsets":[3,7]}})";
  const std::uint64_t length = header.size();
  const auto other = folder.write(
      "f", std::string(reinterpret_cast<const char*>(&length), 8) + header + std::string(7, '\0'));
  CHECK(contains(message_of<IoError>([&] { load_model(other, b); }),
                 R"(tensor "weight": dtype "F8_E5M2" cannot be read)"));
  const auto report = load_model(other, b, false, {.skip_unreadable = true});
  CHECK(report.missing == std::vector<std::string>{"weight"});
  CHECK(b.bias.array().at(0) == 0);
  CHECK(b.weight.array().at(0) == 1.5);
}

TEST_CASE("a state comes back from a file with every bit") {
  const support::TemporaryFolder folder;
  const auto path = folder.file("state.safetensors");
  const double values[] = {0.1, -0.0, 5e-324, 1e308, std::nan(""), HUGE_VAL};
  StateDict state{{"count", saved_count(std::numeric_limits<Index>::max())},
                  {"text", saved_text("Adam ∂")},
                  {"empty", saved_text("")},
                  {"list", saved_numbers({values, values + 6})},
                  {"0.exp_avg", Tensor(Array::full({2, 3}, 0.1f, float32))}};
  for (std::size_t i = 0; i < 6; ++i)
    state.emplace("number." + std::to_string(i), saved_number(values[i]));
  save_state(path, state, {{"epoch", "3"}});
  CHECK(load_safetensors(path).metadata.at("epoch") == "3");
  const StateDict loaded = load_state(path);
  CHECK(loaded.size() == state.size());
  for (const auto& entry : state) {
    INFO(entry.first);
    REQUIRE(loaded.count(entry.first) == 1);
    CHECK(test::same_bits(entry.second, loaded.at(entry.first)));
  }
}

TEST_CASE("a state that cannot be saved or loaded is an error that names the file") {
  const support::TemporaryFolder folder;
  const auto path = folder.file("state.safetensors");
  CHECK(contains(message_of<ValueError>([&] {
                   save_state(path, {{"w", Tensor()}});
                 }),
                 path + ": tensor w is undefined"));
  CHECK(folder.count() == 0);
  CHECK(contains(message_of<IoError>([&] { load_state(path); }), path));
  CHECK(contains(message_of<IoError>([&] { load_state(folder.write("broken", "abc")); }),
                 "is not a safetensors file"));
}

TEST_CASE("a file that does not fit the model is named, and the model stays as it is") {
  const support::TemporaryFolder folder;
  const auto path = folder.file("model.safetensors");
  Affine a(3, 1.5), b(4, 0);
  save_model(path, a);
  const auto text = message_of<StateError>([&] { load_model(path, b); });
  CHECK(contains(text, "[load_model] " + path + ": does not fit: "));
  CHECK(contains(text, "weight: (4) in the module, (3) in the dict"));
  CHECK(b.bias.array().at(0) == 0);
  CHECK_FALSE(load_model(path, b, false).ok());
  CHECK(b.bias.array().at(0) == 1.5);
}
