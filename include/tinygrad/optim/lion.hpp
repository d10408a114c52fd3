// SPDX-License-Identifier: MIT
// Lion: steps of one size along the sign of a running mean of the gradients.
#pragma once

#include "tinygrad/optim/betas.hpp"
#include "tinygrad/optim/optimizer.hpp"
#include "tinygrad/optim/update_rule.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

struct LionOptions {
  double lr = 1e-4;  ///< three to ten times smaller than for AdamW
  Betas betas{.first = 0.9, .second = 0.99};
  double weight_decay = 0;  ///< multiplies the parameter by 1 − lr·weight_decay
  bool maximize = false;

  template <class Visit> void each(const Visit& visit) {
    visit("lr", lr);
    betas.each(visit);
    visit("weight_decay", weight_decay);
    visit("maximize", maximize);
  }
};

/// Steps of exactly lr in every coordinate, in the direction of the sign of a gradient mean. With
/// g = ±grad and sign(0) = 0:
///   param −= lr·(sign(β₁·m + (1 − β₁)·g) + weight_decay·param); m = β₂·m + (1 − β₂)·g
/// Source  Chen et al., arXiv:2302.06675, algorithm 2
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
    const Array& param = slot.param.array();
    kernels::for_each_element(op, param, [&]<class T>(Type<T>) {
      return [p = param.data<T>(), m = slot.buffers[0].data<T>(), lr = static_cast<T>(o.lr),
              shrink = static_cast<T>(1 - o.lr * o.weight_decay),
              keep1 = static_cast<T>(o.betas.first), fresh1 = static_cast<T>(1 - o.betas.first),
              keep2 = static_cast<T>(o.betas.second), fresh2 = static_cast<T>(1 - o.betas.second),
              gradient = Gradient<T>(grad, 0, o.maximize)](Index i) {
        const T g = gradient.at(i, p[i]);
        const T c = keep1 * m[i] + fresh1 * g;
        m[i] = keep2 * m[i] + fresh2 * g;
        const T sign = c > 0 ? T{1} : c < 0 ? T{-1} : c;  // c is 0 or NaN
        p[i] = shrink * p[i] - lr * sign;
      };
    });
  }
};

}  // namespace tinygrad::optim
