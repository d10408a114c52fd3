// SPDX-License-Identifier: MIT
// Reductions over any dims: sum, mean, prod, logsumexp, all, any, count_nonzero, and sums that skip
// NaN. Each takes `dims` (none: all of them; an integer; or a list, {0, -1}) and `keepdims`, which
// leaves the reduced dims with size 1.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <initializer_list>
#include <limits>
#include <type_traits>

#include "tinygrad/kernels/elementwise/exponential.hpp"
#include "tinygrad/kernels/reduction/moments.hpp"
#include "tinygrad/kernels/reduction/reduce.hpp"
#include "tinygrad/ops/elementwise/exponential.hpp"
#include "tinygrad/ops/elementwise/select.hpp"
#include "tinygrad/ops/shape/join.hpp"
#include "tinygrad/ops/shape/movement.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// The dims of a reduction. Empty means all dims.
class Dims {
 public:
  Dims() = default;
  template <class T>
  requires(std::integral<T> && !std::same_as<T, bool>) Dims(T dim)  // NOLINT: implicit
      : list_{static_cast<Index>(dim)} {}
  Dims(std::initializer_list<Index> dims) : list_(dims) {}
  Dims(const Shape& dims) : list_(dims) {}  // NOLINT: implicit

  /// The set of dims for a tensor of this rank.
  kernels::AxisSet resolve(const Op& op, int rank) const {
    kernels::AxisSet set;
    for (int i = 0; i < rank; ++i) set.reduced[i] = list_.empty();
    for (const Index given : list_) {
      const int dim = normalize_dim(op, given, rank);
      check<ShapeError>(!set[dim], op, "dims ", list_, " name dim ", dim, " twice");
      set.reduced[dim] = true;
    }
    return set;
  }

 private:
  Shape list_;
};

namespace detail {
// Data that all reductions need: the dims, and the shapes before and after.
struct Reduced {
  kernels::AxisSet dims;
  Shape from, kept, to;  // `kept` has size 1 where `to` may drop the dim
  Index count = 1;       // number of values for one result

  Reduced(const Op& op, const Tensor& x, const Dims& list, bool keepdims)
      : dims(list.resolve(op, x.dim())),
        from(x.shape()),
        kept(kernels::reduced_shape(from, dims, true)),
        to(kernels::reduced_shape(from, dims, keepdims)) {
    for (int i = 0; i < from.rank(); ++i)
      if (dims[i]) count *= from[i];
  }

  template <class F, class T> Array fold(const Op& op, const Array& x) const {
    return kernels::reduce<F, T>(op, x, dims).reshaped(to);
  }
  // A result or its gradient, in a shape that broadcasts to x's.
  Tensor keep(const Tensor& y) const { return reshape(y, kept); }
  Tensor spread(const Tensor& y) const { return expand(keep(y), from); }

  void check_not_empty(const Op& op) const {
    check<ValueError>(count > 0 || to.count() == 0, op, "x ", from,
                      " has no values along the reduced dims, and so no ", op.name);
  }
};

inline Dtype at_least_int64(Dtype dtype) { return promote(dtype, int64); }

// Σ x / n for floating x. If it is not finite, the sum or a part of it may only have been too
// large. Then it is computed again from values that are smaller by a power of 2.
template <class T> Array total(const Op& op, const Array& x, const Reduced& r, double n) {
  const auto over = [&](const Array& sums, double divisor) {
    return kernels::map<T, T>(op, sums, [divisor](T v) { return static_cast<T>(v / divisor); });
  };
  const Array plain = r.fold<kernels::SumOf, T>(op, x);
  const Array y = n == 1 && r.count > 1 ? plain : over(plain, n);
  if (r.count < 2 || kernels::detail::are_finite(y.data<T>(), y.count())) return y;
  const double down = std::ldexp(1, -std::ilogb(static_cast<double>(r.count)) - 1);
  const Array smaller =
      kernels::map<T, T>(op, x, [by = static_cast<T>(down)](T v) { return v * by; });
  const Array again = over(r.fold<kernels::SumOf, T>(op, smaller), n * down);
  return kernels::zip<T, T>(op, r.to, y, again, [](T a, T b) { return std::isfinite(a) ? a : b; });
}
}  // namespace detail

