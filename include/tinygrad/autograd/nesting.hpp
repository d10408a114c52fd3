// SPDX-License-Identifier: MIT
// Nesting: limits the depth of nested runs of backward. Past the limit it throws, before the stack
// overflows.
#pragma once

#include "tinygrad/core/error.hpp"

namespace tinygrad::inline TINYGRAD_ABI::detail {

/// Counts the nested runs of backward on this thread (a vjp may run backward itself), and the
/// functions of checkpoints that run again inside them. Each level needs a part of the stack; the
/// limit gives an error instead of a stack overflow.
class Nesting {
 public:
  /// A level was measured to take 1.4 to 1.8 KiB with a small vjp: the limit needs less than half
  /// of the 512 KiB that some systems give a thread.
  static constexpr int kMost = 100;

  explicit Nesting(const Op& op) {
    check<GraphError>(depth() < kMost, op, "lies ", depth(),
                      " deep inside other runs of backward; at most ", kMost,
                      " may lie inside one another");
    ++depth();
  }
  ~Nesting() { --depth(); }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  static int& depth() {
    thread_local int nested = 0;
    return nested;
  }
};

}  // namespace tinygrad::detail
