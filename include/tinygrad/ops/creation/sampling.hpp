// SPDX-License-Identifier: MIT
// Random tensors. Each function draws from `generator`; if none is given, from default_generator(),
// which manual_seed(n) restarts and which several threads may draw from at a time. The same
// generator, at the same position, gives the same bits for any number of threads. No gradient flows
// through a draw.
#pragma once

#include <cmath>
#include <limits>

#include "tinygrad/kernels/random/fill.hpp"
#include "tinygrad/kernels/random/multinomial.hpp"
#include "tinygrad/ops/elementwise/operands.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
// Throws unless every element of x is in [low, high] and not NaN. `rule` is for the message.
inline void check_range(const Op& op, const Tensor& x, const char* name, double low, double high,
                        const char* rule) {
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    const T* values = x.data<T>();
    for (Index i = 0; i < x.numel(); ++i)
      check<ValueError>(values[i] >= static_cast<T>(low) && values[i] <= static_cast<T>(high), op,
                        name, " holds ", values[i], " at position ", i, "; it must be ", rule);
  });
}
inline void check_floating_dtype(const Op& op, Dtype dtype) {
  check<DtypeError>(is_floating(dtype), op, "draws float32 or float64, not ", dtype);
}
constexpr double kLargest = std::numeric_limits<float>::max();
}  // namespace detail

/// Uniform numbers in [low, high), in steps of 2^-24 of the range.
/// Shapes  → y `shape`
/// Throws  ValueError if low > high or one is not finite; DtypeError unless dtype is floating
inline Tensor uniform(double low, double high, const Shape& shape,
                      Generator& generator = default_generator(), Dtype dtype = float32,
                      At at = At::here()) {
  const Op op{"uniform", at};
  detail::check_floating_dtype(op, dtype);
  const double largest = dtype == float32 ? detail::kLargest : std::numeric_limits<double>::max();
  check<ValueError>(low <= high && low >= -largest && high <= largest, op, "low=", low,
                    " must not be above high=", high, ", and both finite");
  return kernels::uniform(shape, dtype, low, high, generator);
}

/// Normal numbers. Mean and standard deviation are numbers or tensors, which broadcast.
/// Shapes  mean (…), std (…) → y (broadcast)
/// Throws  ValueError if a standard deviation is negative
inline Tensor normal(const Operand& mean, const Operand& std,
                     Generator& generator = default_generator(), At at = At::here()) {
  const Op op{"normal", at};
  const detail::Operands in(op, mean, std, float32);
  detail::check_range(op, in.b, "std", 0, INFINITY, "at least 0");
  const Array z = kernels::normal(in.shape, in.a.dtype(), 0, 1, generator);
  return dispatch_floating(op, z.dtype(), [&]<class T>(Type<T>) {
    const Array scaled = kernels::zip<T, T>(op, in.shape, z, in.b.array(), kernels::Mul{});
    return kernels::zip<T, T>(op, in.shape, scaled, in.a.array(), kernels::Add{});
  });
}
/// Normal numbers of the given shape.
inline Tensor normal(double mean, double std, const Shape& shape,
                     Generator& generator = default_generator(), Dtype dtype = float32,
                     At at = At::here()) {
  const Op op{"normal", at};
  detail::check_floating_dtype(op, dtype);
  check<ValueError>(std >= 0, op, "std=", std, " must be at least 0");
  return kernels::normal(shape, dtype, mean, std, generator);
}

/// 1 with probability p, otherwise 0. p is exact to 2^-24.
/// Shapes  → y `shape`
/// Throws  ValueError if p is not in [0, 1]; DtypeError unless dtype is floating
inline Tensor bernoulli(double p, const Shape& shape, Generator& generator = default_generator(),
                        Dtype dtype = float32, At at = At::here()) {
  const Op op{"bernoulli", at};
  detail::check_floating_dtype(op, dtype);
  check<ValueError>(p >= 0 && p <= 1, op, "p=", p, " must be in [0, 1]");
  return kernels::bernoulli(shape, dtype, p, 1, 0, generator);
}
/// 1 with the probability in each element of p, otherwise 0.
/// Shapes  p (…) → y (…) of p's dtype
/// Throws  ValueError if an element is not in [0, 1]; DtypeError unless p is floating
inline Tensor bernoulli(const Tensor& p, Generator& generator = default_generator(),
                        At at = At::here()) {
  const Op op{"bernoulli", at};
  detail::check_range(op, p, "p", 0, 1, "in [0, 1]");
  const Array u = kernels::uniform(p.shape(), p.dtype(), 0, 1, generator);
  return dispatch_floating(op, p.dtype(), [&]<class T>(Type<T>) {
    return kernels::zip<T, T>(op, p.shape(), u, p.array(), kernels::Less{});
  });
}

