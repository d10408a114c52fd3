// SPDX-License-Identifier: MIT
// Presets: the rules by which a framework initialises whole models. Each layer applies them to its
// own parameters in Module::reset_parameters().
#pragma once

#include <algorithm>
#include <vector>

#include "tinygrad/nn/init.hpp"
#include "tinygrad/nn/module.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn::init {

/// The framework or author of the rules. All rules give normalisation layers scale 1 and shift 0.
enum class Preset {
  kPyTorch,  ///< weights and biases uniform in ±1/√fan_in, embeddings normal(0, 1)
  kKeras,    ///< Glorot uniform, recurrent weights orthogonal, embeddings ±0.05, biases 0
  kGlorot,   ///< every weight Glorot uniform, biases 0
  kHe,       ///< every weight normal with variance 2/fan_in, for layers before a relu; biases 0
};

/// Draws parameters by the rules of a preset, each defined parameter once, even if several layers
/// share it. A layer calls it with the kind of each of its parameters:
///   void reset_parameters(nn::init::Initializer& draw) override { draw.weight(w, 784); }
class Initializer {
 public:
  Initializer(Preset preset, Generator& generator) : preset_(preset), generator_(&generator) {}

  /// The weight of a product or convolution. Each output sums over fan_in inputs.
  void weight(const Tensor& w, Index fan_in) {
    if (!is_new(w)) return;
    if (preset_ == Preset::kPyTorch) pytorch_default_({w}, fan_in, *generator_);
    else if (preset_ == Preset::kHe)
      kaiming_normal_(w, {.nonlinearity = Nonlinearity::kRelu}, *generator_);
    else xavier_uniform_(w, 1, *generator_);
  }
  /// The bias of such a product.
  void bias(const Tensor& b, Index fan_in) {
    if (!is_new(b)) return;
    if (preset_ == Preset::kPyTorch) pytorch_default_({b}, fan_in, *generator_);
    else zeros_(b);
  }
  /// The weight of a recurrent layer for its own state, which has hidden_size numbers.
  void recurrent_weight(const Tensor& w, Index hidden_size) {
    if (preset_ != Preset::kKeras) weight(w, hidden_size);
    else if (is_new(w)) orthogonal_(w, 1, *generator_);
  }
  /// A table of vectors.
  void embedding(const Tensor& table) {
    if (preset_ == Preset::kGlorot || preset_ == Preset::kHe) weight(table, 1);
    else if (!is_new(table)) return;
    else if (preset_ == Preset::kPyTorch) normal_(table, 0, 1, *generator_);
    else uniform_(table, -0.05, 0.05, *generator_);
  }
  /// The scale and the shift of a normalisation.
  void scale_and_shift(const Tensor& scale, const Tensor& shift) {
    if (is_new(scale)) ones_(scale);
    if (is_new(shift)) zeros_(shift);
  }

 private:
  bool is_new(const Tensor& p) {
    if (!p.defined() || std::find(drawn_.begin(), drawn_.end(), p.id()) != drawn_.end())
      return false;
    drawn_.push_back(p.id());
    return true;
  }

  Preset preset_;
  Generator* generator_;
  std::vector<const void*> drawn_;
};

/// Draws new parameters for the module and all modules inside, in the order of named_modules(). The
/// projections of attention count as linear layers. PReLU's slopes and the parameters of modules
/// without a reset_parameters() keep their values.
inline void preset_(Module& module, Preset preset, Generator& generator = default_generator()) {
  Initializer draw(preset, generator);
  for (const auto& [path, inside] : module.named_modules()) inside->reset_parameters(draw);
}

}  // namespace tinygrad::nn::init
