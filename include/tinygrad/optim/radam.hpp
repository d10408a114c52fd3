// SPDX-License-Identifier: MIT
// RAdam: Adam that rectifies the variance of its first steps.
#pragma once

#include <cmath>

#include "tinygrad/kernels/optim_adaptive.hpp"
#include "tinygrad/optim/betas.hpp"
#include "tinygrad/optim/optimizer.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

struct RAdamOptions {
  double lr = 1e-3;
  Betas betas{};
  double eps = 1e-8;
  double weight_decay = 0;              ///< adds weight_decay·param to the gradient
  bool decoupled_weight_decay = false;  ///< multiplies the parameter by 1 − lr·weight_decay instead
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
    visit("decoupled_weight_decay", decoupled_weight_decay);
    visit("maximize", maximize);
  }
};

/// Adam that does not trust the second moment of a few gradients: until the length ρ of its average
/// exceeds 5 it steps by lr·m̂, then by Adam's step times a factor that grows to 1 (PyTorch's form,
/// with eps beside √v before the correction).
/// Source  Liu et al., ICLR 2020
///   optim::RAdam radam(model.parameters(), {.lr = 1e-3});
class RAdam final : public OptimizerWith<RAdamOptions> {
 public:
  explicit RAdam(const std::vector<Tensor>& params, const RAdamOptions& options = {},
                 At at = At::here())
      : OptimizerWith("RAdam", {"exp_avg", "exp_avg_sq"}) {
    add_param_group(params, options, at);
  }

 private:
  void update(const Op& op, Slot& slot, const Array& grad) override {
    const RAdamOptions& o = options(slot.group);
    const double t = static_cast<double>(slot.step), beta2 = o.betas.second;
    const double correction1 = 1 - std::pow(o.betas.first, t), power2 = std::pow(beta2, t);
    const double correction2 = 1 - power2;
    const bool decoupled = o.decoupled_weight_decay;
    kernels::MomentsStep step{.by_gradient = 0,
                              .by_mean = o.lr / correction1,
                              .beta1 = o.betas.first,
                              .beta2 = beta2,
                              .root = 1,
                              .eps = o.eps,
                              .weight_decay = decoupled ? 0 : o.weight_decay,
                              .shrink = decoupled ? 1 - o.lr * o.weight_decay : 1,
                              .maximize = o.maximize};
    const double longest = 2 / (1 - beta2) - 1, length = longest - 2 * t * power2 / correction2;
    if (length > 5) {
      const double rectifier = std::sqrt((length - 4) * (length - 2) * longest /
                                         ((longest - 4) * (longest - 2) * length));
      step.by_mean *= std::sqrt(correction2) * rectifier;
      kernels::moments(op, slot.param.array(), grad, slot.buffers[0], slot.buffers[1], step);
    } else {
      kernels::unrectified_moments(op, slot.param.array(), grad, slot.buffers[0], slot.buffers[1],
                                   step);
    }
  }
};

}  // namespace tinygrad::optim
