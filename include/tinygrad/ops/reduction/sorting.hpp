// SPDX-License-Identifier: MIT
// Order along a dim: sort, topk, kthvalue, median, quantile, unique; searches in sorted values;
// counts. As in PyTorch, NaN is the largest value, and equal values keep their order. A scalar
// counts as one value along dim 0.
#pragma once

#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "tinygrad/kernels/reduction/sorting.hpp"
#include "tinygrad/ops/checks.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/ops/elementwise/comparison.hpp"
#include "tinygrad/ops/elementwise/exponential.hpp"
#include "tinygrad/ops/elementwise/select.hpp"
#include "tinygrad/ops/elementwise/three_operands.hpp"
#include "tinygrad/ops/indexing/advanced_indexing.hpp"
#include "tinygrad/ops/reduction/extremes.hpp"
#include "tinygrad/ops/reduction/scan.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
// The values at `places` along a dim; kernels::order() found the places.
inline ValuesAndIndices picked(const Op& op, const Tensor& x, int dim, const Tensor& places,
                               bool keepdims = true) {
  const ValuesAndIndices all{gather(op, x, dim, places), places};
  if (keepdims || x.dim() == 0) return all;
  Shape shape = places.shape();
  shape.erase(dim);
  return {reshaped(op, all.values, shape), reshaped(op, all.indices, shape)};
}
inline Index size_along(const Tensor& x, int dim) { return x.dim() ? x.shape()[dim] : 1; }
}  // namespace detail

/// The values along a dim in ascending or descending order, and their positions. Stable.
/// Shapes  x (…) → values (…), indices (…) int64
/// Grad    each grad_values to its old position
/// Saves   indices
/// Cost    O(n log n) a fibre; fibres in parallel
inline ValuesAndIndices sort(const Tensor& x, Index dim = -1, bool descending = false,
                             At at = At::here()) {
  const Op op{"sort", at};
  const int along = detail::dim_or_scalar(op, x, dim);
  return detail::picked(
      op, x, along,
      kernels::order(op, x.array(), along, descending, 0, detail::size_along(x, along)));
}

/// The indices of sort(). No gradient.
/// Shapes  x (…) → y (…) int64
inline Tensor argsort(const Tensor& x, Index dim = -1, bool descending = false,
                      At at = At::here()) {
  const Op op{"argsort", at};
  const int along = detail::dim_or_scalar(op, x, dim);
  return kernels::order(op, x.array(), along, descending, 0, detail::size_along(x, along));
}

/// The k largest (or smallest) values along a dim and their positions; the first ones of equal
/// values. They are always in order, whatever `sorted` is.
/// Shapes  x (a…, n, b…) → values (a…, k, b…), indices (a…, k, b…) int64
/// Grad    each grad_values to its old position
/// Saves   indices
/// Throws  ValueError unless 0 ≤ k ≤ n
/// Cost    O(n + k log k) a fibre
inline ValuesAndIndices topk(const Tensor& x, Index k, Index dim = -1, bool largest = true,
                             [[maybe_unused]] bool sorted = true, At at = At::here()) {
  const Op op{"topk", at};
  const int along = detail::dim_or_scalar(op, x, dim);
  const Index n = detail::size_along(x, along);
  check<ValueError>(0 <= k && k <= n, op, "k=", k, " must be in [0, ", n, "], the size of dim ",
                    along, " of x ", x.shape());
  check<ValueError>(x.dim() > 0 || k == 1, op, "k=", k, " must be 1 for a scalar");
  return detail::picked(op, x, along, kernels::order(op, x.array(), along, largest, 0, k));
}

/// The k-th smallest value along a dim, counted from 1, and its position.
/// Shapes  x (a…, n, b…) → values and indices (a…, b…), or with size 1 if keepdims
/// Grad    each grad_values to its old position
/// Saves   indices
/// Throws  ValueError unless 1 ≤ k ≤ n
/// Cost    O(n) a fibre
inline ValuesAndIndices kthvalue(const Tensor& x, Index k, Index dim = -1, bool keepdims = false,
                                 At at = At::here()) {
  const Op op{"kthvalue", at};
  const int along = detail::dim_or_scalar(op, x, dim);
  const Index n = detail::size_along(x, along);
  check<ValueError>(1 <= k && k <= n, op, "k=", k, " must be in [1, ", n, "], the size of dim ",
                    along, " of x ", x.shape());
  return detail::picked(op, x, along, kernels::order(op, x.array(), along, false, k - 1, k),
                        keepdims);
}

