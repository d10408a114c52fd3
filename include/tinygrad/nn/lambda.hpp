// SPDX-License-Identifier: MIT
// Lambda: a layer made of a function, for Sequential.
#pragma once

#include <functional>
#include <utility>

#include "tinygrad/nn/module.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

/// function(x):
///   nn::Sequential net{nn::Linear(4, 4), nn::Lambda([](const Tensor& x) { return x / 2; })};
/// Tensors that the function captures are no parameters: they are not trained, saved or converted.
struct Lambda final : Module {
  std::function<Tensor(const Tensor&)> function;

  template <class F>
  requires(!std::is_constructible_v<std::function<Tensor(const Tensor&)>, F>) explicit Lambda(F&&)
      TINYGRAD_REFUSED("Lambda(f): f maps a const Tensor& to a Tensor");
  explicit Lambda(std::function<Tensor(const Tensor&)> f, At at = At::here())
      : function(std::move(f)) {
    check<ValueError>(function != nullptr, {"Lambda", at}, "the function is empty");
  }
  Tensor forward(const Tensor& x) override { return function(x); }
};

}  // namespace tinygrad::nn
