// SPDX-License-Identifier: MIT
// Observer: sees every op of a thread as its result appears, and every step of backward. The tools
// (profiler, memory report, lint) are observers; without one, an op pays for a look at a flag.
#pragma once

#include <cstdint>
#include <vector>

#include "tinygrad/autograd/tensor.hpp"

namespace tinygrad {

class Observer {
 public:
  virtual ~Observer() = default;
  /// An op has its result, `nanoseconds` after it began. `node` is null if it was not recorded.
  virtual void on_forward(const Op& /*op*/, const Array& /*result*/,
                          const std::vector<Tensor>& /*inputs*/, const Node* /*node*/,
                          std::int64_t /*nanoseconds*/) {}
  /// Backward is about to call the vjp of a node with the gradients of its outputs.
  virtual void before_backward(const Node& /*node*/, const std::vector<Tensor>& /*grads*/) {}
  /// The vjp gave the gradients of the inputs, after `nanoseconds`.
  virtual void after_backward(const Node& /*node*/, const std::vector<Tensor>& /*grads*/,
                              std::int64_t /*nanoseconds*/) {}
};

namespace detail {
struct ObserverLink {
  Observer* observer;
  ObserverLink* next;
};
inline ObserverLink*& observers() {
  thread_local ObserverLink* first = nullptr;
  return first;
}
template <class F> void notify(const F& f) {
  for (const ObserverLink* link = observers(); link; link = link->next) f(*link->observer);
}
}  // namespace detail

/// True if an observer watches this thread.
inline bool observed() { return detail::observers() != nullptr; }

/// Shows an observer what this thread does, beside the ones that already watch, while it lives.
class ObserverGuard {
 public:
  explicit ObserverGuard(Observer& observer)
      : link_{&observer, detail::observers()}, clock_before_(detail::op_clock_on()) {
    detail::observers() = &link_;
    detail::op_clock_on() = true;
  }
  ~ObserverGuard() {
    detail::observers() = link_.next;
    detail::op_clock_on() = clock_before_;
  }
  ObserverGuard(const ObserverGuard&) = delete;
  ObserverGuard& operator=(const ObserverGuard&) = delete;

 private:
  detail::ObserverLink link_;
  bool clock_before_;
};

}  // namespace tinygrad
