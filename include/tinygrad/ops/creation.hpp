// SPDX-License-Identifier: MIT
// Tensors from numbers and from nothing.
#pragma once

#include <cmath>
#include <concepts>
#include <initializer_list>
#include <vector>

#include "tinygrad/autograd/node.hpp"
#include "tinygrad/kernels/random.hpp"

namespace tinygrad {

/// A scalar.
template <class T>
requires std::is_arithmetic_v<T> Tensor tensor(T value, Dtype dtype = float32) {
  return Array::full({}, static_cast<double>(value), dtype);
}

/// A rank-1 tensor of the given numbers.
template <class T> Tensor tensor(const std::vector<T>& values, Dtype dtype = float32) {
  return Array::from(values, dtype);
}
inline Tensor tensor(std::initializer_list<double> values, Dtype dtype = float32) {
  return Array::from(std::vector<double>(values), dtype);
}

/// A rank-2 tensor from rows of equal length.
inline Tensor tensor(std::initializer_list<std::initializer_list<double>> rows,
                     Dtype dtype = float32, At at = At::here()) {
  std::vector<double> values;
  const auto columns = rows.size() ? rows.begin()->size() : 0;
  for (const auto& row : rows) {
    check<ShapeError>(row.size() == columns, {"tensor", at}, "rows differ in length: ", columns,
                      " and ", row.size());
    values.insert(values.end(), row);
  }
  return Array::from(values, dtype)
      .reshaped({static_cast<Index>(rows.size()), static_cast<Index>(columns)});
}

inline Tensor zeros(const Shape& shape, Dtype dtype = float32) {
  return Array::zeros(shape, dtype);
}
inline Tensor ones(const Shape& shape, Dtype dtype = float32) {
  return Array::full(shape, 1, dtype);
}
inline Tensor full(const Shape& shape, double value, Dtype dtype = float32) {
  return Array::full(shape, value, dtype);
}
inline Tensor zeros_like(const Tensor& x) { return zeros(x.shape(), x.dtype()); }
inline Tensor ones_like(const Tensor& x) { return ones(x.shape(), x.dtype()); }

/// start, start + step, … below (or above, if step < 0) end.
inline Tensor arange(double start, double end, double step = 1, Dtype dtype = int64,
                     At at = At::here()) {
  check<ValueError>(step != 0 && std::isfinite((end - start) / step), {"arange", at}, "step=", step,
                    " does not lead from start=", start, " to end=", end);
  const double steps = std::fmax(0.0, std::ceil((end - start) / step));
  std::vector<double> values(static_cast<std::size_t>(steps));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = start + static_cast<double>(i) * step;
  return Array::from(values, dtype);
}
inline Tensor arange(double end) { return arange(0, end); }

/// The identity matrix (n, n).
inline Tensor eye(Index n, Dtype dtype = float32) {
  const Array a = Array::zeros({n, n}, dtype);
  dispatch(dtype, [&]<class T>(Type<T>) {
    for (Index i = 0; i < n; ++i) a.data<T>()[i * n + i] = T{1};
  });
  return a;
}

/// Uniform numbers in [low, high).
inline Tensor rand(const Shape& shape, Dtype dtype = float32,
                   Generator& generator = default_generator(), double low = 0, double high = 1) {
  return kernels::uniform(shape, dtype, low, high, generator);
}
/// Standard normal numbers.
inline Tensor randn(const Shape& shape, Dtype dtype = float32,
                    Generator& generator = default_generator()) {
  return kernels::normal(shape, dtype, 0, 1, generator);
}
/// Uniform integers in [low, high).
inline Tensor randint(Index low, Index high, const Shape& shape,
                      Generator& generator = default_generator(), At at = At::here()) {
  check<ValueError>(low < high, {"randint", at}, "low=", low, " must be below high=", high);
  const Array a = Array::empty(shape, int64, {"randint", at});
  for (Index i = 0; i < a.count(); ++i) a.data<Index>()[i] = low + generator.integer(high - low);
  return a;
}

}  // namespace tinygrad
