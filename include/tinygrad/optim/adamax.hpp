// SPDX-License-Identifier: MIT
// Adamax: Adam with the infinity norm.
#pragma once

#include <cmath>

#include "tinygrad/optim/betas.hpp"
#include "tinygrad/optim/optimizer.hpp"
#include "tinygrad/optim/update_rule.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

struct AdamaxOptions {
  double lr = 2e-3;
  Betas betas{};
  double eps = 1e-8;
  double weight_decay = 0;  ///< adds weight_decay·param to the gradient
  bool maximize = false;

  template <class Visit> void each(const Visit& visit) {
    visit("lr", lr);
    betas.each(visit);
    visit("eps", eps);
    visit("weight_decay", weight_decay);
    visit("maximize", maximize);
  }
};

/// Divides the running mean of the gradient by the largest of its decayed absolute values. With
/// g = ±grad + weight_decay·param:
///   m += (1 − β₁)·(g − m); u = max(β₂·u, |g| + eps); param −= lr / (1 − β₁^step) · m / u
/// Source  Kingma & Ba, ICLR 2015, section 7.1
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
    const Array& param = slot.param.array();
    kernels::for_each_element(op, param, [&]<class T>(Type<T>) {
      return [p = param.data<T>(), m = slot.buffers[0].data<T>(), u = slot.buffers[1].data<T>(),
              lr = static_cast<T>(o.lr / correction), fresh = static_cast<T>(1 - o.betas.first),
              keep = static_cast<T>(o.betas.second), eps = static_cast<T>(o.eps),
              gradient = Gradient<T>(grad, o.weight_decay, o.maximize)](Index i) {
        const T g = gradient.at(i, p[i]);
        const T mean = m[i] + fresh * (g - m[i]);
        const T before = keep * u[i], now = std::fabs(g) + eps;
        const T most = before >= now ? before : now;  // keeps a NaN
        m[i] = mean;
        u[i] = most;
        p[i] -= lr * mean / most;
      };
    });
  }
};

}  // namespace tinygrad::optim
