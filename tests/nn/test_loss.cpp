// SPDX-License-Identifier: MIT
// Tests of nn/loss.hpp: each module equals its function; weights, descriptions, errors.
#include "nn/support.hpp"
#include "support/bits.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
Tensor half(const Shape& shape, std::uint64_t seed) {
  return sigmoid(random(shape, float32, seed)).detach();
}
}  // namespace

TEST_CASE("every loss module gives what its function gives, with its options") {
  const Tensor x = random({4, 3}, float32, 1), t = random({4, 3}, float32, 2),
               u = random({4, 3}, float32, 3);
  const Tensor p = half({4, 3}, 4), q = half({4, 3}, 5), weight = tensor({1, 2, 0.5});
  const Tensor ids = tensor({0, 2, 1, 1}, int64), labels = full({4, 3}, 1, int64);
  const Tensor row_signs = tensor({1, -1, -1, 1}), signs = where(x > 0, ones({4, 3}), -1);
  const Reduction sum = Reduction::kSum;

  CHECK(same_bits(nn::CrossEntropyLoss()(x, ids), cross_entropy(x, ids)));
  CHECK(same_bits(
      nn::CrossEntropyLoss({.weight = weight, .ignore_index = 1, .label_smoothing = 0.1})(x, ids),
      cross_entropy(x, ids, {.weight = weight, .ignore_index = 1, .label_smoothing = 0.1})));
  CHECK(same_bits(nn::NLLLoss({.weight = weight, .reduction = sum})(x, ids),
                  nll_loss(x, ids, {.weight = weight, .reduction = sum})));
  CHECK(same_bits(nn::BCELoss({.weight = weight})(p, q),
                  binary_cross_entropy(p, q, {.weight = weight})));
  CHECK(same_bits(nn::BCEWithLogitsLoss({.pos_weight = weight})(x, q),
                  binary_cross_entropy_with_logits(x, q, {.pos_weight = weight})));
  CHECK(same_bits(nn::BCEWithLogitsLoss({.weight = weight})(x, q),
                  binary_cross_entropy_with_logits(x, q, {.weight = weight})));
  CHECK(same_bits(nn::MSELoss(sum)(x, t), mse_loss(x, t, sum)));
  CHECK(same_bits(nn::L1Loss(sum)(x, t), l1_loss(x, t, sum)));
  CHECK(same_bits(nn::SmoothL1Loss({.beta = 0.5})(x, t), smooth_l1_loss(x, t, {.beta = 0.5})));
  CHECK(same_bits(nn::HuberLoss({.delta = 0.5})(x, t), huber_loss(x, t, {.delta = 0.5})));
  const KLDivLossOptions batch{.reduction = Reduction::kBatchMean, .log_target = true};
  CHECK(same_bits(nn::KLDivLoss(batch)(x, t), kl_div(x, t, batch)));
  CHECK(same_bits(nn::GaussianNLLLoss({.full = true})(x, t, p),
                  gaussian_nll_loss(x, t, p, {.full = true})));
  CHECK(same_bits(nn::PoissonNLLLoss({.log_input = false})(p, q),
                  poisson_nll_loss(p, q, {.log_input = false})));
  CHECK(same_bits(nn::HingeEmbeddingLoss({.margin = 0.5})(x, signs),
                  hinge_embedding_loss(x, signs, {.margin = 0.5})));
  CHECK(same_bits(nn::MarginRankingLoss({.margin = 0.5})(x, t, signs),
                  margin_ranking_loss(x, t, signs, {.margin = 0.5})));
  CHECK(same_bits(nn::TripletMarginLoss({.margin = 2, .swap = true})(x, t, u),
                  triplet_margin_loss(x, t, u, {.margin = 2, .swap = true})));
  CHECK(same_bits(nn::CosineEmbeddingLoss({.margin = 0.5})(x, t, row_signs),
                  cosine_embedding_loss(x, t, row_signs, {.margin = 0.5})));
  CHECK(same_bits(nn::SoftMarginLoss(sum)(x, signs), soft_margin_loss(x, signs, sum)));
  CHECK(same_bits(nn::MultiMarginLoss({.p = 2, .weight = weight})(x, ids),
                  multi_margin_loss(x, ids, {.p = 2, .weight = weight})));
  CHECK(
      same_bits(nn::MultiLabelMarginLoss(sum)(x, labels), multilabel_margin_loss(x, labels, sum)));
  CHECK(same_bits(nn::MultiLabelSoftMarginLoss({.weight = weight})(x, q),
                  multilabel_soft_margin_loss(x, q, {.weight = weight})));
  const Tensor steps = log_softmax(random({5, 2, 3}, float32)), words = tensor({0, 1, 0}, int64);
  const Tensor in = tensor({5, 4}, int64), out = tensor({2, 1}, int64);
  CHECK(same_bits(nn::CTCLoss({.blank = 2, .reduction = sum})(steps, words, in, out),
                  ctc_loss(steps, words, in, out, {.blank = 2, .reduction = sum})));
}

