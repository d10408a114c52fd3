// SPDX-License-Identifier: MIT
// Rolls, flips, repeats, turns and windows: the elements stay, their places change. Also more ways
// to cut and to join: tensor_split, unbind, hstack, vstack, meshgrid.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "tinygrad/ops/indexing/indexing.hpp"
#include "tinygrad/ops/shape/broadcast.hpp"
#include "tinygrad/ops/shape/join.hpp"
#include "tinygrad/ops/shape/movement.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
// Moved by `shift` along one dim; what leaves at one end enters at the other.
inline Tensor roll(const Op& op, const Tensor& x, int dim, Index shift) {
  const Index n = x.shape()[dim];
  if (n == 0) return same_values(op, x);
  shift = (shift % n + n) % n;
  if (shift == 0) return same_values(op, x);
  const auto head = part_of(x.shape(), dim, 0, n - shift);
  const auto tail = part_of(x.shape(), dim, n - shift, shift);
  const std::vector<Array> turned = {read(op, x.array(), tail.sizes, tail),
                                     read(op, x.array(), head.sizes, head)};
  return record(
      op, kernels::concat(op, turned, x.shape(), dim), {x}, save(),
      [dim, shift](const Vjp& vjp) { return grads(roll({"roll"}, vjp.grad(), dim, -shift)); });
}

// Each run of `run` elements `times` times in a row, in `shape`. With the sizes after a dim as
// the run this repeats the elements of that dim, with its own size too, the dim as a whole.
inline Tensor repeat_runs(const Tensor& x, Index run, Index times, const Shape& shape, At at) {
  if (shape.count() == 0) return reshape(narrow(reshape(x, {x.numel()}), 0, 0, 0, at), shape, at);
  const Index runs = x.numel() / run;
  return reshape(expand(reshape(x, {runs, 1, run}, at), {runs, times, run}, at), shape, at);
}

inline unsigned dim_bits(const Op& op, const Shape& dims, int rank, const char* name) {
  unsigned bits = 0;
  for (const Index given : dims) {
    const int dim = normalize_dim(op, given, rank, name);
    check<ShapeError>((bits >> dim & 1U) == 0, op, name, " ", dims, " names dim ", dim, " twice");
    bits |= 1U << dim;
  }
  return bits;
}
}  // namespace detail

/// x moved by shifts[k] along dim dims[k]; what leaves at one end enters at the other. Without
/// dims x is rolled as if flat, by one shift.
/// Shapes  x (…) → y (…)
/// Grad    grad_x = roll(grad_y, −shifts, dims)
/// Throws  ShapeError if there is not one shift for each dim
inline Tensor roll(const Tensor& x, const Shape& shifts, const Shape& dims = {},
                   At at = At::here()) {
  const Op op{"roll", at};
  const CalledAs called(op);
  if (dims.empty()) {
    check<ShapeError>(shifts.rank() == 1, op, "shifts ", shifts, " without dims must be one");
    const Tensor flat = reshape(x, {x.numel()}, at);
    return reshape(detail::roll(op, flat, 0, shifts[0]), x.shape(), at);
  }
  check<ShapeError>(shifts.rank() == dims.rank(), op, "shifts ", shifts, " and dims ", dims,
                    " must be as many");
  Tensor y = x;
  for (int k = 0; k < dims.rank(); ++k)
    y = detail::roll(op, y, normalize_dim(op, dims[k], x.dim(), "dims"), shifts[k]);
  return y;
}
inline Tensor roll(const Tensor& x, Index shift, Index dim, At at = At::here()) {
  const Op op{"roll", at};
  const CalledAs called(op);
  return roll(x, Shape{shift}, Shape{dim}, at);
}

/// x with the order along some dims reversed.
/// Shapes  x (…) → y (…)
/// Grad    grad_x = flip(grad_y, dims)
/// Throws  ShapeError for a dim that does not exist or is named twice
/// Cost    one copy
inline Tensor flip(const Tensor& x, const Shape& dims, At at = At::here()) {
  const Op op{"flip", at};
  const unsigned flipped = detail::dim_bits(op, dims, x.dim(), "dims");
  if (flipped == 0 || x.numel() == 0) return same_values(op, x);
  kernels::Strided window{x.shape(), strides_of(x.shape()), 0};
  for (int i = 0; i < x.dim(); ++i) {
    if ((flipped >> i & 1U) == 0) continue;
    window.offset += (x.shape()[i] - 1) * window.steps[i];
    window.steps[i] = -window.steps[i];
  }
  return record(op, kernels::strided_copy(op, x.array(), x.shape(), window), {x}, save(),
                [dims](const Vjp& vjp) { return grads(flip(vjp.grad(), dims)); });
}

