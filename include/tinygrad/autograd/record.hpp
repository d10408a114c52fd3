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
#include <concepts>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <new>
#include <type_traits>
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
class OpNode;

/// A vjp of any type, by pointers: what it is, and its functions. Nearly every op has a vjp of a
/// type of its own; a class or a larger function for each of them would make every include of the
/// library dearer.
struct VjpKind {
  std::size_t size, alignment;
  Grads (*call)(OpNode&, const Vjp&);
  void (*move)(void* from, void* to);  // constructs another; null: as bytes
  void (*destroy)(void* f);            // null: nothing to do
};

/// A vjp before it moves into its node.
struct VjpRef {
  void* f;
  const VjpKind& kind;
};

/// The node of an op: its vjp and the values that this needs, both in the node's own memory.
class OpNode final : public Node {
 public:
  static Ref<Node> make(const Op& op, ListRef<const Array> results, Inputs inputs,
                        ListRef<Saved> values, const VjpRef& vjp);
  ~OpNode() {
    for (Saved& value : values()) value.~Saved();
    if (vjp_ && vjp_kind_->destroy) vjp_kind_->destroy(vjp_);
  }

  Grads apply(const Vjp& vjp) { return vjp_kind_->call(*this, vjp); }
  std::vector<Array> saved() const {
    std::vector<Array> out;
    for (const Saved& value : values())
      if (value.array().defined()) out.push_back(value.array());
    return out;
  }
  bool release_saved() {
    for (Saved& value : values()) value.clear();
    return count_ > 0;
  }

  /// The vjp, of the type that its kind knows.
  void* vjp() const { return vjp_; }
  /// The saved value number i.
  Tensor value(std::size_t i) { return values()[i].unpack(*this); }

  // The memory of a node and of what lies behind it.
  struct Behind {
    std::size_t bytes;
  };
  static void* operator new(std::size_t own, Behind b) { return ::operator new(own + b.bytes); }
  static void operator delete(void* node, Behind) { ::operator delete(node); }
  static void operator delete(void* node) { ::operator delete(node); }

 private:
  OpNode(const Op& op, ListRef<const Array> results, Inputs inputs) : Node(op, kind_of<OpNode>) {
    inputs_.reserve(inputs.size());
    for (const Tensor& input : inputs) inputs_.emplace_back(input);
    outputs_.reserve(results.size());
    for (const Array& result : results) outputs_.push_back({result.shape(), result.dtype()});
  }
  ListRef<Saved> values() const {
    return {reinterpret_cast<Saved*>(const_cast<OpNode*>(this) + 1), count_};
  }

  std::size_t count_ = 0;  // of values
  void* vjp_ = nullptr;
  const VjpKind* vjp_kind_ = nullptr;
};
static_assert(alignof(Saved) <= alignof(OpNode));

inline Ref<Node> OpNode::make(const Op& op, ListRef<const Array> results, Inputs inputs,
                              ListRef<Saved> values, const VjpRef& vjp) {
  std::size_t room = vjp.kind.size + vjp.kind.alignment;
  const std::size_t bytes = values.size() * sizeof(Saved);
  auto* node = new (Behind{bytes + room}) OpNode(op, results, inputs);
  Ref<Node> made = Ref<Node>::adopt(node);
  for (Saved& value : values) new (node->values().end()) Saved(std::move(value)), ++node->count_;

  void* f = reinterpret_cast<std::byte*>(node + 1) + bytes;
  std::align(vjp.kind.alignment, vjp.kind.size, f, room);
  if (vjp.kind.move) vjp.kind.move(vjp.f, f);
  else std::memcpy(f, vjp.f, vjp.kind.size);
  node->vjp_kind_ = &vjp.kind;
  node->vjp_ = f;

  for (Saved& value : node->values())
    for (std::size_t k = 0; k < results.size(); ++k)
      value.bind(results[k], static_cast<std::uint32_t>(k));
  if (SavedStore* store = SavedStore::current()) [[unlikely]]
    store->put(op, node->inputs(), node->values());
  return made;
}

template <class F, std::size_t... I> Grads call_vjp(OpNode& node, const Vjp& vjp) {
  return (*static_cast<F*>(node.vjp()))(vjp, node.value(I)...);
}
template <class F> void move_vjp(void* from, void* to) {
  new (to) F(std::move(*static_cast<F*>(from)));
}
template <class F> void destroy_vjp(void* f) { static_cast<F*>(f)->~F(); }

// Most vjps capture nothing: they need no functions to be moved and destroyed.
template <class F, std::size_t... I> constexpr VjpKind vjp_kind() {
  VjpKind kind = {sizeof(F), alignof(F), call_vjp<F, I...>, nullptr, nullptr};
  if constexpr (!std::is_empty_v<F>) {
    kind.move = move_vjp<F>;
    kind.destroy = destroy_vjp<F>;
  }
  return kind;
}

