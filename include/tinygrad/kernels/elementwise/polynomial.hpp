// SPDX-License-Identifier: MIT
// Polynomials with constant coefficients, by Horner's rule in explicit fused multiply-adds.
#pragma once

#include <cstddef>
#include <utility>

#include "tinygrad/core/fma.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

namespace detail {
template <class T, std::size_t N, std::size_t... k>
[[gnu::always_inline]] inline T polynomial(const T (&c)[N], T z, std::index_sequence<k...>) {
  T sum = c[N - 1];
  ((sum = fused(sum, z, c[N - 2 - k])), ...);
  return sum;
}
/// c₀ + c₁·z + c₂·z² + … Not as a loop: g++ would not vectorise the one around it.
template <class T, std::size_t N> [[gnu::always_inline]] inline T polynomial(const T (&c)[N], T z) {
  return polynomial(c, z, std::make_index_sequence<N - 1>());
}
}  // namespace detail

}  // namespace tinygrad::kernels
