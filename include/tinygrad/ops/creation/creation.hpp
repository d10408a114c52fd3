// SPDX-License-Identifier: MIT
// Makes tensors of given numbers (tensor), of one number (zeros, ones, full, eye) and of sequences
// (arange, linspace, logspace).
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <initializer_list>
#include <type_traits>
#include <vector>

#include "tinygrad/autograd/node.hpp"  // Tensor needs its release()
#include "tinygrad/core/wrapping.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

// A number that the dtype cannot hold is an error that names both: NaN, 1e20 and, for uint8, −1 in
// integers, 1e300 in float32. Integers in int64 are exact.

/// A scalar.
/// Shapes  → y ()
/// Throws  ValueError if the dtype cannot hold the number
template <class T>
requires std::is_arithmetic_v<T> Tensor tensor(T value, Dtype dtype = float32, At at = At::here()) {
  return Array::full({}, value, dtype, {"tensor", at});
}

namespace detail {
/// The dtype for numbers of this C++ type: its own, if a dtype has this type; otherwise int64 for
/// integers and float32 for the rest.
template <class T> constexpr Dtype dtype_of_elements() {
  if constexpr (std::is_same_v<T, bool>) return bool_;
  else if constexpr (std::is_same_v<T, std::uint8_t>) return uint8;
  else if constexpr (std::is_integral_v<T>) return int64;
  else return std::is_same_v<T, double> ? float64 : float32;
}
}  // namespace detail

/// A rank-1 tensor of the given numbers. Without a dtype it has that of their C++ type: a
/// std::vector<std::int64_t> gives int64, a std::vector<double> float64.
/// Shapes  n numbers → y (n)
/// Throws  ValueError if the dtype cannot hold one of the numbers
template <class T>
requires std::is_convertible_v<T, Scalar> Tensor
tensor(const std::vector<T>& values, Dtype dtype = detail::dtype_of_elements<T>(),
       At at = At::here()) {
  return Array::from(values, dtype, {"tensor", at});
}
template <class T>
requires std::is_arithmetic_v<T> Tensor tensor(std::initializer_list<T> values,
                                               Dtype dtype = float32, At at = At::here()) {
  return Array::from(std::vector<T>(values), dtype, {"tensor", at});
}

namespace detail {
/// A number, or a list of NestedLists in braces. Valid only during the call that it is an argument
/// of.
class NestedList {
 public:
  template <class T>
  requires std::is_arithmetic_v<T> NestedList(T number)  // NOLINT: implicit
      : number_(number), is_number_(true) {}
  NestedList(std::initializer_list<NestedList> items) : items_(items) {}

  /// The sizes, from the first element of each list.
  Shape shape() const {
    Shape out;
    for (const NestedList* list = this; !list->is_number_; list = list->items_.begin()) {
      out.push_back(static_cast<Index>(list->items_.size()));
      if (out.back() == 0) break;
    }
    return out;
  }
  /// Appends the numbers. Throws unless every list at depth `dim` has shape[dim] items.
  void flatten(const Op& op, const Shape& shape, int dim, std::vector<Scalar>& values) const {
    const bool leaf = dim == shape.rank();
    check<ShapeError>(is_number_ == leaf, op, "a list and a number stand side by side at depth ",
                      dim);
    if (leaf) {
      values.push_back(number_);
      return;
    }
    check<ShapeError>(static_cast<Index>(items_.size()) == shape[dim], op,
                      "rows differ in length: ", shape[dim], " and ", items_.size());
    for (const NestedList& item : items_) item.flatten(op, shape, dim + 1, values);
  }

 private:
  std::initializer_list<NestedList> items_;
  Scalar number_ = 0;
  bool is_number_ = false;
};
}  // namespace detail

