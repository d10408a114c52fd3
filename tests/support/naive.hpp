// SPDX-License-Identifier: MIT
// Plain arrays of double and loops over multi-indices: the independent references of the op cases.
// Nothing here calls the library's kernels.
#pragma once

#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "tinygrad/core/array.hpp"

namespace tinygrad::test {

/// A shape and its values in row-major order.
struct Naive {
  Shape shape;
  std::vector<double> values;

  Naive() = default;
  explicit Naive(const Shape& s, double fill = 0)
      : shape(s), values(static_cast<std::size_t>(s.count()), fill) {}
  explicit Naive(const Array& a) : Naive(a.shape()) {
    for (Index i = 0; i < a.count(); ++i) values[static_cast<std::size_t>(i)] = a.at(i);
  }

  Index count() const { return static_cast<Index>(values.size()); }
  double& operator[](Index i) { return values[static_cast<std::size_t>(i)]; }
  double operator[](Index i) const { return values[static_cast<std::size_t>(i)]; }

  /// Row-major position of a multi-index.
  Index at(const Shape& index) const {
    Index i = 0;
    for (int a = 0; a < shape.rank(); ++a) i = i * shape[a] + index[a];
    return i;
  }
  double& operator()(const Shape& index) { return (*this)[at(index)]; }
  double operator()(const Shape& index) const { return (*this)[at(index)]; }
  /// The value that broadcasting puts at a multi-index of a larger shape.
  double broadcast(const Shape& index) const {
    Shape own;
    for (int a = 0; a < shape.rank(); ++a) {
      const Index i = index[a + index.rank() - shape.rank()];
      own.push_back(shape[a] == 1 ? 0 : i);
    }
    return (*this)(own);
  }
};

/// |a − b| ≤ tolerance·(1 + |b|); NaN is the same as NaN, and an infinity as itself.
inline bool same(double a, double b, double tolerance) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (std::isinf(a) || std::isinf(b)) return a == b;
  return std::fabs(a - b) <= tolerance * (1 + std::fabs(b));
}

/// Calls f(index) for every multi-index of a shape, in row-major order.
inline void for_each_index(const Shape& shape, const std::function<void(const Shape&)>& f) {
  for (Index i = 0; i < shape.count(); ++i) {
    Shape index = shape;
    Index rest = i;
    for (int a = shape.rank() - 1; a >= 0; --a) {
      index[a] = rest % shape[a];
      rest /= shape[a];
    }
    f(index);
  }
}

/// A new array with f(index) at every multi-index.
inline Naive tabulate(const Shape& shape, const std::function<double(const Shape&)>& f) {
  Naive out(shape);
  Index i = 0;
  for_each_index(shape, [&](const Shape& index) { out[i++] = f(index); });
  return out;
}

}  // namespace tinygrad::test
