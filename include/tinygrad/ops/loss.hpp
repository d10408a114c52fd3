// SPDX-License-Identifier: MIT
// Losses: cross entropy, negative log likelihood, mean squared error, binary cross entropy.
#pragma once

#include <limits>

#include "tinygrad/kernels/loss.hpp"
#include "tinygrad/ops/creation.hpp"
#include "tinygrad/ops/indexing.hpp"
#include "tinygrad/ops/movement.hpp"
#include "tinygrad/ops/softmax.hpp"

namespace tinygrad {

/// How the losses of the elements become the result: as they are, their mean, or their sum.
enum class Reduction { kNone, kMean, kSum };

struct CrossEntropyOptions {
  Tensor weight = {};          ///< (K): factor of each class; a constant
  Index ignore_index = -100;   ///< samples with this class id count for nothing
  double label_smoothing = 0;  ///< ε in [0, 1]: the target becomes (1−ε)·target + ε/K
  Reduction reduction = Reduction::kMean;
};

namespace detail {
inline Tensor reduced(const Tensor& losses, Reduction reduction) {
  switch (reduction) {
    case Reduction::kMean: return mean(losses);
    case Reduction::kSum: return sum(losses);
    default: return losses;
  }
}

inline void check_class_ids(const Op& op, const Tensor& target, Index classes, Index ignore_index) {
  const Index* ids = target.data<Index>();
  for (Index i = 0; i < target.numel(); ++i)
    if (ids[i] != ignore_index && (ids[i] < 0 || ids[i] >= classes))
      fail<ValueError>(op, "target[", i, "]=", ids[i], " is not a class: x has ", classes,
                       " classes, 0 to ", classes - 1,
                       ids[i] == classes ? "; if the labels count from 1, subtract 1"
                       : ids[i] < 0      ? "; to leave samples out, give their id as ignore_index"
                                         : "");
}

inline Tensor class_weight(const Op& op, const CrossEntropyOptions& o, Index classes, Dtype dtype) {
  if (!o.weight.defined()) return {};
  check<ShapeError>(o.weight.shape() == Shape{classes}, op, "weight ", o.weight.shape(),
                    " must be (", classes, "), one factor for each class");
  return to(o.weight.detach(), dtype);
}

/// What the mean of class-id losses is divided by: the weights of the targets that count.
inline double total_weight(const kernels::TargetDistribution& d) {
  double total = 0;
  for (Index n = 0; n < d.target.count(); ++n) {
    const Index id = d.target.data<Index>()[n];
    if (id != d.ignore_index) total += d.weight.defined() ? d.weight.at(id) : 1.0;
  }
  return total;
}

// Cross entropy of rows: x (N, K), target (N) or (N, K).
inline Tensor cross_entropy_rows(const Op& op, const Tensor& x, const Tensor& target,
                                 const Tensor& weight, const CrossEntropyOptions& o) {
  const Index rows = x.shape()[0], classes = x.shape()[1];
  const kernels::TargetDistribution q{target.array(), weight.defined() ? weight.array() : Array(),
                                      o.ignore_index, o.label_smoothing};
  const double count = q.ids() ? total_weight(q) : static_cast<double>(rows);
  const double scale = o.reduction == Reduction::kMean ? 1 / count : 1;
  const bool recording = grad_enabled() && x.requires_grad();
  // While the exponentials are at hand the gradient costs little: it is kept for backward.
  const Array slope = recording ? Array::empty(x.shape(), x.dtype(), op) : Array();
  Array loss = dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    Array each = kernels::cross_entropy<T>(op, x.array(), q, static_cast<T>(scale), slope);
    if (o.reduction == Reduction::kNone) return each;
    kernels::AxisSet all;
    all.reduced[0] = true;
    Array total = kernels::reduce<kernels::SumOf, T>(op, each, all);
    return kernels::map<T, T>(op, total, [scale](T v) { return v * static_cast<T>(scale); });
  });
  return record(
      op, std::move(loss), {x, target}, save(x, slope, target),
      [q, scale, rows, classes, each = o.reduction == Reduction::kNone](
          const Vjp& vjp, const Tensor& logits, const Tensor& slopes, const Tensor& targets) {
        const Tensor& g = vjp.grad();
        Grads out(2);
        const Tensor row_grad = each ? reshape(g, {rows, 1}) : g;
        if (vjp.needs(0) && !grad_enabled()) {
          const bool unit = g.numel() == 1 && g.item() == 1;
          out[0] = unit ? slopes : slopes * row_grad;
        } else if (vjp.needs(0)) {
          Tensor distribution;
          if (targets.requires_grad()) {
            distribution = targets * (1 - q.smoothing) + q.smoothing / static_cast<double>(classes);
            if (q.weight.defined()) distribution = distribution * Tensor(q.weight);
          } else {
            distribution =
                dispatch_floating({"cross_entropy"}, logits.dtype(), [&]<class T>(Type<T>) {
                  return kernels::target_matrix<T>({"cross_entropy"}, q, rows, classes);
                });
          }
          const Tensor difference = softmax(logits, 1) * sum(distribution, 1, true) - distribution;
          out[0] = difference * (row_grad * scale);
        }
        if (vjp.needs(1)) {
          Tensor slope_of_target = log_softmax(logits, 1) * (-(1 - q.smoothing) * scale);
          if (q.weight.defined()) slope_of_target = slope_of_target * Tensor(q.weight);
          out[1] = slope_of_target * row_grad;
        }
        return out;
      });
}
}  // namespace detail

