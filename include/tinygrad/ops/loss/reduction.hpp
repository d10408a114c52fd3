// SPDX-License-Identifier: MIT
// What the losses share: how the losses of the elements become the result, and checks of targets.
#pragma once

#include <limits>
#include <string>

#include "tinygrad/core/checks.hpp"
#include "tinygrad/ops/reduction/reduction.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// How the losses of the elements become the result: as they are, their mean, or their sum.
/// kBatchMean, the sum over the size of the first dim, is for kl_div alone, as in PyTorch.
enum class Reduction { kNone, kMean, kSum, kBatchMean };

namespace detail {
inline void check_reduction(const Op& op, Reduction reduction) {
  check<ValueError>(reduction != Reduction::kBatchMean, op,
                    "reduction kBatchMean is kl_div's; here it must be kNone, kMean or kSum");
}

inline Tensor reduced(const Op& op, const Tensor& losses, Reduction reduction) {
  check_reduction(op, reduction);
  switch (reduction) {
    case Reduction::kMean: return mean(losses);
    case Reduction::kSum: return sum(losses);
    default: return losses;
  }
}

/// weight·value, but 0 where the weight is 0 and the value infinite: what does not count adds
/// nothing and gets no gradient. A NaN stays.
inline Tensor weigh(const Tensor& weight, const Tensor& value) {
  return weight * where(logical_and(eq(weight, 0), isinf(value)), 0, value);
}

/// losses(false) reduced, or, if that holds a NaN, losses(true), which spends more passes to keep
/// 0·∞ out of it.
template <class Losses>
Tensor reduced_with_care(const Op& op, const Losses& losses, Reduction reduction) {
  const Tensor y = reduced(op, losses(false), reduction);
  const bool not_a_number = dispatch_floating(op, y.dtype(), [&]<class T>(Type<T>) {
    const T* values = y.data<T>();
    bool any = false;
    for (Index i = 0; i < y.numel(); ++i) any |= values[i] != values[i];
    return any;
  });
  return not_a_number ? reduced(op, losses(true), reduction) : y;
}

/// "[1, 2]": element `i` of a tensor of this shape, in row-major order.
inline std::string position_text(const Shape& shape, Index i) {
  std::string out;
  for (int dim = shape.rank() - 1; dim >= 0; --dim) {
    out = std::to_string(i % shape[dim]) + (out.empty() ? "" : ", ") + out;
    i /= shape[dim];
  }
  return "[" + out + "]";
}

/// Every value of the int64 `target` is a class, in [0, classes), or is `ignored`.
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

inline void check_same_shape(const Op& op, const char* left, const Tensor& a, const char* right,
                             const Tensor& b) {
  check<ShapeError>(a.shape() == b.shape(), op, left, ' ', a.shape(), " and ", right, ' ',
                    b.shape(), " must have the same shape; ",
                    a.numel() == b.numel() ? "they hold as many values: reshape one of them"
                                           : "if broadcasting is meant, expand one of them");
}

inline void check_same_dtype(const Op& op, const char* left, const Tensor& a, const char* right,
                             const Tensor& b) {
  check<DtypeError>(is_floating(a.dtype()) && a.dtype() == b.dtype(), op, left, " is ", a.dtype(),
                    ", ", right, " is ", b.dtype(), "; both must have the same floating dtype");
}

/// A prediction and its target, or two predictions: a broadcast one is a mistake more often than a
/// wish.
inline void check_alike(const Op& op, const char* left, const Tensor& a, const char* right,
                        const Tensor& b) {
  check_same_shape(op, left, a, right, b);
  check_same_dtype(op, left, a, right, b);
}
inline void check_alike(const Op& op, const Tensor& x, const Tensor& target) {
  check_alike(op, "x", x, "target", target);
}

/// The factor of each class, (K), as a constant in `dtype`; undefined for 1.
inline Tensor class_weight(const Op& op, const Tensor& weight, Index classes, Dtype dtype) {
  if (!weight.defined()) return {};
  check<ShapeError>(weight.shape() == Shape{classes}, op, "weight ", weight.shape(), " must be (",
                    classes, "), one factor for each class");
  return to(weight.detach(), dtype);
}
}  // namespace detail

}  // namespace tinygrad
