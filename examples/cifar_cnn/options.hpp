// SPDX-License-Identifier: MIT
// The settings of cifar_cnn, their flags, and the recipe of each network: how it is trained if no
// flag says otherwise.
#pragma once

#include <string>
#include <vector>

#include "common/fit_options.hpp"
#include "networks/networks.hpp"

struct CifarOptions : FitOptions {
  CifarOptions() : FitOptions("outputs/cifar_cnn") {}

  std::string model;                     // "" until the data are known
  std::string initializer = "pytorch";   // or glorot, he
  std::string dropout_mode = "correct";  // or off-in-training, on-in-testing
  std::string augment = "none";          // or rotate, crop-flip
  std::string dtype = "float32";         // or float64
  bool drop_last = false;
  std::vector<int> lr_drops;  // epochs after which the learning rate falls to a tenth
  bool download = false;
  tinygrad::Index limit = 0;  // of the pictures to train on, and of those to test on; 0: none

  tinygrad::Dtype float_type() const {
    return dtype == "float64" ? tinygrad::float64 : tinygrad::float32;
  }
};

inline CifarOptions recipe(const std::string& model) {
  CifarOptions o;
  o.model = model;
  if (model == "rosetta") {
    o.epochs = 10;
    o.lr = 0.01;
    o.initializer = "glorot";
    o.drop_last = true;
  } else if (model.starts_with("net")) {
    o.epochs = 20;
    o.batch_size = 2048;
    o.lr = 0.01;
    o.lr_drops = {6, 12, 18};
    o.no_shuffle = true;
    o.augment = "rotate";
    o.log_interval = 1;
  } else if (model == "resnet20") {  // 64,000 steps, as in the paper
    o.epochs = 164;
    o.batch_size = 128;
    o.lr = 0.1;
    o.weight_decay = 1e-4;
    o.lr_drops = {82, 123};
    o.initializer = "he";
    o.augment = "crop-flip";
  } else {  // mini
    o.epochs = 3;
    o.lr = 1e-3;
    o.optimizer = "adam";
  }
  return o;
}

inline void add_data_flags(CLI::App& app, CifarOptions& o) {
  app.add_flag("--download", o.download, "fetch CIFAR-10, 170 MB, if it is nowhere");
  app.add_option("--limit", o.limit, "train, and test, on the first so many pictures only")
      ->check(CLI::PositiveNumber);
  add_option(app, "--dropout-mode", o.dropout_mode,
             one_of({"correct", "off-in-training", "on-in-testing"}),
             "the last two are mistakes to measure");
}

/// The flags of `fit`. A recipe is applied before the other flags are read, so they win.
inline void add_fit_flags(CLI::App& fit, CifarOptions& o) {
  fit.add_option("--model", o.model,
                 "the network; if not given, rosetta for CIFAR-10 and mini for synthetic shapes")
      ->check(one_of(networks::network_names()));
  add_fit_options(fit, o, "folder or archive of CIFAR-10, or synthetic; looked for if not given");
  add_data_flags(fit, o);
  add_option(fit, "--initializer", o.initializer, one_of({"pytorch", "glorot", "he"}),
             "rule of the first weights");
  add_option(fit, "--augment", o.augment, one_of({"none", "rotate", "crop-flip"}),
             "changes to training pictures: up to 7 degrees; or 4 pixels and mirrored");
  fit.add_option("--lr-drops", o.lr_drops, "epochs after which the rate falls to a tenth: 6,12")
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  add_option(fit, "--dtype", o.dtype, one_of({"float32", "float64"}), "what training computes in");
  fit.add_flag("--drop-last,!--keep-last", o.drop_last, "take complete batches only");
  fit.footer(
      "The defaults of a network's recipe replace those above:\n"
      "  rosetta   10 epochs of 64, sgd 0.01, glorot, complete batches, pixels / 255\n"
      "  netbn, netln, netgn  20 epochs of 2048, sgd 0.01, drops 6,12,18, rotate, unshuffled\n"
      "  resnet20  164 epochs of 128, sgd 0.1, drops 82,123, weight decay 1e-4, he, crop-flip\n"
      "  mini      3 epochs of 64, adam 0.001");
}
