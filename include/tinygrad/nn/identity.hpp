// SPDX-License-Identifier: MIT
// Identity: the layer that returns its input. It replaces a layer that a model leaves out.
#pragma once

#include "tinygrad/nn/module.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

struct Identity final : Module {
  Tensor forward(const Tensor& x) override { return x; }
};

}  // namespace tinygrad::nn
