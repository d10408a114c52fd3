// SPDX-License-Identifier: MIT
// CyclicLR and OneCycleLR: schedules that raise the learning rate and lower it again, and move the
// momentum the other way.
#pragma once

#include <cmath>
#include <functional>
#include <numbers>
#include <optional>
#include <utility>
#include <vector>

#include "tinygrad/optim/schedules/lr_scheduler.hpp"
#include "tinygrad/optim/schedules/multiplicative.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

/// How CyclicLR changes the height of its cycles.
enum class CyclicMode {
  kTriangular,   ///< constant
  kTriangular2,  ///< halves with every cycle
  kExpRange,     ///< gamma^e
};

/// The argument of CyclicLROptions::scale_fn.
enum class ScaleMode { kCycle, kIterations };

struct CyclicLROptions {
  Index step_size_up = 2000;
  std::optional<Index> step_size_down{};  ///< empty: step_size_up
  CyclicMode mode = CyclicMode::kTriangular;
  double gamma = 1;                          ///< of CyclicMode::kExpRange
  std::function<double(double)> scale_fn{};  ///< the height of cycle 1, 2, …; replaces `mode`
  ScaleMode scale_mode = ScaleMode::kCycle;  ///< … or of epoch 0, 1, …
  bool cycle_momentum = true;                ///< momentum, or betas.first, opposite to lr
  PerGroup base_momentum = 0.8;
  PerGroup max_momentum = 0.9;
};

/// Cycles lr from base_lr to max_lr in step_size_up epochs and back in step_size_down. Cycles the
/// momentum from max_momentum to base_momentum and back.
/// Source  Smith, WACV 2017
class CyclicLR final : public LRScheduler {
 public:
  CyclicLR(Optimizer& optimizer, const PerGroup& base_lr, const PerGroup& max_lr,
           const CyclicLROptions& options = {}, At at = At::here())
      : LRScheduler({"CyclicLR", at}, begin({"CyclicLR", at}, optimizer, base_lr)),
        options_(options) {
    const Op op{name(), at};
    check<ValueError>(!options.cycle_momentum || optimizer.has_momentum(), op, optimizer.name(),
                      " has neither momentum nor betas; set cycle_momentum = false");
    set_base_lrs(base_lr.spread(op, "base_lr", optimizer));
    max_lrs_ = max_lr.spread(op, "max_lr", optimizer);
    for (const double lr : max_lrs_) detail::check_not_negative(op, "max_lr", lr);
    base_momenta_ = options.base_momentum.spread(op, "base_momentum", optimizer);
    max_momenta_ = options.max_momentum.spread(op, "max_momentum", optimizer);
    detail::check_positive(op, "step_size_up", options.step_size_up);
    const Index down = options.step_size_down.value_or(options.step_size_up);
    check<ValueError>(down >= 0, op, "step_size_down=", down, " must not be negative");
    detail::check_not_negative(op, "gamma", options.gamma);
    total_ = static_cast<double>(options.step_size_up) + static_cast<double>(down);
    ratio_ = static_cast<double>(options.step_size_up) / total_;
    start(op);
  }

 private:
  // Sets the base rates before the base class records the initial ones.
  static Optimizer& begin(const Op& op, Optimizer& optimizer, const PerGroup& base_lr) {
    const std::vector<double> rates = base_lr.spread(op, "base_lr", optimizer);
    for (const double rate : rates) detail::check_not_negative(op, "base_lr", rate);
    for (std::size_t group = 0; group < rates.size(); ++group)
      optimizer.set_lr(rates[group], group, op.at);
    return optimizer;
  }

  double next_lr(std::size_t group, double, Index epoch) const override {
    return base_lr(group) + (max_lrs_[group] - base_lr(group)) * position(epoch) * height(epoch);
  }
  void apply_momentum(Index epoch) override {
    if (!options_.cycle_momentum) return;
    for (std::size_t group = 0; group < max_momenta_.size(); ++group)
      optimizer().set_momentum(max_momenta_[group] - (max_momenta_[group] - base_momenta_[group]) *
                                                         position(epoch) * height(epoch),
                               group);
  }

  double cycle(Index epoch) const { return std::floor(1 + static_cast<double>(epoch) / total_); }
  // 0 at the ends of a cycle and 1 at its top, linear between.
  double position(Index epoch) const {
    const double x = 1 + static_cast<double>(epoch) / total_ - cycle(epoch);
    return x <= ratio_ ? x / ratio_ : (x - 1) / (ratio_ - 1);
  }
  double height(Index epoch) const {
    const double e = static_cast<double>(epoch);
    if (options_.scale_fn)
      return options_.scale_fn(options_.scale_mode == ScaleMode::kCycle ? cycle(epoch) : e);
    switch (options_.mode) {
      case CyclicMode::kTriangular2: return 1 / std::exp2(cycle(epoch) - 1);
      case CyclicMode::kExpRange: return std::pow(options_.gamma, e);
      default: return 1;
    }
  }

  CyclicLROptions options_;
  std::vector<double> max_lrs_, base_momenta_, max_momenta_;  // of each group
  double total_ = 0, ratio_ = 0;
};

