// SPDX-License-Identifier: MIT
// Parallel loops. All threads of the library start here. Work is cut into chunks by its size, never
// by the number of threads, so that results are bit-identical for any number of threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <exception>

#include "tinygrad/core/default_threads.hpp"
#include "tinygrad/core/function_ref.hpp"
#include "tinygrad/core/shape.hpp"
#include "tinygrad/core/thread_pool.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
inline constinit std::atomic<int> thread_setting{0};  // 0: not chosen yet

// Not a static of a function: the lock of one could stay locked in the child of a fork().
[[gnu::noinline, gnu::cold]] inline int begin_with_default_threads() {
  int before = 0;
  const int threads = default_threads().threads;
  return thread_setting.compare_exchange_strong(before, threads) ? threads : before;
}

inline bool& inside_parallel() {
  thread_local bool inside = false;
  return inside;
}
}  // namespace detail

/// How many threads one operation may use; at first default_threads().
inline int num_threads() {
  const int threads = detail::thread_setting.load(std::memory_order_relaxed);
  return threads > 0 ? threads : detail::begin_with_default_threads();
}

/// Sets num_threads(). Results do not depend on it.
inline void set_num_threads(int threads, At at = At::here()) {
  check<ValueError>(threads >= 1, {"set_num_threads", at}, "threads=", threads,
                    " must be at least 1");
  detail::thread_setting.store(threads, std::memory_order_relaxed);
}

/// Runs f(task) for every task in [0, tasks), on up to num_threads() threads. A call from inside a
/// task runs on that task's thread. If tasks throw, one of the exceptions reaches the caller; on
/// several threads this happens after all tasks.
inline void parallel_tasks(Index tasks, FunctionRef<Index> f) {
  const int threads = static_cast<int>(std::min<Index>(num_threads(), tasks));
  if (threads <= 1 || detail::inside_parallel()) {
    for (Index task = 0; task < tasks; ++task) f(task);
    return;
  }
  std::exception_ptr error;
  std::atomic<bool> failed{false};
  detail::ThreadPool::instance().run(tasks, threads, [&](Index task) {
    detail::inside_parallel() = true;
    try {
      f(task);
    } catch (...) {
      if (!failed.exchange(true)) error = std::current_exception();
    }
    detail::inside_parallel() = false;
  });
  if (error) [[unlikely]]
    std::rethrow_exception(error);
}

/// parallel_tasks() for loops over numbers: f is compiled for several CPU levels; see best_copy().
template <CpuLevel most = CpuLevel::kV3, class F> void vector_tasks(Index tasks, const F& f) {
  parallel_tasks(tasks, FunctionRef<Index>(at_cpu_level<most>, f));
}

/// The fixed division of n items into at most `most` chunks of at least `grain`.
struct Chunks {
  Index items, count;

  Chunks(Index n, Index grain, Index most = 64)
      : items(n), count(std::clamp<Index>(n / std::max<Index>(grain, 1), 1, most)) {}
  Index begin(Index chunk) const { return items * chunk / count; }
  Index end(Index chunk) const { return items * (chunk + 1) / count; }
};

/// Runs f(begin, end) over [0, n) in fixed chunks of at least `grain` items.
inline void parallel_for(Index n, Index grain, FunctionRef<Index, Index> f) {
  const Chunks chunks(n, grain);
  if (chunks.count == 1) {
    if (n > 0) f(Index{0}, n);
    return;
  }
  parallel_tasks(chunks.count, [&](Index chunk) { f(chunks.begin(chunk), chunks.end(chunk)); });
}

/// parallel_for() for loops over numbers: f is compiled for several CPU levels; see best_copy().
template <CpuLevel most = CpuLevel::kV3, class F>
void vector_for(Index n, Index grain, const F& f) {
  parallel_for(n, grain, FunctionRef<Index, Index>(at_cpu_level<most>, f));
}

}  // namespace tinygrad
