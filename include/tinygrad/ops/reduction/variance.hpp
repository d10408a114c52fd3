// SPDX-License-Identifier: MIT
// Variance and standard deviation over any dims, alone or with the mean.
#pragma once

#include <algorithm>
#include <cmath>

#include "tinygrad/kernels/reduction/moments.hpp"
#include "tinygrad/ops/elementwise/select.hpp"
#include "tinygrad/ops/reduction/reduction.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
// x − mean(x) over the dims. Its gradient is the same operation.
inline Tensor from_mean(const Tensor& x, const Dims& dims) {
  const Op op{"from_mean"};
  const Reduced r(op, x, dims, true);
  const Array mean = dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    return kernels::moments<T>(op, x.array(), r.dims).mean;
  });
  return record(op, kernels::from_mean(op, x.array(), mean.reshaped(r.kept)), {x}, save(),
                [dims](const Vjp& vjp) { return grads(from_mean(vjp.grad(), dims)); });
}

// The divisor of Σ (x − mean)².
inline double degrees(const Reduced& r, double correction) {
  return std::max(static_cast<double>(r.count) - correction, 0.0);
}

// The gradient of the variance: grad_y · 2/(n − correction) · (x − mean).
inline Tensor variance_grad(const Reduced& r, double correction, const Dims& dims, const Tensor& x,
                            const Tensor& mean, const Tensor& grad_y) {
  const Tensor factor = mul(r.keep(grad_y), 2 / degrees(r, correction));
  if (grad_enabled()) return mul(from_mean(x, dims), factor);
  return Tensor(
      kernels::from_mean({"var"}, x.array(), mean.array().reshaped(r.kept), factor.array()));
}
}  // namespace detail

/// Variance: Σ (x − mean)² / (n − correction); NaN for one value with correction 1.
/// Shapes  as sum
/// Grad    grad_x = grad_y · 2·(x − mean)/(n − correction)
/// Saves   x, and the mean in float64
/// Throws  DtypeError unless x is floating
/// Error   two passes around a mean that is not rounded, so values far from 0 lose no digits
inline Tensor var(const Tensor& x, const Dims& dims = {}, bool keepdims = false,
                  double correction = 1, At at = At::here()) {
  const Op op{"var", at};
  detail::check_floating(op, x);
  const detail::Reduced r(op, x, dims, keepdims);
  return dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    const kernels::ArrayMoments m = kernels::moments<T>(op, x.array(), r.dims);
    const Array y = kernels::map<T, double>(
        op, m.squares,
        [rest = detail::degrees(r, correction)](double v) { return static_cast<T>(v / rest); });
    return record(
        op, y.reshaped(r.to), {x}, save(x, m.mean),
        [r, correction, dims](const Vjp& vjp, const Tensor& input, const Tensor& mean) {
          return grads(detail::variance_grad(r, correction, dims, input, mean, vjp.grad()));
        });
  });
}

/// Standard deviation: √var. Write tinygrad::std: after `using namespace tinygrad` a bare std is
/// also the namespace.
/// Shapes  as sum
/// Grad    grad_x = grad_y · (x − mean)/((n − correction)·y); where y = 0 the subgradient 0 is used
/// Saves   x, y, and the mean in float64
/// Throws  DtypeError unless x is floating
/// Range   right even if the variance is out of range
/// Error   as var
inline Tensor std(const Tensor& x, const Dims& dims = {}, bool keepdims = false,
                  double correction = 1, At at = At::here()) {
  const Op op{"std", at};
  detail::check_floating(op, x);
  const detail::Reduced r(op, x, dims, keepdims);
  return dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    const kernels::ArrayMoments m = kernels::moments<T>(op, x.array(), r.dims);
    const Array y = kernels::map<T, double>(
        op, m.root, [root = std::sqrt(detail::degrees(r, correction))](double v) {
          return static_cast<T>(v / root);
        });
    return record(op, y.reshaped(r.to), {x}, save(x, m.mean, y.reshaped(r.to)),
                  [r, correction, dims](const Vjp& vjp, const Tensor& input, const Tensor& mean,
                                        const Tensor& output) {
                    const Tensor constant = eq(output, 0);
                    const Tensor half = div(mul(vjp.grad(), 0.5), where(constant, 1, output));
                    return grads(detail::variance_grad(r, correction, dims, input, mean,
                                                       where(constant, 0, half)));
                  });
  });
}

/// A variance or standard deviation, and the mean.
struct VarAndMean {
  Tensor var, mean;
};

struct StdAndMean {
  Tensor std, mean;
};

/// var() and mean() of the same values.
/// Shapes  as sum, each
/// Grad    as var and mean
/// Throws  DtypeError unless x is floating
inline VarAndMean var_mean(const Tensor& x, const Dims& dims = {}, bool keepdims = false,
                           double correction = 1, At at = At::here()) {
  const Op op{"var_mean", at};
  const CalledAs called(op);
  return {var(x, dims, keepdims, correction, at), mean(x, dims, keepdims, at)};
}

/// tinygrad::std() and mean() of the same values.
/// Shapes  as sum, each
/// Grad    as tinygrad::std and mean
/// Throws  DtypeError unless x is floating
inline StdAndMean std_mean(const Tensor& x, const Dims& dims = {}, bool keepdims = false,
                           double correction = 1, At at = At::here()) {
  const Op op{"std_mean", at};
  const CalledAs called(op);
  return {tinygrad::std(x, dims, keepdims, correction, at), mean(x, dims, keepdims, at)};
}

}  // namespace tinygrad
