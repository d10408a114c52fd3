// SPDX-License-Identifier: MIT
// LAMB: Adam with a trust ratio for each parameter.
#pragma once

#include <cmath>

#include "tinygrad/core/square_root.hpp"
#include "tinygrad/kernels/reduction/norms.hpp"
#include "tinygrad/optim/betas.hpp"
#include "tinygrad/optim/optimizer.hpp"
#include "tinygrad/optim/update_rule.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

struct LAMBOptions {
  double lr = 1e-3;
  Betas betas{};
  double eps = 1e-6;
  double weight_decay = 0;  ///< adds weight_decay·param to the step
  bool maximize = false;

  template <class Visit> void each(const Visit& visit) {
    visit("lr", lr);
    betas.each(visit);
    visit("eps", eps);
    visit("weight_decay", weight_decay);
    visit("maximize", maximize);
  }
};

/// Adam's direction, scaled to the norm of its parameter, for large batches. With m and v as in
/// Adam:
///   d = m̂ / (√v̂ + eps) + weight_decay·param; param −= lr·r·d, where r = ‖param‖ / ‖d‖, or 1 if
///   one of them is 0
/// Source  You et al., ICLR 2020, algorithm 2, with the identity for φ
///   optim::LAMB lamb(model.parameters(), {.lr = 2e-3, .weight_decay = 0.01});
class LAMB final : public OptimizerWith<LAMBOptions> {
 public:
  explicit LAMB(const std::vector<Tensor>& params, const LAMBOptions& options = {},
                At at = At::here())
      : OptimizerWith("LAMB", {"exp_avg", "exp_avg_sq"}) {
    add_param_group(params, options, at);
  }

 private:
  void update(const Op& op, Slot& slot, const Array& grad) override {
    const LAMBOptions& o = options(slot.group);
    const Array &param = slot.param.array(), &first = slot.buffers[0], &second = slot.buffers[1];
    const double correction1 = 1 - std::pow(o.betas.first, static_cast<double>(slot.step));
    const double correction2 = 1 - std::pow(o.betas.second, static_cast<double>(slot.step));
    kernels::for_each_element(op, param, [&]<class T>(Type<T>) {
      return [m = first.data<T>(), v = second.data<T>(), fresh1 = static_cast<T>(1 - o.betas.first),
              fresh2 = static_cast<T>(1 - o.betas.second), keep2 = static_cast<T>(o.betas.second),
              gradient = Gradient<T>(grad, 0, o.maximize)](Index i) {
        const T g = gradient.at(i, T{0});
        m[i] += fresh1 * (g - m[i]);
        v[i] = keep2 * v[i] + fresh2 * g * g;
      };
    });
    dispatch_floating(op, param.dtype(), [&]<class T>(Type<T>) {
      T* p = param.data<T>();
      const auto direction =
          [p, m = first.data<T>(), v = second.data<T>(), by = static_cast<T>(1 / correction1),
           root = static_cast<T>(std::sqrt(correction2)), eps = static_cast<T>(o.eps),
           decay = static_cast<T>(o.weight_decay)](Index i) {
            return by * m[i] / (square_root(v[i]) / root + eps) + decay * p[i];
          };
      const double size = kernels::norm(op, param);
      const double length = std::sqrt(kernels::detail::fold(
          param.count(),
          [direction](Index i) {
            const auto d = static_cast<double>(direction(i));
            return d * d;
          },
          kernels::detail::sum));
      const double ratio = size == 0 || length == 0 ? 1 : size / length;
      kernels::for_each_index(param.count(), [p, direction, lr = static_cast<T>(o.lr * ratio)](
                                                 Index i) { p[i] -= lr * direction(i); });
    });
  }
};

}  // namespace tinygrad::optim
