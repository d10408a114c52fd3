// SPDX-License-Identifier: MIT
// RMSprop.
#pragma once

#include "tinygrad/kernels/optim_adaptive.hpp"
#include "tinygrad/optim/optimizer.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

struct RMSpropOptions {
  double lr = 1e-2;
  double alpha = 0.99;  ///< how much of the running mean of g² survives a step
  double eps = 1e-8;
  double weight_decay = 0;  ///< adds weight_decay·param to the gradient
  double momentum = 0;
  bool centered =
      false;  ///< divides by the deviation of the gradient instead of its root mean square
  bool maximize = false;

  void validate(const Op& op) const {
    detail::check_not_negative(op, "lr", lr);
    detail::check_not_negative(op, "alpha", alpha);
    detail::check_not_negative(op, "eps", eps);
    detail::check_not_negative(op, "weight_decay", weight_decay);
    detail::check_not_negative(op, "momentum", momentum);
  }
  template <class Visit> void each(const Visit& visit) {
    visit("lr", lr);
    visit("alpha", alpha);
    visit("eps", eps);
    visit("weight_decay", weight_decay);
    visit("momentum", momentum);
    visit("centered", centered);
    visit("maximize", maximize);
  }
};

/// Divides each gradient by the root of a running mean of its square. The formula is
/// kernels::rmsprop.
///   optim::RMSprop rmsprop(model.parameters(), {.lr = 1e-3, .momentum = 0.9});
class RMSprop final : public OptimizerWith<RMSpropOptions> {
 public:
  explicit RMSprop(const std::vector<Tensor>& params, const RMSpropOptions& options = {},
                   At at = At::here())
      : OptimizerWith("RMSprop", {"square_avg", "momentum_buffer", "grad_avg"}) {
    add_param_group(params, options, at);
  }

 private:
  enum { kSquare, kMomentum, kMean };

  void update(const Op& op, Slot& slot, const Array& grad) override {
    const RMSpropOptions& o = options(slot.group);
    kernels::rmsprop(op, slot.param.array(), grad, slot.buffers[kSquare], slot.buffers[kMomentum],
                     slot.buffers[kMean],
                     {.lr = o.lr,
                      .alpha = o.alpha,
                      .eps = o.eps,
                      .momentum = o.momentum,
                      .weight_decay = o.weight_decay,
                      .maximize = o.maximize});
  }
  std::optional<Buffer> remembers(const Slot& slot, std::size_t k) const override {
    const RMSpropOptions& o = options(slot.group);
    if ((k == kMomentum && o.momentum == 0) || (k == kMean && !o.centered)) return {};
    return like(slot.param);
  }
};

}  // namespace tinygrad::optim
