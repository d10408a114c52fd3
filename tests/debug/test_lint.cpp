// SPDX-License-Identifier: MIT
// Tests of debug/lint.hpp: each mistake is found, and a correct program is silent.
#include <doctest/doctest.h>

#include <atomic>
#include <numeric>
#include <thread>

#include "support/child.hpp"
#include "support/messages.hpp"
#include "tinygrad/data/dataloader.hpp"
#include "tinygrad/debug/lint.hpp"
#include "tinygrad/nn.hpp"
#include "tinygrad/optim.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using tinygrad::debug::LintGuard;
using namespace tinygrad::test;

namespace {

/// What is left of a training program when the parts a test varies are given.
struct Program {
  nn::Sequential model{nn::Linear(4, 8), nn::ReLU(), nn::Dropout(0.5), nn::Linear(8, 3)};
  optim::SGD sgd{model.parameters(), {.lr = 0.01}};
  Tensor x = Tensor(kernels::uniform({6, 4}, float32, -1, 1, default_generator()));
  Tensor labels = Tensor(Array::from(std::vector<Index>{0, 1, 2, 0, 1, 2}, int64));

  void step(const Tensor& loss) {
    sgd.zero_grad();
    loss.backward();
    sgd.step();
  }
};

/// The one line, or a list of how many there are.
std::string only_line(const LintGuard& lint) {
  if (lint.lines().size() == 1) return lint.lines()[0];
  std::string all = str_cat(lint.lines().size(), " lines");
  for (const auto& line : lint.lines()) all += "\n" + line;
  return all;
}

data::ClassificationData data_set(bool sorted) {
  const Index n = 60;
  Array targets = Array::empty({n}, int64);
  for (Index i = 0; i < n; ++i) targets.data<Index>()[i] = sorted ? i / 20 : i % 3;
  return {kernels::uniform({n, 4}, float32, -1, 1, default_generator()), targets, "test", 3};
}

}  // namespace

TEST_CASE("a correct program is silent") {
  const LintGuard lint;
  Program p;
  const auto data = data_set(true);
  for (int epoch = 0; epoch < 2; ++epoch) {
    for (const data::Batch& batch : data::DataLoader(data, {.batch_size = 10})) {
      p.sgd.zero_grad();
      cross_entropy(p.model(batch.inputs), batch.targets).backward();
      sum(square(p.model(batch.inputs))).backward();  // gradients of two losses, on purpose
      p.sgd.step();
    }
    const NoGradGuard no_grad;
    p.model.eval();
    for (const data::Batch& batch : data::DataLoader(data, {.batch_size = 10, .shuffle = false}))
      softmax(p.model(batch.inputs), 1);
    p.model.train();
  }
  CHECK(only_line(lint) == "0 lines");
}

TEST_CASE("softmax before cross_entropy is found, once for each line") {
  const LintGuard lint;
  Program p;
  int line = 0;
  for (int i = 0; i < 3; ++i) {
    const Tensor y = softmax(p.model(p.x), 1);
    line = __LINE__ + 1;
    p.step(cross_entropy(y, p.labels));
  }
  CHECK(
      contains(only_line(lint),
               "tinygrad lint: [cross_entropy] its input comes from softmax, but it wants logits"));
  CHECK(contains(only_line(lint), "remove the softmax — " + at_line(line)));
}

TEST_CASE("log_softmax before cross_entropy is found, before nll_loss it is right") {
  const LintGuard lint;
  Program p;
  p.step(nll_loss(log_softmax(p.model(p.x), 1), p.labels));
  CHECK(only_line(lint) == "0 lines");
  p.step(cross_entropy(log_softmax(p.model(p.x), 1), p.labels));
  CHECK(contains(only_line(lint), "comes from log_softmax, which it applies itself"));
}

TEST_CASE("sigmoid before the binary cross entropy of logits is found") {
  const LintGuard lint;
  Program p;
  const Tensor target = ones({6, 3});
  p.step(binary_cross_entropy_with_logits(p.model(p.x), target));
  CHECK(only_line(lint) == "0 lines");
  const int line = __LINE__ + 1;
  p.step(binary_cross_entropy_with_logits(reshape(sigmoid(p.model(p.x)), {18}), ones({18})));
  CHECK(
      contains(only_line(lint), "[binary_cross_entropy_with_logits] its input comes from sigmoid"));
  CHECK(contains(only_line(lint), " — " + at_line(line)));
}

TEST_CASE("dropout that draws while nothing is recorded is found at the user's line") {
  const LintGuard lint;
  Program p;
  const NoGradGuard no_grad;
  const int line = __LINE__ + 1;
  p.model(p.x);
  CHECK(contains(only_line(lint), "[dropout] dropout is in training mode under NoGradGuard"));
  CHECK(contains(only_line(lint), " — " + at_line(line)));
}

TEST_CASE("dropout in evaluation mode is found when the result is trained on, and only then") {
  const LintGuard lint;
  Program p;
  p.model.eval();
  cross_entropy(p.model(p.x), p.labels);  // an evaluation without NoGradGuard
  p.model.train();
  p.step(cross_entropy(p.model(p.x), p.labels));
  CHECK(only_line(lint) == "0 lines");
  p.model.eval();
  const int line = __LINE__ + 1;
  p.step(cross_entropy(p.model(p.x), p.labels));
  CHECK(contains(only_line(lint), "[dropout] this is in evaluation mode while"));
  CHECK(contains(only_line(lint), " — " + at_line(line)));
}

