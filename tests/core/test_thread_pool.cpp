// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

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
