// SPDX-License-Identifier: MIT
// AveragedModel: averages of parameters over the steps of a training, exponential (EMA) or equal
// (SWA). Averages often score better than the last parameters.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tinygrad/autograd/state_reader.hpp"
#include "tinygrad/kernels/elementwise/in_place.hpp"
#include "tinygrad/kernels/elementwise/loops.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

struct AveragedModelOptions {
  /// average ← decay·average + (1 − decay)·param. If empty, all updates have equal weight.
  std::optional<double> ema_decay{};
};

/// Averages of `params`. The first update_parameters() copies them, later ones move the averages
/// towards them. swap() puts the averages into the model, a second swap() restores the parameters:
///   optim::AveragedModel ema(model.parameters(), {.ema_decay = 0.999});
///   for (...) { ...; sgd.step(); ema.update_parameters(); }
///   ema.swap();   // evaluate or save the model; then ema.swap() to continue training
/// It does not average the running statistics of normalisations. A NaN or an infinity in a
/// parameter stays in its average.
/// Source  Polyak & Juditsky, SIAM J. Control Optim. 30, 1992; Izmailov et al., UAI 2018
class AveragedModel {
 public:
  explicit AveragedModel(std::vector<Tensor> params, const AveragedModelOptions& options = {},
                         At at = At::here())
      : params_(std::move(params)), options_(options) {
    const Op op{kName, at};
    check<ValueError>(!params_.empty(), op, "the list of parameters is empty");
    if (options.ema_decay)
      check<ValueError>(*options.ema_decay >= 0 && *options.ema_decay <= 1, op,
                        "ema_decay=", *options.ema_decay, " must be in [0, 1]");
    for (std::size_t i = 0; i < params_.size(); ++i) {
      check<DtypeError>(is_floating(params_[i].dtype()), op, "params[", i, "] is ",
                        params_[i].dtype(), "; only floating tensors are averaged");
      averages_.push_back(params_[i].array().copy());
    }
  }

  /// Updates the averages with the current parameters.
  /// Throws  GraphError while swapped; ShapeError, DtypeError if a parameter changed
  void update_parameters(At at = At::here()) {
    const Op op{kName, at};
    check<GraphError>(!swapped_, op, "the averages are in the model; swap() them back first");
    check_unchanged(op);
    const double weight = n_averaged_ == 0     ? 1
                          : options_.ema_decay ? 1 - *options_.ema_decay
                                               : 1 / static_cast<double>(n_averaged_ + 1);
    for (std::size_t i = 0; i < params_.size(); ++i) {
      if (n_averaged_ == 0) averages_[i] = params_[i].array().copy();
      else kernels::lerp(op, averages_[i], params_[i].array(), weight);
    }
    ++n_averaged_;
  }

  /// Exchanges parameters and averages.
  void swap(At at = At::here()) {
    const Op op{kName, at};
    check_unchanged(op);
    for (std::size_t i = 0; i < params_.size(); ++i) {
      kernels::swap_values(op, params_[i].array(), averages_[i]);
      params_[i].array().bump_version("swap");
    }
    swapped_ = !swapped_;
  }
  /// True while the averages are in the model.
  bool swapped() const { return swapped_; }

  /// The number of updates.
  Index n_averaged() const { return n_averaged_; }
  /// The average of each parameter. While swapped, these are the parameters.
  const std::vector<Array>& averages() const { return averages_; }

  /// "n_averaged", "swapped" and the averages ("0.average", …), which share memory with this
  /// object.
  StateDict state_dict() const {
    StateDict state{{"n_averaged", saved_count(n_averaged_)},
                    {"swapped", saved_count(swapped_ ? 1 : 0)}};
    for (std::size_t i = 0; i < averages_.size(); ++i)
      state.emplace(str_cat(i, ".average"), averages_[i]);
    return state;
  }
  /// Continues from `state`. Copies it and converts it to the dtypes of the parameters.
  /// Throws  StateError with all missing, unexpected or mismatched names; then nothing changes
  void load_state_dict(const StateDict& state, At at = At::here()) {
    const Op op{"load_state_dict", at};
    StateReader reader(op, state, "the averages");
    const Index n = reader.count("n_averaged"), swapped = reader.count("swapped");
    std::vector<Array> averages;
    for (std::size_t i = 0; i < params_.size(); ++i)
      averages.push_back(
          reader.array(str_cat(i, ".average"), params_[i].shape(), params_[i].dtype()));
    reader.finish();
    for (std::size_t i = 0; i < params_.size(); ++i)
      averages[i] = kernels::cast(op, averages[i], params_[i].dtype()).copy();
    averages_ = std::move(averages);
    n_averaged_ = n;
    swapped_ = swapped != 0;
  }

 private:
  static constexpr const char* kName = "AveragedModel";

  void check_unchanged(const Op& op) const {
    for (std::size_t i = 0; i < params_.size(); ++i) {
      const Array &now = params_[i].array(), &then = averages_[i];
      check<ShapeError>(now.shape() == then.shape(), op, "params[", i, "] was ", then.shape(),
                        " and is now ", now.shape());
      check<DtypeError>(now.dtype() == then.dtype(), op, "params[", i, "] was ", then.dtype(),
                        " and is now ", now.dtype());
    }
  }

  std::vector<Tensor> params_;
  AveragedModelOptions options_;
  std::vector<Array> averages_;
  Index n_averaged_ = 0;
  bool swapped_ = false;
};

/// Puts the averages into the model while it lives.
class SwappedWeights {
 public:
  explicit SwappedWeights(AveragedModel& averaged) : averaged_(averaged) { averaged_.swap(); }
  ~SwappedWeights() { averaged_.swap(); }
  SwappedWeights(const SwappedWeights&) = delete;
  SwappedWeights& operator=(const SwappedWeights&) = delete;

 private:
  AveragedModel& averaged_;
};

}  // namespace tinygrad::optim
