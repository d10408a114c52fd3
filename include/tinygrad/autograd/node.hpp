// SPDX-License-Identifier: MIT
// Node: one recorded operation on the tape. A node holds the op's vjp (vector-Jacobian product),
// which computes the gradients of the inputs, and the values that the vjp needs.
// Edge: where the gradient of one input goes.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "tinygrad/autograd/tensor.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// The target of the gradient of one input: an output of another node, the grad of a leaf, or, if
/// the input needs none, nothing.
struct Edge {
  Ref<Node> node;
  std::uint32_t output = 0;
  Ref<detail::TensorImpl> leaf;

  explicit Edge(const Tensor& input) {
    if (!input.requires_grad()) return;
    node = input.grad_fn();
    output = input.output_index();
    if (!node) leaf = input.impl_;
  }
  bool needed() const { return node || leaf; }
};

/// Gradients, one for each input, in order; undefined where none is needed.
using Grads = std::vector<Tensor>;

/// The argument of a vjp.
class Vjp {
 public:
  Vjp(const Node& node, const std::vector<Tensor>& grads, const char* wanted, bool spares)
      : node_(node), grads_(grads), wanted_(wanted), spares_(spares) {}

  /// The gradient of an output; undefined if none reached it (only with several outputs).
  const Tensor& grad(std::size_t output = 0) const { return grads_[output]; }
  /// The values of grad(output) if nothing reads them after this vjp, which may then write its
  /// result over them, to save memory traffic. Else undefined, for example if the run is recorded.
  Array spare_grad(std::size_t output = 0) const;
  /// True if the gradient of this input is asked for; a vjp may skip the others.
  bool needs(std::size_t input) const;
  const Node& node() const { return node_; }

 private:
  const Node& node_;
  const std::vector<Tensor>& grads_;
  const char* wanted_;  // for each input, not 0 if it is asked for; null: those with a target
  bool spares_;         // false if others see the gradients
};

/// The functions of one kind of node. They are plain functions, not virtual ones: a compiler takes
/// every override that it has seen as a possible target of a virtual call, and would optimise the
/// vjps of all included operations. With plain functions it optimises only those that are used.
struct NodeKind {
  Grads (*apply)(Node&, const Vjp&);
  std::vector<Array> (*saved)(const Node&);
  bool (*release_saved)(Node&);
  void (*destroy)(Node*);
};

/// One operation on the tape. A derived class passes kind_of<itself> to the constructor.
class Node {
 public:
  struct Output {
    Shape shape;
    Dtype dtype;
  };

  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  const char* name() const { return name_; }
  At at() const { return at_; }
  /// Grows with every recorded op, so that an op's inputs always have smaller numbers.
  std::uint64_t sequence() const { return sequence_; }
  const std::vector<Edge>& inputs() const { return inputs_; }
  const std::vector<Output>& outputs() const { return outputs_; }
  /// The values that the node keeps alive for backward.
  std::vector<Array> saved() const { return kind_.saved(*this); }
  /// The gradients of the inputs.
  Grads call_vjp(const Vjp& vjp) { return kind_.apply(*this, vjp); }
  /// Calls `hook` with the gradient of an output in each backward; see Tensor::register_hook.
  void add_hook(std::uint32_t output, std::shared_ptr<TensorHook> hook) {
    watches_.push_back({output, std::move(hook), {}});
  }
  /// Adds the gradient of an output, after the hooks, to `place` in each backward; see
  /// Tensor::retain_grad.
  void retain_grad(std::uint32_t output, const detail::GradPlace& place) {
    watches_.push_back({output, nullptr, place});
  }
  /// Ends the effect of retain_grad(): the tensor has another node now.
  void forget_grad(const detail::GradPlace& place) {
    std::erase_if(watches_, [&](const detail::Watch& w) { return w.place.lock() == place; });
  }
  /// True once backward has run without retain_graph and dropped the saved values.
  bool released() const { return released_; }

  /// How many nodes exist in the process: 0 when no graph is alive.
  static std::int64_t live() { return live_count().load(std::memory_order_relaxed); }

  std::atomic<std::uint32_t> refs{1};

 protected:
  Node(const Op& op, const NodeKind& kind)
      : kind_(kind), name_(op.name), at_(op.line()), sequence_(next_sequence()) {
    live_count().fetch_add(1, std::memory_order_relaxed);
  }
  [[gnu::noinline]] ~Node() { live_count().fetch_sub(1, std::memory_order_relaxed); }

  std::vector<Edge> inputs_;
  std::vector<Output> outputs_;

 private:
  friend class Engine;
  friend void release(Node* node) noexcept;

  static std::uint64_t next_sequence() {
    static std::atomic<std::uint64_t> counter{0};
    return counter.fetch_add(1, std::memory_order_relaxed);
  }
  static std::atomic<std::int64_t>& live_count() {
    static std::atomic<std::int64_t> count{0};
    return count;
  }

