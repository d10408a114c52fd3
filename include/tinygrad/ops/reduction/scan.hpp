// SPDX-License-Identifier: MIT
// Running sums, products, extremes and logsumexp along a dim; differences of neighbours; integrals
// by trapezoids. A scalar counts as one value along dim 0.
#pragma once

#include "tinygrad/kernels/reduction/scan.hpp"
#include "tinygrad/ops/checks.hpp"
#include "tinygrad/ops/creation/cast.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/ops/elementwise/comparison.hpp"
#include "tinygrad/ops/elementwise/exponential.hpp"
#include "tinygrad/ops/elementwise/select.hpp"
#include "tinygrad/ops/elementwise/sign.hpp"
#include "tinygrad/ops/indexing/indexing.hpp"
#include "tinygrad/ops/reduction/reduction.hpp"
#include "tinygrad/ops/shape/join.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
using kernels::Direction;

inline Tensor cumsum(const Op& op, const Tensor& x, int dim, Direction direction) {
  return record(op, kernels::cumsum(op, x.array(), dim, direction), {x}, save(),
                [=](const Vjp& vjp) {
                  return grads(cumsum({"cumsum"}, vjp.grad(), dim, kernels::opposite(direction)));
                });
}

// x shifted by one along a dim (forward: yᵢ = xᵢ₋₁). `filler` goes into the empty position.
inline Tensor shifted(const Tensor& x, int dim, Direction direction, double filler) {
  const Op op{"slice"};
  const bool forward = direction == Direction::kForward;
  const Index n = x.shape()[dim];
  Shape edge = x.shape();
  edge[dim] = 1;
  const Tensor rest = narrow(op, x, dim, forward ? 0 : 1, n - 1);
  const Tensor fill = full(edge, filler, x.dtype());
  return forward ? concat(std::vector{fill, rest}, dim) : concat(std::vector{rest, fill}, dim);
}

// yᵢ = bᵢ + aᵢ·yᵢ₋₁, y₋₁ = 0, or the same from the other end. Its gradient is a recurrence, too:
// grad_bᵢ = grad_yᵢ + aᵢ₊₁·grad_bᵢ₊₁ and grad_aᵢ = grad_bᵢ·yᵢ₋₁.
inline Tensor recurrence(const Tensor& b, const Tensor& a, int dim, Direction direction) {
  const Op op{"recurrence"};
  const Array y = kernels::recurrence(op, b.array(), a.array(), dim, direction);
  return record(
      op, y, {b, a}, save(a, y), [=](const Vjp& vjp, const Tensor& factor, const Tensor& output) {
        const Direction back = kernels::opposite(direction);
        const Tensor grad_b = recurrence(vjp.grad(), shifted(factor, dim, back, 0), dim, back);
        return grads(grad_b,
                     vjp.needs(1) ? mul(grad_b, shifted(output, dim, direction, 0)) : Tensor());
      });
}

inline ValuesAndIndices record_picked(const Op& op, const Tensor& x, const Array& values,
                                      const Tensor& indices, int along) {
  return {record(op, values, {x}, save(indices),
                 [along](const Vjp& vjp, const Tensor& from) {
                   const Tensor& g = vjp.grad();
                   return grads(scatter_add({"scatter_add"}, Array::zeros(g.shape(), g.dtype()), {},
                                            along, from, g));
                 }),
          indices};
}

template <class Better>
ValuesAndIndices cumulative_extreme(const Op& op, const Tensor& x, Index dim, Better better) {
  const int along = dim_or_scalar(op, x, dim);
  const auto [values, places] = kernels::cumulative_extreme(op, x.array(), along, better);
  return record_picked(op, x, values, places, along);
}
}  // namespace detail

/// Running sum: yᵢ = x₀ + … + xᵢ. bool and uint8 are summed in int64.
/// Shapes  x (…) → y (…)
/// Grad    grad_x = the running sum of grad_y from the end
/// Error   one rounding for each value, because the sum is kept in double
inline Tensor cumsum(const Tensor& x, Index dim, At at = At::here()) {
  const Op op{"cumsum", at};
  const int along = detail::dim_or_scalar(op, x, dim);
  return detail::cumsum(op, to(x, detail::at_least_int64(x.dtype())), along,
                        kernels::Direction::kForward);
}

