// SPDX-License-Identifier: MIT
// Norms of vectors and matrices, and distances: normalize, cosine_similarity, pairwise_distance,
// cdist, dist.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include "tinygrad/kernels/matrix/distance.hpp"
#include "tinygrad/kernels/reduction/moments.hpp"
#include "tinygrad/kernels/reduction/value_summary.hpp"
#include "tinygrad/ops/checks.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/ops/elementwise/comparison.hpp"
#include "tinygrad/ops/elementwise/power.hpp"
#include "tinygrad/ops/elementwise/select.hpp"
#include "tinygrad/ops/elementwise/sign.hpp"
#include "tinygrad/ops/linalg/decomposition.hpp"
#include "tinygrad/ops/reduction/extremes.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
// True if every value is in [low, high] or, with `zeros`, is 0.
inline bool all_within(const Array& x, double low, double high, bool zeros) {
  return dispatch_floating({"norm"}, x.dtype(), [&]<class T>(Type<T>) {
    const T *values = x.data<T>(), least = static_cast<T>(low), most = static_cast<T>(high);
    int all = 1;  // no branch, so it vectorises
    for (Index i = 0; i < x.count(); ++i)
      all &= ((values[i] >= least) & (values[i] <= most)) | (zeros & (values[i] == T{0}));
    return all == 1;
  });
}

// (Σ |x|^p)^(1/p) for finite p ≠ 0. If a sum of powers is out of the dtype's range, it is computed
// again for x divided by its largest element, or its smallest for p < 0.
inline Array power_norm_value(const Tensor& x, double p, const Dims& dims, bool keepdims,
                              Index count) {
  const NoGradGuard no_grad;
  const auto root = [p](const Tensor& t) { return p == 2 ? sqrt(t) : pow(t, 1 / p); };
  const auto powers = [&](const Tensor& size, bool keep) {
    return sum(p == 2 ? square(size) : pow(size, p), dims, keep);
  };
  const Tensor total = powers(p == 2 ? x : abs(x), keepdims);
  const Tensor plain = root(total);
  const auto [low, high] = dispatch_floating({"norm"}, x.dtype(), []<class T>(Type<T>) {
    return std::pair{kernels::detail::smallest_square<T>(),
                     static_cast<double>(std::numeric_limits<T>::max())};
  });
  const double least = low * static_cast<double>(count);
  if (count == 0 || all_within(total.array(), least, high, false)) return plain.array();
  const Tensor size = abs(x), extreme = p > 0 ? amax(size, dims, true) : amin(size, dims, true);
  const Tensor unit = where(logical_and(gt(extreme, 0), le(extreme, high)), extreme, 1);
  const Tensor scaled = mul(root(powers(div(size, unit), true)), unit);
  const Tensor in_range = logical_and(ge(total, least), le(total, high));
  return where(in_range, plain, reshape(scaled, plain.shape())).array();
}

// power_norm_value() with its own gradient. A composed gradient would be NaN where the norm is 0.
inline Tensor power_norm(const Op& op, const Tensor& x, double p, const Dims& dims, bool keepdims) {
  const Reduced r(op, x, dims, keepdims);
  const Array y = power_norm_value(x, p, dims, keepdims, r.count);
  return record(
      op, y, {x}, save(x, y), [r, p](const Vjp& vjp, const Tensor& input, const Tensor& output) {
        const Tensor whole = r.keep(output), zero = eq(whole, 0);
        const Tensor safe = where(zero, 1, whole), grad_y = r.keep(vjp.grad());
        // grad_y/y^(p−1), and 0 where y is 0. If y^(p−1) or 1/y may be out of range, powers of x/y
        // instead.
        const double far = std::exp2(60 / std::max(std::fabs(p - 1), 1.0));
        const bool near = all_within(output.array(), 1 / far, far, true);
        const Tensor x_part = near ? input : div(input, safe);
        const Tensor scale =
            where(zero, 0, near ? div(grad_y, p == 2 ? safe : pow(safe, p - 1)) : grad_y);
        if (p == 2) return grads(mul(x_part, scale));
        const Tensor size = abs(x_part), at_zero = eq(input, 0);
        const Tensor power =
            p >= 2 ? pow(size, p - 1) : where(at_zero, 0, pow(where(at_zero, 1, size), p - 1));
        return grads(mul(mul(sign(input), power), scale));
      });
}
}  // namespace detail

