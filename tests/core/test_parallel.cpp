// SPDX-License-Identifier: MIT
// Tests of the loops in core/parallel.hpp: chunks, nesting, exceptions.
#include <doctest/doctest.h>

#include <atomic>
#include <vector>

#include "tinygrad/core/parallel.hpp"

using namespace tinygrad;

TEST_CASE("parallel_for covers every item exactly once, for any size and thread count") {
  const int threads = num_threads();
  for (const int n : {1, 2, 5}) {
    set_num_threads(n);
    for (const Index items : {0, 1, 63, 64, 65, 1000, 100'000}) {
      std::vector<int> seen(static_cast<std::size_t>(items));
      parallel_for(items, 10, [&](Index begin, Index end) {
        for (Index i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
      });
      for (const int count : seen) CHECK(count == 1);
    }
  }
  set_num_threads(threads);
}

TEST_CASE("a parallel loop inside a parallel loop runs on its task's thread") {
  std::atomic<Index> total{0};
  parallel_tasks(8, [&](Index) {
    parallel_for(1000, 10, [&](Index begin, Index end) { total += end - begin; });
  });
  CHECK(total == 8000);
}

TEST_CASE("chunks depend on the size alone") {
  CHECK(Chunks(1000, 10).count == 64);
  CHECK(Chunks(1000, 500).count == 2);
  CHECK(Chunks(5, 10).count == 1);
  CHECK(Chunks(1000, 500).begin(1) == 500);
}

TEST_CASE("what a task throws reaches the caller, and the next loop is whole") {
  const int before = num_threads();
  for (const int threads : {1, 3}) {
    set_num_threads(threads);
    for (int round = 0; round < 100; ++round) {
      CHECK_THROWS_AS(parallel_tasks(16,
                                     [](Index task) {
                                       if (task % 5 == 3) fail<ValueError>({"test"}, "no");
                                     }),
                      ValueError);
      std::atomic<int> done{0};
      parallel_tasks(16, [&](Index) { ++done; });
      CHECK(done == 16);
    }
  }
  set_num_threads(before);
}

TEST_CASE("the number of threads is at least one") {
  CHECK_THROWS_AS(set_num_threads(0), ValueError);
}
