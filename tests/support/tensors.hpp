// SPDX-License-Identifier: MIT
// Makes the tensors of tests from random numbers or given values, and reads their values.
#pragma once

#include <cstdint>
#include <vector>

#include "tinygrad/autograd/tensor.hpp"
#include "tinygrad/kernels/random/fill.hpp"

namespace tinygrad::test {

/// Normally distributed values, the same for the same seed.
inline Tensor random(const Shape& shape, Dtype dtype = float64, std::uint64_t seed = 1) {
  Generator generator(seed);
  return Tensor(kernels::normal(shape, dtype, 0, 1, generator));
}
inline Tensor random(const Shape& shape, std::uint64_t seed) {
  return random(shape, float64, seed);
}
inline Tensor random_leaf(const Shape& shape, std::uint64_t seed = 1) {
  return random(shape, seed).requires_grad_();
}

/// A vector that requires a gradient.
inline Tensor leaf(const std::vector<double>& values, Dtype dtype = float64) {
  return Tensor(Array::from(values, dtype)).requires_grad_();
}

inline std::vector<double> values(const Tensor& t) {
  std::vector<double> out;
  for (Index i = 0; i < t.numel(); ++i) out.push_back(t.array().at(i));
  return out;
}

}  // namespace tinygrad::test
