// SPDX-License-Identifier: MIT
// Rows for ops/layers/attention.hpp. ops/test_attention.cpp tests the random part.
#include <cmath>

#include "support/op_cases.hpp"

namespace tinygrad::test {

namespace {

enum class Mask { kNone, kBool, kAdded, kCausal };

// Attention by its definition, one query after the other. in[3] is the mask, if there is one.
std::function<Naive(const Naives&)> definition(Mask mask, double scale) {
  return [=](const Naives& in) {
    const Naive &q = in[0], &k = in[1], &v = in[2];
    const auto batch = [](const Naive& x) { return Shape(x.shape.begin(), x.shape.end() - 2); };
    const Shape lead = broadcast_shapes({"reference"}, batch(q), batch(k));
    const int rank = q.shape.rank();
    const Index L = q.shape[rank - 2], E = q.shape[rank - 1], S = k.shape[k.shape.rank() - 2];
    const double factor = scale > 0 ? scale : 1 / std::sqrt(static_cast<double>(E));
    const auto position = [](Shape at, Index i, Index j) {
      at.push_back(i);
      at.push_back(j);
      return at;
    };
    Shape shape = position(lead, L, v.shape.back());
    Naive y(shape);
    for_each_index(lead, [&](const Shape& at) {
      for (Index l = 0; l < L; ++l) {
        std::vector<double> weights;
        double sum = 0;
        for (Index s = 0; s < S; ++s) {
          double score = 0;
          for (Index e = 0; e < E; ++e)
            score += q.broadcast(position(at, l, e)) * k.broadcast(position(at, s, e)) * factor;
          const double given =
              mask == Mask::kBool || mask == Mask::kAdded ? in[3].broadcast(position(at, l, s)) : 0;
          if (mask == Mask::kAdded) score += given;
          const bool hidden =
              (mask == Mask::kBool && given == 0) || (mask == Mask::kCausal && s > l);
          weights.push_back(hidden ? 0 : std::exp(score));
          sum += weights.back();
        }
        for (Index f = 0; f < v.shape.back(); ++f)
          for (Index s = 0; s < S && sum > 0; ++s)
            y(position(at, l, f)) +=
                weights[static_cast<std::size_t>(s)] / sum * v.broadcast(position(at, s, f));
      }
    });
    return y;
  };
}

OpCase attention_case(const char* name, const char* torch, Mask mask, double scale = 0) {
  const auto run = [=](const Tensors& x) {
    AttentionOptions options{.is_causal = mask == Mask::kCausal};
    if (x.size() > 3) options.attn_mask = x[3];
    if (scale > 0) options.scale = scale;
    return scaled_dot_product_attention(x[0], x[1], x[2], options);
  };
  return {.name = name,
          .torch = torch,
          .run = run,
          .reference = definition(mask, scale),
          .samples = {}};
}

}  // namespace

Rows layers_attention_cases() {
  OpCase plain = attention_case("scaled_dot_product_attention",
                                "F.scaled_dot_product_attention(x0, x1, x2)", Mask::kNone);
  plain.samples = {{{{2, 3, 4}}, {{2, 5, 4}}, {{2, 5, 3}}},
                   {{{3, 4}}, {{5, 4}}, {{5, 4}}},
                   {{{2, 2, 3, 4}}, {{2, 2, 3, 4}}, {{2, 2, 3, 4}}},
                   {{{2, 2, 3, 2}}, {{2, 1, 4, 2}}, {{2, 1, 4, 2}}},
                   {{{1, 1, 1}}, {{1, 1, 1}}, {{1, 1, 1}}},
                   {{{0, 3, 4}}, {{0, 5, 4}}, {{0, 5, 4}}},
                   {{{2, 0, 4}}, {{2, 5, 4}}, {{2, 5, 4}}},
                   {{{2, 3, 4}}, {{2, 0, 4}}, {{2, 0, 4}}}};
  plain.errors = {
      {[] {
         scaled_dot_product_attention(ones({2, 3, 4}), ones({2, 5, 3}), ones({2, 5, 3}));
       },
       "[scaled_dot_product_attention] query (2, 3, 4) and key (2, 5, 3) must have the same last "
       "size: 4 is not 3"},
      {[] {
         scaled_dot_product_attention(ones({3, 4}), ones({5, 4}), ones({6, 4}));
       },
       "key (5, 4) and value (6, 4) must have the same length: 5 is not 6"},
      {[] {
         scaled_dot_product_attention(ones({4}), ones({5, 4}), ones({5, 4}));
       },
       "each needs at least the dims (length, features)"},
      {[] {
         scaled_dot_product_attention(ones({3, 4}), ones({5, 4}, float64), ones({5, 4}));
       },
       "query float32, key float64, value float32: all must be"},
      {[] {
         scaled_dot_product_attention(ones({3, 4}), ones({5, 4}), ones({5, 4}),
                                      {.attn_mask = ones({3, 4}, bool_)});
       },
       "attn_mask (3, 4) must broadcast to the weights (…, L, S), (3, 5)"},
      {[] {
         scaled_dot_product_attention(ones({3, 4}), ones({5, 4}), ones({5, 4}),
                                      {.attn_mask = ones({3, 5}, int64)});
       },
       "attn_mask is int64, it must be bool or float32 like query"},
      {[] {
         scaled_dot_product_attention(ones({3, 4}), ones({5, 4}), ones({5, 4}),
                                      {.attn_mask = ones({3, 5}, bool_), .is_causal = true});
       },
       "attn_mask and is_causal exclude each other"},
      {[] {
         scaled_dot_product_attention(ones({3, 4}), ones({5, 4}), ones({5, 4}), {.dropout_p = 1.5});
       },
       "dropout_p=1.5 must be in [0, 1]"}};
  plain.benchmarks = {{.inputs = {{{4, 8, 128, 64}}, {{4, 8, 128, 64}}, {{4, 8, 128, 64}}},
                       .flops = 4.0 * 32 * 128 * 128 * 64,
                       .bytes = 4.0 * 4 * 32 * 128 * 64}};

  const Input mask{.shape = {3, 5}, .low = 0, .high = 2, .dtype = bool_};
  const auto with_shape = [&](const Shape& shape) {
    Input like = mask;
    like.shape = shape;
    return like;
  };
  OpCase bools =
      attention_case("scaled_dot_product_attention/bool mask",
                     "F.scaled_dot_product_attention(x0, x1, x2, attn_mask=x3)", Mask::kBool);
  bools.samples = {{{{2, 3, 4}}, {{2, 5, 4}}, {{2, 5, 3}}, mask},
                   {{{2, 2, 3, 4}}, {{2, 2, 5, 4}}, {{2, 2, 5, 4}}, with_shape({2, 1, 1, 5})},
                   {{{9, 2}}, {{2, 2}}, {{2, 2}}, with_shape({9, 2})}};  // some rows see nothing
  bools.specials = {{{.shape = {3, 1}, .values = {1, 2, 3}},
                     {.shape = {2, 1}, .values = {1, -1}},
                     {.shape = {2, 1}, .values = {5, 7}},
                     {.shape = {3, 2}, .values = {1, 1, 0, 0, 1, 0}, .dtype = bool_}}};

  OpCase added =
      attention_case("scaled_dot_product_attention/added mask",
                     "F.scaled_dot_product_attention(x0, x1, x2, attn_mask=x3)", Mask::kAdded);
  added.samples = {{{{2, 3, 4}}, {{2, 5, 4}}, {{2, 5, 3}}, {{3, 5}}},
                   {{{2, 2, 3, 4}}, {{2, 2, 5, 4}}, {{2, 2, 5, 4}}, {{2, 1, 3, 5}}}};

  OpCase causal =
      attention_case("scaled_dot_product_attention/causal",
                     "F.scaled_dot_product_attention(x0, x1, x2, is_causal=True)", Mask::kCausal);
  causal.samples = {{{{2, 4, 3}}, {{2, 4, 3}}, {{2, 4, 3}}},
                    {{{2, 3, 4}}, {{2, 5, 4}}, {{2, 5, 3}}},
                    {{{5, 2}}, {{3, 2}}, {{3, 2}}}};

  OpCase scaled =
      attention_case("scaled_dot_product_attention/scale 0.3",
                     "F.scaled_dot_product_attention(x0, x1, x2, scale=0.3)", Mask::kNone, 0.3);
  scaled.samples = {{{{2, 3, 4}}, {{2, 5, 4}}, {{2, 5, 3}}}};
  return {plain, bools, added, causal, scaled};
}

}  // namespace tinygrad::test
