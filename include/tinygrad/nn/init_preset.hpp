// SPDX-License-Identifier: MIT
// Initialising a whole model the way a framework does.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "tinygrad/nn/init.hpp"
#include "tinygrad/nn/module.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn::init {

/// Whose rules. All of them leave normalisation layers with scale 1 and shift 0.
enum class Preset {
  kPyTorch,  ///< weights and biases uniform in ±1/√fan_in, embeddings normal(0, 1)
  kKeras,    ///< Glorot uniform, recurrent weights orthogonal, embeddings ±0.05, biases 0
  kGlorot,   ///< every weight Glorot uniform, biases 0
  kHe,       ///< every weight normal with variance 2/fan_in, for layers before a relu; biases 0
};

namespace detail {
inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// What the rules need to know of the module that holds a parameter.
struct Layer {
  bool normalises, embeds;
  Index hidden = 0;  ///< of a recurrent layer
  Index fan_in = 0;  ///< of its first weight with at least two dims; 0: none

  Layer(const Module& module, const Members& m)
      : normalises(contains(module.type_name(), "Norm")),
        embeds(contains(module.type_name(), "Embedding")) {
    for (const auto& [name, p] : m.parameters) {
      if (p->dim() < 2 || !contains(name, "weight")) continue;
      if (contains(name, "weight_hh")) hidden = p->shape()[1];
      if (fan_in == 0) fan_in = calculate_fan(*p).in;
    }
  }
};

inline void initialise(const Tensor& p, std::string_view name, const Layer& layer, Preset preset,
                       Generator& generator) {
  const bool bias = contains(name, "bias");
  if (layer.normalises) {
    constant_(p, bias ? 0 : 1);
  } else if (preset == Preset::kPyTorch && layer.embeds) {
    normal_(p, 0, 1, generator);
  } else if (preset == Preset::kPyTorch) {  // a recurrent layer's fan in is its hidden size
    const Index fan = layer.hidden > 0 ? layer.hidden : bias ? layer.fan_in : calculate_fan(p).in;
    const double bound = fan > 0 ? 1 / std::sqrt(static_cast<double>(fan)) : 0;
    uniform_(p, -bound, bound, generator);
  } else if (bias) {
    zeros_(p);
  } else if (preset == Preset::kKeras && layer.embeds) {
    uniform_(p, -0.05, 0.05, generator);
  } else if (preset == Preset::kKeras && contains(name, "weight_hh")) {
    orthogonal_(p, 1, generator);
  } else if (preset == Preset::kHe) {
    kaiming_normal_(p, {.nonlinearity = Nonlinearity::kRelu}, generator);
  } else {
    xavier_uniform_(p, 1, generator);
  }
}
}  // namespace detail

/// Draws the parameters of the module and of all modules inside anew, in the order of
/// named_parameters(). They are told apart by their names, "…weight…" and "…bias…", by their ranks
/// and by the type of the layer; a parameter of another name, or a weight of one dim outside a
/// normalisation layer (PReLU's slopes), keeps its values. Attention's projections count as linear
/// layers.
inline void preset_(Module& module, Preset preset, Generator& generator = default_generator()) {
  std::vector<const void*> done;  // a shared parameter is drawn once
  for (const auto& [path, inside] : module.named_modules()) {
    Members m;
    inside->members(m);
    const detail::Layer layer(*inside, m);
    for (const auto& [name, p] : m.parameters) {
      const bool bias = detail::contains(name, "bias"), weight = detail::contains(name, "weight");
      if (!bias && !(weight && (p->dim() >= 2 || layer.normalises))) continue;
      if (std::find(done.begin(), done.end(), p->id()) != done.end()) continue;
      done.push_back(p->id());
      detail::initialise(*p, name, layer, preset, generator);
    }
  }
}

}  // namespace tinygrad::nn::init
