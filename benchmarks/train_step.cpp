// SPDX-License-Identifier: MIT
// Times whole training steps: forward, loss, backward, SGD with momentum 0.9.
//
//   train_step --model mlp --dims 784,128,10 --batch 64 --threads 2 --json
//
// prints {"name":"mlp/784,128,10/64","median_us":…,"min_us":…}, or a line for people without
// --json.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "tinygrad/nn.hpp"
#include "tinygrad/optim.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;

namespace {

struct Timing {
  double median_us, min_us;
};

// Runs `step` for about `budget` seconds after a warm-up; at least 7 and at most 2000 times.
template <class F> Timing time(F step, double budget) {
  using Clock = std::chrono::steady_clock;
  const auto microseconds = [](auto from) {
    return std::chrono::duration<double, std::micro>(Clock::now() - from).count();
  };
  for (int i = 0; i < 3; ++i) step();
  std::vector<double> times;
  const auto start = Clock::now();
  while (times.size() < 7 || (microseconds(start) < budget * 1e6 && times.size() < 2000)) {
    const auto begin = Clock::now();
    step();
    times.push_back(microseconds(begin));
  }
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times[0]};
}

std::string join(const std::vector<Index>& dims) {
  std::string out;
  for (const Index d : dims) out += (out.empty() ? "" : ",") + std::to_string(d);
  return out;
}

Timing time_mlp(const std::vector<Index>& dims, Index batch, double budget) {
  nn::Sequential model;
  for (std::size_t i = 0; i + 1 < dims.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    model.add("fc" + number, nn::Linear(dims[i], dims[i + 1]));
    if (i + 2 < dims.size()) model.add("relu" + number, nn::ReLU());
  }
  optim::SGD sgd(model.parameters(), {.lr = 0.01, .momentum = 0.9});
  const Tensor x = randn({batch, dims.front()}), y = randint(0, dims.back(), {batch});
  return time(
      [&] {
        sgd.zero_grad();
        cross_entropy(model(x), y).backward();
        sgd.step();
      },
      budget);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Times whole training steps: forward, loss, backward, SGD with momentum 0.9");
  std::string model = "mlp";
  std::vector<Index> dims = {784, 128, 10};
  Index batch = 64;
  int threads = num_threads();
  double seconds = 1.5;
  bool json = false;
  app.add_option("--model", model, "the network")
      ->check(CLI::IsMember({"mlp"}))
      ->capture_default_str();
  app.add_option("--dims", dims, "layer sizes of the MLP, input first")
      ->delimiter(',')
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--batch", batch, "samples in a step")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--threads", threads, "threads")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--seconds", seconds, "how long to measure")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--json", json, "print one JSON line");
  try {
    app.parse(argc, argv);
    if (dims.size() < 2)
      throw CLI::ValidationError("--dims", "needs at least an input and an output size");
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  set_num_threads(threads);
  manual_seed(0);
  const Timing t = time_mlp(dims, batch, seconds);
  const std::string name = "mlp/" + join(dims) + "/" + std::to_string(batch);
  if (json)
    std::printf("{\"name\":\"%s\",\"median_us\":%.1f,\"min_us\":%.1f}\n", name.c_str(), t.median_us,
                t.min_us);
  else
    std::printf("%s  median %.1f us, best %.1f us, %d threads\n", name.c_str(), t.median_us,
                t.min_us, threads);
}
