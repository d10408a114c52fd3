// SPDX-License-Identifier: MIT
// Observer: receives each op of a thread after the op has computed its result, and each step of
// backward. The profiler, the memory report and the lint are observers. Without an observer an op
// reads one flag.
#pragma once

#include <cstdint>
#include <vector>

#include "tinygrad/autograd/anomaly.hpp"
#include "tinygrad/autograd/tensor.hpp"
#include "tinygrad/core/list_ref.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// The base class of the tools. A tool overrides the events that it needs.
class Observer {
 public:
  virtual ~Observer() = default;
  /// An op has its result, `nanoseconds` after it began. `node` is null if it was not recorded.
  virtual void on_forward(const Op& /*op*/, const Array& /*result*/,
                          const std::vector<Tensor>& /*inputs*/, const Node* /*node*/,
                          std::int64_t /*nanoseconds*/) {}
  /// The user called an op that is composed of other ops; on_forward gets only the others.
  virtual void on_call(const Op& /*op*/, const Tensor& /*x*/) {}
  /// An op that evaluation mode changes was in it and gave y: dropout its input, batch norm an
  /// output of trained weights.
  virtual void on_evaluation_mode(const Op& /*op*/, const Tensor& /*y*/) {}

  /// A run of backward begins; `accumulates` is false for grad(), which does not change leaves.
  virtual void begin_backward(const Op& /*op*/, bool /*accumulates*/) {}
  virtual void end_backward() {}
  /// Backward is about to call the vjp of a node with the gradients of its outputs.
  virtual void before_backward(const Node& /*node*/, const std::vector<Tensor>& /*grads*/) {}
  /// The vjp gave the gradients of the inputs, after `nanoseconds`.
  virtual void after_backward(const Node& /*node*/, const std::vector<Tensor>& /*grads*/,
                              std::int64_t /*nanoseconds*/) {}

  /// An optimizer got parameters.
  virtual void on_optimizer(const std::vector<Tensor>& /*params*/) {}
  /// An optimizer is about to update its parameters, or has updated them.
  virtual void before_step(const Op& /*op*/, const std::vector<Tensor>& /*params*/) {}
  virtual void after_step(const Op& /*op*/, const std::vector<Tensor>& /*params*/) {}
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
/// Returns the observer that the environment requests for a thread; null if it requests none.
inline Observer* (*observer_of_thread)() = nullptr;

template <class F> [[gnu::noinline, gnu::cold]] void notify(const F& f) {
  if (observer_of_thread) f(*observer_of_thread());
  for (const ObserverLink* link = observers(); link; link = link->next) f(*link->observer);
}
}  // namespace detail

/// True if an observer watches this thread.
inline bool observed() {
  return detail::any_tool_at_work() && (detail::observers() || detail::observer_of_thread);
}

/// While it lives, an observer sees the work of this thread, together with earlier observers.
class ObserverGuard {
 public:
  explicit ObserverGuard(Observer& observer) : link_{&observer, detail::observers()} {
    detail::observers() = &link_;
  }
  ~ObserverGuard() { detail::observers() = link_.next; }
  ObserverGuard(const ObserverGuard&) = delete;
  ObserverGuard& operator=(const ObserverGuard&) = delete;

 private:
  detail::ToolAtWork at_work_;
  detail::ObserverLink link_;
};

namespace detail {
/// A reference to an input of an op. Unlike std::reference_wrapper it binds to temporaries: the
/// list of inputs lives as long as they do.
class InputRef {
 public:
  InputRef(const Tensor& input) : input_(&input) {}  // NOLINT: implicit, for record(…, {a, b}, …)
  operator const Tensor&() const { return *input_; }

 private:
  const Tensor* input_;
};
using Inputs = ListRef<const InputRef>;

/// Shows a result to the observers and to anomaly mode; `node` is null if it was not recorded.
[[gnu::noinline, gnu::cold]] inline void inspect(const Op& op, const Array& result, Inputs inputs,
                                                 const Node* node) {
  const std::int64_t took = nanoseconds() - op.started;
  std::vector<Tensor> list;
  for (const Tensor& input : inputs) list.push_back(input);
  const Op seen{op.name, op.line(), op.started};
  notify([&](Observer& o) { o.on_forward(seen, result, list, node, took); });
  if (anomaly_mode()) check_finite(op, result, inputs);
}
/// Tells the observers of a call that record() does not report: on_call or on_evaluation_mode.
[[gnu::noinline, gnu::cold]] inline void announce(const Op& op, const Tensor& x,
                                                  void (Observer::*event)(const Op&,
                                                                          const Tensor&)) {
  const Op seen{op.name, op.line(), op.started};
  notify([&](Observer& o) { (o.*event)(seen, x); });
}
}  // namespace detail

}  // namespace tinygrad
