// SPDX-License-Identifier: MIT
// Losses of classifiers: cross entropy, negative log likelihood, binary cross entropy.
#pragma once

#include <limits>

#include "tinygrad/kernels/elementwise/exponential.hpp"
#include "tinygrad/kernels/loss/classification.hpp"
#include "tinygrad/kernels/reduction/value_summary.hpp"
#include "tinygrad/ops/checks.hpp"
#include "tinygrad/ops/creation/creation.hpp"
#include "tinygrad/ops/elementwise/activation.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/ops/elementwise/comparison.hpp"
#include "tinygrad/ops/elementwise/exponential.hpp"
#include "tinygrad/ops/elementwise/non_finite.hpp"
#include "tinygrad/ops/elementwise/select.hpp"
#include "tinygrad/ops/indexing/indexing.hpp"
#include "tinygrad/ops/loss/reduction.hpp"
#include "tinygrad/ops/reduction/softmax.hpp"
#include "tinygrad/ops/shape/movement.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

struct CrossEntropyLossOptions {
  Tensor weight = {};         ///< (K): factor of each class; a constant
  Index ignore_index = -100;  ///< samples with this class id do not count
  Reduction reduction = Reduction::kMean;
  double label_smoothing = 0;  ///< ε in [0, 1]: the target becomes (1−ε)·target + ε/K
};

namespace detail {
inline void check_options(const Op& op, const CrossEntropyLossOptions& o) {
  check_reduction(op, o.reduction);
  check<ValueError>(o.label_smoothing >= 0 && o.label_smoothing <= 1, op,
                    "label_smoothing=", o.label_smoothing, " must be in [0, 1]");
}

/// The divisor of the mean of class-id losses: the sum of the weights of targets that count.
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
                                 const Tensor& weight, const CrossEntropyLossOptions& o) {
  const Index rows = x.shape()[0], classes = x.shape()[1];
  const kernels::TargetDistribution q{target.array(), weight.defined() ? weight.array() : Array(),
                                      o.ignore_index, o.label_smoothing};
  const double count = q.ids() ? total_weight(q) : static_cast<double>(rows);
  const bool averaged = o.reduction == Reduction::kMean;
  const double scale = averaged ? 1 / count : 1;
  // The mean of no losses is NaN. But no logit contributed to it, so the gradient is 0, as in
  // PyTorch.
  const double slope_scale = averaged && count == 0 ? 0 : scale;
  const bool recording = grad_enabled() && x.requires_grad();
  // The gradient costs little while the exponentials are available, so it is saved for backward.
  const Array slope = recording ? Array::empty(x.shape(), x.dtype(), op) : Array();
  Array loss = dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    Array each = kernels::cross_entropy<T>(op, x.array(), q, static_cast<T>(slope_scale), slope);
    if (o.reduction == Reduction::kNone) return each;
    kernels::AxisSet all;
    all.reduced[0] = true;
    const auto scaled = [&](const Array& a) {
      return kernels::map<T, T>(op, a, [scale](T v) { return v * static_cast<T>(scale); });
    };
    const Array mean = scaled(kernels::reduce<kernels::SumOf, T>(op, each, all));
    if (!averaged || count == 0 || kernels::all_finite(mean)) return mean;
    return kernels::reduce<kernels::SumOf, T>(op, scaled(each), all);  // the sum may overflow
  });
  return record(
      op, std::move(loss), {x, target}, save(x, slope, target),
      [q, scale = slope_scale, rows, classes, each = o.reduction == Reduction::kNone](
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
/// softmax(x) for probabilities.
/// Shapes  x (N, K) or (K) or (N, K, …); target: class ids int64 (N), () or (N, …), or
///         probabilities in x's shape and dtype → () or, unreduced, the shape of the class ids
/// Grad    grad_x = (softmax(x)·Σq − q)·grad_y with the smoothed, weighted target q; also to
///         target, if it has probabilities. The mean over class ids divides by the sum of their
///         weights
/// Saves   the finished gradient with respect to x, and x
/// Throws  ValueError if a class id is out of range; ShapeError, DtypeError if x and target do not
///         fit
/// Range   finite for any finite logits; a class of probability 0 may have the logit −inf. A mean
///         of no losses (all ignored, or of weight 0) is NaN, and its gradient is 0
inline Tensor cross_entropy(const Tensor& x, const Tensor& target,
                            const CrossEntropyLossOptions& options = {}, At at = At::here()) {
  const Op op{"cross_entropy", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"target", target}});
  detail::check_options(op, options);
  check<DtypeError>(is_floating(x.dtype()), op, "x is ", x.dtype(), ", it must be floating logits");
  check<ShapeError>(x.dim() >= 1, op, "x is a scalar; it must have a class dim: (K) or (N, K, …)");
  const int dim = x.dim() == 1 ? 0 : 1;
  const Index classes = x.shape()[dim];
  const bool ids = !is_floating(target.dtype());
  Shape outer = x.shape();
  outer.erase(dim);
  if (ids) {
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
  const Tensor weight = detail::class_weight(op, options.weight, classes, x.dtype());
  const Shape rows{outer.count(), classes};
  const auto as_rows = [&](const Tensor& t) {  // (N, K, …) → (N·…, K)
    if (t.dim() <= 2) return t.dim() == 2 ? t : reshape(t, rows);
    Shape order;
    for (int i = 0; i < t.dim(); ++i)
      if (i != dim) order.push_back(i);
    order.push_back(dim);
    return reshape(permute(t, order), rows);
  };
  const Tensor loss = detail::cross_entropy_rows(
      op, as_rows(x), ids ? reshape(target, {rows[0]}) : as_rows(target), weight, options);
  return options.reduction == Reduction::kNone ? reshape(loss, outer) : loss;
}

struct NLLLossOptions {
  Tensor weight = {};         ///< (K): factor of each class; a constant
  Index ignore_index = -100;  ///< samples with this class id do not count
  Reduction reduction = Reduction::kMean;
};

namespace detail {
inline void check_options(const Op& op, const NLLLossOptions& o) {
  check_reduction(op, o.reduction);
}
}  // namespace detail

/// Negative log likelihood: −weight·x at the target class, for log-probabilities x.
/// Shapes  x (N, K) or (K) or (N, K, …), target int64 (N), () or (N, …) → () or target's shape
/// Grad    −weight·grad_y at the target class, else 0. The mean divides by the sum of the weights
/// Throws  ValueError if a class id is out of range; ShapeError, DtypeError if x and target do not
///         fit
/// Range   a mean of no losses (all ignored, or of weight 0) is NaN, and its gradient is 0
inline Tensor nll_loss(const Tensor& x, const Tensor& target, const NLLLossOptions& options = {},
                       At at = At::here()) {
  const Op op{"nll_loss", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"target", target}});
  detail::check_options(op, options);
  check<DtypeError>(is_floating(x.dtype()), op, "x is ", x.dtype(),
                    ", it must be floating log-probabilities");
  check<ShapeError>(x.dim() >= 1, op, "x is a scalar; it must have a class dim: (K) or (N, K, …)");
  const int dim = x.dim() == 1 ? 0 : 1;
  const Index classes = x.shape()[dim];
  Shape outer = x.shape();
  outer.erase(dim);
  check<ShapeError>(target.shape() == outer, op, "target ", target.shape(), " does not fit x ",
                    x.shape(), "; class ids must have the shape ", outer);
  detail::check_class_ids(op, target, classes, options.ignore_index);
  const Tensor counts = ne(target, options.ignore_index);
  const Tensor ids = where(counts, target, 0);
  const Tensor all = detail::class_weight(op, options.weight, classes, x.dtype());
  Tensor weight = all.defined() ? reshape(index_select(all, 0, reshape(ids, {ids.numel()})), outer)
                                : ones(outer, x.dtype());
  weight = where(counts, weight, 0);
  const Tensor found = reshape(gather(x, dim, unsqueeze(ids, dim)), outer);
  // A class of weight 0 does not count, even with probability 0: this avoids 0·∞.
  const Tensor picked = where(logical_and(eq(weight, 0), isinf(found)), 0, found);
  const Tensor losses = where(counts, neg(picked) * weight, 0);
  if (options.reduction != Reduction::kMean) return detail::reduced(op, losses, options.reduction);
  const Tensor all_losses = sum(losses), total = sum(weight);
  if (total.item() != 0 || any(weight).item<bool>()) return all_losses / total;
  // The mean of no losses is NaN. But no x contributed to it, so the gradient is 0.
  return all_losses * 0 + std::numeric_limits<double>::quiet_NaN();
}

