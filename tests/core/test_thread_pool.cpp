// SPDX-License-Identifier: MIT
// Tests of core/thread_pool.hpp: jobs, the end of the pool, forks, signals.
#include <doctest/doctest.h>
#include <signal.h>

#include <atomic>
#include <thread>
#include <vector>

#include "support/child.hpp"
#include "tinygrad/core/thread_pool.hpp"

using namespace tinygrad;
using detail::ThreadPool;

namespace {

/// Runs a job and counts how often each task was done.
std::vector<int> times_done(Index tasks, int threads) {
  std::vector<std::atomic<int>> done(static_cast<std::size_t>(tasks));
  ThreadPool::instance().run(tasks, threads,
                             [&](Index task) { ++done[static_cast<std::size_t>(task)]; });
  return {done.begin(), done.end()};
}

bool all_done_once(Index tasks, int threads) {
  for (const int times : times_done(tasks, threads))
    if (times != 1) return false;
  return true;
}

/// How many threads a pool of the test's own begins a job on; each waits for the others.
int threads_met(ThreadPool& pool, int threads) {
  std::atomic<int> met{0};
  pool.run(threads, threads, [&](Index) {
    ++met;
    for (int i = 0; met < threads && i < 2000; ++i) usleep(1000);
  });
  return met;
}

}  // namespace

TEST_CASE("every task of a job is done once, for more and for fewer threads than tasks") {
  for (const int threads : {1, 2, 3, 8})
    for (const Index tasks : {0, 1, 2, 7, 64, 1000})
      for (const int times : times_done(tasks, threads)) CHECK(times == 1);
}

TEST_CASE("short jobs follow each other without losing a task") {
  Index total = 0;
  for (int job = 0; job < 20'000; ++job) {
    Index sums[4] = {};
    ThreadPool::instance().run(4, 1 + job % 4, [&](Index task) { sums[task] = task + job; });
    total += sums[0] + sums[1] + sums[2] + sums[3];
  }
  CHECK(total == 20'000LL * 6 + 4 * (19'999LL * 20'000 / 2));
}

TEST_CASE("jobs that several threads bring at once are all done") {
  std::atomic<int> wrong{0};
  std::vector<std::thread> users;
  for (int user = 0; user < 3; ++user)
    users.emplace_back([&] {
      for (int job = 0; job < 300; ++job)
        for (const int times : times_done(16, 3)) wrong += times != 1;
    });
  for (std::thread& user : users) user.join();
  CHECK(wrong == 0);
}

TEST_CASE("what tasks write is there when the job is done") {
  std::vector<int> values(4096);
  for (int round = 1; round <= 50; ++round) {
    ThreadPool::instance().run(4096, 4,
                               [&](Index i) { values[static_cast<std::size_t>(i)] = round; });
    for (const int value : values) REQUIRE(value == round);
  }
}

TEST_CASE("a pool that has ended does its jobs without threads, and ends again") {
  auto* pool = new ThreadPool;  // its threads must not see it go
  CHECK(threads_met(*pool, 3) == 3);
  pool->end();
  std::vector<std::thread::id> ran_on(8);
  pool->run(8, 3,
            [&](Index i) { ran_on[static_cast<std::size_t>(i)] = std::this_thread::get_id(); });
  for (const std::thread::id id : ran_on) CHECK(id == std::this_thread::get_id());
  pool->end();
  delete pool;
}

TEST_CASE("the child of a fork does its jobs on threads of its own, though one ran in the parent") {
  if (!support::children_may_work) return;
  std::atomic<bool> stop{false};
  std::thread user([&] {
    while (!stop) times_done(64, 3);
  });
  for (int round = 0; round < 20; ++round)
    CHECK(support::holds_in_child([] {
      for (int job = 0; job < 20; ++job)
        if (!all_done_once(64, 3)) return false;
      const bool met = threads_met(ThreadPool::instance(), 3) == 3;
      ThreadPool::instance().end();
      return met && all_done_once(64, 3);
    }));
  stop = true;
  user.join();
  CHECK(all_done_once(1000, 3));
}

TEST_CASE("signals run the user's handlers on the user's threads") {
  ThreadPool& pool = ThreadPool::instance();
  std::atomic<int> deaf{0};
  const auto user = pthread_self();
  pool.run(3, 3, [&](Index) {
    sigset_t blocked;
    pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
    const bool own = pthread_equal(pthread_self(), user) != 0;
    deaf += own != (sigismember(&blocked, SIGINT) == 1) && sigismember(&blocked, SIGSEGV) == 0;
    for (int i = 0; deaf < 3 && i < 2000; ++i) usleep(1000);
  });
  CHECK(deaf == 3);
}
