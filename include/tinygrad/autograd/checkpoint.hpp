// SPDX-License-Identifier: MIT
// checkpoint(): activation checkpointing. It drops the values inside a function after the forward
// pass and computes them again in backward. This saves memory and costs one more forward pass.
#pragma once

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "tinygrad/autograd/grad_mode.hpp"
#include "tinygrad/autograd/nesting.hpp"
#include "tinygrad/autograd/record.hpp"
#include "tinygrad/core/random.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// One call of a checkpointed function. In the first run its ops are recorded as usual, but leave
/// their saved values to this store, which only notes what they were. The first value that backward
/// requests runs the function again; each value then waits here until its op takes it.
class Checkpoint final : public SavedStore, public std::enable_shared_from_this<Checkpoint> {
 public:
  using Function = std::function<void(const std::vector<Tensor>&)>;

  Checkpoint(const Op& op, Function f, const std::vector<Tensor>& inputs)
      : op_(op), f_(std::move(f)) {
    for (const Tensor& input : inputs) {
      inputs_.emplace_back(input);
      requires_grad_.push_back(input.requires_grad());
    }
    // The inputs of a checkpoint inside another are values of the outer one.
    if (SavedStore* outer = SavedStore::current()) outer->put(op_, {}, inputs_);
  }

  /// While it lives, the ops of this thread leave the values that they save to the checkpoint.
  class Recording {
   public:
    explicit Recording(Checkpoint& checkpoint)
        : checkpoint_(checkpoint),
          before_(std::exchange(SavedStore::current(), &checkpoint)),
          draws_(checkpoint.draws_, DrawLogGuard::kNote) {}
    ~Recording() {
      SavedStore::current() = before_;
      checkpoint_.complete_ = true;
      checkpoint_.values_.clear();
    }
    Recording(const Recording&) = delete;
    Recording& operator=(const Recording&) = delete;

   private:
    Checkpoint& checkpoint_;
    SavedStore* before_;
    DrawLogGuard draws_;
  };

  void put(const Op& op, const std::vector<Edge>& inputs, ListRef<Saved> values) override {
    if (!recomputing_)
      for (const Edge& input : inputs)
        if (input.leaf) leaves_.push_back({input.leaf, input.leaf->array.version()});
    for (Saved& value : values) {
      if (!value.array().defined()) continue;
      const Seen seen{op.name, value.array().shape(), value.array().dtype()};
      if (!recomputing_) {
        value.leave_to(shared_from_this(), seen_.size());
        seen_.push_back(seen);
      } else {
        compare(values_.size(), seen);
        values_.emplace_back(value.array());
      }
    }
  }

  Array take(std::size_t number, const Op& op) override {
    if (number >= values_.size() || !values_[number].array().defined()) recompute();
    return std::exchange(values_[number], Saved(Array())).fetch(op);
  }

 private:
  struct Seen {  // what the first run saved
    const char* op;
    Shape shape;
    Dtype dtype;
  };
  struct Leaf {
    Ref<detail::TensorImpl> leaf;
    std::uint32_t version;
  };

  // Prepares this thread to run f again, and restores it afterwards.
  class Recomputing {
   public:
    explicit Recomputing(Checkpoint& checkpoint)
        : checkpoint_(checkpoint),
          before_(std::exchange(SavedStore::current(), &checkpoint)),
          flag_before_(std::exchange(detail::recomputing_flag(), true)),
          draws_(checkpoint.draws_, DrawLogGuard::kRepeat) {
      checkpoint.recomputing_ = true;
      checkpoint.values_.clear();
    }
    ~Recomputing() {
      SavedStore::current() = before_;
      detail::recomputing_flag() = flag_before_;
      checkpoint_.recomputing_ = false;
      if (!done) checkpoint_.values_.clear();
    }
    Recomputing(const Recomputing&) = delete;
    Recomputing& operator=(const Recomputing&) = delete;
    bool done = false;

   private:
    Checkpoint& checkpoint_;
    SavedStore* before_;
    bool flag_before_;
    EnableGradGuard enable_;
    DrawLogGuard draws_;
  };

