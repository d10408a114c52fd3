// SPDX-License-Identifier: MIT
// Reduction: how the losses of the elements become the result. Also the weights that losses share.
#pragma once

#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/ops/elementwise/comparison.hpp"
#include "tinygrad/ops/elementwise/non_finite.hpp"
#include "tinygrad/ops/elementwise/select.hpp"
#include "tinygrad/ops/reduction/reduction.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// How losses become the result: unchanged, their mean, or their sum. kBatchMean, the sum divided
/// by the size of the first dim, is only for kl_div, as in PyTorch.
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

/// weight·value, but 0 if the weight is 0 and the value infinite: a loss that does not count adds
/// nothing and gets no gradient. NaN stays.
inline Tensor weigh(const Tensor& weight, const Tensor& value) {
  return weight * where(logical_and(eq(weight, 0), isinf(value)), 0, value);
}

/// Reduces losses(false). If the result has a NaN, reduces losses(true), which needs more passes
/// and avoids 0·∞.
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

/// The factor of each class, (K), as a constant in `dtype`; undefined for 1.
inline Tensor class_weight(const Op& op, const Tensor& weight, Index classes, Dtype dtype) {
  if (!weight.defined()) return {};
  check<ShapeError>(weight.shape() == Shape{classes}, op, "weight ", weight.shape(), " must be (",
                    classes, "), one factor for each class");
  return to(weight.detach(), dtype);
}
}  // namespace detail

}  // namespace tinygrad