struct OneCycleLROptions {
  std::optional<Index> total_steps{};  ///< empty: epochs · steps_per_epoch
  std::optional<Index> epochs{};
  std::optional<Index> steps_per_epoch{};
  double pct_start = 0.3;  ///< the part of the steps with a rising rate
  AnnealStrategy anneal_strategy = AnnealStrategy::kCos;
  bool cycle_momentum = true;  ///< also cycle momentum, or betas.first, opposite to lr
  PerGroup base_momentum = 0.85;
  PerGroup max_momentum = 0.95;
  double div_factor = 25;         ///< the first rate is max_lr / div_factor
  double final_div_factor = 1e4;  ///< the last rate is the first / final_div_factor
  bool three_phase = false;       ///< return to the first rate as fast as up, then go to the last
};

/// Raises lr from max_lr / div_factor to max_lr and then lowers it to almost nothing, in
/// total_steps steps. Call step() after every batch. The momentum goes from max_momentum to
/// base_momentum and back.
/// Source  Smith & Topin, arXiv:1708.07120
///   optim::OneCycleLR schedule(sgd, 0.1, {.epochs = 10, .steps_per_epoch = 469});
class OneCycleLR final : public LRScheduler {
 public:
  OneCycleLR(Optimizer& optimizer, const PerGroup& max_lr, const OneCycleLROptions& options = {},
             At at = At::here())
      : LRScheduler({"OneCycleLR", at}, optimizer), options_(options) {
    const Op op{name(), at};
    total_ = total_steps(op);
    check<ValueError>(options.pct_start >= 0 && options.pct_start <= 1, op,
                      "pct_start=", options.pct_start, " must be in [0, 1]");
    check<ValueError>(options.div_factor > 0, op, "div_factor=", options.div_factor,
                      " must be positive");
    check<ValueError>(options.final_div_factor > 0, op,
                      "final_div_factor=", options.final_div_factor, " must be positive");
    check<ValueError>(!options.cycle_momentum || optimizer.has_momentum(), op, optimizer.name(),
                      " has neither momentum nor betas; set cycle_momentum = false");
    max_lrs_ = max_lr.spread(op, "max_lr", optimizer);
    base_momenta_ = options.base_momentum.spread(op, "base_momentum", optimizer);
    max_momenta_ = options.max_momentum.spread(op, "max_momentum", optimizer);
    std::vector<double> first;
    for (std::size_t group = 0; group < max_lrs_.size(); ++group) {
      detail::check_not_negative(op, "max_lr", max_lrs_[group]);
      first.push_back(max_lrs_[group] / options.div_factor);
      optimizer.set_initial_lr(first[group], group);
    }
    set_base_lrs(std::move(first));
    start(op);
  }

  /// Throws  ValueError after total_steps steps
  void step(At at = At::here()) override {
    check<ValueError>(last_epoch() < total_, {name(), at}, "step ", last_epoch() + 1,
                      " of a schedule of total_steps=", total_);
    LRScheduler::step(at);
  }

 private:
  /// The place of a step: rising, falling, or in the last of three phases.
  struct Position {
    int phase;
    double part;  ///< part of the phase that has passed
  };

  Index total_steps(const Op& op) const {
    const OneCycleLROptions& o = options_;
    check<ValueError>(o.total_steps || (o.epochs && o.steps_per_epoch), op,
                      "give either total_steps, or epochs and steps_per_epoch");
    const Index total = o.total_steps ? *o.total_steps : *o.epochs * *o.steps_per_epoch;
    detail::check_positive(op, "total_steps", total);
    if (!o.total_steps) {
      detail::check_positive(op, "epochs", *o.epochs);
      detail::check_positive(op, "steps_per_epoch", *o.steps_per_epoch);
    }
    return total;
  }

  Position position(Index step) const {
    const double total = static_cast<double>(total_), now = static_cast<double>(step);
    const double rise = options_.pct_start * total;
    std::vector<double> ends{rise - 1, total - 1};
    if (options_.three_phase) ends.insert(ends.begin() + 1, 2 * rise - 2);
    double begin = 0;
    for (std::size_t phase = 0;; begin = ends[phase++])
      if (now <= ends[phase] || phase + 1 == ends.size())
        return {static_cast<int>(phase),
                ends[phase] == begin ? 1 : (now - begin) / (ends[phase] - begin)};
  }
  double between(double from, double to, double part) const {
    if (options_.anneal_strategy == AnnealStrategy::kLinear) return (to - from) * part + from;
    return to + (from - to) / 2 * (std::cos(std::numbers::pi * part) + 1);
  }

  double next_lr(std::size_t group, double, Index epoch) const override {
    const auto [phase, part] = position(epoch);
    const double first = base_lr(group), most = max_lrs_[group];
    const double last = first / options_.final_div_factor;
    if (phase == 0) return between(first, most, part);
    if (phase == 2) return between(first, last, part);
    return between(most, options_.three_phase ? first : last, part);
  }
  void apply_momentum(Index epoch) override {
    if (!options_.cycle_momentum) return;
    const auto [phase, part] = position(epoch);
    for (std::size_t group = 0; group < max_momenta_.size(); ++group) {
      const double low = base_momenta_[group], high = max_momenta_[group];
      optimizer().set_momentum(phase == 0   ? between(high, low, part)
                               : phase == 1 ? between(low, high, part)
                                            : high,
                               group);
    }
  }

  OneCycleLROptions options_;
  Index total_ = 0;
  std::vector<double> max_lrs_, base_momenta_, max_momenta_;  // of each group
};

}  // namespace tinygrad::optim
