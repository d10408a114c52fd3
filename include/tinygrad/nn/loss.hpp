// SPDX-License-Identifier: MIT
// Losses as modules, with PyTorch's names. The formulas, options and shapes are those of the
// functions in ops/loss/classification.hpp, ops/loss/regression.hpp, ops/loss/margin.hpp and ops/loss/ctc.hpp.
#pragma once

#include <utility>

#include "tinygrad/nn/module.hpp"
#include "tinygrad/ops/loss/classification.hpp"
#include "tinygrad/ops/loss/ctc.hpp"
#include "tinygrad/ops/loss/margin.hpp"
#include "tinygrad/ops/loss/regression.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

namespace detail {
inline Buffer take(Tensor& weight) {
  const Tensor taken = std::exchange(weight, {});
  return taken.defined() ? Buffer(taken) : Buffer();
}
}  // namespace detail

// A loss is a function of several tensors, so each has an operator() of its own. The weights of
// classes and elements are buffers: they are saved with the model and converted by to().

struct CrossEntropyLoss final : Module {
  CrossEntropyLossOptions options;
  Buffer weight;

  explicit CrossEntropyLoss(CrossEntropyLossOptions o = {}, At at = At::here())
      : options(std::move(o)), weight(detail::take(options.weight)) {
    tinygrad::detail::check_options({"CrossEntropyLoss", at}, options);
  }
  void members(Members& m) override { m("weight", weight); }
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] {
      CrossEntropyLossOptions o = options;
      o.weight = weight;
      return cross_entropy(x, target, o, at);
    });
  }
};

struct NLLLoss final : Module {
  NLLLossOptions options;
  Buffer weight;

  explicit NLLLoss(NLLLossOptions o = {}, At at = At::here())
      : options(std::move(o)), weight(detail::take(options.weight)) {
    tinygrad::detail::check_options({"NLLLoss", at}, options);
  }
  void members(Members& m) override { m("weight", weight); }
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] {
      NLLLossOptions o = options;
      o.weight = weight;
      return nll_loss(x, target, o, at);
    });
  }
};

struct BCELoss final : Module {
  BCELossOptions options;
  Buffer weight;

  explicit BCELoss(BCELossOptions o = {}, At at = At::here())
      : options(std::move(o)), weight(detail::take(options.weight)) {
    tinygrad::detail::check_options({"BCELoss", at}, options);
  }
  void members(Members& m) override { m("weight", weight); }
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] {
      BCELossOptions o = options;
      o.weight = weight;
      return binary_cross_entropy(x, target, o, at);
    });
  }
};

struct BCEWithLogitsLoss final : Module {
  BCEWithLogitsLossOptions options;
  Buffer weight, pos_weight;

  explicit BCEWithLogitsLoss(BCEWithLogitsLossOptions o = {}, At at = At::here())
      : options(std::move(o)),
        weight(detail::take(options.weight)),
        pos_weight(detail::take(options.pos_weight)) {
    tinygrad::detail::check_options({"BCEWithLogitsLoss", at}, options);
  }
  void members(Members& m) override { m("weight", weight)("pos_weight", pos_weight); }
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] {
      BCEWithLogitsLossOptions o = options;
      o.weight = weight;
      o.pos_weight = pos_weight;
      return binary_cross_entropy_with_logits(x, target, o, at);
    });
  }
};

struct MSELoss final : Module {
  Reduction reduction;

  explicit MSELoss(Reduction how = Reduction::kMean, At at = At::here()) : reduction(how) {
    tinygrad::detail::check_reduction({"MSELoss", at}, how);
  }
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return mse_loss(x, target, reduction, at); });
  }
};

struct L1Loss final : Module {
  Reduction reduction;

  explicit L1Loss(Reduction how = Reduction::kMean, At at = At::here()) : reduction(how) {
    tinygrad::detail::check_reduction({"L1Loss", at}, how);
  }
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return l1_loss(x, target, reduction, at); });
  }
};

struct SmoothL1Loss final : Module {
  SmoothL1LossOptions options;

  explicit SmoothL1Loss(SmoothL1LossOptions o = {}, At at = At::here()) : options(std::move(o)) {
    tinygrad::detail::check_options({"SmoothL1Loss", at}, options);
  }
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return smooth_l1_loss(x, target, options, at); });
  }
};

struct HuberLoss final : Module {
  HuberLossOptions options;

  explicit HuberLoss(HuberLossOptions o = {}, At at = At::here()) : options(std::move(o)) {
    tinygrad::detail::check_options({"HuberLoss", at}, options);
  }
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return huber_loss(x, target, options, at); });
  }
};

struct KLDivLoss final : Module {
  KLDivLossOptions options;

  explicit KLDivLoss(KLDivLossOptions o = {}) : options(std::move(o)) {}
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return kl_div(x, target, options, at); });
  }
};

struct GaussianNLLLoss final : Module {
  GaussianNLLLossOptions options;

