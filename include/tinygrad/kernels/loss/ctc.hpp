// SPDX-License-Identifier: MIT
// Connectionist temporal classification: the sum over all alignments of labels to steps, by the
// forward and backward recursions on log-probabilities.
#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// log(e^a + e^b). −inf is the logarithm of 0.
template <class T> T log_add(T a, T b) {
  const T top = a > b ? a : b;
  if (top == -std::numeric_limits<T>::infinity()) return a + b;  // −inf, or a NaN
  return top + std::log(std::exp(a - top) + std::exp(b - top));
}

/// The states that CTC aligns: a chain blank, label, blank, label, …, blank for each sample.
struct CtcChains {
  Array classes;              ///< (N, L) int64: the class of each state, then padding
  std::vector<Index> states;  ///< (N) number of states: twice the labels plus 1
  std::vector<Index> steps;   ///< (N) number of steps of the input that count

  /// A path may skip the blank before state s unless that merges two equal labels.
  static bool may_skip(const Index* classes, Index s) {
    return s >= 3 && s % 2 == 1 && classes[s] != classes[s - 2];
  }
};

/// −log of the probability of all paths through each chain. Writes its derivative into `slope` if
/// that is defined: minus the probability of class c at step t, given the labels.
/// Shapes  log_probs (T, N, C) → (N); slope (T, N, C), initially zeros
/// Range   +inf if no path fits into the steps; the slope is then 0
template <class T>
Array ctc(const Op& op, const Array& log_probs, const CtcChains& chains, const Array& slope) {
  constexpr T kNever = -std::numeric_limits<T>::infinity();
  const Index batch = log_probs.shape()[1], classes = log_probs.shape()[2];
  const Index width = chains.classes.shape()[1];
  Array loss = Array::empty({batch}, log_probs.dtype(), op);
  const auto sample = [&](Index n) {
    const Index* label = chains.classes.data<Index>() + n * width;
    const Index states = chains.states[static_cast<std::size_t>(n)],
                steps = chains.steps[static_cast<std::size_t>(n)];
    const auto log_p = [&](Index t, Index s) {
      return log_probs.data<T>()[(t * batch + n) * classes + label[s]];
    };
    // alpha (steps, states): all ways to reach state s at step t, with the emission of s.
    std::vector<T> table(static_cast<std::size_t>(steps * states), kNever);
    T* alpha = table.data();
    for (Index s = 0; s < std::min<Index>(states, 2); ++s) alpha[s] = log_p(0, s);
    for (Index t = 1; t < steps; ++t) {
      const T* before = alpha + (t - 1) * states;
      for (Index s = 0; s < states; ++s) {
        T ways = before[s];
        if (s >= 1) ways = log_add(ways, before[s - 1]);
        if (CtcChains::may_skip(label, s)) ways = log_add(ways, before[s - 2]);
        alpha[t * states + s] = ways + log_p(t, s);
      }
    }
    const T* last = alpha + (steps - 1) * states;
    const T total = states > 1 ? log_add(last[states - 1], last[states - 2]) : last[0];
    loss.data<T>()[n] = -total;
    if (!slope.defined() || total == kNever) return;

    // beta (states): all ways to continue from state s after step t, without the emission of s.
    std::vector<T> beta(static_cast<std::size_t>(states + 2), kNever), after = beta;
    for (Index s = std::max<Index>(states - 2, 0); s < states; ++s)
      beta[static_cast<std::size_t>(s)] = T{0};
    for (Index t = steps - 1; t >= 0; --t) {
      T* grad = slope.data<T>() + (t * batch + n) * classes;
      for (Index s = 0; s < states; ++s)
        grad[label[s]] -=
            std::exp(alpha[t * states + s] + beta[static_cast<std::size_t>(s)] - total);
      if (t == 0) break;
      for (Index s = 0; s < states; ++s)
        after[static_cast<std::size_t>(s)] = beta[static_cast<std::size_t>(s)] + log_p(t, s);
      for (Index s = 0; s < states; ++s) {
        const T* next = after.data() + s;
        T ways = log_add(next[0], next[1]);
        if (s + 2 < states && CtcChains::may_skip(label, s + 2)) ways = log_add(ways, next[2]);
        beta[static_cast<std::size_t>(s)] = ways;
      }
    }
  };
  parallel_for(batch, 1, [&](Index begin, Index end) {
    for (Index n = begin; n < end; ++n) sample(n);
  });
  return loss;
}

}  // namespace tinygrad::kernels
