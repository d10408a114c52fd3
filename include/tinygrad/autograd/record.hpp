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
#include <utility>
#include <vector>

#include "tinygrad/autograd/anomaly.hpp"
#include "tinygrad/autograd/node.hpp"
#include "tinygrad/autograd/observer.hpp"

namespace tinygrad {

/// A value kept for backward: an input (a Tensor), the op's own output or a constant (an Array).
/// What is kept is the values with their history as they are now, not the handle, which an in-place
/// op may give other values; an own output is kept without its node, or the graph would own itself.
class Saved {
 public:
  Saved(const Tensor& input) {  // NOLINT: implicit, for save(…)
    if (!input.defined()) return;
    array_ = input.array();
    version_ = array_.version();
    if (input.grad_fn()) {
      maker_ = input.grad_fn();
      output_ = input.output_index();
    } else if (input.requires_grad()) {
      leaf_ = input;
    }
  }
  Saved(const Array& value)  // NOLINT: implicit, for save(…)
      : array_(value), version_(value.version()) {}

  /// The saved value, for the vjp of `node`.
  Tensor unpack(Node& node) const {
    if (!array_.defined()) return {};
    check<GraphError>(array_.version() == version_, {node.name(), node.at()},
                      "a value that backward needs, of shape ", array_.shape(),
                      ", was overwritten by ", array_.writer(), " after it was used");
    if (leaf_.defined()) {
      check<GraphError>(leaf_.array().same_as(array_), {node.name(), node.at()},
                        "a leaf that backward needs, of shape ", array_.shape(),
                        ", was given other values by set_data after it was used");
      return leaf_;
    }
    if (own_output_) return output_of(array_, Ref<Node>::share(&node), output_);
    return maker_ ? output_of(array_, maker_, output_) : Tensor(array_);
  }
  /// Recognises the op's own outputs.
  void bind(const Array& result, std::uint32_t index) {
    if (maker_ || leaf_.defined() || !array_.same_as(result)) return;
    own_output_ = true;
    output_ = index;
  }
  void clear() {
    array_ = {};
    maker_ = {};
    leaf_ = {};
  }
  /// What it keeps alive; undefined if nothing.
  const Array& array() const { return array_; }

 private:
  Array array_;
  std::uint32_t version_ = 0;
  std::uint32_t output_ = 0;  // of maker_, or of the op itself
  bool own_output_ = false;
  Ref<Node> maker_;  // of an input that is not a leaf
  Tensor leaf_;      // an input that is one, and requires a gradient
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
    std::uint32_t index = 0;
    for (const Array& result : results) {
      outputs_.push_back({result.shape(), result.dtype()});
      for (auto& saved_value : saved_) saved_value.bind(result, index);
      ++index;
    }
  }

  std::vector<Array> saved() const override {
    std::vector<Array> out;
    for (const auto& value : saved_)
      if (value.array().defined()) out.push_back(value.array());
    return out;
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

// Shows a result to anomaly mode and to the observers; `node` is null if it was not recorded.
template <class Inputs> [[gnu::noinline, gnu::cold]] void inspect(const Op& op, const Array& result,
                                                                  const Inputs& inputs,
                                                                  const Node* node) {
  const std::int64_t took = nanoseconds() - op.started;
  const std::vector<Tensor> list(inputs.begin(), inputs.end());
  notify([&](Observer& o) { o.on_forward(op, result, list, node, took); });
  if (anomaly_mode()) check_finite(op, result, inputs);
}
inline bool inspecting() { return anomaly_mode() || observed(); }

template <class Inputs> void check_histories(const Op& op, const Inputs& inputs) {
  for (const Tensor& input : inputs) input.check_history(op);
}

template <class Inputs> bool any_requires_grad(const Inputs& inputs) {
  for (const Tensor& input : inputs)
    if (input.requires_grad()) return true;
  return false;
}

template <class Inputs, std::size_t N, class F>
Tensor record(const Op& op, Array result, const Inputs& inputs, std::array<Saved, N> saved, F vjp) {
  Ref<Node> node;
  if (grad_enabled() && is_floating(result.dtype()) && any_requires_grad(inputs)) {
    check_histories(op, inputs);
    node = Ref<Node>::adopt(new OpNode<N, F>(op, std::array{std::cref(result)}, inputs,
                                             std::move(saved), std::move(vjp)));
  }
  if (inspecting()) [[unlikely]]
    inspect(op, result, inputs, node.get());
  if (!node) return Tensor(std::move(result));
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

namespace detail {
/// Puts `results` and their node, if there is one to make, into `out`, which has as many elements.
template <class Out, class Results, class Inputs, std::size_t N, class F>
Out record_each(Out out, const Op& op, const Results& results, const Inputs& inputs,
                std::array<Saved, N> saved, F vjp) {
  Ref<Node> node;
  if (grad_enabled() && any_requires_grad(inputs)) {
    check_histories(op, inputs);
    node =
        Ref<Node>::adopt(new OpNode<N, F>(op, results, inputs, std::move(saved), std::move(vjp)));
  }
  std::uint32_t index = 0;
  for (const Array& result : results) {
    if (inspecting()) [[unlikely]]
      inspect(op, result, inputs, node.get());
    out[index] = node ? output_of(result, node, index) : Tensor(result);
    ++index;
  }
  return out;
}
}  // namespace detail

/// The same for ops with several floating outputs: the vjp finds the gradient of output k,
/// undefined if none reached it, in vjp.grad(k).
template <std::size_t M, std::size_t N, class F>
std::array<Tensor, M> record_many(const Op& op, const std::array<Array, M>& results,
                                  InputList inputs, std::array<Saved, N> saved, F vjp) {
  return detail::record_each(std::array<Tensor, M>{}, op, results, inputs, std::move(saved),
                             std::move(vjp));
}

/// The same for any number of outputs; those of an integer or bool input record nothing.
template <std::size_t N, class F>
std::vector<Tensor> record_many(const Op& op, const std::vector<Array>& results, InputList inputs,
                                std::array<Saved, N> saved, F vjp) {
  return detail::record_each(std::vector<Tensor>(results.size()), op, results, inputs,
                             std::move(saved), std::move(vjp));
}

/// The same where the number of outputs is known at run time only.
template <std::size_t N, class F>
std::vector<Tensor> record_many(const Op& op, const std::vector<Array>& results,
                                const std::vector<Tensor>& inputs, std::array<Saved, N> saved,
                                F vjp) {
  if (anomaly_mode()) [[unlikely]]
    for (const Array& result : results) detail::check_finite(op, result, inputs);
  if (!grad_enabled() || !detail::any_requires_grad(inputs))
    return {results.begin(), results.end()};
  const auto node = Ref<Node>::adopt(
      new detail::OpNode<N, F>(op, results, inputs, std::move(saved), std::move(vjp)));
  std::vector<Tensor> out;
  for (const Array& result : results)
    out.push_back(output_of(result, node, static_cast<std::uint32_t>(out.size())));
  return out;
}

}  // namespace tinygrad
