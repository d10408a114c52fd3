// SPDX-License-Identifier: MIT
// index and index_put: x[…] read and written with any mix of integers, slices, ellipsis, newaxis,
// tensors of positions (int64) and masks (bool). Also the operations that take one mask:
// masked_fill, masked_select, masked_scatter, nonzero, argwhere.
#pragma once

#include <vector>

#include "tinygrad/ops/checks.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/ops/elementwise/operands.hpp"
#include "tinygrad/ops/elementwise/select.hpp"
#include "tinygrad/ops/indexing/indexing.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
inline void check_mask(const Op& op, const Tensor& mask) {
  check<DtypeError>(mask.dtype() == bool_, op, "mask is ", mask.dtype(),
                    ", it must be bool: compare first, as in x > 0");
}
// The multi-indices of the true values of a mask, one column for each dim.
inline Tensor true_places(const Op& op, const Array& mask) {
  return kernels::unravel(op, kernels::nonzero(op, mask), mask.shape());
}

// An index in two steps: slice() with the basic items; then, for each dim of its result, the
// positions to take along it (undefined: all). A mask of r dims becomes r tensors of positions.
struct IndexPlan {
  std::vector<IndexItem> basic;
  std::vector<Tensor> positions;

  IndexPlan(const Op& op, const Tensor& x, const std::vector<IndexItem>& items) {
    for (std::size_t i = 0; i < items.size(); ++i)
      if (items[i].kind() == IndexItem::kTensor) operand(op, "items", i, items[i].tensor());
    const int others = x.dim() - named_dims(op, x, items);
    int dim = 0;  // of x
    for (const IndexItem& item : items) {
      if (item.kind() == IndexItem::kTensor) {
        if (item.tensor().dtype() == bool_) add_mask(op, x, dim, item.tensor());
        else add_positions(op, x, dim, item.tensor());
        dim += item.dims();
        continue;
      }
      basic.push_back(item);
      const bool is_ellipsis = item.kind() == IndexItem::kEllipsis;
      const int whole = is_ellipsis ? others : item.kind() != IndexItem::kInteger;
      positions.resize(positions.size() + static_cast<std::size_t>(whole));
      dim += is_ellipsis ? others : item.dims();
    }
  }

 private:
  void add(const Tensor& places) {
    basic.push_back(Slice{});
    positions.push_back(places);
  }
  void add_positions(const Op& op, const Tensor& x, int dim, const Tensor& index) {
    check<DtypeError>(index.dtype() == int64, op, "an index is ", index.dtype(),
                      "; positions must be int64 and masks bool: convert with to(index, int64)");
    const Tensor places = from_front(op, index, x.shape()[dim], dim_of(x, dim));
    if (places.dim() > 0) add(places);
    else basic.push_back(places.item<Index>());  // picks an element and drops the dim
  }
  void add_mask(const Op& op, const Tensor& x, int dim, const Tensor& mask) {
    for (int i = 0; i < mask.dim(); ++i)
      check<ShapeError>(mask.shape()[i] == x.shape()[dim + i], op, "mask ", mask.shape(),
                        " does not fit x ", x.shape(), " from dim ", dim,
                        " on; the sizes must be equal");
    if (mask.dim() == 0) {  // a new dim, of size 1 if true, otherwise 0
      basic.push_back(newaxis);
      positions.push_back(zeros({mask.item<bool>() ? 1 : 0}, int64));
      return;
    }
    const Tensor places = true_places(op, mask.array());
    for (int i = 0; i < mask.dim(); ++i)
      add(reshape(narrow(op, places, 1, i, 1), {places.shape()[0]}));
  }
};

// index() after its basic items. The dims with positions become one dim, whose rows are selected.
// The broadcast shape of the positions replaces this dim.
inline Tensor index_dims(const Op& op, Tensor y, const std::vector<Tensor>& positions) {
  Shape indexed, whole, picked;  // dims with and without positions; the shape of the selection
  for (int dim = 0; dim < y.dim(); ++dim) {
    const auto i = static_cast<std::size_t>(dim);
    const bool has = i < positions.size() && positions[i].defined();
    (has ? indexed : whole).push_back(dim);
    if (has) picked = broadcast_shapes(op, picked, positions[i].shape());
  }
  if (indexed.empty()) return y;

  Tensor rows = zeros({}, int64);
  for (const Index dim : indexed)
    rows = add(mul(rows, y.size(dim)), positions[static_cast<std::size_t>(dim)]);
  rows = expand(rows, picked);

  int first = static_cast<int>(indexed[0]);
  const int count = indexed.rank();
  if (indexed.back() - first + 1 != count) {  // not adjacent: they go to the front
    Shape dims = indexed;
    for (const Index dim : whole) dims.push_back(dim);
    y = permute(y, dims);
    first = 0;
  }
  const Shape from = y.shape();
  Shape to(from.begin(), from.begin() + first);
  for (const Index size : picked) to.push_back(size);
  for (int dim = first + count; dim < from.rank(); ++dim) to.push_back(from[dim]);
  // (a…, indexed…, b…) → (Πa, Πindexed, Πb) → (Πa, Πpicked, Πb) → (a…, picked…, b…)
  y = reshape(y, {from.product(0, first), from.product(first, first + count),
                  from.product(first + count, from.rank())});
  return reshape(index_select(op, y, 1, reshape(rows, {rows.numel()})), to);
}

