// SPDX-License-Identifier: MIT
// Stochastic gradient descent.
#pragma once

#include "tinygrad/kernels/optim.hpp"
#include "tinygrad/optim/optimizer.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

/// What the momentum μ accumulates. With a constant learning rate the three make the same steps,
/// kUnitGain with lr / (1 − μ) for lr; they part when a schedule changes lr.
enum class MomentumConvention {
  kPyTorch,  ///< v = μ·v + (1 − dampening)·g; param −= lr·v. A new lr scales all past gradients
  kSutskever,  ///< v = μ·v + lr·g; param −= v. A new lr scales the gradients to come
  kUnitGain,  ///< v = μ·v + (1 − μ)·g; param −= lr·v. v is a mean: μ does not change the step size
};

struct SGDOptions {
  double lr = 1e-3;
  double momentum = 0;
  double dampening = 0;     ///< weakens what a gradient adds to the momentum, not the first one
  double weight_decay = 0;  ///< adds weight_decay·param to the gradient
  bool nesterov = false;    ///< moves by what v will be if the next gradient is like this one
  bool maximize = false;
  MomentumConvention momentum_convention = MomentumConvention::kPyTorch;

  void validate(const Op& op) const {
    detail::check_not_negative(op, "lr", lr);
    detail::check_not_negative(op, "momentum", momentum);
    detail::check_not_negative(op, "weight_decay", weight_decay);
    check<ValueError>(std::isfinite(dampening), op, "dampening=", dampening, " must be finite");
    check<ValueError>(!nesterov || (momentum > 0 && dampening == 0), op,
                      "nesterov needs momentum > 0 and dampening = 0, got momentum=", momentum,
                      ", dampening=", dampening);
    const int convention = static_cast<int>(momentum_convention);
    check<ValueError>(convention >= 0 && convention <= 2, op, "momentum_convention=", convention,
                      " must be 0, 1 or 2");
    check<ValueError>(momentum_convention == MomentumConvention::kPyTorch || dampening == 0, op,
                      "dampening=", dampening, " must be 0 unless the momentum is PyTorch's");
    check<ValueError>(momentum_convention != MomentumConvention::kUnitGain || momentum < 1, op,
                      "momentum=", momentum, " must be below 1 for unit gain");
  }
  template <class Visit> void each(const Visit& visit) {
    visit("lr", lr);
    visit("momentum", momentum);
    visit("dampening", dampening);
    visit("weight_decay", weight_decay);
    visit("nesterov", nesterov);
    visit("maximize", maximize);
    visit("momentum_convention", momentum_convention);
  }
};

/// param −= lr·d, where d is the gradient or, with momentum, a decaying sum of all gradients. The
/// formula is kernels::sgd.
///   optim::SGD sgd(model.parameters(), {.lr = 0.1, .momentum = 0.9});
class SGD final : public OptimizerWith<SGDOptions> {
 public:
  explicit SGD(const std::vector<Tensor>& params, const SGDOptions& options = {},
               At at = At::here())
      : OptimizerWith("SGD", {"momentum_buffer"}) {
    add_param_group(params, options, at);
  }

 private:
  void update(const Op& op, Slot& slot, const Array& grad) override {
    const SGDOptions& o = options(slot.group);
    kernels::SgdStep step{.lr = o.lr,
                          .momentum = o.momentum,
                          .fresh = 1,
                          .weight_decay = o.weight_decay,
                          .nesterov = o.nesterov,
                          .maximize = o.maximize};
    if (o.momentum == 0 || o.momentum_convention == MomentumConvention::kPyTorch) {
      // The first buffer is the gradient itself.
      if (slot.step > 1 && o.momentum > 0) step.fresh = 1 - o.dampening;
    } else if (o.momentum_convention == MomentumConvention::kSutskever) {
      step.fresh = o.lr;
      step.lr = 1;
    } else {
      step.fresh = 1 - o.momentum;
    }
    kernels::sgd(op, slot.param.array(), grad, slot.buffers[0], step);
  }
  std::optional<Buffer> remembers(const Slot& slot, std::size_t) const override {
    if (options(slot.group).momentum > 0) return like(slot.param);
    return {};
  }
};

}  // namespace tinygrad::optim