/// Running product: yᵢ = x₀ · … · xᵢ. bool and uint8 are multiplied in int64.
/// Shapes  x (…) → y (…)
/// Grad    grad_xᵢ = (Π_{j<i} xⱼ)·rᵢ with rᵢ = grad_yᵢ + xᵢ₊₁·rᵢ₊₁: no division, so zeros
///         are right, in second gradients too
/// Saves   x
inline Tensor cumprod(const Tensor& x, Index dim, At at = At::here()) {
  const Op op{"cumprod", at};
  const int along = detail::dim_or_scalar(op, x, dim);
  const Tensor number = to(x, detail::at_least_int64(x.dtype()));
  return record(op, kernels::cumprod(op, number.array(), along), {x}, save(x),
                [along](const Vjp& vjp, const Tensor& input) {
                  using kernels::Direction;
                  if (input.dim() == 0 || input.numel() == 0) return grads(vjp.grad());
                  const Tensor before =
                      detail::shifted(cumprod(input, along), along, Direction::kForward, 1);
                  const Tensor next = detail::shifted(input, along, Direction::kBackward, 0);
                  return grads(mul(
                      before, detail::recurrence(vjp.grad(), next, along, Direction::kBackward)));
                });
}

/// Running largest value and its position: the last one of equal values. NaN from the first NaN on.
/// Shapes  x (…) → values (…), indices (…) int64
/// Grad    each grad_values to its position in indices
/// Saves   indices
inline ValuesAndIndices cummax(const Tensor& x, Index dim, At at = At::here()) {
  return detail::cumulative_extreme({"cummax", at}, x, dim, [](auto a, auto b) { return a >= b; });
}

/// Running smallest value and its position, like cummax().
/// Shapes  as cummax
/// Grad    as cummax
inline ValuesAndIndices cummin(const Tensor& x, Index dim, At at = At::here()) {
  return detail::cumulative_extreme({"cummin", at}, x, dim, [](auto a, auto b) { return a <= b; });
}

/// Running logsumexp: yᵢ = log Σ_{j≤i} exp xⱼ, without overflow.
/// Shapes  x (…) → y (…)
/// Grad    grad_xᵢ = exp(xᵢ − yᵢ)·rᵢ with rᵢ = grad_yᵢ + exp(yᵢ − yᵢ₊₁)·rᵢ₊₁, whose factors are at
///         most 1; 0 where y is -inf, NaN for an x of +inf, as in logsumexp
/// Saves   x, y
/// Throws  DtypeError unless x is floating
/// Range   shifted by the largest value so far
inline Tensor logcumsumexp(const Tensor& x, Index dim, At at = At::here()) {
  const Op op{"logcumsumexp", at};
  const int along = detail::dim_or_scalar(op, x, dim);
  const Array y = kernels::logcumsumexp(op, x.array(), along);
  return record(
      op, y, {x}, save(x, y), [along](const Vjp& vjp, const Tensor& input, const Tensor& output) {
        using kernels::Direction;
        if (input.dim() == 0 || input.numel() == 0) return grads(vjp.grad());
        constexpr double inf = std::numeric_limits<double>::infinity();
        // Avoids inf − inf = NaN: an infinite yᵢ passes everything on, and exp(−inf − 0) is 0.
        const Tensor next = detail::shifted(output, along, Direction::kBackward, inf);
        const Tensor infinite = eq(abs(output), inf);
        const Tensor passed = exp(where(infinite, 0, sub(output, next)));
        const Tensor r = detail::recurrence(vjp.grad(), passed, along, Direction::kBackward);
        return grads(mul(exp(sub(input, where(eq(output, -inf), 0, output))), r));
      });
}