  explicit GaussianNLLLoss(GaussianNLLLossOptions o = {}, At at = At::here())
      : options(std::move(o)) {
    tinygrad::detail::check_options({"GaussianNLLLoss", at}, options);
  }
  Tensor operator()(const Tensor& x, const Tensor& target, const Tensor& var, At at = At::here()) {
    return call(at, [&] { return gaussian_nll_loss(x, target, var, options, at); });
  }
};

struct PoissonNLLLoss final : Module {
  PoissonNLLLossOptions options;

  explicit PoissonNLLLoss(PoissonNLLLossOptions o = {}, At at = At::here())
      : options(std::move(o)) {
    tinygrad::detail::check_options({"PoissonNLLLoss", at}, options);
  }
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return poisson_nll_loss(x, target, options, at); });
  }
};

struct HingeEmbeddingLoss final : Module {
  HingeEmbeddingLossOptions options;

  explicit HingeEmbeddingLoss(HingeEmbeddingLossOptions o = {}, At at = At::here())
      : options(std::move(o)) {
    tinygrad::detail::check_options({"HingeEmbeddingLoss", at}, options);
  }
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return hinge_embedding_loss(x, target, options, at); });
  }
};

struct MarginRankingLoss final : Module {
  MarginRankingLossOptions options;

  explicit MarginRankingLoss(MarginRankingLossOptions o = {}, At at = At::here())
      : options(std::move(o)) {
    tinygrad::detail::check_options({"MarginRankingLoss", at}, options);
  }
  Tensor operator()(const Tensor& x1, const Tensor& x2, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return margin_ranking_loss(x1, x2, target, options, at); });
  }
};

struct TripletMarginLoss final : Module {
  TripletMarginLossOptions options;

  explicit TripletMarginLoss(TripletMarginLossOptions o = {}, At at = At::here())
      : options(std::move(o)) {
    tinygrad::detail::check_options({"TripletMarginLoss", at}, options);
  }
  Tensor operator()(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                    At at = At::here()) {
    return call(at, [&] { return triplet_margin_loss(anchor, positive, negative, options, at); });
  }
};

struct CosineEmbeddingLoss final : Module {
  CosineEmbeddingLossOptions options;

  explicit CosineEmbeddingLoss(CosineEmbeddingLossOptions o = {}, At at = At::here())
      : options(std::move(o)) {
    tinygrad::detail::check_options({"CosineEmbeddingLoss", at}, options);
  }
  Tensor operator()(const Tensor& x1, const Tensor& x2, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return cosine_embedding_loss(x1, x2, target, options, at); });
  }
};

struct SoftMarginLoss final : Module {
  Reduction reduction;

  explicit SoftMarginLoss(Reduction how = Reduction::kMean, At at = At::here()) : reduction(how) {
    tinygrad::detail::check_reduction({"SoftMarginLoss", at}, how);
  }
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return soft_margin_loss(x, target, reduction, at); });
  }
};

struct MultiMarginLoss final : Module {
  MultiMarginLossOptions options;
  Buffer weight;

  explicit MultiMarginLoss(MultiMarginLossOptions o = {}, At at = At::here())
      : options(std::move(o)), weight(detail::take(options.weight)) {
    tinygrad::detail::check_options({"MultiMarginLoss", at}, options);
  }
  void members(Members& m) override { m("weight", weight); }
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] {
      MultiMarginLossOptions o = options;
      o.weight = weight;
      return multi_margin_loss(x, target, o, at);
    });
  }
};

struct MultiLabelMarginLoss final : Module {
  Reduction reduction;

  explicit MultiLabelMarginLoss(Reduction how = Reduction::kMean, At at = At::here())
      : reduction(how) {
    tinygrad::detail::check_reduction({"MultiLabelMarginLoss", at}, how);
  }
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return multilabel_margin_loss(x, target, reduction, at); });
  }
};

struct MultiLabelSoftMarginLoss final : Module {
  MultiLabelSoftMarginLossOptions options;
  Buffer weight;

  explicit MultiLabelSoftMarginLoss(MultiLabelSoftMarginLossOptions o = {}, At at = At::here())
      : options(std::move(o)), weight(detail::take(options.weight)) {
    tinygrad::detail::check_options({"MultiLabelSoftMarginLoss", at}, options);
  }
  void members(Members& m) override { m("weight", weight); }
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] {
      MultiLabelSoftMarginLossOptions o = options;
      o.weight = weight;
      return multilabel_soft_margin_loss(x, target, o, at);
    });
  }
};

struct CTCLoss final : Module {
  CTCLossOptions options;

  explicit CTCLoss(CTCLossOptions o = {}, At at = At::here()) : options(o) {
    tinygrad::detail::check_options({"CTCLoss", at}, options);
  }
  Tensor operator()(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
                    const Tensor& target_lengths, At at = At::here()) {
    return call(at, [&] {
      return ctc_loss(log_probs, targets, input_lengths, target_lengths, options, at);
    });
  }
};

}  // namespace tinygrad::nn
