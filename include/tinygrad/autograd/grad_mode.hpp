// SPDX-License-Identifier: MIT
// Whether operations are recorded, per thread, and guards that switch it for a scope.
#pragma once

namespace tinygrad {

namespace detail {
inline bool& grad_mode() {
  thread_local bool enabled = true;
  return enabled;
}
}  // namespace detail

/// True while operations of this thread are recorded.
inline bool grad_enabled() { return detail::grad_mode(); }

/// Sets the mode of this thread for the scope it lives in.
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