TEST_CASE("batch norm in evaluation mode is found when its weight is trained, and only then") {
  const LintGuard lint;
  const Tensor statistics = ones({3}), x = randn({4, 3}).requires_grad_();
  Tensor weight = ones({3}).requires_grad_();
  optim::SGD sgd({weight, x}, {.lr = 0.1});
  sum(batch_norm(x, statistics, statistics)).backward();  // frozen: no weight of its own
  sgd.step();
  CHECK(only_line(lint) == "0 lines");
  sgd.zero_grad();
  const int line = __LINE__ + 1;
  sum(batch_norm(x, statistics, statistics, weight)).backward();
  sgd.step();
  CHECK(contains(only_line(lint), "[batch_norm] this is in evaluation mode while"));
  CHECK(contains(only_line(lint), " — " + at_line(line)));
}

TEST_CASE("a forgotten zero_grad is found at the second step") {
  const LintGuard lint;
  Program p;
  int line = 0;
  for (int i = 0; i < 3; ++i) {
    CHECK(lint.lines().size() == (i == 2 ? 1U : 0U));
    cross_entropy(p.model(p.x), p.labels).backward();
    line = __LINE__ + 1;
    p.sgd.step();
  }
  CHECK(contains(only_line(lint), "[SGD] zero_grad was not called since the last step"));
  CHECK(contains(only_line(lint), " — " + at_line(line)));
}

TEST_CASE("gradients that another loss adds before zero_grad are no mistake") {
  const LintGuard lint;
  Program p;
  for (int i = 0; i < 3; ++i) {
    p.step(cross_entropy(p.model(p.x), p.labels));
    sum(p.model(p.x)).backward();                                // another player's loss
    grad(std::vector{sum(p.model(p.x))}, p.model.parameters());  // touches no leaf
  }
  CHECK(only_line(lint) == "0 lines");
}

TEST_CASE("a leaf that receives gradients in every step and is in no optimizer is found") {
  const LintGuard lint;
  Program p;
  Tensor scale = ones({3});
  scale.requires_grad_();
  int line = 0;
  for (int i = 0; i < 3; ++i) {
    Tensor noise = zeros({6, 3});  // a leaf of one step, as adversarial examples make them
    noise.requires_grad_();
    const Tensor noisy = p.model(p.x) + noise;
    line = __LINE__ + 1;
    const Tensor y = noisy * scale;
    p.step(cross_entropy(y, p.labels));
  }
  CHECK(contains(only_line(lint), "[mul] leaves of shape (3) receive gradients but are in no"));
  CHECK(contains(only_line(lint), " — " + at_line(line)));
}

TEST_CASE("a parameter of the optimizer for which no gradient comes is found") {
  const LintGuard lint;
  Program p;
  nn::Linear unused(2, 5);
  std::vector<Tensor> params = p.model.parameters();
  params.push_back(unused.weight);
  optim::SGD all(params, {.lr = 0.01});
  for (int i = 0; i < 4; ++i) {
    all.zero_grad();
    cross_entropy(p.model(p.x), p.labels).backward();
    all.step();
  }
  CHECK(contains(only_line(lint),
                 "[SGD] in 3 steps no gradient came for parameter 4 of shape (5, 2)"));
}

TEST_CASE("training on sorted data without shuffle is found at the loader, unsorted data is not") {
  for (const bool sorted : {false, true}) {
    const LintGuard lint;
    Program p;
    const auto data = data_set(sorted);
    const int line = __LINE__ + 1;
    data::DataLoader loader(data, {.batch_size = 10, .shuffle = false});
    for (const data::Batch& batch : loader)
      p.step(cross_entropy(p.model(batch.inputs), batch.targets));
    if (!sorted) CHECK(only_line(lint) == "0 lines");
    else {
      CHECK(contains(only_line(lint), "[DataLoader] training on batches in the order of the data"));
      CHECK(contains(only_line(lint), " — " + at_line(line)));
    }
  }
}

TEST_CASE("a step that moves a parameter by more than its size is found") {
  const LintGuard lint;
  Program p;
  p.sgd.set_lr(1e3);
  p.step(cross_entropy(p.model(p.x), p.labels));
  CHECK(contains(only_line(lint), "[SGD] this step moved parameter"));
  CHECK(contains(only_line(lint), "use a smaller lr"));
}

TEST_CASE("labels out of range are an error with a hint") {
  const Tensor x = ones({2, 3});
  CHECK(contains(message_of([&] {
                   cross_entropy(x, Tensor(Array::from(std::vector{1, 3}, int64)));
                 }),
                 "if the labels count from 1, subtract 1"));
  CHECK(contains(message_of([&] {
                   cross_entropy(x, Tensor(Array::from(std::vector{1, -1}, int64)));
                 }),
                 "to leave samples out, give their id as ignore_index"));
}

TEST_CASE("nothing is watched after the guard") {
  { const LintGuard lint; }
  CHECK_FALSE(observed());
  CHECK_FALSE(tinygrad::detail::any_tool_at_work());
}

TEST_CASE("the lint does not hang the child of a fork whatever another thread was doing") {
  if (!support::children_may_work) return;
  debug::LintLog log(false);
  std::atomic<bool> done{false};
  std::thread reporter([&] {
    for (int i = 0; !done; ++i)
      log.add("mistake", {"op", {"user.cpp", i % 100}}, std::string(500, 'x'));
  });
  bool all = true;
  for (int child = 0; child < 40 && all; ++child)
    all = support::holds_in_child([&] {
      for (int i = 0; i < 5; ++i) log.add("of the child", {"op", {"user.cpp", i}}, "text");
      return true;
    });
  done = true;
  reporter.join();
  CHECK(all);
}
