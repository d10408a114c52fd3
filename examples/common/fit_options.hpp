// SPDX-License-Identifier: MIT
// The flags that mnist_mlp and cifar_cnn share, and the optimizer that they choose.
#pragma once

#include <memory>
#include <string>
#include <tinygrad/optim/adam.hpp>
#include <tinygrad/optim/adamw.hpp>
#include <tinygrad/optim/sgd.hpp>
#include <vector>

#include "common/program.hpp"

struct FitOptions : RunOptions {
  explicit FitOptions(const std::string& folder) : RunOptions{.out = folder} {}

  std::string data;  // a folder, "synthetic", or "" to look for the data
  int epochs = 5;
  tinygrad::Index batch_size = 64;
  double lr = 0.02, momentum = 0.9, weight_decay = 0;
  std::string optimizer = "sgd";
  double val_split = 0;
  int log_interval = 100;
  std::string init;
  bool no_shuffle = false;
  long max_steps = 0;  // 0: no limit
  double target_acc = 0;
};

/// `data` says what --data may be.
inline void add_fit_options(CLI::App& fit, FitOptions& o, const char* data) {
  const auto positive = CLI::PositiveNumber, not_negative = CLI::NonNegativeNumber;
  const auto fraction = CLI::Range(0.0, 1.0);
  fit.add_option("--data", o.data, data);
  add_option(fit, "--epochs", o.epochs, positive, "passes over the training data");
  add_option(fit, "--batch-size", o.batch_size, positive, "pictures in a step");
  add_option(fit, "--optimizer", o.optimizer, one_of({"sgd", "adam", "adamw"}), "");
  add_option(fit, "--lr", o.lr, not_negative, "learning rate");
  add_option(fit, "--momentum", o.momentum, fraction, "of sgd");
  add_option(fit, "--weight-decay", o.weight_decay, not_negative, "");
  add_option(fit, "--val-split", o.val_split, CLI::Range(0.0, 0.95),
             "part of the training data kept for validation");
  add_option(fit, "--log-interval", o.log_interval, positive,
             "steps between rows of metrics.jsonl");
  add_run_options(fit, o);
  fit.add_option("--init", o.init, "start from the weights of this safetensors file");
  fit.add_flag("--no-shuffle,!--shuffle", o.no_shuffle, "take the data in its own order");
  fit.add_option("--max-steps", o.max_steps, "stop after so many steps")->check(positive);
  fit.add_option("--target-acc", o.target_acc, "exit with status 3 if the test accuracy is lower")
      ->check(fraction);
}

inline std::unique_ptr<tinygrad::optim::Optimizer> make_optimizer(
    const std::vector<tinygrad::Tensor>& parameters, const FitOptions& o) {
  namespace optim = tinygrad::optim;
  if (o.optimizer == "adam")
    return std::make_unique<optim::Adam>(
        parameters, optim::AdamOptions{.lr = o.lr, .weight_decay = o.weight_decay});
  if (o.optimizer == "adamw")
    return std::make_unique<optim::AdamW>(
        parameters, optim::AdamWOptions{.lr = o.lr, .weight_decay = o.weight_decay});
  return std::make_unique<optim::SGD>(
      parameters,
      optim::SGDOptions{.lr = o.lr, .momentum = o.momentum, .weight_decay = o.weight_decay});
}
