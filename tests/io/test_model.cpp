// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "support/files.hpp"
#include "tinygrad/io/model.hpp"

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
