// SPDX-License-Identifier: MIT
// Losses that ask for a margin between scores or between distances. Where a margin is met exactly,
// the subgradient 0 is used.
#pragma once

#include <limits>

#include "tinygrad/kernels/loss/classification.hpp"
#include "tinygrad/ops/checks.hpp"
#include "tinygrad/ops/creation/creation.hpp"
#include "tinygrad/ops/elementwise/activation.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/ops/elementwise/comparison.hpp"
#include "tinygrad/ops/elementwise/power.hpp"
#include "tinygrad/ops/elementwise/select.hpp"
#include "tinygrad/ops/elementwise/sign.hpp"
#include "tinygrad/ops/indexing/indexing.hpp"
#include "tinygrad/ops/loss/reduction.hpp"
#include "tinygrad/ops/reduction/extremes.hpp"
#include "tinygrad/ops/shape/movement.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
/// A target of 1 and −1, of any dtype of numbers, as a constant in `dtype`.
inline Tensor signs(const Op& op, const Tensor& target, Dtype dtype) {
  const Tensor t = to(target.detach(), dtype);
  dispatch_floating(op, dtype, [&]<class T>(Type<T>) {
    const T* values = t.data<T>();
    for (Index i = 0; i < t.numel(); ++i)
      if (values[i] != T{1} && values[i] != T{-1}) [[unlikely]]
        fail<ValueError>(op, "target", position_text(t.shape(), i), "=", values[i],
                         " must be 1 or -1; labels 0 and 1 become that with 2 * target - 1");
  });
  return t;
}

/// The p-norm of `difference` along the last dim. At norm 0 the subgradient 0 is used.
inline Tensor length(const Tensor& difference, double p) {
  if (p == 1) return sum(abs(difference), -1);
  if (p == std::numeric_limits<double>::infinity()) return max(abs(difference), -1);
  const Tensor powers = sum(p == 2 ? square(difference) : pow(abs(difference), p), -1);
  const Tensor zero = eq(powers, 0);
  return where(zero, 0, pow(where(zero, 1, powers), 1 / p));
}
}  // namespace detail

struct HingeEmbeddingLossOptions {
  double margin = 1;
  Reduction reduction = Reduction::kMean;
};

namespace detail {
inline void check_options(const Op& op, const HingeEmbeddingLossOptions& o) {
  check_reduction(op, o.reduction);
  check_finite(op, "margin", o.margin);
}
}  // namespace detail

/// x where the target is 1, max(margin − x, 0) where it is −1. x is a distance.
/// Shapes  x (…), target the same, of 1 and −1 → () or (…)
/// Grad    grad_x = grad_y, or −[x < margin]·grad_y
/// Throws  ShapeError if the shapes differ; ValueError if the target holds other numbers
inline Tensor hinge_embedding_loss(const Tensor& x, const Tensor& target,
                                   const HingeEmbeddingLossOptions& options = {},
                                   At at = At::here()) {
  const Op op{"hinge_embedding_loss", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"target", target}});
  detail::check_options(op, options);
  detail::check_floating(op, x);
  detail::check_same_shape(op, "x", x, "target", target);
  const Tensor similar = detail::signs(op, target, x.dtype()) > 0;
  const Tensor losses = where(similar, x, relu(options.margin - x));
  return detail::reduced(op, losses, options.reduction);
}

struct MarginRankingLossOptions {
  double margin = 0;
  Reduction reduction = Reduction::kMean;
};

namespace detail {
inline void check_options(const Op& op, const MarginRankingLossOptions& o) {
  check_reduction(op, o.reduction);
  check_finite(op, "margin", o.margin);
}
}  // namespace detail

/// max(margin − target·(x1 − x2), 0). Target 1: x1 should exceed x2 by the margin. Target −1: the
/// reverse.
/// Shapes  x1 (…), x2 and target the same, target of 1 and −1 → () or (…)
/// Grad    grad_x1 = −target·grad_y where the loss is positive, else 0; grad_x2 = −grad_x1
/// Throws  ShapeError if the shapes differ; ValueError if the target holds other numbers
inline Tensor margin_ranking_loss(const Tensor& x1, const Tensor& x2, const Tensor& target,
                                  const MarginRankingLossOptions& options = {},
                                  At at = At::here()) {
  const Op op{"margin_ranking_loss", at};
  const CalledAs called(op);
  check_defined(op, {{"x1", x1}, {"x2", x2}, {"target", target}});
  detail::check_options(op, options);
  detail::check_alike(op, "x1", x1, "x2", x2);
  detail::check_same_shape(op, "x1", x1, "target", target);
  const Tensor order = detail::signs(op, target, x1.dtype());
  const Tensor losses = relu(options.margin - order * (x1 - x2));
  return detail::reduced(op, losses, options.reduction);
}

