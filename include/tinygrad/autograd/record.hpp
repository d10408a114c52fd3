// SPDX-License-Identifier: MIT
// record(): how an operation puts itself on the tape. The whole contract of an op is here:
//
//   return record(op, result, {a, b}, save(a, b), [](const Vjp& vjp, const Tensor& a, const Tensor&
//   b) {
//     return grads(vjp.grad() * b, vjp.grad() * a);
//   });
//
// What is listed in save() is what backward keeps alive, and comes back by name in the vjp.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "tinygrad/autograd/anomaly.hpp"
#include "tinygrad/autograd/node.hpp"

namespace tinygrad {

class Saved;

/// Takes over what the ops of one thread save while it is current there, and gives it back when
/// backward asks. Checkpoint is one: it forgets the values and computes them again.
class SavedStore {
 public:
  virtual ~SavedStore() = default;
  /// An op with these inputs was recorded and saves these values.
  virtual void put(const Op& op, std::span<const Edge> inputs, std::span<Saved> values) = 0;
  /// Value `number` of those that were left to this store, for the vjp of `op`.
  virtual Array take(std::size_t number, const Op& op) = 0;

  /// The store of this thread; null if ops keep what they save, as they usually do.
  static SavedStore*& current() {
    thread_local SavedStore* store = nullptr;
    return store;
  }
};

/// A value kept for backward: an input (a Tensor), the op's own output or a constant (an Array). An
/// output is kept without its node, or the graph would own itself.
class Saved {
 public:
  Saved(const Tensor& input)  // NOLINT: implicit, for save(…)
      : tensor_(input), version_(input.defined() ? input.array().version() : 0) {}
  Saved(const Array& value)  // NOLINT: implicit, for save(…)
      : array_(value), version_(value.version()) {}

  /// The saved value, for the vjp of `node`: an input with its place in the graph, an output as
  /// the node's own.
  Tensor unpack(Node& node) const {
    const Array array = fetch({node.name(), node.at()});
    if (!array.defined()) return {};
    if (output_ >= 0)
      return output_of(array, Ref<Node>::share(&node), static_cast<std::uint32_t>(output_));
    if (left_ && left_->edge.node) return output_of(array, left_->edge.node, left_->edge.output);
    return tensor_.defined() ? tensor_ : Tensor(array);
  }
  /// The saved values alone, undefined if there are none, for an `op` that needs them.
  Array fetch(const Op& op) const {
    if (left_) return left_->store->take(left_->number, op);
    check<GraphError>(array().version() == version_, op, "a value that backward needs, of shape ",
                      array().shape(), ", was overwritten in place after it was used");
    return array();
  }
  /// What it holds here and now.
  const Array& array() const { return tensor_.defined() ? tensor_.array() : array_; }

  /// Recognises the op's own outputs.
  void bind(const Array& result, int index) {
    if (array_.defined() && array_.same_as(result)) output_ = index;
  }
  /// Lets go of the value and keeps its place in the graph: `store` has or makes it as `number`. A
  /// leaf with a gradient stays: it lives as long as its user wants, and is known by its identity.
  void leave_to(std::shared_ptr<SavedStore> store, std::size_t number) {
    Edge edge(tensor_);
    if (edge.leaf) return;
    clear();
    left_ = std::make_unique<Left>(Left{std::move(store), number, std::move(edge)});
  }
  void clear() {
    tensor_ = {};
    array_ = {};
    left_.reset();
  }
  /// The bytes it keeps alive.
  std::size_t bytes() const { return array().bytes(); }

