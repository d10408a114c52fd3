// SPDX-License-Identifier: MIT
// Adagrad.
#pragma once

#include "tinygrad/kernels/optim_adaptive.hpp"
#include "tinygrad/optim/optimizer.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

struct AdagradOptions {
  double lr = 1e-2;
  double lr_decay = 0;                   ///< divides lr by 1 + lr_decay·(number of earlier steps)
  double weight_decay = 0;               ///< adds weight_decay·param to the gradient
  double initial_accumulator_value = 0;  ///< what the sum of squares starts from
  double eps = 1e-10;
  bool maximize = false;

  void validate(const Op& op) const {
    detail::check_not_negative(op, "lr", lr);
    detail::check_not_negative(op, "lr_decay", lr_decay);
    detail::check_not_negative(op, "weight_decay", weight_decay);
    detail::check_not_negative(op, "initial_accumulator_value", initial_accumulator_value);
    detail::check_not_negative(op, "eps", eps);
  }
  template <class Visit> void each(const Visit& visit) {
    visit("lr", lr);
    visit("lr_decay", lr_decay);
    visit("weight_decay", weight_decay);
    visit("initial_accumulator_value", initial_accumulator_value);
    visit("eps", eps);
    visit("maximize", maximize);
  }
};

/// Divides each gradient by the root of the sum of all its squares, so that steps only get shorter.
/// The formula is kernels::adagrad.
///   optim::Adagrad adagrad(model.parameters(), {.lr = 0.1});
class Adagrad final : public OptimizerWith<AdagradOptions> {
 public:
  explicit Adagrad(const std::vector<Tensor>& params, const AdagradOptions& options = {},
                   At at = At::here())
      : OptimizerWith("Adagrad", {"sum"}) {
    add_param_group(params, options, at);
  }

 private:
  void update(const Op& op, Slot& slot, const Array& grad) override {
    const AdagradOptions& o = options(slot.group);
    const double rate = o.lr / (1 + static_cast<double>(slot.step - 1) * o.lr_decay);
    kernels::adagrad(
        op, slot.param.array(), grad, slot.buffers[0],
        {.lr = rate, .eps = o.eps, .weight_decay = o.weight_decay, .maximize = o.maximize});
  }
  std::optional<Buffer> remembers(const Slot& slot, std::size_t) const override {
    return Buffer{slot.param.shape(), slot.param.dtype(),
                  options(slot.group).initial_accumulator_value};
  }
};

}  // namespace tinygrad::optim
