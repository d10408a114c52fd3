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

namespace tinygrad {

/// A value kept for backward: an input (a Tensor), the op's own output or a constant (an Array). An
/// output is kept without its node, or the graph would own itself.
class Saved {
 public:
  Saved(const Tensor& input)  // NOLINT: implicit, for save(…)
      : tensor_(input), version_(input.defined() ? input.array().version() : 0) {}
  Saved(const Array& value)  // NOLINT: implicit, for save(…)
      : array_(value), version_(value.version()) {}

  /// The saved value, for the vjp of `node`, whose output 0 was `result` if `is_output`.
  Tensor unpack(Node& node) const {
    const Array& array = array_.defined() ? array_ : tensor_.impl_ ? tensor_.array() : array_;
    if (!array.defined()) return {};
    check<GraphError>(array.version() == version_, {node.name(), node.at()},
                      "a value that backward needs, of shape ", array.shape(),
                      ", was overwritten in place after it was used");
    if (output_ < 0) return array_.defined() ? Tensor(array_) : tensor_;
    return output_of(array_, Ref<Node>::share(&node), static_cast<std::uint32_t>(output_));
  }
  /// Recognises the op's own outputs.
  void bind(const Array& result, int index) {
    if (array_.defined() && array_.same_as(result)) output_ = index;
  }
  void clear() {
    tensor_ = {};
    array_ = {};
  }
  /// The bytes it keeps alive.
  std::size_t bytes() const {
    return array_.defined() ? array_.bytes() : tensor_.defined() ? tensor_.array().bytes() : 0;
  }

 private:
  Tensor tensor_;
  Array array_;
  std::uint32_t version_;
  int output_ = -1;
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

/// The same for ops with several floating outputs: the vjp finds the gradient of output k,
/// undefined if none reached it, in vjp.grad(k).
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
    out[k] = output_of(results[k], node, static_cast<std::uint32_t>(k));
  return out;
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