/// log(1 + e^(−target·x)): logistic regression with the labels 1 and −1.
/// Shapes  x (…), target the same, of 1 and −1 → () or (…)
/// Grad    grad_x = −target·σ(−target·x)·grad_y
/// Throws  ShapeError if the shapes differ; ValueError if the target holds other numbers
/// Range   as softplus: finite for any finite x
inline Tensor soft_margin_loss(const Tensor& x, const Tensor& target,
                               Reduction reduction = Reduction::kMean, At at = At::here()) {
  const Op op{"soft_margin_loss", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"target", target}});
  detail::check_floating(op, x);
  detail::check_same_shape(op, "x", x, "target", target);
  const Tensor label = detail::signs(op, target, x.dtype());
  constexpr double kExact = std::numeric_limits<double>::infinity();  // no threshold
  return detail::reduced(op, softplus(neg(label * x), 1, kExact), reduction);
}

struct CosineEmbeddingLossOptions {
  double margin = 0;  ///< from −1 to 1
  Reduction reduction = Reduction::kMean;
};

namespace detail {
inline void check_options(const Op& op, const CosineEmbeddingLossOptions& o) {
  check_reduction(op, o.reduction);
  check_finite(op, "margin", o.margin);
}
}  // namespace detail

/// 1 − cos(x1, x2) where the target is 1, max(cos(x1, x2) − margin, 0) where it is −1.
/// Shapes  x1 (N, F) or (F), x2 the same, target (N) or () of 1 and −1 → () or target's
/// Grad    to x1 and x2, through the cosine; 0 if the loss of a pair is 0
/// Throws  ShapeError if the shapes do not fit; ValueError if the target holds other numbers
/// Range   1e-12 is added to both squared lengths, as in PyTorch: finite for a zero vector
inline Tensor cosine_embedding_loss(const Tensor& x1, const Tensor& x2, const Tensor& target,
                                    const CosineEmbeddingLossOptions& options = {},
                                    At at = At::here()) {
  const Op op{"cosine_embedding_loss", at};
  const CalledAs called(op);
  check_defined(op, {{"x1", x1}, {"x2", x2}, {"target", target}});
  detail::check_options(op, options);
  detail::check_alike(op, "x1", x1, "x2", x2);
  check<ShapeError>(x1.dim() == 1 || x1.dim() == 2, op, "x1 ", x1.shape(),
                    " must be (N, F) or (F)");
  const Shape rows(x1.shape().begin(), x1.shape().end() - 1);
  check<ShapeError>(target.shape() == rows, op, "target ", target.shape(), " does not fit x1 ",
                    x1.shape(), "; it must have the shape ", rows);
  const Tensor similar = detail::signs(op, target, x1.dtype()) > 0;
  constexpr double kSmallest = 1e-12F;  // a float in PyTorch
  const Tensor lengths = (sum(square(x1), -1) + kSmallest) * (sum(square(x2), -1) + kSmallest);
  const Tensor cosine = sum(x1 * x2, -1) / sqrt(lengths);
  const Tensor losses = where(similar, 1 - cosine, relu(cosine - options.margin));
  return detail::reduced(op, losses, options.reduction);
}

struct TripletMarginWithDistanceLossOptions {
  double margin = 1;
  bool swap = false;  ///< use the negative's distance to the positive if it is smaller
  Reduction reduction = Reduction::kMean;
};

namespace detail {
inline void check_options(const Op& op, const TripletMarginWithDistanceLossOptions& o) {
  check_reduction(op, o.reduction);
  check_finite(op, "margin", o.margin);
}
}  // namespace detail

