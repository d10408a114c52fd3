// SPDX-License-Identifier: MIT
// The engine: walks the tape from the outputs back, newest op first, and hands each gradient on. It
// is a loop over a heap, so a graph may be millions of ops deep.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "tinygrad/autograd/nesting.hpp"
#include "tinygrad/autograd/record.hpp"
#include "tinygrad/kernels/elementwise/loops.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// One run of backward. Not reentrant for the same graph: two threads must not run backward through
/// shared nodes at once.
class Engine {
 public:
  Engine(const Op& op, BackwardOptions options) : op_(op), options_(options) {}
  ~Engine() {  // if a vjp threw, leave no half-summed gradient behind
    for (const auto& node : heap_) reset(*node);
  }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Gives `output` its gradient to start from; without one, 1 for a single element.
  void seed(const Tensor& output, const Tensor& grad) {
    output.check_history(op_);
    check<GraphError>(
        output.requires_grad(), op_,
        "the output does not require a gradient: no leaf it was computed from does, or "
        "it was computed under NoGradGuard or detached");
    Tensor start = grad;
    if (!start.defined()) {
      check<ShapeError>(output.numel() == 1, op_,
                        "needs a gradient to start from: the output has shape ", output.shape(),
                        "; only a single element starts from 1. Sum it first, or pass grad");
      start = Tensor(Array::full(output.shape(), 1, output.dtype()));
    }
    check<ShapeError>(start.shape() == output.shape(), op_, "grad ", start.shape(),
                      " must have the shape of the output, ", output.shape());
    check<DtypeError>(start.dtype() == output.dtype(), op_, "grad is ", start.dtype(),
                      ", but the output is ", output.dtype());
    deliver(Edge(output), start);
  }

  /// Restricts the run to what is needed for `inputs`, whose gradients are then returned by run()
  /// instead of being accumulated in leaves.
  void only(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs) {
    restricted_ = true;
    targets_ = inputs;
    captured_.resize(inputs.size());
    for (const Ref<Node>& node : nodes_behind(outputs)) {  // inputs first, so that need travels up
      std::vector<char> wanted;
      bool any = false;
      for (const Edge& edge : node->inputs()) {
        wanted.push_back(is_target(edge) || (edge.node && wanted_of(*edge.node)));
        any = any || wanted.back();
      }
      if (any) wanted_.push_back({node.get(), std::move(wanted)});
    }
  }

