// SPDX-License-Identifier: MIT
// Tests the options that the constructor of each layer refuses. A layer whose constructor takes the
// user's line must have a row here.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "support/messages.hpp"
#include "support/special_values.hpp"
#include "tinygrad/nn.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {

struct Refusal {
  std::string text;  // how the message begins
  std::function<void()> make;
};

std::vector<Refusal> refusals() {
  using namespace nn;  // NOLINT
  Reduction by_batch = Reduction::kBatchMean;
  const std::string reduction = "reduction kBatchMean is kl_div's";
  return {
      {"[Linear] in_features=0 must be positive", [] { Linear(0, 1); }},
      {"[Linear] out_features=-1 must be positive", [] { Linear(1, -1); }},
      {"[Bilinear] in2_features=0 must be positive", [] { Bilinear(1, 0, 1); }},
      {"[Embedding] num_embeddings=0 must be positive", [] { Embedding(0, 1); }},
      {"[Embedding] padding_idx=3 must be in [-3, 2]", [] { Embedding(3, 1, {.padding_idx = 3}); }},
      {"[Embedding] max_norm=-1 must not be negative", [] { Embedding(3, 1, {.max_norm = -1}); }},
      {"[Embedding] max_norm=", [] { Embedding(3, 1, {.max_norm = kNaN}); }},
      {"[Embedding] norm_type=0 must be positive", [] { Embedding(3, 1, {.norm_type = 0}); }},
      {"[Embedding::from_pretrained] embeddings is undefined",
       [] { Embedding::from_pretrained(Tensor()); }},
      {"[Embedding::from_pretrained] norm_type=",
       [] {
         Embedding::from_pretrained(ones({2, 2}), true, {.norm_type = kNaN});
       }},
      {"[Conv1d] in_channels=0 must be positive", [] { Conv1d(0, 1, 1); }},
      {"[Conv2d] out_channels=0 must be positive", [] { Conv2d(1, 0, 1); }},
      {"[Conv2d] groups=2 must divide in_channels=3", [] { Conv2d(3, 4, 1, {.groups = 2}); }},
      {"[Conv2d] groups=0 must divide", [] { Conv2d(3, 4, 1, {.groups = 0}); }},
      {"[Conv2d] kernel_size=0 must be at least 1", [] { Conv2d(1, 1, 0); }},
      {"[Conv2d] kernel_size (1, 2, 3) must be one number",
       [] {
         Conv2d(1, 1, {1, 2, 3});
       }},
      {"[Conv3d] stride=0 must be at least 1", [] { Conv3d(1, 1, 1, {.stride = 0}); }},
      {"[Conv1d] dilation=0 must be at least 1", [] { Conv1d(1, 1, 1, {.dilation = 0}); }},
      {"[Conv2d] padding=-1 must be at least 0", [] { Conv2d(1, 1, 1, {.padding = -1}); }},
      {"[Conv1d] padding=\"same\" needs strides of 1, not (2)",
       [] { Conv1d(1, 1, 3, {.stride = 2, .padding = "same"}); }},
      {"[Conv2d] padding=\"same\" needs strides of 1, not (1, 2)",
       [] {
         Conv2d(1, 1, 3, {.stride = {1, 2}, .padding = "same"});
       }},
      {"[Conv3d] padding=\"same\" needs strides of 1",
       [] {
         Conv3d(1, 1, 3, {.stride = 2, .padding = "same", .padding_mode = PadMode::kReflect});
       }},
      {"[Conv2d] padding=\"some\" must be numbers", [] { Conv2d(1, 1, 3, {.padding = "some"}); }},
      {"[ConvTranspose1d] stride=0 must be at least 1",
       [] { ConvTranspose1d(1, 1, 1, {.stride = 0}); }},
      {"[ConvTranspose2d] output_padding=2 must be below the stride 2 or the dilation 1",
       [] { ConvTranspose2d(1, 1, 3, {.stride = 2, .output_padding = 2}); }},
      {"[ConvTranspose3d] groups=3 must divide", [] { ConvTranspose3d(3, 4, 1, {.groups = 3}); }},
      {"[MaxPool1d] kernel_size=0 must be at least 1", [] { MaxPool1d(0); }},
      {"[MaxPool2d] padding=2 is more than half a window", [] { MaxPool2d(2, {.padding = 2}); }},
      {"[MaxPool2d] stride=-1 must be at least 1", [] { MaxPool2d(2, {.stride = -1}); }},
      {"[MaxPool3d] dilation=0 must be at least 1", [] { MaxPool3d(2, {.dilation = 0}); }},
      {"[AvgPool1d] kernel_size (2, 2) must be one number",
       [] {
         AvgPool1d({2, 2});
       }},
      {"[AvgPool2d] padding=3 is more than half a window", [] { AvgPool2d(4, {.padding = 3}); }},
      {"[AvgPool3d] stride=0 must be at least 1", [] { AvgPool3d(2, {.stride = 0}); }},
      {"[AdaptiveAvgPool1d] output_size=-2 must be at least -1", [] { AdaptiveAvgPool1d(-2); }},
      {"[AdaptiveAvgPool2d] output_size (1, 2, 3) must be one number",
       [] {
         AdaptiveAvgPool2d({1, 2, 3});
       }},
      {"[AdaptiveAvgPool3d] output_size=-2 must be at least -1", [] { AdaptiveAvgPool3d(-2); }},
      {"[AdaptiveMaxPool1d] output_size=-2 must be at least -1", [] { AdaptiveMaxPool1d(-2); }},
      {"[AdaptiveMaxPool2d] output_size=-2 must be at least -1", [] { AdaptiveMaxPool2d(-2); }},
      {"[AdaptiveMaxPool3d] output_size=-2 must be at least -1", [] { AdaptiveMaxPool3d(-2); }},
      {"[MaxUnpool1d] kernel_size=0 must be at least 1", [] { MaxUnpool1d(0); }},
      {"[MaxUnpool2d] stride=0 must be at least 1", [] { MaxUnpool2d(2, 0); }},
      {"[MaxUnpool3d] padding=-1 must be at least 0", [] { MaxUnpool3d(2, 2, -1); }},
      {"[LPPool1d] norm_type=0 has no root", [] { LPPool1d(0, 2); }},
      {"[LPPool2d] norm_type=inf must be finite", [] { LPPool2d(kInf, 2); }},
      {"[LPPool3d] kernel_size=0 must be at least 1", [] { LPPool3d(2, 0); }},
      {"[Upsample] wants either size or scale_factor", [] { Upsample({}); }},
      {"[Upsample] scale_factor=-1 must be positive and finite",
       [] {
         Upsample({.scale_factor = {2, -1}});
       }},
      {"[Upsample] size=0 must be at least 1", [] { Upsample({.size = 0}); }},
      {"[Upsample] align_corners does not suit mode nearest",
       [] { Upsample({.size = 2, .align_corners = true}); }},
      {"[PixelShuffle] upscale_factor=0 must be at least 1", [] { PixelShuffle(0); }},
      {"[PixelUnshuffle] downscale_factor=-2 must be at least 1", [] { PixelUnshuffle(-2); }},
      {"[ChannelShuffle] groups=0 must be at least 1", [] { ChannelShuffle(0); }},
      {"[Unfold] dilation=0 must be at least 1", [] { Unfold(2, {.dilation = 0}); }},
      {"[Fold] output_size=0 must be at least 1", [] { Fold(0, 2); }},
      {"[Fold] stride=0 must be at least 1", [] { Fold(4, 2, {.stride = 0}); }},
      {"[Unflatten] unflattened_size (-1, -1) leaves more than one size open",
       [] {
         Unflatten(1, {-1, -1});
       }},
      {"[Unflatten] unflattened_size (2, -3) holds -3",
       [] {
         Unflatten(1, {2, -3});
       }},
      {"[Unflatten] unflattened_size names no dim", [] { Unflatten(1, {}); }},
      {"[ZeroPad1d] 3 widths for 2 sides",
       [] {
         ZeroPad1d({1, 2, 3});
       }},
      {"[ZeroPad2d] 3 widths for 4 sides",
       [] {
         ZeroPad2d({1, 2, 3});
       }},
      {"[ZeroPad3d] 3 widths for 6 sides",
       [] {
         ZeroPad3d({1, 2, 3});
       }},
      {"[ConstantPad1d] 3 widths for 2 sides",
       [] {
         ConstantPad1d({1, 2, 3}, 0);
       }},
      {"[ConstantPad2d] 3 widths for 4 sides",
       [] {
         ConstantPad2d({1, 2, 3}, 0);
       }},
      {"[ConstantPad3d] 3 widths for 6 sides",
       [] {
         ConstantPad3d({1, 2, 3}, 0);
       }},
      {"[ReflectionPad1d] 3 widths for 2 sides",
       [] {
         ReflectionPad1d({1, 2, 3});
       }},
      {"[ReflectionPad2d] 3 widths for 4 sides",
       [] {
         ReflectionPad2d({1, 2, 3});
       }},
      {"[ReflectionPad3d] 3 widths for 6 sides",
       [] {
         ReflectionPad3d({1, 2, 3});
       }},
      {"[ReplicationPad1d] 3 widths for 2 sides",
       [] {
         ReplicationPad1d({1, 2, 3});
       }},
      {"[ReplicationPad2d] 3 widths for 4 sides",
       [] {
         ReplicationPad2d({1, 2, 3});
       }},
      {"[ReplicationPad3d] 3 widths for 6 sides",
       [] {
         ReplicationPad3d({1, 2, 3});
       }},
      {"[CircularPad1d] 3 widths for 2 sides",
       [] {
         CircularPad1d({1, 2, 3});
       }},
      {"[CircularPad2d] 3 widths for 4 sides",
       [] {
         CircularPad2d({1, 2, 3});
       }},
      {"[CircularPad3d] 3 widths for 6 sides",
       [] {
         CircularPad3d({1, 2, 3});
       }},
      {"[LayerNorm] normalized_shape must name at least one dim", [] { LayerNorm(Shape{}); }},
      {"[LayerNorm] normalized_shape (-2) has a negative size", [] { LayerNorm(-2); }},
      {"[LayerNorm] eps=-1 must not be negative", [] { LayerNorm(2, {.eps = -1}); }},
      {"[RMSNorm] normalized_shape (2, -1) has a negative size",
       [] {
         RMSNorm(Shape{2, -1});
       }},
      {"[RMSNorm] eps=", [] { RMSNorm(2, {.eps = kNaN}); }},
      {"[BatchNorm1d] num_features=0 must be at least 1", [] { BatchNorm1d(0); }},
      {"[BatchNorm2d] eps=inf must be finite", [] { BatchNorm2d(1, {.eps = kInf}); }},
      {"[BatchNorm3d] momentum=", [] { BatchNorm3d(1, {.momentum = kNaN}); }},
      {"[BatchNorm2d] momentum=1.5 must be in [0, 1]", [] { BatchNorm2d(1, {.momentum = 1.5}); }},
      {"[BatchNormReLU1d] num_features=0 must be at least 1", [] { BatchNormReLU1d(0); }},
      {"[BatchNormReLU2d] eps=inf must be finite", [] { BatchNormReLU2d(1, {.eps = kInf}); }},
      {"[BatchNormReLU3d] momentum=2 must be in [0, 1]",
       [] { BatchNormReLU3d(1, {.momentum = 2}); }},
      {"[InstanceNorm1d] num_features=-1 must be at least 1", [] { InstanceNorm1d(-1); }},
      {"[InstanceNorm2d] eps=-1 must not be negative", [] { InstanceNorm2d(1, {.eps = -1}); }},
      {"[InstanceNorm3d] momentum=-1 must be in [0, 1]",
       [] { InstanceNorm3d(1, {.momentum = -1}); }},
      {"[GroupNorm] num_groups=2 must divide num_channels=3", [] { GroupNorm(2, 3); }},
      {"[GroupNorm] eps=", [] { GroupNorm(1, 3, {.eps = kNaN}); }},
      {"[LocalResponseNorm] size=0 must be at least 1", [] { LocalResponseNorm(0); }},
      {"[LocalResponseNorm] beta=inf must be finite", [] { LocalResponseNorm(1, {.beta = kInf}); }},
      {"[Dropout] p=", [] { Dropout{kNaN}; }},
      {"[Dropout1d] p=-0.1 must be in [0, 1]", [] { Dropout1d(-0.1); }},
      {"[Dropout2d] p=1.5 must be in [0, 1]", [] { Dropout2d(1.5); }},
      {"[Dropout3d] p=1.5 must be in [0, 1]", [] { Dropout3d(1.5); }},
      {"[AlphaDropout] p=1.5 must be in [0, 1]", [] { AlphaDropout(1.5); }},
      {"[FeatureAlphaDropout] p=1.5 must be in [0, 1]", [] { FeatureAlphaDropout(1.5); }},
      {"[LeakyReLU] negative_slope=", [] { LeakyReLU{kNaN}; }},
      {"[PReLU] num_parameters=0 must be positive", [] { PReLU({.num_parameters = 0}); }},
      {"[PReLU] init=inf must be finite", [] { PReLU({.init = kInf}); }},
      {"[RReLU] lower=2 must not be above upper=1", [] { RReLU(2, 1); }},
      {"[RReLU] upper=inf must be finite", [] { RReLU(0, kInf); }},
      {"[ELU] alpha=inf must be finite", [] { ELU{kInf}; }},
      {"[CELU] alpha=0 must not be 0", [] { CELU(0); }},
      {"[CELU] alpha=", [] { CELU{kNaN}; }},
      {"[Hardtanh] min_val=2 must not be above max_val=1", [] { Hardtanh(2, 1); }},
      {"[Hardshrink] lambd=", [] { Hardshrink{kNaN}; }},
      {"[Softshrink] lambd=-1 must not be negative", [] { Softshrink(-1); }},
      {"[Threshold] threshold=", [] { Threshold(kNaN, 0); }},
      {"[Softplus] beta=0 must not be 0", [] { Softplus(0); }},
      {"[Softplus] threshold=", [] { Softplus(1, kNaN); }},
      {"[Lambda] the function is empty", [] { nn::Lambda{{}}; }},
      {"[RNN] input_size=0 must be positive", [] { RNN(0, 1); }},
      {"[GRU] nonlinearity is for the RNN only",
       [] { GRU(1, 1, {.nonlinearity = RnnNonlinearity::kRelu}); }},
      {"[GRU] proj_size is for the LSTM only", [] { GRU(1, 2, {.proj_size = 1}); }},
      {"[GRU] num_layers=0 must be positive", [] { GRU(1, 1, {.num_layers = 0}); }},
      {"[LSTM] proj_size=2 must be in [0, hidden_size=2)", [] { LSTM(1, 2, {.proj_size = 2}); }},
      {"[LSTM] dropout=2 must be in [0, 1]", [] { LSTM(1, 2, {.dropout = 2}); }},
      {"[RNNCell] hidden_size=0 must be positive", [] { RNNCell(1, 0); }},
      {"[GRUCell] input_size=-1 must be positive", [] { GRUCell(-1, 1); }},
      {"[LSTMCell] hidden_size=0 must be positive", [] { LSTMCell(1, 0); }},
      {"[MultiheadAttention] embed_dim=5 must be divisible by num_heads=2",
       [] { MultiheadAttention(5, 2); }},
      {"[MultiheadAttention] num_heads=0 must be positive", [] { MultiheadAttention(4, 0); }},
      {"[MultiheadAttention] kdim=0 must be positive",
       [] { MultiheadAttention(4, 2, {.kdim = 0}); }},
      {"[MultiheadAttention] vdim=-1 must be positive",
       [] { MultiheadAttention(4, 2, {.vdim = -1}); }},
      {"[MultiheadAttention] dropout=", [] { MultiheadAttention(4, 2, {.dropout = kNaN}); }},
      {"[TransformerEncoderLayer] d_model=5 must be divisible by nhead=2",
       [] { TransformerEncoderLayer(5, 2); }},
      {"[TransformerEncoderLayer] dim_feedforward=0 must be positive",
       [] { TransformerEncoderLayer(4, 2, {.dim_feedforward = 0}); }},
      {"[TransformerDecoderLayer] dropout=2 must be in [0, 1]",
       [] { TransformerDecoderLayer(4, 2, {.dropout = 2}); }},
      {"[TransformerDecoderLayer] layer_norm_eps=-1 must be finite",
       [] { TransformerDecoderLayer(4, 2, {.layer_norm_eps = -1}); }},
      {"[TransformerEncoder] num_layers=-1 must not be negative",
       [] { TransformerEncoder(4, 2, -1); }},
      {"[TransformerEncoder] d_model=4 must be divisible by nhead=3",
       [] { TransformerEncoder(4, 3, 0); }},
      {"[CrossEntropyLoss] label_smoothing=2 must be in [0, 1]",
       [] { CrossEntropyLoss({.label_smoothing = 2}); }},
      {"[CrossEntropyLoss] label_smoothing=", [] { CrossEntropyLoss({.label_smoothing = kNaN}); }},
      {"[NLLLoss] " + reduction, [=] { NLLLoss({.reduction = by_batch}); }},
      {"[BCELoss] " + reduction, [=] { BCELoss({.reduction = by_batch}); }},
      {"[BCEWithLogitsLoss] " + reduction, [=] { BCEWithLogitsLoss({.reduction = by_batch}); }},
      {"[MSELoss] " + reduction, [=] { MSELoss loss(by_batch); }},
      {"[L1Loss] " + reduction, [=] { L1Loss loss(by_batch); }},
      {"[SmoothL1Loss] beta=-1 must not be negative", [] { SmoothL1Loss({.beta = -1}); }},
      {"[HuberLoss] delta=0 must be positive", [] { HuberLoss({.delta = 0}); }},
      {"[GaussianNLLLoss] eps=", [] { GaussianNLLLoss({.eps = kNaN}); }},
      {"[PoissonNLLLoss] eps=inf must be finite", [] { PoissonNLLLoss({.eps = kInf}); }},
      {"[HingeEmbeddingLoss] margin=inf must be finite",
       [] { HingeEmbeddingLoss({.margin = kInf}); }},
      {"[MarginRankingLoss] margin=", [] { MarginRankingLoss({.margin = kNaN}); }},
      {"[TripletMarginLoss] p=0 must be positive", [] { TripletMarginLoss({.p = 0}); }},
      {"[CosineEmbeddingLoss] margin=", [] { CosineEmbeddingLoss({.margin = kNaN}); }},
      {"[SoftMarginLoss] " + reduction, [=] { SoftMarginLoss loss(by_batch); }},
      {"[MultiMarginLoss] p=3 must be 1 or 2", [] { MultiMarginLoss({.p = 3}); }},
      {"[MultiLabelMarginLoss] " + reduction, [=] { MultiLabelMarginLoss loss(by_batch); }},
      {"[MultiLabelSoftMarginLoss] " + reduction,
       [=] { MultiLabelSoftMarginLoss({.reduction = by_batch}); }},
      {"[CTCLoss] blank=-1 is not a class", [] { CTCLoss({.blank = -1}); }},
  };
}

