// SPDX-License-Identifier: MIT
// Lion.
#pragma once

#include "tinygrad/kernels/optim_adaptive.hpp"
#include "tinygrad/optim/betas.hpp"
#include "tinygrad/optim/optimizer.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

struct LionOptions {
  double lr = 1e-4;  ///< three to ten times less than for AdamW
  Betas betas{.first = 0.9, .second = 0.99};
  double weight_decay = 0;  ///< multiplies the parameter by 1 − lr·weight_decay
  bool maximize = false;

  void validate(const Op& op) const {
    detail::check_not_negative(op, "lr", lr);
    betas.validate(op);
    detail::check_not_negative(op, "weight_decay", weight_decay);
  }
  template <class Visit> void each(const Visit& visit) {
    visit("lr", lr);
    betas.each(visit);
    visit("weight_decay", weight_decay);
    visit("maximize", maximize);
  }
};

/// Steps of exactly lr in every coordinate, along the sign of a mean of the gradients. The
/// formula is kernels::lion.
///   optim::Lion lion(model.parameters(), {.lr = 1e-4, .weight_decay = 0.1});
class Lion final : public OptimizerWith<LionOptions> {
 public:
  explicit Lion(const std::vector<Tensor>& params, const LionOptions& options = {},
                At at = At::here())
      : OptimizerWith("Lion", {"exp_avg"}) {
    add_param_group(params, options, at);
  }

 private:
  void update(const Op& op, Slot& slot, const Array& grad) override {
    const LionOptions& o = options(slot.group);
    kernels::lion(op, slot.param.array(), grad, slot.buffers[0],
                  {.lr = o.lr,
                   .beta1 = o.betas.first,
                   .beta2 = o.betas.second,
                   .weight_decay = o.weight_decay,
                   .maximize = o.maximize});
  }
};

}  // namespace tinygrad::optim