  void recompute() {
    const detail::Nesting nesting(op_);
    for (const Leaf& used : leaves_) {
      check<GraphError>(used.leaf->array.version() == used.version, op_, "a leaf of shape ",
                        used.leaf->array.shape(), " that the function reads was overwritten in ",
                        "place before backward; the function cannot be repeated");
      check<GraphError>(used.leaf->requires_grad, op_, "a leaf of shape ", used.leaf->array.shape(),
                        " was frozen between forward and backward; ",
                        "the function cannot be repeated");
    }
    // Outside the graph, so that a backward inside f does not touch the graph of the running one.
    std::vector<Tensor> inputs;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      inputs.emplace_back(inputs_[i].fetch(op_));
      if (requires_grad_[i]) inputs.back().requires_grad_();
    }
    Recomputing run(*this);
    f_(inputs);
    check<GraphError>(!complete_ || values_.size() == seen_.size(), op_, kDiffers, "it saved ",
                      seen_.size(), " values, now ", values_.size(), kSame);
    run.done = true;
  }

  // Called for value `number` of the second run.
  void compare(std::size_t number, const Seen& now) const {
    if (number >= seen_.size()) return;  // counted at the end
    const Seen& first = seen_[number];
    check<GraphError>(first.shape == now.shape && first.dtype == now.dtype, op_, kDiffers, "value ",
                      number, " was ", first.dtype, ' ', first.shape, " saved by '", first.op,
                      "', now ", now.dtype, ' ', now.shape, " saved by '", now.op, '\'', kSame);
  }

  static constexpr const char* kDiffers =
      "the function behaved differently when it ran again for backward: ";
  static constexpr const char* kSame = "; it must compute the same from the same inputs";

  Op op_;
  Function f_;
  std::vector<Saved> inputs_;
  std::vector<char> requires_grad_;
  DrawLog draws_;
  std::vector<Seen> seen_;
  std::vector<Leaf> leaves_;
  std::vector<Saved> values_;  // of the second run; undefined once taken
  bool complete_ = false, recomputing_ = false;
};

/// f(inputs), without the values that backward needs of the ops inside: backward runs f again to
/// get them. Gradients are those without checkpoint, bit for bit; random numbers repeat, whatever
/// generator they come from. Checkpoints may be nested, and may be inside any transform.
/// f       is called with the inputs, and copied: what it captures by reference must live until
///         backward. It has no effect besides its result, or asks recomputing()
/// Cost    one more run of f for each backward; memory of f's inputs, and, while backward passes
///         through f, of its inside. A chain of n ops in √n checkpoints needs about 2√n values
/// Throws  GraphError in backward if an input or a leaf that f reads was overwritten or frozen
///         since, or if the second run saves other values than the first
/// Source  Chen, Xu, Zhang & Guestrin, "Training deep nets with sublinear memory cost", 2016
template <class F>
requires std::is_invocable_v < F&, const std::vector<Tensor>
& > auto checkpoint(F f, const std::vector<Tensor>& inputs, At at = At::here()) {
  if (!grad_enabled()) return f(inputs);
  const auto saved = std::make_shared<Checkpoint>(Op{"checkpoint", at}, f, inputs);
  const Checkpoint::Recording recording(*saved);
  return f(inputs);
}

Tensor checkpoint(...) TINYGRAD_REFUSED("checkpoint(f, x): f takes x, a tensor or list");

/// The same for a function of one tensor.
template <class F>
requires std::is_invocable_v<F&, const Tensor&>
auto checkpoint(F f, const Tensor& x, At at = At::here()) {
  const auto unary = [f](const std::vector<Tensor>& inputs) mutable { return f(inputs[0]); };
  return checkpoint(unary, std::vector<Tensor>{x}, at);
}

/// The same for a function of two.
template <class F>
requires std::is_invocable_v<F&, const Tensor&, const Tensor&>
auto checkpoint(F f, const Tensor& a, const Tensor& b, At at = At::here()) {
  const auto binary = [f](const std::vector<Tensor>& inputs) mutable {
    return f(inputs[0], inputs[1]);
  };
  return checkpoint(binary, std::vector<Tensor>{a, b}, at);
}

}  // namespace tinygrad