/// (Σ |x|^p)^(1/p) over the dims, for any p. For p = inf the largest |x|, for -inf the smallest;
/// for 0 the number of nonzero x.
/// Shapes  x (…) → y (… without the dims, or with size 1 if keepdims)
/// Grad    grad_x = grad_y·sign(x)·(|x|/y)^(p−1); 0 where y = 0, and for x = 0. For ±inf: grad_y to
///         the extreme value, equally shared among equal ones. For p = 0 none
/// Saves   x, y
/// Throws  ValueError for p < 0 or inf if there are no elements
/// Range   y and its gradient are right even if the powers of x are out of range
inline Tensor vector_norm(const Tensor& x, double p = 2, const Dims& dims = {},
                          bool keepdims = false, At at = At::here()) {
  const Op op{"vector_norm", at};
  const CalledAs called(op);
  detail::check_floating(op, x);
  check<ValueError>(!std::isnan(p), op, "p must be a number or an infinity, not NaN");
  if (p < 0 || std::isinf(p)) detail::Reduced(op, x, dims, keepdims).check_not_empty(op);
  if (p == 0) return to(sum(ne(x, 0), dims, keepdims), x.dtype());
  if (p == 1) return sum(abs(x), dims, keepdims, at);
  if (std::isinf(p))
    return p > 0 ? max(abs(x), dims, keepdims, at) : min(abs(x), dims, keepdims, at);
  return detail::power_norm(op, x, p, dims, keepdims);
}

/// vector_norm(), under the usual name for p = 2.
/// Shapes  as vector_norm
/// Grad    as vector_norm
inline Tensor norm(const Tensor& x, double p = 2, const Dims& dims = {}, bool keepdims = false,
                   At at = At::here()) {
  const Op op{"norm", at};
  const CalledAs called(op);
  return vector_norm(x, p, dims, keepdims, at);
}

namespace detail {
// The two dims of matrices as (rows, columns), counted from the front.
inline Shape matrix_dims(const Op& op, const Tensor& x, const Shape& dims) {
  check<ShapeError>(x.dim() >= 2, op, "x ", x.shape(), " must be a matrix or a batch of them");
  check<ShapeError>(dims.rank() == 2, op, "dims ", dims, " must name two dims");
  const Shape both{normalize_dim(op, dims[0], x.dim()), normalize_dim(op, dims[1], x.dim())};
  check<ShapeError>(both[0] != both[1], op, "dims ", dims, " name dim ", both[0], " twice");
  check_floating(op, x);
  return both;
}

// The singular values of the matrices in `dims`, (…, k). The other dims come first.
inline Tensor singular_values(const Tensor& x, const Shape& dims, At at) {
  Shape order;
  for (int i = 0; i < x.dim(); ++i)
    if (i != dims[0] && i != dims[1]) order.push_back(i);
  order.push_back(dims[0]);
  order.push_back(dims[1]);
  return svdvals(permute(x, order), at);
}

// y, one number for each matrix. With keepdims it has the matrices' dims again, with size 1.
inline Tensor keep_matrix_dims(const Tensor& y, const Tensor& x, const Shape& dims, bool keepdims) {
  if (!keepdims) return y;
  Shape shape = x.shape();
  for (const Index dim : dims) shape[static_cast<int>(dim)] = 1;
  return reshape(y, shape);
}
}  // namespace detail

/// "fro": the root of the sum of all squares; "nuc": the sum of the singular values.
/// Shapes  x (…, m, n), the matrices in `dims` → y (… without them, or with size 1 if keepdims)
/// Grad    "fro" as vector_norm(); "nuc" U·Vᵀ
/// Throws  ValueError for another name
inline Tensor matrix_norm(const Tensor& x, std::string_view order = "fro",
                          const Shape& dims = {-2, -1}, bool keepdims = false, At at = At::here()) {
  const Op op{"matrix_norm", at};
  const CalledAs called(op);
  const Shape both = detail::matrix_dims(op, x, dims);
  if (order == "fro") return detail::power_norm(op, x, 2, both, keepdims);
  check<ValueError>(order == "nuc", op, "order=\"", order,
                    "\" must be \"fro\" or \"nuc\", or 1, -1, 2, -2, inf or -inf");
  const Tensor y = sum(detail::singular_values(x, both, at), -1);
  return detail::keep_matrix_dims(y, x, both, keepdims);
}