 private:
  struct Left {
    std::shared_ptr<SavedStore> store;
    std::size_t number;
    Edge edge;
  };
  Tensor tensor_;
  Array array_;
  std::uint32_t version_;
  int output_ = -1;
  std::unique_ptr<Left> left_;
};

/// The values a vjp needs, in the order of its parameters.
template <class... T> std::array<Saved, sizeof...(T)> save(const T&... values) {
  return {Saved(values)...};
}

/// Gradients for record(): one for each input.
template <class... T> Grads grads(T&&... each) {
  Grads out;
  out.reserve(sizeof...(T));
  (out.emplace_back(std::forward<T>(each)), ...);
  return out;
}

namespace detail {
/// The node of an op whose vjp is `f`, called with the N saved values.
template <std::size_t N, class F> class OpNode final : public Node {
 public:
  template <class Results, class Inputs>
  OpNode(const Op& op, const Results& results, const Inputs& inputs, std::array<Saved, N> saved,
         F f)
      : Node(op), saved_(std::move(saved)), f_(std::move(f)) {
    inputs_.reserve(inputs.size());
    for (const Tensor& input : inputs) inputs_.emplace_back(input);
    int index = 0;
    for (const Array& result : results) {
      outputs_.push_back({result.shape(), result.dtype()});
      for (auto& saved_value : saved_) saved_value.bind(result, index);
      ++index;
    }
    if (SavedStore* store = SavedStore::current()) [[unlikely]]
      store->put(op, inputs_, saved_);
  }

 private:
  Grads apply(const Vjp& vjp) override {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return f_(vjp, saved_[I].unpack(*this)...);
    }
    (std::make_index_sequence<N>{});
  }
  bool release_saved() override {
    for (auto& saved_value : saved_) saved_value.clear();
    return N > 0;
  }

  std::array<Saved, N> saved_;
  F f_;
};

template <class Inputs> bool any_requires_grad(const Inputs& inputs) {
  for (const Tensor& input : inputs)
    if (input.requires_grad()) return true;
  return false;
}

template <class Inputs, std::size_t N, class F>
Tensor record(const Op& op, Array result, const Inputs& inputs, std::array<Saved, N> saved, F vjp) {
  if (anomaly_mode()) [[unlikely]]
    check_finite(op, result, inputs);
  if (!grad_enabled() || !is_floating(result.dtype()) || !any_requires_grad(inputs))
    return Tensor(std::move(result));
  auto node = Ref<Node>::adopt(new OpNode<N, F>(op, std::array{std::cref(result)}, inputs,
                                                std::move(saved), std::move(vjp)));
  return output_of(std::move(result), std::move(node), 0);
}
}  // namespace detail

using InputList = std::initializer_list<std::reference_wrapper<const Tensor>>;

/// Makes the tensor of an op's `result`. If gradients are on and an input requires one, the op is
/// put on the tape with its vjp: f(vjp, saved values…) → grads(one for each input).
template <std::size_t N, class F>
Tensor record(const Op& op, Array result, InputList inputs, std::array<Saved, N> saved, F vjp) {
  return detail::record(op, std::move(result), inputs, std::move(saved), std::move(vjp));
}

/// The same for ops with any number of inputs.
template <std::size_t N, class F> Tensor record_all(const Op& op, Array result,
                                                    const std::vector<Tensor>& inputs,
                                                    std::array<Saved, N> saved, F vjp) {
  return detail::record(op, std::move(result), inputs, std::move(saved), std::move(vjp));
}

/// The same for ops with several outputs: the vjp finds the gradient of output k, undefined if none
/// reached it, in vjp.grad(k). Integer and bool outputs stay outside the graph, as does any result
/// that is not listed here.
template <std::size_t M, std::size_t N, class F>
std::array<Tensor, M> record_many(const Op& op, const std::array<Array, M>& results,
                                  InputList inputs, std::array<Saved, N> saved, F vjp) {
  std::array<Tensor, M> out;
  if (anomaly_mode()) [[unlikely]]
    for (const Array& result : results) detail::check_finite(op, result, inputs);
  if (!grad_enabled() || !detail::any_requires_grad(inputs)) {
    std::copy(results.begin(), results.end(), out.begin());
    return out;
  }
  const auto node = Ref<Node>::adopt(
      new detail::OpNode<N, F>(op, results, inputs, std::move(saved), std::move(vjp)));
  for (std::size_t k = 0; k < M; ++k)
    out[k] = is_floating(results[k].dtype())
                 ? output_of(results[k], node, static_cast<std::uint32_t>(k))
                 : Tensor(results[k]);
  return out;
}

}  // namespace tinygrad
