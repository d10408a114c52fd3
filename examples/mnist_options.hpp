// SPDX-License-Identifier: MIT
// The settings of mnist_mlp: flags, defaults, and the presets that repeat published programs.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "fit_options.hpp"

/// How pixels 0 … 255 become inputs.
enum class Pixels {
  kNormalized,  ///< x/255, then (x − 0.1307) / 0.3081
  kUnit,        ///< x/255
  kPerImage,    ///< (x − mean) / sum, of each picture by itself
};

struct Options : FitOptions {
  Options() : FitOptions("outputs/mnist_mlp") { val_split = 0.05; }

  std::vector<tinygrad::Index> hidden = {128};
  double dropout = 0;
  std::string schedule = "constant";
  std::string preset;

  // What only presets change.
  Pixels pixels = Pixels::kNormalized;
  bool bias = true;
  bool normal_init = false;        // weights from N(0, 1)
  bool keras_init = false;         // weights as Keras draws them
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
    // … in JAX …
    Options s1b = s1a;
    s1b.optimizer = "adam";
    s1b.epochs = 10;
    s1b.pixels = Pixels::kUnit;
    s1b.log_interval = 100;
    // … and in Keras, whose data come in one order.
    Options s1c = s1a;
    s1c.pixels = Pixels::kUnit;
    s1c.keras_init = true;
    s1c.no_shuffle = true;
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
        {"s1a", s1a}, {"s1b", s1b}, {"s1c", s1c}, {"s4", s4}, {"s4-corrected", corrected}};
  }();
  return all;
}

/// The flags of `fit`. A preset is applied before the other flags are read, so they win.
inline void add_fit_flags(CLI::App& fit, Options& o) {
  std::vector<std::string> names;
  for (const auto& [name, options] : presets()) names.push_back(name);
  add_fit_options(fit, o,
                  "folder with MNIST as IDX or CSV files, or synthetic; looked for if not given");
  add_option(fit, "--hidden", o.hidden, CLI::PositiveNumber, "sizes of the hidden layers")
      ->delimiter(',');
  add_option(fit, "--dropout", o.dropout, CLI::Range(0.0, 1.0),
             "probability, after each hidden layer");
  add_option(fit, "--schedule", o.schedule, CLI::IsMember({"constant", "cosine"}),
             "of the learning rate; cosine: down to 0 at the end, step by step");
  fit.add_option("--preset", o.preset, "settings of a published program")
      ->check(CLI::IsMember(names));
}
