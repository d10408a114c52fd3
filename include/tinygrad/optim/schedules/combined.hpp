// SPDX-License-Identifier: MIT
// Schedules made of schedules: one after another (SequentialLR) or all at once (ChainedScheduler).
// All parts act on one optimizer. A combined schedule refers to its parts, which must outlive it.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tinygrad/optim/schedules/lr_scheduler.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

/// Base of both. Its saved state includes the state of each part.
class CombinedScheduler : public LRScheduler {
 protected:
  CombinedScheduler(const Op& op, Optimizer& optimizer, std::vector<LRScheduler*> schedulers)
      : LRScheduler(op, optimizer), schedulers_(std::move(schedulers)) {}

  double next_lr(std::size_t, double lr, Index) const override { return lr; }  // the parts set it

  void save(StateDict& state, const std::string& prefix) const override {
    LRScheduler::save(state, prefix);
    for (std::size_t i = 0; i < schedulers_.size(); ++i)
      schedulers_[i]->save(state, prefix + std::to_string(i) + ".");
  }
  void read(StateReader& reader, const std::string& prefix) override {
    LRScheduler::read(reader, prefix);
    for (std::size_t i = 0; i < schedulers_.size(); ++i)
      schedulers_[i]->read(reader, prefix + std::to_string(i) + ".");
  }
  void accept(const Op& op) override {
    for (LRScheduler* each : schedulers_) each->accept(op);
    LRScheduler::accept(op);
  }

  std::vector<LRScheduler*> schedulers_;
};

/// Uses schedulers[0] until epoch milestones[0], then schedulers[1] from its start until
/// milestones[1], and so on. Example: a warm-up of five epochs before a cosine:
///   optim::LinearLR warmup(sgd, {.start_factor = 0.01, .total_iters = 5});
///   optim::CosineAnnealingLR cosine(sgd, 95);
///   optim::SequentialLR schedule(sgd, {&warmup, &cosine}, {5});
/// After that, call step() only on `schedule`.
class SequentialLR final : public CombinedScheduler {
 public:
  SequentialLR(Optimizer& optimizer, std::vector<LRScheduler*> schedulers,
               std::vector<Index> milestones, At at = At::here())
      : CombinedScheduler({"SequentialLR", at}, optimizer, std::move(schedulers)),
        milestones_(std::move(milestones)) {
    const Op op{name(), at};
    check<ValueError>(!schedulers_.empty(), op, "the list of schedulers is empty");
    for (std::size_t i = 0; i < schedulers_.size(); ++i)
      check<ValueError>(schedulers_[i] && &schedulers_[i]->optimizer() == &optimizer, op,
                        "schedulers[", i, "] is null or acts on another optimizer");
    check<ValueError>(milestones_.size() + 1 == schedulers_.size(), op, "got ", milestones_.size(),
                      " milestones for ", schedulers_.size(),
                      " schedulers; there must be one between each two");
    for (std::size_t i = 0; i < milestones_.size(); ++i)
      check<ValueError>(milestones_[i] > (i == 0 ? -1 : milestones_[i - 1]), op, "milestones[", i,
                        "]=", milestones_[i], " must be greater than the one before");
    start(op);
  }

  void step(At at = At::here()) override {
    set_epoch(last_epoch() + 1);
    const std::size_t now = current();
    if (now > 0 && milestones_[now - 1] == last_epoch()) schedulers_[now]->restart({name(), at});
    else schedulers_[now]->step(at);
    note_lr();
  }

 private:
  // The index of the schedule for the current epoch.
  std::size_t current() const {
    return static_cast<std::size_t>(
        std::upper_bound(milestones_.begin(), milestones_.end(), last_epoch()) -
        milestones_.begin());
  }

  // Resets the rates that the constructors of the parts changed.
  void start(const Op& op) override {
    for (std::size_t group = 0; group < optimizer().group_count(); ++group)
      optimizer().set_lr(optimizer().initial_lr(group), group, op.at);
    set_epoch(0);
    schedulers_[current()]->start(op);
    note_lr();
  }
  void restart(const Op& op) override {
    set_epoch(0);
    schedulers_[current()]->restart(op);
    note_lr();
  }

  void accept(const Op& op) override {
    CombinedScheduler::accept(op);
    schedulers_[current()]->apply_momentum(schedulers_[current()]->last_epoch());
  }

  std::vector<Index> milestones_;
};

/// Applies all schedulers at once: each changes the rate that the previous one set.
///   optim::ConstantLR slow_start(sgd, {.factor = 0.1, .total_iters = 2});
///   optim::ExponentialLR decay(sgd, 0.9);
///   optim::ChainedScheduler schedule({&slow_start, &decay});
class ChainedScheduler final : public CombinedScheduler {
 public:
  explicit ChainedScheduler(const std::vector<LRScheduler*>& schedulers, At at = At::here())
      : CombinedScheduler({"ChainedScheduler", at},
                          common_optimizer({"ChainedScheduler", at}, schedulers), schedulers) {}

  void step(At at = At::here()) override {
    set_epoch(last_epoch() + 1);
    for (LRScheduler* each : schedulers_) each->step(at);
    note_lr();
  }

 private:
  static Optimizer& common_optimizer(const Op& op, const std::vector<LRScheduler*>& schedulers) {
    check<ValueError>(!schedulers.empty(), op, "the list of schedulers is empty");
    for (std::size_t i = 0; i < schedulers.size(); ++i)
      check<ValueError>(schedulers[i] && &schedulers[i]->optimizer() == &schedulers[0]->optimizer(),
                        op, "schedulers[", i, "] is null or acts on another optimizer");
    return schedulers[0]->optimizer();
  }

  void start(const Op& op) override {
    set_epoch(0);
    for (LRScheduler* each : schedulers_) each->start(op);
    note_lr();
  }
  // The first part starts from the base rate, each other part from the rate of the previous one.
  void restart(const Op& op) override {
    set_epoch(0);
    for (LRScheduler* each : schedulers_)
      each == schedulers_[0] ? each->restart(op) : each->start(op);
    note_lr();
  }
};

}  // namespace tinygrad::optim
