// SPDX-License-Identifier: MIT
// Stochastic gradient descent.
#pragma once

#include "tinygrad/kernels/optim.hpp"
#include "tinygrad/optim/optimizer.hpp"

namespace tinygrad::optim {

struct SGDOptions {
  double lr = 1e-3;
  double momentum = 0;
  double dampening = 0;     ///< weakens what a gradient adds to the momentum, not the first one
  double weight_decay = 0;  ///< adds weight_decay·param to the gradient
  bool nesterov = false;
  bool maximize = false;

  void validate(const Op& op) const {
    detail::check_not_negative(op, "lr", lr);
    detail::check_not_negative(op, "momentum", momentum);
    detail::check_not_negative(op, "weight_decay", weight_decay);
    check<ValueError>(!nesterov || (momentum > 0 && dampening == 0), op,
                      "nesterov needs momentum > 0 and dampening = 0, got momentum=", momentum,
                      ", dampening=", dampening);
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
    const bool first = slot.step == 1;
    kernels::sgd(op, slot.param.array(), grad, o.momentum > 0 ? slot.buffers[0] : Array(),
                 {.lr = o.lr,
                  .momentum = o.momentum,
                  .dampening = first ? 0 : o.dampening,  // the first buffer is the gradient
                  .weight_decay = o.weight_decay,
                  .nesterov = o.nesterov,
                  .maximize = o.maximize});
  }
  bool remembers(const Slot& slot, std::size_t) const override {
    return options(slot.group).momentum > 0;
  }
};

}  // namespace tinygrad::optim