/// A tensor of numbers in braces, one level for each dim: tensor({{1, 2}, {3, 4}}) has shape (2,
/// 2), tensor({{-4}}) has shape (1, 1).
/// Shapes  one dim for each level of braces
/// Throws  ShapeError if lists of one level differ in length; ValueError if the dtype cannot hold a
///         number
inline Tensor tensor(std::initializer_list<detail::NestedList> values, Dtype dtype = float32,
                     At at = At::here()) {
  const Op op{"tensor", at};
  const detail::NestedList all(values);
  const Shape shape = all.shape();
  std::vector<Scalar> numbers;
  all.flatten(op, shape, 0, numbers);
  return Array::from(numbers, dtype, op).reshaped(shape);
}

/// 0, 1 or `value` everywhere.
/// Shapes  → y `shape`
/// Throws  ValueError if the dtype cannot hold the value
inline Tensor zeros(const Shape& shape, Dtype dtype = float32, At at = At::here()) {
  return Array::zeros(shape, dtype, at);
}
inline Tensor ones(const Shape& shape, Dtype dtype = float32, At at = At::here()) {
  return Array::full(shape, 1, dtype, {"ones", at});
}
inline Tensor full(const Shape& shape, Scalar value, Dtype dtype = float32, At at = At::here()) {
  return Array::full(shape, value, dtype, {"full", at});
}

/// An uninitialised tensor. Write it before you read it.
/// Shapes  → y `shape`
inline Tensor empty(const Shape& shape, Dtype dtype = float32, At at = At::here()) {
  return Array::empty(shape, dtype, {"empty", at});
}

/// zeros(), ones(), full() and empty() with the shape and dtype of x.
/// Shapes  x (…) → y (…)
inline Tensor zeros_like(const Tensor& x, At at = At::here()) {
  operand({"zeros_like", at}, "x", x);
  return Array::zeros(x.shape(), x.dtype(), at);
}
inline Tensor ones_like(const Tensor& x, At at = At::here()) {
  const Op op{"ones_like", at};
  return Array::full(operand(op, "x", x).shape(), 1, x.dtype(), op);
}
inline Tensor full_like(const Tensor& x, Scalar value, At at = At::here()) {
  const Op op{"full_like", at};
  return Array::full(operand(op, "x", x).shape(), value, x.dtype(), op);
}
inline Tensor empty_like(const Tensor& x, At at = At::here()) {
  const Op op{"empty_like", at};
  return Array::empty(operand(op, "x", x).shape(), x.dtype(), op);
}

namespace detail {
// Wide enough for sums and products of two int64.
__extension__ using Int128 = __int128;

/// The vector f(0), f(1), … of a monotonic f. Throws ValueError unless the dtype can hold both
/// ends.
template <class F> Tensor sequence(const Op& op, Index count, Dtype dtype, F f) {
  for (const Index end : {Index{0}, count - 1})
    if (count > 0) Scalar(f(end)).check_fits(op, dtype);
  const Array y = Array::empty({count}, dtype, op);
  dispatch(dtype, [&]<class T>(Type<T>) {
    T* out = y.data<T>();
    for (Index i = 0; i < count; ++i) out[i] = static_cast<T>(f(i));
  });
  return y;
}

/// arange() of integers, which is exact.
inline Tensor arange_integers(const Op& op, Index start, Index end, Index step, Dtype dtype) {
  check<ValueError>(step != 0, op, "step=", step, " does not lead from start=", start,
                    " to end=", end);
  check<ValueError>(start == end || (start < end) == (step > 0), op, "step=", step,
                    " leads away from end=", end, ", starting at start=", start);
  const Int128 distance = Int128{end} - start, size = step;
  const Int128 count = (distance + size + (step > 0 ? -1 : 1)) / size;  // rounded up
  check<ShapeError>(count < Int128{1'000'000'000'000'000'000}, op, "start=", start, ", end=", end,
                    " and step=", step, " give ", static_cast<double>(count),
                    " elements: too many");
  return sequence(op, static_cast<Index>(count), dtype, [=](Index i) {  // i·step may overflow int64
    return wrapping_add(start, wrapping_mul(i, step));
  });
}
inline Tensor arange(const Op& op, const Scalar& from, const Scalar& to, const Scalar& by,
                     Dtype dtype) {
  if (!from.is_floating() && !to.is_floating() && !by.is_floating())
    return arange_integers(op, from.to<Index>(op), to.to<Index>(op), by.to<Index>(op), dtype);
  const double start = from.real(), end = to.real(), step = by.real();
  check<ValueError>(step != 0 && std::isfinite((end - start) / step), op, "step=", step,
                    " does not lead from start=", start, " to end=", end);
  check<ValueError>(start == end || (start < end) == (step > 0), op, "step=", step,
                    " leads away from end=", end, ", starting at start=", start);
  const double count = std::ceil((end - start) / step);
  check<ShapeError>(count < 1e18, op, "start=", start, ", end=", end, " and step=", step, " give ",
                    count, " elements: too many");
  return sequence(op, static_cast<Index>(count), dtype,
                  [=](Index i) { return start + static_cast<double>(i) * step; });
}
template <class T>
concept Arithmetic = std::is_arithmetic_v<T>;
/// The dtype for numbers of these C++ types: int64, or float32 if one is floating.
template <class... T> constexpr Dtype number_dtype() {
  return (std::is_floating_point_v<T> || ...) ? float32 : int64;
}
}  // namespace detail