struct BCELossOptions {
  Tensor weight = {};  ///< factor of each element; broadcasts to x
  Reduction reduction = Reduction::kMean;
};

namespace detail {
inline void check_options(const Op& op, const BCELossOptions& o) {
  check_reduction(op, o.reduction);
}

inline void check_probabilities(const Op& op, const char* name, const Tensor& t) {
  dispatch_floating(op, t.dtype(), [&]<class T>(Type<T>) {
    const T* values = t.data<T>();
    for (Index i = 0; i < t.numel(); ++i)
      if (!(values[i] >= T{0} && values[i] <= T{1})) [[unlikely]]
        fail<ValueError>(op, name, position_text(t.shape(), i), "=", values[i],
                         " is not a probability; it must be in [0, 1]");
  });
}
inline Tensor weighted(const Op& op, const Tensor& losses, const Tensor& weight,
                       bool careful = false) {
  if (!weight.defined()) return losses;
  check_broadcasts(op, "weight", weight, losses);
  return careful ? weigh(weight, losses) : losses * weight;
}
}  // namespace detail

/// −[t·log x + (1−t)·log(1−x)], element by element, for the target t and probabilities x.
/// Shapes  x (…), target the same, both in [0, 1] → () or (…)
/// Grad    grad_x = (x − t)/max(x·(1−x), 1e-12)·grad_y, grad_target = (log(1−x) − log x)·grad_y
/// Saves   x, target
/// Throws  ValueError if x or target leaves [0, 1]; ShapeError, DtypeError if they do not fit
/// Range   the logarithms are limited to −100, so the loss at x = 0 or 1 is finite, as in PyTorch.
///         For logits, binary_cross_entropy_with_logits is exact
inline Tensor binary_cross_entropy(const Tensor& x, const Tensor& target,
                                   const BCELossOptions& options = {}, At at = At::here()) {
  const Op op{"binary_cross_entropy", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"target", target}});
  detail::check_options(op, options);
  detail::check_alike(op, "x", x, "target", target);
  detail::check_probabilities(op, "x", x);
  detail::check_probabilities(op, "target", target);
  constexpr double kLowest = -100, kSmallest = 1e-12F;  // PyTorch's; the second is a float there
  Array value;
  {
    const NoGradGuard no_grad;
    value =
        (target * neg(clamp(log(x), kLowest)) + (target - 1) * clamp(log1p(-x), kLowest)).array();
  }
  const Tensor losses =
      record(op, std::move(value), {x, target}, save(x, target),
             [](const Vjp& vjp, const Tensor& input, const Tensor& wanted) {
               const Tensor& g = vjp.grad();
               Grads out(2);
               if (vjp.needs(0))
                 out[0] = g * ((input - wanted) / clamp(input * (1 - input), kSmallest));
               if (vjp.needs(1)) out[1] = g * (log1p(-input) - log(input));
               return out;
             });
  return detail::reduced(op, detail::weighted(op, losses, options.weight), options.reduction);
}

