// SPDX-License-Identifier: MIT
// Makes a network for pictures of 32×32 pixels by its name. Each other header here holds one
// network.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "networks/mini.hpp"
#include "networks/norm_net.hpp"
#include "networks/resnet20.hpp"
#include "networks/rosetta.hpp"

namespace networks {

using namespace tinygrad;

inline const std::vector<std::string>& network_names() {
  static const std::vector<std::string> names = {"rosetta", "netbn",    "netln",
                                                 "netgn",   "resnet20", "mini"};
  return names;
}

/// The network of that name with new weights, drawn as PyTorch draws them.
/// Throws  ValueError for an unknown name
inline std::unique_ptr<nn::Module> make_network(const std::string& name, const Generator& random) {
  if (name == "rosetta") return std::make_unique<Rosetta>(random);
  if (name == "netbn") return std::make_unique<NormNet>(Norm::kBatch, random);
  if (name == "netln") return std::make_unique<NormNet>(Norm::kLayer, random);
  if (name == "netgn") return std::make_unique<NormNet>(Norm::kGroup, random);
  if (name == "resnet20") return std::make_unique<ResNet20>(random);
  if (name == "mini") return std::make_unique<Mini>(random);
  fail<ValueError>({"make_network"}, "there is no network '", name, "'");
}

}  // namespace networks
