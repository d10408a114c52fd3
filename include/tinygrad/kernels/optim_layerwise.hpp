// SPDX-License-Identifier: MIT
// The update rules that scale by norms of the whole parameter: LAMB and LARS. A pass for the norms
// and a pass for the update, in place, nothing is allocated; the order of the sums is fixed.
#pragma once

#include <cmath>

#include "tinygrad/kernels/optim.hpp"
#include "tinygrad/kernels/reduction/norms.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// The numbers of one LAMB update, the number `step` (from 1) of its parameter.
struct LambStep {
  double lr, beta1, beta2, eps, weight_decay;
  bool maximize;
  Index step;
};

/// m and v as in Adam, d = m̂ / (√v̂ + eps) + weight_decay·param; param −= lr·r·d, where
/// r = ‖param‖ / ‖d‖, or 1 if one of them is 0.
/// Source  You et al., ICLR 2020, algorithm 2, with the identity for φ
inline void lamb(const Op& op, const Array& param, const Array& grad, const Array& first_moment,
                 const Array& second_moment, const LambStep& step) {
  const double correction1 = 1 - std::pow(step.beta1, static_cast<double>(step.step));
  const double correction2 = 1 - std::pow(step.beta2, static_cast<double>(step.step));
  for_each_element(op, param, [&]<class T>(Type<T>) {
    return [m = first_moment.data<T>(), v = second_moment.data<T>(),
            fresh1 = static_cast<T>(1 - step.beta1), fresh2 = static_cast<T>(1 - step.beta2),
            keep2 = static_cast<T>(step.beta2),
            gradient = detail::Gradient<T>(grad, 0, step.maximize)](Index i) {
      const T g = gradient.at(i, T{0});
      m[i] += fresh1 * (g - m[i]);
      v[i] = keep2 * v[i] + fresh2 * g * g;
    };
  });
  dispatch_floating(op, param.dtype(), [&]<class T>(Type<T>) {
    T* p = param.data<T>();
    const auto direction =
        [p, m = first_moment.data<T>(), v = second_moment.data<T>(),
         by = static_cast<T>(1 / correction1), root = static_cast<T>(std::sqrt(correction2)),
         eps = static_cast<T>(step.eps), decay = static_cast<T>(step.weight_decay)](Index i) {
          return by * m[i] / (std::sqrt(v[i]) / root + eps) + decay * p[i];
        };
    const double size = norm(op, param);
    const double length = std::sqrt(detail::fold(
        param.count(),
        [direction](Index i) {
          const auto d = static_cast<double>(direction(i));
          return d * d;
        },
        detail::sum));
    const double ratio = size == 0 || length == 0 ? 1 : size / length;
    for_each_index(param.count(), [p, direction, lr = static_cast<T>(step.lr * ratio)](Index i) {
      p[i] -= lr * direction(i);
    });
  });
}

/// The numbers of one LARS update.
struct LarsStep {
  double lr, momentum, weight_decay, trust_coefficient;
  bool maximize;
};

/// r = trust_coefficient·‖param‖ / (‖grad‖ + weight_decay·‖param‖), or 1 if param or grad is 0;
/// v = momentum·v + lr·r·(±grad + weight_decay·param); param −= v.
/// Source  You, Gitman & Ginsburg, arXiv:1708.03888, algorithm 1
inline void lars(const Op& op, const Array& param, const Array& grad, const Array& buffer,
                 const LarsStep& step) {
  const double size = norm(op, param), slope = norm(op, grad);
  const double ratio = size == 0 || slope == 0
                           ? 1
                           : step.trust_coefficient * size / (slope + step.weight_decay * size);
  for_each_element(op, param, [&]<class T>(Type<T>) {
    return [p = param.data<T>(), v = buffer.data<T>(), lr = static_cast<T>(step.lr * ratio),
            momentum = static_cast<T>(step.momentum),
            gradient = detail::Gradient<T>(grad, step.weight_decay, step.maximize)](Index i) {
      const T velocity = momentum * v[i] + lr * gradient.at(i, p[i]);
      v[i] = velocity;
      p[i] -= velocity;
    };
  });
}

}  // namespace tinygrad::kernels