/// Copies of x side by side: repeats[i] of them along dim i; new dims come first.
/// Shapes  x (s₀, …) → y (repeats₀·s₀, …)
/// Grad    grad_x = the sum of grad_y over the copies
/// Throws  ShapeError for fewer repeats than dims, or a negative one
/// Cost    one copy for each repeated dim, the innermost and smallest first
inline Tensor repeat(const Tensor& x, const Shape& repeats, At at = At::here()) {
  const Op op{"repeat", at};
  const CalledAs called(op);
  check<ShapeError>(repeats.rank() >= x.dim(), op, "repeats ", repeats,
                    " must name every dim of x ", x.shape());
  Shape shape = x.shape();
  while (shape.rank() < repeats.rank()) shape.insert(0, 1);
  Tensor y = reshape(x, shape, at);
  for (int dim = shape.rank() - 1; dim >= 0; --dim) {
    check<ShapeError>(repeats[dim] >= 0, op, "repeats ", repeats, " must not be negative");
    if (repeats[dim] == 1) continue;
    const Index run = shape.product(dim, shape.rank());
    check_sizes(op, {shape[dim], repeats[dim]});  // before they are multiplied
    shape[dim] *= repeats[dim];
    check_sizes(op, shape);
    y = detail::repeat_runs(y, run, repeats[dim], shape, at);
  }
  return apart_from(x, op, y);
}

/// repeat() for any number of repetitions: missing ones are 1, at the front.
/// Shapes  x (s₀, …) → y (dims₀·s₀, …)
/// Grad    as repeat
/// Throws  ShapeError for a negative repetition
inline Tensor tile(const Tensor& x, const Shape& dims, At at = At::here()) {
  const Op op{"tile", at};
  const CalledAs called(op);
  Shape repeats = dims;
  while (repeats.rank() < x.dim()) repeats.insert(0, 1);
  for (const Index times : repeats)
    check<ShapeError>(times >= 0, op, "dims ", dims, " must not be negative");
  return repeat(x, repeats, at);
}

/// Each element along a dim `repeats` times in a row.
/// Shapes  x (a…, n, b…) → y (a…, n·repeats, b…); without a dim x is taken as flat
/// Grad    grad_x = the sum of grad_y over the copies
/// Throws  ValueError for a negative number
inline Tensor repeat_interleave(const Tensor& x, Index repeats, std::optional<Index> dim = {},
                                At at = At::here()) {
  const Op op{"repeat_interleave", at};
  const CalledAs called(op);
  check<ValueError>(repeats >= 0, op, "repeats=", repeats, " must not be negative");
  if (!dim) return repeat_interleave(reshape(x, {x.numel()}, at), repeats, 0, at);
  const int along = normalize_dim(op, *dim, x.dim(), "dim");
  Shape shape = x.shape();
  const Index run = shape.product(along + 1, shape.rank());
  check_sizes(op, {shape[along], repeats});  // before their product overflows
  shape[along] *= repeats;
  check_sizes(op, shape);
  return apart_from(x, op, detail::repeat_runs(x, run, repeats, shape, at));
}

/// Element i along a dim repeats[i] times in a row.
/// Shapes  x (a…, n, b…), repeats (n) or (1) int64 → y (a…, Σ repeats, b…)
/// Grad    grad_x = the sum of grad_y over the copies
/// Throws  ShapeError unless there is a number for each; ValueError for a negative one
inline Tensor repeat_interleave(const Tensor& x, const Tensor& repeats,
                                std::optional<Index> dim = {}, At at = At::here()) {
  const Op op{"repeat_interleave", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"repeats", repeats}});
  if (!dim) return repeat_interleave(reshape(x, {x.numel()}, at), repeats, 0, at);
  const int along = normalize_dim(op, *dim, x.dim(), "dim");
  const Index n = x.shape()[along];
  check<DtypeError>(repeats.dtype() == int64, op, "repeats is ", repeats.dtype(),
                    ", it must be int64");
  check<ShapeError>(repeats.dim() <= 1 && (repeats.numel() == n || repeats.numel() == 1), op,
                    "repeats ", repeats.shape(), " must hold a number for each of the ", n,
                    " elements of dim ", along, " of x ", x.shape());
  std::vector<Index> positions;
  for (Index i = 0; i < n; ++i) {
    const Index times = repeats.data<Index>()[repeats.numel() == 1 ? 0 : i];
    check<ValueError>(times >= 0, op, "repeats holds ", times, " at ", i,
                      "; it must not be negative");
    positions.insert(positions.end(), static_cast<std::size_t>(times), i);
  }
  return index_select(x, along, Array::from(positions, int64), at);
}

