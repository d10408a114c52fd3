// SPDX-License-Identifier: MIT
// The rows of the layer-case table.
#include "support/layer_rows.hpp"

namespace tinygrad::test {

namespace {

Names with_prefix(const std::string& prefix, const Names& names) {
  Names out;
  for (const std::string& name : names) out.push_back(prefix + name);
  return out;
}
Names joined(std::initializer_list<Names> lists) {
  Names out;
  for (const Names& list : lists) out.insert(out.end(), list.begin(), list.end());
  return out;
}
const Names kRecurrent{"weight_ih", "weight_hh", "bias_ih", "bias_hh"};

void add_simple(LayerRows& rows) {
  const Samples flat{{{{3, 4}}}, {{{4}}}, {{{2, 3, 4}}}, {{{0, 4}}}};
  rows.push_back(layer(
      "Identity", "nn.Identity()", [] { return nn::Identity(); }, flat));
  rows.push_back(layer(
      "Linear", "nn.Linear(4, 3)", [] { return nn::Linear(4, 3); }, flat, kAffine));
  rows.push_back(layer("Linear/no bias", "nn.Linear(4, 3, bias=False)",
                       [] { return nn::Linear(4, 3, {.bias = false}); }, flat, {"weight"}));
  rows.push_back(layer("Flatten", "nn.Flatten()", [] { return nn::Flatten(); },
                       {{{{2, 3, 4}}}, {{{2, 3, 1, 2}}}, {{{0, 3, 4}}}}));
  rows.push_back(layer("Unflatten", "nn.Unflatten(1, (2, 3))",
                       [] {
                         return nn::Unflatten(1, {2, 3});
                       },
                       {{{{4, 6}}}, {{{2, 6, 2}}}, {{{0, 6}}}}));

  const auto two = [](nn::Bilinear& m, const Tensors& x) { return m(x[0], x[1]); };
  const Samples pairs{
      {{{5, 3}}, {{5, 4}}}, {{{3}}, {{4}}}, {{{2, 3, 3}}, {{2, 3, 4}}}, {{{0, 3}}, {{0, 4}}}};
  rows.push_back(layer(
      "Bilinear", "nn.Bilinear(3, 4, 2)", [] { return nn::Bilinear(3, 4, 2); }, "m(x0, x1)", two,
      pairs, kAffine));
  rows.push_back(layer("Bilinear/no bias", "nn.Bilinear(3, 4, 2, bias=False)",
                       [] { return nn::Bilinear(3, 4, 2, {.bias = false}); }, "m(x0, x1)", two,
                       pairs, {"weight"}));

  const auto numbers = [](const Shape& shape) {
    return std::vector<Input>{{.shape = shape, .low = 0, .high = 6, .dtype = int64}};
  };
  const Samples indices{numbers({5}), numbers({}), numbers({2, 3}), numbers({0})};
  rows.push_back(layer("Embedding", "nn.Embedding(6, 3)", [] { return nn::Embedding(6, 3); },
                       indices, {"weight"}));
  rows.push_back(layer("Embedding/padding", "nn.Embedding(6, 3, padding_idx=2)",
                       [] { return nn::Embedding(6, 3, {.padding_idx = 2}); }, indices,
                       {"weight"}));
}

void add_convolutions(LayerRows& rows) {
  const Names weight{"weight"};
  rows.push_back(layer(
      "Conv1d", "nn.Conv1d(2, 3, 3)", [] { return nn::Conv1d(2, 3, 3); },
      {{{{2, 2, 5}}}, {{{2, 4}}}, {{{0, 2, 5}}}}, kAffine));
  rows.push_back(layer(
      "Conv1d/same, replicate", "nn.Conv1d(2, 3, 4, padding='same', padding_mode='replicate')",
      [] { return nn::Conv1d(2, 3, 4, {.padding = "same", .padding_mode = PadMode::kReplicate}); },
      {{{{2, 2, 5}}}, {{{0, 2, 5}}}}, kAffine));
  const Samples images{{{{2, 2, 4, 5}}}, {{{2, 4, 3}}}, {{{0, 2, 4, 4}}}};
  rows.push_back(layer(
      "Conv2d", "nn.Conv2d(2, 3, 3, padding=1)", [] { return nn::Conv2d(2, 3, 3, {.padding = 1}); },
      images, kAffine));
  rows.push_back(layer(
      "Conv2d/no bias", "nn.Conv2d(2, 3, (2, 3), bias=False)",
      [] {
        return nn::Conv2d(2, 3, {2, 3}, {.bias = false});
      },
      images, weight));
  rows.push_back(layer(
      "Conv2d/options", "nn.Conv2d(2, 4, 2, stride=(2, 1), padding=(0, 2), dilation=2, groups=2)",
      [] {
        return nn::Conv2d(2, 4, 2,
                          {.stride = {2, 1}, .padding = {0, 2}, .dilation = 2, .groups = 2});
      },
      images, kAffine));
  rows.push_back(layer(
      "Conv2d/reflect", "nn.Conv2d(2, 3, 3, padding=(1, 2), padding_mode='reflect')",
      [] {
        return nn::Conv2d(2, 3, 3, {.padding = {1, 2}, .padding_mode = PadMode::kReflect});
      },
      images, kAffine));
  rows.push_back(layer(
      "Conv2d/circular", "nn.Conv2d(2, 3, 3, padding=1, padding_mode='circular')",
      [] { return nn::Conv2d(2, 3, 3, {.padding = 1, .padding_mode = PadMode::kCircular}); },
      images, kAffine));
  const Samples volumes{{{{1, 2, 2, 3, 2}}}, {{{2, 3, 2, 2}}}, {{{0, 2, 2, 2, 2}}}};
  rows.push_back(layer(
      "Conv3d", "nn.Conv3d(2, 2, 2, padding=(1, 0, 0))",
      [] {
        return nn::Conv3d(2, 2, 2, {.padding = {1, 0, 0}});
      },
      volumes, kAffine));
  rows.push_back(layer(
      "ConvTranspose1d", "nn.ConvTranspose1d(2, 3, 3, stride=2, padding=1, output_padding=1)",
      [] { return nn::ConvTranspose1d(2, 3, 3, {.stride = 2, .padding = 1, .output_padding = 1}); },
      {{{{2, 2, 3}}}, {{{2, 3}}}, {{{0, 2, 3}}}}, kAffine));
  rows.push_back(layer(
      "ConvTranspose2d", "nn.ConvTranspose2d(2, 4, (2, 3), groups=2, dilation=(2, 1))",
      [] {
        return nn::ConvTranspose2d(2, 4, {2, 3}, {.groups = 2, .dilation = {2, 1}});
      },
      {{{{2, 2, 2, 3}}}, {{{2, 3, 2}}}, {{{0, 2, 2, 2}}}}, kAffine));
  rows.push_back(layer(
      "ConvTranspose3d", "nn.ConvTranspose3d(2, 2, 2, stride=(1, 2, 1), bias=False)",
      [] {
        return nn::ConvTranspose3d(2, 2, 2, {.stride = {1, 2, 1}, .bias = false});
      },
      volumes, weight));
}

void add_cells(LayerRows& rows) {
  const Samples with_h{{{{3, 2}}, {{3, 4}}}, {{{2}}, {{4}}}, {{{0, 2}}, {{0, 4}}}};
  const Samples x_only{{{{3, 2}}}, {{{2}}}, {{{0, 2}}}};
  const Samples with_hc{
      {{{3, 2}}, {{3, 4}}, {{3, 4}}}, {{{2}}, {{4}}, {{4}}}, {{{0, 2}}, {{0, 4}}, {{0, 4}}}};
  const auto step = [](auto& m, const Tensors& x) { return m(x[0], x[1]); };
  rows.push_back(layer(
      "RNNCell", "nn.RNNCell(2, 4)", [] { return nn::RNNCell(2, 4); }, "m(x0, x1)", step, with_h,
      kRecurrent));
  rows.push_back(layer(
      "RNNCell/relu", "nn.RNNCell(2, 4, nonlinearity='relu')",
      [] { return nn::RNNCell(2, 4, {.nonlinearity = nn::RnnNonlinearity::kRelu}); }, "m(x0, x1)",
      step, with_h, kRecurrent));
  rows.push_back(layer("RNNCell/no bias, no state", "nn.RNNCell(2, 4, bias=False)",
                       [] { return nn::RNNCell(2, 4, {.bias = false}); }, x_only,
                       {"weight_ih", "weight_hh"}));
  rows.push_back(layer(
      "GRUCell", "nn.GRUCell(2, 4)", [] { return nn::GRUCell(2, 4); }, "m(x0, x1)", step, with_h,
      kRecurrent));
  rows.push_back(layer("GRUCell/no bias, no state", "nn.GRUCell(2, 4, bias=False)",
                       [] { return nn::GRUCell(2, 4, {.bias = false}); }, x_only,
                       {"weight_ih", "weight_hh"}));
  const auto make = [] { return nn::LSTMCell(2, 4); };
  rows.push_back(layer(
      "LSTMCell/h", "nn.LSTMCell(2, 4)", make, "m(x0, (x1, x2))[0]",
      [](nn::LSTMCell& m, const Tensors& x) {
        return m(x[0], {x[1], x[2]}).h;
      },
      with_hc, kRecurrent));
  rows.push_back(layer(
      "LSTMCell/c", "nn.LSTMCell(2, 4)", make, "m(x0, (x1, x2))[1]",
      [](nn::LSTMCell& m, const Tensors& x) {
        return m(x[0], {x[1], x[2]}).c;
      },
      with_hc, kRecurrent));
  rows.push_back(layer(
      "LSTMCell/no bias, no state", "nn.LSTMCell(2, 4, bias=False)",
      [] { return nn::LSTMCell(2, 4, {.bias = false}); }, "m(x0)[0]",
      [](nn::LSTMCell& m, const Tensors& x) { return m(x[0]).h; }, x_only,
      {"weight_ih", "weight_hh"}));
}

// "weight_ih_l0", … for each layer and direction.
Names recurrent_state(int layers, bool bidirectional, const Names& names = kRecurrent) {
  Names out;
  for (int l = 0; l < layers; ++l)
    for (const char* direction : {"", "_reverse"})
      if (*direction == '\0' || bidirectional)
        for (const std::string& name : names) out.push_back(str_cat(name, "_l", l, direction));
  return out;
}

// RNN and GRU: output and h_n, plain and with every option.
template <class M> void add_recurrent(LayerRows& rows, const std::string& name) {
  const std::string torch = "nn." + name;
  const Samples plain{{{{3, 2, 2}}}, {{{1, 2, 2}}}, {{{3, 2}}}, {{{3, 0, 2}}}};
  const auto output = [](M& m, const Tensors& x) { return m(x[0]).output; };
  const auto h_n = [](M& m, const Tensors& x) { return m(x[0]).h_n; };
  const auto small = [] { return M(2, 3); };
  rows.push_back(layer(name + "/output", torch + "(2, 3)", small, "m(x0)[0]", output, plain,
                       recurrent_state(1, false)));
  rows.push_back(layer(name + "/h_n", torch + "(2, 3)", small, "m(x0)[1]", h_n, plain,
                       recurrent_state(1, false)));
  const auto deep = [] { return M(2, 2, {.num_layers = 2, .bidirectional = true}); };
  const std::string torch_deep = torch + "(2, 2, 2, bidirectional=True)";
  const Samples stated{
      {{{3, 2, 2}}, {{4, 2, 2}}}, {{{3, 2}}, {{4, 2}}}, {{{3, 0, 2}}, {{4, 0, 2}}}};
  rows.push_back(layer(
      name + "/two layers both ways, output", torch_deep, deep, "m(x0, x1)[0]",
      [](M& m, const Tensors& x) { return m(x[0], x[1]).output; }, stated,
      recurrent_state(2, true)));
  rows.push_back(layer(
      name + "/two layers both ways, h_n", torch_deep, deep, "m(x0, x1)[1]",
      [](M& m, const Tensors& x) { return m(x[0], x[1]).h_n; }, stated, recurrent_state(2, true)));
  rows.push_back(layer(
      name + "/batch first, no bias", torch + "(2, 3, bias=False, batch_first=True)",
      [] { return M(2, 3, {.bias = false, .batch_first = true}); }, "m(x0)[0]", output,
      {{{{2, 3, 2}}}, {{{3, 2}}}, {{{0, 3, 2}}}},
      recurrent_state(1, false, {"weight_ih", "weight_hh"})));
  rows.push_back(layer(
      name + "/dropout in evaluation", torch + "(2, 2, 2, dropout=0.5)",
      [] { return M(2, 2, {.num_layers = 2, .dropout = 0.5}); }, "m(x0)[0]", output,
      {{{{3, 2, 2}}}, {{{3, 0, 2}}}}, recurrent_state(2, false)));
}

void add_lstm(LayerRows& rows) {
  const Samples plain{{{{3, 2, 2}}}, {{{1, 2, 2}}}, {{{3, 2}}}, {{{3, 0, 2}}}};
  const auto small = [] { return nn::LSTM(2, 3); };
  const Names state = recurrent_state(1, false);
  rows.push_back(layer(
      "LSTM/output", "nn.LSTM(2, 3)", small, "m(x0)[0]",
      [](nn::LSTM& m, const Tensors& x) { return m(x[0]).output; }, plain, state));
  rows.push_back(layer(
      "LSTM/h_n", "nn.LSTM(2, 3)", small, "m(x0)[1][0]",
      [](nn::LSTM& m, const Tensors& x) { return m(x[0]).h_n; }, plain, state));
  rows.push_back(layer(
      "LSTM/c_n", "nn.LSTM(2, 3)", small, "m(x0)[1][1]",
      [](nn::LSTM& m, const Tensors& x) { return m(x[0]).c_n; }, plain, state));
  rows.push_back(layer(
      "LSTM/two layers both ways", "nn.LSTM(2, 2, 2, bidirectional=True)",
      [] { return nn::LSTM(2, 2, {.num_layers = 2, .bidirectional = true}); }, "m(x0, (x1, x2))[0]",
      [](nn::LSTM& m, const Tensors& x) {
        return m(x[0], {x[1], x[2]}).output;
      },
      {{{{3, 2, 2}}, {{4, 2, 2}}, {{4, 2, 2}}}, {{{3, 0, 2}}, {{4, 0, 2}}, {{4, 0, 2}}}},
      recurrent_state(2, true)));
  rows.push_back(layer(
      "LSTM/projected, batch first", "nn.LSTM(2, 3, 2, proj_size=2, batch_first=True)",
      [] { return nn::LSTM(2, 3, {.num_layers = 2, .batch_first = true, .proj_size = 2}); },
      "torch.cat([m(x0)[0].flatten(), m(x0)[1][0].flatten(), m(x0)[1][1].flatten()])",
      [](nn::LSTM& m, const Tensors& x) {
        const auto y = m(x[0]);
        return concat(std::vector{flatten(y.output), flatten(y.h_n), flatten(y.c_n)});
      },
      {{{{2, 3, 2}}}, {{{3, 2}}}, {{{0, 3, 2}}}},
      recurrent_state(2, false, {"weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"})));
}

const Names kAttention{"in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"};

void add_attention(LayerRows& rows) {
  const auto own = [] { return nn::MultiheadAttention(4, 2); };
  const Samples self{{{{3, 2, 4}}}, {{{3, 4}}}, {{{3, 0, 4}}}};
  rows.push_back(layer(
      "MultiheadAttention/self", "nn.MultiheadAttention(4, 2)", own, "m(x0, x0, x0)[0]",
      [](nn::MultiheadAttention& m, const Tensors& x) { return m(x[0], x[0], x[0]).output; }, self,
      kAttention));
  rows.push_back(layer(
      "MultiheadAttention/weights", "nn.MultiheadAttention(4, 2)", own, "m(x0, x0, x0)[1]",
      [](nn::MultiheadAttention& m, const Tensors& x) { return m(x[0], x[0], x[0]).weights; }, self,
      kAttention));
  rows.push_back(layer(
      "MultiheadAttention/weights of each head, causal mask", "nn.MultiheadAttention(4, 2)", own,
      "m(x0, x0, x0, attn_mask=torch.ones(3, 3, dtype=torch.bool).triu(1), "
      "average_attn_weights=False)[1]",
      [](nn::MultiheadAttention& m, const Tensors& x) {
        return m(x[0], x[0], x[0], {.average_attn_weights = false, .is_causal = true}).weights;
      },
      self, kAttention));
  rows.push_back(layer(
      "MultiheadAttention/padding and mask", "nn.MultiheadAttention(4, 2, batch_first=True)",
      [] { return nn::MultiheadAttention(4, 2, {.batch_first = true}); },
      "m(x0, x1, x1, key_padding_mask=torch.tensor([[False, False, True], [True, False, False]]), "
      "attn_mask=torch.tensor([[False, False, True], [False, False, False]]))[0]",
      [](nn::MultiheadAttention& m, const Tensors& x) {
        const Tensor padding = tensor({{0, 0, 1}, {1, 0, 0}}, bool_);
        const Tensor mask = tensor({{0, 0, 1}, {0, 0, 0}}, bool_);
        return m(x[0], x[1], x[1], {.key_padding_mask = padding, .attn_mask = mask}).output;
      },
      {{{{2, 2, 4}}, {{2, 3, 4}}}}, kAttention));
  rows.push_back(layer(
      "MultiheadAttention/added mask", "nn.MultiheadAttention(4, 2)", own,
      "m(x0, x1, x1, attn_mask=x2)[0]",
      [](nn::MultiheadAttention& m, const Tensors& x) {
        return m(x[0], x[1], x[1], {.attn_mask = x[2]}).output;
      },
      {{{{2, 2, 4}}, {{3, 2, 4}}, {{2, 3}}},
       {{{2, 1, 4}}, {{3, 1, 4}}, {{2, 2, 3}}},
       {{{2, 0, 4}}, {{3, 0, 4}}, {{2, 3}}}},
      kAttention));
  rows.push_back(layer(
      "MultiheadAttention/other sizes, learned key",
      "nn.MultiheadAttention(4, 2, add_bias_kv=True, kdim=3, vdim=2)",
      [] { return nn::MultiheadAttention(4, 2, {.add_bias_kv = true, .kdim = 3, .vdim = 2}); },
      "m(x0, x1, x2)[0]",
      [](nn::MultiheadAttention& m, const Tensors& x) { return m(x[0], x[1], x[2]).output; },
      {{{{2, 2, 4}}, {{3, 2, 3}}, {{3, 2, 2}}},
       {{{2, 4}}, {{3, 3}}, {{3, 2}}},
       {{{2, 0, 4}}, {{3, 0, 3}}, {{3, 0, 2}}}},
      {"q_proj_weight", "k_proj_weight", "v_proj_weight", "in_proj_bias", "bias_k", "bias_v",
       "out_proj.weight", "out_proj.bias"}));
  rows.push_back(layer(
      "MultiheadAttention/no bias, zero key, padding",
      "nn.MultiheadAttention(4, 2, bias=False, add_zero_attn=True)",
      [] { return nn::MultiheadAttention(4, 2, {.bias = false, .add_zero_attn = true}); },
      "m(x0, x0, x0, key_padding_mask=torch.tensor([[False, False, True], [True, True, True]]))[0]",
      [](nn::MultiheadAttention& m, const Tensors& x) {
        const Tensor padding = tensor({{0, 0, 1}, {1, 1, 1}}, bool_);
        return m(x[0], x[0], x[0], {.key_padding_mask = padding}).output;
      },
      {{{{3, 2, 4}}}}, {"in_proj_weight", "out_proj.weight"}));
}

void add_transformers(LayerRows& rows) {
  const Names parts = joined({with_prefix("self_attn.", kAttention),
                              with_prefix("linear1.", kAffine), with_prefix("linear2.", kAffine),
                              with_prefix("norm1.", kAffine), with_prefix("norm2.", kAffine)});
  const Samples sequences{{{{3, 2, 4}}}, {{{3, 4}}}, {{{3, 0, 4}}}};
  rows.push_back(layer(
      "TransformerEncoderLayer", "nn.TransformerEncoderLayer(4, 2, 5)",
      [] { return nn::TransformerEncoderLayer(4, 2, {.dim_feedforward = 5}); }, sequences, parts));
  rows.push_back(layer(
      "TransformerEncoderLayer/norm first, gelu, mask",
      "nn.TransformerEncoderLayer(4, 2, 5, activation='gelu', layer_norm_eps=1e-3, "
      "batch_first=True, norm_first=True)",
      [] {
        return nn::TransformerEncoderLayer(4, 2,
                                           {.dim_feedforward = 5,
                                            .activation = nn::TransformerActivation::kGelu,
                                            .layer_norm_eps = 1e-3,
                                            .batch_first = true,
                                            .norm_first = true});
      },
      "m(x0, src_mask=torch.ones(3, 3, dtype=torch.bool).triu(1))",
      [](nn::TransformerEncoderLayer& m, const Tensors& x) { return m(x[0], {.is_causal = true}); },
      {{{{2, 3, 4}}}, {{{3, 4}}}, {{{0, 3, 4}}}}, parts));
  rows.push_back(layer(
      "TransformerEncoderLayer/no bias, padding", "nn.TransformerEncoderLayer(4, 2, 5, bias=False)",
      [] { return nn::TransformerEncoderLayer(4, 2, {.dim_feedforward = 5, .bias = false}); },
      "m(x0, src_key_padding_mask=torch.tensor([[False, False, True], [True, False, False]]))",
      [](nn::TransformerEncoderLayer& m, const Tensors& x) {
        return m(x[0], {.src_key_padding_mask = tensor({{0, 0, 1}, {1, 0, 0}}, bool_)});
      },
      {{{{3, 2, 4}}}},
      {"self_attn.in_proj_weight", "self_attn.out_proj.weight", "linear1.weight", "linear2.weight",
       "norm1.weight", "norm2.weight"}));
  rows.push_back(layer(
      "TransformerEncoder",
      "nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 3), 2, norm=nn.LayerNorm(4))",
      [] { return nn::TransformerEncoder(4, 2, 2, {.dim_feedforward = 3}, true); }, sequences,
      joined({with_prefix("layers.0.", parts), with_prefix("layers.1.", parts),
              with_prefix("norm.", kAffine)})));
  const Names decoder =
      joined({parts, with_prefix("multihead_attn.", kAttention), with_prefix("norm3.", kAffine)});
  const Samples both{{{{2, 2, 4}}, {{3, 2, 4}}}, {{{2, 4}}, {{3, 4}}}, {{{2, 0, 4}}, {{3, 0, 4}}}};
  rows.push_back(layer(
      "TransformerDecoderLayer", "nn.TransformerDecoderLayer(4, 2, 5)",
      [] { return nn::TransformerDecoderLayer(4, 2, {.dim_feedforward = 5}); },
      "m(x0, x1, tgt_mask=torch.ones(2, 2, dtype=torch.bool).triu(1))",
      [](nn::TransformerDecoderLayer& m, const Tensors& x) {
        return m(x[0], x[1], {.tgt_is_causal = true});
      },
      both, decoder));
  rows.push_back(layer(
      "TransformerDecoderLayer/norm first", "nn.TransformerDecoderLayer(4, 2, 5, norm_first=True)",
      [] { return nn::TransformerDecoderLayer(4, 2, {.dim_feedforward = 5, .norm_first = true}); },
      "m(x0, x1)", [](nn::TransformerDecoderLayer& m, const Tensors& x) { return m(x[0], x[1]); },
      both, decoder));
}

}  // namespace

const std::vector<LayerCase>& layer_cases() {
  static const std::vector<LayerCase> all = [] {
    LayerRows rows;
    add_simple(rows);
    add_convolutions(rows);
    add_cells(rows);
    add_recurrent<nn::RNN>(rows, "RNN");
    rows.push_back(layer(
        "RNN/relu", "nn.RNN(2, 3, nonlinearity='relu')",
        [] { return nn::RNN(2, 3, {.nonlinearity = nn::RnnNonlinearity::kRelu}); }, "m(x0)[0]",
        [](nn::RNN& m, const Tensors& x) { return m(x[0]).output; }, {{{{3, 2, 2}}}, {{{3, 0, 2}}}},
        recurrent_state(1, false)));
    add_recurrent<nn::GRU>(rows, "GRU");
    add_lstm(rows);
    add_attention(rows);
    add_transformers(rows);
    for (auto* others :
         {activation_layers, container_layers, loss_layers, normalization_layers, spatial_layers})
      for (LayerCase& row : others()) rows.push_back(std::move(row));
    return rows;
  }();
  return all;
}

std::unique_ptr<nn::Module> made(const LayerCase& row, Dtype dtype, std::uint64_t seed) {
  auto module = row.make();
  module->eval();
  module->to(dtype);
  Generator generator(seed);
  const auto fill = [&](const nn::Named<Tensor>& list, double low, double high) {
    const NoGradGuard no_grad;
    for (const auto& [name, t] : list) {
      if (!is_floating(t.dtype())) continue;
      std::vector<float> values(static_cast<std::size_t>(t.numel()));
      for (float& v : values) v = static_cast<float>(generator.uniform(low, high));
      Tensor(t).copy_(Array::from(values, dtype).reshaped(t.shape()));
    }
  };
  fill(module->named_parameters(), -0.6, 0.6);
  fill(module->named_buffers(), 0.5, 1.5);
  return module;
}

}  // namespace tinygrad::test