/// Σ x. bool and uint8 are summed in int64, integers modulo 2^64. An empty sum is 0.
/// Shapes  x (…) → y (… without the dims, or with size 1 if keepdims)
/// Grad    grad_x = grad_y, repeated along the dims
/// Range   with 256 or more values no partial sum overflows unless the sum does
/// Error   about one rounding of the result for any length; see kernels::SumOf
inline Tensor sum(const Tensor& x, const Dims& dims = {}, bool keepdims = false,
                  At at = At::here()) {
  const Op op{"sum", at};
  const detail::Reduced r(op, x, dims, keepdims);
  const Tensor number = to(x, detail::at_least_int64(x.dtype()));
  constexpr Index kShort = 256;  // checking the results of shorter sums would cost too much
  Array y = dispatch_number(op, number.dtype(), [&]<class T>(Type<T>) {
    if constexpr (std::is_floating_point_v<T>)
      if (r.count >= kShort) return detail::total<T>(op, number.array(), r, 1);
    return r.fold<kernels::SumOf, T>(op, number.array());
  });
  return record(op, std::move(y), {x}, save(),
                [r](const Vjp& vjp) { return grads(r.spread(vjp.grad())); });
}

/// Σ x / n over the n reduced values; NaN if n = 0.
/// Shapes  as sum
/// Grad    grad_x = grad_y/n, repeated along the dims
/// Throws  DtypeError unless x is floating
/// Range   finite for any finite x, even if the sum is not
inline Tensor mean(const Tensor& x, const Dims& dims = {}, bool keepdims = false,
                   At at = At::here()) {
  const Op op{"mean", at};
  detail::check_floating(op, x);
  const detail::Reduced r(op, x, dims, keepdims);
  const auto n = static_cast<double>(r.count);
  Array y = dispatch_floating(
      op, x.dtype(), [&]<class T>(Type<T>) { return detail::total<T>(op, x.array(), r, n); });
  return record(op, std::move(y), {x}, save(), [r, n](const Vjp& vjp) {
    return grads(r.spread(div(vjp.grad(), std::max(n, 1.0))));
  });
}

namespace detail {
// The gradient of the product over dim 0, x (n, m), grad_y (1, m) → (n, m), without a division. The
// halves are multiplied in pairs. The gradient of each factor is its partner times the pair's
// gradient.
inline Tensor prod_grad(const Tensor& x, const Tensor& grad_y) {
  const Op op{"prod"};
  const Index n = x.shape()[0], half = n / 2;
  if (n == 1) return grad_y;
  const Tensor a = narrow(op, x, 0, 0, half), b = narrow(op, x, 0, half, half);
  const Tensor rest = narrow(op, x, 0, 2 * half, n % 2);
  const Tensor pairs = prod_grad(concat(std::vector{mul(a, b), rest}), grad_y);
  const Tensor grad_pairs = narrow(op, pairs, 0, 0, half);
  return concat(
      std::vector{mul(grad_pairs, b), mul(grad_pairs, a), narrow(op, pairs, 0, half, n % 2)});
}
}  // namespace detail

/// Π x. bool and uint8 are multiplied in int64, integers modulo 2^64. An empty product is 1.
/// Shapes  as sum
/// Grad    grad_xᵢ = grad_y · Π_{j≠i} xⱼ, even if some x are 0
/// Saves   x
/// Cost    backward: O(n) products of pairs in log₂ n levels
inline Tensor prod(const Tensor& x, const Dims& dims = {}, bool keepdims = false,
                   At at = At::here()) {
  const Op op{"prod", at};
  const detail::Reduced r(op, x, dims, keepdims);
  const Tensor number = to(x, detail::at_least_int64(x.dtype()));
  Array y = dispatch_number(op, number.dtype(), [&]<class T>(Type<T>) {
    return r.fold<kernels::ProductOf, T>(op, number.array());
  });
  return record(op, std::move(y), {x}, save(x), [r](const Vjp& vjp, const Tensor& input) {
    if (input.numel() == 0) return grads(r.spread(vjp.grad()));
    Shape order, back = r.from;  // the reduced dims first
    for (const bool reduced : {true, false})
      for (int i = 0; i < r.from.rank(); ++i)
        if (r.dims[i] == reduced) {
          back[i] = order.rank();
          order.push_back(i);
        }
    const Tensor moved = permute(input, order);
    const Index m = r.to.count();
    const Tensor grad =
        detail::prod_grad(reshape(moved, {r.count, m}), reshape(vjp.grad(), {1, m}));
    return grads(permute(reshape(grad, moved.shape()), back));
  });
}