/// The lower median along a dim, which is one of the values, and its position; the first NaN if
/// there is one.
/// Shapes  x (a…, n, b…) → values and indices (a…, b…), or with size 1 if keepdims
/// Grad    each grad_values to its old position
/// Saves   indices
/// Throws  ValueError if there are no values
/// Cost    O(n) a fibre
inline ValuesAndIndices median(const Tensor& x, Index dim, bool keepdims = false,
                               At at = At::here()) {
  const Op op{"median", at};
  const CalledAs called(op);
  const int along = detail::dim_or_scalar(op, x, dim);
  const Index n = detail::size_along(x, along), middle = (n - 1) / 2;
  check<ValueError>(n > 0, op, "x ", x.shape(), " has no values along dim ", along);
  Tensor places = kernels::order(op, x.array(), along, false, middle, middle + 1);
  if (is_floating(x.dtype()) && x.dim() > 0 && x.numel() > 0) {
    const Tensor largest = argmax(x, along, true);  // the first NaN, if there is one
    const Tensor value = detail::gather(op, x.detach(), along, largest);
    places = where(ne(value, value), largest, places);
  }
  return detail::picked(op, x, along, places, keepdims);
}

/// The lower median of all values; NaN if there is a NaN or no value.
/// Shapes  x (…) → y ()
/// Grad    grad_y to the median, equally shared among equal values
/// Saves   x, y
inline Tensor median(const Tensor& x, At at = At::here()) {
  const Op op{"median", at};
  const CalledAs called(op);
  if (x.numel() == 0) {
    detail::check_floating(op, x);
    return mul(sum(x), std::numeric_limits<double>::quiet_NaN());
  }
  const Tensor value = median(reshape(x.detach(), {x.numel()}), 0, false, at).values;
  return record(op, value.array(), {x}, save(x, value.array()),
                [](const Vjp& vjp, const Tensor& input, const Tensor& output) {
                  const double middle = output.item();
                  const Tensor chosen = middle == middle ? eq(input, middle) : ne(input, input);
                  const Tensor share = to(chosen, vjp.grad().dtype());
                  return grads(mul(share, div(vjp.grad(), sum(share))));
                });
}

/// The quantiles q in [0, 1] along a dim, or of all values without a dim. Between two values they
/// are interpolated linearly, as by lerp(). NaN if there is a NaN.
/// Shapes  x (a…, n, b…), Q numbers → y (Q, a…, b…), with size 1 for the dim if keepdims
/// Grad    grad_y to the two nearest values, in proportion
/// Throws  DtypeError unless x is floating; ValueError for a q outside [0, 1], or if n is 0
inline Tensor quantile(const Tensor& x, const std::vector<double>& q, std::optional<Index> dim = {},
                       bool keepdims = false, At at = At::here()) {
  const Op op{"quantile", at};
  const CalledAs called(op);
  detail::check_floating(op, x);
  for (const double each : q)
    check<ValueError>(0 <= each && each <= 1, op, "q=", each, " must be in [0, 1]");
  const int along = dim ? detail::dim_or_scalar(op, x, *dim) : 0;
  const Tensor values = dim && x.dim() > 0 ? x : reshape(x, {x.numel()});
  const Index n = values.shape()[along];
  check<ValueError>(n > 0, op, "x ", x.shape(), " has no values to choose from");
  const Tensor sorted = sort(values, along, false, at).values;
  const Tensor last = detail::narrow(op, sorted, along, n - 1, 1);  // NaN if there is one
  Shape shape = dim ? x.shape() : Shape{};
  if (!dim && keepdims)
    for (int i = 0; i < x.dim(); ++i) shape.push_back(1);
  if (dim && x.dim() > 0) {
    if (keepdims) shape[along] = 1;
    else shape.erase(along);
  }
  std::vector<Tensor> out;
  for (const double each : q) {
    const double rank = each * static_cast<double>(n - 1);
    const auto low = static_cast<Index>(rank), high = std::min(low + 1, n - 1);
    const Tensor below = detail::narrow(op, sorted, along, low, 1);
    const Tensor above = detail::narrow(op, sorted, along, high, 1);
    const Tensor y = lerp(below, above, rank - static_cast<double>(low));
    out.push_back(reshape(where(ne(last, last), last, y), shape));
  }
  return stack(out, 0, at);
}