/// start, start + step, … below end (above end, if step < 0). Without a dtype it is int64 if all
/// three are integers, otherwise float32. Integers are computed exactly, others in double.
/// Shapes  → y (⌈(end − start)/step⌉)
/// Throws  ValueError if step is 0 or leads away from end, or the dtype cannot hold an element
template <detail::Arithmetic Start, detail::Arithmetic End, detail::Arithmetic Step = int>
Tensor arange(Start start, End end, Step step = 1,
              Dtype dtype = detail::number_dtype<Start, End, Step>(), At at = At::here()) {
  return detail::arange({"arange", at}, start, end, step, dtype);
}
/// 0, 1, … below end.
template <detail::Arithmetic End>
Tensor arange(End end, Dtype dtype = detail::number_dtype<End>(), At at = At::here()) {
  return detail::arange({"arange", at}, 0, end, 1, dtype);
}

/// `steps` numbers at equal distances from start to end, both included; one number is start.
/// Between integers, int64 numbers are exact before their fraction is removed.
/// Shapes  → y (steps)
/// Throws  ValueError for a negative number of steps, or if the dtype cannot hold an end
inline Tensor linspace(Scalar start, Scalar end, Index steps, Dtype dtype = float32,
                       At at = At::here()) {
  const Op op{"linspace", at};
  check<ValueError>(steps >= 0, op, "steps=", steps, " must not be negative");
  if (!is_floating(dtype) && !start.is_floating() && !end.is_floating()) {
    const detail::Int128 first = start.to<Index>(op), last = end.to<Index>(op);
    const detail::Int128 n = std::max<Index>(steps - 1, 1);
    return detail::sequence(op, steps, dtype, [=](Index i) {
      return static_cast<Index>((first * (n - i) + last * i) / n);
    });
  }
  const double from = start.real(), to = end.real(), last = static_cast<double>(steps) - 1;
  const bool wide = !std::isfinite(to - from);  // the difference of finite numbers may overflow
  const double step = last <= 0 ? 0 : wide ? to / last - from / last : (to - from) / last;
  return detail::sequence(op, steps, dtype, [=](Index i) {  // from both ends, so both are exact
    const auto k = static_cast<double>(i);
    return 2 * k <= last ? from + k * step : to - (last - k) * step;
  });
}

/// base^start … base^end, the exponents at equal distances.
/// Shapes  → y (steps)
/// Throws  ValueError for a negative number of steps, or if the dtype cannot hold a number
inline Tensor logspace(double start, double end, Index steps, double base = 10,
                       Dtype dtype = float32, At at = At::here()) {
  const Op op{"logspace", at};
  check<ValueError>(steps >= 0, op, "steps=", steps, " must not be negative");
  const Tensor exponents = linspace(start, end, steps, float64, at);
  std::vector<double> values;
  values.reserve(static_cast<std::size_t>(steps));
  for (Index i = 0; i < steps; ++i) values.push_back(std::pow(base, exponents.data<double>()[i]));
  return Array::from(values, dtype, op);
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
