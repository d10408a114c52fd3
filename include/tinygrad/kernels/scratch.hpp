// SPDX-License-Identifier: MIT
// Scratch memory for kernels whose tasks need working space: one block for each thread, which all
// tasks on that thread use. Also kL2Bytes, the assumed size of a second-level cache; kernels cut
// their working space to it.
#pragma once

#include <algorithm>
#include <atomic>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// The size that kernels assume for a core's second-level cache. It decides how work is divided. It
/// is a constant, because results must not depend on the processor.
inline constexpr Index kL2Bytes = 1024 * 1024;

namespace detail {
/// Runs f(task, scratch) for every task, with `size` elements of scratch for each thread. Each
/// thread takes the next task when it finishes one, so a busy core delays no other. The result of a
/// task must not depend on the initial content of its scratch.
template <class T>
void parallel_with_scratch(const Op& op, Index tasks, Index size, FunctionRef<Index, T*> f) {
  const Index workers = std::min<Index>(num_threads(), tasks);
  const Array scratch = Array::empty({workers, size}, dtype_of<T>(), op);
  T* const memory = scratch.data<T>();
  std::atomic<Index> next{0};
  parallel_tasks(workers, [&](Index worker) {
    for (Index task; (task = next.fetch_add(1, std::memory_order_relaxed)) < tasks;)
      f(task, memory + worker * size);
  });
}
}  // namespace detail

}  // namespace tinygrad::kernels
