// SPDX-License-Identifier: MIT
// holds_in_child(): runs a check in the child of a fork and returns its result.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include "support/sanitized.hpp"

namespace support {

// The thread sanitizer ends a child that starts threads if its parent had several; the address
// sanitizer's memory may be left locked by them.
inline constexpr bool children_may_work = !sanitized;

/// Forks. True if f() is true in the child, and the child ends within 20 seconds.
template <class F> bool holds_in_child(const F& f) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);  // ends the process
    _exit(f() ? 0 : 1);
  }
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

}  // namespace support
