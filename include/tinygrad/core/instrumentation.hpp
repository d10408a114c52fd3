// SPDX-License-Identifier: MIT
// A process-wide count of active debugging tools. Ops test the count once; when it is 0, they skip
// all instrumentation. A guard in the program, or an environment variable read before main,
// activates a tool for all threads.
#pragma once

#include <atomic>
#include <cstdlib>
#include <string_view>

#include "tinygrad/version.hpp"

namespace tinygrad::inline TINYGRAD_ABI::detail {

/// How many tools (observers, anomaly mode, the lint) are active in the process.
inline std::atomic<int> tools_at_work{0};

inline bool any_tool_at_work() { return tools_at_work.load(std::memory_order_relaxed) != 0; }

/// Counts as one active tool while it lives.
struct ToolAtWork {
  ToolAtWork() { tools_at_work.fetch_add(1, std::memory_order_relaxed); }
  ~ToolAtWork() { tools_at_work.fetch_sub(1, std::memory_order_relaxed); }
  ToolAtWork(const ToolAtWork&) = delete;
  ToolAtWork& operator=(const ToolAtWork&) = delete;
};

/// True if the environment asks for a tool (any value but "" and "0"). The tool then is active for
/// the whole life of the process. Call this once for each tool.
inline bool asked_for(const char* variable) {
  const char* value = std::getenv(variable);
  if (!value || !*value || std::string_view(value) == "0") return false;
  tools_at_work.fetch_add(1, std::memory_order_relaxed);
  return true;
}

}  // namespace tinygrad::detail
