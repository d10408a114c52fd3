// SPDX-License-Identifier: MIT
// Saved: one value that an op keeps for backward. save() lists the values of an op.
// SavedStore: another place for these values. Checkpoints use one.
#pragma once

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "tinygrad/autograd/node.hpp"
#include "tinygrad/core/list_ref.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

class Saved;

/// Takes the values that the ops of one thread save while it is that thread's current store, and
/// returns them when backward requests them. Checkpoint is a store: it drops the values and
/// computes them again.
class SavedStore {
 public:
  virtual ~SavedStore() = default;
  /// An op with these inputs was recorded and saves these values.
  virtual void put(const Op& op, const std::vector<Edge>& inputs, ListRef<Saved> values) = 0;
  /// Returns value `number` of this store, for the vjp of `op`.
  virtual Array take(std::size_t number, const Op& op) = 0;

  /// The store of this thread; null, as usual, if ops keep their saved values themselves.
  static SavedStore*& current() {
    thread_local SavedStore* store = nullptr;
    return store;
  }
};

/// A value kept for backward: an input (a Tensor), the op's own output or a constant (an Array). It
/// keeps the present values and their history, not the handle, because an in-place op may give the
/// handle other values. An own output is kept without its node, or the graph would own itself.
class Saved {
 public:
  Saved(const Tensor& input) {  // NOLINT: implicit, for save(…)
    if (!input.defined()) return;
    given_ = true;
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

  /// The saved value, for the vjp of `node`: an input with its place in the graph, an output as an
  /// output of the node.
  Tensor unpack(Node& node) const {
    const Op op{node.name(), node.at()};
    const Array array = fetch(op);
    if (!array.defined()) return {};
    if (leaf_.defined()) {
      check<GraphError>(leaf_.array().same_as(array), op, "a leaf that backward needs, of shape ",
                        array.shape(), ", was given other values by set_data after it was used");
      return leaf_;
    }
    if (own_output_) return output_of(array, Ref<Node>::share(&node), output_);
    return maker_ ? output_of(array, maker_, output_) : Tensor(array);
  }
  /// The saved values alone, undefined if there are none, for an `op` that needs them.
  Array fetch(const Op& op) const {
    if (store_) return store_->take(number_, op);
    check<GraphError>(array_.version() == version_, op, "a value that backward needs, of shape ",
                      array_.shape(), ", was overwritten by ", array_.writer(),
                      " after it was used");
    return array_;
  }
  /// The value that it holds at this moment.
  const Array& array() const { return array_; }

  /// Holds the copy of a result that was copied because it was one of the inputs.
  void move_result(const Array& from, const Array& to) {
    if (given_ || !array_.same_as(from)) return;
    array_ = to;
    version_ = to.version();
  }
  /// Marks values that are the op's own outputs.
  void bind(const Array& result, std::uint32_t index) {
    if (maker_ || leaf_.defined() || !array_.same_as(result)) return;
    own_output_ = true;
    output_ = index;
  }
  /// Drops the value and keeps its place in the graph; `store` holds or computes it as `number`. A
  /// leaf with a gradient stays: it lives as long as its user wants, and is known by its identity.
  void leave_to(std::shared_ptr<SavedStore> store, std::size_t number) {
    if (leaf_.defined()) return;
    array_ = {};
    store_ = std::move(store);
    number_ = number;
  }
  void clear() {
    array_ = {};
    maker_ = {};
    leaf_ = {};
    store_ = {};
  }

 private:
  Array array_;
  std::uint32_t version_ = 0;
  std::uint32_t output_ = 0;  // of maker_, or of the op itself
  bool given_ = false;        // as a Tensor, that is, as an input
  bool own_output_ = false;
  Ref<Node> maker_;                    // of an input that is not a leaf
  Tensor leaf_;                        // an input that is a leaf and requires a gradient
  std::shared_ptr<SavedStore> store_;  // holds or computes the value, under this number
  std::size_t number_ = 0;
};

/// The values a vjp needs, in the order of its parameters.
template <class... T> std::array<Saved, sizeof...(T)> save(const T&... values) {
  return {Saved(values)...};
}

}  // namespace tinygrad
