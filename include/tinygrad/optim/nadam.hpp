// SPDX-License-Identifier: MIT
// NAdam: Adam with Nesterov momentum.
#pragma once

#include <cmath>

#include "tinygrad/optim/moments.hpp"
#include "tinygrad/optim/optimizer.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

struct NAdamOptions {
  double lr = 2e-3;
  Betas betas{};
  double eps = 1e-8;
  double weight_decay = 0;              ///< adds weight_decay·param to the gradient
  double momentum_decay = 4e-3;         ///< how fast the momentum of the step t, β₁·(1 −
                                        ///< 0.96^(t·momentum_decay) / 2), grows to β₁
  bool decoupled_weight_decay = false;  ///< multiplies the parameter by 1 − lr·weight_decay instead
  bool maximize = false;

  template <class Visit> void each(const Visit& visit) {
    visit("lr", lr);
    betas.each(visit);
    visit("eps", eps);
    visit("weight_decay", weight_decay);
    visit("momentum_decay", momentum_decay);
    visit("decoupled_weight_decay", decoupled_weight_decay);
    visit("maximize", maximize);
  }
};

/// Adam that moves by the value that the running mean would have after one more gradient like this
/// one. With μ(t) = β₁·(1 − 0.96^(t·momentum_decay) / 2) and Π(t) = μ(1)·…·μ(t), step t is lr·((1 −
/// μ(t)) / (1 − Π(t)) · g + μ(t + 1) / (1 − Π(t + 1)) · m) / (√v̂ + eps).
/// Source  Dozat, ICLR workshop 2016
///   optim::NAdam nadam(model.parameters(), {.lr = 2e-3});
class NAdam final : public OptimizerWith<NAdamOptions> {
 public:
  explicit NAdam(const std::vector<Tensor>& params, const NAdamOptions& options = {},
                 At at = At::here())
      : OptimizerWith("NAdam", {"exp_avg", "exp_avg_sq", "mu_product"}) {
    add_param_group(params, options, at);
  }

 private:
  enum { kFirst, kSecond, kProduct };

  void update(const Op& op, Slot& slot, const Array& grad) override {
    const NAdamOptions& o = options(slot.group);
    const auto mu = [&](Index t) {
      return o.betas.first * (1 - 0.5 * std::pow(0.96, static_cast<double>(t) * o.momentum_decay));
    };
    double& product = *slot.buffers[kProduct].data<double>();
    product *= mu(slot.step);
    const double next = mu(slot.step + 1);
    const double correction2 = 1 - std::pow(o.betas.second, static_cast<double>(slot.step));
    const bool decoupled = o.decoupled_weight_decay;
    update_by_moments(op, slot.param.array(), grad, slot.buffers[kFirst], slot.buffers[kSecond],
                      {.by_gradient = o.lr * (1 - mu(slot.step)) / (1 - product),
                       .by_mean = o.lr * next / (1 - product * next),
                       .betas = o.betas,
                       .root = std::sqrt(correction2),
                       .eps = o.eps,
                       .weight_decay = decoupled ? 0 : o.weight_decay,
                       .shrink = decoupled ? 1 - o.lr * o.weight_decay : 1,
                       .maximize = o.maximize});
  }
  std::optional<Buffer> remembers(const Slot& slot, std::size_t k) const override {
    if (k == kProduct)
      return Buffer{{}, float64, 1};  // Π so far, in float64 for every parameter dtype
    return like(slot.param);
  }
};

}  // namespace tinygrad::optim
