// SPDX-License-Identifier: MIT
// Initialisers: functions that overwrite a leaf tensor in place and return it. The same generator
// state gives the same bits on every machine and for any number of threads.
#pragma once

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <numbers>
#include <utility>
#include <vector>

#include "tinygrad/autograd/node.hpp"
#include "tinygrad/kernels/elementwise/loops.hpp"
#include "tinygrad/kernels/random/fill.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn::init {

/// The function that follows the initialised layer. kLinear is also PyTorch's conv1d, conv2d, ….
enum class Nonlinearity { kLinear, kSigmoid, kTanh, kRelu, kLeakyRelu, kSelu };

/// The number of inputs in the sum of one output element, and of outputs that use one input
/// element.
struct Fans {
  Index in, out;
};

/// Which variance is kept: of the values in the forward pass, or of the gradients in backward.
enum class FanMode { kFanIn, kFanOut };

struct KaimingOptions {
  double a = 0;  ///< slope of the leaky relu for x < 0
  FanMode mode = FanMode::kFanIn;
  Nonlinearity nonlinearity = Nonlinearity::kLeakyRelu;
};

/// The factor that compensates for the shrinking by `nonlinearity`; `a` is leaky_relu's slope.
inline double calculate_gain(Nonlinearity nonlinearity, double a = 0.01) {
  switch (nonlinearity) {
    case Nonlinearity::kTanh: return 5.0 / 3;
    case Nonlinearity::kRelu: return std::sqrt(2.0);
    case Nonlinearity::kLeakyRelu: return std::sqrt(2 / (1 + a * a));
    case Nonlinearity::kSelu: return 0.75;
    default: return 1;
  }
}

/// Shapes  t (out, in) or (out, in, kernel…): in·|kernel| and out·|kernel|. A grouped convolution's
///         `in` is that of one group, so its fan in is exact, and its fan out counts all groups
/// Throws  ShapeError if t has fewer than two dims
inline Fans calculate_fan(const Tensor& t, At at = At::here()) {
  check<ShapeError>(t.dim() >= 2, {"calculate_fan", at}, "t ", t.shape(),
                    " must have at least the dims (out, in)");
  const Index kernel = t.shape().product(2, t.dim());
  return {t.shape()[1] * kernel, t.shape()[0] * kernel};
}

