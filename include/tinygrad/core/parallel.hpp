// SPDX-License-Identifier: MIT
// The one door to threads. Work is cut into chunks by its size alone, never by the number of
// threads, so that every result is bit-identical for any thread count.
#pragma once

#include <algorithm>
#include <atomic>

#include "tinygrad/core/function_ref.hpp"
#include "tinygrad/core/shape.hpp"
#include "tinygrad/core/thread_pool.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
inline std::atomic<int>& thread_setting() {
  static std::atomic<int> threads{default_threads()};
  return threads;
}
inline bool& inside_parallel() {
  thread_local bool inside = false;
  return inside;
}
}  // namespace detail

/// How many threads one operation may use (default: the machine's, or OMP_NUM_THREADS).
inline int num_threads() { return detail::thread_setting().load(std::memory_order_relaxed); }

/// Sets num_threads(). Results do not depend on it.
inline void set_num_threads(int threads, At at = At::here()) {
  check<ValueError>(threads >= 1, {"set_num_threads", at}, "threads=", threads,
                    " must be at least 1");
  detail::thread_setting().store(threads, std::memory_order_relaxed);
}

/// Runs f(task) for every task in [0, tasks), on up to num_threads() threads. Must not throw. A
/// call from inside a task runs on that task's thread.
inline void parallel_tasks(Index tasks, FunctionRef<Index> f) {
  const int threads = static_cast<int>(std::min<Index>(num_threads(), tasks));
  if (threads <= 1 || detail::inside_parallel()) {
    for (Index task = 0; task < tasks; ++task) f(task);
    return;
  }
  detail::ThreadPool::instance().run(tasks, threads, [&](Index task) {
    detail::inside_parallel() = true;
    f(task);
    detail::inside_parallel() = false;
  });
}

/// The fixed cut of n items into at most `most` chunks of at least `grain`.
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

}  // namespace tinygrad
