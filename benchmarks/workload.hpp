// SPDX-License-Identifier: MIT
// Workload: the name of a workload of workloads.cpp, the function to time, and the machine's limit
// that bounds it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tinygrad/core/shape.hpp"

namespace bench {

using namespace tinygrad;

using Step = std::function<void()>;

struct Workload {
  std::string name;                       ///< as in torch_steps.py
  std::function<Step()> make;             ///< draws its data; called when it is wanted
  std::shared_ptr<const Workload> limit;  ///< what the machine can do at best, where that is known
};

inline std::string join(const std::vector<Index>& sizes) {
  std::string out;
  for (const Index size : sizes) out += (out.empty() ? "" : ",") + std::to_string(size);
  return out;
}

}  // namespace bench
