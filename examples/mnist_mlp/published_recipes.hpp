// SPDX-License-Identifier: MIT
// The presets of mnist_mlp, which repeat published programs (docs/reproductions.md), and the code
// that only they need: other initial weights, and a loss with a mistake in it.
#pragma once

#include <string>
#include <tinygrad/nn/init.hpp>
#include <tinygrad/nn/init_preset.hpp>
#include <tinygrad/tensor.hpp>
#include <vector>

#include "mnist_mlp/options.hpp"

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

/// Draws the first weights anew if the preset asks for a rule other than PyTorch's.
inline void draw_weights(tinygrad::nn::Module& model, const Options& o) {
  namespace init = tinygrad::nn::init;
  tinygrad::Generator stream(o.seed);
  if (o.normal_init)
    for (const tinygrad::Tensor& p : model.parameters()) init::normal_(p, 0, 1, stream);
  if (o.keras_init) init::preset_(model, init::Preset::kKeras, stream);
}

/// What backward starts from: the mean loss of a batch of N, or with o.loss_scaled ½·N·loss², whose
/// gradient is the loss times the summed gradient. That is the mistake of preset s4.
inline tinygrad::Tensor objective(const tinygrad::Tensor& loss, tinygrad::Index N,
                                  const Options& o) {
  return o.loss_scaled ? loss * loss * (0.5 * static_cast<double>(N)) : loss;
}
