// SPDX-License-Identifier: MIT
// LRScheduler: the base of the schedules. It changes the learning rates of an optimizer from epoch
// to epoch. The caller decides what an epoch is, by calling step() after each epoch or each batch.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "tinygrad/optim/optimizer.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

/// One number for all parameter groups, or one for each group.
struct PerGroup {
  std::vector<double> values;

  PerGroup(double value) : values{value} {}                        // NOLINT: implicit
  PerGroup(std::initializer_list<double> each) : values(each) {}   // NOLINT: implicit
  PerGroup(std::vector<double> each) : values(std::move(each)) {}  // NOLINT: implicit

  /// One number for each group of the optimizer.
  std::vector<double> spread(const Op& op, const char* name, const Optimizer& optimizer) const {
    if (values.size() == 1) return std::vector<double>(optimizer.group_count(), values[0]);
    check<ValueError>(values.size() == optimizer.group_count(), op, name, " has ", values.size(),
                      " values, but the optimizer has ", optimizer.group_count(),
                      " parameter groups");
    return values;
  }
};

/// A schedule of an optimizer, which must outlive it. A schedule consists of two pure functions:
/// one gives the rate of epoch 0, the other the rate of an epoch from the previous rate. So several
/// schedules can act on one optimizer.
class LRScheduler {
 public:
  virtual ~LRScheduler() = default;
  LRScheduler(const LRScheduler&) = delete;
  LRScheduler& operator=(const LRScheduler&) = delete;

  /// Goes to the next epoch. Call it after Optimizer::step.
  /// Throws  ValueError if groups were added to the optimizer after the scheduler was made, or if a
  ///         rate would be negative, NaN or infinite; then nothing changes
  virtual void step(At at = At::here()) { apply({name_, at}, Start::kNo, epoch_ + 1); }

  /// The learning rate of each group that this scheduler set last.
  const std::vector<double>& get_last_lr() const { return last_lr_; }
  /// The number of epochs that have passed.
  Index last_epoch() const { return epoch_; }
  const char* name() const { return name_; }

  /// The epoch and the learning rates. Constructor arguments are not saved.
  StateDict state_dict() const {
    StateDict state;
    save(state, "");
    return state;
  }
  /// Continues from `state` and sets the optimizer's learning rates to the saved ones.
  /// Throws  StateError with all missing, unexpected or mismatched names; then nothing changes
  void load_state_dict(const StateDict& state, At at = At::here()) {
    StateReader reader({"load_state_dict", at}, state, "the scheduler");
    read(reader, "");
    reader.finish();
    accept({name_, at});
  }

 protected:
  LRScheduler(const Op& op, Optimizer& optimizer) : name_(op.name), optimizer_(optimizer) {
    for (std::size_t group = 0; group < optimizer.group_count(); ++group) {
      optimizer.set_initial_lr(optimizer.initial_lr(group), group);
      base_lrs_.push_back(optimizer.initial_lr(group));
      last_lr_.push_back(optimizer.lr(group));
    }
  }

  /// The rate of a group at `epoch`, given its previous rate `lr`. Epoch 0 is the start.
  virtual double next_lr(std::size_t group, double lr, Index epoch) const = 0;
  /// The rate at epoch 0 after another schedule, which set the group's rate to `lr`.
  virtual double first_lr(std::size_t group, double /*lr*/) const {
    return next_lr(group, base_lr(group), 0);
  }
  /// Sets the momenta of `epoch` if the schedule changes momenta.
  virtual void apply_momentum(Index /*epoch*/) {}

  /// Goes to epoch 0. Constructors call it at their end.
  virtual void start(const Op& op) { apply(op, Start::kFresh, 0); }
  /// Goes to epoch 0 after another schedule.
  virtual void restart(const Op& op) { apply(op, Start::kAfterAnother, 0); }

  virtual void save(StateDict& state, const std::string& prefix) const {
    state.emplace(prefix + "scheduler", saved_text(name_));
    state.emplace(prefix + "last_epoch", saved_count(epoch_));
    state.emplace(prefix + "base_lrs", saved_numbers(base_lrs_));
    state.emplace(prefix + "last_lr", saved_numbers(last_lr_));
  }
  virtual void read(StateReader& reader, const std::string& prefix) {
    reader.kind(prefix + "scheduler", name_);
    loaded_.epoch = reader.count(prefix + "last_epoch");
    loaded_.base_lrs = reader.rates(prefix + "base_lrs", base_lrs_.size());
    loaded_.last_lr = reader.rates(prefix + "last_lr", base_lrs_.size());
  }
  virtual void accept(const Op& op) {
    epoch_ = loaded_.epoch;
    base_lrs_ = loaded_.base_lrs;
    last_lr_ = loaded_.last_lr;
    for (std::size_t group = 0; group < last_lr_.size(); ++group)
      optimizer_.set_lr(last_lr_[group], group, op.at);
    apply_momentum(epoch_);
  }

  Optimizer& optimizer() const { return optimizer_; }
  double base_lr(std::size_t group) const { return base_lrs_[group]; }
  void set_base_lrs(std::vector<double> rates) { base_lrs_ = std::move(rates); }
  void set_epoch(Index epoch) { epoch_ = epoch; }
  /// Records the optimizer's current rates.
  void note_lr() {
    for (std::size_t group = 0; group < last_lr_.size(); ++group)
      last_lr_[group] = optimizer_.lr(group);
  }

 private:
  friend class CombinedScheduler;
  friend class SequentialLR;
  friend class ChainedScheduler;
  enum class Start { kNo, kFresh, kAfterAnother };
  struct Saved {
    Index epoch = 0;
    std::vector<double> base_lrs, last_lr;
  };

  // Goes to an epoch. If one of its rates is invalid, throws and changes nothing.
  void apply(const Op& op, Start start, Index epoch) {
    check<ValueError>(base_lrs_.size() == optimizer_.group_count(), op, "the optimizer has ",
                      optimizer_.group_count(), " parameter groups, but had ", base_lrs_.size(),
                      " when the scheduler was made");
    std::vector<double> rates;
    for (std::size_t group = 0; group < base_lrs_.size(); ++group) {
      const double lr = optimizer_.lr(group);
      rates.push_back(start == Start::kAfterAnother ? first_lr(group, lr)
                                                    : next_lr(group, lr, epoch));
      detail::check_not_negative(op, "lr", rates.back());
    }
    epoch_ = epoch;
    for (std::size_t group = 0; group < rates.size(); ++group)
      optimizer_.set_lr(rates[group], group, op.at);
    apply_momentum(epoch_);
    note_lr();
  }

  const char* name_;
  Optimizer& optimizer_;
  Index epoch_ = 0;
  std::vector<double> base_lrs_, last_lr_;  // of each group
  Saved loaded_;                            // between read() and accept()
};

namespace detail {
/// Checks a count of epochs.
inline void check_positive(const Op& op, const char* name, Index value) {
  check<ValueError>(value >= 1, op, name, "=", value, " must be at least 1");
}
}  // namespace detail

}  // namespace tinygrad::optim
