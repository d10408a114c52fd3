// SPDX-License-Identifier: MIT
// Rows of the layer-case table for nn/attention.hpp and nn/transformer.hpp.
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

LayerRows transformer_layers() {
  LayerRows rows;
  add_attention(rows);
  add_transformers(rows);
  return rows;
}

}  // namespace tinygrad::test
