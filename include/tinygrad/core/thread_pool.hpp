// SPDX-License-Identifier: MIT
// Threads that wait for tasks. The one that brings a job works on it too, and waits for nobody who
// has not begun: on a machine that is busy with other things a job takes no longer than on one
// thread. (GNU OpenMP's threads wait for each other at the end of every loop, spinning: with as
// many other processes as cores, training became 50 times slower.)
#pragma once

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <mutex>

#include "tinygrad/core/function_ref.hpp"
#include "tinygrad/core/shape.hpp"

namespace tinygrad::inline TINYGRAD_ABI::detail {

/// Tells the processor that this is a loop that waits.
inline void pause_processor() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// OMP_NUM_THREADS, as most numerical programs heed it, or the cores this process may run on.
inline int default_threads() {
  if (const char* wish = std::getenv("OMP_NUM_THREADS"))
    if (const int threads = std::atoi(wish); threads > 0) return threads;
#if defined(__linux__)
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof cores, &cores) == 0) return std::max(1, CPU_COUNT(&cores));
#endif
  return static_cast<int>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
}

class ThreadPool {
 public:
  static constexpr int kMostThreads = 256;

  static ThreadPool& instance() {
    static ThreadPool* pool = new ThreadPool;  // never destroyed: its threads outlive the statics
    return *pool;
  }

  /// Runs f(task) for every task in [0, tasks), on up to `threads` threads. Each begins with its
  /// own share, the same from call to call, whose data its caches may hold; then it helps the
  /// others. While another thread's job runs, the caller does all tasks itself.
  void run(Index tasks, int threads, FunctionRef<Index> f) {
    threads = std::min(threads, kMostThreads);
    const std::unique_lock lock(busy_, std::try_to_lock);
    if (!lock.owns_lock()) {
      for (Index task = 0; task < tasks; ++task) f(task);
      return;
    }
    start_threads(threads - 1);
    job_ = &f;
    shares_ = threads;
    for (int i = 0; i < threads; ++i) {
      share_[i].next.store(tasks * i / threads, std::memory_order_relaxed);
      share_[i].end = tasks * (i + 1) / threads;
    }
    helpers_.store(threads - 1, std::memory_order_relaxed);
    const std::uint32_t job = job_number_.load(std::memory_order_relaxed) + 1;
    state_.store(std::uint64_t{job} << 32 | kOpen, std::memory_order_release);
    job_number_.store(job);  // sequentially consistent with sleepers_: nobody sleeps through it
    if (sleepers_.load() > 0) job_number_.notify_all();
    work(0);
    state_.fetch_and(~kOpen, std::memory_order_acq_rel);
    for (int i = 0; (state_.load(std::memory_order_acquire) & kInside) != 0; ++i) wait_a_little(i);
  }

 private:
  // state_: the job's number, whether it may be joined, and how many of the pool are at it.
  static constexpr std::uint64_t kOpen = 1U << 31, kInside = kOpen - 1;
  // A thread looks for the next job for about 50 µs before it sleeps: the operations of a training
  // step follow each other faster, and waking takes as long.
  static constexpr int kLooks = 1500;

  struct alignas(64) Share {
    std::atomic<Index> next{0};
    Index end = 0;
  };

  static void wait_a_little(int looks) {
    if (looks < kLooks) pause_processor();
    else sched_yield();  // who is waited for may need this core
  }

  void start_threads(int wanted) {
    for (; started_ < wanted; ++started_) {
      pthread_t thread;
      if (pthread_create(&thread, nullptr, main_of_thread, this) != 0) return;  // go without it
      pthread_detach(thread);
    }
  }

  static void* main_of_thread(void* pool) {
    auto* self = static_cast<ThreadPool*>(pool);
    self->serve(self->last_number_.fetch_add(1) + 1);
  }

  [[noreturn]] void serve(int number) {
    for (std::uint32_t seen = 0;;) {
      std::uint32_t job = job_number_.load(std::memory_order_acquire);
      for (int i = 0; job == seen && i < kLooks; ++i) {
        pause_processor();
        job = job_number_.load(std::memory_order_acquire);
      }
      if (job == seen) {
        sleepers_.fetch_add(1);
        job_number_.wait(seen);
        sleepers_.fetch_sub(1);
        continue;
      }
      seen = job;
      if (!join(number)) continue;
      work(number);
      state_.fetch_sub(1, std::memory_order_release);
    }
  }

  // True if there is a job that this thread has a share of, and that now waits for it.
  bool join(int number) {
    std::uint64_t state = state_.load(std::memory_order_acquire);
    while ((state & kOpen) != 0 && number <= helpers_.load(std::memory_order_relaxed))
      if (state_.compare_exchange_weak(state, state + 1, std::memory_order_acq_rel)) return true;
    return false;
  }

  void work(int number) {
    for (int i = 0; i < shares_; ++i) {
      Share& share = share_[(number + i) % shares_];
      for (Index task; (task = share.next.fetch_add(1, std::memory_order_relaxed)) < share.end;)
        (*job_)(task);
    }
  }

  std::mutex busy_;  // held while a job runs
  const FunctionRef<Index>* job_ = nullptr;
  int shares_ = 0;
  Share share_[kMostThreads];
  std::atomic<int> helpers_{0};  // those of the pool with a share of the job
  alignas(64) std::atomic<std::uint64_t> state_{0};
  alignas(64) std::atomic<std::uint32_t> job_number_{0};
  std::atomic<int> sleepers_{0};
  int started_ = 0;
  std::atomic<int> last_number_{0};  // the caller's; the threads are 1, 2, …
};

}  // namespace tinygrad::detail
