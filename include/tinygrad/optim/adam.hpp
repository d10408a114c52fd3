// SPDX-License-Identifier: MIT
// Adam, and what it shares with AdamW.
#pragma once

#include "tinygrad/kernels/optim.hpp"
#include "tinygrad/optim/betas.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

struct AdamOptions {
  double lr = 1e-3;
  Betas betas{};
  double eps = 1e-8;
  double weight_decay = 0;  ///< adds weight_decay·param to the gradient
  bool amsgrad = false;     ///< divides by the largest second moment so far
  bool maximize = false;

  void validate(const Op& op) const;
  template <class Visit> void each(const Visit& visit);
};

namespace detail {
template <class Options> void validate_adam(const Op& op, const Options& o) {
  check_not_negative(op, "lr", o.lr);
  check_not_negative(op, "eps", o.eps);
  check_not_negative(op, "weight_decay", o.weight_decay);
  o.betas.validate(op);
}
template <class Options, class Visit> void each_of_adam(Options& o, const Visit& visit) {
  visit("lr", o.lr);
  o.betas.each(visit);
  visit("eps", o.eps);
  visit("weight_decay", o.weight_decay);
  visit("amsgrad", o.amsgrad);
  visit("maximize", o.maximize);
}

/// Adam and AdamW: they differ in their defaults and in what weight decay does.
template <class Options, bool kDecoupled> class AdamFamily : public OptimizerWith<Options> {
 protected:
  explicit AdamFamily(const char* name)
      : OptimizerWith<Options>(name, {"exp_avg", "exp_avg_sq", "max_exp_avg_sq"}) {}

 private:
  using Slot = Optimizer::Slot;
  enum Moment { kFirst, kSecond, kLargest };

  void update(const Op& op, Slot& slot, const Array& grad) final {
    const Options& o = this->options(slot.group);
    kernels::adam(op, slot.param.array(), grad, slot.buffers[kFirst], slot.buffers[kSecond],
                  slot.buffers[kLargest],
                  {.lr = o.lr,
                   .beta1 = o.betas.first,
                   .beta2 = o.betas.second,
                   .eps = o.eps,
                   .weight_decay = o.weight_decay,
                   .decoupled = kDecoupled,
                   .maximize = o.maximize,
                   .step = slot.step});
  }
  std::optional<Optimizer::Buffer> remembers(const Slot& slot, std::size_t k) const final {
    if (k == kLargest && !this->options(slot.group).amsgrad) return {};
    return Optimizer::like(slot.param);
  }
};
}  // namespace detail

inline void AdamOptions::validate(const Op& op) const { detail::validate_adam(op, *this); }
template <class Visit> void AdamOptions::each(const Visit& visit) {
  detail::each_of_adam(*this, visit);
}

/// Steps of about lr in every coordinate: the running mean of the gradient over the root of the
/// running mean of its square. The formula is kernels::adam.
///   optim::Adam adam(model.parameters(), {.lr = 1e-3, .betas = {0.9, 0.999}});
class Adam final : public detail::AdamFamily<AdamOptions, false> {
 public:
  explicit Adam(const std::vector<Tensor>& params, const AdamOptions& options = {},
                At at = At::here())
      : AdamFamily("Adam") {
    add_param_group(params, options, at);
  }
};

}  // namespace tinygrad::optim
