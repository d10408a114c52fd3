// SPDX-License-Identifier: MIT
// MultiheadAttention: the attention layer. The formula of one head is in ops/layers/attention.hpp.
#pragma once

#include <optional>

#include "tinygrad/nn/linear.hpp"
#include "tinygrad/nn/settings.hpp"
#include "tinygrad/ops/layers/attention.hpp"
#include "tinygrad/ops/shape/join.hpp"
#include "tinygrad/ops/shape/movement.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

struct MultiheadAttentionOptions {
  double dropout = 0;              ///< of the weights, while training
  bool bias = true;                ///< of all four products
  bool add_bias_kv = false;        ///< one more key and value that are learned
  bool add_zero_attn = false;      ///< one more key and value that are 0
  std::optional<Index> kdim = {};  ///< features of key, embed_dim by default
  std::optional<Index> vdim = {};  ///< features of value, embed_dim by default
  bool batch_first = false;        ///< (N, L, E) instead of (L, N, E)
};

/// The optional arguments of a call. In bool masks true means hidden: PyTorch's convention for this
/// layer, and the opposite of scaled_dot_product_attention's. Floating masks are added to the
/// scores.
struct AttentionCall {
  Tensor key_padding_mask = {};      ///< (N, S), or (S) without a batch
  bool need_weights = true;          ///< return the weights too
  Tensor attn_mask = {};             ///< (L, S) or (N·heads, L, S)
  bool average_attn_weights = true;  ///< their mean over the heads
  bool is_causal = false;            ///< hide keys after the query, besides the masks
};

struct AttentionOutput {
  Tensor output;   ///< as query
  Tensor weights;  ///< (N, L, S), or (N, heads, L, S) if not averaged; undefined if not needed
  std::vector<Tensor*> tensors() { return {&output, &weights}; }
};

/// Attention in num_heads heads of embed_dim/num_heads features each, between four products.
/// Shapes  query (L, N, E), key (S, N, kdim), value (S, N, vdim), E = embed_dim → output (L, N, E),
///         weights (N, L, S); N first with batch_first; all without N too
/// Starts as PyTorch's: products of query, key, value Glorot uniform, out_proj.weight uniform in
///         ±1/√E, biases 0, the learned key and value Glorot normal
/// Throws  ValueError if num_heads does not divide embed_dim; ShapeError for sizes that disagree
/// Source  Vaswani et al., NIPS 2017
struct MultiheadAttention final : Module {
  Index embed_dim, num_heads;
  MultiheadAttentionOptions options;
  Parameter in_proj_weight;                               // (3·E, E) if kdim = vdim = E; else
  Parameter q_proj_weight, k_proj_weight, v_proj_weight;  // (E, E), (E, kdim), (E, vdim)
  Parameter in_proj_bias;                                 // (3·E)
  Linear out_proj;                                        // (E, E)
  Parameter bias_k, bias_v;                               // (1, 1, E)
  std::optional<Generator> generator;                     // of the dropout

  explicit MultiheadAttention(...) TINYGRAD_REFUSED("(embed_dim, num_heads, options)");
  MultiheadAttention(Index embed, Index heads, const MultiheadAttentionOptions& with = {},
                     Generator& initial = default_generator(), At at = At::here())
      : embed_dim(checked(embed, heads, with, {"MultiheadAttention", at})),
        num_heads(heads),
        options(with),
        out_proj(embed, embed, {.bias = with.bias}, initial) {
    const auto glorot = [&](const Shape& shape) {
      return init::xavier_uniform_(Tensor(Array::zeros(shape, float32)), 1, initial);
    };
    if (key_size() == embed && value_size() == embed) {
      in_proj_weight = glorot({3 * embed, embed});
    } else {
      q_proj_weight = glorot({embed, embed});
      k_proj_weight = glorot({embed, key_size()});
      v_proj_weight = glorot({embed, value_size()});
    }
    if (with.bias) {
      in_proj_bias = zeros({3 * embed});
      init::zeros_(out_proj.bias);
    }
    if (with.add_bias_kv) {
      bias_k = init::xavier_normal_(zeros({1, 1, embed}), 1, initial);
      bias_v = init::xavier_normal_(zeros({1, 1, embed}), 1, initial);
    }
  }

