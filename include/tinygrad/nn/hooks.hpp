// SPDX-License-Identifier: MIT
// Hooks of modules: functions that run before or after forward, or when gradients pass through.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "tinygrad/autograd/hook_handle.hpp"
#include "tinygrad/autograd/record.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

class Module;

/// Gets the inputs before forward, and may replace them: `inputs[0] = …`.
using ForwardPreHook = std::function<void(Module&, std::vector<Tensor>& inputs)>;
/// Gets inputs and outputs after forward, and may replace the outputs.
using ForwardHook =
    std::function<void(Module&, const std::vector<Tensor>& inputs, std::vector<Tensor>& outputs)>;
/// Gets the gradients of the module's inputs and outputs during backward, and may replace those of
/// the inputs. A gradient that does not exist is an undefined tensor. The hook gets no module,
/// because the module may have moved or been destroyed since forward ran.
using BackwardHook =
    std::function<void(std::vector<Tensor>& grad_inputs, const std::vector<Tensor>& grad_outputs)>;

namespace detail {
/// Hooks of one kind, in the order of their registration. A removed hook stays as an empty function
/// until the next is added, so that a hook may remove itself.
template <class F> class HookList {
 public:
  HookHandle add(F hook) {
    std::erase_if(hooks_, [](const auto& known) { return !*known; });
    hooks_.push_back(std::make_shared<F>(std::move(hook)));
    return HookHandle(hooks_.back());
  }
  bool empty() const {
    return std::all_of(hooks_.begin(), hooks_.end(), [](const auto& hook) { return !*hook; });
  }
  template <class... Args> void run(Args&&... args) const {
    const auto now = hooks_;  // a copy, because a hook may register another
    for (const auto& hook : now)
      if (const F f = *hook) f(args...);
  }

 private:
  std::vector<std::shared_ptr<F>> hooks_;
};

/// Passes the tensors of a list that require gradients through one op with this vjp, which gets and
/// returns one gradient for each of them; the other tensors are not changed.
inline void pass_through(const Op& op, std::vector<Tensor>& tensors,
                         std::function<Grads(const Vjp&)> vjp) {
  std::vector<Tensor> live;
  std::vector<Array> arrays;
  for (const Tensor& t : tensors)
    if (t.requires_grad()) {
      live.push_back(t);
      arrays.push_back(t.array());
    }
  if (live.empty()) return;
  const auto passed = record_views(op, arrays, live, save(), std::move(vjp));
  std::size_t next = 0;
  for (Tensor& t : tensors)
    if (t.requires_grad()) t = passed[next++];
}

/// The live tensors of a list are those that require gradients. These convert gradients between the
/// list of all and the list of live ones.
inline std::vector<char> which_live(const std::vector<Tensor>& tensors) {
  std::vector<char> live;
  for (const Tensor& t : tensors) live.push_back(t.requires_grad());
  return live;
}
inline std::vector<Tensor> spread(const Vjp& vjp, const std::vector<char>& live) {
  std::vector<Tensor> out;
  std::size_t next = 0;
  for (const char is_live : live) out.push_back(is_live ? vjp.grad(next++) : Tensor());
  return out;
}
inline Grads gather_live(const std::vector<Tensor>& all, const std::vector<char>& live) {
  check<ValueError>(all.size() == live.size(), {"backward_hook"}, "the hook left ", all.size(),
                    " gradients of ", live.size(), "; it may replace them, not add or remove any");
  Grads out;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (live[i]) out.push_back(all[i]);
  return out;
}

/// One forward call of a module with backward hooks. Its inputs and its outputs each pass through
/// an op. Backward reaches the op of the inputs last, when the gradients of both are known.
class BackwardHookCall {
 public:
  BackwardHookCall(const HookList<BackwardHook>& hooks, std::vector<Tensor>& inputs)
      : state_(std::make_shared<State>()) {
    state_->hooks = hooks;
    const std::vector<char> live = which_live(inputs);
    state_->count = live.size();
    state_->inputs_live = std::find(live.begin(), live.end(), 1) != live.end() && grad_enabled();
    pass_through({"backward_hook"}, inputs, [state = state_, live](const Vjp& vjp) {
      std::vector<Tensor> grad_inputs = spread(vjp, live);
      // Moved, not copied: with create_graph these gradients keep the graph alive.
      const std::vector<Tensor> grad_outputs = std::exchange(state->grad_outputs, {});
      state->hooks.run(grad_inputs, grad_outputs);
      return gather_live(grad_inputs, live);
    });
  }
  void outputs(std::vector<Tensor>& outputs) const {
    const std::vector<char> live = which_live(outputs);
    pass_through({"backward_hook"}, outputs, [state = state_, live](const Vjp& vjp) {
      state->grad_outputs = spread(vjp, live);
      const Grads passed = gather_live(state->grad_outputs, live);
      if (!state->inputs_live) {  // backward reaches nothing that would call the hooks
        std::vector<Tensor> none(state->count);
        state->hooks.run(none, std::exchange(state->grad_outputs, {}));
      }
      return passed;
    });
  }

 private:
  struct State {
    HookList<BackwardHook> hooks;
    std::size_t count = 0;
    bool inputs_live = false;
    std::vector<Tensor> grad_outputs;
  };
  std::shared_ptr<State> state_;
};

/// Begins a call of a module with backward hooks; its result is called with the outputs.
inline std::function<void(std::vector<Tensor>&)> begin_hooked_call(
    const HookList<BackwardHook>& hooks, std::vector<Tensor>& inputs) {
  return [call = BackwardHookCall(hooks, inputs)](std::vector<Tensor>& outputs) {
    call.outputs(outputs);
  };
}

struct Hooks {
  HookList<ForwardPreHook> forward_pre;
  HookList<ForwardHook> forward;
  HookList<BackwardHook> backward;
  // begin_hooked_call() once there is a backward hook. A program without hooks does not compile it.
  decltype(&begin_hooked_call) begin_backward = nullptr;
};
}  // namespace detail

}  // namespace tinygrad::nn
