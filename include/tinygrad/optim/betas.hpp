// SPDX-License-Identifier: MIT
// How long Adam and its relatives remember.
#pragma once

#include "tinygrad/optim/optimizer.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

/// How much of the running means of the gradient and of its square survives a step.
struct Betas {
  double first = 0.9;
  double second = 0.999;

  void validate(const Op& op) const {
    check<ValueError>(first >= 0 && first < 1, op, "betas.first=", first, " must be in [0, 1)");
    check<ValueError>(second >= 0 && second < 1, op, "betas.second=", second, " must be in [0, 1)");
  }
  template <class Visit> void each(const Visit& visit) {
    visit("betas.first", first);
    visit("betas.second", second);
  }
};

}  // namespace tinygrad::optim