inline Tensor index(const Op& op, const Tensor& x, const std::vector<IndexItem>& items) {
  const IndexPlan plan(op, x, items);
  return index_dims(op, slice(op, x, plan.basic), plan.positions);
}

// The row-major positions in x of the elements of index(x, items), in the shape of that result. The
// work depends on their number, not on the size of x.
inline Tensor index_places(const Op& op, const Tensor& x, const std::vector<IndexItem>& items) {
  const IndexPlan plan(op, x, items);
  const kernels::Strided window = window_of(op, x, plan.basic);
  kernels::Strided whole;  // the dims without positions
  whole.offset = window.offset;
  Tensor picked;  // offsets from the positions, in their broadcast shape
  int first = 0, last = -1, indexed = 0;
  for (int dim = 0; dim < window.sizes.rank(); ++dim) {
    const auto i = static_cast<std::size_t>(dim);
    if (i >= plan.positions.size() || !plan.positions[i].defined()) {
      whole.sizes.push_back(window.sizes[dim]);
      whole.steps.push_back(window.steps[dim]);
      continue;
    }
    broadcast_shapes(op, picked.defined() ? picked.shape() : Shape(), plan.positions[i].shape());
    const Tensor steps = mul(plan.positions[i], window.steps[dim]);
    picked = picked.defined() ? add(picked, steps) : steps;
    if (indexed++ == 0) first = dim;
    last = dim;
  }
  const Tensor base = kernels::strided_places(op, whole);
  if (indexed == 0) return base;
  if (last - first + 1 != indexed) first = 0;  // not adjacent: they go to the front
  Shape around = base.shape(), inside = picked.shape();
  for (int dim = 0; dim < picked.dim(); ++dim) around.insert(first, 1);
  for (int dim = first; dim < base.dim(); ++dim) inside.push_back(1);
  return add(reshape(base, around), reshape(picked, inside));
}

// index_put() into y, which holds the values of x.
inline Tensor index_put(const Op& op, const Array& y, const Tensor& x,
                        const std::vector<IndexItem>& items, const Operand& values,
                        bool accumulate) {
  values.check_defined(op, "values");
  const Tensor places = index_places(op, x, items);
  check<DtypeError>(values.is_number() || values.dtype() == x.dtype(), op, "values are ",
                    values.dtype(), ", x is ", x.dtype(), "; convert with to(x, dtype)");
  Tensor source = values.as(op, x.dtype(), "values");
  while (source.dim() > places.dim() && source.shape()[0] == 1) source = squeeze(source, 0);
  check<ShapeError>(broadcasts_to(source.shape(), places.shape()), op, "values ", source.shape(),
                    " do not broadcast to the part that the index names, ", places.shape());
  const Index n = places.numel();
  return put(op, y, x, reshape(places, {n}), reshape(expand(source, places.shape()), {n}),
             accumulate);
}

// The value that masked_fill() writes.
inline Tensor masked_number(const Op& op, const Tensor& x, const Tensor& mask,
                            const Operand& value) {
  check_mask(op, mask);
  check<ShapeError>(broadcasts_to(mask.shape(), x.shape()), op, "mask ", mask.shape(),
                    " does not broadcast to x ", x.shape());
  const Tensor number = value.as(op, x.dtype(), "value");
  check<ShapeError>(number.dim() == 0, op, "value ", number.shape(), " must be a number or ()");
  return number;
}

// masked_scatter() into y, which holds the values of x. x has the broadcast shape.
inline Tensor masked_scatter(const Op& op, const Array& y, const Tensor& x, const Tensor& mask,
                             const Tensor& source) {
  const Tensor places = kernels::nonzero(op, expand(mask, x.shape()).array());
  const Index n = places.numel();
  check<ShapeError>(source.numel() >= n, op, "source ", source.shape(),
                    " holds too few values: ", n, " elements of the mask are true");
  const Tensor values = narrow(op, reshape(source, {source.numel()}), 0, 0, n);
  return put(op, y, x, places, values, false);
}
}  // namespace detail

