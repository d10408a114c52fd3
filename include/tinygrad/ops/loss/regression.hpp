// SPDX-License-Identifier: MIT
// Losses of a prediction and a target of the same shape: squared and absolute errors, Huber,
// divergences and likelihoods.
#pragma once

#include <limits>
#include <numbers>

#include "tinygrad/ops/checks.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/ops/elementwise/comparison.hpp"
#include "tinygrad/ops/elementwise/exponential.hpp"
#include "tinygrad/ops/elementwise/non_finite.hpp"
#include "tinygrad/ops/elementwise/power.hpp"
#include "tinygrad/ops/elementwise/select.hpp"
#include "tinygrad/ops/elementwise/sign.hpp"
#include "tinygrad/ops/loss/reduction.hpp"
#include "tinygrad/ops/reduction/extremes.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

// All of them: Shapes x (…), target the same → () or, unreduced, (…); Throws ShapeError if the
// shapes differ, DtypeError unless both have one floating dtype. The target gets a gradient too.

/// (x − target)², element by element, then reduced.
/// Grad    grad_x = 2·(x − target)·grad_y, divided by the count for the mean; grad_target = −grad_x
inline Tensor mse_loss(const Tensor& x, const Tensor& target,
                       Reduction reduction = Reduction::kMean, At at = At::here()) {
  const Op op{"mse_loss", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"target", target}});
  detail::check_alike(op, "x", x, "target", target);
  return detail::reduced(op, square(x - target), reduction);
}

/// |x − target|, element by element, then reduced.
/// Grad    grad_x = sign(x − target)·grad_y, 0 where they are equal; grad_target = −grad_x
inline Tensor l1_loss(const Tensor& x, const Tensor& target, Reduction reduction = Reduction::kMean,
                      At at = At::here()) {
  const Op op{"l1_loss", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"target", target}});
  detail::check_alike(op, "x", x, "target", target);
  return detail::reduced(op, abs(x - target), reduction);
}

namespace detail {
/// d²/2 for d = |x − target| up to delta, delta·(d − delta/2) beyond. This is c·(d − c/2) with c =
/// min(d, delta), a single formula whose gradient ±c is not NaN for an infinite d.
inline Tensor huber(const Tensor& x, const Tensor& target, double delta) {
  const Tensor distance = abs(x - target);
  const Tensor inside = clamp(distance, 0, delta);
  return inside * (distance - inside * 0.5);
}
}  // namespace detail

struct HuberLossOptions {
  Reduction reduction = Reduction::kMean;
  double delta = 1;  ///< parabola up to this difference, straight line beyond
};

namespace detail {
inline void check_options(const Op& op, const HuberLossOptions& o) {
  check_reduction(op, o.reduction);
  check<ValueError>(o.delta > 0, op, "delta=", o.delta, " must be positive");
}
}  // namespace detail

/// d²/2 where d = |x − target| ≤ delta, else delta·(d − delta/2).
/// Grad    grad_x = (x − target, limited to ±delta)·grad_y; grad_target = −grad_x
/// Throws  also ValueError unless delta > 0
/// Source  Huber, Annals of Mathematical Statistics 1964
inline Tensor huber_loss(const Tensor& x, const Tensor& target,
                         const HuberLossOptions& options = {}, At at = At::here()) {
  const Op op{"huber_loss", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"target", target}});
  detail::check_options(op, options);
  detail::check_alike(op, "x", x, "target", target);
  return detail::reduced(op, detail::huber(x, target, options.delta), options.reduction);
}

struct SmoothL1LossOptions {
  Reduction reduction = Reduction::kMean;
  double beta = 1;  ///< parabola below this difference, straight line beyond; 0: L1 loss
};

namespace detail {
inline void check_options(const Op& op, const SmoothL1LossOptions& o) {
  check_reduction(op, o.reduction);
  check<ValueError>(o.beta >= 0, op, "beta=", o.beta, " must not be negative");
}
}  // namespace detail

/// d²/(2·beta) where d = |x − target| < beta, else d − beta/2: huber_loss divided by its delta.
/// Grad    grad_x = ((x − target)/beta, limited to ±1)·grad_y; grad_target = −grad_x
/// Throws  also ValueError if beta is negative
/// Source  Girshick, Fast R-CNN, ICCV 2015
inline Tensor smooth_l1_loss(const Tensor& x, const Tensor& target,
                             const SmoothL1LossOptions& options = {}, At at = At::here()) {
  const Op op{"smooth_l1_loss", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"target", target}});
  detail::check_options(op, options);
  detail::check_alike(op, "x", x, "target", target);
  const Tensor losses =
      options.beta == 0 ? abs(x - target) : detail::huber(x, target, options.beta) / options.beta;
  return detail::reduced(op, losses, options.reduction);
}

struct KLDivLossOptions {
  Reduction reduction = Reduction::kMean;
  bool log_target = false;  ///< the target is log-probabilities too
};

/// Kullback–Leibler divergence of log-probabilities x from the target t: t·(log t − x); e^t·(t − x)
/// with log_target. For the mean over a batch of distributions use kBatchMean, which divides the
/// sum by the first size, not the default kMean.
/// Grad    grad_x = −t·grad_y; grad_t = (log t + 1 − x)·grad_y, or −x·grad_y at t = 0
/// Range   0·log 0 counts as 0; a target of 0 gives 0 even if x is −∞
inline Tensor kl_div(const Tensor& x, const Tensor& target, const KLDivLossOptions& options = {},
                     At at = At::here()) {
  const Op op{"kl_div", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"target", target}});
  detail::check_alike(op, "x", x, "target", target);
  const auto losses = [&](bool careful) {
    if (options.log_target) {
      if (!careful) return exp(target) * (target - x);
      // A NaN in x stays.
      const Tensor never =
          logical_and(eq(target, -std::numeric_limits<double>::infinity()), eq(x, x));
      const Tensor t = where(never, 0, target), log_x = where(never, 0, x);
      return where(never, 0, exp(t) * (t - log_x));
    }
    const Tensor zero = eq(target, 0);
    const Tensor entropy = where(zero, 0, target * log(where(zero, 1, target)));
    return entropy - (careful ? detail::weigh(target, x) : target * x);
  };
  const bool by_batch = options.reduction == Reduction::kBatchMean;
  const Tensor y =
      detail::reduced_with_care(op, losses, by_batch ? Reduction::kSum : options.reduction);
  return by_batch && x.dim() > 0 ? y / x.shape()[0] : y;
}

