// SPDX-License-Identifier: MIT
// Parts of the engine in backward.hpp: the restriction of a run to given inputs, the hooks of
// leaves, and the calls that report a run to the observers and to anomaly mode.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "tinygrad/autograd/node.hpp"
#include "tinygrad/autograd/observer.hpp"

namespace tinygrad::inline TINYGRAD_ABI::detail {

/// Restricts a run of backward to what some tensors, the targets, need. The run collects their
/// gradients here. Without targets it is not active.
struct Restriction {
  std::vector<Tensor> targets;
  std::vector<Tensor> captured;  // the gradient of each target

  Restriction() = default;
  Restriction(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs)
      : targets(inputs), captured(inputs.size()), active_(true) {
    for (const Ref<Node>& node : nodes_behind(outputs)) {  // inputs first: need moves up
      const std::size_t first = needed_.size();
      bool any = false;
      for (const Edge& edge : node->inputs()) {
        needed_.push_back(is_target(edge) || (edge.node && wanted(*edge.node)));
        any = any || needed_.back();
      }
      if (any) {
        nodes_.push_back(node);
        first_.push_back(first);
      } else {
        needed_.resize(first);
      }
    }
  }

  bool active() const { return active_; }

  /// Which inputs of a node are on the path to a target; null if none is.
  const char* wanted(const Node& node) const {
    const auto found = std::lower_bound(
        nodes_.begin(), nodes_.end(), node.sequence(),
        [](const Ref<Node>& n, std::uint64_t sequence) { return n->sequence() < sequence; });
    if (found == nodes_.end() || found->get() != &node) return nullptr;
    return needed_.data() + first_[static_cast<std::size_t>(found - nodes_.begin())];
  }

  /// Takes the gradients of those outputs of a node that are targets.
  void capture(const Node& node, const std::vector<Tensor>& grads) {
    for (std::size_t t = 0; t < targets.size(); ++t)
      if (targets[t].grad_fn().get() == &node) captured[t] = grads[targets[t].output_index()];
  }

 private:
  bool is_target(const Edge& edge) const {
    return std::any_of(targets.begin(), targets.end(), [&](const Tensor& t) {
      return edge.leaf ? edge.leaf.get() == t.id()
                       : edge.node && edge.node == t.grad_fn() && edge.output == t.output_index();
    });
  }

  bool active_ = false;
  std::vector<Ref<Node>> nodes_;    // on the path to a target, oldest first
  std::vector<char> needed_;        // for the inputs of one node after the other
  std::vector<std::size_t> first_;  // of each node's
};

/// The leaves with hooks that a run reached. The hooks get the sum over all paths, which is
/// complete when the run ends.
struct LeafHooks {
  std::vector<Tensor> leaves, sums;  // sums[k]: the gradients of leaves[k] so far

  Tensor& sum_of(const Tensor& leaf) {
    for (std::size_t k = 0; k < leaves.size(); ++k)
      if (leaves[k].is(leaf)) return sums[k];
    leaves.push_back(leaf);
    return sums.emplace_back();
  }
};

/// Replaces a gradient by the result of a hook.
inline void call_hook(const Op& op, const TensorHook& hook, Tensor& grad) {
  const Tensor replacement = hook(grad);
  if (!replacement.defined()) return;
  check<ShapeError>(replacement.shape() == grad.shape(), op, "the hook gave a gradient ",
                    replacement.shape(), " for one of shape ", grad.shape());
  check<DtypeError>(replacement.dtype() == grad.dtype(), op, "the hook gave a ",
                    replacement.dtype(), " gradient for a ", grad.dtype(), " one");
  grad = replacement;
}

/// Tells the observers that a run begins, and that it has ended, also by an exception.
struct RunAnnouncement {
  RunAnnouncement(const Op& op, bool accumulates) : observed(tinygrad::observed()) {
    if (observed) notify([&](Observer& o) { o.begin_backward(op, accumulates); });
  }
  ~RunAnnouncement() {
    if (observed) notify([](Observer& o) { o.end_backward(); });
  }
  RunAnnouncement(const RunAnnouncement&) = delete;
  RunAnnouncement& operator=(const RunAnnouncement&) = delete;
  bool observed;
};

/// The vjp of a node under observation: observers see it, and anomaly mode checks its gradients.
[[gnu::noinline, gnu::cold]] inline Grads call_watched_vjp(Node& node,
                                                           const std::vector<Tensor>& slots,
                                                           const char* wanted) {
  notify([&](Observer& o) { o.before_backward(node, slots); });
  const bool check = anomaly_mode();
  const std::int64_t start = nanoseconds();
  Grads grads = [&] {
    const AnomalyGuard quiet(false);  // the vjp is checked as a whole
    // The tools look at the slots afterwards, so the vjp may not write into them.
    return node.call_vjp(Vjp(node, slots, wanted, false));
  }();
  const std::int64_t took = nanoseconds() - start;
  notify([&](Observer& o) { o.after_backward(node, grads, took); });
  if (check) check_gradients({node.name(), node.at()}, grads, slots, node.saved());
  return grads;
}

}  // namespace tinygrad::detail
