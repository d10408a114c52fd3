// SPDX-License-Identifier: MIT
// record(): puts an operation on the tape. The whole contract of an op is one call:
//
//   return record(op, result, {a, b}, save(a, b),
//                 [](const Vjp& vjp, const Tensor& a, const Tensor& b) {
//                   return grads(vjp.grad() * b, vjp.grad() * a);
//                 });
//
//   op      name of the op and line of the user's call
//   result  the values, an Array that the kernel computed
//   {a, b}  the inputs: whatever a gradient may flow to, temporaries too
//   save()  the values that backward needs: inputs, the result or constants. The tape keeps them.
//   vjp     maps the gradient of the result to grads(one gradient for each input), in Tensor
//           operations. It gets the saved values by name, in the order of save().
//
// record_view() is for results that share an input's memory, record_all() for a list of inputs,
// record_many() for several results. Most ops need only record().
#pragma once

#include <array>
#include <initializer_list>
#include <utility>
#include <vector>

#include "tinygrad/autograd/observer.hpp"
#include "tinygrad/autograd/saved.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// Gradients for record(): one for each input.
template <class... T> Grads grads(T&&... each) {
  Grads out;
  out.reserve(sizeof...(T));
  (out.emplace_back(std::forward<T>(each)), ...);
  return out;
}

namespace detail {
/// The common part of the nodes of all ops. It is not a template: nearly every op has its own
/// OpNode, and each include of the library pays for the code.
class SavingNode : public Node {
 public:
  std::vector<Array> saved() const {
    std::vector<Array> out;
    for (const Saved& value : values_)
      if (value.array().defined()) out.push_back(value.array());
    return out;
  }
  bool release_saved() {
    for (Saved& value : values_) value.clear();
    return !values_.empty();
  }

 protected:
  SavingNode(const Op& op, const NodeKind& kind, ListRef<const Array> results, Inputs inputs)
      : Node(op, kind) {
    inputs_.reserve(inputs.size());
    for (const Tensor& input : inputs) inputs_.emplace_back(input);
    outputs_.reserve(results.size());
    for (const Array& result : results) outputs_.push_back({result.shape(), result.dtype()});
  }
  // The derived class calls this with its values once it holds them.
  void keep(const Op& op, ListRef<const Array> results, ListRef<Saved> values) {
    values_ = values;
    for (Saved& value : values)
      for (std::size_t k = 0; k < results.size(); ++k)
        value.bind(results[k], static_cast<std::uint32_t>(k));
    if (SavedStore* store = SavedStore::current()) [[unlikely]]
      store->put(op, inputs_, values);
  }

 private:
  ListRef<Saved> values_;
};

/// The node of an op whose vjp is `f`, called with the N saved values; I is 0 … N − 1.
template <class F, class I> class OpNode;
template <class F, std::size_t... I> class OpNode<F, std::index_sequence<I...>> final
    : public SavingNode {
 public:
  using Values = std::array<Saved, sizeof...(I)>;

  OpNode(const Op& op, ListRef<const Array> results, Inputs inputs, Values& saved, F f)
      : SavingNode(op, kind_of<OpNode, SavingNode>, results, inputs),
        saved_(std::move(saved)),
        f_(std::move(f)) {
    keep(op, results, {saved_.data(), saved_.size()});
  }
  Grads apply(const Vjp& vjp) { return f_(vjp, saved_[I].unpack(*this)...); }

 private:
  Values saved_;
  F f_;
};

// A vjp without captures as a plain function. Ops that save equally many values share a node type.
template <std::size_t> using AlwaysTensor = const Tensor&;
template <class I> struct PlainVjp;
template <std::size_t... I> struct PlainVjp<std::index_sequence<I...>> {
  using Function = Grads (*)(const Vjp&, AlwaysTensor<I>...);
};
template <std::size_t N, class F> auto simplest(F f) {
  using Plain = typename PlainVjp<std::make_index_sequence<N>>::Function;
  if constexpr (requires { static_cast<Plain>(f); }) return static_cast<Plain>(f);
  else return f;
}

// True if an op with these inputs is recorded on the tape.
inline bool recorded(const Op& op, Inputs inputs) {
  if (!grad_enabled()) return false;
  bool any = false;
  for (const Tensor& input : inputs) any = any || input.requires_grad();
  if (any)
    for (const Tensor& input : inputs) input.check_history(op);
  return any;
}

// Output `index` of the node, or of an op that was not recorded.
inline Tensor finish(const Op& op, Array result, Inputs inputs, Ref<Node> node,
                     std::uint32_t index = 0) {
  if (any_tool_at_work()) [[unlikely]]
    inspect(op, result, inputs, node.get());
  if (!node || !is_floating(result.dtype())) return Tensor(std::move(result));
  return output_of(std::move(result), std::move(node), index);
}

template <std::size_t N, class F>
Tensor record(const Op& op, Array result, Inputs inputs, std::array<Saved, N>& saved, F vjp) {
  Ref<Node> node;
  if (is_floating(result.dtype()) && recorded(op, inputs))
    node = Ref<Node>::adopt(new OpNode<F, std::make_index_sequence<N>>(op, {&result, 1}, inputs,
                                                                       saved, std::move(vjp)));
  return finish(op, std::move(result), inputs, std::move(node));
}

template <std::size_t N, class F> void record_many(const Op& op, ListRef<const Array> results,
                                                   Inputs inputs, std::array<Saved, N>& saved,
                                                   F vjp, Tensor* out) {
  Ref<Node> node;
  if (recorded(op, inputs))
    node = Ref<Node>::adopt(
        new OpNode<F, std::make_index_sequence<N>>(op, results, inputs, saved, std::move(vjp)));
  for (std::size_t k = 0; k < results.size(); ++k)
    out[k] = finish(op, results[k], inputs, node, static_cast<std::uint32_t>(k));
}

// If an op had nothing to do and its result is in the memory of an input, it is copied: a write to
// one of the two must not change the other.
[[gnu::noinline, gnu::cold]] inline void move_out(const Op& op, Array& result,
                                                  ListRef<Saved> saved) {
  if (in_place && in_place->wrote(result)) return;  // the input is meant to change
  const Array shared = std::exchange(result, result.copy(op.at));
  for (Saved& value : saved) value.move_result(shared, result);
}
inline void own(const Op& op, Array& result, Inputs inputs, ListRef<Saved> saved) {
  for (const Tensor& input : inputs)
    if (input.defined() && input.array().buffer() == result.buffer()) [[unlikely]]
      return move_out(op, result, saved);
}

inline std::vector<InputRef> references(const std::vector<Tensor>& x) {
  return {x.begin(), x.end()};
}
}  // namespace detail

