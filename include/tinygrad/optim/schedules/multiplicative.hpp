// SPDX-License-Identifier: MIT
// Schedules that multiply the learning rate: in steps, exponentially, linearly, by a polynomial or
// by a user's function; and SWALR, for averaged weights. In the formulas, e is the epoch and
// base the learning rate that the group started with.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <utility>
#include <vector>

#include "tinygrad/optim/schedules/lr_scheduler.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

/// lr ← gamma·lr every `step_size` epochs.
///   optim::StepLR schedule(sgd, 30, 0.1);
class StepLR final : public LRScheduler {
 public:
  StepLR(Optimizer& optimizer, Index step_size, double gamma = 0.1, At at = At::here())
      : LRScheduler({"StepLR", at}, optimizer), step_size_(step_size), gamma_(gamma) {
    const Op op{name(), at};
    detail::check_positive(op, "step_size", step_size);
    detail::check_not_negative(op, "gamma", gamma);
    start(op);
  }

 private:
  double next_lr(std::size_t, double lr, Index epoch) const override {
    return epoch == 0 || epoch % step_size_ != 0 ? lr : lr * gamma_;
  }

  Index step_size_;
  double gamma_;
};

/// lr ← gamma·lr at each of the `milestones`; twice if a milestone is listed twice.
///   optim::MultiStepLR schedule(sgd, {30, 80}, 0.1);
class MultiStepLR final : public LRScheduler {
 public:
  MultiStepLR(Optimizer& optimizer, std::vector<Index> milestones, double gamma = 0.1,
              At at = At::here())
      : LRScheduler({"MultiStepLR", at}, optimizer),
        milestones_(std::move(milestones)),
        gamma_(gamma) {
    const Op op{name(), at};
    for (const Index milestone : milestones_)
      check<ValueError>(milestone >= 0, op, "milestone ", milestone, " must not be negative");
    detail::check_not_negative(op, "gamma", gamma);
    start(op);
  }

 private:
  double next_lr(std::size_t, double lr, Index epoch) const override {
    const auto times = std::count(milestones_.begin(), milestones_.end(), epoch);
    return times == 0 ? lr : lr * std::pow(gamma_, static_cast<double>(times));
  }

  std::vector<Index> milestones_;
  double gamma_;
};

/// lr ← gamma·lr every epoch.
class ExponentialLR final : public LRScheduler {
 public:
  ExponentialLR(Optimizer& optimizer, double gamma, At at = At::here())
      : LRScheduler({"ExponentialLR", at}, optimizer), gamma_(gamma) {
    const Op op{name(), at};
    detail::check_not_negative(op, "gamma", gamma);
    start(op);
  }

 private:
  double next_lr(std::size_t, double lr, Index epoch) const override {
    return epoch == 0 ? lr : lr * gamma_;
  }

  double gamma_;
};

struct ConstantLROptions {
  double factor = 1.0 / 3;
  Index total_iters = 5;
};

/// factor·base until epoch total_iters, then base.
class ConstantLR final : public LRScheduler {
 public:
  explicit ConstantLR(Optimizer& optimizer, const ConstantLROptions& options = {},
                      At at = At::here())
      : LRScheduler({"ConstantLR", at}, optimizer), options_(options) {
    const Op op{name(), at};
    check<ValueError>(options.factor > 0 && options.factor <= 1, op, "factor=", options.factor,
                      " must be in (0, 1]");
    detail::check_positive(op, "total_iters", options.total_iters);
    start(op);
  }

 private:
  double next_lr(std::size_t, double lr, Index epoch) const override {
    if (epoch == 0) return lr * options_.factor;
    return epoch == options_.total_iters ? lr * (1 / options_.factor) : lr;
  }

  ConstantLROptions options_;
};

struct LinearLROptions {
  double start_factor = 1.0 / 3;
  double end_factor = 1;
  Index total_iters = 5;
};

/// From start_factor·base to end_factor·base in total_iters equal steps. Example: a warm-up before
/// another schedule:
///   optim::LinearLR warmup(sgd, {.start_factor = 0.01, .total_iters = 5});
///   optim::CosineAnnealingLR cosine(sgd, 95);
///   optim::SequentialLR schedule(sgd, {&warmup, &cosine}, {5});
class LinearLR final : public LRScheduler {
 public:
  explicit LinearLR(Optimizer& optimizer, const LinearLROptions& options = {}, At at = At::here())
      : LRScheduler({"LinearLR", at}, optimizer), options_(options) {
    const Op op{name(), at};
    check<ValueError>(options.start_factor > 0 && options.start_factor <= 1, op,
                      "start_factor=", options.start_factor, " must be in (0, 1]");
    check<ValueError>(options.end_factor >= 0 && options.end_factor <= 1, op,
                      "end_factor=", options.end_factor, " must be in [0, 1]");
    detail::check_positive(op, "total_iters", options.total_iters);
    start(op);
  }

 private:
  double next_lr(std::size_t, double lr, Index epoch) const override {
    const LinearLROptions& o = options_;
    if (epoch == 0) return lr * o.start_factor;
    if (epoch > o.total_iters) return lr;
    const double rise = o.end_factor - o.start_factor;
    return lr * (1 + rise / (static_cast<double>(o.total_iters) * o.start_factor +
                             static_cast<double>(epoch - 1) * rise));
  }

  LinearLROptions options_;
};

struct PolynomialLROptions {
  Index total_iters = 5;
  double power = 1;
};

