// SPDX-License-Identifier: MIT
// The settings of mnist_mlp and their flags.
#pragma once

#include <string>
#include <vector>

#include "common/digits.hpp"
#include "common/fit_options.hpp"

struct Options : FitOptions {
  Options() : FitOptions("outputs/mnist_mlp") { val_split = 0.05; }

  std::vector<tinygrad::Index> hidden = {128};
  double dropout = 0;
  std::string schedule = "constant";
  std::string preset;

  // Only presets change these; see published_recipes.hpp.
  Pixels pixels = Pixels::kNormalized;
  bool bias = true;
  bool normal_init = false;        // weights from N(0, 1)
  bool keras_init = false;         // weights as Keras draws them
  bool loss_scaled = false;        // gradient = mean loss · sum of the gradients
  tinygrad::Index test_first = 0;  // test on the first so many pictures only; 0: all
};

/// The flags of `fit`. A preset is applied before the other flags are read, so they win.
inline void add_fit_flags(CLI::App& fit, Options& o, const std::vector<std::string>& presets) {
  add_fit_options(fit, o,
                  "folder with MNIST as IDX or CSV files, or synthetic; looked for if not given");
  add_option(fit, "--hidden", o.hidden, CLI::PositiveNumber, "sizes of the hidden layers")
      ->delimiter(',');
  add_option(fit, "--dropout", o.dropout, CLI::Range(0.0, 1.0),
             "probability, after each hidden layer");
  add_option(fit, "--schedule", o.schedule, one_of({"constant", "cosine"}),
             "of the learning rate; cosine: down to 0 at the end, step by step");
  fit.add_option("--preset", o.preset, "settings of a published program")->check(one_of(presets));
}
