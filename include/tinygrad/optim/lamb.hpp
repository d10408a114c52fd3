// SPDX-License-Identifier: MIT
// LAMB: Adam with a trust ratio for each parameter.
#pragma once

#include "tinygrad/kernels/optim_layerwise.hpp"
#include "tinygrad/optim/betas.hpp"
#include "tinygrad/optim/optimizer.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

struct LAMBOptions {
  double lr = 1e-3;
  Betas betas{};
  double eps = 1e-6;
  double weight_decay = 0;  ///< adds weight_decay·param to the step
  bool maximize = false;

  void validate(const Op& op) const {
    detail::check_not_negative(op, "lr", lr);
    betas.validate(op);
    detail::check_not_negative(op, "eps", eps);
    detail::check_not_negative(op, "weight_decay", weight_decay);
  }
  template <class Visit> void each(const Visit& visit) {
    visit("lr", lr);
    betas.each(visit);
    visit("eps", eps);
    visit("weight_decay", weight_decay);
    visit("maximize", maximize);
  }
};

/// Adam's direction, scaled to the norm of the parameter it moves: for large batches. The formula
/// is kernels::lamb.
///   optim::LAMB lamb(model.parameters(), {.lr = 2e-3, .weight_decay = 0.01});
class LAMB final : public OptimizerWith<LAMBOptions> {
 public:
  explicit LAMB(const std::vector<Tensor>& params, const LAMBOptions& options = {},
                At at = At::here())
      : OptimizerWith("LAMB", {"exp_avg", "exp_avg_sq"}) {
    add_param_group(params, options, at);
  }

 private:
  void update(const Op& op, Slot& slot, const Array& grad) override {
    const LAMBOptions& o = options(slot.group);
    kernels::lamb(op, slot.param.array(), grad, slot.buffers[0], slot.buffers[1],
                  {.lr = o.lr,
                   .beta1 = o.betas.first,
                   .beta2 = o.betas.second,
                   .eps = o.eps,
                   .weight_decay = o.weight_decay,
                   .maximize = o.maximize,
                   .step = slot.step});
  }
};

}  // namespace tinygrad::optim