/// The largest (order > 0) or smallest (order < 0) of these: column sums of |x| for ±1, row sums of
/// |x| for ±inf, singular values for ±2.
/// Shapes  x (…, m, n), the matrices in `dims` → y (… without them, or with size 1 if keepdims)
/// Grad    grad_y to the extreme sum or value, equally shared among equal ones
/// Throws  ValueError for another order, or for an empty matrix
inline Tensor matrix_norm(const Tensor& x, double order, const Shape& dims = {-2, -1},
                          bool keepdims = false, At at = At::here()) {
  const Op op{"matrix_norm", at};
  const CalledAs called(op);
  const Shape both = detail::matrix_dims(op, x, dims);
  const double size = std::fabs(order);
  check<ValueError>(size == 1 || size == 2 || std::isinf(size), op, "order=", order,
                    " must be 1, -1, 2, -2, inf or -inf, or \"fro\" or \"nuc\"");
  detail::Reduced(op, x, both, keepdims).check_not_empty(op);
  Tensor sums;
  if (size == 2) {
    sums = detail::singular_values(x, both, at);
  } else {  // the kept dim goes last
    const int added = static_cast<int>(size == 1 ? both[0] : both[1]);
    const int kept = static_cast<int>(size == 1 ? both[1] : both[0]);
    sums = sum(abs(x), added, false, at);
    Shape order_of_dims;
    const int from = kept - (added < kept ? 1 : 0);
    for (int i = 0; i < sums.dim(); ++i)
      if (i != from) order_of_dims.push_back(i);
    order_of_dims.push_back(from);
    sums = permute(sums, order_of_dims);
  }
  const Tensor y = order > 0 ? max(sums, -1, false, at) : min(sums, -1, false, at);
  return detail::keep_matrix_dims(y, x, both, keepdims);
}

/// x divided by its norm along a dim, or by eps if that is larger.
/// Shapes  x (…) → y (…)
/// Grad    through vector_norm(); a norm below eps counts as constant
inline Tensor normalize(const Tensor& x, double p = 2, Index dim = 1, double eps = 1e-12,
                        At at = At::here()) {
  const Op op{"normalize", at};
  const CalledAs called(op);
  detail::check_floating(op, x);
  const int along = normalize_dim(op, dim, x.dim());
  return div(x, clamp(vector_norm(x, p, along, true, at), eps), at);
}

/// Σ x1·x2 / (‖x1‖·‖x2‖) along a dim. Each norm counts as at least eps.
/// Shapes  x1 (…), x2 (…), broadcast → y (… without the dim)
/// Grad    through vector_norm(); a norm below eps counts as constant
inline Tensor cosine_similarity(const Tensor& x1, const Tensor& x2, Index dim = 1,
                                double eps = 1e-8, At at = At::here()) {
  const Op op{"cosine_similarity", at};
  const CalledAs called(op);
  check_defined(op, {{"x1", x1}, {"x2", x2}});
  detail::check_floating(op, x1);
  detail::check_floating(op, x2);
  const Shape shape = broadcast_shapes(op, x1.shape(), x2.shape());
  const int along = normalize_dim(op, dim, shape.rank());
  const auto unit = [&](const Tensor& x) {
    const Tensor whole = expand(x, shape);
    return div(whole, clamp(vector_norm(whole, 2, along, true, at), eps), at);
  };
  return sum(mul(unit(x1), unit(x2), at), along);
}

/// The p-norm of x1 − x2 + eps along the last dim. eps keeps the difference away from 0.
/// Shapes  x1 (…, n), x2 (…, n), broadcast → y (…), or (…, 1) if keepdims
/// Grad    grad_x1 = that of vector_norm, grad_x2 = −grad_x1, each summed over its broadcast dims
inline Tensor pairwise_distance(const Tensor& x1, const Tensor& x2, double p = 2, double eps = 1e-6,
                                bool keepdims = false, At at = At::here()) {
  const Op op{"pairwise_distance", at};
  const CalledAs called(op);
  check_defined(op, {{"x1", x1}, {"x2", x2}});
  detail::check_floating(op, x1);
  detail::check_floating(op, x2);
  const Shape shape = broadcast_shapes(op, x1.shape(), x2.shape());
  check<ShapeError>(shape.rank() >= 1, op, "scalars have no last dim");
  return vector_norm(add(sub(x1, x2, at), eps), p, -1, keepdims, at);
}

