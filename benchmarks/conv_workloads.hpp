// SPDX-License-Identifier: MIT
// Workloads of workloads.cpp: single convolutions. Forward runs without gradients; forward and
// backward gives the gradients of input, weight and bias.
#pragma once

#include <memory>
#include <string>

#include "conv_layers.hpp"
#include "tinygrad/nn.hpp"
#include "tinygrad/tensor.hpp"
#include "workload.hpp"

namespace bench {

inline Workload conv_workload(const ConvLayer& l, Index batch, bool backward) {
  const auto make = [=]() -> Step {
    const auto conv = std::make_shared<nn::Conv2d>(l.in, l.out, l.kernel,
                                                   nn::ConvOptions{.padding = l.kernel / 2});
    Tensor x = randn({batch, l.in, l.side, l.side});
    if (!backward)
      return [=] {
        const NoGradGuard no_grad;
        (*conv)(x);
      };
    x.requires_grad_();
    const Tensor grad_y = randn((*conv)(x).shape());
    return [=] {
      x.zero_grad();
      conv->zero_grad();
      (*conv)(x).backward(grad_y);
    };
  };
  return {
      "conv/" + join({l.in, l.out, l.side, l.kernel}) + (backward ? "/fwdbwd" : "/fwd"), make, {}};
}

}  // namespace bench
