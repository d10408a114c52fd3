// SPDX-License-Identifier: MIT
// AdamW: Adam with decoupled weight decay.
#pragma once

#include "tinygrad/optim/adam.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

struct AdamWOptions {
  double lr = 1e-3;
  Betas betas{};
  double eps = 1e-8;
  double weight_decay = 1e-2;  ///< multiplies the parameter by 1 − lr·weight_decay
  bool amsgrad = false;        ///< divides by the largest second moment so far
  bool maximize = false;

  void validate(const Op& op) const { detail::validate_adam(op, *this); }
  template <class Visit> void each(const Visit& visit) { detail::each_of_adam(*this, visit); }
};

/// Adam whose weight decay shrinks the parameters themselves, so that the decay is not divided by
/// the size of the gradients.
///   optim::AdamW adamw(model.parameters(), {.lr = 1e-3, .weight_decay = 0.05});
class AdamW final : public detail::AdamFamily<AdamWOptions, true> {
 public:
  explicit AdamW(const std::vector<Tensor>& params, const AdamWOptions& options = {},
                 At at = At::here())
      : AdamFamily("AdamW") {
    add_param_group(params, options, at);
  }
};

}  // namespace tinygrad::optim
