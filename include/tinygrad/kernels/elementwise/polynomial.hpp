// SPDX-License-Identifier: MIT
// Polynomials with constant coefficients, by Horner's rule in explicit fused multiply-adds.
#pragma once

#include <cstddef>
#include <utility>

#include "tinygrad/core/fma.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

namespace detail {
/// c[last]·zⁿ + … + c[last − step·n] for n = sizeof...(k). Not as a loop: g++ would not vectorise the
/// one around it.
template <std::size_t step, class T, std::size_t N, std::size_t... k>
[[gnu::always_inline]] inline T horner(const T (&c)[N], T z, std::size_t last,
                                       std::index_sequence<k...>) {
  T sum = c[last];
  ((sum = fused(sum, z, c[last - step * (k + 1)])), ...);
  return sum;
}
/// c₀ + c₁·z + c₂·z² + …
template <class T, std::size_t N> [[gnu::always_inline]] inline T polynomial(const T (&c)[N], T z) {
  return horner<1>(c, z, N - 1, std::make_index_sequence<N - 1>());
}
/// The same in two chains, of even and of odd powers, which do not wait for each other: faster where
/// nothing else can be done in the meantime.
template <class T, std::size_t N>
[[gnu::always_inline]] inline T split_polynomial(const T (&c)[N], T z) {
  constexpr std::size_t even = (N - 1) / 2 * 2, odd = (N - 2) / 2 * 2 + 1;
  const T square = z * z;
  return fused(horner<2>(c, square, odd, std::make_index_sequence<odd / 2>()), z,
               horner<2>(c, square, even, std::make_index_sequence<even / 2>()));
}
}  // namespace detail

}  // namespace tinygrad::kernels