  std::vector<Tensor> run() {
    const detail::Nesting nesting(op_);
    const GradModeGuard mode(options_.create_graph);
    const Announcement announcement(op_, !restricted_);
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), older);
      const Ref<Node> node = std::move(heap_.back());
      heap_.pop_back();
      step(*node);
    }
    for (std::size_t k = 0; k < hooked_.size(); ++k) {
      call_hooks(hooked_[k].impl_->watches, &sums_[k]);
      deliver_to_leaf(hooked_[k].impl_, std::move(sums_[k]));
    }
    for (Tensor& gradient : captured_) own(gradient);
    for (const detail::GradPlace& place : kept_) own(*place);
    return std::move(captured_);
  }

 private:
  // Tells the observers that a run begins and, however it ends, that it is over.
  struct Announcement {
    Announcement(const Op& op, bool accumulates) : observed(tinygrad::observed()) {
      if (observed) detail::notify([&](Observer& o) { o.begin_backward(op, accumulates); });
    }
    ~Announcement() {
      if (observed) detail::notify([](Observer& o) { o.end_backward(); });
    }
    Announcement(const Announcement&) = delete;
    Announcement& operator=(const Announcement&) = delete;
    bool observed;
  };

  struct Wanted {
    const Node* node;
    std::vector<char> inputs;
  };

  // Which inputs of a node are on the way to a target; null if none is.
  const std::vector<char>* wanted_of(const Node& node) const {
    const auto found = std::lower_bound(
        wanted_.begin(), wanted_.end(), node.sequence(),
        [](const Wanted& w, std::uint64_t sequence) { return w.node->sequence() < sequence; });
    return found != wanted_.end() && found->node == &node ? &found->inputs : nullptr;
  }
  static void reset(Node& node) {
    node.slots_.clear();
    node.queued_ = false;
  }
  bool is_target(const Edge& edge) const {
    return std::any_of(targets_.begin(), targets_.end(),
                       [&](const Tensor& t) { return meets(edge, t); });
  }
  static bool meets(const Edge& edge, const Tensor& target) {
    return edge.leaf
               ? edge.leaf == target.impl_
               : edge.node && edge.node == target.grad_fn() && edge.output == target.output_index();
  }

  // Lets a hook replace a complete gradient, or overwrite it.
  void call_hook(const TensorHook& hook, Tensor& grad) const {
    if (!hook || !grad.defined()) return;  // a removed hook
    own(grad);
    const Tensor replacement = hook(grad);
    if (!replacement.defined()) return;
    const Op op{"register_hook", op_.at};
    check<ShapeError>(replacement.shape() == grad.shape(), op, "the hook gave a gradient ",
                      replacement.shape(), " for one of shape ", grad.shape());
    check<DtypeError>(replacement.dtype() == grad.dtype(), op, "the hook gave a ",
                      replacement.dtype(), " gradient for a ", grad.dtype(), " one");
    grad = replacement;
  }

  // Calls the hooks of a node with the gradients of its outputs, or of a leaf with its only one.
  void call_hooks(const std::vector<detail::Watch>& watches, Tensor* grads) const {
    for (std::size_t w = 0; w < watches.size(); ++w)  // a hook may add hooks
      if (const auto hook = watches[w].hook) call_hook(*hook, grads[watches[w].output]);
  }

  // Runs one node's vjp and hands its results on.
  void step(Node& node) {
    std::vector<Tensor> slots = std::exchange(node.slots_, {});
    node.queued_ = false;
    call_hooks(node.watches_, slots.data());
    for (const detail::Watch& watch : node.watches_)
      if (const detail::GradPlace place = watch.place.lock();
          place && slots[watch.output].defined())
        keep(place, slots[watch.output]);
    const std::vector<char>* wanted = nullptr;
    if (restricted_) {
      for (std::size_t t = 0; t < targets_.size(); ++t)
        if (targets_[t].grad_fn().get() == &node) captured_[t] = slots[targets_[t].output_index()];
      wanted = wanted_of(node);
      if (!wanted) return;
    }
    check<GraphError>(!node.released_, op_, "the graph of '", node.name(),
                      "' was freed by an earlier backward; pass retain_graph = true to that one");
    Grads grads = call_vjp(node, slots, wanted);
    slots.clear();  // a gradient that is handed through is then held by `grads` alone
    check<GraphError>(grads.size() == node.inputs_.size(), {node.name(), node.at_}, "its vjp gave ",
                      grads.size(), " gradients for ", node.inputs_.size(), " inputs");
    for (std::size_t i = 0; i < grads.size(); ++i)
      if (grads[i].defined() && (wanted ? (*wanted)[i] != 0 : node.inputs_[i].needed()))
        deliver(node.inputs_[i], std::move(grads[i]), &node);
    if (!options_.retain_graph && !options_.create_graph)
      node.released_ = node.kind_.release_saved(node);
  }

  Grads call_vjp(Node& node, const std::vector<Tensor>& slots,
                 const std::vector<char>* wanted) const {
    if (!detail::any_tool_at_work()) [[likely]]
      return node.kind_.apply(node, Vjp(node, slots, wanted, !options_.create_graph));
    detail::notify([&](Observer& o) { o.before_backward(node, slots); });
    const bool check = anomaly_mode();
    const std::int64_t start = detail::nanoseconds();
    Grads grads = [&] {
      const AnomalyGuard quiet(false);  // the vjp as a whole answers for its parts
      // The tools look at the slots afterwards.
      return node.kind_.apply(node, Vjp(node, slots, wanted, false));
    }();
    const std::int64_t took = detail::nanoseconds() - start;
    detail::notify([&](Observer& o) { o.after_backward(node, grads, took); });
    if (check) detail::check_gradients({node.name(), node.at()}, grads, slots, node.saved());
    return grads;
  }

  void deliver(const Edge& edge, Tensor grad, const Node* from = nullptr) {
    const Shape& shape =
        edge.leaf ? edge.leaf->array.shape() : edge.node->outputs()[edge.output].shape;
    const Dtype dtype =
        edge.leaf ? edge.leaf->array.dtype() : edge.node->outputs()[edge.output].dtype;
    if (grad.shape() != shape || grad.dtype() != dtype) {
      const Op at = from ? Op{from->name(), from->at()} : op_;
      fail<GraphError>(at, "its vjp gave a gradient ", grad.dtype(), ' ', grad.shape(),
                       " for an input ", dtype, ' ', shape);
    }
    if (edge.leaf) {
      if (!edge.leaf->watches.empty()) wait_for_hooks(Tensor(edge.leaf), std::move(grad));
      else deliver_to_leaf(edge.leaf, std::move(grad));
      return;
    }
    Node& node = *edge.node;
    if (!node.queued_) {
      node.queued_ = true;
      node.slots_.resize(node.outputs_.size());
      heap_.push_back(edge.node);
      std::push_heap(heap_.begin(), heap_.end(), older);
    }
    add(node.slots_[edge.output], std::move(grad));
  }

  // The hooks of a leaf want the sum over all paths, which is complete when the run ends.
  void wait_for_hooks(const Tensor& leaf, Tensor grad) {
    for (std::size_t k = 0; k < hooked_.size(); ++k)
      if (hooked_[k].is(leaf)) return add(sums_[k], std::move(grad));
    hooked_.push_back(leaf);
    sums_.push_back(std::move(grad));
  }

  void deliver_to_leaf(const Ref<detail::TensorImpl>& leaf, Tensor grad) {
    if (restricted_) {
      for (std::size_t t = 0; t < targets_.size(); ++t)
        if (leaf == targets_[t].impl_) add(captured_[t], grad);
      return;
    }
    if (!leaf->requires_grad) return;  // frozen since the forward pass
    Tensor sum(leaf->grad);
    add(sum, std::move(grad), leaf->grad ? 2 : 1);
    own(sum, leaf->grad ? 2 : 1);
    leaf->grad = sum.impl_;
  }

  // Adds to what retain_grad() has kept so far. Others of this run may still use the gradient; it
  // is made its own when the run is over.
  void keep(const detail::GradPlace& place, const Tensor& grad) {
    add(*place, grad);
    if (std::find(kept_.begin(), kept_.end(), place) == kept_.end()) kept_.push_back(place);
  }

  // True if `holders` handles are the only ones, so that writing into t is invisible to others.
  static bool owned(const Tensor& t, std::uint32_t holders) {
    return t.impl_->refs.load(std::memory_order_acquire) <= holders && t.array().unique();
  }

  // A gradient that a user gets is the user's to change: it shares its values with nothing, neither
  // another gradient nor what the tape saved.
  void own(Tensor& grad, std::uint32_t holders = 1) const {
    if (!grad.defined() || owned(grad, holders)) return;
    grad = record(Op{"accumulate", op_.at}, grad.array().copy(), {grad}, save(),
                  [](const Vjp& vjp) { return grads(vjp.grad()); });
  }

  // sum += grad: the first one is taken over, the next are added in place where nobody but
  // `holders` handles can see it, on the tape where the graph is being created. An op may hand one
  // gradient to several inputs, whose slots then share it.
  void add(Tensor& sum, Tensor grad, std::uint32_t holders = 1) const {
    if (!sum.defined()) {
      sum = std::move(grad);
    } else if (!options_.create_graph && sum.is_leaf() && owned(sum, holders)) {
      kernels::accumulate(sum.array(), grad.array());
      sum.array().bump_version("backward");
    } else {
      const Op op{"accumulate", op_.at};
      Array total = sum.array().copy();
      kernels::accumulate(total, grad.array());
      sum = record(op, std::move(total), {sum, grad}, save(),
                   [](const Vjp& vjp) { return grads(vjp.grad(), vjp.grad()); });
    }
  }

  Op op_;
  BackwardOptions options_;
  std::vector<Ref<Node>> heap_;  // the newest op on top
  std::vector<Tensor> hooked_;   // leaves with hooks
  std::vector<Tensor> sums_;     // their gradients so far
  bool restricted_ = false;
  std::vector<Tensor> targets_;
  std::vector<Tensor> captured_;
  std::vector<detail::GradPlace> kept_;  // the places of retained gradients that were reached
  std::vector<Wanted> wanted_;           // nodes on the way to a target, oldest first
};