/// Softmax cross entropy of logits: −log softmax(x) at the target class, or −Σ target·log
/// softmax(x). Shapes  x (N, K) or (K) or (N, K, …); target: class ids int64 (N), () or (N, …), or
/// probabilities in
///         x's shape and dtype → () or, unreduced, the shape of the class ids
/// Grad    grad_x = (softmax(x)·Σq − q)·grad_y with q the smoothed, weighted target; target too, if
/// it
///         is probabilities. The mean over class ids divides by the sum of their weights
/// Saves   the finished gradient with respect to x, and x
/// Throws  ValueError if a class id is out of range; ShapeError, DtypeError if x and target do not
/// fit Range   finite for any finite logits
inline Tensor cross_entropy(const Tensor& x, const Tensor& target,
                            const CrossEntropyOptions& options = {}, At at = At::here()) {
  const Op op{"cross_entropy", at};
  check<DtypeError>(is_floating(x.dtype()), op, "x is ", x.dtype(), ", it must be floating logits");
  check<ShapeError>(x.dim() >= 1, op, "x is a scalar; it must have a class axis: (K) or (N, K, …)");
  check<ValueError>(options.label_smoothing >= 0 && options.label_smoothing <= 1, op,
                    "label_smoothing=", options.label_smoothing, " must be in [0, 1]");
  const int axis = x.dim() == 1 ? 0 : 1;
  const Index classes = x.shape()[axis];
  const bool ids = !is_floating(target.dtype());
  Shape outer = x.shape();
  outer.erase(axis);
  if (ids) {
    check<DtypeError>(target.dtype() == int64, op, "target is ", target.dtype(),
                      "; class ids must be int64: convert with to(target, int64)");
    check<ShapeError>(target.shape() == outer, op, "target ", target.shape(), " does not fit x ",
                      x.shape(), "; class ids must have the shape ", outer);
    detail::check_class_ids(op, target, classes, options.ignore_index);
  } else {
    check<ShapeError>(
        target.shape() == x.shape(), op, "target ", target.shape(), " does not fit x ", x.shape(),
        target.shape() == outer ? "; class ids must be int64: convert with to(target, int64)"
                                : "; probabilities must have its shape");
    check<DtypeError>(target.dtype() == x.dtype(), op, "target is ", target.dtype(), ", x is ",
                      x.dtype(), "; probabilities must have the logits' dtype");
  }
  const Tensor weight = detail::class_weight(op, options, classes, x.dtype());
  const Shape rows{outer.count(), classes};
  const auto as_rows = [&](const Tensor& t) {  // (N, K, …) → (N·…, K)
    if (t.dim() <= 2) return t.dim() == 2 ? t : reshape(t, rows);
    Shape order;
    for (int i = 0; i < t.dim(); ++i)
      if (i != axis) order.push_back(i);
    order.push_back(axis);
    return reshape(permute(t, order), rows);
  };
  const Tensor loss = detail::cross_entropy_rows(
      op, as_rows(x), ids ? reshape(target, {rows[0]}) : as_rows(target), weight, options);
  return options.reduction == Reduction::kNone ? reshape(loss, outer) : loss;
}