namespace detail {
inline Tensor overwrite(const Op& op, Tensor t, const Array& values) {
  check<GraphError>(t.is_leaf(), op, "t was computed from other tensors; only a leaf can be set");
  const NoGradGuard no_grad;
  return t.copy_(values, op.at);
}
/// The same from float64 values.
inline Tensor overwrite_from(const Op& op, const Tensor& t, const Array& values) {
  check<DtypeError>(is_floating(t.dtype()), op, "t is ", t.dtype(), ", it must be floating");
  return overwrite(op, t, kernels::cast(op, values, t.dtype()));
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

/// Every element is `value`.
inline Tensor constant_(const Tensor& t, double value, At at = At::here()) {
  const Op op{"constant_", at};
  return detail::overwrite(op, t, Array::full(t.shape(), value, t.dtype()));
}
inline Tensor zeros_(const Tensor& t, At at = At::here()) {
  const Op op{"zeros_", at};
  const CalledAs called(op);
  return constant_(t, 0, at);
}
inline Tensor ones_(const Tensor& t, At at = At::here()) {
  const Op op{"ones_", at};
  const CalledAs called(op);
  return constant_(t, 1, at);
}

/// The identity matrix, cut or padded with zeros: a linear layer then returns its input.
/// Shapes  t (out, in)
inline Tensor eye_(const Tensor& t, At at = At::here()) {
  const Op op{"eye_", at};
  check<ShapeError>(t.dim() == 2, op, "t ", t.shape(), " must be a matrix (out, in)");
  const Array values = Array::zeros(t.shape(), float64);
  for (Index i = 0; i < std::min(t.shape()[0], t.shape()[1]); ++i)
    values.data<double>()[i * t.shape()[1] + i] = 1;
  return detail::overwrite_from(op, t, values);
}

/// The identity of a convolution: in each group, output channel c is input channel c, by the middle
/// of the kernel.
/// Shapes  t (out, in, kernel…) with one to three kernel dims; groups divides out
inline Tensor dirac_(const Tensor& t, Index groups = 1, At at = At::here()) {
  const Op op{"dirac_", at};
  check<ShapeError>(t.dim() >= 3 && t.dim() <= 5, op, "t ", t.shape(),
                    " must be a convolution's weight (out, in, kernel…), of rank 3 to 5");
  const Index out = t.shape()[0], in = t.shape()[1];
  check<ValueError>(groups > 0 && out % groups == 0, op, "groups=", groups,
                    " must divide the output channels ", out);
  Index kernel = 1, middle = 0;
  for (int dim = 2; dim < t.dim(); ++dim) {
    middle = middle * t.shape()[dim] + t.shape()[dim] / 2;
    kernel *= t.shape()[dim];
  }
  const Array values = Array::zeros(t.shape(), float64);
  const Index per_group = out / groups;
  for (Index o = 0; o < out && kernel > 0; ++o)
    if (const Index i = o % per_group; i < in)
      values.data<double>()[(o * in + i) * kernel + middle] = 1;
  return detail::overwrite_from(op, t, values);
}

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

/// The initial values in PyTorch's linear and convolution layers: each of these parameters, unless
/// it is undefined, uniform in ±1/√fan_in, in this order.
inline void pytorch_default_(std::initializer_list<Tensor> parameters, Index fan_in,
                             Generator& generator = default_generator(), At at = At::here()) {
  const Op op{"pytorch_default_", at};
  check<ValueError>(fan_in > 0, op, "fan_in=", fan_in, " must be positive");
  const CalledAs called(op);
  const double bound = 1 / std::sqrt(static_cast<double>(fan_in));
  for (const Tensor& p : parameters)
    if (p.defined()) uniform_(p, -bound, bound, generator, at);
}

/// Uniform and normal with variance gain²·2/(fan_in + fan_out).
/// Source  Glorot & Bengio, AISTATS 2010
inline Tensor xavier_uniform_(const Tensor& t, double gain = 1,
                              Generator& generator = default_generator(), At at = At::here()) {
  const Op op{"xavier_uniform_", at};
  const CalledAs called(op);
  const double bound = gain * std::sqrt(3 * detail::variance_of(calculate_fan(t, at)));
  return uniform_(t, -bound, bound, generator, at);
}
inline Tensor xavier_normal_(const Tensor& t, double gain = 1,
                             Generator& generator = default_generator(), At at = At::here()) {
  const Op op{"xavier_normal_", at};
  const CalledAs called(op);
  return normal_(t, 0, gain * std::sqrt(detail::variance_of(calculate_fan(t, at))), generator, at);
}

/// Uniform and normal with variance gain²/fan, where the gain is that of the nonlinearity.
/// Source  He et al., ICCV 2015
inline Tensor kaiming_uniform_(const Tensor& t, const KaimingOptions& options = {},
                               Generator& generator = default_generator(), At at = At::here()) {
  const Op op{"kaiming_uniform_", at};
  const CalledAs called(op);
  const double bound = std::sqrt(3.0) * detail::kaiming_stddev(t, options, at);
  return uniform_(t, -bound, bound, generator, at);
}
inline Tensor kaiming_normal_(const Tensor& t, const KaimingOptions& options = {},
                              Generator& generator = default_generator(), At at = At::here()) {
  const Op op{"kaiming_normal_", at};
  const CalledAs called(op);
  return normal_(t, 0, detail::kaiming_stddev(t, options, at), generator, at);
}

/// Uniform and normal with variance 1/fan_in: for selu, and for layers without a nonlinearity.
/// Source  LeCun et al., Efficient BackProp, 1998
inline Tensor lecun_uniform_(const Tensor& t, Generator& generator = default_generator(),
                             At at = At::here()) {
  const Op op{"lecun_uniform_", at};
  const CalledAs called(op);
  return kaiming_uniform_(t, {.nonlinearity = Nonlinearity::kLinear}, generator, at);
}
inline Tensor lecun_normal_(const Tensor& t, Generator& generator = default_generator(),
                            At at = At::here()) {
  const Op op{"lecun_normal_", at};
  const CalledAs called(op);
  return kaiming_normal_(t, {.nonlinearity = Nonlinearity::kLinear}, generator, at);
}

struct TruncNormalOptions {
  double mean = 0, stddev = 1;  ///< of the normal distribution before it is cut
  double a = -2, b = 2;         ///< values outside [a, b] are drawn again
};

/// Normal, cut to [a, b].
/// Throws  ValueError unless stddev > 0 and a < b, both finite
/// Cost    one by one: 1/P draws for each value if [a, b] has the probability P ≥ 0.3, else as many
///         as a uniform draw needs to fall under the bell's curve on [a, b]
inline Tensor trunc_normal_(const Tensor& t, const TruncNormalOptions& options = {},
                            Generator& generator = default_generator(), At at = At::here()) {
  const Op op{"trunc_normal_", at};
  const double mean = options.mean, stddev = options.stddev, a = options.a, b = options.b;
  check<ValueError>(stddev > 0, op, "stddev=", stddev, " must be positive");
  check<ValueError>(std::isfinite(a) && std::isfinite(b) && a < b, op, "a=", a,
                    " must be below b=", b, ", and both finite");
  const auto below = [mean, stddev](double x) {  // the distribution function
    return 0.5 * std::erfc((mean - x) / (stddev * std::numbers::sqrt2));
  };
  const bool likely = below(b) - below(a) > 0.3;
  const double mode = std::clamp(mean, a, b);
  const auto exponent = [mean, stddev](double x) {
    return -0.5 * ((x - mean) / stddev) * ((x - mean) / stddev);
  };
  const Array values = Array::empty(t.shape(), float64, op);
  for (Index i = 0; i < values.count(); ++i) {
    double v = 0;
    if (likely) {
      do v = generator.normal(mean, stddev);
      while (v < a || v > b);
    } else {
      do v = generator.uniform(a, b);
      while (std::log(generator.uniform()) > exponent(v) - exponent(mode));
    }
    values.data<double>()[i] = v;
  }
  return detail::overwrite_from(op, t, values);
}

namespace detail {
/// `count` random orthonormal vectors of `length` numbers: modified Gram–Schmidt of normal vectors.
/// Each is projected twice, so that only rounding errors remain.
inline std::vector<double> orthonormal(Index count, Index length, Generator& generator) {
  std::vector<double> vectors(static_cast<std::size_t>(count * length));
  const auto project = [length](double* v, const double* unit) {
    double dot = 0;
    for (Index i = 0; i < length; ++i) dot += v[i] * unit[i];
    for (Index i = 0; i < length; ++i) v[i] -= dot * unit[i];
  };
  for (Index j = 0; j < count; ++j) {
    double* v = vectors.data() + j * length;
    for (Index i = 0; i < length; ++i) v[i] = generator.normal();
    for (int pass = 0; pass < 2; ++pass)
      for (Index k = 0; k < j; ++k) project(v, vectors.data() + k * length);
    double squares = 0;
    for (Index i = 0; i < length; ++i) squares += v[i] * v[i];
    for (Index i = 0; i < length; ++i) v[i] /= std::sqrt(squares);
  }
  return vectors;
}
}  // namespace detail

/// A random matrix with orthonormal rows, or columns if there are fewer of them, times gain. Its
/// product with a vector keeps the vector's length.
/// Shapes  t (out, in…), seen as the matrix (out, Π in)
/// Cost    4·m·n² flops on one thread, n the smaller and m the larger size
/// Source  Saxe, McClelland & Ganguli, ICLR 2014
inline Tensor orthogonal_(const Tensor& t, double gain = 1,
                          Generator& generator = default_generator(), At at = At::here()) {
  const Op op{"orthogonal_", at};
  check<ShapeError>(t.dim() >= 2, op, "t ", t.shape(), " must have at least the dims (out, in)");
  const Index rows = t.shape()[0], columns = t.shape().product(1, t.dim());
  const bool by_rows = rows <= columns;
  const Index count = by_rows ? rows : columns, length = by_rows ? columns : rows;
  const std::vector<double> unit = detail::orthonormal(count, length, generator);
  const Array values = Array::empty(t.shape(), float64, op);
  for (Index r = 0; r < rows; ++r)
    for (Index c = 0; c < columns; ++c)
      values.data<double>()[r * columns + c] =
          gain * unit[static_cast<std::size_t>(by_rows ? r * length + c : c * length + r)];
  return detail::overwrite_from(op, t, values);
}

/// Normal with mean 0, and in each column the fraction `sparsity` of the rows, rounded up, set to
/// 0.
/// Shapes  t (out, in)
/// Source  Martens, Deep learning via Hessian-free optimization, ICML 2010
inline Tensor sparse_(const Tensor& t, double sparsity, double stddev = 0.01,
                      Generator& generator = default_generator(), At at = At::here()) {
  const Op op{"sparse_", at};
  check<ShapeError>(t.dim() == 2, op, "t ", t.shape(), " must be a matrix (out, in)");
  check<ValueError>(sparsity >= 0 && sparsity <= 1, op, "sparsity=", sparsity,
                    " must be in [0, 1]");
  check<ValueError>(stddev >= 0, op, "stddev=", stddev, " must not be negative");
  const Index rows = t.shape()[0], columns = t.shape()[1];
  const auto zeros = static_cast<std::size_t>(std::ceil(sparsity * static_cast<double>(rows)));
  const Array values = kernels::normal(t.shape(), float64, 0, stddev, generator);
  for (Index c = 0; c < columns; ++c) {
    const std::vector<Index> order = generator.permutation(rows);
    for (std::size_t i = 0; i < zeros; ++i) values.data<double>()[order[i] * columns + c] = 0;
  }
  return detail::overwrite_from(op, t, values);
}

}  // namespace tinygrad::nn::init
