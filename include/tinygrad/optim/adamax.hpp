// SPDX-License-Identifier: MIT
// Adamax: Adam with the infinity norm.
#pragma once

#include <cmath>

#include "tinygrad/kernels/optim_adaptive.hpp"
#include "tinygrad/optim/betas.hpp"
#include "tinygrad/optim/optimizer.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

struct AdamaxOptions {
  double lr = 2e-3;
  Betas betas{};
  double eps = 1e-8;
  double weight_decay = 0;  ///< adds weight_decay·param to the gradient
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

/// The running mean of the gradient over the largest of its decayed absolute values. The formula is
/// kernels::adamax.
///   optim::Adamax adamax(model.parameters(), {.lr = 2e-3});
class Adamax final : public OptimizerWith<AdamaxOptions> {
 public:
  explicit Adamax(const std::vector<Tensor>& params, const AdamaxOptions& options = {},
                  At at = At::here())
      : OptimizerWith("Adamax", {"exp_avg", "exp_inf"}) {
    add_param_group(params, options, at);
  }

 private:
  void update(const Op& op, Slot& slot, const Array& grad) override {
    const AdamaxOptions& o = options(slot.group);
    const double correction = 1 - std::pow(o.betas.first, static_cast<double>(slot.step));
    kernels::adamax(op, slot.param.array(), grad, slot.buffers[0], slot.buffers[1],
                    {.lr = o.lr / correction,
                     .beta1 = o.betas.first,
                     .beta2 = o.betas.second,
                     .eps = o.eps,
                     .weight_decay = o.weight_decay,
                     .maximize = o.maximize});
  }
};

}  // namespace tinygrad::optim
