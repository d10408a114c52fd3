// SPDX-License-Identifier: MIT
// GradientTrace: an observer that lists every op of its thread, recorded on the tape or not, and
// notes which gradients were zero in backward. explain_gradient() uses it, because the tape of a
// detached tensor is empty.
#pragma once

#include <unordered_map>
#include <utility>
#include <vector>

#include "tinygrad/autograd/node.hpp"
#include "tinygrad/autograd/observer.hpp"
#include "tinygrad/kernels/reduction/value_summary.hpp"

namespace tinygrad::inline TINYGRAD_ABI::debug {

/// An op that ran, its inputs and its result. It keeps the values alive, because their memory
/// identifies them and must not be reused.
struct TracedOp {
  const char* name;
  At at;
  Array result;
  std::vector<Array> inputs;
  std::vector<char> needed;  ///< for each input: whether it required a gradient
  bool grad_enabled;
  bool recorded;
};

/// A vjp that ran.
struct TracedVjp {
  bool given_zero;              ///< whether all gradients of the outputs were 0
  std::vector<char> gave;       ///< for each input: whether it received a gradient
  std::vector<char> gave_zero;  ///< for each input: whether that gradient was all 0
};

/// Watches its thread from its construction on. It is for debugging only: it keeps every value
/// alive.
class GradientTrace final : public Observer {
 public:
  GradientTrace() : watch_(*this) {}

  const std::vector<TracedOp>& ops() const { return ops_; }
  /// The number of backward() calls; grad() does not count.
  int backward_runs() const { return backward_runs_; }
  /// The op that made a node; null if it ran before the trace.
  const TracedOp* op_of(const Node& node) const {
    const auto found = op_of_.find(node.sequence());
    return found == op_of_.end() ? nullptr : &ops_[found->second];
  }
  /// The last run of a node's vjp; null if there was none.
  const TracedVjp* vjp_of(const Node& node) const {
    const auto found = vjps_.find(node.sequence());
    return found == vjps_.end() ? nullptr : &found->second;
  }

 private:
  void on_forward(const Op& op, const Array& result, const std::vector<Tensor>& inputs,
                  const Node* node, std::int64_t) override {
    if (backward_depth_ > 0) return;
    TracedOp traced{op.name, op.at, result, {}, {}, grad_enabled(), node != nullptr};
    for (const Tensor& input : inputs) {
      traced.inputs.push_back(input.defined() ? input.array() : Array());
      traced.needed.push_back(input.requires_grad());
    }
    if (node) op_of_[node->sequence()] = ops_.size();
    ops_.push_back(std::move(traced));
  }
  void begin_backward(const Op&, bool accumulates) override {
    if (backward_depth_++ == 0 && accumulates) ++backward_runs_;
  }
  void end_backward() override { --backward_depth_; }
  void before_backward(const Node&, const std::vector<Tensor>& grads) override {
    given_zero_ = true;
    for (const Tensor& g : grads) given_zero_ = given_zero_ && is_zero(g);
  }
  void after_backward(const Node& node, const std::vector<Tensor>& grads, std::int64_t) override {
    TracedVjp vjp{given_zero_, {}, {}};
    for (const Tensor& g : grads) {
      vjp.gave.push_back(g.defined());
      vjp.gave_zero.push_back(is_zero(g));
    }
    vjps_[node.sequence()] = std::move(vjp);
  }
  static bool is_zero(const Tensor& g) { return !g.defined() || kernels::all_zero(g.array()); }

  std::vector<TracedOp> ops_;
  std::unordered_map<std::uint64_t, std::size_t> op_of_;
  std::unordered_map<std::uint64_t, TracedVjp> vjps_;
  int backward_depth_ = 0, backward_runs_ = 0;
  bool given_zero_ = true;
  ObserverGuard watch_;  // last: it starts the calls to the other members
};

}  // namespace tinygrad::debug
