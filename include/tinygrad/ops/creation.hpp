// SPDX-License-Identifier: MIT
// Tensors from numbers and from nothing. Random ones are in ops/sampling.hpp.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <initializer_list>
#include <type_traits>
#include <vector>

#include "tinygrad/autograd/node.hpp"  // Tensor needs its release()

namespace tinygrad {

/// A scalar.
/// Shapes  → y ()
template <class T>
requires std::is_arithmetic_v<T> Tensor tensor(T value, Dtype dtype = float32) {
  return Array::full({}, static_cast<double>(value), dtype);
}

/// A rank-1 tensor of the given numbers.
/// Shapes  n numbers → y (n)
template <class T> Tensor tensor(const std::vector<T>& values, Dtype dtype = float32) {
  return Array::from(values, dtype);
}
template <class T>
requires std::is_arithmetic_v<T> Tensor tensor(std::initializer_list<T> values,
                                               Dtype dtype = float32) {
  return Array::from(std::vector<T>(values), dtype);
}

namespace detail {
/// A number, or a list of such things in braces. Lives no longer than the call it is an argument
/// of.
class NestedList {
 public:
  template <class T>
  requires std::is_arithmetic_v<T> NestedList(T number)  // NOLINT: implicit
      : number_(static_cast<double>(number)), is_number_(true) {}
  NestedList(std::initializer_list<NestedList> items) : items_(items) {}

  /// The sizes, as the first element of each list has them.
  Shape shape() const {
    Shape out;
    for (const NestedList* list = this; !list->is_number_; list = list->items_.begin()) {
      out.push_back(static_cast<Index>(list->items_.size()));
      if (out.back() == 0) break;
    }
    return out;
  }
  /// Appends the numbers; every list at depth `axis` must have shape[axis] items.
  void flatten(const Op& op, const Shape& shape, int axis, std::vector<double>& values) const {
    const bool leaf = axis == shape.rank();
    check<ShapeError>(is_number_ == leaf, op, "a list and a number stand side by side at depth ",
                      axis);
    if (leaf) {
      values.push_back(number_);
      return;
    }
    check<ShapeError>(static_cast<Index>(items_.size()) == shape[axis], op,
                      "rows differ in length: ", shape[axis], " and ", items_.size());
    for (const NestedList& item : items_) item.flatten(op, shape, axis + 1, values);
  }

