// SPDX-License-Identifier: MIT
// InterruptGuard: turns Ctrl-C into a request, so that a training loop can finish its step and save
// before it ends.
#pragma once

#include <signal.h>

#include <atomic>
#include <cstddef>

#include "tinygrad/core/error.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// While it lives, the first SIGINT or SIGTERM only makes requested() true. The second ends the
/// process as it would without the guard. Ignored signals stay ignored. The destructor restores the
/// old handlers.
/// Throws  StateError if another guard is alive: signals belong to the whole process
class InterruptGuard {
 public:
  explicit InterruptGuard(At at = At::here()) {
    check<StateError>(!alive_.exchange(true), {"InterruptGuard", at},
                      "another guard is alive; a process can have one at a time");
    requested_ = false;
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;  // interrupted reads and writes continue
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < kCount; ++i) {
      sigaction(kSignals[i], &action, &old_[i]);
      if (old_[i].sa_handler == SIG_IGN) sigaction(kSignals[i], &old_[i], nullptr);
    }
  }
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  ~InterruptGuard() {
    for (std::size_t i = 0; i < kCount; ++i) sigaction(kSignals[i], &old_[i], nullptr);
    alive_ = false;
  }

  /// True after the first signal.
  bool requested() const { return requested_; }

 private:
  static void on_signal(int signal_number) {
    if (!requested_.exchange(true)) return;
    ::signal(signal_number, SIG_DFL);
    ::raise(signal_number);  // blocked here; it acts when the handler returns
  }

  static constexpr std::size_t kCount = 2;
  static constexpr int kSignals[kCount] = {SIGINT, SIGTERM};
  static inline std::atomic<bool> alive_{false}, requested_{false};
  static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may not take a lock");
  struct sigaction old_[kCount];
};

}  // namespace tinygrad
