// SPDX-License-Identifier: MIT
// Other shapes of one tensor: reshape, permute, slice and their relatives. They compute nothing. A
// result that is one unbroken run of the input shares the memory of the input.
#pragma once

#include <algorithm>
#include <concepts>
#include <limits>
#include <optional>
#include <vector>

#include "tinygrad/autograd/record.hpp"
#include "tinygrad/kernels/movement/strided.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
// x in another shape with the same number of elements, recorded under the caller's name.
inline Tensor reshaped(const Op& op, const Tensor& x, const Shape& shape) {
  return record_view(op, x.array().reshaped(shape), {x}, save(),
                     [from = x.shape()](const Vjp& vjp) {
                       return grads(reshaped({"reshape"}, vjp.grad(), from));
                     });
}

// The elements of a window, in `shape`: shared if they are one run, otherwise copied.
inline Array read(const Op& op, const Array& x, const Shape& shape,
                  const kernels::Strided& window) {
  if (shape.count() == 0 || !window.contiguous())
    return kernels::strided_copy(op, x, shape, window);
  const Index end = window.offset + shape.count();
  return x.reshaped({x.count()}).rows(window.offset, end).reshaped(shape);
}

inline Tensor unslice(const Op& op, const Tensor& x, const Shape& shape,
                      const kernels::Strided& window);

// slice() with a given window. unslice() is the transpose: x in its place among zeros.
inline Tensor slice(const Op& op, const Tensor& x, const Shape& shape,
                    const kernels::Strided& window) {
  return record_view(op, read(op, x.array(), shape, window), {x}, save(),
                     [from = x.shape(), window](const Vjp& vjp) {
                       return grads(unslice({"unslice"}, vjp.grad(), from, window));
                     });
}
inline Tensor unslice(const Op& op, const Tensor& x, const Shape& shape,
                      const kernels::Strided& window) {
  return record(op, kernels::strided_place(op, x.array(), shape, window), {x}, save(),
                [from = x.shape(), window](const Vjp& vjp) {
                  return grads(slice({"slice"}, vjp.grad(), from, window));
                });
}

// The window x[first … first + size) along one dim.
inline kernels::Strided part_of(const Shape& shape, int dim, Index first, Index size) {
  const Shape steps = strides_of(shape);
  kernels::Strided window{shape, steps, first * steps[dim]};
  window.sizes[dim] = size;
  return window;
}
inline Tensor narrow(const Op& op, const Tensor& x, int dim, Index first, Index size) {
  const kernels::Strided window = part_of(x.shape(), dim, first, size);
  return slice(op, x, window.sizes, window);
}
}  // namespace detail

/// x in another shape, with its elements in the same order. One size may be -1; it follows from the
/// others.
/// Shapes  x (…) → y `shape`, sharing x's buffer
/// Grad    grad_x = reshape(grad_y, x.shape)
/// Throws  ShapeError if the numbers of elements differ
inline Tensor reshape(const Tensor& x, const Shape& shape, At at = At::here()) {
  const Op op{"reshape", at};
  Shape sizes = shape;
  Index* open = nullptr;
  for (Index& size : sizes) {
    if (size != -1) continue;
    check<ShapeError>(!open, op, "shape ", shape, " has more than one -1");
    open = &size;
    size = 1;
  }
  check_sizes(op, sizes);
  const Index known = sizes.count();
  if (open) {
    check<ShapeError>(known > 0 && x.numel() % known == 0, op, "cannot make ", shape, " from x ",
                      x.shape(), ": its ", x.numel(), " elements do not divide by ", known);
    *open = x.numel() / known;
  }
  check<ShapeError>(sizes.count() == x.numel(), op, "cannot make ", shape, " from x ", x.shape(),
                    ": ", sizes.count(), " elements are not ", x.numel());
  return detail::reshaped(op, x, sizes);
}

