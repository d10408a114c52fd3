// SPDX-License-Identifier: MIT
// Losses as modules, with PyTorch's names. The formulas, options and shapes are those of the
// functions in ops/loss/.
#pragma once

#include <utility>

#include "tinygrad/nn/module.hpp"
#include "tinygrad/nn/settings.hpp"
#include "tinygrad/ops/loss/classification.hpp"
#include "tinygrad/ops/loss/ctc.hpp"
#include "tinygrad/ops/loss/margin.hpp"
#include "tinygrad/ops/loss/regression.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

namespace detail {
inline const char* to_string(Reduction reduction) {
  switch (reduction) {
    case Reduction::kNone: return "none";
    case Reduction::kSum: return "sum";
    case Reduction::kBatchMean: return "batchmean";
    default: return "mean";
  }
}
inline Settings& show_reduction(Settings& s, Reduction reduction) {
  return reduction == Reduction::kMean ? s : s.show("reduction", to_string(reduction));
}

// The options of each loss that describe() shows besides weight and reduction.
inline void show(Settings& s, const CrossEntropyLossOptions& o) {
  const CrossEntropyLossOptions usual;
  s.unless("ignore_index", o.ignore_index, usual.ignore_index)
      .unless("label_smoothing", o.label_smoothing, usual.label_smoothing);
}
inline void show(Settings& s, const NLLLossOptions& o) {
  s.unless("ignore_index", o.ignore_index, NLLLossOptions().ignore_index);
}
inline void show(Settings&, const BCELossOptions&) {}
inline void show(Settings&, const BCEWithLogitsLossOptions&) {}
inline void show(Settings& s, const SmoothL1LossOptions& o) {
  s.unless("beta", o.beta, SmoothL1LossOptions().beta);
}
inline void show(Settings& s, const HuberLossOptions& o) {
  s.unless("delta", o.delta, HuberLossOptions().delta);
}
inline void show(Settings& s, const KLDivLossOptions& o) {
  s.unless("log_target", o.log_target, KLDivLossOptions().log_target);
}
inline void show(Settings& s, const GaussianNLLLossOptions& o) {
  const GaussianNLLLossOptions usual;
  s.unless("full", o.full, usual.full).unless("eps", o.eps, usual.eps);
}
inline void show(Settings& s, const PoissonNLLLossOptions& o) {
  const PoissonNLLLossOptions usual;
  s.unless("log_input", o.log_input, usual.log_input)
      .unless("full", o.full, usual.full)
      .unless("eps", o.eps, usual.eps);
}
inline void show(Settings& s, const HingeEmbeddingLossOptions& o) {
  s.unless("margin", o.margin, HingeEmbeddingLossOptions().margin);
}
inline void show(Settings& s, const MarginRankingLossOptions& o) {
  s.unless("margin", o.margin, MarginRankingLossOptions().margin);
}
inline void show(Settings& s, const CosineEmbeddingLossOptions& o) {
  s.unless("margin", o.margin, CosineEmbeddingLossOptions().margin);
}
inline void show(Settings& s, const TripletMarginLossOptions& o) {
  const TripletMarginLossOptions usual;
  s.unless("margin", o.margin, usual.margin)
      .unless("p", o.p, usual.p)
      .unless("eps", o.eps, usual.eps)
      .unless("swap", o.swap, usual.swap);
}
inline void show(Settings& s, const MultiMarginLossOptions& o) {
  const MultiMarginLossOptions usual;
  s.unless("p", o.p, usual.p).unless("margin", o.margin, usual.margin);
}
inline void show(Settings&, const MultiLabelSoftMarginLossOptions&) {}
inline void show(Settings& s, const CTCLossOptions& o) {
  const CTCLossOptions usual;
  s.unless("blank", o.blank, usual.blank)
      .unless("zero_infinity", o.zero_infinity, usual.zero_infinity);
}

inline Buffer take(Tensor& weight) {
  const Tensor taken = std::exchange(weight, {});
  return taken.defined() ? Buffer(taken) : Buffer();
}
}  // namespace detail

/// The base of a loss with options. A loss is a function of several tensors, so each has its own
/// operator().
template <class Options> class LossWithOptions : public Module {
 public:
  Options options;

  std::string describe() const override {
    detail::Settings s(type_name());
    detail::show(s, options);
    return detail::show_reduction(s, options.reduction).text();
  }

 protected:
  LossWithOptions(const Op& op, Options o) : options(std::move(o)) {
    if constexpr (requires { tinygrad::detail::check_options(op, options); })
      tinygrad::detail::check_options(op, options);
  }
};

