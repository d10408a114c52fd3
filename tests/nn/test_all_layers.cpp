// SPDX-License-Identifier: MIT
// Runs every check on every row of the layer-case table. Each message names the layer that failed.
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "nn/support.hpp"
#include "support/bits.hpp"
#include "support/each_sample.hpp"
#include "support/layer_cases.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {

/// The layer as a function of its inputs and then its parameters.
struct AsFunction {
  const LayerCase& layer;
  std::unique_ptr<nn::Module> module = made(layer, float64);
  std::vector<Tensor*> slots = {};
  std::size_t inputs = 0;

  AsFunction(const LayerCase& c, std::size_t count) : layer(c), inputs(count) {
    for (auto& [name, inside] : module->named_modules()) {
      nn::Members m;
      inside->members(m);
      for (auto& [parameter_name, p] : m.parameters) slots.push_back(p);
    }
  }
  Tensors arguments(Tensors x) const {
    for (const Tensor* slot : slots) x.push_back(*slot);
    return x;
  }
  Tensor operator()(const Tensors& values) const {
    for (std::size_t i = 0; i < slots.size(); ++i) *slots[i] = values[inputs + i];
    return layer.call(*module,
                      {values.begin(), values.begin() + static_cast<std::ptrdiff_t>(inputs)});
  }
};

std::string type_of(const LayerCase& c) { return c.name.substr(0, c.name.find('/')); }

bool anything_to_check(const Tensors& x) {
  for (const Tensor& t : x)
    if (t.requires_grad() && t.numel() > 0) return true;
  return false;
}

}  // namespace

TEST_CASE("every layer passes gradcheck over its inputs and its parameters") {
  for_each_sample(layer_cases(), [](const LayerCase& c, const auto& sample) {
    const Tensors x = draw(sample, 3, float64);
    const AsFunction f(c, x.size());
    const Tensors all = f.arguments(x);
    if (!anything_to_check(all)) return;
    const GradcheckReport report = gradcheck([&](const Tensors& v) { return f(v); }, all);
    CHECK_MESSAGE(report.ok, to_string(report));
    CHECK_MESSAGE(report.kinks == 0, "the sample touches a kink: " << to_string(report));
  });
}

TEST_CASE("every layer passes gradgradcheck over its inputs and its parameters") {
  for_each_sample(layer_cases(), [](const LayerCase& c, const auto& sample) {
    const Tensors x = draw(sample, 4, float64);
    const AsFunction f(c, x.size());
    const Tensors all = f.arguments(x);
    if (!anything_to_check(all)) return;
    const Tensor y = f(all);
    if (x[0].numel() == 0 && y.dim() == 0 && y.item() != y.item()) return;  // a mean of nothing
    const GradcheckReport report = gradgradcheck([&](const Tensors& v) { return f(v); }, all);
    CHECK_MESSAGE(report.ok, to_string(report));
  });
}

TEST_CASE("the state dict of every layer has PyTorch's names") {
  for (const LayerCase& c : layer_cases()) {
    CAPTURE(c.name);
    std::vector<std::string> names;
    for (const auto& [name, t] : c.make()->state_dict()) names.push_back(name);
    CHECK(names == c.state);
  }
}

TEST_CASE("every layer gives the same in float32 as in float64, within its tolerance") {
  for_each_sample(layer_cases(), [](const LayerCase& c, const auto& sample) {
    CHECK_MESSAGE((c.tolerance == 1e-5 || !c.tolerance_reason.empty()),
                  "a tolerance needs a reason");
    CHECK_MESSAGE((c.torch_tolerance == 1e-12 || !c.torch_tolerance_reason.empty()),
                  "a tolerance needs a reason");
    const auto narrow = made(c, float32), wide = made(c, float64);
    const Tensor y = c.call(*narrow, draw(sample, 6, float32));
    const Tensor expected = c.call(*wide, draw(sample, 6, float64));
    REQUIRE(y.shape() == expected.shape());
    CHECK(y.dtype() == float32);
    CHECK(expected.dtype() == float64);
    for (Index i = 0; i < y.numel(); ++i)
      REQUIRE(same(y.array().at(i), expected.array().at(i), c.tolerance));
  });
}

TEST_CASE("no layer draws random numbers in evaluation mode") {
  for_each_sample(layer_cases(), [](const LayerCase& c, const auto& sample) {
    const auto module = made(c, float32);
    const Tensors x = draw(sample, 7, float32);
    const auto before = default_generator().position();
    const Tensor first = c.call(*module, x), second = c.call(*module, x);
    CHECK(same_bits(first, second));
    CHECK(default_generator().position() == before);
  });
}