  const NodeKind& kind_;
  const char* name_;
  At at_;
  std::uint64_t sequence_;
  bool released_ = false;
  bool queued_ = false;  // in the queue of a running backward
  std::vector<detail::Watch> watches_;
  std::vector<Tensor> slots_;  // the gradient of each output so far
  Node* next_dead_ = nullptr;
};

namespace detail {
/// The kind of node for a class N, which derives from Node and has apply(), and saved() and
/// release_saved() of its own or of its base B. They give the gradients of the inputs, give the
/// values kept for them, and drop these values (true if there were any).
template <class B> std::vector<Array> saved_of(const Node& node) {
  return static_cast<const B&>(node).saved();
}
template <class B> bool release_saved_of(Node& node) {
  return static_cast<B&>(node).release_saved();
}
template <class N> Grads apply_of(Node& node, const Vjp& vjp) {
  return static_cast<N&>(node).apply(vjp);
}
template <class N> void destroy(Node* node) { delete static_cast<N*>(node); }
template <class N, class B = N>
inline constexpr NodeKind kind_of = {apply_of<N>, saved_of<B>, release_saved_of<B>, destroy<N>};
}  // namespace detail

inline HookHandle Tensor::register_hook(TensorHook hook, At at) const {
  impl("register_hook", at);
  check<GraphError>(requires_grad(), {"register_hook", at},
                    "the tensor does not require a gradient, so none will come");
  auto shared = std::make_shared<TensorHook>(std::move(hook));
  if (impl_->grad_fn) {
    impl_->grad_fn->add_hook(impl_->output, shared);
  } else {
    impl_->watches.push_back({0, shared, {}});
  }
  return HookHandle(shared);
}

inline void Tensor::retain_grad(At at) const {
  impl("retain_grad", at);
  check<GraphError>(requires_grad(), {"retain_grad", at},
                    "the tensor does not require a gradient, so none will come");
  if (is_leaf() || impl_->retained) return;
  impl_->retained = std::make_shared<Tensor>();
  impl_->grad_fn->retain_grad(impl_->output, impl_->retained);
}

// The history of `result`, and with it the place that retain_grad() created.
inline void Tensor::move_history(const Tensor& result) {
  if (impl_->retained && impl_->grad_fn) impl_->grad_fn->forget_grad(impl_->retained);
  impl_->grad_fn = result.grad_fn();
  impl_->output = result.output_index();
  if (impl_->retained && impl_->grad_fn)
    impl_->grad_fn->retain_grad(impl_->output, impl_->retained);
}

inline std::atomic<std::uint32_t>& ref_count(Node* node) { return node->refs; }

inline bool Vjp::needs(std::size_t input) const {
  return wanted_ ? wanted_[input] != 0 : node_.inputs()[input].needed();
}

inline Array Vjp::spare_grad(std::size_t output) const {
  const Tensor& grad = grads_[output];
  if (!spares_ || !grad.defined()) return {};
  const bool only_here = grad.impl_->refs.load(std::memory_order_acquire) == 1 && grad.is_leaf();
  return only_here && grad.array().unique() ? grad.array() : Array();
}

/// Frees a node and everything that only this node kept alive, in a loop instead of by recursion: a
/// chain of a million nodes must not need a million stack frames.
inline void release(Node* node) noexcept {
  thread_local Node* dead = nullptr;
  thread_local bool draining = false;
  node->next_dead_ = dead;
  dead = node;
  if (draining) return;
  draining = true;
  while (dead) {
    Node* next = std::exchange(dead, dead->next_dead_);
    next->kind_.destroy(next);  // may push more
  }
  draining = false;
}

/// Makes the tensor that is output `index` of `node`.
inline Tensor output_of(Array array, Ref<Node> node, std::uint32_t index) {
  Tensor t(std::move(array));
  t.impl_->grad_fn = std::move(node);
  t.impl_->output = index;
  t.impl_->version = t.impl_->array.version();
  return t;
}

/// The order of a heap with the newest node on top.
inline bool older(const Ref<Node>& a, const Ref<Node>& b) { return a->sequence() < b->sequence(); }

/// Every node that was used to compute `outputs`, oldest first.
inline std::vector<Ref<Node>> nodes_behind(const std::vector<Tensor>& outputs) {
  std::vector<Ref<Node>> heap, found;
  const auto meet = [&](const Ref<Node>& node) {
    if (!node) return;
    heap.push_back(node);
    std::push_heap(heap.begin(), heap.end(), older);
  };
  for (const Tensor& output : outputs) meet(output.grad_fn());
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), older);
    Ref<Node> node = std::move(heap.back());
    heap.pop_back();
    // Nodes that lead to a node are newer than it: every path has met it, so all its entries are
    // adjacent.
    if (!found.empty() && found.back() == node) continue;
    for (const Edge& edge : node->inputs()) meet(edge.node);
    found.push_back(std::move(node));
  }
  std::reverse(found.begin(), found.end());
  return found;
}

}  // namespace tinygrad
