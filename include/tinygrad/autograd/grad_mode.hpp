// SPDX-License-Identifier: MIT
// Two flags of each thread: whether operations are recorded, and whether a checkpoint runs its
// function again. Guards set the first flag for a scope.
#pragma once

#include "tinygrad/version.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
inline bool& grad_mode() {
  thread_local bool enabled = true;
  return enabled;
}
inline bool& recomputing_flag() {
  thread_local bool on = false;
  return on;
}
}  // namespace detail

/// True while operations of this thread are recorded.
inline bool grad_enabled() { return detail::grad_mode(); }

/// True while this thread runs a checkpointed function again: see checkpoint.hpp. Work that must
/// happen once for each step, such as an update of running statistics, is then left out.
inline bool recomputing() { return detail::recomputing_flag(); }

/// Sets the mode of this thread for the scope of the guard.
class GradModeGuard {
 public:
  explicit GradModeGuard(bool enabled) : before_(detail::grad_mode()) {
    detail::grad_mode() = enabled;
  }
  ~GradModeGuard() { detail::grad_mode() = before_; }
  GradModeGuard(const GradModeGuard&) = delete;
  GradModeGuard& operator=(const GradModeGuard&) = delete;

 private:
  bool before_;
};

/// Nothing is recorded in this scope: for evaluation and for updating parameters.
class NoGradGuard : GradModeGuard {
 public:
  NoGradGuard() : GradModeGuard(false) {}
};

/// Records again inside a NoGradGuard.
class EnableGradGuard : GradModeGuard {
 public:
  EnableGradGuard() : GradModeGuard(true) {}
};

}  // namespace tinygrad