/// base·(1 − e / total_iters)^power; 0 from epoch total_iters on.
class PolynomialLR final : public LRScheduler {
 public:
  explicit PolynomialLR(Optimizer& optimizer, const PolynomialLROptions& options = {},
                        At at = At::here())
      : LRScheduler({"PolynomialLR", at}, optimizer), options_(options) {
    const Op op{name(), at};
    detail::check_positive(op, "total_iters", options.total_iters);
    detail::check_not_negative(op, "power", options.power);
    start(op);
  }

 private:
  double next_lr(std::size_t, double lr, Index epoch) const override {
    if (epoch == 0 || epoch > options_.total_iters) return lr;
    const double total = static_cast<double>(options_.total_iters), e = static_cast<double>(epoch);
    return lr * std::pow((1 - e / total) / (1 - (e - 1) / total), options_.power);
  }

  PolynomialLROptions options_;
};

/// A user's function from an epoch to the schedule's factor.
using EpochFunction = std::function<double(Index epoch)>;

namespace detail {
/// One function for all groups, or one for each group.
inline std::vector<EpochFunction> spread(const Op& op, std::vector<EpochFunction> functions,
                                         const Optimizer& optimizer) {
  if (functions.size() == 1) functions.assign(optimizer.group_count(), functions[0]);
  check<ValueError>(functions.size() == optimizer.group_count(), op, "got ", functions.size(),
                    " functions for ", optimizer.group_count(), " parameter groups");
  for (const EpochFunction& f : functions)
    check<ValueError>(static_cast<bool>(f), op, "lr_lambda is empty");
  return functions;
}
}  // namespace detail

/// base·lr_lambda(e).
///   optim::LambdaLR schedule(sgd, [](Index epoch) { return 1 / (1.0 + 0.1 * double(epoch)); });
class LambdaLR final : public LRScheduler {
 public:
  LambdaLR(Optimizer& optimizer, EpochFunction lr_lambda, At at = At::here())
      : LambdaLR(optimizer, std::vector{std::move(lr_lambda)}, at) {}
  /// A function for each parameter group.
  LambdaLR(Optimizer& optimizer, std::vector<EpochFunction> lr_lambdas, At at = At::here())
      : LRScheduler({"LambdaLR", at}, optimizer),
        lr_lambdas_(detail::spread({"LambdaLR", at}, std::move(lr_lambdas), optimizer)) {
    start({name(), at});
  }

 private:
  double next_lr(std::size_t group, double, Index epoch) const override {
    return base_lr(group) * lr_lambdas_[group](epoch);
  }

  std::vector<EpochFunction> lr_lambdas_;
};

/// lr ← lr·lr_lambda(e) every epoch.
class MultiplicativeLR final : public LRScheduler {
 public:
  MultiplicativeLR(Optimizer& optimizer, EpochFunction lr_lambda, At at = At::here())
      : MultiplicativeLR(optimizer, std::vector{std::move(lr_lambda)}, at) {}
  /// A function for each parameter group.
  MultiplicativeLR(Optimizer& optimizer, std::vector<EpochFunction> lr_lambdas, At at = At::here())
      : LRScheduler({"MultiplicativeLR", at}, optimizer),
        lr_lambdas_(detail::spread({"MultiplicativeLR", at}, std::move(lr_lambdas), optimizer)) {
    start({name(), at});
  }

 private:
  double next_lr(std::size_t group, double lr, Index epoch) const override {
    return epoch == 0 ? lr : lr * lr_lambdas_[group](epoch);
  }
  // Like PyTorch, continues from the last rate of the previous schedule.
  double first_lr(std::size_t group, double lr) const override {
    return lr * lr_lambdas_[group](0);
  }

  std::vector<EpochFunction> lr_lambdas_;
};

/// The way from one value to another: half a cosine wave, or equal steps.
enum class AnnealStrategy { kCos, kLinear };

struct SWALROptions {
  Index anneal_epochs = 10;
  AnnealStrategy anneal_strategy = AnnealStrategy::kCos;
};

/// From lr to swa_lr in anneal_epochs, then constant. For averaged weights (averaged_model.hpp).
/// Source  Izmailov et al., UAI 2018
class SWALR final : public LRScheduler {
 public:
  SWALR(Optimizer& optimizer, const PerGroup& swa_lr, const SWALROptions& options = {},
        At at = At::here())
      : LRScheduler({"SWALR", at}, optimizer),
        swa_lrs_(swa_lr.spread({"SWALR", at}, "swa_lr", optimizer)),
        options_(options) {
    const Op op{name(), at};
    for (const double lr : swa_lrs_) detail::check_not_negative(op, "swa_lr", lr);
    check<ValueError>(options.anneal_epochs >= 0, op, "anneal_epochs=", options.anneal_epochs,
                      " must not be negative");
    start(op);
  }

 private:
  double next_lr(std::size_t group, double lr, Index epoch) const override {
    const double swa = swa_lrs_[group];
    const Index now = options_.anneal_epochs == 0 ? std::max<Index>(1, epoch) : epoch;
    const double before = progress(now - 1), after = progress(now);
    const double first = before == 1 ? swa : (lr - before * swa) / (1 - before);
    return swa * after + first * (1 - after);
  }
  // The part of the way to swa_lr, from 0 to 1.
  double progress(Index epoch) const {
    const double total = static_cast<double>(std::max<Index>(1, options_.anneal_epochs));
    const double t = std::clamp(static_cast<double>(epoch) / total, 0.0, 1.0);
    return options_.anneal_strategy == AnnealStrategy::kCos
               ? (1 - std::cos(std::numbers::pi * t)) / 2
               : t;
  }

  std::vector<double> swa_lrs_;
  SWALROptions options_;
};

}  // namespace tinygrad::optim