/// Merges dims start_dim … end_dim, both included. A scalar becomes (1).
/// Shapes  x (a…, b…, c…) → y (a…, Πb, c…), sharing x's buffer
/// Grad    grad_x = reshape(grad_y, x.shape)
/// Throws  ShapeError if start_dim comes after end_dim
inline Tensor flatten(const Tensor& x, Index start_dim = 0, Index end_dim = -1,
                      At at = At::here()) {
  const Op op{"flatten", at};
  const int rank = std::max(x.dim(), 1);
  const int first = normalize_dim(op, start_dim, rank, "start_dim");
  const int last = normalize_dim(op, end_dim, rank, "end_dim");
  check<ShapeError>(first <= last, op, "start_dim=", start_dim, " comes after end_dim=", end_dim,
                    " in x ", x.shape());
  if (x.dim() == 0) return detail::reshaped(op, x, {1});
  Shape shape(x.shape().begin(), x.shape().begin() + first);
  shape.push_back(x.shape().product(first, last + 1));
  for (int dim = last + 1; dim < rank; ++dim) shape.push_back(x.shape()[dim]);
  return detail::reshaped(op, x, shape);
}

/// Drops one dim if its size is 1; without a dim, drops all dims of size 1.
/// Shapes  x (a…, 1, b…) → y (a…, b…), sharing x's buffer
/// Grad    grad_x = reshape(grad_y, x.shape)
inline Tensor squeeze(const Tensor& x, std::optional<Index> dim = {}, At at = At::here()) {
  const Op op{"squeeze", at};
  const int only = dim ? normalize_dim(op, *dim, x.dim()) : -1;
  Shape shape;
  for (int i = 0; i < x.dim(); ++i)
    if (x.shape()[i] != 1 || (dim && i != only)) shape.push_back(x.shape()[i]);
  return detail::reshaped(op, x, shape);
}

/// Adds a dim of size 1, which becomes dim `dim` of y.
/// Shapes  x (a…, b…) → y (a…, 1, b…), sharing x's buffer
/// Grad    grad_x = reshape(grad_y, x.shape)
inline Tensor unsqueeze(const Tensor& x, Index dim, At at = At::here()) {
  const Op op{"unsqueeze", at};
  check<ShapeError>(x.dim() < kMaxRank, op, "x ", x.shape(), " is full: a tensor has at most ",
                    kMaxRank, " dims");
  Shape shape = x.shape();
  shape.insert(normalize_dim(op, dim, x.dim() + 1), 1);
  return detail::reshaped(op, x, shape);
}

/// Reorders the dims: dim i of y is dim dims[i] of x.
/// Shapes  x (s₀, s₁, …) → y (s_dims₀, s_dims₁, …)
/// Grad    grad_x = permute(grad_y, the inverse order)
/// Throws  ShapeError unless `dims` names every dim once
/// Cost    one copy; none if only dims of size 1 move: then y shares x's buffer
inline Tensor permute(const Tensor& x, const Shape& dims, At at = At::here()) {
  const Op op{"permute", at};
  check<ShapeError>(dims.rank() == x.dim(), op, "dims ", dims, " must name every dim of x ",
                    x.shape(), " once");
  const Shape strides = strides_of(x.shape());
  kernels::Strided window{dims, dims, 0};
  Shape inverse = dims;
  unsigned seen = 0;
  for (int i = 0; i < dims.rank(); ++i) {
    const int dim = normalize_dim(op, dims[i], x.dim(), "dims");
    check<ShapeError>((seen >> dim & 1U) == 0, op, "dims ", dims, " names dim ", dim, " twice");
    seen |= 1U << dim;
    window.sizes[i] = x.shape()[dim];
    window.steps[i] = strides[dim];
    inverse[dim] = i;
  }
  return record_view(op, detail::read(op, x.array(), window.sizes, window), {x}, save(),
                     [inverse](const Vjp& vjp) { return grads(permute(vjp.grad(), inverse)); });
}

/// Exchanges two dims.
/// Shapes  x (…, a, …, b, …) → y (…, b, …, a, …)
/// Grad    grad_x = transpose(grad_y, dim_a, dim_b)
/// Cost    as permute()
inline Tensor transpose(const Tensor& x, Index dim_a, Index dim_b, At at = At::here()) {
  const Op op{"transpose", at};
  const CalledAs called(op);
  const int a = normalize_dim(op, dim_a, x.dim());
  const int b = normalize_dim(op, dim_b, x.dim());
  Shape dims = x.shape();
  for (int i = 0; i < dims.rank(); ++i) dims[i] = i == a ? b : i == b ? a : i;
  return permute(x, dims, at);
}