struct GaussianNLLLossOptions {
  bool full = false;  ///< add the constant log(2π)/2
  double eps = 1e-6;  ///< least variance
  Reduction reduction = Reduction::kMean;
};

namespace detail {
inline void check_options(const Op& op, const GaussianNLLLossOptions& o) {
  check_reduction(op, o.reduction);
  check<ValueError>(o.eps > 0, op, "eps=", o.eps, " must be positive");
}
}  // namespace detail

/// Negative log likelihood of the target under a normal distribution with mean x and variance var:
/// (log var + (x − target)²/var)/2, without the constant.
/// Shapes  also var: x's shape; or size 1 or missing on the last dim: one variance for a row; or
///         size 1 on another single dim
/// Grad    grad_x = (x − target)/var·grad_y; grad_var = (1 − (x − target)²/var)/(2·var)·grad_y,
///         even where var was raised to eps, so that training can leave that point
/// Throws  also ValueError if a variance is negative or eps is not positive
/// Source  Nix & Weigend, ICNN 1994
inline Tensor gaussian_nll_loss(const Tensor& x, const Tensor& target, const Tensor& var,
                                const GaussianNLLLossOptions& options = {}, At at = At::here()) {
  const Op op{"gaussian_nll_loss", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"target", target}, {"var", var}});
  detail::check_options(op, options);
  detail::check_alike(op, "x", x, "target", target);
  detail::check_same_dtype(op, "x", x, "var", var);
  Shape variances = var.shape();
  if (variances.rank() == x.dim() - 1) variances.push_back(1);
  int repeated = 0;
  for (int i = 0; i < std::min(variances.rank(), x.dim()); ++i)
    repeated += variances[i] != x.shape()[i];
  check<ShapeError>(
      variances.rank() == x.dim() && broadcasts_to(variances, x.shape()) && repeated <= 1, op,
      "var ", var.shape(), " does not fit x ", x.shape(),
      "; it must have its shape, or size 1 on one dim, or lack the last dim");
  check<ValueError>(var.numel() == 0 || !(min(var).item() < 0), op,
                    "var holds negative variances; the smallest is ",
                    var.numel() ? min(var).item() : 0.0);
  const Tensor given = reshape(var, variances);
  const Tensor variance = given + clamp(options.eps - given.detach(), 0);
  Tensor losses = (log(variance) + square(x - target) / variance) * 0.5;
  if (options.full) losses = losses + 0.5 * std::log(2 * std::numbers::pi);
  return detail::reduced(op, losses, options.reduction);
}

struct PoissonNLLLossOptions {
  bool log_input = true;  ///< x is the logarithm of the rate
  bool full = false;      ///< add Stirling's approximation of log target!, for targets above 1
  double eps = 1e-8;      ///< added to x before the logarithm, unless log_input
  Reduction reduction = Reduction::kMean;
};

namespace detail {
inline void check_options(const Op& op, const PoissonNLLLossOptions& o) {
  check_reduction(op, o.reduction);
  check_finite(op, "eps", o.eps);
}
}  // namespace detail

/// Negative log likelihood of counts t under a Poisson distribution, without log t!: e^x − t·x; x −
/// t·log(x + eps) if x is the rate itself.
/// Grad    grad_x = (e^x − t)·grad_y or (1 − t/(x + eps))·grad_y; grad_t = −x·grad_y or −log(x +
///         eps)·grad_y, plus the derivative of Stirling's formula if it was added
/// Range   a count of 0 adds nothing, whatever the logarithm of the rate is; +∞ for an infinite
///         rate
inline Tensor poisson_nll_loss(const Tensor& x, const Tensor& target,
                               const PoissonNLLLossOptions& options = {}, At at = At::here()) {
  const Op op{"poisson_nll_loss", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"target", target}});
  detail::check_options(op, options);
  detail::check_alike(op, "x", x, "target", target);
  const auto of_rate = [&](bool careful) {
    if (!careful)
      return options.log_input ? exp(x) - target * x : x - target * log(x + options.eps);
    // Left out: the logarithm of an infinite rate, which is smaller than the rate, and the
    // logarithms of counts of 0. They would give ∞ − ∞ or 0·∞.
    const Tensor log_rate = options.log_input ? x.detach() : log(x.detach() + options.eps);
    const Tensor left_out = logical_or(eq(x, std::numeric_limits<double>::infinity()),
                                       logical_and(eq(target, 0), isinf(log_rate)));
    const Tensor bounded = where(left_out, 1, x);
    return options.log_input ? exp(x) - target * bounded : x - target * log(bounded + options.eps);
  };
  const auto losses = [&](bool careful) {
    const Tensor without = of_rate(careful);
    if (!options.full) return without;
    const Tensor large = target > 1;
    const Tensor t = where(large, target, 1);  // no log 0 where it is not used
    const Tensor stirling = t * log(t) - t + log(t * (2 * std::numbers::pi)) * 0.5;
    return without + where(large, stirling, 0);
  };
  return detail::reduced_with_care(op, losses, options.reduction);
}

}  // namespace tinygrad
