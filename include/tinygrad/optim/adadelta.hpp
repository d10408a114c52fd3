// SPDX-License-Identifier: MIT
// Adadelta.
#pragma once

#include "tinygrad/kernels/optim_adaptive.hpp"
#include "tinygrad/optim/optimizer.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

struct AdadeltaOptions {
  double lr = 1;
  double rho = 0.9;  ///< how much of the running means survives a step
  double eps = 1e-6;
  double weight_decay = 0;  ///< adds weight_decay·param to the gradient
  bool maximize = false;

  void validate(const Op& op) const {
    detail::check_not_negative(op, "lr", lr);
    check<ValueError>(rho >= 0 && rho <= 1, op, "rho=", rho, " must be in [0, 1]");
    detail::check_not_negative(op, "eps", eps);
    detail::check_not_negative(op, "weight_decay", weight_decay);
  }
  template <class Visit> void each(const Visit& visit) {
    visit("lr", lr);
    visit("rho", rho);
    visit("eps", eps);
    visit("weight_decay", weight_decay);
    visit("maximize", maximize);
  }
};

/// Scales each gradient by the root mean square of its own past steps over that of its past values,
/// so that lr has no unit. The formula is kernels::adadelta.
///   optim::Adadelta adadelta(model.parameters());
class Adadelta final : public OptimizerWith<AdadeltaOptions> {
 public:
  explicit Adadelta(const std::vector<Tensor>& params, const AdadeltaOptions& options = {},
                    At at = At::here())
      : OptimizerWith("Adadelta", {"square_avg", "acc_delta"}) {
    add_param_group(params, options, at);
  }

 private:
  void update(const Op& op, Slot& slot, const Array& grad) override {
    const AdadeltaOptions& o = options(slot.group);
    kernels::adadelta(op, slot.param.array(), grad, slot.buffers[0], slot.buffers[1],
                      {.lr = o.lr,
                       .rho = o.rho,
                       .eps = o.eps,
                       .weight_decay = o.weight_decay,
                       .maximize = o.maximize});
  }
};

}  // namespace tinygrad::optim
