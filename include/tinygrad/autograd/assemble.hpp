// SPDX-License-Identifier: MIT
// Putting a matrix together from its rows or columns, differentiably. For the transforms, which lie
// below the operations of ops/.
#pragma once

#include <utility>
#include <vector>

#include "tinygrad/autograd/record.hpp"
#include "tinygrad/kernels/movement/strided.hpp"

namespace tinygrad::inline TINYGRAD_ABI::detail {

inline Tensor place(const Tensor& x, const Shape& shape, const kernels::Strided& window);

/// The part of x under the window, in any `shape` with as many elements.
inline Tensor part(const Tensor& x, const Shape& shape, const kernels::Strided& window) {
  const Op op{"part"};
  return record(op, kernels::strided_copy(op, x.array(), shape, window), {x}, save(),
                [whole = x.shape(), window](const Vjp& call) {
                  return grads(place(call.grad(), whole, window));
                });
}
/// Its transpose: zeros of `shape` with x under the window.
inline Tensor place(const Tensor& x, const Shape& shape, const kernels::Strided& window) {
  const Op op{"place"};
  return record(op, kernels::strided_place(op, x.array(), shape, window), {x}, save(),
                [small = x.shape(), window](const Vjp& call) {
                  return grads(part(call.grad(), small, window));
                });
}

enum class Lines { kRows, kColumns };

/// The matrix whose rows or columns are `lines` (n of them with m elements each, in any shape), in
/// a `shape` of n·m elements.
inline Tensor assemble(const std::vector<Tensor>& lines, Lines as, const Shape& shape,
                       Dtype dtype) {
  const Op op{"assemble"};
  if (lines.empty()) return Array::empty(shape, dtype, op);
  const auto n = static_cast<Index>(lines.size());
  const Index m = lines[0].numel();
  const bool rows = as == Lines::kRows;
  std::vector<Array> arrays;
  for (const Tensor& line : lines)
    arrays.push_back(line.array().reshaped(rows ? Shape{1, m} : Shape{m, 1}));
  Array matrix = kernels::concat(op, arrays, rows ? Shape{n, m} : Shape{m, n}, rows ? 0 : 1);
  return record_all(op, matrix.reshaped(shape), lines, save(),
                    [rows, n, m, one = lines[0].shape()](const Vjp& call) {
                      Grads out;
                      for (Index i = 0; i < n; ++i)
                        out.push_back(part(call.grad(), one,
                                           rows ? kernels::Strided{{m}, {1}, i * m}
                                                : kernels::Strided{{m}, {n}, i}));
                      return out;
                    });
}

}  // namespace tinygrad::detail
