// SPDX-License-Identifier: MIT
// LARS: SGD with a trust ratio for each parameter.
#pragma once

#include "tinygrad/kernels/reduction/norms.hpp"
#include "tinygrad/optim/optimizer.hpp"
#include "tinygrad/optim/update_rule.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

struct LARSOptions {
  double lr = 0.1;
  double momentum = 0.9;
  double weight_decay = 0;          ///< adds weight_decay·param to the gradient
  double trust_coefficient = 1e-3;  ///< ratio of the step to the parameter's norm
  bool maximize = false;

  template <class Visit> void each(const Visit& visit) {
    visit("lr", lr);
    visit("momentum", momentum);
    visit("weight_decay", weight_decay);
    visit("trust_coefficient", trust_coefficient);
    visit("maximize", maximize);
  }
};

/// SGD with momentum and steps proportional to the norm of the parameter, for large batches:
///   v = momentum·v + lr·r·(±grad + weight_decay·param); param −= v, where
///   r = trust_coefficient·‖param‖ / (‖grad‖ + weight_decay·‖param‖), or 1 if param or grad is 0
/// Source  You, Gitman & Ginsburg, arXiv:1708.03888, algorithm 1
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
    const Array& param = slot.param.array();
    const double size = kernels::norm(op, param), slope = kernels::norm(op, grad);
    const double ratio =
        size == 0 || slope == 0 ? 1 : o.trust_coefficient * size / (slope + o.weight_decay * size);
    kernels::for_each_element(op, param, [&]<class T>(Type<T>) {
      return [p = param.data<T>(), v = slot.buffers[0].data<T>(), lr = static_cast<T>(o.lr * ratio),
              momentum = static_cast<T>(o.momentum),
              gradient = Gradient<T>(grad, o.weight_decay, o.maximize)](Index i) {
        const T velocity = momentum * v[i] + lr * gradient.at(i, p[i]);
        v[i] = velocity;
        p[i] -= velocity;
      };
    });
  }
};

}  // namespace tinygrad::optim