/// The base of a loss whose options have a weight for each class or element. The weight is a
/// buffer: it is saved with the model and converted by to().
template <class Options> class WeightedLoss : public LossWithOptions<Options> {
 public:
  Buffer weight;

  void members(Members& m) override { m("weight", weight); }
  std::string describe() const override {
    detail::Settings s(this->type_name());
    if (weight.defined()) s.show("weight", weight.shape());
    detail::show(s, this->options);
    return detail::show_reduction(s, this->options.reduction).text();
  }

 protected:
  WeightedLoss(const Op& op, Options o)
      : LossWithOptions<Options>(op, std::move(o)), weight(detail::take(this->options.weight)) {}
  /// The options for the function.
  Options weighted() const {
    Options o = this->options;
    o.weight = weight;
    return o;
  }
};

/// The base of a loss whose only option is the reduction.
class PlainLoss : public Module {
 public:
  Reduction reduction;

  std::string describe() const override {
    detail::Settings s(type_name());
    return detail::show_reduction(s, reduction).text();
  }

 protected:
  PlainLoss(const Op& op, Reduction how) : reduction(how) {
    tinygrad::detail::check_reduction(op, how);
  }
};

struct CrossEntropyLoss final : WeightedLoss<CrossEntropyLossOptions> {
  template <class = void> explicit CrossEntropyLoss(...) TINYGRAD_REFUSED("it takes options");
  explicit CrossEntropyLoss(CrossEntropyLossOptions o = {}, At at = At::here())
      : WeightedLoss({"CrossEntropyLoss", at}, std::move(o)) {}
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return cross_entropy(x, target, weighted(), at); });
  }
};

struct NLLLoss final : WeightedLoss<NLLLossOptions> {
  explicit NLLLoss(NLLLossOptions o = {}, At at = At::here())
      : WeightedLoss({"NLLLoss", at}, std::move(o)) {}
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return nll_loss(x, target, weighted(), at); });
  }
};

struct BCELoss final : WeightedLoss<BCELossOptions> {
  explicit BCELoss(BCELossOptions o = {}, At at = At::here())
      : WeightedLoss({"BCELoss", at}, std::move(o)) {}
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return binary_cross_entropy(x, target, weighted(), at); });
  }
};

struct BCEWithLogitsLoss final : WeightedLoss<BCEWithLogitsLossOptions> {
  Buffer pos_weight;

  explicit BCEWithLogitsLoss(BCEWithLogitsLossOptions o = {}, At at = At::here())
      : WeightedLoss({"BCEWithLogitsLoss", at}, std::move(o)),
        pos_weight(detail::take(options.pos_weight)) {}
  void members(Members& m) override { m("weight", weight)("pos_weight", pos_weight); }
  std::string describe() const override {
    detail::Settings s(type_name());
    if (weight.defined()) s.show("weight", weight.shape());
    if (pos_weight.defined()) s.show("pos_weight", pos_weight.shape());
    return detail::show_reduction(s, options.reduction).text();
  }
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] {
      BCEWithLogitsLossOptions o = weighted();
      o.pos_weight = pos_weight;
      return binary_cross_entropy_with_logits(x, target, o, at);
    });
  }
};

struct MSELoss final : PlainLoss {
  explicit MSELoss(Reduction how = Reduction::kMean, At at = At::here())
      : PlainLoss({"MSELoss", at}, how) {}
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return mse_loss(x, target, reduction, at); });
  }
};

struct L1Loss final : PlainLoss {
  explicit L1Loss(Reduction how = Reduction::kMean, At at = At::here())
      : PlainLoss({"L1Loss", at}, how) {}
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return l1_loss(x, target, reduction, at); });
  }
};

struct SmoothL1Loss final : LossWithOptions<SmoothL1LossOptions> {
  explicit SmoothL1Loss(SmoothL1LossOptions o = {}, At at = At::here())
      : LossWithOptions({"SmoothL1Loss", at}, std::move(o)) {}
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return smooth_l1_loss(x, target, options, at); });
  }
};

struct HuberLoss final : LossWithOptions<HuberLossOptions> {
  explicit HuberLoss(HuberLossOptions o = {}, At at = At::here())
      : LossWithOptions({"HuberLoss", at}, std::move(o)) {}
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return huber_loss(x, target, options, at); });
  }
};

struct KLDivLoss final : LossWithOptions<KLDivLossOptions> {
  explicit KLDivLoss(KLDivLossOptions o = {}) : LossWithOptions({"KLDivLoss"}, std::move(o)) {}
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return kl_div(x, target, options, at); });
  }
};

