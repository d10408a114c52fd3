// SPDX-License-Identifier: MIT
// Dropout layers, of elements and of whole channels. The formulas are in ops/layers/dropout.hpp.
#pragma once

#include <optional>

#include "tinygrad/nn/module.hpp"
#include "tinygrad/ops/layers/dropout.hpp"
#include "tinygrad/ops/shape/movement.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

/// The base of the dropout layers. In evaluation mode they do nothing. Each draws from its own
/// generator, if it was given one.
class DropoutLayer : public Module {
 public:
  double p;
  std::optional<Generator> generator;

  std::string describe() const override { return str_cat(name_, "(", p, ")"); }

 protected:
  DropoutLayer(const char* name, double probability, std::optional<Generator> own, At at)
      : p(probability), generator(std::move(own)), name_(name) {
    check<ValueError>(p >= 0 && p <= 1, {name, at}, "p=", p, " must be in [0, 1]");
  }
  Generator& source() { return generator ? *generator : default_generator(); }
  /// feature_dropout of x (N,C,spatial…), or of (C,spatial…) as a batch of one.
  Tensor by_channels(const Tensor& x, int spatial) {
    const int rank = spatial + 2;
    check<ShapeError>(x.dim() == rank || x.dim() == rank - 1, {name_, At::here()}, "x ", x.shape(),
                      " must have ", spatial, " spatial dims after N and C, or after C");
    const bool batch = x.dim() == rank;
    const Tensor y = feature_dropout(batch ? x : unsqueeze(x, 0), p, is_training(), source());
    return batch ? y : squeeze(y, 0);
  }

 private:
  const char* name_;
};

/// In training mode sets each element to 0 with probability p and scales the others by 1/(1 − p).
struct Dropout final : DropoutLayer {
  template <class = void> explicit Dropout(...) TINYGRAD_REFUSED("p is a probability");
  explicit Dropout(double probability = 0.5, std::optional<Generator> own = {}, At at = At::here())
      : DropoutLayer("Dropout", probability, std::move(own), at) {}
  Tensor forward(const Tensor& x) override { return dropout(x, p, is_training(), source()); }
};

/// Dropout of whole channels.
/// Shapes  x (N,C,L) or (C,L) → y as x
struct Dropout1d final : DropoutLayer {
  template <class = void> explicit Dropout1d(...) TINYGRAD_REFUSED("p is a probability");
  explicit Dropout1d(double probability = 0.5, std::optional<Generator> own = {},
                     At at = At::here())
      : DropoutLayer("Dropout1d", probability, std::move(own), at) {}
  Tensor forward(const Tensor& x) override { return by_channels(x, 1); }
};
/// Dropout of whole channels.
/// Shapes  x (N,C,H,W) or, as in PyTorch, (N,C,L) → y as x
struct Dropout2d final : DropoutLayer {
  template <class = void> explicit Dropout2d(...) TINYGRAD_REFUSED("p is a probability");
  explicit Dropout2d(double probability = 0.5, std::optional<Generator> own = {},
                     At at = At::here())
      : DropoutLayer("Dropout2d", probability, std::move(own), at) {}
  Tensor forward(const Tensor& x) override { return dropout2d(x, p, is_training(), source()); }
};
/// Dropout of whole channels.
/// Shapes  x (N,C,D,H,W) or (C,D,H,W) → y as x
struct Dropout3d final : DropoutLayer {
  template <class = void> explicit Dropout3d(...) TINYGRAD_REFUSED("p is a probability");
  explicit Dropout3d(double probability = 0.5, std::optional<Generator> own = {},
                     At at = At::here())
      : DropoutLayer("Dropout3d", probability, std::move(own), at) {}
  Tensor forward(const Tensor& x) override { return by_channels(x, 3); }
};

/// Dropout that keeps mean 0 and variance 1, for nets of SELU.
struct AlphaDropout final : DropoutLayer {
  explicit AlphaDropout(double probability = 0.5, std::optional<Generator> own = {},
                        At at = At::here())
      : DropoutLayer("AlphaDropout", probability, std::move(own), at) {}
  Tensor forward(const Tensor& x) override { return alpha_dropout(x, p, is_training(), source()); }
};
/// AlphaDropout of whole channels.
/// Shapes  x (N,C,…) → y (N,C,…)
struct FeatureAlphaDropout final : DropoutLayer {
  explicit FeatureAlphaDropout(double probability = 0.5, std::optional<Generator> own = {},
                               At at = At::here())
      : DropoutLayer("FeatureAlphaDropout", probability, std::move(own), at) {}
  Tensor forward(const Tensor& x) override {
    return feature_alpha_dropout(x, p, is_training(), source());
  }
};

}  // namespace tinygrad::nn
