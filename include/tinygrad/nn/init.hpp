// SPDX-License-Identifier: MIT
// Initialisers: they overwrite a leaf in place and return it. The same generator state gives the
// same bits, on every machine and for any number of threads.
#pragma once

#include <algorithm>
#include <cmath>

#include "tinygrad/autograd/node.hpp"
#include "tinygrad/kernels/random.hpp"

namespace tinygrad::nn::init {

/// The function that follows the initialised layer.
enum class Nonlinearity { kLinear, kSigmoid, kTanh, kRelu, kLeakyRelu, kSelu };

/// How many inputs one output element sums over, and how many outputs one input element reaches.
struct Fans {
  Index in, out;
};

/// Which of them keeps its variance: the values of the forward pass or the gradients of backward.
enum class FanMode { kFanIn, kFanOut };

struct KaimingOptions {
  double a = 0;  ///< slope of the leaky relu for x < 0
  FanMode mode = FanMode::kFanIn;
  Nonlinearity nonlinearity = Nonlinearity::kLeakyRelu;
};

/// The factor that makes up for the shrinking by `nonlinearity`; `a` is leaky_relu's slope.
inline double calculate_gain(Nonlinearity nonlinearity, double a = 0.01) {
  switch (nonlinearity) {
    case Nonlinearity::kTanh: return 5.0 / 3;
    case Nonlinearity::kRelu: return std::sqrt(2.0);
    case Nonlinearity::kLeakyRelu: return std::sqrt(2 / (1 + a * a));
    case Nonlinearity::kSelu: return 0.75;
    default: return 1;
  }
}

/// Shapes  t (out, in) or (out, in, kernel…): in·|kernel| and out·|kernel|
/// Throws  ShapeError if t has fewer than two axes
inline Fans calculate_fan(const Tensor& t, At at = At::here()) {
  check<ShapeError>(t.dim() >= 2, {"calculate_fan", at}, "t ", t.shape(),
                    " must have at least the axes (out, in)");
  const Index kernel = t.shape().product(2, t.dim());
  return {t.shape()[1] * kernel, t.shape()[0] * kernel};
}

namespace detail {
inline Tensor overwrite(const Op& op, Tensor t, const Array& values) {
  check<GraphError>(t.is_leaf(), op, "t was computed from other tensors; only a leaf can be set");
  const NoGradGuard no_grad;
  return t.copy_(values, op.at);
}
inline double variance_of(const Fans& fans) {
  return 2.0 / static_cast<double>(std::max<Index>(fans.in + fans.out, 1));
}
inline double kaiming_stddev(const Tensor& t, const KaimingOptions& o, At at) {
  const Fans fans = calculate_fan(t, at);
  const Index fan = o.mode == FanMode::kFanIn ? fans.in : fans.out;
  return calculate_gain(o.nonlinearity, o.a) /
         std::sqrt(static_cast<double>(std::max<Index>(fan, 1)));
}
}  // namespace detail

inline Tensor constant_(const Tensor& t, double value, At at = At::here()) {
  return detail::overwrite({"constant_", at}, t, Array::full(t.shape(), value, t.dtype()));
}
inline Tensor zeros_(const Tensor& t, At at = At::here()) { return constant_(t, 0, at); }
inline Tensor ones_(const Tensor& t, At at = At::here()) { return constant_(t, 1, at); }

/// Uniform in [low, high).
inline Tensor uniform_(const Tensor& t, double low = 0, double high = 1,
                       Generator& generator = default_generator(), At at = At::here()) {
  const Op op{"uniform_", at};
  check<ValueError>(low <= high, op, "low=", low, " must not be above high=", high);
  return detail::overwrite(op, t, kernels::uniform(t.shape(), t.dtype(), low, high, generator));
}

/// Normal with the given mean and standard deviation.
inline Tensor normal_(const Tensor& t, double mean = 0, double stddev = 1,
                      Generator& generator = default_generator(), At at = At::here()) {
  const Op op{"normal_", at};
  check<ValueError>(stddev >= 0, op, "stddev=", stddev, " must not be negative");
  return detail::overwrite(op, t, kernels::normal(t.shape(), t.dtype(), mean, stddev, generator));
}

/// Uniform and normal with variance gain²·2/(fan_in + fan_out).
/// Source  Glorot & Bengio, AISTATS 2010
inline Tensor xavier_uniform_(const Tensor& t, double gain = 1,
                              Generator& generator = default_generator(), At at = At::here()) {
  const double bound = gain * std::sqrt(3 * detail::variance_of(calculate_fan(t, at)));
  return uniform_(t, -bound, bound, generator, at);
}
inline Tensor xavier_normal_(const Tensor& t, double gain = 1,
                             Generator& generator = default_generator(), At at = At::here()) {
  return normal_(t, 0, gain * std::sqrt(detail::variance_of(calculate_fan(t, at))), generator, at);
}

/// Uniform and normal with variance gain²/fan, where the gain is that of the nonlinearity.
/// Source  He et al., ICCV 2015
inline Tensor kaiming_uniform_(const Tensor& t, const KaimingOptions& options = {},
                               Generator& generator = default_generator(), At at = At::here()) {
  const double bound = std::sqrt(3.0) * detail::kaiming_stddev(t, options, at);
  return uniform_(t, -bound, bound, generator, at);
}
inline Tensor kaiming_normal_(const Tensor& t, const KaimingOptions& options = {},
                              Generator& generator = default_generator(), At at = At::here()) {
  return normal_(t, 0, detail::kaiming_stddev(t, options, at), generator, at);
}

}  // namespace tinygrad::nn::init