/// The classes of nn/ that have a constructor with the user's line.
std::set<std::string> with_line() {
  std::set<std::string> names;
  const std::filesystem::path folder =
      std::filesystem::path(TINYGRAD_SOURCE_DIR) / "include/tinygrad/nn";
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(file.path());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const std::regex constructor(R"(\n  (?:explicit )?(\w+)\()");
    for (std::sregex_iterator i(text.begin(), text.end(), constructor), end; i != end; ++i) {
      std::size_t last = static_cast<std::size_t>(i->position() + i->length());
      for (int depth = 1; depth > 0 && last < text.size(); ++last)
        depth += (text[last] == '(') - (text[last] == ')');
      const std::string arguments = text.substr(static_cast<std::size_t>(i->position()),
                                                last - static_cast<std::size_t>(i->position()));
      if (contains(text, "struct " + (*i)[1].str() + " final") && contains(arguments, "At at"))
        names.insert((*i)[1]);
    }
  }
  return names;
}

}  // namespace

TEST_CASE("layers refuse options that cannot work when they are made, and name the user's line") {
  for (const Refusal& row : refusals()) {
    INFO(row.text);
    const std::string message = message_of([&] { row.make(); });
    CHECK_MESSAGE(message.substr(0, row.text.size()) == row.text, message);
    CHECK_MESSAGE(contains(message, " — at test_refused_options.cpp:"), message);
  }
}

TEST_CASE("every layer that can refuse options has a row") {
  std::set<std::string> rows;
  for (const Refusal& row : refusals()) rows.insert(row.text.substr(1, row.text.find(']') - 1));
  const std::set<std::string> layers = with_line();
  for (const std::string& name : layers) CHECK_MESSAGE(rows.count(name), name << " has no row");
  CHECK(layers.size() > 70);
}
