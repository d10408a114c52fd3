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

template <class T, std::size_t N, std::size_t... k>
[[gnu::always_inline]] inline T every_second(const T (&c)[N], T z, std::size_t last,
                                             std::index_sequence<k...>) {
  T sum = c[last];
  ((sum = fused(sum, z, c[last - 2 - 2 * k])), ...);
  return sum;
}
/// The same in two chains, of even and of odd powers, which do not wait for each other: faster where
/// nothing else can be done in the meantime.
template <class T, std::size_t N>
[[gnu::always_inline]] inline T split_polynomial(const T (&c)[N], T z) {
  constexpr std::size_t even = (N - 1) / 2 * 2, odd = (N - 2) / 2 * 2 + 1;
  const T square = z * z;
  return fused(every_second(c, square, odd, std::make_index_sequence<odd / 2>()), z,
               every_second(c, square, even, std::make_index_sequence<even / 2>()));
}
}  // namespace detail

}  // namespace tinygrad::kernels
