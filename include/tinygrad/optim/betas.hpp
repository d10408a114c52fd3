// SPDX-License-Identifier: MIT
// Betas: the decay rates of the two running means of Adam and its relatives.
#pragma once

#include "tinygrad/optim/options.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

/// Decay rates of the running means of the gradient (first) and of its square (second).
struct Betas {
  double first = 0.9;
  double second = 0.999;

  template <class Visit> void each(const Visit& visit) {
    constexpr Range below_one{.least = 0, .most = 1, .below_most = true};
    visit("betas.first", first, below_one);
    visit("betas.second", second, below_one);
  }
};

}  // namespace tinygrad::optim