/// max(d(anchor, positive) − d(anchor, negative) + margin, 0), with d = distance(Tensor, Tensor).
/// Shapes  anchor (…), positive and negative the same → () or what the distance gives
/// Grad    to all three, through the distances; 0 where the loss is 0
/// Throws  ShapeError if the shapes differ
/// Source  Balntas et al., BMVC 2016
template <class Distance>
Tensor triplet_margin_with_distance_loss(const Tensor& anchor, const Tensor& positive,
                                         const Tensor& negative, const Distance& distance,
                                         const TripletMarginWithDistanceLossOptions& options = {},
                                         At at = At::here()) {
  const Op op{"triplet_margin_with_distance_loss", at};
  check_defined(op, {{"anchor", anchor}, {"positive", positive}, {"negative", negative}});
  detail::check_options(op, options);
  detail::check_alike(op, "anchor", anchor, "positive", positive);
  detail::check_alike(op, "anchor", anchor, "negative", negative);
  const Tensor near = distance(anchor, positive);
  Tensor far = distance(anchor, negative);
  if (options.swap) far = minimum(far, distance(positive, negative));
  return detail::reduced(op, relu(near - far + options.margin), options.reduction);
}

struct TripletMarginLossOptions {
  double margin = 1;
  double p = 2;       ///< the norm
  double eps = 1e-6;  ///< added to each difference
  bool swap = false;  ///< use the negative's distance to the positive if it is smaller
  Reduction reduction = Reduction::kMean;
};

namespace detail {
inline void check_options(const Op& op, const TripletMarginLossOptions& o) {
  check_reduction(op, o.reduction);
  check_finite(op, "margin", o.margin);
  check_finite(op, "eps", o.eps);
  check<ValueError>(o.p > 0, op, "p=", o.p, " must be positive");
}
}  // namespace detail

/// max(‖anchor − positive‖ − ‖anchor − negative‖ + margin, 0) in the p-norm over the last dim.
/// Shapes  anchor (…, F), positive and negative the same → () or (…)
/// Grad    to all three, through vector_norm; 0 where the loss is 0
/// Throws  ShapeError if the shapes differ or there is no dim; ValueError unless p > 0
/// Source  Balntas et al., BMVC 2016
inline Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive,
                                  const Tensor& negative,
                                  const TripletMarginLossOptions& options = {},
                                  At at = At::here()) {
  const Op op{"triplet_margin_loss", at};
  const CalledAs called(op);
  check_defined(op, {{"anchor", anchor}, {"positive", positive}, {"negative", negative}});
  detail::check_options(op, options);
  check<ShapeError>(anchor.dim() >= 1, op, "anchor is a scalar; it must have a dim of features");
  detail::check_alike(op, "anchor", anchor, "positive", positive);
  detail::check_alike(op, "anchor", anchor, "negative", negative);
  const auto distance = [&](const Tensor& a, const Tensor& b) {
    return detail::length(a - b + options.eps, options.p);
  };
  return triplet_margin_with_distance_loss(
      anchor, positive, negative, distance,
      {.margin = options.margin, .swap = options.swap, .reduction = options.reduction}, at);
}

struct MultiMarginLossOptions {
  int p = 1;  ///< the power of each violation: 1 or 2
  double margin = 1;
  Tensor weight = {};  ///< (K): factor of each target class; a constant
  Reduction reduction = Reduction::kMean;
};

namespace detail {
inline void check_options(const Op& op, const MultiMarginLossOptions& o) {
  check_reduction(op, o.reduction);
  check_finite(op, "margin", o.margin);
  check<ValueError>(o.p == 1 || o.p == 2, op, "p=", o.p, " must be 1 or 2");
}
}  // namespace detail

/// Σ over the classes k ≠ target of max(margin − x[target] + x[k], 0)^p / K.
/// Shapes  x (N, K) or (K), target int64 (N) or () → () or target's
/// Grad    for each positive term of slope s = p·(…)^(p−1)/K: to x[k] s·grad_y,
///         to x[target] −s·grad_y
/// Throws  ValueError if a class id is out of range or p is neither 1 nor 2; ShapeError if x and
///         target do not fit
/// Source  Crammer & Singer, JMLR 2001
inline Tensor multi_margin_loss(const Tensor& x, const Tensor& target,
                                const MultiMarginLossOptions& options = {}, At at = At::here()) {
  const Op op{"multi_margin_loss", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"target", target}});
  detail::check_options(op, options);
  detail::check_floating(op, x);
  check<ShapeError>(x.dim() == 1 || x.dim() == 2, op, "x ", x.shape(), " must be (N, K) or (K)");
  const Index classes = x.shape().back();
  const Shape rows(x.shape().begin(), x.shape().end() - 1);
  check<ShapeError>(target.shape() == rows, op, "target ", target.shape(), " does not fit x ",
                    x.shape(), "; class ids must have the shape ", rows);
  detail::check_class_ids(op, target, classes);
  const Tensor weight = detail::class_weight(op, options.weight, classes, x.dtype());
  const Tensor ids = unsqueeze(target, -1);                          // (N, 1)
  Tensor violation = relu(x - gather(x, -1, ids) + options.margin);  // (N, K)
  if (options.p == 2) violation = square(violation);
  const Tensor own = eq(arange(classes), ids);                  // (N, K)
  Tensor losses = sum(where(own, 0, violation), -1) / classes;  // (N)
  if (weight.defined())
    losses = detail::weigh(
        reshape(index_select(weight, 0, reshape(target, {target.numel()})), rows), losses);
  return detail::reduced(op, losses, options.reduction);
}