/// One quantile. The result does not have the dim of quantiles.
inline Tensor quantile(const Tensor& x, double q, std::optional<Index> dim = {},
                       bool keepdims = false, At at = At::here()) {
  const Op op{"quantile", at};
  const CalledAs called(op);
  const Tensor y = quantile(x, std::vector<double>{q}, dim, keepdims, at);
  return squeeze(y, 0, at);
}

/// The distinct values; for each element the index of its value; and the count of each value.
struct Unique {
  Tensor values, inverse, counts;
};

namespace detail {
// The runs of equal adjacent values in a row of at least one value.
inline Unique runs(const Tensor& row) {
  const Index n = row.numel();
  const Op op{"slice"};
  const Tensor differs = ne(narrow(op, row, 0, 1, n - 1), narrow(op, row, 0, 0, n - 1));
  const Tensor starts = concat(std::vector{ones({1}, bool_), differs});
  const Tensor places = kernels::nonzero(op, starts.array());
  const Tensor end = tensor({n}, int64);
  return {index_select(row, 0, places), sub(cumsum(starts, 0), 1), diff(places, 1, 0, {}, end)};
}
inline Unique no_values(const Tensor& x) {
  return {zeros({0}, x.dtype()), zeros(x.shape(), int64), zeros({0}, int64)};
}
}  // namespace detail

/// The distinct values of x in ascending order; every NaN is distinct. No gradient.
/// Shapes  x (…) → values (K), inverse (…) int64 with x = values[inverse], counts (K) int64
/// Cost    O(n log n)
inline Unique unique(const Tensor& x, At at = At::here()) {
  const Op op{"unique", at};
  const CalledAs called(op);
  if (x.numel() == 0) return detail::no_values(x);
  const Tensor flat = reshape(x.detach(), {x.numel()});
  const Tensor places = kernels::order(op, flat.array(), 0, false, 0, x.numel());
  const Unique sorted = detail::runs(detail::index_select(op, flat, 0, places));
  const Tensor inverse =
      detail::scatter(op, zeros(places.shape(), int64), 0, places, sorted.inverse);
  return {sorted.values, reshape(inverse, x.shape()), sorted.counts};
}

/// The runs of equal adjacent values of x in row-major order. No gradient.
/// Shapes  x (…) → values (K), inverse (…) int64 with x = values[inverse], counts (K) int64
/// Cost    O(n)
inline Unique unique_consecutive(const Tensor& x, At at = At::here()) {
  const Op op{"unique_consecutive", at};
  const CalledAs called(op);
  if (x.numel() == 0) return detail::no_values(x);
  const Unique row = detail::runs(reshape(x.detach(), {x.numel()}));
  return {row.values, reshape(row.inverse, x.shape()), row.counts};
}

/// The insertion points of values in sorted rows: before the first element that is not less or, if
/// `right`, before the first that is greater. A NaN goes to the end. No gradient.
/// Shapes  sorted_sequence (n), values (…) or sorted_sequence (r…, n), values (r…, m) → y (values)
/// Throws  ShapeError if they do not fit. It does not check that the rows are sorted
/// Cost    O(log n) a value
inline Tensor searchsorted(const Tensor& sorted_sequence, const Tensor& values, bool right = false,
                           At at = At::here()) {
  const Op op{"searchsorted", at};
  check_defined(op, {{"sorted_sequence", sorted_sequence}, {"values", values}});
  const Shape& rows = sorted_sequence.shape();
  bool fits = rows.rank() == 1 || (rows.rank() > 1 && rows.rank() == values.dim());
  for (int i = 0; fits && i < rows.rank() - 1; ++i) fits = rows[i] == values.shape()[i];
  check<ShapeError>(fits, op, "sorted_sequence ", rows,
                    " must be one row, or have the sizes of values ", values.shape(),
                    " but for the last");
  Dtype dtype = promote(promote(sorted_sequence.dtype(), values.dtype()), int64);
  // For floating numbers, float64 keeps integers distinct that float32 would merge.
  if (dtype == float32 && sorted_sequence.dtype() != values.dtype()) dtype = float64;
  return kernels::searchsorted(op, to(sorted_sequence, dtype).array(), to(values, dtype).array(),
                               right);
}

