// SPDX-License-Identifier: MIT
// RAdam: Adam that rectifies the variance of its first steps.
#pragma once

#include <cmath>

#include "tinygrad/optim/moments.hpp"
#include "tinygrad/optim/optimizer.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

struct RAdamOptions {
  double lr = 1e-3;
  Betas betas{};
  double eps = 1e-8;
  double weight_decay = 0;              ///< adds weight_decay·param to the gradient
  bool decoupled_weight_decay = false;  ///< multiplies the parameter by 1 − lr·weight_decay instead
  bool maximize = false;

  template <class Visit> void each(const Visit& visit) {
    visit("lr", lr);
    betas.each(visit);
    visit("eps", eps);
    visit("weight_decay", weight_decay);
    visit("decoupled_weight_decay", decoupled_weight_decay);
    visit("maximize", maximize);
  }
};

/// Adam that corrects for second moments of few gradients. While the length ρ of their average is
/// at most 5, a step is lr·m̂. After that it is Adam's step times a factor that grows to 1. As in
/// PyTorch, eps is added to √v before the correction.
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
    const double decay = o.decoupled_weight_decay ? 0 : o.weight_decay;
    const double keep = o.decoupled_weight_decay ? 1 - o.lr * o.weight_decay : 1;
    const Array &param = slot.param.array(), &first = slot.buffers[0], &second = slot.buffers[1];
    const double longest = 2 / (1 - beta2) - 1, length = longest - 2 * t * power2 / correction2;
    if (length > 5) {
      const double rectifier = std::sqrt((length - 4) * (length - 2) * longest /
                                         ((longest - 4) * (longest - 2) * length));
      update_by_moments(op, param, grad, first, second,
                        {.by_gradient = 0,
                         .by_mean = o.lr / correction1 * (std::sqrt(correction2) * rectifier),
                         .betas = o.betas,
                         .root = 1,
                         .eps = o.eps,
                         .weight_decay = decay,
                         .shrink = keep,
                         .maximize = o.maximize});
    } else {
      kernels::for_each_element(op, param, [&]<class T>(Type<T>) {
        return [p = param.data<T>(), m = first.data<T>(), v = second.data<T>(),
                by_mean = static_cast<T>(o.lr / correction1),
                fresh1 = static_cast<T>(1 - o.betas.first), fresh2 = static_cast<T>(1 - beta2),
                keep2 = static_cast<T>(beta2), shrink = static_cast<T>(keep),
                gradient = Gradient<T>(grad, decay, o.maximize)](Index i) {
          const T g = gradient.at(i, p[i]);
          const T mean = m[i] + fresh1 * (g - m[i]);
          m[i] = mean;
          v[i] = keep2 * v[i] + fresh2 * g * g;
          p[i] = shrink * p[i] - by_mean * mean;
        };
      });
    }
  }
};

}  // namespace tinygrad::optim
