// SPDX-License-Identifier: MIT
// Rows of the layer-case table for nn/loss.hpp: each loss without options, and with all of them.
// The rows of the functions check the meaning of the options.
#include "support/layer_rows.hpp"

namespace tinygrad::test {

namespace {

const auto kTwo = [](auto& m, const Tensors& x) { return m(x[0], x[1]); };
const auto kThree = [](auto& m, const Tensors& x) { return m(x[0], x[1], x[2]); };

// Labels are drawn as 0 and 1; the margin losses take −1 and 1.
Input bits(const Shape& shape) { return {.shape = shape, .low = 0, .high = 2, .dtype = int64}; }
Tensor signs(const Tensor& drawn) { return 2 * drawn - 1; }
Input ids(const Shape& shape) { return {.shape = shape, .low = 0, .high = 4, .dtype = int64}; }

// Inputs of the same shapes: a batch of rows and an empty one.
Samples alike(std::vector<Input> inputs) {
  Samples out;
  for (const Shape& shape : {Shape{3, 4}, Shape{0, 4}}) {
    for (Input& input : inputs) input.shape = shape;
    out.push_back(inputs);
  }
  return out;
}

const Input kAny{.shape = {}}, kProbability{.shape = {}, .low = 0.05, .high = 0.95},
    kPositive{.shape = {}, .low = 0.5, .high = 2}, kBits = bits({});
const Samples kPairs = alike({kAny, kAny}), kLabelled = alike({kAny, kBits});
const Samples kClasses{{{{5, 4}}, ids({5})}, {{{4}}, ids({})}, {{{0, 4}}, ids({0})}};

void add_classification(LayerRows& rows) {
  Samples classes = kClasses;
  classes.push_back({{{3, 4, 2}}, ids({3, 2})});
  rows.push_back(layer(
      "CrossEntropyLoss", "nn.CrossEntropyLoss()", [] { return nn::CrossEntropyLoss(); },
      "m(x0, x1)", kTwo, classes));
  rows.push_back(layer(
      "CrossEntropyLoss/all options",
      "nn.CrossEntropyLoss(torch.ones(4), ignore_index=1, label_smoothing=0.2, reduction='sum')",
      [] {
        return nn::CrossEntropyLoss({.weight = ones({4}),
                                     .ignore_index = 1,
                                     .reduction = Reduction::kSum,
                                     .label_smoothing = 0.2});
      },
      "m(x0, x1)", kTwo, classes, {"weight"}));
  rows.push_back(layer(
      "NLLLoss", "nn.NLLLoss()", [] { return nn::NLLLoss(); }, "m(x0, x1)", kTwo, classes));
  rows.push_back(layer(
      "NLLLoss/all options", "nn.NLLLoss(torch.ones(4), ignore_index=1, reduction='none')",
      [] {
        return nn::NLLLoss({.weight = ones({4}), .ignore_index = 1, .reduction = Reduction::kNone});
      },
      "m(x0, x1)", kTwo, classes, {"weight"}));

  const Samples probabilities = alike({kProbability, kProbability}),
                logits = alike({kAny, kProbability});
  rows.push_back(layer(
      "BCELoss", "nn.BCELoss()", [] { return nn::BCELoss(); }, "m(x0, x1)", kTwo, probabilities));
  rows.push_back(
      layer("BCELoss/all options", "nn.BCELoss(torch.ones(4), reduction='none')",
            [] { return nn::BCELoss({.weight = ones({4}), .reduction = Reduction::kNone}); },
            "m(x0, x1)", kTwo, probabilities, {"weight"}));
  for (std::size_t i = rows.size() - 2; i < rows.size(); ++i) {
    rows[i].torch_tolerance = 1e-9;
    rows[i].torch_tolerance_reason =
        "PyTorch adds an epsilon to the divisors of the second gradient";
  }
  rows.push_back(layer(
      "BCEWithLogitsLoss", "nn.BCEWithLogitsLoss()", [] { return nn::BCEWithLogitsLoss(); },
      "m(x0, x1)", kTwo, logits));
  rows.push_back(
      layer("BCEWithLogitsLoss/all options",
            "nn.BCEWithLogitsLoss(torch.ones(4), pos_weight=torch.ones(4), reduction='sum')",
            [] {
              return nn::BCEWithLogitsLoss(
                  {.weight = ones({4}), .reduction = Reduction::kSum, .pos_weight = ones({4})});
            },
            "m(x0, x1)", kTwo, logits, {"weight", "pos_weight"}));
  rows.push_back(layer(
      "CTCLoss", "nn.CTCLoss(blank=3, zero_infinity=True, reduction='sum')",
      [] { return nn::CTCLoss({.blank = 3, .reduction = Reduction::kSum, .zero_infinity = true}); },
      "m(F.log_softmax(x0, -1), x1, torch.tensor([5, 4, 2]), torch.tensor([2, 1, 3]))",
      [](nn::CTCLoss& m, const Tensors& x) {
        return m(log_softmax(x[0], -1), x[1], tensor({5, 4, 2}, int64), tensor({2, 1, 3}, int64));
      },
      {{{{5, 3, 4}}, {.shape = {3, 3}, .low = 0, .high = 3, .dtype = int64}}}));
}

void add_regression(LayerRows& rows) {
  rows.push_back(layer(
      "MSELoss", "nn.MSELoss()", [] { return nn::MSELoss(); }, "m(x0, x1)", kTwo, kPairs));
  rows.push_back(layer(
      "L1Loss", "nn.L1Loss(reduction='sum')", [] { return nn::L1Loss(Reduction::kSum); },
      "m(x0, x1)", kTwo, kPairs));
  rows.push_back(layer(
      "SmoothL1Loss", "nn.SmoothL1Loss(beta=0.5)", [] { return nn::SmoothL1Loss({.beta = 0.5}); },
      "m(x0, x1)", kTwo, kPairs));
  rows.push_back(layer(
      "HuberLoss", "nn.HuberLoss(delta=0.5)", [] { return nn::HuberLoss({.delta = 0.5}); },
      "m(x0, x1)", kTwo, kPairs));
  rows.push_back(layer(
      "KLDivLoss", "nn.KLDivLoss()", [] { return nn::KLDivLoss(); }, "m(x0, x1)", kTwo,
      alike({kAny, kProbability})));
  rows.push_back(layer(
      "KLDivLoss/all options", "nn.KLDivLoss(reduction='batchmean', log_target=True)",
      [] { return nn::KLDivLoss({.reduction = Reduction::kBatchMean, .log_target = true}); },
      "m(x0, x1)", kTwo, kPairs));
  rows.push_back(layer(
      "GaussianNLLLoss", "nn.GaussianNLLLoss(full=True)",
      [] { return nn::GaussianNLLLoss({.full = true}); }, "m(x0, x1, x2)", kThree,
      alike({kAny, kAny, kPositive})));
  rows.push_back(layer(
      "PoissonNLLLoss", "nn.PoissonNLLLoss()", [] { return nn::PoissonNLLLoss(); }, "m(x0, x1)",
      kTwo, alike({kAny, kPositive})));
  rows.push_back(layer(
      "PoissonNLLLoss/all options",
      "nn.PoissonNLLLoss(log_input=False, full=True, eps=0.1, reduction='none')",
      [] {
        return nn::PoissonNLLLoss(
            {.log_input = false, .full = true, .eps = 0.1, .reduction = Reduction::kNone});
      },
      "m(x0, x1)", kTwo, alike({kPositive, kPositive})));
}

// Where a mean of no samples is not NaN in PyTorch but uninitialised, losses are not reduced.
void add_margins(LayerRows& rows) {
  rows.push_back(layer(
      "HingeEmbeddingLoss", "nn.HingeEmbeddingLoss(margin=0.5)",
      [] { return nn::HingeEmbeddingLoss({.margin = 0.5}); }, "m(x0, 2 * x1 - 1)",
      [](nn::HingeEmbeddingLoss& m, const Tensors& x) { return m(x[0], signs(x[1])); }, kLabelled));
  rows.push_back(layer(
      "SoftMarginLoss", "nn.SoftMarginLoss()", [] { return nn::SoftMarginLoss(); },
      "m(x0, (2 * x1 - 1).to(x0.dtype))",
      [](nn::SoftMarginLoss& m, const Tensors& x) { return m(x[0], signs(x[1])); }, kLabelled));
  const auto ranked = [](auto& m, const Tensors& x) { return m(x[0], x[1], signs(x[2])); };
  rows.push_back(layer(
      "MarginRankingLoss", "nn.MarginRankingLoss(margin=0.5)",
      [] { return nn::MarginRankingLoss({.margin = 0.5}); }, "m(x0, x1, 2 * x2 - 1)", ranked,
      alike({kAny, kAny, kBits})));
  rows.push_back(layer("CosineEmbeddingLoss", "nn.CosineEmbeddingLoss(margin=0.1)",
                       [] { return nn::CosineEmbeddingLoss({.margin = 0.1}); },
                       "m(x0, x1, 2 * x2 - 1)", ranked,
                       {{{{3, 4}}, {{3, 4}}, bits({3})}, {{{0, 4}}, {{0, 4}}, bits({0})}}));
  rows.push_back(layer(
      "TripletMarginLoss", "nn.TripletMarginLoss(margin=5, p=3, swap=True, reduction='none')",
      [] {
        return nn::TripletMarginLoss(
            {.margin = 5, .p = 3, .swap = true, .reduction = Reduction::kNone});
      },
      "m(x0, x1, x2)", kThree, alike({kAny, kAny, kAny})));
  rows.push_back(
      layer("MultiMarginLoss",
            "nn.MultiMarginLoss(p=2, margin=0.5, weight=torch.ones(4), reduction='none')",
            [] {
              return nn::MultiMarginLoss(
                  {.p = 2, .margin = 0.5, .weight = ones({4}), .reduction = Reduction::kNone});
            },
            "m(x0, x1)", kTwo, kClasses, {"weight"}));
  rows.push_back(layer(
      "MultiLabelMarginLoss", "nn.MultiLabelMarginLoss(reduction='none')",
      [] { return nn::MultiLabelMarginLoss(Reduction::kNone); }, "m(x0, x1)", kTwo,
      alike({kAny, {.shape = {}, .low = -1, .high = 4, .dtype = int64}})));
  rows.push_back(layer("MultiLabelSoftMarginLoss", "nn.MultiLabelSoftMarginLoss(torch.ones(4))",
                       [] { return nn::MultiLabelSoftMarginLoss({.weight = ones({4})}); },
                       "m(x0, x1)", kTwo, alike({kAny, kProbability}), {"weight"}));
}

}  // namespace

LayerRows loss_layers() {
  LayerRows rows;
  add_classification(rows);
  add_regression(rows);
  add_margins(rows);
  return rows;
}

}  // namespace tinygrad::test
