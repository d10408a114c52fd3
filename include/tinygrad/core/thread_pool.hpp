// SPDX-License-Identifier: MIT
// ThreadPool: runs the tasks of a job on several threads. The thread that submits a job works on it
// too, and does not wait for threads that have not started. On a busy machine a job therefore takes
// no longer than on one thread. (Threads of GNU OpenMP spin at the end of every loop until all have
// arrived: with as many other processes as cores, training became 50 times slower.)
#pragma once

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <new>

#include "tinygrad/core/function_ref.hpp"
#include "tinygrad/core/shape.hpp"

namespace tinygrad::inline TINYGRAD_ABI::detail {

/// Tells the processor that this loop only waits.
inline void pause_processor() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// While it lives, threads that this thread starts block signals that any thread may take, so that
/// the user's handlers run on the user's threads. Faults and profilers' ticks still reach them.
class DeafThreads {
 public:
  DeafThreads() {
    sigset_t all;
    sigfillset(&all);
    for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPROF})
      sigdelset(&all, own);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~DeafThreads() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  DeafThreads(const DeafThreads&) = delete;
  DeafThreads& operator=(const DeafThreads&) = delete;

 private:
  sigset_t before_;
};

/// The number of forks between this process and the one that loaded the library. Threads that were
/// started at another number do not exist here.
inline constinit std::atomic<int> forks_behind{0};

class ThreadPool {
 public:
  static constexpr int kMostThreads = 256;

  static ThreadPool& instance() {
    static constinit ThreadPool pool;  // nothing to destroy: statics may outlive its threads
    return pool;
  }

  /// Runs f(task) for every task in [0, tasks), on up to `threads` threads. Each thread begins with
  /// its own share, which is the same from call to call, because its caches may hold the data; then
  /// it helps the others. While another thread's job runs, the caller does all tasks itself.
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
    job_number_.store(job);  // sequentially consistent with sleepers_: no thread misses the job
    if (sleepers_.load() > 0) job_number_.notify_all();
    work(0);
    state_.fetch_and(~kOpen, std::memory_order_acq_rel);
    for (int i = 0; (state_.load(std::memory_order_acquire) & kInside) != 0; ++i) wait_a_little(i);
  }

  /// Ends the threads for good: from now on each caller does its tasks itself. Does nothing if a
  /// job runs: a shared library at work is not unloaded, so the whole process ends, and need not
  /// wait for the work of other threads, or of the task that called exit().
  void end() {
    if (!busy_.try_lock()) return;  // or never to be unlocked
    ending_.store(true, std::memory_order_relaxed);
    job_number_.fetch_add(1);
    job_number_.notify_all();
    for (int i = 0; i < started_; ++i) pthread_join(threads_[i], nullptr);
    started_ = 0;
  }

  /// For the child of a fork(), which has none of the threads, and no thread that ends a running
  /// job. (A task that forks may continue only in the parent: in the child its job is not done.)
  void after_fork_in_child() {
    const bool ended = ending_.load(std::memory_order_relaxed);
    new (this) ThreadPool;
    if (ended) end();
  }

 private:
  // state_: the job's number, whether threads may join it, and how many pool threads work on it.
  static constexpr std::uint64_t kOpen = 1U << 31, kInside = kOpen - 1;
  // A thread looks for the next job for about 50 µs before it sleeps: the operations of a training
  // step follow each other faster, and waking takes about as long.
  static constexpr int kLooks = 1500;

  struct alignas(64) Share {
    std::atomic<Index> next{0};
    Index end = 0;
  };

  static void wait_a_little(int looks) {
    if (looks < kLooks) pause_processor();
    else sched_yield();  // the awaited thread may need this core
  }

  void start_threads(int wanted) {
    if (started_ >= wanted) return;
    const DeafThreads deaf;
    for (; started_ < wanted; ++started_)
      if (pthread_create(&threads_[started_], nullptr, main_, this) != 0) return;  // use fewer
  }

  static void* main_of_thread(void* pool) {
    auto* self = static_cast<ThreadPool*>(pool);
    self->serve(self->last_number_.fetch_add(1) + 1);
    return nullptr;
  }

  void serve(int number) {
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
      if (ending_.load(std::memory_order_relaxed)) return;
      seen = job;
      if (!join(number)) continue;
      work(number);
      state_.fetch_sub(1, std::memory_order_release);
    }
  }

  // True if a job now waits for this thread and this thread has a share of it.
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
  std::atomic<int> helpers_{0};  // the pool threads that have a share of the job
  alignas(64) std::atomic<std::uint64_t> state_{0};
  alignas(64) std::atomic<std::uint32_t> job_number_{0};
  std::atomic<int> sleepers_{0};
  std::atomic<bool> ending_{false};
  int started_ = 0;
  pthread_t threads_[kMostThreads] = {};
  std::atomic<int> last_number_{0};  // the caller is thread 0; the pool's are 1, 2, …
  // Read at run time. Several shared libraries may have this function and share one pool; the
  // threads must run the function of the library that holds the pool, because the others may be
  // unloaded.
  static inline void* (*main_)(void*) = main_of_thread;
};

/// Connects the pool to the life of the process: forks, and the end of the program or of the shared
/// library that holds the pool and the code of its threads. Constructed before the statics of a
/// file that includes this one, and therefore destroyed after them.
struct ThreadPoolLife {
  ThreadPoolLife() {
    pthread_atfork(nullptr, nullptr, [] {
      ++forks_behind;
      ThreadPool::instance().after_fork_in_child();
    });
  }
  ThreadPoolLife(const ThreadPoolLife&) = delete;
  ThreadPoolLife& operator=(const ThreadPoolLife&) = delete;
  ~ThreadPoolLife() { ThreadPool::instance().end(); }
};
inline const ThreadPoolLife thread_pool_life;

}  // namespace tinygrad::detail
