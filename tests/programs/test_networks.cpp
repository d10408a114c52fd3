// SPDX-License-Identifier: MIT
// Tests the networks that the image programs share: their sizes, and that they train as PyTorch's
// do.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "../../examples/networks/lenet.hpp"
#include "../../examples/networks/networks.hpp"
#include "golden/answers/cnn_losses.hpp"
#include "networks/lenet.hpp"
#include "networks/networks.hpp"
#include "tinygrad/data.hpp"
#include "tinygrad/optim.hpp"

using namespace tinygrad;

namespace {

// What golden/record/cnn.py calls numbers(): element i of the series that begins at `start`.
std::uint64_t number(Index i, std::uint64_t start) {
  constexpr std::uint64_t k32Bits = 0xFFFFFFFF;
  std::uint64_t n = (static_cast<std::uint64_t>(i) + start) * 2654435761U & k32Bits;
  n = (n ^ n >> 15) * 2246822519U & k32Bits;
  return n ^ n >> 13;
}

// As set_weights() there.
void set_weights(nn::Module& model) {
  for (auto& [name, p] : model.named_parameters()) {
    if (name.starts_with("norm")) continue;
    std::uint64_t start = 0;
    for (const char c : name) start += static_cast<std::uint64_t>(c);
    const std::size_t dot = name.rfind('.');
    const Shape weight = model.get_parameter(name.substr(0, dot) + ".weight").shape();
    const double bound = std::sqrt(6 / static_cast<double>(weight.product(1, weight.rank()))) *
                         (name.substr(dot) == ".bias" ? 0.1 : 1);
    for (Index i = 0; i < p.numel(); ++i) {
      const double unit = static_cast<double>(number(i, 7919 * start)) * 0x1p-32 - 0.5;
      p.array().data<float>()[i] = static_cast<float>(unit * 2 * bound);
    }
  }
}

// As formula_pictures() there.
data::ClassificationData formula_pictures(Index count) {
  data::ClassificationData data{Array::empty({count, 3, 32, 32}, uint8),
                                Array::empty({count}, int64), "formula", 10};
  for (Index n = 0, i = 0; n < count; ++n) {
    const Index k = (n * 7 + n / 10) % 10;
    data.targets.data<Index>()[n] = k;
    for (Index c = 0; c < 3; ++c)
      for (Index y = 0; y < 32; ++y)
        for (Index x = 0; x < 32; ++x, ++i)
          data.inputs.data<std::uint8_t>()[i] = static_cast<std::uint8_t>(
              (x * (k + 1) + y * (c + k)) % 16 * 8 + static_cast<Index>(number(i, 12345) >> 25));
  }
  return data;
}

data::Compose transform_of(const std::string& network) {
  if (network == "rosetta") return {data::ToFloat()};
  return {data::Normalize({0.4914F, 0.4822F, 0.4465F}, {0.2470F, 0.2435F, 0.2616F})};
}

// The losses of the first `steps` steps, by the golden network's recipe without dropout.
std::vector<double> losses_of(const golden::CnnLosses& golden, Dtype dtype, Index steps) {
  const auto network = networks::make_network(golden.network, Generator(1));
  set_weights(*network);
  network->to(dtype);
  for (const auto& [path, module] : network->named_modules())
    if (dynamic_cast<nn::DropoutLayer*>(module)) module->eval();
  optim::SGD sgd(network->parameters(), {.lr = 0.01, .momentum = 0.9});
  std::vector<double> losses;
  for (const auto& [inputs, labels] :
       data::DataLoader(formula_pictures(steps * golden.batch),
                        {.batch_size = golden.batch,
                        .shuffle = false,
                        .sample_transform = transform_of(golden.network)})) {
    const Tensor loss = cross_entropy((*network)(to(inputs, dtype)), labels);
    sgd.zero_grad();
    loss.backward();
    sgd.step();
    losses.push_back(loss.item());
  }
  return losses;
}

double largest_difference(const std::vector<double>& losses, const golden::CnnLosses& golden) {
  double worst = 0;
  for (std::size_t i = 0; i < losses.size(); ++i)
    worst = std::fmax(worst, std::fabs(losses[i] - golden.losses[i]));
  return worst;
}

}  // namespace

TEST_CASE("the networks have as many parameters as the programs they come from") {
  const auto count = [](const char* name) {
    return networks::make_network(name, Generator(1))->parameter_count();
  };
  CHECK(count("rosetta") == 3441592);
  CHECK(count("netbn") == 32634);
  CHECK(count("netln") == 153066);
  CHECK(count("netgn") == 32634);
  CHECK(count("resnet20") == 269722);
  CHECK(count("mini") == 33834);
  CHECK(networks::LeNet(Generator(1)).parameter_count() == 431080);
  CHECK_THROWS_AS(count("resnet21"), ValueError);
}

TEST_CASE("every network turns pictures into ten logits, and its seed decides its weights") {
  for (const std::string& name : networks::network_names()) {
    CAPTURE(name);
    const Tensor pictures = ones({2, 3, 32, 32});
    const auto logits = [&](std::uint64_t seed) {
      const auto network = networks::make_network(name, Generator(seed));
      network->eval();
      return (*network)(pictures);
    };
    const Tensor first = logits(1);
    CHECK(first.shape() == Shape{2, 10});
    CHECK(all(eq(first, logits(1))).item<bool>());
    CHECK_FALSE(all(eq(first, logits(2))).item<bool>());
  }
}

TEST_CASE("a channels-last picture is refused with a hint") {
  networks::Mini mini{Generator(1)};
  CHECK_THROWS_WITH_AS(mini(zeros({2, 32, 32, 3})), doctest::Contains("channels-last"), ShapeError);
}

TEST_CASE("from the same weights and batches the first 50 losses are PyTorch's") {
  for (const golden::CnnLosses& golden : golden::cnn_losses) {
    const double worst = largest_difference(losses_of(golden, float64, 50), golden);
    MESSAGE(std::string(golden.network) << ": largest difference " << worst);
    CHECK(worst < 1e-6);
  }
}

TEST_CASE("in float32 the first losses are PyTorch's before rounding drives the runs apart") {
  for (const golden::CnnLosses& golden : golden::cnn_losses) {
    const double worst = largest_difference(losses_of(golden, float32, 3), golden);
    MESSAGE(std::string(golden.network) << ": largest difference " << worst);
    // netbn's rate multiplies a difference many times in a step; in float64 it starts at 1e-16.
    CHECK(worst < (std::string_view(golden.network) == "netbn" ? 1e-3 : 1e-5));
  }
}
