// SPDX-License-Identifier: MIT
// Tensors joined along a dim (concat, stack, hstack, vstack), and one tensor cut into parts (split,
// chunk, tensor_split, unbind).
#pragma once

#include <algorithm>
#include <vector>

#include "tinygrad/autograd/record.hpp"
#include "tinygrad/kernels/movement/strided.hpp"
#include "tinygrad/ops/shape/movement.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// Joins tensors along a dim.
/// Shapes  each (a…, nᵢ, b…) → y (a…, Σ nᵢ, b…)
/// Grad    each gets its part of grad_y
/// Throws  ShapeError if the other sizes differ; DtypeError if the dtypes do
inline Tensor concat(const std::vector<Tensor>& tensors, Index dim = 0, At at = At::here()) {
  const Op op{"concat", at};
  check<ValueError>(!tensors.empty(), op, "needs at least one tensor");
  check_defined(op, "tensors", tensors);
  const Tensor& first = tensors[0];
  const int along = normalize_dim(op, dim, first.dim());
  Shape shape = first.shape();
  std::vector<Array> arrays;
  std::vector<Index> lengths;
  shape[along] = 0;
  for (const Tensor& t : tensors) {
    Shape expected = first.shape();
    if (t.dim() == first.dim()) expected[along] = t.shape()[along];
    check<ShapeError>(t.shape() == expected, op, "tensor ", arrays.size(), " is ", t.shape(),
                      ", tensor 0 is ", first.shape(), "; sizes may differ only along dim ", along);
    check<DtypeError>(t.dtype() == first.dtype(), op, "tensor ", arrays.size(), " is ", t.dtype(),
                      ", tensor 0 is ", first.dtype(), "; convert with to(x, dtype)");
    shape[along] += t.shape()[along];
    lengths.push_back(t.shape()[along]);
    arrays.push_back(t.array());
  }
  check_sizes(op, shape);
  return record_all(op, kernels::concat(op, arrays, shape, along), tensors, save(),
                    [along, lengths](const Vjp& vjp) {
                      Grads out;
                      Index start = 0;
                      for (const Index length : lengths) {
                        out.push_back(vjp.needs(out.size()) ? detail::narrow({"slice"}, vjp.grad(),
                                                                             along, start, length)
                                                            : Tensor());
                        start += length;
                      }
                      return out;
                    });
}

/// Joins tensors of one shape along a new dim.
/// Shapes  k of (a…, b…) → y (a…, k, b…)
/// Grad    each gets its part of grad_y
/// Throws  ShapeError if the shapes differ; DtypeError if the dtypes do
inline Tensor stack(const std::vector<Tensor>& tensors, Index dim = 0, At at = At::here()) {
  const Op op{"stack", at};
  const CalledAs called(op);
  check<ValueError>(!tensors.empty(), op, "needs at least one tensor");
  check_defined(op, "tensors", tensors);
  const Shape& shape = tensors[0].shape();
  const int along = normalize_dim(op, dim, shape.rank() + 1);
  std::vector<Tensor> rows;
  for (const Tensor& t : tensors) {
    check<ShapeError>(t.shape() == shape, op, "tensor ", rows.size(), " is ", t.shape(),
                      ", tensor 0 is ", shape, "; the shapes must be equal");
    rows.push_back(unsqueeze(t, along, at));
  }
  return concat(rows, along, at);
}

/// Joins tensors side by side: concat() along dim 1; along dim 0 for vectors and scalars.
/// Shapes  each (N, nᵢ, …) → y (N, Σ nᵢ, …)
/// Grad    each gets its part of grad_y
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

/// Joins tensors one below the other: concat() along dim 0. Vectors and scalars are rows.
/// Shapes  each (nᵢ, …) → y (Σ nᵢ, …)
/// Grad    each gets its part of grad_y
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