/// Dims source[k] become dims destination[k]; the others keep their order.
/// Shapes  x (…) → y (…), permuted
/// Grad    the dims moved back
/// Throws  ShapeError unless there is one destination for each source
inline Tensor movedim(const Tensor& x, const Shape& source, const Shape& destination,
                      At at = At::here()) {
  const Op op{"movedim", at};
  const CalledAs called(op);
  check<ShapeError>(source.rank() == destination.rank(), op, "source ", source, " and destination ",
                    destination, " must be as many");
  const unsigned taken = detail::dim_bits(op, source, x.dim(), "source");
  const unsigned given = detail::dim_bits(op, destination, x.dim(), "destination");
  Shape dims = x.shape();
  for (int k = 0; k < source.rank(); ++k)
    dims[normalize_dim(op, destination[k], x.dim())] = normalize_dim(op, source[k], x.dim());
  for (int to = 0, from = 0; to < x.dim(); ++to) {
    if ((given >> to & 1U) != 0) continue;
    while ((taken >> from & 1U) != 0) ++from;
    dims[to] = from++;
  }
  return permute(x, dims, at);
}
inline Tensor movedim(const Tensor& x, Index source, Index destination, At at = At::here()) {
  const Op op{"movedim", at};
  const CalledAs called(op);
  return movedim(x, Shape{source}, Shape{destination}, at);
}

/// Two dims exchanged: transpose() under its other names.
/// Shapes  x (…, a, …, b, …) → y (…, b, …, a, …)
/// Grad    as transpose
inline Tensor swapaxes(const Tensor& x, Index dim0, Index dim1, At at = At::here()) {
  const Op op{"swapaxes", at};
  const CalledAs called(op);
  return transpose(x, dim0, dim1, at);
}
inline Tensor swapdims(const Tensor& x, Index dim0, Index dim1, At at = At::here()) {
  const Op op{"swapdims", at};
  const CalledAs called(op);
  return transpose(x, dim0, dim1, at);
}

/// One dim as several; one of their sizes may be -1. The inverse of flatten().
/// Shapes  x (a…, Πb, c…) → y (a…, b…, c…), sharing x's buffer
/// Grad    grad_x = reshape(grad_y, x.shape)
/// Throws  ShapeError if the sizes do not multiply to the dim
inline Tensor unflatten(const Tensor& x, Index dim, const Shape& sizes, At at = At::here()) {
  const Op op{"unflatten", at};
  const int along = normalize_dim(op, dim, x.dim(), "dim");
  const Index n = x.shape()[along];
  Shape split = sizes;
  Index* open = std::find(split.begin(), split.end(), -1);
  if (open != split.end()) {
    *open = 1;
    const Index known = split.count();
    *open = known > 0 && n % known == 0 ? n / known : -1;
  }
  const bool valid = std::all_of(split.begin(), split.end(), [](Index s) { return s >= 0; });
  check<ShapeError>(!split.empty() && valid && split.count() == n, op, "sizes ", sizes,
                    " do not multiply to ", n, ", dim ", along, " of x ", x.shape());
  Shape shape(x.shape().begin(), x.shape().begin() + along);
  for (const Index size : split) shape.push_back(size);
  for (int i = along + 1; i < x.dim(); ++i) shape.push_back(x.shape()[i]);
  return detail::reshaped(op, x, shape);
}

/// x turned by k quarters in the plane of two dims, from the first towards the second.
/// Shapes  x (…, m, n, …) → y (…, n, m, …) for odd k, else as x
/// Grad    grad_x = rot90(grad_y, −k, dims)
/// Throws  ShapeError unless dims are two different dims
inline Tensor rot90(const Tensor& x, Index k = 1, const Shape& dims = {0, 1}, At at = At::here()) {
  const Op op{"rot90", at};
  const CalledAs called(op);
  check<ShapeError>(dims.rank() == 2, op, "dims ", dims, " must be two dims");
  detail::dim_bits(op, dims, x.dim(), "dims");
  switch ((k % 4 + 4) % 4) {
    case 1: return transpose(flip(x, {dims[1]}, at), dims[0], dims[1], at);
    case 2: return flip(x, dims, at);
    case 3: return flip(transpose(x, dims[0], dims[1], at), {dims[1]}, at);
    default: return same_values(op, x);
  }
}