/// x[items…] with tensors among the items: index(x, {rows, Slice{1}, mask}). int64 tensors are
/// positions; they broadcast together and may count from the end. A bool mask stands for the
/// positions of its true values along as many dims as it has. If the dims with tensors are
/// adjacent, the broadcast dims replace them. Otherwise the broadcast dims come first. As in
/// PyTorch, and unlike NumPy, an integer drops its dim before this rule applies.
/// Shapes  x (…), index tensors that broadcast to (B…) → y (a…, B…, b…) or (B…, a…, b…)
/// Grad    grad_x = grad_y added at the elements that were read
/// Throws  ValueError for a position out of range, with dim and size; ShapeError for too many items
///         or a mask that does not fit; DtypeError for floating index tensors
/// Cost    as slice() and index_select(); a copy of x if the dims are not adjacent
inline Tensor index(const Tensor& x, const std::vector<IndexItem>& items, At at = At::here()) {
  const Op op{"index", at};
  return detail::index(op, operand(op, "x", x), items);
}

/// x with x[items…] replaced by values or, if `accumulate`, with the values added. The items are
/// those of index(). If several values go to one element, the last one in row-major order stays.
/// Shapes  x (…), values that broadcast to the shape of index(x, items), except for leading dims of
///         1 → y (x)
/// Grad    grad_x = grad_y (0 at the elements written); grad_values = index(grad_y, items), 0 for
///         overwritten values, summed over their broadcast dims
/// Throws  as index(); ShapeError if values do not broadcast
inline Tensor index_put(const Tensor& x, const std::vector<IndexItem>& items, const Operand& values,
                        bool accumulate = false, At at = At::here()) {
  const Op op{"index_put", at};
  check_defined(op, {{"x", x}});
  return detail::index_put(op, x.array().copy(), x, items, values, accumulate);
}

/// x with `value` where the mask is true.
/// Shapes  x (…), mask bool that broadcasts to x, value a number or () → y (x)
/// Grad    grad_x = where(mask, 0, grad_y), grad_value = Σ where(mask, grad_y, 0)
/// Saves   mask
/// Throws  DtypeError if mask is not bool; ShapeError if it does not broadcast
inline Tensor masked_fill(const Tensor& x, const Tensor& mask, const Operand& value,
                          At at = At::here()) {
  const Op op{"masked_fill", at};
  check_defined(op, {{"x", x}, {"mask", mask}});
  return where(mask, detail::masked_number(op, x, mask, value), x, at);
}

/// The elements of x where the mask is true, in row-major order.
/// Shapes  x (…), mask (…) bool, broadcast → y (m)
/// Grad    grad_x = grad_y at the elements read, 0 elsewhere
/// Throws  DtypeError if mask is not bool; ShapeError if they do not broadcast
inline Tensor masked_select(const Tensor& x, const Tensor& mask, At at = At::here()) {
  const Op op{"masked_select", at};
  check_defined(op, {{"x", x}, {"mask", mask}});
  detail::check_mask(op, mask);
  const Shape shape = broadcast_shapes(op, x.shape(), mask.shape());
  const Tensor places = kernels::nonzero(op, expand(mask, shape).array());
  return detail::index_select(op, reshape(expand(x, shape), {shape.count()}), 0, places);
}

/// x with the elements where the mask is true replaced by the values of source, in row-major order.
/// source may have more values than needed.
/// Shapes  x (…), mask (…) bool, broadcast; source (…) → y (broadcast)
/// Grad    grad_x = where(mask, 0, grad_y); grad_source = grad_y at the elements written
/// Throws  ShapeError if source has too few values; DtypeError if mask is not bool
inline Tensor masked_scatter(const Tensor& x, const Tensor& mask, const Tensor& source,
                             At at = At::here()) {
  const Op op{"masked_scatter", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"mask", mask}, {"source", source}});
  detail::check_mask(op, mask);
  detail::check_same_dtype(op, "source", source, "x", x);
  const Shape shape = broadcast_shapes(op, x.shape(), mask.shape());
  const Tensor spread = expand(x, shape);
  return detail::masked_scatter(op, spread.array().copy(), spread, mask, source);
}

/// The positions of the elements that are not zero, in row-major order, as multi-indices. No
/// gradient.
/// Shapes  x (…) of rank r → y (m, r) int64
inline Tensor nonzero(const Tensor& x, At at = At::here()) {
  const Op op{"nonzero", at};
  return detail::true_places(op, to(operand(op, "x", x), bool_).array());
}

/// Another name of nonzero().
/// Shapes  as nonzero
inline Tensor argwhere(const Tensor& x, At at = At::here()) {
  const Op op{"argwhere", at};
  const CalledAs called(op);
  return nonzero(x, at);
}

}  // namespace tinygrad