/// Differences of adjacent values along a dim, n times: yᵢ = xᵢ₊₁ − xᵢ; for bool yᵢ = xᵢ₊₁ ≠ xᵢ.
/// `prepend` and `append`, if defined, are first joined to x. With n = 0 they are not, and y is a
/// copy of x.
/// Shapes  x (a…, m, b…) → y (a…, max(m − n, 0), b…)
/// Grad    as sub and slice
/// Throws  ShapeError for a scalar; ValueError if n < 0
inline Tensor diff(const Tensor& x, Index n = 1, Index dim = -1, const Tensor& prepend = {},
                   const Tensor& append = {}, At at = At::here()) {
  const Op op{"diff", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}});
  const int along = normalize_dim(op, dim, x.dim());
  check<ValueError>(n >= 0, op, "n=", n, " must not be negative");
  if (n == 0) return clone(x, at);
  std::vector<Tensor> parts;
  for (const Tensor& part : {prepend, x, append})
    if (part.defined()) parts.push_back(part);
  Tensor y = parts.size() == 1 ? x : concat(parts, along, at);
  for (; n > 0 && y.shape()[along] > 0; --n) {
    const Index m = y.shape()[along] - 1;
    const Tensor right = detail::narrow(op, y, along, 1, m),
                 left = detail::narrow(op, y, along, 0, m);
    y = x.dtype() == bool_ ? ne(right, left, at) : sub(right, left, at);
  }
  return apart_from(x, op, y);
}

/// The area under y by the trapezoidal rule: Σ (yᵢ + yᵢ₊₁)/2 · dx.
/// Shapes  y (a…, m, b…) → (a…, b…); 0 for m ≤ 1
/// Grad    dx·grad inside, half of that at both ends
inline Tensor trapezoid(const Tensor& y, double dx = 1, Index dim = -1, At at = At::here()) {
  const Op op{"trapezoid", at};
  const CalledAs called(op);
  detail::check_floating(op, y);
  const int along = normalize_dim(op, dim, y.dim());
  const Index m = std::max<Index>(y.shape()[along] - 1, 0),
              skipped = std::min<Index>(1, y.shape()[along]);
  const Tensor pairs =
      add(detail::narrow(op, y, along, skipped, m), detail::narrow(op, y, along, 0, m));
  return mul(sum(pairs, along), dx / 2);
}

/// The area under y over the points x. They broadcast against y; a single row of points lies along
/// the dim.
/// Shapes  y (a…, m, b…), x (m), or (…, m, b…) with the dim as far from the end → (broadcast,
///         without the dim); 0 for m ≤ 1
/// Grad    also to x
inline Tensor trapezoid(const Tensor& y, const Tensor& x, Index dim = -1, At at = At::here()) {
  const Op op{"trapezoid", at};
  const CalledAs called(op);
  check_defined(op, {{"y", y}, {"x", x}});
  detail::check_floating(op, y);
  detail::check_floating(op, x);
  const int along = normalize_dim(op, dim, y.dim());
  const Index n = y.shape()[along], m = std::max<Index>(n - 1, 0), skipped = std::min<Index>(1, n);
  const bool row = x.dim() == 1;                                // one row of points for all
  const int behind = y.dim() - along, of_x = x.dim() - behind;  // the dim, counted from the end
  check<ShapeError>(row ? x.numel() == n : of_x >= 0 && x.shape()[of_x] == n, op, "x ", x.shape(),
                    " must have the ", n, " points of dim ", along, " of y ", y.shape());
  broadcast_shapes(op, x.shape(), row ? x.shape() : y.shape());
  const Tensor points = row ? reshape(x, detail::column(y.shape(), along)) : x;
  const int dim_of_points = row ? along : of_x;
  const Tensor pairs =
      add(detail::narrow(op, y, along, skipped, m), detail::narrow(op, y, along, 0, m));
  const Tensor widths = sub(detail::narrow(op, points, dim_of_points, skipped, m),
                            detail::narrow(op, points, dim_of_points, 0, m));
  return mul(sum(mul(pairs, widths), -behind), 0.5);
}

}  // namespace tinygrad
