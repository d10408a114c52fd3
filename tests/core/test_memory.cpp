// SPDX-License-Identifier: MIT
// Tests of the memory pool in core/memory.hpp: reuse, the peak, failures, forks.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "support/child.hpp"
#include "tinygrad/core/memory.hpp"

using namespace tinygrad;

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

/// A pool of the test's own, empty again at the end.
struct TestPool {
  Pool pool;
  ~TestPool() { pool.release_cached(); }

  void use(std::size_t bytes) { pool.deallocate(pool.allocate(bytes), bytes); }
  std::size_t from_system() { return pool.stats().system_allocations; }
};

}  // namespace

TEST_CASE("what is asked for again and again comes from the system once") {
  if (!Pool::instance().reuses()) return;
  TestPool test;
  for (int round = 0; round < 5; ++round)
    for (std::size_t mib = 1; mib <= 64; mib *= 2) test.use(mib * kMiB);  // never two at once
  CHECK(test.from_system() == 7);
}

TEST_CASE("measuring the peak anew leaves the pool what it keeps") {
  if (!Pool::instance().reuses()) return;
  TestPool test;
  for (int round = 0; round < 3; ++round) {
    test.pool.reset_peak();
    std::vector<void*> blocks;
    for (int i = 0; i < 10; ++i) blocks.push_back(test.pool.allocate(8 * kMiB));
    for (void* block : blocks) test.pool.deallocate(block, 8 * kMiB);
    CHECK(test.pool.stats().peak_bytes == 80 * kMiB);
    CHECK(test.pool.stats().live_bytes == 0);
  }
  CHECK(test.from_system() == 10);
}

TEST_CASE("blocks of sizes no longer asked for do not pile up") {
  TestPool test;
  for (std::size_t kib = 1024; kib < 64 * 1024; kib += kib / 16) {
    test.use(kib * 1024);
    CHECK(test.pool.stats().cached_bytes <= 2 * test.pool.stats().peak_bytes + 16 * kMiB);
  }
  test.pool.release_cached();
  CHECK(test.pool.stats().cached_bytes == 0);
}

TEST_CASE("memory there is not is an error with the op and the bytes, and nothing is lost") {
  TestPool test;
  void* const block = test.pool.allocate(kMiB);
  for (const std::size_t bytes : {std::size_t{1} << 40, std::size_t{1} << 62}) {
    try {
      test.pool.allocate(bytes, {"conv2d", At::here()});
      FAIL("was given");
    } catch (const OutOfMemoryError& error) {
      const std::string message = error.what();
      CHECK(message.rfind(str_cat("[conv2d] out of memory: ", bytes, " bytes were asked for, ",
                                  kMiB, " are in use by tensors — at test_memory.cpp:"),
                          0) == 0);
    }
    CHECK(test.pool.stats().live_bytes == kMiB);
    CHECK(test.pool.stats().peak_bytes < 2 * kMiB);
  }
  test.pool.deallocate(block, kMiB);
}

TEST_CASE("the child of a fork has memory, though other threads were at the pool") {
  if (!support::children_may_work) return;
  std::atomic<bool> stop{false};
  std::vector<std::thread> users;
  for (int user = 0; user < 2; ++user)
    users.emplace_back([&] {
      while (!stop) Buffer::allocate(1000);
    });
  for (int round = 0; round < 50; ++round)
    CHECK(support::holds_in_child([] {
      for (int i = 0; i < 100; ++i) Buffer::allocate(1000);
      return true;
    }));
  stop = true;
  for (std::thread& user : users) user.join();
}

TEST_CASE("a pool that has stopped reuse keeps nothing") {
  TestPool test;
  void* before = test.pool.allocate(kMiB);
  test.use(kMiB);
  test.pool.stop_reuse();
  CHECK(test.pool.stats().cached_bytes == 0);
  test.pool.deallocate(before, kMiB);
  test.use(kMiB);
  CHECK(test.pool.stats().cached_bytes == 0);
  CHECK(test.pool.stats().live_bytes == 0);
}