/// Σ over the labels j and the classes k that are not labels of max(1 − x[j] + x[k], 0) / K. A row
/// of the target lists its labels; the first −1 ends the list.
/// Shapes  x (N, K) or (K), target int64 the same → () or (N)
/// Grad    to x[j] −1/K and to x[k] 1/K for each positive term
/// Saves   the slope of each x
/// Throws  ValueError if a label is not −1 or a class; ShapeError if x and target do not fit
inline Tensor multilabel_margin_loss(const Tensor& x, const Tensor& target,
                                     Reduction reduction = Reduction::kMean, At at = At::here()) {
  const Op op{"multilabel_margin_loss", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"target", target}});
  detail::check_floating(op, x);
  check<ShapeError>(x.dim() == 1 || x.dim() == 2, op, "x ", x.shape(), " must be (N, K) or (K)");
  detail::check_same_shape(op, "x", x, "target", target);
  detail::check_class_ids(op, target, x.shape().back(), -1);
  // The loss is piecewise linear. Its slope is constant, and backward needs nothing else.
  const Array slope = Array::zeros(x.shape(), x.dtype());
  Array value = dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    return kernels::multilabel_margin<T>(op, x.array(), target.array(), slope);
  });
  const Tensor losses =
      record(op, std::move(value), {x}, save(slope), [](const Vjp& vjp, const Tensor& slopes) {
        return grads(unsqueeze(vjp.grad(), -1) * slopes);
      });
  return detail::reduced(op, losses, reduction);
}

struct MultiLabelSoftMarginLossOptions {
  Tensor weight = {};  ///< (K): factor of each class; a constant
  Reduction reduction = Reduction::kMean;
};

namespace detail {
inline void check_options(const Op& op, const MultiLabelSoftMarginLossOptions& o) {
  check_reduction(op, o.reduction);
}
}  // namespace detail

/// −[t·log σ(x) + (1−t)·log σ(−x)], averaged over the classes: one logistic regression for each
/// class.
/// Shapes  x (…, K), target t the same, floating, of 0 and 1 → () or (…)
/// Grad    grad_x = weight·(σ(x) − t)/K·grad_y; target too
/// Throws  ShapeError, DtypeError if x, target and weight do not fit
/// Range   uses softplus instead of log σ: finite for any finite x; 0 for an infinite x with the
///         right sign
inline Tensor multilabel_soft_margin_loss(const Tensor& x, const Tensor& target,
                                          const MultiLabelSoftMarginLossOptions& options = {},
                                          At at = At::here()) {
  const Op op{"multilabel_soft_margin_loss", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"target", target}});
  detail::check_options(op, options);
  check<ShapeError>(x.dim() >= 1, op, "x is a scalar; it must have a class dim: (…, K)");
  detail::check_alike(op, "x", x, "target", target);
  const Tensor weight = detail::class_weight(op, options.weight, x.shape().back(), x.dtype());
  constexpr double kExact = std::numeric_limits<double>::infinity();  // no threshold
  const auto losses = [&](bool careful) {
    const auto times = [&](const Tensor& factor, const Tensor& value) {
      return careful ? detail::weigh(factor, value) : factor * value;
    };
    const Tensor each =
        times(target, softplus(-x, 1, kExact)) + times(1 - target, softplus(x, 1, kExact));
    return mean(weight.defined() ? times(weight, each) : each, -1);
  };
  return detail::reduced_with_care(op, losses, options.reduction);
}

}  // namespace tinygrad
