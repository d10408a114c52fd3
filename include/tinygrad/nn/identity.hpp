// SPDX-License-Identifier: MIT
// Identity: the layer that does nothing, to take another one's place.
#pragma once

#include "tinygrad/nn/module.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

struct Identity final : Module {
  Tensor forward(const Tensor& x) override { return x; }
};

}  // namespace tinygrad::nn
