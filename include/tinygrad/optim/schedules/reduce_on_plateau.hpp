// SPDX-License-Identifier: MIT
// ReduceLROnPlateau: the schedule that lowers the learning rate when a metric stops improving.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tinygrad/optim/schedules/lr_scheduler.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

/// Whether smaller (kMin) or larger (kMax) metrics are better.
enum class PlateauMode { kMin, kMax };
/// Whether ReduceLROnPlateauOptions::threshold is relative to the best metric or absolute.
enum class ThresholdMode { kRel, kAbs };

struct ReduceLROnPlateauOptions {
  PlateauMode mode = PlateauMode::kMin;
  double factor = 0.1;      ///< multiplies lr
  Index patience = 10;      ///< number of epochs without improvement to allow
  double threshold = 1e-4;  ///< the least improvement that counts
  ThresholdMode threshold_mode = ThresholdMode::kRel;
  Index cooldown = 0;  ///< epochs after a reduction that do not count
  PerGroup min_lr = 0;
  double eps = 1e-8;  ///< smaller changes of lr are skipped
};

/// lr ← factor·lr if the metric given to step() has not improved for more than `patience` epochs.
/// The optimizer must outlive it.
///   optim::ReduceLROnPlateau schedule(sgd, {.patience = 3});
///   schedule.step(validation_loss);
class ReduceLROnPlateau {
 public:
  explicit ReduceLROnPlateau(Optimizer& optimizer, const ReduceLROnPlateauOptions& options = {},
                             At at = At::here())
      : optimizer_(optimizer), options_(options) {
    const Op op{kName, at};
    check<ValueError>(options.factor >= 0 && options.factor < 1, op, "factor=", options.factor,
                      " must be in [0, 1)");
    check<ValueError>(options.patience >= 0, op, "patience=", options.patience,
                      " must not be negative");
    check<ValueError>(options.cooldown >= 0, op, "cooldown=", options.cooldown,
                      " must not be negative");
    detail::check_not_negative(op, "threshold", options.threshold);
    detail::check_not_negative(op, "eps", options.eps);
    for (const double lr : options.min_lr.spread(op, "min_lr", optimizer))
      detail::check_not_negative(op, "min_lr", lr);
    const double worst = std::numeric_limits<double>::infinity();
    now_.best = options.mode == PlateauMode::kMin ? worst : -worst;
    note_lr();
  }
  ReduceLROnPlateau(const ReduceLROnPlateau&) = delete;
  ReduceLROnPlateau& operator=(const ReduceLROnPlateau&) = delete;

  /// Ends an epoch with the value `metric`. An improvement passes best ∓ threshold·|best| (kRel) or
  /// best ∓ threshold (kAbs). PyTorch's rule, best·(1 ∓ threshold), differs if best is negative.
  /// NaN is no improvement.
  void step(double metric, At at = At::here()) {
    ++now_.epoch;
    if (better(metric)) {
      now_.best = metric;
      now_.bad_epochs = 0;
    } else {
      ++now_.bad_epochs;
    }
    if (now_.cooldown > 0) {
      --now_.cooldown;
      now_.bad_epochs = 0;
    }
    if (now_.bad_epochs > options_.patience) {
      reduce({kName, at});
      now_.cooldown = options_.cooldown;
      now_.bad_epochs = 0;
    }
    note_lr();
  }

  const std::vector<double>& get_last_lr() const { return now_.last_lr; }
  Index last_epoch() const { return now_.epoch; }
  double best() const { return now_.best; }
  Index num_bad_epochs() const { return now_.bad_epochs; }

  /// The state of the schedule. Constructor arguments are not saved.
  StateDict state_dict() const {
    return {{"scheduler", saved_text(kName)},
            {"last_epoch", saved_count(now_.epoch)},
            {"best", saved_number(now_.best)},
            {"num_bad_epochs", saved_count(now_.bad_epochs)},
            {"cooldown_counter", saved_count(now_.cooldown)},
            {"last_lr", saved_numbers(now_.last_lr)}};
  }
  /// Continues from `state` and sets the optimizer's learning rates to the saved ones.
  /// Throws  StateError with all missing, unexpected or mismatched names; then nothing changes
  void load_state_dict(const StateDict& state, At at = At::here()) {
    StateReader reader({"load_state_dict", at}, state, "the scheduler");
    reader.kind("scheduler", kName);
    Seen loaded;
    loaded.epoch = reader.count("last_epoch");
    loaded.best = reader.number("best");
    loaded.bad_epochs = reader.count("num_bad_epochs");
    loaded.cooldown = reader.count("cooldown_counter");
    loaded.last_lr = reader.rates("last_lr", optimizer_.group_count());
    reader.finish();
    now_ = loaded;
    for (std::size_t group = 0; group < now_.last_lr.size(); ++group)
      optimizer_.set_lr(now_.last_lr[group], group, at);
  }

 private:
  static constexpr const char* kName = "ReduceLROnPlateau";
  struct Seen {
    Index epoch = 0, bad_epochs = 0, cooldown = 0;
    double best = 0;
    std::vector<double> last_lr;
  };

  bool better(double metric) const {
    const double sign = options_.mode == PlateauMode::kMin ? -1 : 1;
    if (std::isinf(now_.best)) return sign < 0 ? metric < now_.best : metric > now_.best;
    const double part = options_.threshold_mode == ThresholdMode::kRel ? std::fabs(now_.best) : 1;
    const double bar = now_.best + sign * options_.threshold * part;
    return sign < 0 ? metric < bar : metric > bar;
  }
  void reduce(const Op& op) {
    const std::vector<double> least = options_.min_lr.spread(op, "min_lr", optimizer_);
    for (std::size_t group = 0; group < least.size(); ++group) {
      const double before = optimizer_.lr(group);
      const double after = std::max(before * options_.factor, least[group]);
      if (before - after > options_.eps) optimizer_.set_lr(after, group, op.at);
    }
  }
  void note_lr() {
    now_.last_lr.clear();
    for (std::size_t group = 0; group < optimizer_.group_count(); ++group)
      now_.last_lr.push_back(optimizer_.lr(group));
  }

  Optimizer& optimizer_;
  ReduceLROnPlateauOptions options_;
  Seen now_;
};

}  // namespace tinygrad::optim
