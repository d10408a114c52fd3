// SPDX-License-Identifier: MIT
// Adafactor: Adam whose second moment of a matrix is the product of a column and a row.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "tinygrad/core/square_root.hpp"
#include "tinygrad/kernels/elementwise/in_place.hpp"
#include "tinygrad/kernels/reduction/norms.hpp"
#include "tinygrad/optim/optimizer.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

/// Lower bounds of Adafactor's second moments and of its parameter scale.
struct AdafactorEps {
  std::optional<double> first{};  ///< for √v; empty: the dtype's epsilon
  double second = 1e-3;           ///< for the root mean square of a parameter
};

struct AdafactorOptions {
  double lr = 1e-2;
  double beta2_decay = -0.8;  ///< step^beta2_decay is the weight of g² in the new mean
  AdafactorEps eps{};
  double d = 1;             ///< the largest root mean square of u, before scaling
  double weight_decay = 0;  ///< multiplies the parameter by 1 − lr·weight_decay
  bool maximize = false;

  template <class Visit> void each(const Visit& visit) {
    visit("lr", lr);
    visit("beta2_decay", beta2_decay, Range{.least = -Range::kMax, .most = 0});
    visit("eps.first", eps.first);
    visit("eps.second", eps.second);
    visit("d", d, Range{.least = 1, .most = Range::kInfinity});
    visit("weight_decay", weight_decay);
    visit("maximize", maximize);
  }
};

/// Adam without momentum and with little memory. v is the running mean of g²; the new g² has the
/// weight step^beta2_decay. For a matrix it stores only the row and column means of v. A tensor of
/// more dims is a list of matrices.
///   u = g / √max(v, eps1²), shrunk to a root mean square of at most d;
///   param = (1 − lr·weight_decay)·param − max(eps2, rms(param))·min(lr, 1/√step)·u
/// A step allocates one temporary array.
/// Source  Shazeer & Stern, ICML 2018
///   optim::Adafactor adafactor(model.parameters(), {.lr = 1e-2});
class Adafactor final : public OptimizerWith<AdafactorOptions> {
 public:
  explicit Adafactor(const std::vector<Tensor>& params, const AdafactorOptions& options = {},
                     At at = At::here())
      : OptimizerWith("Adafactor", {"row_var", "col_var", "variance"}) {
    add_param_group(params, options, at);
  }

 private:
  enum { kRow, kCol, kVariance };

  void update(const Op& op, Slot& slot, const Array& grad) override {
    const AdafactorOptions& o = options(slot.group);
    const Array& param = slot.param.array();
    if (param.count() == 0) return;
    const double dtype_eps = param.dtype() == float64 ? std::numeric_limits<double>::epsilon()
                                                      : std::numeric_limits<float>::epsilon();
    const double eps1 = o.eps.first.value_or(dtype_eps), step = static_cast<double>(slot.step);
    const double fresh = std::pow(step, o.beta2_decay);
    const double root_count = std::sqrt(static_cast<double>(param.count()));
    const double alpha = std::max(o.eps.second, kernels::norm(op, param) / root_count) *
                         std::min(o.lr, 1 / std::sqrt(step));
    const Array estimate = Array::empty(param.shape(), param.dtype());  // first v, then u
    dispatch_floating(op, param.dtype(), [&]<class T>(Type<T>) {
      const T* g = grad.data<T>();
      T* out = estimate.data<T>();
      if (const Array& variance = slot.buffers[kVariance]; variance.defined())
        kernels::for_each_index(param.count(),
                                [v = variance.data<T>(), out, g, weight = static_cast<T>(fresh)](
                                    Index i) { out[i] = v[i] += weight * (g[i] * g[i] - v[i]); });
      else
        factored_variance<T>(grad, slot.buffers[kRow], slot.buffers[kCol], estimate, fresh, eps1);
      kernels::for_each_index(param.count(),
                              [out, g, least = static_cast<T>(eps1 * eps1)](Index i) {
                                out[i] = g[i] / square_root(out[i] < least ? least : out[i]);
                              });
    });
    const double excess = std::max(1.0, kernels::norm(op, estimate) / (root_count * o.d));
    if (o.weight_decay != 0) kernels::scale(op, param, 1 - o.lr * o.weight_decay);
    kernels::add_scaled(op, param, (o.maximize ? alpha : -alpha) / excess, estimate);
  }

  // Updates `row` and `col`, the running means of g² along the last and the second last dim of each
  // matrix of `grad`. Then writes v ≈ row·col / mean(row) to `estimate`.
  template <class T> static void factored_variance(const Array& grad, const Array& row,
                                                   const Array& col, const Array& estimate,
                                                   double fresh, double eps1) {
    const Index m = grad.shape()[grad.rank() - 2], n = grad.shape().back();
    const T weight = static_cast<T>(fresh);
    parallel_tasks(grad.count() / (m * n), [&](Index k) {
      const T* g = grad.data<T>() + k * m * n;
      T* r = row.data<T>() + k * m;
      T* c = col.data<T>() + k * n;
      T* out = estimate.data<T>() + k * m * n;
      for (Index j = 0; j < n; ++j) out[j] = 0;  // holds the column sums until the end
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

  std::optional<Buffer> remembers(const Slot& slot, std::size_t k) const override {
    Buffer buffer = like(slot.param);
    const bool factored = buffer.shape.rank() > 1;
    if (factored == (k == kVariance)) return {};
    if (factored) buffer.shape[buffer.shape.rank() - (k == kRow ? 1 : 2)] = 1;
    return buffer;
  }
};

}  // namespace tinygrad::optim