 private:
  std::initializer_list<NestedList> items_;
  double number_ = 0;
  bool is_number_ = false;
};
}  // namespace detail

/// A tensor of numbers in braces, one level for each axis: tensor({{1, 2}, {3, 4}}) has shape
/// (2, 2), tensor({{-4}}) has shape (1, 1).
/// Shapes  one axis for each level of braces
/// Throws  ShapeError if lists of one level differ in length
inline Tensor tensor(std::initializer_list<detail::NestedList> values, Dtype dtype = float32,
                     At at = At::here()) {
  const Op op{"tensor", at};
  const detail::NestedList all(values);
  const Shape shape = all.shape();
  std::vector<double> numbers;
  all.flatten(op, shape, 0, numbers);
  return Array::from(numbers, dtype).reshaped(shape);
}

/// 0, 1 or `value` everywhere.
/// Shapes  → y `shape`
inline Tensor zeros(const Shape& shape, Dtype dtype = float32, At at = At::here()) {
  return Array::zeros(shape, dtype, at);
}
inline Tensor ones(const Shape& shape, Dtype dtype = float32, At at = At::here()) {
  return Array::full(shape, 1, dtype, at);
}
inline Tensor full(const Shape& shape, double value, Dtype dtype = float32) {
  return Array::full(shape, value, dtype);
}

/// Uninitialised: to be written before it is read.
/// Shapes  → y `shape`
inline Tensor empty(const Shape& shape, Dtype dtype = float32, At at = At::here()) {
  return Array::empty(shape, dtype, {"empty", at});
}

/// The same in the shape and dtype of x.
/// Shapes  x (…) → y (…)
inline Tensor zeros_like(const Tensor& x, At at = At::here()) {
  operand({"zeros_like", at}, "x", x);
  return Array::zeros(x.shape(), x.dtype(), at);
}
inline Tensor ones_like(const Tensor& x, At at = At::here()) {
  operand({"ones_like", at}, "x", x);
  return Array::full(x.shape(), 1, x.dtype(), at);
}
inline Tensor full_like(const Tensor& x, double value) { return full(x.shape(), value, x.dtype()); }
inline Tensor empty_like(const Tensor& x, At at = At::here()) {
  const Op op{"empty_like", at};
  return Array::empty(operand(op, "x", x).shape(), x.dtype(), op);
}

namespace detail {
/// A vector of f(0), f(1), …, computed in double.
template <class F> Tensor sequence(const Op& op, Index count, Dtype dtype, F f) {
  const Array y = Array::empty({count}, dtype, op);
  dispatch(dtype, [&]<class T>(Type<T>) {
    for (Index i = 0; i < count; ++i) y.data<T>()[i] = static_cast<T>(f(static_cast<double>(i)));
  });
  return y;
}
inline Tensor arange(const Op& op, double start, double end, double step, Dtype dtype) {
  check<ValueError>(step != 0 && std::isfinite((end - start) / step), op, "step=", step,
                    " does not lead from start=", start, " to end=", end);
  check<ValueError>(start == end || (start < end) == (step > 0), op, "step=", step,
                    " leads away from end=", end, ", starting at start=", start);
  const double count = std::ceil((end - start) / step);
  check<ShapeError>(count < 1e18, op, "start=", start, ", end=", end, " and step=", step, " give ",
                    count, " elements: too many");
  return sequence(op, static_cast<Index>(count), dtype, [=](double i) { return start + i * step; });
}
template <class T>
concept Arithmetic = std::is_arithmetic_v<T>;
/// The dtype that holds numbers of these C++ types: int64, or float32 if one of them is floating.
template <class... T> constexpr Dtype number_dtype() {
  return (std::is_floating_point_v<T> || ...) ? float32 : int64;
}
}  // namespace detail

/// start, start + step, … below (or above, if step < 0) end: int64 if all three are integers, else
/// float32, unless a dtype is given.
/// Shapes  → y (⌈(end − start)/step⌉)
/// Throws  ValueError if step is 0 or leads away from end
template <detail::Arithmetic Start, detail::Arithmetic End, detail::Arithmetic Step = int>
Tensor arange(Start start, End end, Step step = 1,
              Dtype dtype = detail::number_dtype<Start, End, Step>(), At at = At::here()) {
  return detail::arange({"arange", at}, static_cast<double>(start), static_cast<double>(end),
                        static_cast<double>(step), dtype);
}
/// 0, 1, … below end.
template <detail::Arithmetic End>
Tensor arange(End end, Dtype dtype = detail::number_dtype<End>(), At at = At::here()) {
  return detail::arange({"arange", at}, 0, static_cast<double>(end), 1, dtype);
}

/// `steps` numbers at equal distances from start to end, both included; one is start.
/// Shapes  → y (steps)
/// Throws  ValueError for a negative number of steps
inline Tensor linspace(double start, double end, Index steps, Dtype dtype = float32,
                       At at = At::here()) {
  const Op op{"linspace", at};
  check<ValueError>(steps >= 0, op, "steps=", steps, " must not be negative");
  const double last = static_cast<double>(steps) - 1, step = last > 0 ? (end - start) / last : 0;
  return detail::sequence(op, steps, dtype, [=](double i) {  // from both ends, so both are exact
    return 2 * i <= last ? start + i * step : end - (last - i) * step;
  });
}

/// base^start … base^end, the exponents at equal distances.
/// Shapes  → y (steps)
/// Throws  ValueError for a negative number of steps
inline Tensor logspace(double start, double end, Index steps, double base = 10,
                       Dtype dtype = float32, At at = At::here()) {
  const Op op{"logspace", at};
  check<ValueError>(steps >= 0, op, "steps=", steps, " must not be negative");
  const Tensor exponents = linspace(start, end, steps, float64, at);
  return detail::sequence(op, steps, dtype, [=, p = exponents.data<double>()](double i) {
    return std::pow(base, p[static_cast<Index>(i)]);
  });
}

/// Ones on the main diagonal of zeros.
/// Shapes  → y (n, m)
inline Tensor eye(Index n, Index m, Dtype dtype = float32, At at = At::here()) {
  check_sizes({"eye", at}, {n, m});
  const Array a = Array::zeros({n, m}, dtype);
  dispatch(dtype, [&]<class T>(Type<T>) {
    for (Index i = 0; i < std::min(n, m); ++i) a.data<T>()[i * m + i] = T{1};
  });
  return a;
}
/// The identity matrix.
/// Shapes  → y (n, n)
inline Tensor eye(Index n, Dtype dtype = float32, At at = At::here()) {
  return eye(n, n, dtype, at);
}

}  // namespace tinygrad