namespace detail {
/// (1 − t)·softplus(x) + t·softplus(−x), the negative log likelihood of the probability t.
struct LogitLoss {
  template <class T> T operator()(T x, T t) const {
    const T size = std::fabs(x), high = x > T{0} ? size : T{0}, low = x > T{0} ? T{0} : size;
    const T rest = T{1} - t;  // avoids 0·Inf: a term with factor 0 is left out
    return (rest == T{0} ? T{0} : rest * high) + (t == T{0} ? T{0} : t * low) +
           kernels::log1p_of_part(kernels::fast_exp(-size));
  }
};

/// The losses of binary_cross_entropy_with_logits.
inline Tensor logit_losses(const Tensor& x, const Tensor& target, const Tensor& pos_weight,
                           bool careful) {
  if (pos_weight.defined()) {
    const Tensor negative = softplus(x), positive = softplus(-x);  // −log(1 − σ(x)), −log σ(x)
    return careful ? weigh(1 - target, negative) + weigh(target * pos_weight, positive)
                   : (1 - target) * negative + target * (positive * pos_weight);
  }
  const Op op{"logit_loss"};
  Array y = dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    return kernels::zip<T, T, CpuLevel::kV4>(op, x.shape(), x.array(), target.array(), LogitLoss{});
  });
  return record(op, std::move(y), {x, target}, save(x, target),
                [](const Vjp& vjp, const Tensor& input, const Tensor& wanted) {
                  const Tensor& g = vjp.grad();
                  Grads out(2);
                  if (vjp.needs(0))
                    out[0] = g * ((1 - wanted) * sigmoid(input) - wanted * sigmoid(neg(input)));
                  if (vjp.needs(1)) out[1] = neg(g * input);
                  return out;
                });
}
}  // namespace detail

struct BCEWithLogitsLossOptions {
  Tensor weight = {};  ///< factor of each element; broadcasts to x
  Reduction reduction = Reduction::kMean;
  Tensor pos_weight = {};  ///< factor of the positive term; broadcasts to x
};

namespace detail {
inline void check_options(const Op& op, const BCEWithLogitsLossOptions& o) {
  check_reduction(op, o.reduction);
}
}  // namespace detail

/// −[p·t·log σ(x) + (1−t)·log(1−σ(x))], element by element, with the target t and p = pos_weight.
/// Shapes  x (…), target the same, floating, usually in [0, 1] → () or (…)
/// Grad    grad_x = ((1−t)·σ(x) − p·t·σ(−x))·grad_y; target, weight and pos_weight too
/// Throws  ShapeError, DtypeError if x, target and the weights do not fit
/// Range   uses softplus instead of log σ: finite for any finite x. For t in [0, 1] nothing
///         cancels. A term of weight 0 is 0 even if x or the loss is infinite
inline Tensor binary_cross_entropy_with_logits(const Tensor& x, const Tensor& target,
                                               const BCEWithLogitsLossOptions& options = {},
                                               At at = At::here()) {
  const Op op{"binary_cross_entropy_with_logits", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"target", target}});
  detail::check_options(op, options);
  detail::check_alike(op, "x", x, "target", target);
  if (detail::any_tool_at_work()) [[unlikely]]
    detail::announce(op, x, &Observer::on_call);
  if (options.pos_weight.defined())
    detail::check_broadcasts(op, "pos_weight", options.pos_weight, x);
  const auto losses = [&](bool careful) {
    const Tensor each = detail::logit_losses(x, target, options.pos_weight, careful);
    return detail::weighted(op, each, options.weight, careful);
  };
  return detail::reduced_with_care(op, losses, options.reduction);
}

}  // namespace tinygrad
