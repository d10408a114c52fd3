// SPDX-License-Identifier: MIT
// scatter_reduce(): values that meet at one place are summed, multiplied, averaged or compared.
#pragma once

#include "tinygrad/kernels/reduce.hpp"
#include "tinygrad/ops/indexing.hpp"

namespace tinygrad {

/// How scatter_reduce() combines the values that meet at one place.
enum class Reduce { kSum, kProd, kMean, kAmax, kAmin };

namespace detail {
inline Tensor filled_like(const Tensor& x, double value) {
  return full(x.shape(), value, x.dtype());
}
// a at the places the index names, plus b.
inline Tensor scatter_sum(const Tensor& a, int axis, const Tensor& index, const Tensor& b) {
  return scatter_add({"scatter_add"}, a.array().copy(), a, axis, index, b);
}

// The largest or smallest; the gradient goes in equal shares to all that equal it.
template <class Best> Tensor scatter_extreme(const Op& op, const Tensor& x, int axis,
                                             const Tensor& index, const Tensor& source,
                                             bool include_self, Best best) {
  const Array y = x.array().copy();
  if (!include_self) kernels::scatter(y, axis, index.array(), source.array());  // one of its own
  kernels::scatter_combine(op, y, axis, index.array(), source.array(), best);
  return record(
      op, y, {x, source}, save(x, index, source, y),
      [axis, include_self](const Vjp& vjp, const Tensor& input, const Tensor& places,
                           const Tensor& values, const Tensor& output) {
        const Op in{"gather"};
        const Dtype dtype = output.dtype();
        // Without x, its places take no part: 0 among the shares, and 0 in the gradient.
        const auto others = [&](const Tensor& t) {
          return include_self ? t : scatter(in, t, axis, places, zeros(places.shape(), dtype));
        };
        const Tensor from_x = others(to(eq(input, output), dtype));
        const Tensor from_source = to(eq(values, gather(in, output, axis, places)), dtype);
        const Tensor share = div(vjp.grad(), scatter_sum(from_x, axis, places, from_source));
        return grads(vjp.needs(0) ? others(mul(from_x, share)) : Tensor(),
                     vjp.needs(1) ? mul(from_source, gather(in, share, axis, places)) : Tensor());
      });
}

inline Tensor scatter_prod(const Op& op, const Tensor& x, int axis, const Tensor& index,
                           const Tensor& source) {
  const Array y = x.array().copy();
  kernels::scatter_combine(op, y, axis, index.array(), source.array(),
                           [](auto factor, auto product) { return factor * product; });
  return record(
      op, y, {x, source}, save(x, index, source, y),
      [axis](const Vjp& vjp, const Tensor& input, const Tensor& places, const Tensor& values,
             const Tensor& output) {
        // The product of the others is y/x. For a factor of 0 it is the product of the rest, if
        // that has no other 0. If it has one, that one is a factor too, for the sake of its
        // derivative: the sum of both without the factor itself.
        const Op in{"gather"};
        const Tensor &g = vjp.grad(), zero_x = eq(input, 0), zero_source = eq(values, 0);
        const Tensor x_or_1 = where(zero_x, 1, input), source_or_1 = where(zero_source, 1, values);
        const Tensor count = scatter_sum(to(zero_x, int64), axis, places, to(zero_source, int64));
        const Tensor two = eq(count, 2);
        const bool pairs = grad_enabled() && kernels::nonzero(in, two.array()).count() > 0;
        const Tensor rest = where(pairs ? le(count, 2) : eq(count, 1),
                                  scatter_prod({"prod"}, x_or_1, axis, places, source_or_1), 0);
        const Tensor both = pairs ? scatter_sum(where(zero_x, input, 0), axis, places,
                                                where(zero_source, values, 0))
                                  : Tensor();
        const auto at_source = [&](const Tensor& t) { return gather(in, t, axis, places); };
        const Tensor whole = mul(g, output), others = mul(g, rest);
        Tensor grad_x, grad_source;
        if (vjp.needs(0)) {
          const Tensor of_zero = pairs ? mul(others, where(two, sub(both, input), 1)) : others;
          grad_x = where(zero_x, of_zero, div(whole, x_or_1));
        }
        if (vjp.needs(1)) {
          Tensor of_zero = at_source(others);
          if (pairs)
            of_zero = mul(of_zero, where(at_source(two), sub(at_source(both), values), 1));
          grad_source = where(zero_source, of_zero, div(at_source(whole), source_or_1));
        }
        return grads(grad_x, grad_source);
      });
}
}  // namespace detail

/// x with the values of source combined at the places gather() would read. Without `include_self`
/// the values of x at those places do not take part.
/// Shapes  x (…), index (…) int64 and source (index) as in gather → y (x)
/// Grad    kSum and kMean: shares of grad_y; kAmax and kAmin: grad_y to the extreme value, among
///         equals in equal shares; kProd: grad_y · the product of the others, also where one is 0
/// Saves   index; kProd, kAmax, kAmin: x, source and y too
/// Throws  ShapeError if source and index differ; ValueError for an index out of range; DtypeError
///         for the mean of integers
/// Range   third gradients of kProd take a third 0 at one place for a constant
inline Tensor scatter_reduce(const Tensor& x, Index axis, const Tensor& index, const Tensor& source,
                             Reduce reduce, bool include_self = true, At at = At::here()) {
  const Op op{"scatter_reduce", at};
  const int along = detail::check_scatter(op, x, axis, index, source);
  const auto start = [&](double neutral) {
    return include_self
               ? x
               : detail::scatter(op, x, along, index, full(index.shape(), neutral, x.dtype()));
  };
  switch (reduce) {
    case Reduce::kSum: return detail::scatter_sum(start(0), along, index, source);
    case Reduce::kProd: return detail::scatter_prod(op, start(1), along, index, source);
    case Reduce::kMean: {
      check<DtypeError>(is_floating(x.dtype()), op, "the mean of ", x.dtype(),
                        " is not defined; convert with to(x, float32)");
      Tensor count = detail::filled_like(x, 1);
      if (!include_self)
        count = detail::scatter(op, count, along, index, detail::filled_like(source, 0));
      count = detail::scatter_sum(count, along, index, detail::filled_like(source, 1));
      return div(detail::scatter_sum(start(0), along, index, source), count);
    }
    case Reduce::kAmax:
      return detail::scatter_extreme(op, x, along, index, source, include_self, kernels::MaxOf{});
    default:
      return detail::scatter_extreme(op, x, along, index, source, include_self, kernels::MinOf{});
  }
}

}  // namespace tinygrad
