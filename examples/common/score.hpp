// SPDX-License-Identifier: MIT
// Measures a classifier and describes the result in words. If the loss is NaN or infinite, it
// explains why.
#pragma once

#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <tinygrad/autograd/anomaly.hpp>
#include <tinygrad/data/dataloader.hpp>
#include <tinygrad/nn/module.hpp>
#include <tinygrad/tensor.hpp>
#include <tinygrad/train.hpp>
#include <vector>

#include "common/program.hpp"

struct Score {
  double loss;  // mean over all samples
  tinygrad::ConfusionMatrix confusion;

  double accuracy() const { return confusion.accuracy(); }
  tinygrad::Index count() const { return confusion.total(); }
};

struct ScoreOptions {
  tinygrad::Index batch_size = 1000;
  // From samples of the data to inputs of the model, one by one or a batch at once.
  tinygrad::data::Compose transform = {};
  std::function<void(tinygrad::data::Batch&, tinygrad::Generator&)> batch_transform = nullptr;
};

/// Runs the model, in the mode in which it is, over all data.
inline Score score(tinygrad::nn::Module& model, const tinygrad::data::ClassificationData& data,
                   const ScoreOptions& options = {}) {
  const tinygrad::NoGradGuard no_grad;
  tinygrad::RunningMean loss;
  tinygrad::ConfusionMatrix confusion(data.classes);
  for (const auto& [inputs, labels] :
       tinygrad::data::DataLoader(data, {.batch_size = options.batch_size,
                                        .shuffle = false,
                                        .sample_transform = options.transform,
                                        .transform = options.batch_transform})) {
    const tinygrad::Tensor logits = model(inputs);
    loss.add(cross_entropy(logits, labels).item(), labels.numel());
    confusion.add(logits.array(), labels.array());
  }
  return {loss.mean(), std::move(confusion)};
}

/// score() in evaluation mode; the model is in training mode afterwards.
inline Score evaluate(tinygrad::nn::Module& model, const tinygrad::data::ClassificationData& data,
                      const ScoreOptions& options = {}) {
  model.eval();
  Score result = score(model, data, options);
  model.train();
  return result;
}

/// How many samples of a batch have their own class as the one with the highest score.
inline tinygrad::Index count_correct(const tinygrad::Tensor& logits,
                                     const tinygrad::Array& labels) {
  return sum(eq(argmax(logits, 1), labels)).item<tinygrad::Index>();
}

inline std::string percent(double fraction) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f %%", 100 * fraction);
  return text;
}

inline std::string sentence(const Score& test, const std::string& data_name) {
  return tinygrad::str_cat(
      "test accuracy ", percent(test.accuracy()), " ± ",
      percent(tinygrad::accuracy_standard_error(test.accuracy(), test.count())), " on ",
      test.count(), ' ', data_name, " pictures, loss ", test.loss);
}

/// A line for each class: how many of its samples were recognised, and what all were taken for.
inline std::string confusion_table(const tinygrad::ConfusionMatrix& confusion,
                                   const std::vector<std::string>& names) {
  const std::vector<double> accuracies = confusion.class_accuracies();
  const auto name = [&](std::size_t k) { return names.empty() ? std::to_string(k) : names[k]; };
  char cell[64];
  std::string out = "class          right  taken for\n                     ";
  for (std::size_t k = 0; k < accuracies.size(); ++k) {
    std::snprintf(cell, sizeof cell, " %6.6s", name(k).c_str());
    out += cell;
  }
  for (std::size_t k = 0; k < accuracies.size(); ++k) {
    std::snprintf(cell, sizeof cell, "\n%-11.11s  %6.2f %%", name(k).c_str(), 100 * accuracies[k]);
    out += cell;
    for (std::size_t j = 0; j < accuracies.size(); ++j) {
      const auto at = static_cast<tinygrad::Index>(k * accuracies.size() + j);
      std::snprintf(cell, sizeof cell, " %6ld", confusion.counts().at<long>(at));
      out += cell;
    }
  }
  return out + '\n';
}

/// Fails if the loss of a step has become NaN or infinite, and names the first tensor that is.
inline void check_loss(double loss, tinygrad::nn::Module& model, const tinygrad::data::Batch& batch,
                       long step) {
  using tinygrad::check, tinygrad::fail, tinygrad::NumericError;
  if (std::isfinite(loss)) return;
  const tinygrad::Op op{"fit"};
  const std::string when = tinygrad::str_cat("the loss is not finite at step ", step, ": ");
  check<NumericError>(all_finite(batch.inputs.array()), op, when, "the input pictures ",
                      describe(batch.inputs.array()));
  for (const auto& [name, p] : model.named_parameters())
    check<NumericError>(all_finite(p.array()), op, when, name, ' ', describe(p.array()),
                        "; a smaller --lr may help");
  try {
    const tinygrad::AnomalyGuard anomaly;  // the ops themselves say which of them it was
    cross_entropy(model(batch.inputs), batch.targets);
  } catch (const NumericError& e) {
    fail<NumericError>(op, when, e.what());
  }
  fail<NumericError>(op, when, "the logits overflow the loss; a smaller --lr may help");
}

/// The exit status of a training that ended with this test accuracy.
inline int exit_status(const tinygrad::InterruptGuard& interrupt, double accuracy, double target) {
  if (interrupt.requested()) return kInterrupted;
  if (accuracy >= target) return kSuccess;
  std::printf("the target was %s\n", percent(target).c_str());
  return kTargetMissed;
}
