// SPDX-License-Identifier: MIT
// Attention: sums of values, weighted by the softmax of the scaled products of queries and keys.
#pragma once

#include <cmath>
#include <limits>
#include <optional>

#include "tinygrad/ops/creation/creation.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/ops/elementwise/comparison.hpp"
#include "tinygrad/ops/elementwise/select.hpp"
#include "tinygrad/ops/layers/dropout.hpp"
#include "tinygrad/ops/linalg/products.hpp"
#include "tinygrad/ops/reduction/extremes.hpp"
#include "tinygrad/ops/reduction/softmax.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

struct AttentionOptions {
  Tensor attn_mask = {};             ///< broadcasts to (…, L, S): bool, true takes part; or added
  double dropout_p = 0;              ///< dropout of the weights
  bool is_causal = false;            ///< query i sees only keys 0 … i
  std::optional<double> scale = {};  ///< empty: 1/√E
};

namespace detail {
/// The output of attention, and its weights (…, L, S).
struct Attention {
  Tensor output, weights;
};

// softmax along the last dim. A row of only −∞, in which every key is masked, gives 0.
inline Tensor masked_softmax(const Tensor& scores) {
  if (scores.shape().back() == 0) return softmax(scores);
  const Tensor dead = eq(max(scores.detach(), -1, true), -std::numeric_limits<double>::infinity());
  if (sum(dead).item() == 0) return softmax(scores);
  // The scores are replaced too, because a gradient through softmax(−∞, −∞, …) = NaN would be NaN.
  return where(dead, 0, softmax(where(dead, 0, scores)));
}

// (L, S): true where key s is not after query l. Both count from the first.
inline Tensor causal_mask(Index queries, Index keys) {
  return le(tinygrad::arange(keys), reshape(tinygrad::arange(queries), {queries, 1}));
}

inline Attention attention(const Op& op, const Tensor& query, const Tensor& key,
                           const Tensor& value, const AttentionOptions& options,
                           Generator& generator) {
  const Shape &q = query.shape(), &k = key.shape(), &v = value.shape();
  check<ShapeError>(q.rank() >= 2 && k.rank() >= 2 && v.rank() >= 2, op, "query ", q, ", key ", k,
                    ", value ", v, ": each needs at least the dims (length, features)");
  check<ShapeError>(q.back() == k.back(), op, "query ", q, " and key ", k,
                    " must have the same last size: ", q.back(), " is not ", k.back());
  check<ShapeError>(k[k.rank() - 2] == v[v.rank() - 2], op, "key ", k, " and value ", v,
                    " must have the same length: ", k[k.rank() - 2], " is not ", v[v.rank() - 2]);
  for (const Tensor& t : {query, key, value})
    check<DtypeError>(is_floating(t.dtype()) && t.dtype() == query.dtype(), op, "query ",
                      query.dtype(), ", key ", key.dtype(), ", value ", value.dtype(),
                      ": all must be float32 or all float64");
  const double p = options.dropout_p;
  check<ValueError>(p >= 0 && p <= 1, op, "dropout_p=", p, " must be in [0, 1]");
  const Tensor& mask = options.attn_mask;
  check<ValueError>(!mask.defined() || !options.is_causal, op,
                    "attn_mask and is_causal exclude each other; put the causal part in the mask");

  const double scale =
      options.scale.value_or(1 / std::sqrt(static_cast<double>(std::max<Index>(q.back(), 1))));
  Tensor scores = matmul(query * scale, key, {.b = true});  // (…, L, E)·(…, S, E)ᵀ → (…, L, S)
  const auto exclude = [&](const Tensor& allowed) {
    scores = where(allowed, scores, -std::numeric_limits<double>::infinity());
  };
  if (mask.defined()) {
    check<ShapeError>(broadcasts_to(mask.shape(), scores.shape()), op, "attn_mask ", mask.shape(),
                      " must broadcast to the weights (…, L, S), ", scores.shape());
    check<DtypeError>(mask.dtype() == bool_ || mask.dtype() == query.dtype(), op, "attn_mask is ",
                      mask.dtype(), ", it must be bool or ", query.dtype(), " like query");
    if (mask.dtype() == bool_) exclude(mask);
    else scores = scores + mask;
  }
  if (options.is_causal) exclude(causal_mask(q[q.rank() - 2], k[k.rank() - 2]));
  const Tensor weights =
      dropout(mask.defined() ? masked_softmax(scores) : softmax(scores), p, true, generator);
  return {matmul(weights, value), weights};  // (…, L, S)·(…, S, Ev) → (…, L, Ev)
}
}  // namespace detail

/// softmax(query·keyᵀ·scale + mask)·value: for each query a weighted mean of the values. The weight
/// of a value is larger the better its key matches the query. A query whose keys are all masked
/// gives 0.
/// Shapes  query (…, L, E), key (…, S, E), value (…, S, Ev) → y (…, L, Ev); batch dims broadcast
/// Grad    through its parts: two products, a softmax, and the dropout's mask
/// Saves   the weights (…, L, S), and what the products save
/// Throws  ShapeError if sizes or the mask's shape disagree; ValueError for both a mask and
///         is_causal
/// Range   an Inf or NaN in a value reaches every query, as in PyTorch, even queries that must not
///         see it: its weight is 0, and 0·∞ is NaN; an Inf or NaN in a key reaches their gradients
/// Source  Vaswani et al., NIPS 2017
inline Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key,
                                           const Tensor& value,
                                           const AttentionOptions& options = {},
                                           Generator& generator = default_generator(),
                                           At at = At::here()) {
  const Op op{"scaled_dot_product_attention", at};
  const CalledAs called(op);
  check_defined(op, {{"query", query}, {"key", key}, {"value", value}});
  return detail::attention(op, query, key, value, options, generator).output;
}

}  // namespace tinygrad
