// SPDX-License-Identifier: MIT
// Tests of train/interrupt.hpp: first and second signal, old handlers.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tinygrad/train/interrupt.hpp"

using namespace tinygrad;

namespace {

volatile sig_atomic_t handled = 0;

/// The signal that ends a child process that runs f, or 0 if it exits.
template <class F> int signal_that_ends(F&& f) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGINT, SIG_DFL);
    f();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

TEST_CASE("the first signal is a request, of either kind") {
  for (const int number : {SIGINT, SIGTERM}) {
    const InterruptGuard guard;
    CHECK_FALSE(guard.requested());  // what an earlier guard saw is forgotten
    ::raise(number);
    CHECK(guard.requested());
  }
}

TEST_CASE("the old handler returns with the end of the scope") {
  const auto old = ::signal(SIGINT, [](int) { handled = 1; });
  {
    const InterruptGuard guard;
    ::raise(SIGINT);
    CHECK(handled == 0);
  }
  ::raise(SIGINT);
  CHECK(handled == 1);
  ::signal(SIGINT, old);
}

TEST_CASE("the second signal ends the process as it would without the guard") {
  CHECK(signal_that_ends([] {
          const InterruptGuard guard;
          ::raise(SIGINT);
        }) == 0);
  CHECK(signal_that_ends([] {
          const InterruptGuard guard;
          ::raise(SIGINT);
          ::raise(SIGINT);
        }) == SIGINT);
  CHECK(signal_that_ends([] {
          const InterruptGuard guard;
          ::raise(SIGINT);
          ::raise(SIGTERM);
        }) == SIGTERM);
}

TEST_CASE("a signal that was ignored stays ignored") {
  const auto old = ::signal(SIGINT, SIG_IGN);
  {
    const InterruptGuard guard;
    ::raise(SIGINT);
    CHECK_FALSE(guard.requested());
  }
  ::signal(SIGINT, old);
}

TEST_CASE("there is one guard at a time") {
  const InterruptGuard guard;
  CHECK_THROWS_AS(InterruptGuard(), StateError);
}