namespace detail {
// x with its batch dims broadcast, as (B, rows, columns).
inline Tensor as_batch(const Tensor& x, const Shape& batch) {
  Shape shape = batch;
  shape.push_back(x.size(-2));
  shape.push_back(x.size(-1));
  return reshape(expand(x, shape), {batch.count(), x.size(-2), x.size(-1)});
}
inline Tensor finite_or_0(const Tensor& x) {
  if (kernels::all_finite(x.array())) return x;
  return where(lt(abs(x), std::numeric_limits<double>::infinity()), x, 0);
}

// The distances of all rows of a (B, P, M) and b (B, R, M) with one product. Its gradient uses w =
// grad_y/y, 0 where y is 0: grad_a = a·Σ w − w·b. This takes a and b relative to one row of b,
// which helps if both are far from 0. Near pairs use differences instead.
inline Tensor distances_by_product(const Op& op, const Tensor& a, const Tensor& b) {
  const auto pairs = [](const Array& x1, const Array& x2) {
    const NoGradGuard no_grad;
    const Tensor rows1(x1), rows2(x2);
    return kernels::RowPairs{x1,
                             x2,
                             sum(square(rows1), -1).array(),
                             sum(square(rows2), -1).array(),
                             x1.shape()[0],
                             x1.shape()[1],
                             x2.shape()[1],
                             x1.shape()[2]};
  };
  const Array products = [&] {
    const NoGradGuard no_grad;
    return matmul(a, b, {.a = false, .b = true}).array();
  }();
  const Array y = kernels::distances(op, pairs(a.array(), b.array()), products);
  return record(op, y, {a, b}, save(a, b, y),
                [pairs](const Vjp& vjp, const Tensor& x1, const Tensor& x2, const Tensor& output) {
                  const Op self{"cdist"};
                  const Tensor equal = eq(output, 0);
                  Tensor w = where(equal, 0, div(vjp.grad(), where(equal, 1, output)));
                  const Tensor origin = finite_or_0(narrow(self, x2.detach(), 1, 0, 1));
                  Tensor from1 = sub(x1, origin), from2 = sub(x2, origin);
                  kernels::NearGrads near;
                  if (!grad_enabled()) {
                    near = kernels::near_grads(self, pairs(x1.array(), x2.array()), output.array(),
                                               w.array(), vjp.needs(0), vjp.needs(1));
                    if (near.rest.defined()) w = Tensor(near.rest);
                    from1 = finite_or_0(from1);
                    from2 = finite_or_0(from2);
                  }
                  const auto grad = [](const Tensor& weights, bool of_b, const Tensor& own,
                                       const Tensor& other, const Array& more) {
                    const Tensor total = unsqueeze(sum(weights, of_b ? 1 : 2), 2);
                    const Tensor far =
                        sub(mul(own, total), matmul(weights, other, {.a = of_b, .b = false}));
                    return more.defined() ? add(far, Tensor(more)) : far;
                  };
                  return grads(vjp.needs(0) ? grad(w, false, from1, from2, near.a) : Tensor(),
                               vjp.needs(1) ? grad(w, true, from2, from1, near.b) : Tensor());
                });
}
}  // namespace detail

/// The p-norm of the difference between every row of x1 and every row of x2.
/// Shapes  x1 (…, P, M), x2 (…, R, M), batch dims broadcast → y (…, P, R)
/// Grad    as vector_norm(): 0 where two rows are equal
/// Throws  ShapeError if M differs; ValueError if p < 0
/// Error   for p = 2 with P or R above 25 one matrix product, which is fast; it loses digits of
///         pairs that are near compared with their distance from 0, so those use their differences
/// Cost    in all other cases an array of P·R·M
inline Tensor cdist(const Tensor& x1, const Tensor& x2, double p = 2, At at = At::here()) {
  const Op op{"cdist", at};
  const CalledAs called(op);
  check_defined(op, {{"x1", x1}, {"x2", x2}});
  detail::check_matrices(op, x1, "x1");
  detail::check_matrices(op, x2, "x2");
  check<ValueError>(p >= 0, op, "p=", p, " must not be negative");
  check<ShapeError>(x1.size(-1) == x2.size(-1), op, "x1 ", x1.shape(), " and x2 ", x2.shape(),
                    " must have one size in the last dim");
  Shape shape = broadcast_shapes(op, Shape(x1.shape().begin(), x1.shape().end() - 2),
                                 Shape(x2.shape().begin(), x2.shape().end() - 2));
  const Index few = std::min(x1.size(-2), x2.size(-2)), many = std::max(x1.size(-2), x2.size(-2));
  constexpr Index kFew = 25;
  if (p == 2 && many > kFew && few * shape.count() * x1.size(-1) > 0) {
    const Tensor y =
        detail::distances_by_product(op, detail::as_batch(x1, shape), detail::as_batch(x2, shape));
    shape.push_back(x1.size(-2));
    shape.push_back(x2.size(-2));
    return reshape(y, shape);
  }
  const Tensor difference = sub(unsqueeze(x1, -2), unsqueeze(x2, -3), at);
  if (x1.size(-1) == 0 && p != 0) return sum(difference, -1);  // no coordinates: 0
  return vector_norm(difference, p, -1, false, at);
}

/// The p-norm of x1 − x2 over all elements.
/// Shapes  x1 (…), x2 (…), broadcast → y ()
/// Grad    grad_x1 = that of vector_norm, grad_x2 = −grad_x1, each summed over its broadcast dims
inline Tensor dist(const Tensor& x1, const Tensor& x2, double p = 2, At at = At::here()) {
  const Op op{"dist", at};
  const CalledAs called(op);
  check_defined(op, {{"x1", x1}, {"x2", x2}});
  detail::check_floating(op, x1);
  detail::check_floating(op, x2);
  broadcast_shapes(op, x1.shape(), x2.shape());
  return vector_norm(sub(x1, x2, at), p, {}, false, at);
}

}  // namespace tinygrad
