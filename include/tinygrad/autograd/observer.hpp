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

/// A base class: a tool overrides the events it wants.
class Observer {
 public:
  virtual ~Observer() = default;
  /// An op has its result, `nanoseconds` after it began. `node` is null if it was not recorded.
  virtual void on_forward(const Op& /*op*/, const Array& /*result*/,
                          const std::vector<Tensor>& /*inputs*/, const Node* /*node*/,
                          std::int64_t /*nanoseconds*/) {}
  /// An op that is composed of others, and reaches on_forward only as these, was called.
  virtual void on_call(const Op& /*op*/, const Tensor& /*x*/) {}
  /// An op that evaluation mode changes was in it and gave y: dropout its input, batch norm an
  /// output of trained weights.
  virtual void on_evaluation_mode(const Op& /*op*/, const Tensor& /*y*/) {}

  /// A run of backward begins; `accumulates` is false for grad(), which leaves leaves alone.
  virtual void begin_backward(const Op& /*op*/, bool /*accumulates*/) {}
  virtual void end_backward() {}
  /// Backward is about to call the vjp of a node with the gradients of its outputs.
  virtual void before_backward(const Node& /*node*/, const std::vector<Tensor>& /*grads*/) {}
  /// The vjp gave the gradients of the inputs, after `nanoseconds`.
  virtual void after_backward(const Node& /*node*/, const std::vector<Tensor>& /*grads*/,
                              std::int64_t /*nanoseconds*/) {}

  /// An optimizer was given parameters.
  virtual void on_optimizer(const std::vector<Tensor>& /*params*/) {}
  /// An optimizer is about to update its parameters, and has done so.
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
/// Gives the observer that watches a thread because the environment asks for it; null if none does.
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

/// Shows an observer what this thread does, beside the ones that already watch, while it lives.
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
/// Tells the observers of a call that record() does not show them: on_call or on_evaluation_mode.
[[gnu::noinline, gnu::cold]] inline void announce(const Op& op, const Tensor& x,
                                                  void (Observer::*event)(const Op&,
                                                                          const Tensor&)) {
  const Op seen{op.name, op.line(), op.started};
  notify([&](Observer& o) { (o.*event)(seen, x); });
}
}  // namespace detail

}  // namespace tinygrad