/// Negative log likelihood: −x at the target class, of log-probabilities x.
/// Shapes  x (N, K) or (K) or (N, K, …), target int64 (N), () or (N, …) → () or target's shape
/// Grad    −weight·grad_y at the target class, else 0. The mean divides by the sum of the weights
/// Throws  as cross_entropy. label_smoothing must be 0
inline Tensor nll_loss(const Tensor& x, const Tensor& target,
                       const CrossEntropyOptions& options = {}, At at = At::here()) {
  const Op op{"nll_loss", at};
  check<ShapeError>(x.dim() >= 1, op, "x is a scalar; it must have a class axis: (K) or (N, K, …)");
  check<DtypeError>(target.dtype() == int64, op, "target is ", target.dtype(),
                    "; class ids must be int64: convert with to(target, int64)");
  check<ValueError>(options.label_smoothing == 0, op, "label_smoothing=", options.label_smoothing,
                    " is cross_entropy's; it must be 0 here");
  const int axis = x.dim() == 1 ? 0 : 1;
  const Index classes = x.shape()[axis];
  Shape outer = x.shape();
  outer.erase(axis);
  check<ShapeError>(target.shape() == outer, op, "target ", target.shape(), " does not fit x ",
                    x.shape(), "; it must have the shape ", outer);
  detail::check_class_ids(op, target, classes, options.ignore_index);
  const Tensor counts = ne(target, options.ignore_index);
  const Tensor ids = where(counts, target, 0);
  const Tensor all = detail::class_weight(op, options, classes, x.dtype());
  Tensor weight = all.defined() ? reshape(index_select(all, 0, reshape(ids, {ids.numel()})), outer)
                                : ones(outer, x.dtype());
  weight = where(counts, weight, 0);
  const Tensor picked = reshape(gather(x, axis, unsqueeze(ids, axis)), outer);
  const Tensor losses = where(counts, neg(picked) * weight, 0);
  return options.reduction == Reduction::kMean ? sum(losses) / sum(weight)
                                               : detail::reduced(losses, options.reduction);
}

/// (x − target)², element by element, then reduced.
/// Shapes  x (…), target the same → () or (…)
/// Grad    grad_x = 2·(x − target)·grad_y, divided by the count for the mean; grad_target = −grad_x
/// Throws  ShapeError if the shapes differ: broadcasting a target is a mistake more often than a
/// wish
inline Tensor mse_loss(const Tensor& x, const Tensor& target,
                       Reduction reduction = Reduction::kMean, At at = At::here()) {
  const Op op{"mse_loss", at};
  check<ShapeError>(x.shape() == target.shape(), op, "x ", x.shape(), " and target ",
                    target.shape(), " must have the same shape");
  return detail::reduced(square(sub(x, target, at)), reduction);
}

struct BinaryCrossEntropyOptions {
  Tensor weight = {};      ///< factor of each element; broadcasts to x
  Tensor pos_weight = {};  ///< factor of the positive term; broadcasts to x
  Reduction reduction = Reduction::kMean;
};

/// −[p·t·log σ(x) + (1−t)·log(1−σ(x))] with t the target and p = pos_weight, element by element.
/// Shapes  x (…), target the same, floating, usually in [0, 1] → () or (…)
/// Grad    grad_x = (σ(x)·(1 + (p−1)·t) − p·t)·grad_y
/// Throws  ShapeError if the shapes differ
/// Range   softplus instead of log σ: finite for any finite x
inline Tensor binary_cross_entropy_with_logits(const Tensor& x, const Tensor& target,
                                               const BinaryCrossEntropyOptions& options = {},
                                               At at = At::here()) {
  const Op op{"binary_cross_entropy_with_logits", at};
  check<ShapeError>(x.shape() == target.shape(), op, "x ", x.shape(), " and target ",
                    target.shape(), " must have the same shape");
  check<DtypeError>(is_floating(x.dtype()) && x.dtype() == target.dtype(), op, "x is ", x.dtype(),
                    ", target is ", target.dtype(), "; both must have the same floating dtype");
  if (detail::inspecting()) [[unlikely]]
    detail::announce(op, x, &Observer::on_call);
  constexpr double kExact = std::numeric_limits<double>::infinity();  // no threshold
  Tensor positive = softplus(-x, 1, kExact);                          // −log σ(x)
  if (options.pos_weight.defined()) positive = positive * (1 + (options.pos_weight - 1) * target);
  Tensor losses = (1 - target) * x + positive;
  if (options.weight.defined()) losses = losses * options.weight;
  check<ShapeError>(losses.shape() == x.shape(), op,
                    "weight or pos_weight does not broadcast to x ", x.shape());
  return detail::reduced(losses, options.reduction);
}

}  // namespace tinygrad
