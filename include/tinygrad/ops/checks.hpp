// SPDX-License-Identifier: MIT
// The checks of shapes and dtypes that several operations share. Each check throws an error that
// names the operation, the argument, the values and the rule.
#pragma once

#include <limits>
#include <string>

#include "tinygrad/autograd/node.hpp"  // Tensor needs its release()
#include "tinygrad/core/checks.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
inline void check_floating(const Op& op, const Tensor& x) {
  check<DtypeError>(is_floating(x.dtype()), op, "wants float32 or float64, got ", x.dtype(),
                    "; convert with to(x, float32)");
}

/// Throws unless the dtypes are equal. `rule` says what to do then.
inline void check_same_dtype(const Op& op, const char* left, const Tensor& a, const char* right,
                             const Tensor& b, const char* rule = "convert one with to()") {
  check<DtypeError>(a.dtype() == b.dtype(), op, "dtypes differ: ", left, ' ', a.dtype(), ", ",
                    right, ' ', b.dtype(), "; ", rule);
}

inline void check_same_shape(const Op& op, const char* left, const Tensor& a, const char* right,
                             const Tensor& b) {
  check<ShapeError>(a.shape() == b.shape(), op, left, ' ', a.shape(), " and ", right, ' ',
                    b.shape(), " must have the same shape; ",
                    a.numel() == b.numel() ? "they hold as many values: reshape one of them"
                                           : "if broadcasting is meant, expand one of them");
}

/// Throws unless a prediction and its target, or two predictions, have one shape and one floating
/// dtype. They do not broadcast, because that is usually a mistake.
inline void check_alike(const Op& op, const char* left, const Tensor& a, const char* right,
                        const Tensor& b) {
  check_same_shape(op, left, a, right, b);
  check_same_dtype(op, left, a, right, b);
  check_floating(op, a);
}

inline void check_rank(const Op& op, const Tensor& x, const char* name, int rank) {
  check<ShapeError>(x.dim() == rank, op, name, ' ', x.shape(), " must have ", rank,
                    rank == 1 ? " dim" : " dims");
}

/// Throws unless t broadcasts to the shape of x, which the message calls `target`.
inline void check_broadcasts(const Op& op, const char* name, const Tensor& t, const Tensor& x,
                             const char* target = "x") {
  check<ShapeError>(broadcasts_to(t.shape(), x.shape()), op, name, ' ', t.shape(),
                    " does not broadcast to ", target, ' ', x.shape());
}

/// Throws unless x (…, m, n) holds matrices that LAPACK can handle.
inline void check_matrices(const Op& op, const Tensor& x, const char* name = "a") {
  check<ShapeError>(x.dim() >= 2, op, name, ' ', x.shape(), " must be a matrix or a batch of them");
  check_floating(op, x);
  constexpr Index kMost = std::numeric_limits<int>::max();  // LAPACK's sizes are ints
  for (const int dim : {x.dim() - 2, x.dim() - 1})
    check<ShapeError>(x.shape()[dim] <= kMost, op, name, ' ', x.shape(),
                      " is larger than LAPACK can count");
}
inline void check_square(const Op& op, const Tensor& x, const char* name = "a") {
  check_matrices(op, x, name);
  check<ShapeError>(x.size(-2) == x.size(-1), op, name, ' ', x.shape(),
                    ": the last two dims must have one size");
}

/// Throws unless x is (N, C, spatial…) or (C, spatial…) with this number of spatial dims.
inline void check_spatial(const Op& op, const Tensor& x, int spatial) {
  check_floating(op, x);
  constexpr const char* dims[] = {"L", "H, W", "D, H, W"};
  check<ShapeError>(x.dim() == spatial + 1 || x.dim() == spatial + 2, op, "x ", x.shape(),
                    " must be (N, C, ", dims[spatial - 1], ") or (C, ", dims[spatial - 1], ')');
}

/// A hint for messages if the last dim of a picture looks like channels; otherwise "".
inline const char* channels_last_hint(const Shape& shape) {
  const int rank = shape.rank();
  const bool last = rank >= 3 && shape.back() <= 4 && shape[rank - 2] > 4 && shape[rank - 3] > 4;
  return last ? "; is the picture channels-last? permute(x, {0, 3, 1, 2}) makes it (N, C, H, W)"
              : "";
}

/// "[1, 2]": the position of element `i` of a tensor of this shape, in row-major order.
inline std::string position_text(const Shape& shape, Index i) {
  std::string out;
  for (int dim = shape.rank() - 1; dim >= 0; --dim) {
    out = std::to_string(i % shape[dim]) + (out.empty() ? "" : ", ") + out;
    i /= shape[dim];
  }
  return "[" + out + "]";
}

/// Throws unless every value of the int64 `target` is a class in [0, classes) or is `ignored`.
inline void check_class_ids(const Op& op, const Tensor& target, Index classes,
                            Index ignored = std::numeric_limits<Index>::min()) {
  check<DtypeError>(target.dtype() == int64, op, "target is ", target.dtype(),
                    "; class ids must be int64: convert with to(target, int64)");
  const Index* ids = target.data<Index>();
  for (Index i = 0; i < target.numel(); ++i)
    if (ids[i] != ignored && (ids[i] < 0 || ids[i] >= classes))
      fail<ValueError>(op, "target", position_text(target.shape(), i), "=", ids[i],
                       " is not a class: x has ", classes, " classes, 0 to ", classes - 1,
                       ids[i] == classes ? "; if the labels count from 1, subtract 1"
                       : ids[i] < 0      ? "; to leave samples out, give their id as ignore_index"
                                         : "");
}
}  // namespace detail

}  // namespace tinygrad