  void members(Members& m) override {
    m("in_proj_weight", in_proj_weight)("q_proj_weight", q_proj_weight);
    m("k_proj_weight", k_proj_weight)("v_proj_weight", v_proj_weight);
    m("in_proj_bias", in_proj_bias)("bias_k", bias_k)("bias_v", bias_v)("out_proj", out_proj);
  }
  void reset_parameters(init::Initializer& draw) override {
    draw.weight(in_proj_weight, embed_dim);
    draw.weight(q_proj_weight, embed_dim);
    draw.weight(k_proj_weight, key_size());
    draw.weight(v_proj_weight, value_size());
    for (const Tensor& b : {in_proj_bias, bias_k, bias_v}) draw.bias(b, embed_dim);
  }
  using Module::operator();  // for one tensor: see forward
  AttentionOutput operator()(const Tensor& query, const Tensor& key, const Tensor& value,
                             const AttentionCall& with = {}, At at = At::here()) {
    return call(at, {query, key, value},
                [&](const std::vector<Tensor>& in) { return attend(in[0], in[1], in[2], with); });
  }
  /// For one tensor it is self-attention without the weights.
  Tensor forward(const Tensor& x) override {
    return attend(x, x, x, {.need_weights = false}).output;
  }
  std::string describe() const override {
    const MultiheadAttentionOptions usual, &o = options;
    detail::Settings s("MultiheadAttention");
    s.show(embed_dim)
        .show(num_heads)
        .unless("dropout", o.dropout, usual.dropout)
        .unless("bias", o.bias, usual.bias)
        .unless("add_bias_kv", o.add_bias_kv, usual.add_bias_kv)
        .unless("add_zero_attn", o.add_zero_attn, usual.add_zero_attn);
    if (o.kdim) s.show("kdim", *o.kdim);
    if (o.vdim) s.show("vdim", *o.vdim);
    return s.unless("batch_first", o.batch_first, usual.batch_first).text();
  }

 private:
  static Index checked(Index embed, Index heads, const MultiheadAttentionOptions& with,
                       const Op& op) {
    check<ValueError>(embed > 0, op, "embed_dim=", embed, " must be positive");
    check<ValueError>(heads > 0, op, "num_heads=", heads, " must be positive");
    check<ValueError>(embed % heads == 0, op, "embed_dim=", embed,
                      " must be divisible by num_heads=", heads);
    check<ValueError>(with.kdim.value_or(1) > 0, op, "kdim=", with.kdim.value_or(1),
                      " must be positive");
    check<ValueError>(with.vdim.value_or(1) > 0, op, "vdim=", with.vdim.value_or(1),
                      " must be positive");
    check<ValueError>(with.dropout >= 0 && with.dropout <= 1, op, "dropout=", with.dropout,
                      " must be in [0, 1]");
    return embed;
  }
  Index key_size() const { return options.kdim.value_or(embed_dim); }
  Index value_size() const { return options.vdim.value_or(embed_dim); }

  AttentionOutput attend(const Tensor& query, const Tensor& key, const Tensor& value,
                         const AttentionCall& with) {
    const Op op{"MultiheadAttention", At::here()};
    check_inputs(op, query, key, value);
    const bool batched = query.dim() == 3;
    const int length_dim = batched && options.batch_first ? 1 : 0;
    const Index l = query.shape()[length_dim], s = key.shape()[length_dim];
    const Index n = batched ? query.shape()[1 - length_dim] : 1;

    std::vector<Tensor> parts = project(query, key, value);
    for (Tensor& part : parts) part = heads_first(part, n);  // (N, heads, length, E/heads)
    Tensor mask = combined_mask(op, with, query.dtype(), n, l, s, batched);
    const auto append = [&](const Tensor& k, const Tensor& v) {
      const Shape one{n, num_heads, 1, embed_dim / num_heads};
      parts[1] = concat(std::vector{parts[1], expand(k, one)}, 2);
      parts[2] = concat(std::vector{parts[2], expand(v, one)}, 2);
      if (!mask.defined()) return;  // every query may see the new key
      Shape column = mask.shape();
      column[3] = 1;
      mask = concat(std::vector{mask, zeros(column, mask.dtype())}, 3);
    };
    const Shape per_head{1, num_heads, 1, embed_dim / num_heads};
    if (bias_k.defined()) append(reshape(bias_k, per_head), reshape(bias_v, per_head));
    if (options.add_zero_attn) {
      const Tensor nothing = zeros(per_head, query.dtype());
      append(nothing, nothing);
    }

    const auto [y, weights] = tinygrad::detail::attention(
        op, parts[0], parts[1], parts[2],
        {.attn_mask = mask, .dropout_p = is_training() ? options.dropout : 0},
        generator ? *generator : default_generator());
    // (N, heads, L, E/heads) to the layout of query, with the heads side by side.
    const Tensor ordered = permute(y, length_dim == 1 ? Shape{0, 2, 1, 3} : Shape{2, 0, 1, 3});
    AttentionOutput out{out_proj(reshape(ordered, query.shape())), {}};
    if (!with.need_weights) return out;
    out.weights = with.average_attn_weights ? mean(weights, 1) : weights;
    if (!batched) out.weights = squeeze(out.weights, 0);
    return out;
  }