/// searchsorted() of x in one row of boundaries. No gradient.
/// Shapes  x (…), boundaries (n) → y (…) int64
inline Tensor bucketize(const Tensor& x, const Tensor& boundaries, bool right = false,
                        At at = At::here()) {
  const Op op{"bucketize", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"boundaries", boundaries}});
  check<ShapeError>(boundaries.dim() == 1, op, "boundaries ", boundaries.shape(),
                    " must have one dim");
  return searchsorted(boundaries, x, right, at);
}

/// The count of each of 0, 1, 2, …, or the sum of its weights.
/// Shapes  x (n) int64, weights (n) → y (max(largest x + 1, minlength)), int64 or as weights
/// Grad    grad_weights = grad_y[x]
/// Throws  ValueError for a negative number
inline Tensor bincount(const Tensor& x, const Tensor& weights = {}, Index minlength = 0,
                       At at = At::here()) {
  const Op op{"bincount", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}});
  check<ShapeError>(x.dim() == 1, op, "x ", x.shape(), " must have one dim");
  check<ValueError>(minlength >= 0, op, "minlength=", minlength, " must not be negative");
  check<ShapeError>(!weights.defined() || weights.shape() == x.shape(), op, "weights ",
                    weights.defined() ? weights.shape() : Shape(), " must have the shape of x, ",
                    x.shape());
  detail::check_index(op, x, std::numeric_limits<Index>::max(), "to be counted", "x");
  const Index largest = x.numel() ? max(x).item<Index>() : -1;
  const Shape shape{std::max(largest + 1, minlength)};
  check_sizes(op, shape);
  const Tensor each = weights.defined() ? weights : ones(x.shape(), int64);
  return detail::scatter_add(op, Array::zeros(shape, each.dtype()), {}, 0, x, each);
}

/// The number of values in each of `bins` equal parts of [min, max]; with min = max = 0, of the
/// range of x. Values outside and NaN do not count. No gradient.
/// Shapes  x (…) → y (bins), of x's dtype
/// Throws  DtypeError unless x is floating; ValueError if bins < 1, min > max, or the range is not
///         finite
inline Tensor histc(const Tensor& x, Index bins = 100, double min = 0, double max = 0,
                    At at = At::here()) {
  const Op op{"histc", at};
  const CalledAs called(op);
  detail::check_floating(op, x);
  check<ValueError>(bins >= 1, op, "bins=", bins, " must be at least 1");
  check<ValueError>(min <= max, op, "min=", min, " must not be above max=", max);
  const Tensor values = reshape(x.detach(), {x.numel()});
  if (min == max && x.numel() > 0) {
    min = tinygrad::min(values).item();
    max = tinygrad::max(values).item();
  }
  check<ValueError>(std::isfinite(min) && std::isfinite(max), op, "the range [", min, ", ", max,
                    "] is not finite");
  if (min == max) {  // a single value: its own bin in the middle
    min -= 1;
    max += 1;
  }
  const Tensor inside = masked_select(values, logical_and(ge(values, min), le(values, max)));
  const bool wide = max - min > (x.dtype() == float32 ? std::numeric_limits<float>::max()
                                                      : std::numeric_limits<double>::max());
  const double part = wide ? 0.5 : 1;  // avoids overflow of the difference
  const Tensor from_min = sub(wide ? mul(inside, part) : inside, min * part);
  const Tensor place = mul(from_min, static_cast<double>(bins) / (max * part - min * part));
  return to(bincount(minimum(to(place, int64), bins - 1), {}, bins, at), x.dtype());
}

}  // namespace tinygrad