/// I is 0 … N − 1 for a vjp that gets N values.
template <class F, std::size_t... I> VjpRef refer(F& vjp, std::index_sequence<I...>) {
  constexpr bool kFits = requires(OpNode & node, const Vjp& call) {
    { vjp(call, node.value(I)...) } -> std::convertible_to<Grads>;
  };
  static_assert(kFits,
                "record(op, result, inputs, save(values), vjp): vjp maps a const Vjp& and each "
                "value, a const Tensor&, to grads()");
  if constexpr (kFits) {
    static constexpr VjpKind kind = vjp_kind<F, I...>();
    return {&vjp, kind};
  }
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

inline Tensor record(const Op& op, Array result, Inputs inputs, ListRef<Saved> saved,
                     const VjpRef& vjp) {
  Ref<Node> node;
  if (is_floating(result.dtype()) && recorded(op, inputs))
    node = OpNode::make(op, {&result, 1}, inputs, saved, vjp);
  return finish(op, std::move(result), inputs, std::move(node));
}

inline void record_many(const Op& op, ListRef<const Array> results, Inputs inputs,
                        ListRef<Saved> saved, const VjpRef& vjp, Tensor* out) {
  Ref<Node> node;
  if (recorded(op, inputs)) node = OpNode::make(op, results, inputs, saved, vjp);
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

// record() for a result that must not stay in the memory of an input.
inline Tensor record_own(const Op& op, Array result, Inputs inputs, ListRef<Saved> saved,
                         const VjpRef& vjp) {
  own(op, result, inputs, saved);
  return record(op, std::move(result), inputs, saved, vjp);
}
inline void record_many_own(const Op& op, ListRef<Array> results, Inputs inputs,
                            ListRef<Saved> saved, const VjpRef& vjp, Tensor* out) {
  for (Array& result : results) own(op, result, inputs, saved);
  record_many(op, {results.data(), results.size()}, inputs, saved, vjp, out);
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
  return detail::record_own(op, std::move(result), {inputs.begin(), inputs.size()}, saved,
                            detail::refer(vjp, std::make_index_sequence<N>()));
}

/// The same for an op, such as reshape, that is documented to return a view of x: a write to one of
/// the two changes the other.
template <std::size_t N, class F> Tensor record_view(const Op& op, Array result, InputList inputs,
                                                     std::array<Saved, N> saved, F vjp) {
  return detail::record(op, std::move(result), {inputs.begin(), inputs.size()}, saved,
                        detail::refer(vjp, std::make_index_sequence<N>()));
}

/// record() for ops with any number of inputs.
template <std::size_t N, class F> Tensor record_all(const Op& op, Array result,
                                                    const std::vector<Tensor>& inputs,
                                                    std::array<Saved, N> saved, F vjp) {
  return detail::record_own(op, std::move(result), detail::references(inputs), saved,
                            detail::refer(vjp, std::make_index_sequence<N>()));
}

/// record() for ops with several outputs: the vjp finds the gradient of output k, undefined if none
/// reached it, in vjp.grad(k). Integer and bool outputs stay outside the graph, as does any result
/// that is not listed here.
template <std::size_t M, std::size_t N, class F>
std::array<Tensor, M> record_many(const Op& op, std::array<Array, M> results, InputList inputs,
                                  std::array<Saved, N> saved, F vjp) {
  std::array<Tensor, M> out;
  detail::record_many_own(op, results, {inputs.begin(), inputs.size()}, saved,
                          detail::refer(vjp, std::make_index_sequence<N>()), out.data());
  return out;
}

/// The same for any number of outputs.
template <std::size_t N, class F>
std::vector<Tensor> record_many(const Op& op, std::vector<Array> results, InputList inputs,
                                std::array<Saved, N> saved, F vjp) {
  std::vector<Tensor> out(results.size());
  detail::record_many_own(op, results, {inputs.begin(), inputs.size()}, saved,
                          detail::refer(vjp, std::make_index_sequence<N>()), out.data());
  return out;
}

/// The same for results that share the inputs' memory: see record_view.
template <std::size_t N, class F>
std::vector<Tensor> record_views(const Op& op, const std::vector<Array>& results,
                                 const std::vector<Tensor>& inputs, std::array<Saved, N> saved,
                                 F vjp) {
  std::vector<Tensor> out(results.size());
  detail::record_many(op, results, detail::references(inputs), saved,
                      detail::refer(vjp, std::make_index_sequence<N>()), out.data());
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