inline void Tensor::backward(const Tensor& grad, BackwardOptions options, At at) const {
  check<GraphError>(defined(), {"backward", at}, "the tensor is undefined");
  Engine engine({"backward", at}, options);
  engine.seed(*this, grad);
  engine.run();
}

/// The gradients of sum over k of <grad_outputs[k], outputs[k]> with respect to each input, which
/// may be a leaf or any tensor of the graph. No leaf's grad is touched. An input that the outputs
/// do not depend on gets an undefined tensor. With create_graph the result can be differentiated
/// again.
/// Shapes  result[i] has the shape of inputs[i]
/// Throws  GraphError if an output requires no gradient, or the graph was freed
inline std::vector<Tensor> grad(const std::vector<Tensor>& outputs,
                                const std::vector<Tensor>& inputs,
                                const std::vector<Tensor>& grad_outputs = {},
                                BackwardOptions options = {}, At at = At::here()) {
  const Op op{"grad", at};
  check_defined(op, "outputs", outputs);
  check_defined(op, "inputs", inputs);
  check<GraphError>(grad_outputs.empty() || grad_outputs.size() == outputs.size(), op, "got ",
                    grad_outputs.size(), " grad_outputs for ", outputs.size(), " outputs");
  for (std::size_t i = 0; i < inputs.size(); ++i)
    check<GraphError>(inputs[i].requires_grad(), op, "input ", i, " does not require a gradient");
  Engine engine(op, options);
  engine.only(outputs, inputs);
  for (std::size_t k = 0; k < outputs.size(); ++k)
    engine.seed(outputs[k], grad_outputs.empty() ? Tensor() : grad_outputs[k]);
  return engine.run();
}

/// The same for lists in braces: grad({y}, {x})[0].
inline std::vector<Tensor> grad(std::initializer_list<Tensor> outputs,
                                std::initializer_list<Tensor> inputs,
                                std::initializer_list<Tensor> grad_outputs = {},
                                BackwardOptions options = {}, At at = At::here()) {
  return grad(std::vector(outputs), std::vector(inputs), std::vector(grad_outputs), options, at);
}

/// d(output)/d(input) of a single output and input.
inline Tensor grad(const Tensor& output, const Tensor& input, const Tensor& grad_output = {},
                   BackwardOptions options = {}, At at = At::here()) {
  return grad(std::vector{output}, std::vector{input},
              grad_output.defined() ? std::vector{grad_output} : std::vector<Tensor>{}, options,
              at)[0];
}

}  // namespace tinygrad