namespace detail {
inline Tensor unfold(const Op& op, const Tensor& x, int dim, Index size, Index step);

// The transpose of unfold(): every element the sum of its copies.
inline Tensor fold_windows(const Op& op, const Tensor& x, const Shape& shape, int dim, Index size,
                           Index step) {
  return record(op, kernels::fold_windows(op, x.array(), shape, dim, size, step), {x}, save(),
                [dim, size, step](const Vjp& vjp) {
                  return grads(unfold({"unfold"}, vjp.grad(), dim, size, step));
                });
}
inline Tensor unfold(const Op& op, const Tensor& x, int dim, Index size, Index step) {
  const Shape strides = strides_of(x.shape());
  kernels::Strided window{x.shape(), strides, 0};
  window.sizes[dim] = (x.shape()[dim] - size) / step + 1;
  window.steps[dim] = step * strides[dim];
  window.sizes.push_back(size);
  window.steps.push_back(strides[dim]);
  return record(op, kernels::strided_copy(op, x.array(), window.sizes, window), {x}, save(),
                [shape = x.shape(), dim, size, step](const Vjp& vjp) {
                  return grads(fold_windows({"fold_windows"}, vjp.grad(), shape, dim, size, step));
                });
}
}  // namespace detail

/// Windows of `size` along a dim, `step` apart, each in a new last dim; they may overlap.
/// Shapes  x (a…, n, b…) → y (a…, (n − size)/step + 1, b…, size), a copy
/// Grad    each element of x gets the sum of grad_y over its copies
/// Throws  ValueError unless 0 ≤ size ≤ n and step ≥ 1
inline Tensor unfold(const Tensor& x, Index dimension, Index size, Index step, At at = At::here()) {
  const Op op{"unfold", at};
  check<ShapeError>(x.dim() < kMaxRank, op, "x ", x.shape(), " is full: a tensor has at most ",
                    kMaxRank, " dims");
  const int dim = normalize_dim(op, dimension, x.dim(), "dimension");
  check<ValueError>(0 <= size && size <= x.shape()[dim], op, "size=", size,
                    " must be at least 0 and at most ", x.shape()[dim], ", dim ", dim, " of x ",
                    x.shape());
  check<ValueError>(step > 0, op, "step=", step, " must be at least 1");
  return detail::unfold(op, x, dim, size, step);
}

/// x cut along a dim at the given positions, as slices are: start:i₀, i₀:i₁, …, iₖ:stop.
/// Shapes  x (a…, n, b…) → parts (a…, nᵢ, b…)
/// Grad    grad_x = the parts' gradients, concatenated
/// Throws  ShapeError for a dim that does not exist
inline std::vector<Tensor> tensor_split(const Tensor& x, const std::vector<Index>& indices,
                                        Index dim = 0, At at = At::here()) {
  const Op op{"tensor_split", at};
  const int along = normalize_dim(op, dim, x.dim(), "dim");
  const Index n = x.shape()[along];
  std::vector<Index> cuts = {0}, sizes;
  for (const Index i : indices) cuts.push_back(std::clamp<Index>(i < 0 ? i + n : i, 0, n));
  cuts.push_back(n);
  if (!std::is_sorted(cuts.begin(), cuts.end())) {  // parts overlap or are left out
    std::vector<Tensor> parts;
    for (std::size_t k = 1; k < cuts.size(); ++k)
      parts.push_back(
          detail::narrow(op, x, along, cuts[k - 1], std::max<Index>(cuts[k] - cuts[k - 1], 0)));
    return parts;
  }
  for (std::size_t k = 1; k < cuts.size(); ++k) sizes.push_back(cuts[k] - cuts[k - 1]);
  return detail::parts(op, x, along, sizes);
}

/// x cut along a dim into `sections` parts; the first n mod sections of them are one longer.
inline std::vector<Tensor> tensor_split(const Tensor& x, Index sections, Index dim = 0,
                                        At at = At::here()) {
  const Op op{"tensor_split", at};
  check<ValueError>(sections > 0, op, "sections=", sections, " must be at least 1");
  const int along = normalize_dim(op, dim, x.dim(), "dim");
  const Index n = x.shape()[along];
  std::vector<Index> sizes;
  for (Index k = 0; k < sections; ++k) sizes.push_back(n / sections + (k < n % sections ? 1 : 0));
  return detail::parts(op, x, along, sizes);
}