namespace detail {
// Divides x along a dim into parts whose sizes add up to it. This is one node, whose gradient joins
// the gradients of the parts. A part without a gradient counts as zeros.
inline std::vector<Tensor> parts(const Op& op, const Tensor& x, int dim,
                                 const std::vector<Index>& sizes) {
  std::vector<Array> results;
  Index start = 0;
  for (const Index size : sizes) {
    const kernels::Strided window = part_of(x.shape(), dim, start, size);
    results.push_back(read(op, x.array(), window.sizes, window));
    start += size;
  }
  return record_views(op, results, {x}, save(), [dim](const Vjp& vjp) {
    std::vector<Tensor> each;
    for (const Node::Output& part : vjp.node().outputs()) {
      const Tensor& g = vjp.grad(each.size());
      each.push_back(g.defined() ? g : Tensor(Array::zeros(part.shape, part.dtype)));
    }
    return grads(concat(each, dim));
  });
}
}  // namespace detail

/// Divides x along a dim into parts of the given sizes.
/// Shapes  x (a…, Σ nᵢ, b…) → each (a…, nᵢ, b…)
/// Grad    grad_x = the parts' gradients, concatenated
/// Throws  ShapeError unless the sizes add up to the dim
/// Cost    one copy; none along dim 0, where the parts share x's memory. Backward writes one array
///         of x's size for all parts
inline std::vector<Tensor> split(const Tensor& x, const std::vector<Index>& sizes, Index dim = 0,
                                 At at = At::here()) {
  const Op op{"split", at};
  const int along = normalize_dim(op, dim, x.dim());
  Index left = x.shape()[along];
  for (const Index size : sizes) {
    check<ShapeError>(0 <= size && size <= left, op, "part of size ", size, " of dim ", along,
                      " of x ", x.shape(), ": only ", left, " are left");
    left -= size;
  }
  check<ShapeError>(left == 0, op, "the sizes leave over ", left, " of dim ", along, " of x ",
                    x.shape());
  return detail::parts(op, x, along, sizes);
}

/// Divides x along a dim into parts of `size`; the last one may be smaller.
inline std::vector<Tensor> split(const Tensor& x, Index size, Index dim = 0, At at = At::here()) {
  const Op op{"split", at};
  check<ValueError>(size > 0, op, "size=", size, " must be at least 1");
  const Index total = x.shape()[normalize_dim(op, dim, x.dim())];
  std::vector<Index> sizes(1, std::min(size, total));  // an empty dim gives one empty part
  for (Index done = sizes[0]; done < total; done += sizes.back())
    sizes.push_back(std::min(size, total - done));
  return split(x, sizes, dim, at);
}

/// Divides x along a dim into at most `chunks` parts of equal size; the last one may be smaller.
/// Shapes  x (a…, n, b…) → each (a…, ≤ ⌈n/chunks⌉, b…)
/// Grad    as split
inline std::vector<Tensor> chunk(const Tensor& x, Index chunks, Index dim = 0, At at = At::here()) {
  const Op op{"chunk", at};
  const CalledAs called(op);
  check<ValueError>(chunks > 0, op, "chunks=", chunks, " must be at least 1");
  const Index total = x.shape()[normalize_dim(op, dim, x.dim())];
  return split(x, std::max<Index>(1, (total - 1) / chunks + 1), dim, at);
}

/// Divides x along a dim at the given positions, like slices: start:i₀, i₀:i₁, …, iₖ:stop.
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
  if (!std::is_sorted(cuts.begin(), cuts.end())) {  // parts overlap or leave elements out
    std::vector<Tensor> parts;
    for (std::size_t k = 1; k < cuts.size(); ++k)
      parts.push_back(
          detail::narrow(op, x, along, cuts[k - 1], std::max<Index>(cuts[k] - cuts[k - 1], 0)));
    return parts;
  }
  for (std::size_t k = 1; k < cuts.size(); ++k) sizes.push_back(cuts[k] - cuts[k - 1]);
  return detail::parts(op, x, along, sizes);
}

/// Divides x along a dim into `sections` parts. The first n mod sections parts have one more.
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

/// The slices of x along a dim, without that dim.
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

}  // namespace tinygrad
