// SPDX-License-Identifier: MIT
// ctc_loss: connectionist temporal classification, the loss of a sequence of labels whose positions
// are not given.
#pragma once

#include <limits>
#include <vector>

#include "tinygrad/autograd/backward.hpp"
#include "tinygrad/kernels/loss/ctc.hpp"
#include "tinygrad/ops/checks.hpp"
#include "tinygrad/ops/creation/creation.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/ops/elementwise/comparison.hpp"
#include "tinygrad/ops/elementwise/select.hpp"
#include "tinygrad/ops/indexing/indexing.hpp"
#include "tinygrad/ops/loss/reduction.hpp"
#include "tinygrad/ops/shape/join.hpp"
#include "tinygrad/ops/shape/movement.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

struct CTCLossOptions {
  Index blank = 0;                         ///< the class for "no label"
  Reduction reduction = Reduction::kMean;  ///< kMean first divides by the number of labels
  bool zero_infinity = false;  ///< samples whose labels do not fit into their steps give 0
};

namespace detail {
inline void check_options(const Op& op, const CTCLossOptions& o) {
  check_reduction(op, o.reduction);
  check<ValueError>(o.blank >= 0, op, "blank=", o.blank, " is not a class: there are none below 0");
}

inline std::vector<Index> ctc_lengths(const Op& op, const char* name, const Tensor& lengths,
                                      Index batch, Index least, Index most) {
  check<DtypeError>(lengths.dtype() == int64, op, name, " is ", lengths.dtype(),
                    ", it must be int64");
  check<ShapeError>(lengths.numel() == batch && lengths.dim() <= 1, op, name, ' ', lengths.shape(),
                    " must be (", batch, "), one length for each sample");
  const Index* values = lengths.data<Index>();
  for (Index n = 0; n < batch; ++n)
    check<ValueError>(least <= values[n] && values[n] <= most, op, name, '[', n, "]=", values[n],
                      " must be in [", least, ", ", most, "]");
  return {values, values + batch};
}

/// The chains of states of all samples, for padded (N, S) or concatenated (Σ lengths) targets.
inline kernels::CtcChains ctc_chains(const Op& op, const Tensor& targets,
                                     const std::vector<Index>& lengths, Index classes,
                                     Index blank) {
  const bool padded = targets.dim() == 2;
  const auto batch = static_cast<Index>(lengths.size());
  Index longest = 0;
  for (const Index length : lengths) longest = std::max(longest, length);
  kernels::CtcChains chains;
  chains.classes = Array::full({batch, 2 * longest + 1}, blank, int64);
  Index* out = chains.classes.data<Index>();
  Index next = 0;
  for (Index n = 0; n < batch; ++n) {
    const Index length = lengths[static_cast<std::size_t>(n)];
    chains.states.push_back(2 * length + 1);
    if (padded) next = n * targets.shape()[1];
    for (Index i = 0; i < length; ++i, ++next) {
      const Index id = targets.data<Index>()[next];
      check<ValueError>(0 <= id && id < classes && id != blank, op, "targets",
                        position_text(targets.shape(), next), "=", id,
                        " is not a label: there are ", classes, " classes, 0 to ", classes - 1,
                        ", and ", blank, " is the blank");
      out[n * (2 * longest + 1) + 2 * i + 1] = id;
    }
  }
  return chains;
}

/// The losses of kernels::ctc, step by step with tensor operations, for derivatives of the
/// gradient.
inline Tensor ctc_by_steps(const Op& op, const Tensor& log_probs,
                           const kernels::CtcChains& chains) {
  constexpr double kNever = -1e30;  // finite, because derivatives of infinities are NaN
  const Index steps = log_probs.shape()[0], batch = log_probs.shape()[1];
  const Index width = chains.classes.shape()[1];
  const Array skip = Array::zeros({batch, width}, bool_), first = skip.copy(), last = skip.copy();
  for (Index n = 0; n < batch; ++n) {
    const Index* label = chains.classes.data<Index>() + n * width;
    const Index states = chains.states[static_cast<std::size_t>(n)];
    for (Index s = 0; s < states; ++s) {
      skip.data<bool>()[n * width + s] = kernels::CtcChains::may_skip(label, s);
      first.data<bool>()[n * width + s] = s < 2;
      last.data<bool>()[n * width + s] = s >= states - 2;
    }
  }
  const Tensor classes = expand(unsqueeze(Tensor(chains.classes), 0), {steps, batch, width});
  const Tensor emitted = maximum(gather(log_probs, 2, classes), kNever);  // (T, N, L)
  const Tensor lengths = tensor(chains.steps, int64);
  const Tensor outside = full({batch, 2}, kNever, log_probs.dtype());
  Tensor alpha;
  for (Index t = 0; t < steps; ++t) {
    const Tensor now = reshape(narrow(op, emitted, 0, t, 1), {batch, width});
    if (t == 0) {
      alpha = where(first, now, kNever);
      continue;
    }
    const Tensor shifted = concat(std::vector{outside, alpha}, 1);  // (N, 2 + L)
    const Tensor stepped = narrow(op, shifted, 1, 1, width);
    const Tensor skipped = where(skip, narrow(op, shifted, 1, 0, width), kNever);
    const Tensor next = logsumexp(stack({alpha, stepped, skipped}), 0) + now;
    alpha = where(unsqueeze(lengths > t, 1), next, alpha);
  }
  const Tensor total = logsumexp(where(last, alpha, kNever), 1);
  return neg(where(total > kNever / 2, total, kNever));  // no gradient if no path fits
}
}  // namespace detail

