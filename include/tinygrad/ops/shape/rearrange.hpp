// SPDX-License-Identifier: MIT
// Operations that reorder or repeat elements: rolls, flips, repeats, rotations by 90°, moved dims,
// shuffled channels (pixel_shuffle, channel_shuffle), and coordinates of grids.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "tinygrad/ops/indexing/indexing.hpp"
#include "tinygrad/ops/shape/broadcast.hpp"
#include "tinygrad/ops/shape/movement.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
// x moved by `shift` along one dim. Elements that leave at one end enter at the other.
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

// Repeats each run of `run` elements `times` times, in `shape`. If `run` is the product of the
// sizes after a dim, this repeats the elements of that dim; with its own size too, it repeats the
// whole dim.
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

/// x moved by shifts[k] along dim dims[k]. Elements that leave at one end enter at the other.
/// Without dims, flattened x moves by one shift.
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

/// Reverses the order along some dims.
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

/// Repeats x: repeats[i] copies along dim i. New dims come first.
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
    check_sizes(op, {shape[dim], repeats[dim]});  // before the multiplication
    shape[dim] *= repeats[dim];
    check_sizes(op, shape);
    y = detail::repeat_runs(y, run, repeats[dim], shape, at);
  }
  return apart_from(x, op, y);
}

/// repeat() with any number of repeats. Missing ones, at the front, are 1.
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

/// Repeats each element along a dim `repeats` times.
/// Shapes  x (a…, n, b…) → y (a…, n·repeats, b…); without a dim x is flattened
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

/// Repeats element i along a dim repeats[i] times.
/// Shapes  x (a…, n, b…), repeats (n) or (1) int64 → y (a…, Σ repeats, b…)
/// Grad    grad_x = the sum of grad_y over the copies
/// Throws  ShapeError unless there is one number for each element; ValueError for a negative number
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

/// Moves dims source[k] to destination[k]. The others keep their order.
/// Shapes  x (…) → y (…), permuted
/// Grad    grad_y with the dims moved back
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

/// Exchanges two dims: transpose() under other names.
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

/// Splits one dim into several; one of their sizes may be -1. The inverse of flatten().
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

/// Rotates x by k quarter turns in the plane of two dims, from the first towards the second.
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

/// Rearranges channels to pixels: each run of r² channels becomes r×r pixels, r = upscale_factor.
/// Shapes  x (…,C·r²,H,W) → y (…,C,H·r,W·r)
/// Grad    pixel_unshuffle
/// Throws  ShapeError unless r² divides the channels
/// Source  Shi et al., CVPR 2016
inline Tensor pixel_shuffle(const Tensor& x, Index upscale_factor, At at = At::here()) {
  const Op op{"pixel_shuffle", at};
  const CalledAs called(op);
  const Index r = upscale_factor;
  check<ValueError>(r >= 1, op, "upscale_factor=", r, " must be at least 1");
  check<ShapeError>(x.dim() >= 3, op, "x ", x.shape(), " must be (…, C, H, W)");
  const int lead = x.dim() - 3;
  const Index channels = x.shape()[lead], h = x.shape()[lead + 1], w = x.shape()[lead + 2];
  check<ShapeError>(channels % (r * r) == 0, op, "the square of upscale_factor=", r,
                    " must divide the ", channels, " channels of x ", x.shape());
  const Index n = x.shape().product(0, lead), c = channels / (r * r);
  Shape shape(x.shape().begin(), x.shape().begin() + lead);
  for (const Index size : {c, h * r, w * r}) shape.push_back(size);
  const Tensor parts = detail::reshaped(op, x, {n, c, r, r, h, w});
  const Tensor moved = permute(parts, {0, 1, 4, 2, 5, 3}, at);
  return apart_from(x, op, detail::reshaped(op, moved, shape));
}

/// The inverse of pixel_shuffle().
/// Shapes  x (…,C,H·r,W·r) → y (…,C·r²,H,W), r = downscale_factor
/// Grad    pixel_shuffle
/// Throws  ShapeError unless r divides height and width
inline Tensor pixel_unshuffle(const Tensor& x, Index downscale_factor, At at = At::here()) {
  const Op op{"pixel_unshuffle", at};
  const CalledAs called(op);
  const Index r = downscale_factor;
  check<ValueError>(r >= 1, op, "downscale_factor=", r, " must be at least 1");
  check<ShapeError>(x.dim() >= 3, op, "x ", x.shape(), " must be (…, C, H, W)");
  const int lead = x.dim() - 3;
  const Index c = x.shape()[lead], h = x.shape()[lead + 1], w = x.shape()[lead + 2];
  check<ShapeError>(h % r == 0 && w % r == 0, op, "downscale_factor=", r,
                    " must divide height and width of x ", x.shape());
  const Index n = x.shape().product(0, lead);
  Shape shape(x.shape().begin(), x.shape().begin() + lead);
  for (const Index size : {c * r * r, h / r, w / r}) shape.push_back(size);
  const Tensor parts = detail::reshaped(op, x, {n, c, h / r, r, w / r, r});
  const Tensor moved = permute(parts, {0, 1, 3, 5, 2, 4}, at);
  return apart_from(x, op, detail::reshaped(op, moved, shape));
}

/// Interleaves the channels of `groups` groups: channel g·K + k becomes k·groups + g.
/// Shapes  x (N,C,…) → y (N,C,…)
/// Grad    grad_y in the old order
/// Throws  ShapeError unless groups divides C
/// Source  Zhang et al., ShuffleNet, CVPR 2018
inline Tensor channel_shuffle(const Tensor& x, Index groups, At at = At::here()) {
  const Op op{"channel_shuffle", at};
  const CalledAs called(op);
  check<ShapeError>(x.dim() >= 3, op, "x ", x.shape(), " must have dims N, C and more");
  const Index channels = x.shape()[1];
  check<ShapeError>(groups >= 1 && channels % groups == 0, op, "groups=", groups,
                    " must divide the ", channels, " channels of x ", x.shape());
  const Tensor parts = detail::reshaped(
      op, x, {x.shape()[0], groups, channels / groups, x.shape().product(2, x.dim())});
  const Tensor moved = permute(parts, {0, 2, 1, 3}, at);
  return apart_from(x, op, detail::reshaped(op, moved, x.shape()));
}

/// The coordinates of a grid: tensor k has, at every point, its coordinate along dim k. With
/// indexing "xy" the first two dims are exchanged, as for pictures.
/// Shapes  vectors or scalars of sizes s₀, s₁, … → one (s₀, s₁, …) for each; "xy": (s₁, s₀, …)
/// Grad    each gets the sum of its gradient over the other dims
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
