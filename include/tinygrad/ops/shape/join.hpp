// SPDX-License-Identifier: MIT
// Tensors joined along a dim, and one cut into parts: concat, stack, split, chunk.
#pragma once

#include <algorithm>
#include <vector>

#include "tinygrad/autograd/record.hpp"
#include "tinygrad/kernels/movement/strided.hpp"
#include "tinygrad/ops/shape/movement.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// Tensors one after the other along a dim.
/// Shapes  each (a…, nᵢ, b…) → y (a…, Σ nᵢ, b…)
/// Grad    each its part of grad_y
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

/// Tensors of one shape along a new dim.
/// Shapes  k of (a…, b…) → y (a…, k, b…)
/// Grad    each its part of grad_y
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

namespace detail {
// x cut along a dim into parts of sizes that add up to it: one node, whose gradient is the parts'
// gradients one after the other. A part that no gradient reached counts as zeros.
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

/// x cut along a dim into parts of the given sizes.
/// Shapes  x (a…, Σ nᵢ, b…) → each (a…, nᵢ, b…)
/// Grad    grad_x = the parts' gradients, concatenated
/// Throws  ShapeError unless the sizes add up to the dim
/// Cost    one copy; none along dim 0, where the parts share x's memory. Backward writes one array of x's size for all parts
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

/// x cut along a dim into parts of `size`; the last may be smaller.
inline std::vector<Tensor> split(const Tensor& x, Index size, Index dim = 0, At at = At::here()) {
  const Op op{"split", at};
  check<ValueError>(size > 0, op, "size=", size, " must be at least 1");
  const Index total = x.shape()[normalize_dim(op, dim, x.dim())];
  std::vector<Index> sizes(1, std::min(size, total));  // an empty dim gives one empty part
  for (Index done = sizes[0]; done < total; done += sizes.back())
    sizes.push_back(std::min(size, total - done));
  return split(x, sizes, dim, at);
}

/// x cut along a dim into at most `chunks` parts of equal size; the last may be smaller.
/// Shapes  x (a…, n, b…) → each (a…, ≤ ⌈n/chunks⌉, b…)
/// Grad    as split
inline std::vector<Tensor> chunk(const Tensor& x, Index chunks, Index dim = 0, At at = At::here()) {
  const Op op{"chunk", at};
  const CalledAs called(op);
  check<ValueError>(chunks > 0, op, "chunks=", chunks, " must be at least 1");
  const Index total = x.shape()[normalize_dim(op, dim, x.dim())];
  return split(x, std::max<Index>(1, (total - 1) / chunks + 1), dim, at);
}

}  // namespace tinygrad
