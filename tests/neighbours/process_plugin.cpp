// SPDX-License-Identifier: MIT
// A plugin that trains with this library, for process_host.cpp to open and close.
#include <cmath>
#include <optional>
#include <tinygrad/data.hpp>
#include <tinygrad/nn.hpp>
#include <tinygrad/optim.hpp>
#include <tinygrad/tensor.hpp>
#include <utility>

using namespace tinygrad;

namespace {

// Destroyed as the plugin is unloaded: takes and frees memory, and runs a loop of several chunks.
struct Keeper {
  Tensor kept;
  ~Keeper() {
    if (kept.defined()) kept = exp(kept * 0.5);
  }
} keeper;

// An epoch that is broken off, whose threads have batches ahead of them when the plugin is closed.
std::optional<data::DataLoader::Iterator> epoch;

}  // namespace

/// The loss after some steps, NaN if it did not fall. Leaves behind what an unloading must clear:
/// threads that wait, cached memory, a loader at work, a static that holds a tensor.
extern "C" [[gnu::visibility("default")]] double train_a_little(int threads) {
  set_num_threads(threads);
  manual_seed(3);
  nn::Linear first_layer(32, 64), last_layer(64, 1);
  nn::Sequential model(std::move(first_layer), nn::Tanh(), std::move(last_layer));
  optim::Adam optimizer(model.parameters(), {.lr = 0.01});
  const Tensor x = randn({2048, 32});
  const Tensor target = sum(x, {1}, true) * 0.1;
  double first = 0, last = 0;
  for (int step = 0; step < 10; ++step) {
    optimizer.zero_grad();
    const Tensor loss = mse_loss(model(x), target);
    loss.backward();
    optimizer.step();
    last = loss.item<float>();
    if (step == 0) first = last;
  }
  keeper.kept = zeros({1 << 18});
  data::DataLoader loader(x, target, {.batch_size = 4, .workers = 2});
  epoch.emplace(loader.begin());
  return last < first ? last : std::nan("");
}
