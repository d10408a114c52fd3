// SPDX-License-Identifier: MIT
// The engine: computes gradients in one walk over the tape, from the outputs back.
//
//   1. seed() gives each output the gradient to start from.
//   2. deliver() brings a gradient to where an edge leads. At a leaf the gradient goes into grad().
//      At a node it goes into the slot of the output, and the node is queued.
//   3. run() takes the newest node from the queue, a heap. Every op that reads the node's outputs
//      is newer and was done before, so the gradients in the slots are complete.
//   4. step() calls the node's vjp and delivers the gradients of the inputs.
//   5. add() sums up where several paths meet, in place if nobody else can see it.
//
// The walk is a loop, not a recursion: a graph may be millions of ops deep.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "tinygrad/autograd/backward_parts.hpp"
#include "tinygrad/autograd/nesting.hpp"
#include "tinygrad/autograd/record.hpp"
#include "tinygrad/kernels/elementwise/loops.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// One run of backward. Not reentrant for the same graph: two threads must not run backward through
/// shared nodes at once.
class Engine {
 public:
  Engine(const Op& op, const BackwardOptions& options)
      : op_(op), create_graph_(options.create_graph), keeps_graph_(options.retain_graph) {}
  ~Engine() {  // if a vjp threw, leave no half-summed gradient behind
    for (const auto& node : heap_) {
      node->slots_.clear();
      node->queued_ = false;
    }
  }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Sets the gradient of `output` to start from; 1 if none is given and it has a single element.
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

  /// Restricts the run to what is needed for `inputs`.
  void only(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs) {
    restriction_ = detail::Restriction(outputs, inputs);
  }

  /// Adds the gradients to the grad() of all leaves, or only to the inputs given to only().
  void accumulate() {
    run(true);
    for (std::size_t t = 0; t < restriction_.targets.size(); ++t) {
      const Ref<detail::TensorImpl>& target = restriction_.targets[t].impl_;
      Tensor& gradient = restriction_.captured[t];
      if (gradient.defined() && !target->retained) add_to_grad(target, std::move(gradient));
    }
  }
  /// The gradients of the inputs of only(); no grad() changes.
  std::vector<Tensor> gradients() {
    run(false);
    for (Tensor& gradient : restriction_.captured) own(gradient);
    return std::move(restriction_.captured);
  }