/// log Σ exp x, without overflow. Without values, or with only -inf, it is -inf; with a +inf it is
/// +inf.
/// Shapes  as sum
/// Grad    grad_x = grad_y · exp(x − y); 0 where y is -inf, NaN for an x of +inf: as logcumsumexp
/// Saves   x, y
/// Throws  DtypeError unless x is floating
/// Range   shifted by the largest value, if that is finite
inline Tensor logsumexp(const Tensor& x, const Dims& dims = {}, bool keepdims = false,
                        At at = At::here()) {
  const Op op{"logsumexp", at};
  detail::check_floating(op, x);
  const detail::Reduced r(op, x, dims, keepdims);
  constexpr double inf = std::numeric_limits<double>::infinity();
  const Array y = dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    if (r.count == 0) return Array::full(r.to, -inf, x.dtype());
    const Array largest = r.fold<kernels::MaxOf, T>(op, x.array());
    const Array shift =
        kernels::map<T, T>(op, largest, [](T m) { return std::isfinite(m) ? m : T{0}; });
    const Array each =
        kernels::zip<T, T, CpuLevel::kV4>(op, r.from, x.array(), shift.reshaped(r.kept),
                                          [](T v, T m) { return kernels::fast_exp(v - m); });
    return kernels::zip<T, T>(op, r.to, r.fold<kernels::SumOf, T>(op, each), shift,
                              [](T total, T m) { return kernels::fast_log(total) + m; });
  });
  return record(op, y, {x}, save(x, y),
                [r](const Vjp& vjp, const Tensor& input, const Tensor& output) {
                  // Avoids −inf − −inf, which would be NaN.
                  const Tensor shift = r.keep(where(eq(output, -inf), 0, output));
                  return grads(mul(r.keep(vjp.grad()), exp(sub(input, shift))));
                });
}

namespace detail {
template <class F> Tensor truth(const Op& op, const Tensor& x, const Dims& dims, bool keepdims) {
  const Reduced r(op, x, dims, keepdims);
  return r.fold<F, bool>(op, kernels::cast(op, x.array(), bool_));
}
}  // namespace detail

/// True if no value is 0; NaN is not 0. True without values. No gradient.
/// Shapes  as sum, bool
/// Throws  ShapeError for a dim that does not exist
inline Tensor all(const Tensor& x, const Dims& dims = {}, bool keepdims = false,
                  At at = At::here()) {
  return detail::truth<kernels::AllOf>({"all", at}, x, dims, keepdims);
}

/// True if some value is not 0; NaN is not 0. False without values. No gradient.
/// Shapes  as sum, bool
/// Throws  ShapeError for a dim that does not exist
inline Tensor any(const Tensor& x, const Dims& dims = {}, bool keepdims = false,
                  At at = At::here()) {
  return detail::truth<kernels::AnyOf>({"any", at}, x, dims, keepdims);
}

/// The number of values that are not 0; NaN is not 0. No gradient.
/// Shapes  as sum, int64
/// Throws  ShapeError for a dim that does not exist
inline Tensor count_nonzero(const Tensor& x, const Dims& dims = {}, bool keepdims = false,
                            At at = At::here()) {
  const Op op{"count_nonzero", at};
  const CalledAs called(op);
  return sum(kernels::cast({"count_nonzero", at}, x.array(), bool_), dims, keepdims, at);
}

/// Σ x over the values that are not NaN; 0 if there is none.
/// Shapes  as sum
/// Grad    grad_x = grad_y, repeated along the dims; 0 for a NaN
/// Saves   the positions of NaN
/// Throws  ShapeError for a dim that does not exist
inline Tensor nansum(const Tensor& x, const Dims& dims = {}, bool keepdims = false,
                     At at = At::here()) {
  const Op op{"nansum", at};
  const CalledAs called(op);
  if (!is_floating(x.dtype())) return sum(x, dims, keepdims, at);
  return sum(where(ne(x, x), 0, x), dims, keepdims, at);
}

/// The mean of the values that are not NaN; NaN if there is none.
/// Shapes  as sum
/// Grad    grad_x = grad_y/n over the n values that are not NaN; 0 for a NaN
/// Saves   the positions of NaN, and n
/// Throws  DtypeError unless x is floating
inline Tensor nanmean(const Tensor& x, const Dims& dims = {}, bool keepdims = false,
                      At at = At::here()) {
  const Op op{"nanmean", at};
  const CalledAs called(op);
  detail::check_floating({"nanmean", at}, x);
  const Tensor count = sum(eq(x, x), dims, keepdims, at);
  return div(nansum(x, dims, keepdims, at), to(count, x.dtype()));
}

}  // namespace tinygrad
