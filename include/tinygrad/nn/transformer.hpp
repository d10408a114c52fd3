// SPDX-License-Identifier: MIT
// Transformer layers: encoder layer, stack of encoder layers, decoder layer, and the sinusoidal
// encoding of positions.
#pragma once

#include <cmath>

#include "tinygrad/nn/attention.hpp"
#include "tinygrad/nn/container.hpp"
#include "tinygrad/nn/dropout.hpp"
#include "tinygrad/nn/normalization.hpp"
#include "tinygrad/nn/settings.hpp"
#include "tinygrad/ops/elementwise/activation.hpp"
#include "tinygrad/ops/elementwise/trigonometric.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

enum class TransformerActivation { kRelu, kGelu };

struct TransformerOptions {
  Index dim_feedforward = 2048;
  double dropout = 0.1;
  TransformerActivation activation = TransformerActivation::kRelu;
  double layer_norm_eps = 1e-5;
  bool batch_first = false;  ///< (N, L, E) instead of (L, N, E)
  bool norm_first = false;   ///< normalise before attention and products instead of after
  bool bias = true;          ///< of products and norms
};

namespace detail {
// Checks of options that the modules inside do not make, or make under other names.
inline TransformerOptions checked(const Op& op, Index d_model, Index nhead,
                                  const TransformerOptions& with) {
  check<ValueError>(d_model > 0, op, "d_model=", d_model, " must be positive");
  check<ValueError>(nhead > 0, op, "nhead=", nhead, " must be positive");
  check<ValueError>(d_model % nhead == 0, op, "d_model=", d_model,
                    " must be divisible by nhead=", nhead);
  check<ValueError>(with.dim_feedforward > 0, op, "dim_feedforward=", with.dim_feedforward,
                    " must be positive");
  check<ValueError>(with.dropout >= 0 && with.dropout <= 1, op, "dropout=", with.dropout,
                    " must be in [0, 1]");
  check<ValueError>(with.layer_norm_eps >= 0 && std::isfinite(with.layer_norm_eps), op,
                    "layer_norm_eps=", with.layer_norm_eps, " must be finite and not negative");
  return with;
}
inline LayerNorm layer_norm_of(Index d_model, const TransformerOptions& with) {
  return LayerNorm(d_model, {.eps = with.layer_norm_eps, .bias = with.bias});
}
inline MultiheadAttention attention_of(Index d_model, Index nhead, const TransformerOptions& with,
                                       Generator& generator, At at) {
  return MultiheadAttention(
      d_model, nhead, {.dropout = with.dropout, .bias = with.bias, .batch_first = with.batch_first},
      generator, at);
}
// The options that the modules inside do not show.
inline std::string described(std::string type, const TransformerOptions& o) {
  Settings s(std::move(type));
  if (o.activation == TransformerActivation::kGelu) s.show("activation", "gelu");
  return s.unless("norm_first", o.norm_first, false).text();
}
inline Tensor activate(TransformerActivation activation, const Tensor& x) {
  return activation == TransformerActivation::kGelu ? gelu(x) : relu(x);
}
}  // namespace detail

/// The masks of a call to an encoder; see AttentionCall.
struct EncoderCall {
  Tensor mask = {};
  Tensor src_key_padding_mask = {};
  bool is_causal = false;
};

/// Self-attention and two products, each with a residual and a norm:
///   x = norm1(x + attention(x)), y = norm2(x + linear2(act(linear1(x))));
/// norm_first: x = x + attention(norm1(x)), y = x + linear2(act(linear1(norm2(x)))).
/// Shapes  src (L, N, d_model) → y; (N, L, d_model) with batch_first; without N too
/// Source  Vaswani et al., NIPS 2017; norm_first: Xiong et al., ICML 2020
struct TransformerEncoderLayer final : Module {
  TransformerOptions options;
  MultiheadAttention self_attn;
  Linear linear1;
  Dropout dropout;
  Linear linear2;
  LayerNorm norm1, norm2;
  Dropout dropout1, dropout2;