 private:
  void run(bool accumulates) {
    const detail::Nesting nesting(op_);
    const GradModeGuard mode(create_graph_);
    const detail::RunAnnouncement announcement(op_, accumulates);
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), older);
      const Ref<Node> node = std::move(heap_.back());
      heap_.pop_back();
      step(*node);
    }
    for (std::size_t k = 0; k < leaf_hooks_.leaves.size(); ++k) {
      const Ref<detail::TensorImpl>& leaf = leaf_hooks_.leaves[k].impl_;
      call_hooks(leaf->watches, &leaf_hooks_.sums[k]);
      deliver_to_leaf(leaf, std::move(leaf_hooks_.sums[k]));
    }
    for (const detail::GradPlace& place : kept_) own(*place);
  }

  // Runs one node's vjp and delivers its results.
  void step(Node& node) {
    std::vector<Tensor> slots = std::exchange(node.slots_, {});
    node.queued_ = false;
    call_hooks(node.watches_, slots.data());
    for (const detail::Watch& watch : node.watches_)
      if (const detail::GradPlace place = watch.place.lock();
          place && slots[watch.output].defined())
        keep(place, slots[watch.output]);
    const char* wanted = nullptr;
    if (restriction_.active()) {
      restriction_.capture(node, slots);
      wanted = restriction_.wanted(node);
      if (!wanted) return;
    }
    check<GraphError>(!node.released_, op_, "the graph of '", node.name(),
                      "' was freed by an earlier backward; pass retain_graph = true to that one");
    Grads grads = detail::any_tool_at_work()
                      ? detail::call_watched_vjp(node, slots, wanted)
                      : node.call_vjp(Vjp(node, slots, wanted, !create_graph_));
    slots.clear();  // a gradient that is passed on is then held by `grads` alone
    check<GraphError>(grads.size() == node.inputs_.size(), {node.name(), node.at_}, "its vjp gave ",
                      grads.size(), " gradients for ", node.inputs_.size(), " inputs");
    for (std::size_t i = 0; i < grads.size(); ++i)
      if (grads[i].defined() && (wanted ? wanted[i] != 0 : node.inputs_[i].needed()))
        deliver(node.inputs_[i], std::move(grads[i]), &node);
    if (!keeps_graph_ && !create_graph_) node.released_ = node.kind_.release_saved(node);
  }

  // Delivers a gradient, computed by the vjp of `from`, to the target of the edge.
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
      if (!edge.leaf->watches.empty())
        add(leaf_hooks_.sum_of(Tensor::of(edge.leaf)), std::move(grad));
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
  void deliver_to_leaf(const Ref<detail::TensorImpl>& leaf, Tensor grad) {
    if (restriction_.active()) {
      for (std::size_t t = 0; t < restriction_.targets.size(); ++t)
        if (leaf == restriction_.targets[t].impl_) add(restriction_.captured[t], grad);
    } else if (leaf->requires_grad) {  // else frozen since the forward pass
      add_to_grad(leaf, std::move(grad));
    }
  }

  // sum += grad. The first gradient is stored; the next are added in place if only `holders`
  // handles see the sum, and on the tape if a graph is created. An op may return one gradient for
  // several inputs, whose slots then share it.
  void add(Tensor& sum, Tensor grad, std::uint32_t holders = 1) const {
    if (!sum.defined()) {
      sum = std::move(grad);
    } else if (!create_graph_ && sum.is_leaf() && owned(sum, holders)) {
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
  void add_to_grad(const Ref<detail::TensorImpl>& impl, Tensor grad) const {
    Tensor sum = Tensor::of(impl->grad);
    const std::uint32_t holders = impl->grad ? 2 : 1;
    add(sum, std::move(grad), holders);
    own(sum, holders);
    impl->grad = sum.impl_;
  }

  // A gradient that a user gets shares its values with no other gradient and no saved value, so
  // that the user may change it.
  void own(Tensor& grad, std::uint32_t holders = 1) const {
    if (!grad.defined() || owned(grad, holders)) return;
    grad = record(Op{"accumulate", op_.at}, grad.array().copy(), {grad}, save(),
                  [](const Vjp& vjp) { return grads(vjp.grad()); });
  }
  // True if only `holders` handles exist, so that nobody else can see a write to t.
  static bool owned(const Tensor& t, std::uint32_t holders) {
    return t.impl_->refs.load(std::memory_order_acquire) <= holders && t.array().unique();
  }

  // Calls the hooks of a node with the gradients of its outputs, or of a leaf with its only one.
  void call_hooks(const std::vector<detail::Watch>& watches, Tensor* grads) const {
    for (std::size_t w = 0; w < watches.size(); ++w) {  // a hook may add hooks
      if (!watches[w].hook) continue;
      Tensor& grad = grads[watches[w].output];
      const TensorHook hook = *watches[w].hook;  // a hook may remove itself
      if (!hook || !grad.defined()) continue;
      own(grad);
      detail::call_hook({"register_hook", op_.at}, hook, grad);
    }
  }
  // Adds to the gradients that retain_grad() has kept so far. Other parts of this run may still use
  // the gradient; it gets memory of its own at the end of the run.
  void keep(const detail::GradPlace& place, const Tensor& grad) {
    add(*place, grad);
    if (std::find(kept_.begin(), kept_.end(), place) == kept_.end()) kept_.push_back(place);
  }

  Op op_;
  bool create_graph_, keeps_graph_;
  std::vector<Ref<Node>> heap_;  // the newest op on top
  detail::Restriction restriction_;
  detail::LeafHooks leaf_hooks_;
  std::vector<detail::GradPlace> kept_;  // the places of retained gradients that were reached
};

namespace detail {
inline void check_targets(const Op& op, const std::vector<Tensor>& inputs) {
  check_defined(op, "inputs", inputs);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    check<GraphError>(inputs[i].requires_grad(), op, "input ", i, " does not require a gradient");
}
inline void seed_all(Engine& engine, const Op& op, const char* name,
                     const std::vector<Tensor>& outputs, const std::vector<Tensor>& grads) {
  check<GraphError>(grads.empty() || grads.size() == outputs.size(), op, "got ", grads.size(), ' ',
                    name, " for ", outputs.size(), " outputs");
  for (std::size_t k = 0; k < outputs.size(); ++k)
    engine.seed(outputs[k], grads.empty() ? Tensor() : grads[k]);
}
}  // namespace detail

/// Accumulates the gradient of Σ_k <grads[k], outputs[k]> into the grad() of every leaf that the
/// outputs were computed from, in one walk: backward({a, b}). An output with one element needs no
/// gradient: leave grads out, or that entry undefined. With options.inputs, only those tensors get
/// gradients; they may be leaves or any tensors of the graph.
/// Shapes  grads[k] as outputs[k]
/// Throws  GraphError if an output or one of options.inputs requires no gradient, or the graph was
///         freed; ShapeError, DtypeError if grads do not fit the outputs
inline void backward(const std::vector<Tensor>& outputs, const std::vector<Tensor>& grads = {},
                     const BackwardOptions& options = {}, At at = At::here()) {
  const Op op{"backward", at};
  check_defined(op, "outputs", outputs);
  detail::check_targets(op, options.inputs);
  Engine engine(op, options);
  if (!options.inputs.empty()) {
    std::vector<Tensor> once;  // a tensor named twice has one gradient
    for (const Tensor& x : options.inputs)
      if (std::none_of(once.begin(), once.end(), [&](const Tensor& t) { return t.is(x); }))
        once.push_back(x);
    engine.only(outputs, once);
  }
  detail::seed_all(engine, op, "grads", outputs, grads);
  engine.accumulate();
}

inline void Tensor::backward(const Tensor& grad, const BackwardOptions& options, At at) const {
  check<GraphError>(defined(), {"backward", at}, "the tensor is undefined");
  tinygrad::backward(std::vector{*this}, std::vector{grad}, options, at);
}
inline void Tensor::backward(const Tensor& grad, At at) const {
  backward(grad, BackwardOptions(), at);
}
inline void Tensor::backward(const BackwardOptions& options, At at) const {
  backward(Tensor(), options, at);
}

/// The gradients of Σ_k <grad_outputs[k], outputs[k]> with respect to each input, which may be a
/// leaf or any tensor of the graph. No leaf's grad is touched. An input that the outputs do not
/// depend on gets an undefined tensor. With create_graph the result can be differentiated again.
/// Shapes  result[i] has the shape of inputs[i]
/// Throws  GraphError if an output requires no gradient, or the graph was freed
inline std::vector<Tensor> grad(const std::vector<Tensor>& outputs,
                                const std::vector<Tensor>& inputs,
                                const std::vector<Tensor>& grad_outputs = {},
                                const BackwardOptions& options = {}, At at = At::here()) {
  const Op op{"grad", at};
  check_defined(op, "outputs", outputs);
  detail::check_targets(op, inputs);
  check<GraphError>(options.inputs.empty(), op,
                    "got options.inputs, which are backward's; its inputs are the second argument");
  Engine engine(op, options);
  engine.only(outputs, inputs);
  detail::seed_all(engine, op, "grad_outputs", outputs, grad_outputs);
  return engine.gradients();
}

/// The same for lists in braces: grad({y}, {x})[0].
inline std::vector<Tensor> grad(std::initializer_list<Tensor> outputs,
                                std::initializer_list<Tensor> inputs,
                                std::initializer_list<Tensor> grad_outputs = {},
                                const BackwardOptions& options = {}, At at = At::here()) {
  return grad(std::vector(outputs), std::vector(inputs), std::vector(grad_outputs), options, at);
}

/// d(output)/d(input) of a single output and input.
inline Tensor grad(const Tensor& output, const Tensor& input, const Tensor& grad_output = {},
                   const BackwardOptions& options = {}, At at = At::here()) {
  return grad(std::vector{output}, std::vector{input},
              grad_output.defined() ? std::vector{grad_output} : std::vector<Tensor>{}, options,
              at)[0];
}

}  // namespace tinygrad