/// The slices of x along a dim, which is dropped.
/// Shapes  x (a…, n, b…) → n of (a…, b…)
/// Grad    grad_x = the slices' gradients, stacked
/// Throws  ShapeError for a dim that does not exist
inline std::vector<Tensor> unbind(const Tensor& x, Index dim = 0, At at = At::here()) {
  const Op op{"unbind", at};
  const CalledAs called(op);
  const int along = normalize_dim(op, dim, x.dim(), "dim");
  std::vector<Tensor> slices = detail::parts(
      op, x, along, std::vector<Index>(static_cast<std::size_t>(x.shape()[along]), 1));
  for (Tensor& slice : slices) slice = squeeze(slice, along, at);
  return slices;
}

/// Tensors side by side: concat() along dim 1, or 0 for vectors and scalars.
/// Shapes  each (N, nᵢ, …) → y (N, Σ nᵢ, …)
/// Grad    each its part of grad_y
/// Throws  as concat()
inline Tensor hstack(const std::vector<Tensor>& tensors, At at = At::here()) {
  const Op op{"hstack", at};
  const CalledAs called(op);
  check<ValueError>(!tensors.empty(), op, "needs at least one tensor");
  check_defined(op, "tensors", tensors);
  std::vector<Tensor> parts;
  for (const Tensor& t : tensors) parts.push_back(t.dim() == 0 ? reshape(t, {1}, at) : t);
  return concat(parts, parts[0].dim() == 1 ? 0 : 1, at);
}

/// Tensors one below the other: concat() along dim 0; vectors and scalars are rows.
/// Shapes  each (nᵢ, …) → y (Σ nᵢ, …)
/// Grad    each its part of grad_y
/// Throws  as concat()
inline Tensor vstack(const std::vector<Tensor>& tensors, At at = At::here()) {
  const Op op{"vstack", at};
  const CalledAs called(op);
  check<ValueError>(!tensors.empty(), op, "needs at least one tensor");
  check_defined(op, "tensors", tensors);
  std::vector<Tensor> parts;
  for (const Tensor& t : tensors) parts.push_back(t.dim() < 2 ? reshape(t, {1, -1}, at) : t);
  return concat(parts, 0, at);
}

/// The coordinates of a grid: tensor k holds, at every point, its coordinate along dim k. With
/// indexing "xy" the first two dims are exchanged, as pictures are.
/// Shapes  vectors or scalars of sizes s₀, s₁, … → one (s₀, s₁, …) for each; "xy": (s₁, s₀, …)
/// Grad    each the sum of its gradient over the other dims
/// Throws  ShapeError for a tensor of more dims; ValueError for another indexing
inline std::vector<Tensor> meshgrid(const std::vector<Tensor>& tensors,
                                    std::string_view indexing = "ij", At at = At::here()) {
  const Op op{"meshgrid", at};
  const CalledAs called(op);
  check<ValueError>(indexing == "ij" || indexing == "xy", op, "indexing \"", indexing,
                    "\" must be \"ij\" or \"xy\"");
  check<ValueError>(!tensors.empty(), op, "needs at least one tensor");
  check_defined(op, "tensors", tensors);
  const auto rank = static_cast<int>(tensors.size());
  const auto dim_of = [&](int k) { return indexing == "xy" && rank > 1 && k < 2 ? 1 - k : k; };
  Shape shape;
  for (const Tensor& t : tensors) {
    check<ShapeError>(t.dim() <= 1, op, "tensor ", shape.rank(), " is ", t.shape(),
                      "; it must be a vector or a scalar");
    shape.push_back(t.numel());
  }
  if (dim_of(0) == 1) std::swap(shape[0], shape[1]);
  std::vector<Tensor> out;
  for (int k = 0; k < rank; ++k) {
    Shape line(shape);
    std::fill(line.begin(), line.end(), Index{1});
    const Tensor& t = tensors[static_cast<std::size_t>(k)];
    line[dim_of(k)] = t.numel();
    out.push_back(apart_from(t, op, expand(reshape(t, line, at), shape, at)));
  }
  return out;
}

}  // namespace tinygrad
