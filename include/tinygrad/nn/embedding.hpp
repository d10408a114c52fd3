// SPDX-License-Identifier: MIT
// Embedding: a table of vectors that are looked up by number.
#pragma once

#include <cstring>
#include <optional>

#include "tinygrad/kernels/movement/embedding_norm.hpp"
#include "tinygrad/nn/init_preset.hpp"
#include "tinygrad/nn/settings.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/ops/indexing/indexing.hpp"
#include "tinygrad/ops/shape/movement.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

struct EmbeddingOptions {
  std::optional<Index> padding_idx = {};  ///< a row that starts at 0 and is not trained
  std::optional<double> max_norm = {};    ///< longer rows are shortened to it when looked up
  double norm_type = 2;                   ///< the p of that norm; infinity: the largest |x|
};

/// Row x[i] of weight for each number of x.
/// Shapes  x (…) int64 in [0, num_embeddings) → y (…, embedding_dim);
///         weight (num_embeddings, embedding_dim)
/// Starts with weight standard normal and the padding row 0, as PyTorch's Embedding does.
/// Throws  ValueError for a number out of range
/// Cost    forward and backward work on the used rows only; the gradient is an array like weight
struct Embedding final : Module {
  Index num_embeddings, embedding_dim;
  EmbeddingOptions options;
  Parameter weight;

  explicit Embedding(...) TINYGRAD_REFUSED("Embedding(num_embeddings, embedding_dim, options)");
  Embedding(Index num, Index dim, const EmbeddingOptions& with = {},
            Generator& generator = default_generator(), At at = At::here())
      : num_embeddings(num), embedding_dim(dim), options(with) {
    const Op op{"Embedding", at};
    check<ValueError>(num > 0, op, "num_embeddings=", num, " must be positive");
    check<ValueError>(dim > 0, op, "embedding_dim=", dim, " must be positive");
    check_options(op);
    weight = Tensor(kernels::normal({num, dim}, float32, 0, 1, generator));
    clear_padding();
  }

  /// A table of given vectors, (num_embeddings, embedding_dim); not trained unless `freeze` is
  /// false.
  static Embedding from_pretrained(const Tensor& embeddings, bool freeze = true,
                                   const EmbeddingOptions& with = {}, At at = At::here()) {
    return Embedding(embeddings, freeze, with, {"Embedding::from_pretrained", at});
  }

  void members(Members& m) override { m("weight", weight); }
  void reset_parameters(init::Initializer& draw) override {
    draw.embedding(weight);
    clear_padding();
  }
  Tensor forward(const Tensor& x) override {
    const Op op{"Embedding", At::here()};
    check<DtypeError>(x.dtype() == int64, op, "x is ", x.dtype(), ", it must be int64");
    tinygrad::detail::check_index(op, x, num_embeddings,
                                  str_cat("num_embeddings of weight ", weight.shape()), "x");
    if (options.max_norm)
      kernels::renormalize_rows(op, weight.array(), x.array(), *options.max_norm,
                                options.norm_type);
    return embedding(weight, x, options.padding_idx);
  }
  std::string describe() const override {
    detail::Settings s("Embedding");
    s.show(num_embeddings).show(embedding_dim);
    if (options.padding_idx) s.show("padding_idx", *options.padding_idx);
    if (options.max_norm) s.show("max_norm", *options.max_norm);
    return s.unless("norm_type", options.norm_type, EmbeddingOptions().norm_type).text();
  }

 private:
  Embedding(const Tensor& embeddings, bool freeze, const EmbeddingOptions& with, const Op& op)
      : options(with) {
    check<GraphError>(embeddings.defined(), op, "embeddings is undefined");
    check<ShapeError>(embeddings.dim() == 2, op, "embeddings ", embeddings.shape(),
                      " must be a matrix (num_embeddings, embedding_dim)");
    check<DtypeError>(is_floating(embeddings.dtype()), op, "embeddings are ", embeddings.dtype(),
                      ", they must be floating");
    num_embeddings = embeddings.shape()[0];
    embedding_dim = embeddings.shape()[1];
    check_options(op);
    weight = embeddings;
    weight.requires_grad_(!freeze);
  }
  void clear_padding() const {
    if (!options.padding_idx) return;
    const Array& table = weight.array();
    const std::size_t row = table.bytes() / static_cast<std::size_t>(num_embeddings);
    std::memset(table.raw() + static_cast<std::size_t>(*options.padding_idx) * row, 0, row);
  }
  // Also the padding row, counted from the front.
  void check_options(const Op& op) {
    if (options.max_norm)
      check<ValueError>(*options.max_norm >= 0, op, "max_norm=", *options.max_norm,
                        " must not be negative");
    check<ValueError>(options.norm_type > 0, op, "norm_type=", options.norm_type,
                      " must be positive");
    if (!options.padding_idx) return;
    Index& row = *options.padding_idx;
    check<ValueError>(-num_embeddings <= row && row < num_embeddings, op, "padding_idx=", row,
                      " must be in [", -num_embeddings, ", ", num_embeddings - 1, "]");
    if (row < 0) row += num_embeddings;
  }
};

}  // namespace tinygrad::nn
