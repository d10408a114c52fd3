// SPDX-License-Identifier: MIT
// What goes on around the training steps of a classifier: epochs, progress, metrics, Ctrl-C.
#pragma once

#include <string>

#include "fit_options.hpp"
#include "score.hpp"

/// What a step on a batch gave.
struct StepResult {
  tinygrad::Tensor logits;
  double loss;
};

/// How the training of one epoch went.
struct EpochResult {
  int number;  // from 1
  double loss, accuracy, seconds;
};

struct TrainingResult {
  long steps = 0;
  double seconds = 0;  // of training alone
};

inline tinygrad::Index count_correct(const tinygrad::Tensor& logits,
                                     const tinygrad::Tensor& labels) {
  return sum(eq(argmax(logits, 1), labels)).item<tinygrad::Index>();
}

/// Runs o.epochs epochs, or until o.max_steps or Ctrl-C. `step(batch, number)` is one training step
/// and returns a StepResult; `end_of_epoch(EpochResult)` returns a note for the epoch's line.
template <class Step, class End>
TrainingResult run_epochs(const FitOptions& o, tinygrad::data::DataLoader& loader,
                          const tinygrad::InterruptGuard& interrupt, tinygrad::MetricsLog& log,
                          const Step& step, const End& end_of_epoch) {
  TrainingResult result;
  const auto finished = [&] {
    return interrupt.requested() || (o.max_steps > 0 && result.steps >= o.max_steps);
  };
  for (int epoch = 1; epoch <= o.epochs && !finished(); ++epoch) {
    const Stopwatch watch;
    tinygrad::Progress progress({.label = tinygrad::str_cat("epoch ", epoch, '/', o.epochs),
                                 .steps = loader.size(),
                                 .log_interval = 0});
    tinygrad::RunningMean loss, accuracy;
    for (const tinygrad::data::Batch& batch : loader) {
      const StepResult done = step(batch, ++result.steps);
      const tinygrad::Index n = batch.targets.numel();
      loss.add(done.loss, n);
      accuracy.add(
          static_cast<double>(count_correct(done.logits, batch.targets)) / static_cast<double>(n),
          n);
      progress.step(n, loss.mean(), accuracy.mean());
      if (result.steps == 1 || result.steps % o.log_interval == 0)
        log.write({{"event", "step"}, {"step", result.steps}, {"loss", done.loss}});
      if (finished()) break;
    }
    const double seconds = watch.seconds();
    result.seconds += seconds;
    progress.finish(end_of_epoch(EpochResult{epoch, loss.mean(), accuracy.mean(), seconds}));
  }
  return result;
}

/// The row of an epoch. `set` is "val" or "test": what `score` was measured on.
inline void log_epoch(tinygrad::MetricsLog& log, const EpochResult& epoch, const std::string& set,
                      const Score& score) {
  log.write({{"event", "epoch"},
             {"epoch", epoch.number},
             {"train_loss", epoch.loss},
             {"train_accuracy", epoch.accuracy},
             {set + "_loss", score.loss},
             {set + "_accuracy", score.accuracy()},
             {"seconds", epoch.seconds}});
}

/// The exit status of a training that ended with this test accuracy.
inline int status_of(const FitOptions& o, const tinygrad::InterruptGuard& interrupt,
                     double accuracy) {
  if (interrupt.requested()) return kInterrupted;
  if (accuracy >= o.target_acc) return kSuccess;
  std::printf("the target was %s\n", percent(o.target_acc).c_str());
  return kTargetMissed;
}