/// Python's start:stop:step. Negative bounds count from the end. A bound out of range is clamped. A
/// missing bound is the first or the last position in the direction of the step.
struct Slice {
  std::optional<Index> start = {};
  std::optional<Index> stop = {};
  Index step = 1;
};

struct Ellipsis {};
struct NewAxis {};
inline constexpr Ellipsis ellipsis{};  ///< in an index: all dims that no other item names
inline constexpr NewAxis newaxis{};    ///< in an index: a new dim of size 1

/// One item of an index: an integer (picks a position and drops the dim), a Slice, `ellipsis`,
/// `newaxis` or, for index() and index_put(), a tensor: int64 positions along a dim, or a bool mask
/// of one or more dims. It stores the user's line, which x[item] cannot get in another way.
class IndexItem {
 public:
  enum Kind { kInteger, kSlice, kEllipsis, kNewAxis, kTensor };

  template <class T>
  requires(std::integral<T> && !std::same_as<T, bool>)
      IndexItem(T i, At at = At::here())  // NOLINT: implicit, as are the others
      : kind_(kInteger), at_(at), integer_(static_cast<Index>(i)) {}
  IndexItem(const Slice& s, At at = At::here()) : kind_(kSlice), at_(at), slice_(s) {}     // NOLINT
  IndexItem(Ellipsis, At at = At::here()) : kind_(kEllipsis), at_(at) {}                   // NOLINT
  IndexItem(NewAxis, At at = At::here()) : kind_(kNewAxis), at_(at) {}                     // NOLINT
  IndexItem(const Tensor& t, At at = At::here()) : kind_(kTensor), at_(at), tensor_(t) {}  // NOLINT

  Kind kind() const { return kind_; }
  Index integer() const { return integer_; }
  const Slice& slice() const { return slice_; }
  const Tensor& tensor() const { return tensor_; }
  At at() const { return at_; }

  /// The number of dims of x that the item names.
  int dims() const {
    if (kind_ == kTensor) return tensor_.dtype() == bool_ ? tensor_.dim() : 1;
    return kind_ == kInteger || kind_ == kSlice;
  }

 private:
  Kind kind_;
  At at_;
  Index integer_ = 0;
  Slice slice_;
  Tensor tensor_;
};

namespace detail {
/// A Slice of a dim of `size`: `count` positions from `start`, `step` apart.
struct Positions {
  Index start, step, count;