/// −log of the probability that the steps give the target after repeats are merged and blanks are
/// removed.
/// Shapes  log_probs (T, N, C), from log_softmax; targets int64 (N, S), or the concatenated labels
///         of all samples; input_lengths and target_lengths int64 (N) → () or (N). One sample
///         without N: log_probs (T, C), targets (S), lengths () or (1)
/// Grad    grad_log_probs = −grad_y · the probability of class c at step t, given the target.
///         (PyTorch adds e^log_probs, which log_softmax removes again.)
/// Saves   the finished gradient with respect to log_probs, and log_probs
/// Throws  ShapeError, DtypeError if the arguments do not fit; ValueError for a label that is not a
///         class or is the blank, or a length out of range
/// Range   all steps use logarithms; +inf with gradient 0 if the labels do not fit into the steps
/// Cost    T·S for each sample; with create_graph, T²·N·S for the derivative of the gradient
/// Source  Graves et al., ICML 2006
inline Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
                       const Tensor& target_lengths, const CTCLossOptions& options = {},
                       At at = At::here()) {
  const Op op{"ctc_loss", at};
  check_defined(op, {{"log_probs", log_probs},
                     {"targets", targets},
                     {"input_lengths", input_lengths},
                     {"target_lengths", target_lengths}});
  detail::check_options(op, options);
  detail::check_floating(op, log_probs);
  check<ShapeError>(log_probs.dim() == 2 || log_probs.dim() == 3, op, "log_probs ",
                    log_probs.shape(), " must be (T, N, C) or (T, C)");
  const bool single = log_probs.dim() == 2;
  const Tensor x = single ? unsqueeze(log_probs, 1) : log_probs;
  const Index steps = x.shape()[0], batch = x.shape()[1], classes = x.shape()[2];
  check<ValueError>(0 <= options.blank && options.blank < classes, op, "blank=", options.blank,
                    " is not a class: there are ", classes, " classes, 0 to ", classes - 1);
  check<DtypeError>(targets.dtype() == int64, op, "targets is ", targets.dtype(),
                    "; class ids must be int64: convert with to(targets, int64)");
  const bool padded = targets.dim() == 2;
  check<ShapeError>(targets.dim() == 1 || (padded && !single && targets.shape()[0] == batch), op,
                    "targets ", targets.shape(), " does not fit log_probs ", log_probs.shape(),
                    "; it must be (N, S), or one dim of all labels");
  const auto used = detail::ctc_lengths(op, "input_lengths", input_lengths, batch, 1, steps);
  const auto lengths = detail::ctc_lengths(op, "target_lengths", target_lengths, batch, 0,
                                           targets.shape()[padded ? 1 : 0]);
  Index total = 0;
  for (const Index length : lengths) total += length;
  check<ValueError>(padded || total == targets.numel(), op, "target_lengths add up to ", total,
                    ", but targets holds ", targets.numel(), " labels");
  kernels::CtcChains chains = detail::ctc_chains(op, targets, lengths, classes, options.blank);
  chains.steps = used;

  const bool recording = grad_enabled() && x.requires_grad();
  const Array slope = recording ? Array::zeros(x.shape(), x.dtype()) : Array();
  Array value = dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    return kernels::ctc<T>(op, x.array(), chains, slope);
  });
  Tensor losses = record(op, std::move(value), {x}, save(x, slope),
                         [chains](const Vjp& vjp, const Tensor& input, const Tensor& slopes) {
                           if (!grad_enabled())
                             return grads(reshape(vjp.grad(), {1, input.shape()[1], 1}) * slopes);
                           const Op self{"ctc_loss", vjp.node().at()};
                           // A separate tensor: the inner backward must not continue into the outer
                           // graph at `input`.
                           const Tensor own = input * 1;
                           return grads(grad(detail::ctc_by_steps(self, own, chains), own,
                                             vjp.grad(), {.create_graph = true}));
                         });
  if (options.zero_infinity)
    losses = where(eq(losses, std::numeric_limits<double>::infinity()), 0, losses);
  if (options.reduction == Reduction::kMean)
    losses = losses / maximum(to(tensor(lengths, int64), x.dtype()), 1);
  else if (options.reduction == Reduction::kNone && single) losses = reshape(losses, {});
  return detail::reduced(op, losses, options.reduction);
}

}  // namespace tinygrad