  TransformerEncoderLayer(Index d_model, Index nhead, const TransformerOptions& with = {},
                          Generator& generator = default_generator(), At at = At::here())
      : options(detail::checked({"TransformerEncoderLayer", at}, d_model, nhead, with)),
        self_attn(detail::attention_of(d_model, nhead, with, generator, at)),
        linear1(d_model, with.dim_feedforward, {.bias = with.bias}, generator, at),
        dropout(with.dropout, {}, at),
        linear2(with.dim_feedforward, d_model, {.bias = with.bias}, generator, at),
        norm1(detail::layer_norm_of(d_model, with)),
        norm2(detail::layer_norm_of(d_model, with)),
        dropout1(with.dropout, {}, at),
        dropout2(with.dropout, {}, at) {}

  void members(Members& m) override {
    m("self_attn", self_attn)("linear1", linear1)("dropout", dropout)("linear2", linear2);
    m("norm1", norm1)("norm2", norm2)("dropout1", dropout1)("dropout2", dropout2);
  }
  Tensor operator()(const Tensor& src, const EncoderCall& with = {}, At at = At::here()) {
    return call(at, {src}, [&](const std::vector<Tensor>& in) { return encode(in[0], with); });
  }
  Tensor forward(const Tensor& src) override { return encode(src, {}); }
  std::string describe() const override { return detail::described(type_name(), options); }

 private:
  Tensor encode(const Tensor& src, const EncoderCall& with) {
    if (options.norm_first) {
      const Tensor x = src + attend(norm1(src), with);
      return x + feed_forward(norm2(x));
    }
    const Tensor x = norm1(src + attend(src, with));
    return norm2(x + feed_forward(x));
  }
  Tensor attend(const Tensor& x, const EncoderCall& with) {
    return dropout1(self_attn(x, x, x,
                              {.key_padding_mask = with.src_key_padding_mask,
                               .need_weights = false,
                               .attn_mask = with.mask,
                               .is_causal = with.is_causal})
                        .output);
  }
  Tensor feed_forward(const Tensor& x) {
    return dropout2(linear2(dropout(detail::activate(options.activation, linear1(x)))));
  }
};

/// Encoder layers one after the other, then a norm if `final_norm` is set. Each layer draws its own
/// weights; in PyTorch all layers start as copies of one.
struct TransformerEncoder final : Module {
  ModuleList<TransformerEncoderLayer> layers;
  ModuleList<LayerNorm> norm;  // one, or none

  TransformerEncoder(Index d_model, Index nhead, Index num_layers,
                     const TransformerOptions& with = {}, bool final_norm = false,
                     Generator& generator = default_generator(), At at = At::here()) {
    const Op op{"TransformerEncoder", at};
    detail::checked(op, d_model, nhead, with);
    check<ValueError>(num_layers >= 0, op, "num_layers=", num_layers, " must not be negative");
    for (Index i = 0; i < num_layers; ++i)
      layers.append(TransformerEncoderLayer(d_model, nhead, with, generator, at));
    if (final_norm) norm.append(detail::layer_norm_of(d_model, with));
  }

  void members(Members& m) override {
    m("layers", layers);
    if (norm.size() > 0) m("norm", norm[0]);
  }
  Tensor operator()(const Tensor& src, const EncoderCall& with = {}, At at = At::here()) {
    return call(at, {src}, [&](const std::vector<Tensor>& in) { return encode(in[0], with); });
  }
  Tensor forward(const Tensor& src) override { return encode(src, {}); }

 private:
  Tensor encode(const Tensor& src, const EncoderCall& with) {
    Tensor x = src;
    for (auto& layer : layers) x = (*layer)(x, with);
    return norm.size() > 0 ? norm[0](x) : x;
  }
};

/// The masks of a call to a decoder; see AttentionCall. tgt_… belong to the self-attention,
/// memory_… to the attention to the encoder's output.
struct DecoderCall {
  Tensor tgt_mask = {};
  Tensor memory_mask = {};
  Tensor tgt_key_padding_mask = {};
  Tensor memory_key_padding_mask = {};
  bool tgt_is_causal = false;
  bool memory_is_causal = false;
};

/// An encoder layer that also has attention to the encoder's output, `memory`, in its middle.
/// Shapes  tgt (L, N, d_model), memory (S, N, d_model) → y as tgt; N first with batch_first
struct TransformerDecoderLayer final : Module {
  TransformerOptions options;
  MultiheadAttention self_attn, multihead_attn;
  Linear linear1;
  Dropout dropout;
  Linear linear2;
  LayerNorm norm1, norm2, norm3;
  Dropout dropout1, dropout2, dropout3;