  Positions(const Slice& s, Index size) {
    const bool up = s.step > 0;
    const Index low = up ? 0 : -1, high = up ? size : size - 1;
    const auto clamped = [=](const std::optional<Index>& bound, Index otherwise) {
      if (!bound) return otherwise;
      return std::clamp(*bound < 0 ? *bound + size : *bound, low, high);
    };
    start = clamped(s.start, up ? low : high);
    const Index stop = clamped(s.stop, up ? high : low);
    const Index length = up ? stop - start : start - stop;
    step = std::max(s.step, -std::numeric_limits<Index>::max());  // so that -step exists
    count = length <= 0 ? 0 : (length - 1) / (up ? step : -step) + 1;
    if (count <= 1) step = 1;  // an unused huge step would overflow later
  }
};

// The number of dims of x that the items name. At most one ellipsis stands for the others.
inline int named_dims(const Op& op, const Tensor& x, const std::vector<IndexItem>& items) {
  int named = 0, ellipses = 0;
  for (const IndexItem& item : items) {
    named += item.dims();
    ellipses += item.kind() == IndexItem::kEllipsis;
  }
  check<ShapeError>(named <= x.dim(), op, named, " indices for x ", x.shape(), " of rank ",
                    x.dim());
  check<ShapeError>(ellipses <= 1, op, "an index can hold only one ellipsis");
  return named;
}

// The window of x that the items select. No item is a tensor.
inline kernels::Strided window_of(const Op& op, const Tensor& x,
                                  const std::vector<IndexItem>& items) {
  const int named = named_dims(op, x, items);
  int added = 0;
  for (const IndexItem& item : items) {
    added += item.kind() == IndexItem::kNewAxis;
    check<ValueError>(item.kind() != IndexItem::kTensor, op,
                      "takes integers, slices, ellipsis and newaxis; use index() for tensors");
  }
  check<ShapeError>(x.dim() + added <= kMaxRank, op, "x ", x.shape(), " with ", added,
                    " new dims: a tensor has at most ", kMaxRank, " dims");
  const Shape strides = strides_of(x.shape());

  kernels::Strided window;
  int dim = 0;
  const auto whole = [&](int count) {
    for (; count > 0; --count, ++dim) {
      window.sizes.push_back(x.shape()[dim]);
      window.steps.push_back(strides[dim]);
    }
  };
  for (const IndexItem& item : items) {
    if (item.kind() == IndexItem::kEllipsis) {
      whole(x.dim() - named);
    } else if (item.kind() == IndexItem::kNewAxis) {
      window.sizes.push_back(1);
      window.steps.push_back(0);
    } else if (item.kind() == IndexItem::kInteger) {
      const Index size = x.shape()[dim], i = item.integer();
      check<ValueError>(-size <= i && i < size, op, "index ", i, " is out of range for dim ", dim,
                        " of x ", x.shape(), "; it must be in [", -size, ", ", size - 1, "]");
      window.offset += (i < 0 ? i + size : i) * strides[dim++];
    } else {
      check<ValueError>(item.slice().step != 0, op, "the step of a slice must not be 0");
      const Positions p(item.slice(), x.shape()[dim]);
      window.sizes.push_back(p.count);
      window.steps.push_back(p.step * strides[dim]);
      window.offset += p.start * strides[dim++];
    }
  }
  whole(x.dim() - dim);
  return window;
}
// slice() under the caller's name.
inline Tensor slice(const Op& op, const Tensor& x, const std::vector<IndexItem>& items) {
  const kernels::Strided window = window_of(op, x, items);
  return slice(op, x, window.sizes, window);
}
}  // namespace detail

/// NumPy's basic indexing, x[items…]: slice(x, {Slice{1, 3}, ellipsis, -1}) is x[1:3, ..., -1].
/// Shapes  x (…) → y (…); with fewer items than dims, the last dims stay whole
/// Grad    grad_x = grad_y in its place among zeros
/// Throws  ShapeError for too many items; ValueError for an integer out of range, step 0, a tensor
/// Cost    one copy; none if y is one unbroken run of x, such as leading rows: then y shares its
///         buffer
inline Tensor slice(const Tensor& x, const std::vector<IndexItem>& items, At at = At::here()) {
  return detail::slice({"slice", at}, x, items);
}

/// `length` positions of a dim from `start` on. `start` may count from the end.
/// Shapes  x (a…, n, b…) → y (a…, length, b…)
/// Grad    grad_x = grad_y in its place among zeros
/// Throws  ValueError unless 0 ≤ start, length and start + length ≤ n
/// Cost    as slice()
inline Tensor narrow(const Tensor& x, Index dim, Index start, Index length, At at = At::here()) {
  const Op op{"narrow", at};
  const int along = normalize_dim(op, dim, x.dim());
  const Index n = x.shape()[along], first = start < 0 ? start + n : start;
  check<ValueError>(0 <= first && first <= n && 0 <= length && length <= n - first, op,
                    "start=", start, ", length=", length, " leave dim ", along, " of x ",
                    x.shape());
  return detail::narrow(op, x, along, first, length);
}

/// One position of a dim, without that dim.
/// Shapes  x (a…, n, b…) → y (a…, b…)
/// Grad    grad_x = grad_y in its place among zeros
/// Throws  ValueError if index is not in [-n, n)
/// Cost    as slice()
inline Tensor select(const Tensor& x, Index dim, Index index, At at = At::here()) {
  const Op op{"select", at};
  const int along = normalize_dim(op, dim, x.dim());
  const Index n = x.shape()[along];
  check<ValueError>(-n <= index && index < n, op, "index ", index, " is out of range for dim ",
                    along, " of x ", x.shape(), "; it must be in [", -n, ", ", n - 1, "]");
  kernels::Strided window = detail::part_of(x.shape(), along, index < 0 ? index + n : index, 1);
  window.sizes.erase(along);
  window.steps.erase(along);
  return detail::slice(op, x, window.sizes, window);
}

}  // namespace tinygrad