using InputList = std::initializer_list<detail::InputRef>;

/// Makes the tensor of an op's `result`. If gradients are on and an input requires one, the op is
/// put on the tape with its vjp: f(vjp, saved values…) → grads(one for each input). The tensor owns
/// its values: a result in the memory of an input, from an op that had nothing to do, is copied.
template <std::size_t N, class F>
Tensor record(const Op& op, Array result, InputList inputs, std::array<Saved, N> saved, F vjp) {
  const detail::Inputs in(inputs.begin(), inputs.size());
  detail::own(op, result, in, saved);
  return detail::record(op, std::move(result), in, saved, detail::simplest<N>(std::move(vjp)));
}

/// The same for an op, such as reshape, that is documented to return a view of x: a write to one of
/// the two changes the other.
template <std::size_t N, class F> Tensor record_view(const Op& op, Array result, InputList inputs,
                                                     std::array<Saved, N> saved, F vjp) {
  return detail::record(op, std::move(result), detail::Inputs(inputs.begin(), inputs.size()), saved,
                        detail::simplest<N>(std::move(vjp)));
}

/// record() for ops with any number of inputs.
template <std::size_t N, class F> Tensor record_all(const Op& op, Array result,
                                                    const std::vector<Tensor>& inputs,
                                                    std::array<Saved, N> saved, F vjp) {
  const auto in = detail::references(inputs);
  detail::own(op, result, in, saved);
  return detail::record(op, std::move(result), in, saved, detail::simplest<N>(std::move(vjp)));
}

/// record() for ops with several outputs: the vjp finds the gradient of output k, undefined if none
/// reached it, in vjp.grad(k). Integer and bool outputs stay outside the graph, as does any result
/// that is not listed here.
template <std::size_t M, std::size_t N, class F>
std::array<Tensor, M> record_many(const Op& op, std::array<Array, M> results, InputList inputs,
                                  std::array<Saved, N> saved, F vjp) {
  const detail::Inputs in(inputs.begin(), inputs.size());
  for (Array& result : results) detail::own(op, result, in, saved);
  std::array<Tensor, M> out;
  detail::record_many(op, results, in, saved, detail::simplest<N>(std::move(vjp)), out.data());
  return out;
}

/// The same for any number of outputs.
template <std::size_t N, class F>
std::vector<Tensor> record_many(const Op& op, std::vector<Array> results, InputList inputs,
                                std::array<Saved, N> saved, F vjp) {
  const detail::Inputs in(inputs.begin(), inputs.size());
  for (Array& result : results) detail::own(op, result, in, saved);
  std::vector<Tensor> out(results.size());
  detail::record_many(op, results, in, saved, detail::simplest<N>(std::move(vjp)), out.data());
  return out;
}

/// The same for results that share the inputs' memory: see record_view.
template <std::size_t N, class F>
std::vector<Tensor> record_views(const Op& op, const std::vector<Array>& results,
                                 const std::vector<Tensor>& inputs, std::array<Saved, N> saved,
                                 F vjp) {
  std::vector<Tensor> out(results.size());
  detail::record_many(op, results, detail::references(inputs), saved,
                      detail::simplest<N>(std::move(vjp)), out.data());
  return out;
}

/// The result of an op that has nothing to do: x's values in new memory, under the op's name.
inline Tensor same_values(const Op& op, const Tensor& x) {
  return record(op, x.array(), {x}, save(), [](const Vjp& vjp) { return grads(vjp.grad()); });
}

/// The result of an op made of other ops, which may have had nothing to do or returned views: y,
/// or, if y is in x's memory, its values in new memory.
inline Tensor apart_from(const Tensor& x, const Op& op, const Tensor& y) {
  return y.array().buffer() == x.array().buffer() ? same_values(op, y) : y;
}

}  // namespace tinygrad
