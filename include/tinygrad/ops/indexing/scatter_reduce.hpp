// SPDX-License-Identifier: MIT
// scatter_reduce: writes values to positions, and combines the values that meet at one position by
// a sum, a product, a mean, a maximum or a minimum.
#pragma once

#include "tinygrad/kernels/reduction/reduce.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/ops/elementwise/comparison.hpp"
#include "tinygrad/ops/elementwise/exponential.hpp"
#include "tinygrad/ops/elementwise/select.hpp"
#include "tinygrad/ops/indexing/indexing.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// How scatter_reduce() combines values at one position.
enum class Reduce { kSum, kProd, kMean, kAmax, kAmin };

namespace detail {
inline Tensor filled_like(const Tensor& x, double value) {
  return full(x.shape(), value, x.dtype());
}
// a at the positions that the index names, plus b.
inline Tensor scatter_sum(const Tensor& a, int dim, const Tensor& index, const Tensor& b) {
  return scatter_add({"scatter_add"}, a.array().copy(), a, dim, index, b);
}

// Records the largest or smallest value. Equal extreme values share the gradient equally.
inline Tensor record_scatter_extreme(const Op& op, const Array& y, const Tensor& x, int dim,
                                     const Tensor& index, const Tensor& source, bool include_self) {
  return record(
      op, y, {x, source}, save(x, index, source, y),
      [dim, include_self](const Vjp& vjp, const Tensor& input, const Tensor& places,
                          const Tensor& values, const Tensor& output) {
        const Op in{"gather"};
        const Dtype dtype = output.dtype();
        // Without x, its elements at these positions do not count: they are 0 in the shares and in
        // the gradient.
        const auto others = [&](const Tensor& t) {
          return include_self ? t : scatter(in, t, dim, places, zeros(places.shape(), dtype));
        };
        const Tensor from_x = others(to(eq(input, output), dtype));
        const Tensor from_source = to(eq(values, gather(in, output, dim, places)), dtype);
        const Tensor share = div(vjp.grad(), scatter_sum(from_x, dim, places, from_source));
        return grads(vjp.needs(0) ? others(mul(from_x, share)) : Tensor(),
                     vjp.needs(1) ? mul(from_source, gather(in, share, dim, places)) : Tensor());
      });
}

template <class Best> Tensor scatter_extreme(const Op& op, const Array& y, const Tensor& x, int dim,
                                             const Tensor& index, const Tensor& source,
                                             bool include_self, Best best) {
  if (!include_self) kernels::scatter(y, dim, index.array(), source.array());  // one of its own
  kernels::scatter_combine(op, y, dim, index.array(), source.array(), best);
  return record_scatter_extreme(op, y, x, dim, index, source, include_self);
}

inline Tensor scatter_prod(const Op& op, const Array& y, const Tensor& x, int dim,
                           const Tensor& index, const Tensor& source) {
  kernels::scatter_combine(op, y, dim, index.array(), source.array(), kernels::Mul{});
  return record(
      op, y, {x, source}, save(x, index, source, y),
      [dim](const Vjp& vjp, const Tensor& input, const Tensor& places, const Tensor& values,
            const Tensor& output) {
        // The product of the others is y/x. For a factor of 0 it is the product of the rest, if
        // that has no other 0. If it has one other 0, that one is a factor too, so that its
        // derivative is right: it is the sum of both zeros without the factor itself.
        const Op in{"gather"};
        const Tensor &g = vjp.grad(), zero_x = eq(input, 0), zero_source = eq(values, 0);
        const Tensor x_or_1 = where(zero_x, 1, input), source_or_1 = where(zero_source, 1, values);
        const Tensor count = scatter_sum(to(zero_x, int64), dim, places, to(zero_source, int64));
        const Tensor two = eq(count, 2);
        const bool pairs = grad_enabled() && kernels::nonzero(in, two.array()).count() > 0;
        const Tensor rest = where(
            pairs ? le(count, 2) : eq(count, 1),
            scatter_prod({"prod"}, x_or_1.array().copy(), x_or_1, dim, places, source_or_1), 0);
        const Tensor both =
            pairs ? scatter_sum(where(zero_x, input, 0), dim, places, where(zero_source, values, 0))
                  : Tensor();
        const auto at_source = [&](const Tensor& t) { return gather(in, t, dim, places); };
        const Tensor whole = mul(g, output), others = mul(g, rest);
        Tensor grad_x, grad_source;
        if (vjp.needs(0)) {
          const Tensor of_zero = pairs ? mul(others, where(two, sub(both, input), 1)) : others;
          grad_x = where(zero_x, of_zero, div(whole, x_or_1));
        }
        if (vjp.needs(1)) {
          Tensor of_zero = at_source(others);
          if (pairs) of_zero = mul(of_zero, where(at_source(two), sub(at_source(both), values), 1));
          grad_source = where(zero_source, of_zero, div(at_source(whole), source_or_1));
        }
        return grads(grad_x, grad_source);
      });
}

// scatter_reduce() into y, which holds the values of x. y has its own memory if the op is recorded
// and saves x.
inline Tensor scatter_reduce(const Op& op, const Array& y, const Tensor& x, int dim,
                             const Tensor& index, const Tensor& source, Reduce reduce,
                             bool include_self) {
  const Tensor neutral =
      include_self ? Tensor() : filled_like(source, reduce == Reduce::kProd ? 1 : 0);
  const auto sum = [&] {
    return scatter_add(op, y, include_self ? x : scatter(op, y, x, dim, index, neutral), dim, index,
                       source);
  };
  switch (reduce) {
    case Reduce::kSum: return sum();
    case Reduce::kProd: {
      if (include_self) return scatter_prod(op, y, x, dim, index, source);
      const bool saved = !y.same_as(x.array());
      const Tensor from = saved ? scatter(op, x, dim, index, neutral) : x;
      kernels::scatter(y, dim, index.array(), neutral.array());
      return scatter_prod(op, y, from, dim, index, source);
    }
    case Reduce::kMean: {
      Tensor count = filled_like(x, 1);
      if (!include_self) count = scatter(op, count, dim, index, neutral);
      return div(sum(), scatter_sum(count, dim, index, filled_like(source, 1)));
    }
    case Reduce::kAmax:
      return scatter_extreme(op, y, x, dim, index, source, include_self, kernels::MaxOf{});
    default: return scatter_extreme(op, y, x, dim, index, source, include_self, kernels::MinOf{});
  }
}

// Checks the arguments. Returns the dim.
inline int check_scatter_reduce(const Op& op, const Tensor& x, Index dim, const Tensor& index,
                                const Tensor& source, Reduce reduce) {
  const int along = check_scatter(op, x, dim, index, source);
  check<DtypeError>(reduce != Reduce::kMean || is_floating(x.dtype()), op, "the mean of ",
                    x.dtype(), " is not defined; convert with to(x, float32)");
  return along;
}
}  // namespace detail

/// x combined with the values of source at the positions that gather() reads. Without
/// `include_self` the values of x at those positions do not count.
/// Shapes  x (…), index (…) int64 and source (index) as in gather → y (x)
/// Grad    kSum and kMean: shares of grad_y; kAmax and kAmin: grad_y to the extreme value, equally
///         shared among equal ones; kProd: grad_y · the product of the others, even if one is 0
/// Saves   index; kProd, kAmax, kAmin: x, source and y too
/// Throws  ShapeError if source and index differ; ValueError for an index out of range; DtypeError
///         for the mean of integers
/// Range   third derivatives of kProd treat a third 0 at one position as a constant
inline Tensor scatter_reduce(const Tensor& x, Index dim, const Tensor& index, const Tensor& source,
                             Reduce reduce, bool include_self = true, At at = At::here()) {
  const Op op{"scatter_reduce", at};
  check_defined(op, {{"x", x}, {"index", index}, {"source", source}});
  const int along = detail::check_scatter_reduce(op, x, dim, index, source, reduce);
  return detail::scatter_reduce(op, x.array().copy(), x, along, index, source, reduce,
                                include_self);
}

}  // namespace tinygrad
