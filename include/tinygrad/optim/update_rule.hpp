// SPDX-License-Identifier: MIT
// Gradient: the gradient of a parameter as update rules read it. Each optimizer gives its rule, a
// function of one element, to kernels::for_each_element.
#pragma once

#include "tinygrad/kernels/elementwise/in_place.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

/// ±grad + weight_decay·param, element by element.
template <class T> struct Gradient {
  const T* grad;
  T sign, decay;

  Gradient(const Array& g, double weight_decay, bool maximize)
      : grad(g.data<T>()), sign(maximize ? T{-1} : T{1}), decay(static_cast<T>(weight_decay)) {}
  // The value of the parameter is passed in: a second pointer to it would look like an overlap.
  T at(Index i, T param) const { return sign * grad[i] + decay * param; }
};

}  // namespace tinygrad::optim
