// SPDX-License-Identifier: MIT
// The data that mnist_mlp trains on, and the facts about a model that its file holds.
#pragma once

#include <string>
#include <tinygrad/data/sets/find_mnist.hpp>
#include <tinygrad/nn/serialize.hpp>
#include <utility>
#include <vector>

#include "common/digits.hpp"
#include "mnist_mlp/options.hpp"

struct DigitData {
  tinygrad::data::ClassificationData train, validation, test;
  std::string description;
};

inline DigitData load_digits(const Options& o) {
  auto found = tinygrad::data::find_mnist(o.data, {.download = true}, {.bytes = true});
  DigitData data;
  data.test = o.test_first ? tinygrad::data::head(found.test, o.test_first) : found.test;
  data.description = found.description;
  if (o.val_split > 0) {
    auto parts = tinygrad::data::split(found.train, o.val_split, o.seed);
    data.train = std::move(parts.train);
    data.validation = std::move(parts.validation);
  } else {
    data.train = found.train;
    data.validation = tinygrad::data::head(found.train, 0);
  }
  return data;
}

// ---- Model files ----

inline const char* name_of(Pixels pixels) {
  return pixels == Pixels::kNormalized ? "normalized"
         : pixels == Pixels::kUnit     ? "unit"
                                       : "per image";
}

inline Pixels pixels_named(const std::string& path, const tinygrad::Metadata& metadata) {
  const auto found = metadata.find("pixels");
  if (found == metadata.end()) return Pixels::kNormalized;  // a model from elsewhere
  for (const Pixels p : {Pixels::kNormalized, Pixels::kUnit, Pixels::kPerImage})
    if (found->second == name_of(p)) return p;
  tinygrad::fail<tinygrad::IoError>({"load"}, path, ": unknown pixels '", found->second, "'");
}

/// The sizes of the hidden layers, from the shapes of fc1.weight, fc2.weight, …
inline std::vector<tinygrad::Index> hidden_sizes(const std::string& path,
                                                 const tinygrad::NamedArrays& tensors) {
  std::vector<tinygrad::Index> sizes;
  for (int i = 1;; ++i) {
    const auto found = tensors.find("fc" + std::to_string(i) + ".weight");
    if (found == tensors.end()) break;
    tinygrad::check<tinygrad::IoError>(found->second.rank() == 2, {"load"}, path, ": ",
                                       found->first, " has shape ", found->second.shape(),
                                       "; a layer's weight is a matrix");
    sizes.push_back(found->second.shape()[0]);
  }
  tinygrad::check<tinygrad::IoError>(!sizes.empty(), {"load"}, path,
                                     ": holds no fc1.weight; it is not a model of mnist_mlp");
  sizes.pop_back();  // the last layer's size is the number of classes
  return sizes;
}