TEST_CASE("the weights of a loss are buffers: saved, converted, not trained") {
  nn::CrossEntropyLoss loss({.weight = tensor({1, 2, 0.5})});
  CHECK(loss.parameters().empty());
  CHECK(loss.state_dict().count("weight") == 1);
  CHECK(nn::CrossEntropyLoss().state_dict().empty());
  loss.to(float64);
  CHECK(loss.weight.dtype() == float64);
  CHECK(nn::BCEWithLogitsLoss({.pos_weight = ones({3})}).state_dict().count("pos_weight") == 1);

  nn::CrossEntropyLoss other({.weight = ones({3})});
  other.load_state_dict(loss.state_dict());
  const Tensor x = random({2, 3}, float32), ids = tensor({0, 1}, int64);
  CHECK(same_bits(other(x, ids), cross_entropy(x, ids, {.weight = tensor({1, 2, 0.5})})));
}

TEST_CASE("a loss prints the settings that are not the default") {
  CHECK(nn::CrossEntropyLoss().describe() == "CrossEntropyLoss");
  CHECK(nn::CrossEntropyLoss({.weight = ones({3}), .ignore_index = 1, .label_smoothing = 0.1})
            .describe() == "CrossEntropyLoss(weight=(3), ignore_index=1, label_smoothing=0.1)");
  CHECK(nn::MSELoss(Reduction::kSum).describe() == "MSELoss(reduction=sum)");
  CHECK(nn::HuberLoss({.reduction = Reduction::kNone, .delta = 0.5}).describe() ==
        "HuberLoss(delta=0.5, reduction=none)");
  CHECK(nn::KLDivLoss({.reduction = Reduction::kBatchMean, .log_target = true}).describe() ==
        "KLDivLoss(log_target=true, reduction=batchmean)");
  CHECK(nn::BCEWithLogitsLoss({.pos_weight = ones({2})}).describe() ==
        "BCEWithLogitsLoss(pos_weight=(2))");
  CHECK(nn::TripletMarginLoss().describe() == "TripletMarginLoss");
  CHECK(nn::CTCLoss().describe() == "CTCLoss");
}

TEST_CASE("an error in a loss module names the module and the user's line") {
  const std::string message = message_of([] { nn::MSELoss()(ones({3, 1}), ones({3})); });
  CHECK_MESSAGE(contains(message, "[mse_loss] x (3, 1) and target (3)"), message);
  CHECK_MESSAGE(contains(message, "test_loss.cpp:"), message);
  CHECK_MESSAGE(contains(message, "in MSELoss"), message);
}

TEST_CASE("the mean over nothing is NaN, and its gradient 0 at any order") {
  const Tensor x = random({2, 3}).requires_grad_();
  const Tensor ids = tensor({1, 1}, int64);
  const Tensor loss = nn::CrossEntropyLoss({.ignore_index = 1})(x, ids);
  CHECK(std::isnan(loss.item()));
  const Tensor first = grad(loss, x, {}, {.create_graph = true});
  for (Index i = 0; i < 6; ++i) CHECK(first.array().at(i) == 0);
  const Tensor second = grad(tinygrad::sum(first), x);
  for (Index i = 0; i < 6; ++i) CHECK(second.array().at(i) == 0);
}

TEST_CASE("a composed pass of cross_entropy gives the gradient of the fused one") {
  const Tensor x = random({5, 4}).requires_grad_(), target = softmax(random({5, 4}, float64, 2), 1);
  const auto slope = [&](bool create_graph) {
    return grad(cross_entropy(x, target.detach(), {.label_smoothing = 0.1}), x, {},
                {.create_graph = create_graph});
  };
  const Tensor fused = slope(false), composed = slope(true);
  for (Index i = 0; i < x.numel(); ++i)
    CHECK(composed.array().at(i) == doctest::Approx(fused.array().at(i)).epsilon(1e-12));
}
