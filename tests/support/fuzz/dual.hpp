// SPDX-License-Identifier: MIT
// Dual: values and their derivatives along one direction, in plain arrays of double. The rules are
// forward-mode, element by element, and share nothing with the library's vjps.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>

#include "support/naive.hpp"

namespace tinygrad::test {

struct Dual {
  Naive value, slope;

  const Shape& shape() const { return value.shape; }
};

/// One element of a Dual.
struct Number {
  double value, slope;
};

inline Number at(const Dual& x, const Shape& index) { return {x.value(index), x.slope(index)}; }
inline Number broadcast_at(const Dual& x, const Shape& index) {
  return {x.value.broadcast(index), x.slope.broadcast(index)};
}

inline Number operator+(Number a, Number b) { return {a.value + b.value, a.slope + b.slope}; }
inline Number operator-(Number a, Number b) { return {a.value - b.value, a.slope - b.slope}; }
inline Number operator*(Number a, Number b) {
  return {a.value * b.value, a.slope * b.value + a.value * b.slope};
}
inline Number operator/(Number a, Number b) {
  const double q = a.value / b.value;
  return {q, (a.slope - q * b.slope) / b.value};
}
/// f(x) for a function with the given value and derivative at x.
inline Number chain(Number x, double value, double derivative) {
  return {value, derivative * x.slope};
}
inline Number number(double value) { return {value, 0}; }

/// Set when a comparison was too close to call: rounding decides it, and with it the gradient.
inline bool& too_close() {
  static bool close = false;
  return close;
}
/// a > b, for functions with a kink where both are equal.
inline bool above(Number a, Number b) {
  const bool same = a.value == b.value && a.slope == b.slope;  // then the choice does not matter
  if (std::fabs(a.value - b.value) < 1e-7 && !same) too_close() = true;
  return a.value > b.value;
}

/// f(index) at every index of a shape.
inline Dual tabulate_dual(const Shape& shape, const std::function<Number(const Shape&)>& f) {
  Dual out{Naive(shape), Naive(shape)};
  Index i = 0;
  for_each_index(shape, [&](const Shape& index) {
    const Number n = f(index);
    out.value[i] = n.value;
    out.slope[i++] = n.slope;
  });
  return out;
}

/// f of every element.
inline Dual map_dual(const Dual& x, const std::function<Number(Number)>& f) {
  return tabulate_dual(x.shape(), [&](const Shape& i) { return f(at(x, i)); });
}

/// f of every pair of elements, broadcast.
inline Dual zip_dual(const Dual& a, const Dual& b, const std::function<Number(Number, Number)>& f) {
  return tabulate_dual(broadcast_shapes({"fuzz"}, a.shape(), b.shape()),
                       [&](const Shape& i) { return f(broadcast_at(a, i), broadcast_at(b, i)); });
}

/// f(start, element) folded along a dim, which keeps size 1.
inline Dual fold_dual(const Dual& x, int dim, Number start,
                      const std::function<Number(Number, Number)>& f) {
  Shape shape = x.shape();
  shape[dim] = 1;
  return tabulate_dual(shape, [&](const Shape& index) {
    Number sum = start;
    Shape i = index;
    for (i[dim] = 0; i[dim] < x.shape()[dim]; ++i[dim]) sum = f(sum, at(x, i));
    return sum;
  });
}

/// f(what stands before, element) along a dim, as in cumsum.
inline Dual scan_dual(const Dual& x, int dim, const std::function<Number(Number, Number)>& f) {
  return tabulate_dual(x.shape(), [&](const Shape& index) {
    Shape i = index;
    i[dim] = 0;
    Number sum = at(x, i);
    while (++i[dim] <= index[dim]) sum = f(sum, at(x, i));
    return sum;
  });
}

}  // namespace tinygrad::test
