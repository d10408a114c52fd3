// SPDX-License-Identifier: MIT
// Times whole training steps: forward, loss, backward, SGD with momentum 0.9; and single
// convolutions.
//
//   train_step --model mlp --dims 784,128,10 --batch 64 --threads 2 --json
//   train_step --model rosetta --batch 64
//   train_step --conv 50,50,32,3 --pass fwdbwd       channels in and out, picture size, kernel
//   train_step --only conv/                          all of the usual workloads named so
//
// prints {"name":"mlp/784,128,10/64","median_us":…,"min_us":…}, or a line for people without
// --json.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "../examples/networks/lenet.hpp"
#include "../examples/networks/networks.hpp"
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

// Training steps on one batch of noise, in ten classes.
Timing time_model(nn::Module& model, const Shape& input, double budget) {
  optim::SGD sgd(model.parameters(), {.lr = 0.01, .momentum = 0.9});
  const Tensor x = randn(input), y = randint(0, 10, {input[0]});
  return time(
      [&] {
        sgd.zero_grad();
        cross_entropy(model(x), y).backward();
        sgd.step();
      },
      budget);
}

nn::Sequential make_mlp(const std::vector<Index>& dims) {
  nn::Sequential model;
  for (std::size_t i = 0; i + 1 < dims.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    model.add("fc" + number, nn::Linear(dims[i], dims[i + 1]));
    if (i + 2 < dims.size()) model.add("relu" + number, nn::ReLU());
  }
  return model;
}

// A convolution that keeps the size of its picture; backward to input, weight and bias.
Timing time_conv(const std::vector<Index>& sizes, Index batch, bool backward, double budget) {
  const Index in = sizes[0], out = sizes[1], side = sizes[2], kernel = sizes[3];
  nn::Conv2d conv(in, out, kernel, {.padding = kernel / 2});
  Tensor x = randn({batch, in, side, side});
  if (!backward) {
    const NoGradGuard no_grad;
    return time([&] { conv(x); }, budget);
  }
  x.requires_grad_();
  const Tensor grad_y = randn(conv(x).shape());
  return time(
      [&] {
        x.zero_grad();
        conv.zero_grad();
        conv(x).backward(grad_y);
      },
      budget);
}

// What to time, and how it is called.
struct Workload {
  std::string model;        // or "conv"
  std::vector<Index> dims;  // of an MLP, or {in, out, side, kernel}
  Index batch = 64;
  bool backward = true;  // of "conv"

  std::string name() const {
    if (model == "conv") return "conv/" + join(dims) + (backward ? "/fwdbwd" : "/fwd");
    return model + (model == "mlp" ? "/" + join(dims) : "") + "/" + std::to_string(batch);
  }

  Timing run(double budget) const {
    manual_seed(0);
    if (model == "conv") return time_conv(dims, batch, backward, budget);
    if (model == "mlp") {
      nn::Sequential mlp = make_mlp(dims);
      return time_model(mlp, {batch, dims.front()}, budget);
    }
    if (model == "lenet") {
      networks::LeNet lenet{Generator(0)};
      return time_model(lenet, {batch, 1, 28, 28}, budget);
    }
    return time_model(*networks::make_network(model, Generator(0)), {batch, 3, 32, 32}, budget);
  }
};

// The workloads that --only chooses from.
std::vector<Workload> usual_workloads() {
  std::vector<Workload> all = {{"mlp", {784, 128, 10}, 64},
                               {"mlp", {784, 512, 512, 10}, 128},
                               {"mlp", {784, 1024, 1024, 10}, 256},
                               {"lenet", {}, 64},
                               {"rosetta", {}, 64},
                               {"netbn", {}, 128},
                               {"resnet20", {}, 128}};
  const std::vector<std::vector<Index>> layers = {
      {3, 50, 32, 3},    {50, 50, 32, 3}, {50, 100, 16, 3}, {100, 100, 16, 3},
      {128, 128, 16, 3}, {20, 50, 12, 5}, {32, 8, 16, 1}};
  for (const auto& layer : layers)
    for (const bool backward : {false, true}) all.push_back({"conv", layer, 64, backward});
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Times whole training steps: forward, loss, backward, SGD with momentum 0.9");
  Workload chosen{.model = "mlp", .dims = {784, 128, 10}};
  std::vector<Index> conv;
  std::string pass = "fwdbwd", only;
  int threads = num_threads();
  double seconds = 1.5;
  bool json = false;
  std::vector<std::string> models = networks::network_names();
  models.insert(models.begin(), {"mlp", "lenet"});
  app.add_option("--model", chosen.model, "the network")
      ->check(CLI::IsMember(models))
      ->capture_default_str();
  app.add_option("--dims", chosen.dims, "layer sizes of the MLP, input first")
      ->delimiter(',')
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--conv", conv, "a convolution instead: channels in, out, picture size, kernel")
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  app.add_option("--pass", pass, "of --conv")
      ->check(CLI::IsMember({"fwd", "fwdbwd"}))
      ->capture_default_str();
  app.add_option("--only", only, "instead: all usual workloads whose name holds this");
  app.add_option("--batch", chosen.batch, "samples in a step")
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
    if (chosen.dims.size() < 2)
      throw CLI::ValidationError("--dims", "needs at least an input and an output size");
    if (!conv.empty() && conv.size() != 4)
      throw CLI::ValidationError("--conv", "needs four numbers, as in 50,50,32,3");
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  set_num_threads(threads);

  if (!conv.empty()) chosen = {"conv", conv, chosen.batch, pass == "fwdbwd"};
  std::vector<Workload> workloads = {chosen};
  if (!only.empty()) {
    workloads = usual_workloads();
    std::erase_if(workloads,
                  [&](const Workload& w) { return w.name().find(only) == std::string::npos; });
  }
  for (const Workload& workload : workloads) {
    const Timing t = workload.run(seconds);
    const std::string name = workload.name();
    if (json)
      std::printf("{\"name\":\"%s\",\"median_us\":%.1f,\"min_us\":%.1f}\n", name.c_str(),
                  t.median_us, t.min_us);
    else
      std::printf("%s  median %.1f us, best %.1f us, %d threads\n", name.c_str(), t.median_us,
                  t.min_us, threads);
    std::fflush(stdout);
  }
}
