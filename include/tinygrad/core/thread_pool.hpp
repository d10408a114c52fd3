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

/// Tells the processor that this is a loop that waits.
inline void pause_processor() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// While it lives, threads that this one starts are born deaf to signals that any thread may take:
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

/// How many forks lie between this process and the one that loaded the library. Threads that were
/// started at another number do not exist.
inline constinit std::atomic<int> forks_behind{0};

class ThreadPool {
 public:
  static constexpr int kMostThreads = 256;

  static ThreadPool& instance() {
    static constinit ThreadPool pool;  // nothing to destroy: statics may outlive its threads
    return pool;
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

  /// Ends the threads, for good: from now on each caller does its tasks itself. Nothing is done if
  /// a job runs: a shared library that works is not unloaded, so the process ends, and need not
  /// wait for what other threads, or the task that called exit(), are at.
  void end() {
    if (!busy_.try_lock()) return;  // or never to be unlocked
    ending_.store(true, std::memory_order_relaxed);
    job_number_.fetch_add(1);
    job_number_.notify_all();
    for (int i = 0; i < started_; ++i) pthread_join(threads_[i], nullptr);
    started_ = 0;
  }

  /// In the child of a fork(), which has none of the threads, and nobody who ends a job that ran.
  /// (A task that forks may go on in the parent alone: in the child its job is not done.)
  void after_fork_in_child() {
    const bool ended = ending_.load(std::memory_order_relaxed);
    new (this) ThreadPool;
    if (ended) end();
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
    if (started_ >= wanted) return;
    const DeafThreads deaf;
    for (; started_ < wanted; ++started_)
      if (pthread_create(&threads_[started_], nullptr, main_, this) != 0) return;  // without it
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
  std::atomic<bool> ending_{false};
  int started_ = 0;
  pthread_t threads_[kMostThreads] = {};
  std::atomic<int> last_number_{0};  // the caller's; the threads are 1, 2, …
  // Read at run time: of several shared libraries that have this function and share one pool, the
  // threads must run that of the library in which the pool lies. The others may be unloaded.
  static inline void* (*main_)(void*) = main_of_thread;
};

/// The pool's part in what becomes of the process: forks, and the end of the program or of the
/// shared library that the pool lies in, whose code its threads run. Constructed before the statics
/// of a file that includes this, and so destroyed after them.
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