  void check_inputs(const Op& op, const Tensor& query, const Tensor& key,
                    const Tensor& value) const {
    const Shape &q = query.shape(), &k = key.shape(), &v = value.shape();
    check<ShapeError>(
        (q.rank() == 2 || q.rank() == 3) && k.rank() == q.rank() && v.rank() == q.rank(), op,
        "query ", q, ", key ", k, ", value ", v,
        ": all must have the dims (length, N, features), or all without N");
    const auto last = [&](const char* name, const Shape& shape, const char* size, Index wanted) {
      check<ShapeError>(shape.back() == wanted, op, name, ' ', shape, " must end in ", size, "=",
                        wanted);
    };
    last("query", q, "embed_dim", embed_dim);
    last("key", k, "kdim", key_size());
    last("value", v, "vdim", value_size());
    check<ShapeError>(Shape(k.begin(), k.end() - 1) == Shape(v.begin(), v.end() - 1), op, "key ", k,
                      " and value ", v, " must have the same length and batch");
    const int batch = options.batch_first ? 0 : 1;
    check<ShapeError>(q.rank() == 2 || q[batch] == k[batch], op, "query ", q, " and key ", k,
                      " must have the same batch, dim ", batch);
  }

  // The products of query, key and value with their weights: one product if they are the same
  // tensor.
  std::vector<Tensor> project(const Tensor& query, const Tensor& key, const Tensor& value) const {
    if (in_proj_weight.defined() && query.is(key) && key.is(value))
      return chunk(linear(query, in_proj_weight, in_proj_bias), 3, query.dim() - 1);
    const std::vector<Tensor> weights =
        in_proj_weight.defined() ? chunk(in_proj_weight, 3, 0)
                                 : std::vector<Tensor>{q_proj_weight, k_proj_weight, v_proj_weight};
    const std::vector<Tensor> biases =
        in_proj_bias.defined() ? chunk(in_proj_bias, 3, 0) : std::vector<Tensor>(3);
    return {linear(query, weights[0], biases[0]), linear(key, weights[1], biases[1]),
            linear(value, weights[2], biases[2])};
  }

  // (length, N, E), (N, length, E) or (length, E) → (N, heads, length, E/heads)
  Tensor heads_first(const Tensor& x, Index n) const {
    const Index size = embed_dim / num_heads;
    if (x.dim() == 3 && options.batch_first)
      return permute(reshape(x, {n, x.shape()[1], num_heads, size}), {0, 2, 1, 3});
    return permute(reshape(x, {x.shape()[0], n, num_heads, size}), {1, 2, 0, 3});
  }

  // All masks as one mask that is added, (N or 1, heads or 1, L or 1, S); undefined if there is
  // none.
  Tensor combined_mask(const Op& op, const AttentionCall& with, Dtype dtype, Index n, Index l,
                       Index s, bool batched) const {
    Tensor sum;
    const auto add = [&](const char* name, const Tensor& mask, const Shape& shape) {
      check<DtypeError>(mask.dtype() == bool_ || mask.dtype() == dtype, op, name, " is ",
                        mask.dtype(), ", it must be bool or ", dtype, " like query");
      const Tensor added =
          mask.dtype() == bool_
              ? where(mask, full({}, -std::numeric_limits<double>::infinity(), dtype),
                      zeros({}, dtype))
              : mask;
      const Tensor shaped = reshape(added, shape);
      sum = sum.defined() ? sum + shaped : shaped;
    };
    if (const Tensor& mask = with.attn_mask; mask.defined()) {
      const Shape each{n * num_heads, l, s};
      check<ShapeError>(mask.shape() == Shape{l, s} || mask.shape() == each, op, "attn_mask ",
                        mask.shape(), " must be (L, S) = ", Shape{l, s},
                        " or (N·heads, L, S) = ", each);
      add("attn_mask", mask, mask.dim() == 2 ? Shape{1, 1, l, s} : Shape{n, num_heads, l, s});
    }
    if (const Tensor& mask = with.key_padding_mask; mask.defined()) {
      const Shape shape = batched ? Shape{n, s} : Shape{s};
      check<ShapeError>(mask.shape() == shape, op, "key_padding_mask ", mask.shape(), " must be ",
                        batched ? "(N, S) = " : "(S) = ", shape);
      add("key_padding_mask", mask, {n, 1, 1, s});
    }
    if (with.is_causal)
      add("is_causal", logical_not(tinygrad::detail::causal_mask(l, s)), {1, 1, l, s});
    return sum;
  }
};

}  // namespace tinygrad::nn