/// Exponential numbers with mean 1/rate.
/// Shapes  → y `shape`
/// Throws  ValueError unless rate > 0; DtypeError unless dtype is floating
inline Tensor exponential(double rate, const Shape& shape,
                          Generator& generator = default_generator(), Dtype dtype = float32,
                          At at = At::here()) {
  const Op op{"exponential", at};
  detail::check_floating_dtype(op, dtype);
  check<ValueError>(rate > 0, op, "rate=", rate, " must be positive");
  return kernels::exponential(shape, dtype, rate, generator);
}

/// Uniform integers in [low, high), int64.
/// Shapes  → y `shape`
/// Throws  ValueError if low ≥ high, or one is not an int64
inline Tensor randint(Scalar low, Scalar high, const Shape& shape,
                      Generator& generator = default_generator(), At at = At::here()) {
  const Op op{"randint", at};
  const auto first = low.to<Index>(op), end = high.to<Index>(op);
  check<ValueError>(first < end, op, "low=", first, " must be below high=", end);
  return kernels::integers(shape, first, end, generator);
}

/// The numbers 0 … n − 1 in a random order, int64.
/// Shapes  → y (n)
/// Throws  ValueError for a negative n
inline Tensor randperm(Index n, Generator& generator = default_generator(), At at = At::here()) {
  const Op op{"randperm", at};
  check<ValueError>(n >= 0, op, "n=", n, " must not be negative");
  const Array out = Array::empty({n}, int64, op);
  const std::vector<Index> order = generator.permutation(n);
  std::copy(order.begin(), order.end(), out.data<Index>());
  return out;
}

/// `samples` positions for each row of weights, drawn with probability weight/Σ. Without
/// replacement each position occurs at most once, in the order of drawing.
/// Shapes  weights (K) or (N,K) → y (samples) or (N,samples) int64
/// Throws  ValueError for a weight that is negative or not finite, for weights that are all 0, and,
///         without replacement, for more samples than a row has positive weights
/// Cost    O(K + samples·log K) for each row; without replacement O(K·log samples)
inline Tensor multinomial(const Tensor& weights, Index samples, bool replacement = false,
                          Generator& generator = default_generator(), At at = At::here()) {
  const Op op{"multinomial", at};
  check<ShapeError>(weights.dim() == 1 || weights.dim() == 2, op, "weights ", weights.shape(),
                    " must be (K) or (N, K)");
  check<ValueError>(samples > 0, op, "samples=", samples, " must be at least 1");
  detail::check_range(op, weights, "weights", 0, detail::kLargest, "finite and not negative");
  const Index n = weights.shape().back(), rows = weights.dim() == 2 ? weights.shape()[0] : 1;
  for (Index r = 0; r < rows; ++r) {
    Index possible = 0;
    for (Index i = 0; i < n; ++i) possible += weights.array().at(r * n + i) > 0;
    check<ValueError>(possible > 0, op, "row ", r, " of weights has no weight above 0");
    check<ValueError>(replacement || samples <= possible, op, "samples=", samples, ", but row ", r,
                      " of weights has only ", possible, " above 0; or draw with replacement");
  }
  const Array y = kernels::multinomial(op, weights.array().reshaped({rows, n}), samples,
                                       replacement, generator);
  return weights.dim() == 2 ? y : y.reshaped({samples});
}

/// Uniform numbers in [0, 1).
/// Shapes  → y `shape`
inline Tensor rand(const Shape& shape, Dtype dtype = float32,
                   Generator& generator = default_generator(), double low = 0, double high = 1,
                   At at = At::here()) {
  const Op op{"rand", at};
  const CalledAs called(op);
  return uniform(low, high, shape, generator, dtype, at);
}
/// Standard normal numbers.
/// Shapes  → y `shape`
inline Tensor randn(const Shape& shape, Dtype dtype = float32,
                    Generator& generator = default_generator(), At at = At::here()) {
  const Op op{"randn", at};
  const CalledAs called(op);
  return normal(0, 1, shape, generator, dtype, at);
}

/// rand() or randn() with the shape and dtype of x.
/// Shapes  x (…) → y (…)
inline Tensor rand_like(const Tensor& x, Generator& generator = default_generator(),
                        At at = At::here()) {
  const Op op{"rand_like", at};
  const CalledAs called(op);
  return uniform(0, 1, x.shape(), generator, x.dtype(), at);
}
inline Tensor randn_like(const Tensor& x, Generator& generator = default_generator(),
                         At at = At::here()) {
  const Op op{"randn_like", at};
  const CalledAs called(op);
  return normal(0, 1, x.shape(), generator, x.dtype(), at);
}

}  // namespace tinygrad
