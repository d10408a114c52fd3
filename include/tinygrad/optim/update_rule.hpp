// SPDX-License-Identifier: MIT
// Gradient: the gradient of a parameter with the options weight_decay and maximize applied. Update
// rules read it; they are functions of one element, for kernels::for_each_element.
#pragma once

#include "tinygrad/kernels/elementwise/in_place.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

/// ±grad + weight_decay·param, element by element.
template <class T> struct Gradient {
  const T* grad;
  T sign, decay;

  Gradient(const Array& g, double weight_decay, bool maximize)
      : grad(g.data<T>()), sign(maximize ? T{-1} : T{1}), decay(static_cast<T>(weight_decay)) {}
  // `param` is a value, because a second pointer to the parameter would look like an overlap.
  T at(Index i, T param) const { return sign * grad[i] + decay * param; }
};

}  // namespace tinygrad::optim
