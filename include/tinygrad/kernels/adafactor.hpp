// SPDX-License-Identifier: MIT
// The update rule of Adafactor, whose second moment of a matrix is the product of a column and a
// row.
#pragma once

#include <algorithm>
#include <cmath>

#include "tinygrad/kernels/optim.hpp"
#include "tinygrad/kernels/reduction/norms.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// The numbers of one Adafactor update, the number `step` (from 1) of its parameter.
struct AdafactorStep {
  double lr, beta2_decay, eps1, eps2, d, weight_decay;
  bool maximize;
  Index step;
};

namespace detail {
/// row and col move to the means of g² along the last dim and the last but one of each matrix of
/// `grad`, which are then put together as row·col / mean(row) in `estimate`.
template <class T> void factored_variance(const Array& grad, const Array& row, const Array& col,
                                          const Array& estimate, double fresh, double eps1) {
  const Index m = grad.shape()[grad.rank() - 2], n = grad.shape().back();
  const Index matrices = grad.count() / (m * n);
  const T weight = static_cast<T>(fresh);
  parallel_tasks(matrices, [&](Index k) {
    const T* g = grad.data<T>() + k * m * n;
    T* r = row.data<T>() + k * m;
    T* c = col.data<T>() + k * n;
    T* out = estimate.data<T>() + k * m * n;
    for (Index j = 0; j < n; ++j) out[j] = 0;  // the sums of the columns, for now
    double mean = 0;
    for (Index i = 0; i < m; ++i) {
      double total = 0;
      for (Index j = 0; j < n; ++j) {
        const T square = g[i * n + j] * g[i * n + j];
        total += static_cast<double>(square);
        out[j] += square;
      }
      r[i] += weight * (static_cast<T>(total / static_cast<double>(n)) - r[i]);
      mean += static_cast<double>(r[i]) / static_cast<double>(m);
    }
    for (Index j = 0; j < n; ++j) c[j] += weight * (out[j] / static_cast<T>(m) - c[j]);
    const T by = static_cast<T>(1 / std::max(mean, eps1));
    for (Index i = 0; i < m; ++i)
      for (Index j = 0; j < n; ++j) out[i * n + j] = r[i] * by * c[j];
  });
}
}  // namespace detail

/// v, the mean of g², moves by step^beta2_decay; of a matrix only its row and column means are kept
/// (`row`, `col`), of anything else v itself (`variance`). update = g / √max(v, eps1²), shrunk to a
/// root mean square of at most d; param = (1 − lr·weight_decay)·param − α·update, with
/// α = max(eps2, rms(param))·min(lr, 1/√step). `estimate`, of the parameter's shape, is scratch.
/// Source  Shazeer & Stern, ICML 2018
inline void adafactor(const Op& op, const Array& param, const Array& grad, const Array& row,
                      const Array& col, const Array& variance, const Array& estimate,
                      const AdafactorStep& step) {
  if (param.count() == 0) return;
  const double fresh = std::pow(static_cast<double>(step.step), step.beta2_decay);
  const double root_count = std::sqrt(static_cast<double>(param.count()));
  const double alpha = std::max(step.eps2, norm(op, param) / root_count) *
                       std::min(step.lr, 1 / std::sqrt(static_cast<double>(step.step)));
  dispatch_floating(op, param.dtype(), [&]<class T>(Type<T>) {
    const T* g = grad.data<T>();
    T* out = estimate.data<T>();
    if (variance.defined())
      for_each_index(param.count(),
                     [v = variance.data<T>(), out, g, weight = static_cast<T>(fresh)](Index i) {
                       out[i] = v[i] += weight * (g[i] * g[i] - v[i]);
                     });
    else detail::factored_variance<T>(grad, row, col, estimate, fresh, step.eps1);
    for_each_index(param.count(), [out, g, least = static_cast<T>(step.eps1 * step.eps1)](Index i) {
      out[i] = g[i] / std::sqrt(out[i] < least ? least : out[i]);
    });
  });
  const double excess = std::max(1.0, norm(op, estimate) / (root_count * step.d));
  if (step.weight_decay != 0) scale(op, param, 1 - step.lr * step.weight_decay);
  add_scaled(op, param, (step.maximize ? alpha : -alpha) / excess, estimate);
}

}  // namespace tinygrad::kernels