struct GaussianNLLLoss final : LossWithOptions<GaussianNLLLossOptions> {
  explicit GaussianNLLLoss(GaussianNLLLossOptions o = {}, At at = At::here())
      : LossWithOptions({"GaussianNLLLoss", at}, std::move(o)) {}
  Tensor operator()(const Tensor& x, const Tensor& target, const Tensor& var, At at = At::here()) {
    return call(at, [&] { return gaussian_nll_loss(x, target, var, options, at); });
  }
};

struct PoissonNLLLoss final : LossWithOptions<PoissonNLLLossOptions> {
  explicit PoissonNLLLoss(PoissonNLLLossOptions o = {}, At at = At::here())
      : LossWithOptions({"PoissonNLLLoss", at}, std::move(o)) {}
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return poisson_nll_loss(x, target, options, at); });
  }
};

struct HingeEmbeddingLoss final : LossWithOptions<HingeEmbeddingLossOptions> {
  explicit HingeEmbeddingLoss(HingeEmbeddingLossOptions o = {}, At at = At::here())
      : LossWithOptions({"HingeEmbeddingLoss", at}, std::move(o)) {}
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return hinge_embedding_loss(x, target, options, at); });
  }
};

struct MarginRankingLoss final : LossWithOptions<MarginRankingLossOptions> {
  explicit MarginRankingLoss(MarginRankingLossOptions o = {}, At at = At::here())
      : LossWithOptions({"MarginRankingLoss", at}, std::move(o)) {}
  Tensor operator()(const Tensor& x1, const Tensor& x2, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return margin_ranking_loss(x1, x2, target, options, at); });
  }
};

struct TripletMarginLoss final : LossWithOptions<TripletMarginLossOptions> {
  explicit TripletMarginLoss(TripletMarginLossOptions o = {}, At at = At::here())
      : LossWithOptions({"TripletMarginLoss", at}, std::move(o)) {}
  Tensor operator()(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                    At at = At::here()) {
    return call(at, [&] { return triplet_margin_loss(anchor, positive, negative, options, at); });
  }
};

struct CosineEmbeddingLoss final : LossWithOptions<CosineEmbeddingLossOptions> {
  explicit CosineEmbeddingLoss(CosineEmbeddingLossOptions o = {}, At at = At::here())
      : LossWithOptions({"CosineEmbeddingLoss", at}, std::move(o)) {}
  Tensor operator()(const Tensor& x1, const Tensor& x2, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return cosine_embedding_loss(x1, x2, target, options, at); });
  }
};

struct SoftMarginLoss final : PlainLoss {
  explicit SoftMarginLoss(Reduction how = Reduction::kMean, At at = At::here())
      : PlainLoss({"SoftMarginLoss", at}, how) {}
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return soft_margin_loss(x, target, reduction, at); });
  }
};

struct MultiMarginLoss final : WeightedLoss<MultiMarginLossOptions> {
  explicit MultiMarginLoss(MultiMarginLossOptions o = {}, At at = At::here())
      : WeightedLoss({"MultiMarginLoss", at}, std::move(o)) {}
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return multi_margin_loss(x, target, weighted(), at); });
  }
};

struct MultiLabelMarginLoss final : PlainLoss {
  explicit MultiLabelMarginLoss(Reduction how = Reduction::kMean, At at = At::here())
      : PlainLoss({"MultiLabelMarginLoss", at}, how) {}
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return multilabel_margin_loss(x, target, reduction, at); });
  }
};

struct MultiLabelSoftMarginLoss final : WeightedLoss<MultiLabelSoftMarginLossOptions> {
  explicit MultiLabelSoftMarginLoss(MultiLabelSoftMarginLossOptions o = {}, At at = At::here())
      : WeightedLoss({"MultiLabelSoftMarginLoss", at}, std::move(o)) {}
  Tensor operator()(const Tensor& x, const Tensor& target, At at = At::here()) {
    return call(at, [&] { return multilabel_soft_margin_loss(x, target, weighted(), at); });
  }
};

struct CTCLoss final : LossWithOptions<CTCLossOptions> {
  explicit CTCLoss(CTCLossOptions o = {}, At at = At::here())
      : LossWithOptions({"CTCLoss", at}, std::move(o)) {}
  Tensor operator()(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
                    const Tensor& target_lengths, At at = At::here()) {
    return call(at, [&] {
      return ctc_loss(log_probs, targets, input_lengths, target_lengths, options, at);
    });
  }
};

}  // namespace tinygrad::nn
