// SPDX-License-Identifier: MIT
// The list of all workloads of workloads.cpp, with the names that torch_steps.py uses, and of the
// limits of the machine.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "conv_workloads.hpp"
#include "op_workloads.hpp"
#include "training_workloads.hpp"

namespace bench {

inline std::vector<Workload> all_workloads() {
  std::vector<Workload> all = {
      mlp_workload({784, 128, 10}, 64),         mlp_workload({784, 512, 512, 10}, 128),
      mlp_workload({784, 1024, 1024, 10}, 256), network_workload("lenet", 64),
      network_workload("rosetta", 64),          network_workload("netbn", 128),
      network_workload("resnet20", 128)};
  for (const ConvLayer& layer : kConvLayers)
    for (const bool backward : {false, true})
      all.push_back(conv_workload(layer, kConvBatch, backward));
  for (Workload& op : op_workloads()) all.push_back(std::move(op));
  return all;
}

/// The limits of these workloads, each once.
inline std::vector<Workload> limits_of(const std::vector<Workload>& workloads) {
  std::vector<Workload> limits;
  for (const Workload& w : workloads)
    if (w.limit && std::none_of(limits.begin(), limits.end(),
                                [&](const Workload& l) { return l.name == w.limit->name; }))
      limits.push_back(*w.limit);
  return limits;
}

/// The workloads of that list whose names hold one of the parts.
inline std::vector<Workload> named(std::vector<Workload> list,
                                   const std::vector<std::string>& parts) {
  std::erase_if(list, [&](const Workload& w) {
    return std::none_of(parts.begin(), parts.end(), [&](const std::string& part) {
      return w.name.find(part) != std::string::npos;
    });
  });
  return list;
}

}  // namespace bench