  TransformerDecoderLayer(Index d_model, Index nhead, const TransformerOptions& with = {},
                          Generator& generator = default_generator(), At at = At::here())
      : options(detail::checked({"TransformerDecoderLayer", at}, d_model, nhead, with)),
        self_attn(detail::attention_of(d_model, nhead, with, generator, at)),
        multihead_attn(detail::attention_of(d_model, nhead, with, generator, at)),
        linear1(d_model, with.dim_feedforward, {.bias = with.bias}, generator, at),
        dropout(with.dropout, {}, at),
        linear2(with.dim_feedforward, d_model, {.bias = with.bias}, generator, at),
        norm1(detail::layer_norm_of(d_model, with)),
        norm2(detail::layer_norm_of(d_model, with)),
        norm3(detail::layer_norm_of(d_model, with)),
        dropout1(with.dropout, {}, at),
        dropout2(with.dropout, {}, at),
        dropout3(with.dropout, {}, at) {}

  void members(Members& m) override {
    m("self_attn", self_attn)("multihead_attn", multihead_attn)("linear1", linear1);
    m("dropout", dropout)("linear2", linear2)("norm1", norm1)("norm2", norm2)("norm3", norm3);
    m("dropout1", dropout1)("dropout2", dropout2)("dropout3", dropout3);
  }
  Tensor operator()(const Tensor& tgt, const Tensor& memory, const DecoderCall& with = {},
                    At at = At::here()) {
    return call(at, {tgt, memory},
                [&](const std::vector<Tensor>& in) { return decode(in[0], in[1], with); });
  }
  std::string describe() const override { return detail::described(type_name(), options); }

 private:
  Tensor decode(const Tensor& tgt, const Tensor& memory, const DecoderCall& with) {
    const auto to_self = [&](const Tensor& x) {
      return dropout1(self_attn(x, x, x,
                                {.key_padding_mask = with.tgt_key_padding_mask,
                                 .need_weights = false,
                                 .attn_mask = with.tgt_mask,
                                 .is_causal = with.tgt_is_causal})
                          .output);
    };
    const auto to_memory = [&](const Tensor& x) {
      return dropout2(multihead_attn(x, memory, memory,
                                     {.key_padding_mask = with.memory_key_padding_mask,
                                      .need_weights = false,
                                      .attn_mask = with.memory_mask,
                                      .is_causal = with.memory_is_causal})
                          .output);
    };
    const auto feed_forward = [&](const Tensor& x) {
      return dropout3(linear2(dropout(detail::activate(options.activation, linear1(x)))));
    };
    if (options.norm_first) {
      Tensor x = tgt + to_self(norm1(tgt));
      x = x + to_memory(norm2(x));
      return x + feed_forward(norm3(x));
    }
    Tensor x = norm1(tgt + to_self(tgt));
    x = norm2(x + to_memory(x));
    return norm3(x + feed_forward(x));
  }
};

/// Sines and cosines of the position at wavelengths from 2π to 20000π, to be added to embeddings:
/// y[t, 2i] = sin(t/10000^(2i/d)), y[t, 2i + 1] = cos of the same. No gradient.
/// Shapes  → y (length, d_model)
/// Source  Vaswani et al., NIPS 2017
inline Tensor sinusoidal_encoding(Index length, Index d_model, Dtype dtype = float32,
                                  At at = At::here()) {
  const Op op{"sinusoidal_encoding", at};
  check<ValueError>(length >= 0 && d_model > 0, op, "length=", length, " and d_model=", d_model,
                    " must be positive");
  const Index pairs = (d_model + 1) / 2;
  const Tensor positions = reshape(to(arange(static_cast<double>(length)), float64), {length, 1});
  const double slowing = -std::log(10000.0) * 2 / static_cast<double>(d_model);
  const Tensor angles = positions * exp(to(arange(static_cast<double>(pairs)), float64) * slowing);
  const Tensor both = reshape(stack({sin(angles), cos(angles)}, 2), {length, 2 * pairs});
  return to(slice(both, {ellipsis, Slice{0, d_model}}), dtype);
}

}  // namespace tinygrad::nn