TEST_CASE("every layer keeps its parameters, its mode and its function when it is moved") {
  for_each_sample(layer_cases(), [](const LayerCase& c, const auto& sample) {
    const auto module = made(c, float32);
    const Tensors x = draw(sample, 8, float32);
    const Tensor before = c.call(*module, x);
    const auto names = module->named_parameters();
    const auto moved = c.move(*module);
    CHECK_FALSE(moved->is_training());
    CHECK(same_bits(c.call(*moved, x), before));
    const auto now = moved->named_parameters();
    REQUIRE(now.size() == names.size());
    for (std::size_t i = 0; i < now.size(); ++i) {
      CHECK(now[i].first == names[i].first);
      CHECK(now[i].second.is(names[i].second));
    }
  });
}

TEST_CASE("every layer leaves no node alive after its graph is dropped") {
  const auto before = Node::live();
  for_each_sample(layer_cases(), [&](const LayerCase& c, const auto& sample) {
    const auto module = made(c, float64);
    {
      const Tensor y = c.call(*module, draw(sample, 9, float64));
      if (y.requires_grad()) y.backward(Tensor(Array::full(y.shape(), 0.5, float64)));
    }
    module->zero_grad();
    CHECK(Node::live() == before);
  });
}

TEST_CASE("a clone of every layer gives the same and shares nothing") {
  for (const LayerCase& c : layer_cases()) {
    CAPTURE(c.name);
    const auto module = made(c, float64);
    const auto parameters = module->parameters();
    if (!parameters.empty()) Tensor(parameters[0]).requires_grad_(false);
    const auto copy = c.clone(*module);
    CHECK_FALSE(copy->is_training());
    const Tensors x = draw(c.samples.front(), 10, float64);
    CHECK(same_bits(c.call(*copy, x), c.call(*module, x)));
    CHECK(to_string(*copy) == to_string(*module));
    for (const auto list : {&nn::Module::named_parameters, &nn::Module::named_buffers}) {
      const auto theirs = (*module.*list)(), ours = (*copy.*list)();
      REQUIRE(ours.size() == theirs.size());
      for (std::size_t i = 0; i < ours.size(); ++i) {
        CHECK(ours[i].first == theirs[i].first);
        CHECK(same_bits(ours[i].second, theirs[i].second));
        CHECK(ours[i].second.requires_grad() == theirs[i].second.requires_grad());
        CHECK_FALSE(ours[i].second.array().same_as(theirs[i].second.array()));
      }
    }
  }
}

TEST_CASE("every layer prints its type, and settings that are not alike") {
  const std::vector<LayerCase>& rows = layer_cases();
  std::vector<std::string> texts;
  for (const LayerCase& c : rows) {
    const auto module = c.make();
    texts.push_back(to_string(*module));
    CAPTURE(texts.back());
    CHECK(texts.back().starts_with(type_of(c)));
    CHECK(module->describe().find('\n') == std::string::npos);
  }
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      if (type_of(rows[i]) != type_of(rows[j])) continue;
      const bool alike = rows[i].torch == rows[j].torch;
      CHECK_MESSAGE((texts[i] == texts[j]) == alike,
                    rows[i].torch << " and " << rows[j].torch << " print " << texts[i] << texts[j]);
    }
}

TEST_CASE("every layer is called with an empty batch") {
  for (const LayerCase& c : layer_cases()) {
    CAPTURE(c.name);
    const bool fixed_batch = c.torch_call.find("torch.tensor([") != std::string::npos;
    bool empty = fixed_batch;  // masks or lengths of a given batch
    for (const auto& sample : c.samples) empty = empty || sample[0].shape.count() == 0;
    CHECK(empty);
    const std::string type = c.make()->type_name();
    CHECK(type.substr(0, type.find('<')) == type_of(c));
  }
}

TEST_CASE("every module class of nn/ has a row") {
  std::map<std::string, std::string> base;  // of every class that has one
  std::set<std::string> final_classes;      // the others are bases themselves
  const std::filesystem::path folder =
      std::filesystem::path(TINYGRAD_SOURCE_DIR) / "include/tinygrad/nn";
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(file.path());
    for (std::string line; std::getline(in, line);) {
      // "[template <…>] struct Linear final : Module {" or "class Recurrent : public Module {"
      std::istringstream words(line);
      std::string word, name;
      while (words >> word && word != "struct" && word != "class") {
      }
      if (!(words >> name >> word)) continue;
      if (word == "final") {
        final_classes.insert(name);
        words >> word;
      }
      if (word == ":" && words >> word && (word != "public" || words >> word))
        base[name] = word.substr(0, word.find('<'));
    }
  }
  std::set<std::string> rows;
  for (const LayerCase& c : layer_cases()) rows.insert(type_of(c));
  std::size_t modules = 0;
  for (const std::string& name : final_classes) {
    std::string root = name;
    while (base.count(root)) root = base[root];
    if (root != "Module") continue;
    ++modules;
    CHECK_MESSAGE(rows.count(name), name << " has no row");
  }
  CHECK(modules > 50);
}
