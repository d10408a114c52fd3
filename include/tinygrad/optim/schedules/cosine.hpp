// SPDX-License-Identifier: MIT
// CosineAnnealingLR and CosineAnnealingWarmRestarts: schedules that follow half a cosine wave from
// the base learning rate down to eta_min.
#pragma once

#include <cmath>
#include <numbers>

#include "tinygrad/optim/schedules/lr_scheduler.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

/// eta_min + (base − eta_min)·(1 + cos(π·e / T_max)) / 2. It is computed from the previous rate, so
/// other schedules can act too. After T_max the rate rises again.
/// Source  Loshchilov & Hutter, ICLR 2017
class CosineAnnealingLR final : public LRScheduler {
 public:
  CosineAnnealingLR(Optimizer& optimizer, Index T_max, double eta_min = 0, At at = At::here())
      : LRScheduler({"CosineAnnealingLR", at}, optimizer), t_max_(T_max), eta_min_(eta_min) {
    const Op op{name(), at};
    detail::check_positive(op, "T_max", T_max);
    detail::check_not_negative(op, "eta_min", eta_min);
    start(op);
  }

 private:
  double next_lr(std::size_t group, double lr, Index epoch) const override {
    if (epoch == 0) return lr;
    const auto wave = [&](Index e) {
      return 1 + std::cos(std::numbers::pi * static_cast<double>(e) / static_cast<double>(t_max_));
    };
    if ((epoch - 1 - t_max_) % (2 * t_max_) == 0)  // rise from wave(epoch − 1) = 0
      return lr + (base_lr(group) - eta_min_) *
                      (1 - std::cos(std::numbers::pi / static_cast<double>(t_max_))) / 2;
    return wave(epoch) / wave(epoch - 1) * (lr - eta_min_) + eta_min_;
  }

  Index t_max_;
  double eta_min_;
};

/// The same wave over T_0 epochs, then again from base over T_0·T_mult, T_0·T_mult², … epochs.
/// Source  Loshchilov & Hutter, ICLR 2017
class CosineAnnealingWarmRestarts final : public LRScheduler {
 public:
  CosineAnnealingWarmRestarts(Optimizer& optimizer, Index T_0, Index T_mult = 1, double eta_min = 0,
                              At at = At::here())
      : LRScheduler({"CosineAnnealingWarmRestarts", at}, optimizer),
        t_0_(T_0),
        t_mult_(T_mult),
        eta_min_(eta_min) {
    const Op op{name(), at};
    detail::check_positive(op, "T_0", T_0);
    detail::check_positive(op, "T_mult", T_mult);
    detail::check_not_negative(op, "eta_min", eta_min);
    start(op);
  }

 private:
  double next_lr(std::size_t group, double, Index epoch) const override {
    Index length = t_0_;
    if (t_mult_ == 1) epoch %= length;
    for (; epoch >= length; length *= t_mult_) epoch -= length;
    const double t = static_cast<double>(epoch) / static_cast<double>(length);
    return eta_min_ + (base_lr(group) - eta_min_) * (1 + std::cos(std::numbers::pi * t)) / 2;
  }

  Index t_0_, t_mult_;
  double eta_min_;
};

}  // namespace tinygrad::optim
