// SPDX-License-Identifier: MIT
// Adadelta: steps scaled by the sizes of past steps and past gradients.
#pragma once

#include "tinygrad/core/square_root.hpp"
#include "tinygrad/optim/optimizer.hpp"
#include "tinygrad/optim/update_rule.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

struct AdadeltaOptions {
  double lr = 1;
  double rho = 0.9;  ///< decay rate of both running means
  double eps = 1e-6;
  double weight_decay = 0;  ///< adds weight_decay·param to the gradient
  bool maximize = false;

  template <class Visit> void each(const Visit& visit) {
    visit("lr", lr);
    visit("rho", rho, Range{.most = 1});
    visit("eps", eps);
    visit("weight_decay", weight_decay);
    visit("maximize", maximize);
  }
};

/// Scales each gradient by (RMS of its own past steps) / (RMS of its past values), so lr has no
/// unit. RMS is the root mean square. With g = ±grad + weight_decay·param:
///   v = ρ·v + (1 − ρ)·g²; d = √(u + eps) / √(v + eps) · g; u = ρ·u + (1 − ρ)·d²; param −= lr·d
/// Source  Zeiler, arXiv:1212.5701
///   optim::Adadelta adadelta(model.parameters());
class Adadelta final : public OptimizerWith<AdadeltaOptions> {
 public:
  explicit Adadelta(const std::vector<Tensor>& params, const AdadeltaOptions& options = {},
                    At at = At::here())
      : OptimizerWith("Adadelta", {"square_avg", "acc_delta"}) {
    add_param_group(params, options, at);
  }

 private:
  void update(const Op& op, Slot& slot, const Array& grad) override {
    const AdadeltaOptions& o = options(slot.group);
    const Array& param = slot.param.array();
    kernels::for_each_element(op, param, [&]<class T>(Type<T>) {
      return [p = param.data<T>(), v = slot.buffers[0].data<T>(), u = slot.buffers[1].data<T>(),
              lr = static_cast<T>(o.lr), keep = static_cast<T>(o.rho),
              fresh = static_cast<T>(1 - o.rho), eps = static_cast<T>(o.eps),
              gradient = Gradient<T>(grad, o.weight_decay, o.maximize)](Index i) {
        const T g = gradient.at(i, p[i]);
        const T average = keep * v[i] + fresh * g * g;
        v[i] = average;
        const T d = square_root(u[i] + eps) / square_root(average + eps) * g;
        u[i] = keep * u[i] + fresh * d * d;
        p[i] -= lr * d;
      };
    });
  }
};

}  // namespace tinygrad::optim
