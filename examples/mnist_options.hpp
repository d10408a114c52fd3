// SPDX-License-Identifier: MIT
// The settings of mnist_mlp: flags, defaults, and the presets that repeat published programs.
#pragma once

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

inline std::vector<std::string> preset_names() {
  return {"s1a", "s1b", "s1c", "s4", "s4-corrected"};
}

/// Settings of other people's MNIST programs.
inline Options preset(const std::string& name) {
  Options o;
  if (name.starts_with("s1")) {  // the same 784-512-512-10 network in PyTorch, s1a …
    o.hidden = {512, 512};
    o.batch_size = 128;
    o.lr = 0.01;
    o.momentum = 0;
    o.val_split = 0.2;
    o.log_interval = 50;
  }
  if (name == "s1b") {  // … in JAX …
    o.optimizer = "adam";
    o.epochs = 10;
    o.pixels = Pixels::kUnit;
    o.log_interval = 100;
  }
  if (name == "s1c") {  // … and in Keras, whose data come in one order
    o.pixels = Pixels::kUnit;
    o.keras_init = true;
    o.no_shuffle = true;
  }
  if (name.starts_with("s4")) {  // a numpy program, "s4-corrected" without its quirks
    o.hidden = {128, 64};
    o.batch_size = 100;
  }
  if (name == "s4") {  // no bias, N(0, 1) weights, pictures normalised one by one, never shuffled,
                       // 1000 steps, and a gradient that is multiplied by the loss
    o.lr = 1e-4;
    o.momentum = 0;
    o.val_split = 0;
    o.epochs = 1000;  // max_steps ends it; the data is passed through as often as needed
    o.max_steps = 1000;
    o.log_interval = 5;
    o.no_shuffle = true;
    o.pixels = Pixels::kPerImage;
    o.bias = false;
    o.normal_init = true;
    o.loss_scaled = true;
    o.test_first = 1000;
  }
  return o;
}

/// The flags of `fit`. A preset is applied before the other flags are read, so they win.
inline void add_fit_flags(CLI::App& fit, Options& o) {
  add_fit_options(fit, o,
                  "folder with MNIST as IDX or CSV files, or synthetic; looked for if not given");
  add_option(fit, "--hidden", o.hidden, CLI::PositiveNumber, "sizes of the hidden layers")
      ->delimiter(',');
  add_option(fit, "--dropout", o.dropout, CLI::Range(0.0, 1.0),
             "probability, after each hidden layer");
  add_option(fit, "--schedule", o.schedule, one_of({"constant", "cosine"}),
             "of the learning rate; cosine: down to 0 at the end, step by step");
  fit.add_option("--preset", o.preset, "settings of a published program")
      ->check(one_of(preset_names()));
}
