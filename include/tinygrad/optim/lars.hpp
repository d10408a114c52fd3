// SPDX-License-Identifier: MIT
// LARS: SGD with a trust ratio for each parameter.
#pragma once

#include "tinygrad/kernels/optim_layerwise.hpp"
#include "tinygrad/optim/optimizer.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

struct LARSOptions {
  double lr = 0.1;
  double momentum = 0.9;
  double weight_decay = 0;          ///< adds weight_decay·param to the gradient
  double trust_coefficient = 1e-3;  ///< the step as a fraction of the norm of the parameter
  bool maximize = false;

  void validate(const Op& op) const {
    detail::check_not_negative(op, "lr", lr);
    detail::check_not_negative(op, "momentum", momentum);
    detail::check_not_negative(op, "weight_decay", weight_decay);
    detail::check_not_negative(op, "trust_coefficient", trust_coefficient);
  }
  template <class Visit> void each(const Visit& visit) {
    visit("lr", lr);
    visit("momentum", momentum);
    visit("weight_decay", weight_decay);
    visit("trust_coefficient", trust_coefficient);
    visit("maximize", maximize);
  }
};

/// SGD with momentum whose step is a fraction of the norm of the parameter it moves: for large
/// batches. The formula is kernels::lars.
///   optim::LARS lars(model.parameters(), {.lr = 5, .weight_decay = 1e-4});
class LARS final : public OptimizerWith<LARSOptions> {
 public:
  explicit LARS(const std::vector<Tensor>& params, const LARSOptions& options = {},
                At at = At::here())
      : OptimizerWith("LARS", {"momentum_buffer"}) {
    add_param_group(params, options, at);
  }

 private:
  void update(const Op& op, Slot& slot, const Array& grad) override {
    const LARSOptions& o = options(slot.group);
    kernels::lars(op, slot.param.array(), grad, slot.buffers[0],
                  {.lr = o.lr,
                   .momentum = o.momentum,
                   .weight_decay = o.weight_decay,
                   .trust_coefficient = o.trust_coefficient,
                   .maximize = o.maximize});
  }
};

}  // namespace tinygrad::optim
