// SPDX-License-Identifier: MIT
// The settings of mnist_mlp: flags, defaults, and the presets that repeat published programs.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "program.hpp"

/// How pixels 0 … 255 become inputs.
enum class Pixels {
  kNormalized,  ///< x/255, then (x − 0.1307) / 0.3081
  kUnit,        ///< x/255
  kPerImage,    ///< (x − mean) / sum, of each picture by itself
};

struct Options : RunOptions {
  Options() : RunOptions{.out = "outputs/mnist_mlp"} {}

  std::string data;  // a folder, "synthetic", or "" to look for MNIST
  std::vector<tinygrad::Index> hidden = {128};
  int epochs = 5;
  tinygrad::Index batch_size = 64;
  double lr = 0.02, momentum = 0.9, weight_decay = 0, dropout = 0;
  std::string optimizer = "sgd";
  double val_split = 0.05;
  int log_interval = 100;
  std::string init;
  bool no_shuffle = false;
  long max_steps = 0;  // 0: no limit
  double target_acc = 0;
  std::string preset;

  // What only presets change.
  Pixels pixels = Pixels::kNormalized;
  bool bias = true;
  bool normal_init = false;        // weights from N(0, 1)
  bool loss_scaled = false;        // gradient = mean loss · sum of the gradients
  tinygrad::Index test_first = 0;  // test on the first so many pictures only; 0: all
};

/// Settings of other people's MNIST programs.
inline const std::map<std::string, Options>& presets() {
  static const std::map<std::string, Options> all = [] {
    // The same 784-512-512-10 network in PyTorch …
    Options s1a;
    s1a.hidden = {512, 512};
    s1a.batch_size = 128;
    s1a.lr = 0.01;
    s1a.momentum = 0;
    s1a.val_split = 0.2;
    s1a.log_interval = 50;
    // … and in JAX.
    Options s1b = s1a;
    s1b.optimizer = "adam";
    s1b.epochs = 10;
    s1b.pixels = Pixels::kUnit;
    s1b.log_interval = 100;
    // A numpy program with its quirks: no bias, N(0, 1) weights, pictures normalised one by one,
    // never shuffled, 1000 steps, and a gradient that is multiplied by the loss.
    Options s4;
    s4.hidden = {128, 64};
    s4.batch_size = 100;
    s4.lr = 1e-4;
    s4.momentum = 0;
    s4.val_split = 0;
    s4.epochs = 1000;  // max_steps ends it; the data is passed through as often as needed
    s4.max_steps = 1000;
    s4.log_interval = 5;
    s4.no_shuffle = true;
    s4.pixels = Pixels::kPerImage;
    s4.bias = false;
    s4.normal_init = true;
    s4.loss_scaled = true;
    s4.test_first = 1000;
    // The same network done right.
    Options corrected;
    corrected.hidden = {128, 64};
    corrected.batch_size = 100;
    return std::map<std::string, Options>{
        {"s1a", s1a}, {"s1b", s1b}, {"s4", s4}, {"s4-corrected", corrected}};
  }();
  return all;
}

/// The flags of `fit`. A preset is applied before the other flags are read, so they win.
inline void add_fit_flags(CLI::App& fit, Options& o) {
  std::vector<std::string> names;
  for (const auto& [name, options] : presets()) names.push_back(name);
  const auto positive = CLI::PositiveNumber, not_negative = CLI::NonNegativeNumber;
  const auto fraction = CLI::Range(0.0, 1.0);
  fit.add_option("--data", o.data,
                 "folder with MNIST as IDX or CSV files, or synthetic; looked for if not given");
  add_option(fit, "--hidden", o.hidden, positive, "sizes of the hidden layers")->delimiter(',');
  add_option(fit, "--epochs", o.epochs, positive, "passes over the training data");
  add_option(fit, "--batch-size", o.batch_size, positive, "pictures in a step");
  add_option(fit, "--optimizer", o.optimizer, CLI::IsMember({"sgd", "adam", "adamw"}), "");
  add_option(fit, "--lr", o.lr, not_negative, "learning rate");
  add_option(fit, "--momentum", o.momentum, fraction, "of sgd");
  add_option(fit, "--weight-decay", o.weight_decay, not_negative, "");
  add_option(fit, "--dropout", o.dropout, fraction, "probability, after each hidden layer");
  add_option(fit, "--val-split", o.val_split, CLI::Range(0.0, 0.95),
             "part of the training data kept for validation");
  add_option(fit, "--log-interval", o.log_interval, positive,
             "steps between rows of metrics.jsonl");
  add_run_options(fit, o);
  fit.add_option("--init", o.init, "start from the weights of this safetensors file");
  fit.add_flag("--no-shuffle", o.no_shuffle, "take the data in its own order");
  fit.add_option("--max-steps", o.max_steps, "stop after so many steps")->check(positive);
  fit.add_option("--target-acc", o.target_acc, "exit with status 3 if the test accuracy is lower")
      ->check(fraction);
  fit.add_option("--preset", o.preset, "settings of a published program")
      ->check(CLI::IsMember(names));
}
