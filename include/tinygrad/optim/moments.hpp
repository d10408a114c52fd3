// SPDX-License-Identifier: MIT
// The update from two moments that NAdam and RAdam share: the running means of the gradient and of
// its square.
#pragma once

#include "tinygrad/core/square_root.hpp"
#include "tinygrad/optim/betas.hpp"
#include "tinygrad/optim/update_rule.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

/// The coefficients of one update from two moments.
struct MomentsUpdate {
  double by_gradient, by_mean;  ///< param −= (by_gradient·g + by_mean·m) / denominator
  Betas betas;
  double root;  ///< the denominator is √v / root + eps
  double eps;
  double weight_decay;  ///< added to the gradient
  double shrink;        ///< multiplies the parameter first
  bool maximize;
};

/// m += (1 − β₁)·(g − m); v = β₂·v + (1 − β₂)·g²; param = shrink·param −
/// (by_gradient·g + by_mean·m) / (√v / root + eps), where g is ±grad + weight_decay·param.
inline void update_by_moments(const Op& op, const Array& param, const Array& grad,
                              const Array& first_moment, const Array& second_moment,
                              const MomentsUpdate& u) {
  kernels::for_each_element(op, param, [&]<class T>(Type<T>) {
    return [p = param.data<T>(), m = first_moment.data<T>(), v = second_moment.data<T>(),
            by_gradient = static_cast<T>(u.by_gradient), by_mean = static_cast<T>(u.by_mean),
            fresh1 = static_cast<T>(1 - u.betas.first), fresh2 = static_cast<T>(1 - u.betas.second),
            keep2 = static_cast<T>(u.betas.second), root = static_cast<T>(u.root),
            eps = static_cast<T>(u.eps), shrink = static_cast<T>(u.shrink),
            gradient = Gradient<T>(grad, u.weight_decay, u.maximize)](Index i) {
      const T g = gradient.at(i, p[i]);
      const T mean = m[i] + fresh1 * (g - m[i]);
      const T square = keep2 * v[i] + fresh2 * g * g;
      m[i] = mean;
      v[i] = square;
      p[i] =
          shrink * p[i] - (by_gradient * g + by_mean * mean) / (square_root(square) / root + eps);
    };
  });
}

}  // namespace tinygrad::optim
