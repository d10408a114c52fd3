// SPDX-License-Identifier: MIT
// AdamW: Adam with decoupled weight decay.
#pragma once

#include "tinygrad/optim/adam.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

struct AdamWOptions {
  double lr = 1e-3;
  Betas betas{};
  double eps = 1e-8;
  double weight_decay = 1e-2;  ///< multiplies the parameter by 1 − lr·weight_decay
  bool amsgrad = false;        ///< divides by the largest second moment so far
  bool maximize = false;

  template <class Visit> void each(const Visit& visit) {
    visit("lr", lr);
    betas.each(visit);
    visit("eps", eps);
    visit("weight_decay", weight_decay);
    visit("amsgrad", amsgrad);
    visit("maximize", maximize);
  }
};

/// Adam with a weight decay that shrinks the parameters directly, independent of the size of the
/// gradients. detail::update_by_adam has the formula.
/// Source  Loshchilov & Hutter, ICLR 2019
///   optim::AdamW adamw(model.parameters(), {.lr = 1e-3, .weight_decay = 0.05});
class AdamW final : public OptimizerWith<AdamWOptions> {
 public:
  explicit AdamW(const std::vector<Tensor>& params, const AdamWOptions& options = {},
                 At at = At::here())
      : OptimizerWith("AdamW", {"exp_avg", "exp_avg_sq", "max_exp_avg_sq"}) {
    add_param_group(params, options, at);
  }

 private:
  void update(const Op& op, Slot& slot, const Array& grad) override {
    const AdamWOptions& o = options(slot.group);
    detail::update_by_adam(op, slot.param.array(), grad, slot.buffers,
                           {.lr = o.lr,
                            .betas = o.betas,
                            .eps = o.eps,
                            .weight_decay = o.weight_decay,
                            .amsgrad = o.amsgrad,
                            .maximize = o.maximize},
                           true, slot.step);
  }
  std::optional<Buffer> remembers(const Slot& slot, std::size_t k) const override {
    if (k == detail::kLargest && !options(slot.group).amsgrad) return {};
    return like(slot.param);
  }
};

}  // namespace tinygrad::optim
