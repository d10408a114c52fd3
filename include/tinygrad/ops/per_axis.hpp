// SPDX-License-Identifier: MIT
// Numbers for the spatial axes of an operation: kernel sizes, strides, paddings.
#pragma once

#include <array>
#include <concepts>

#include "tinygrad/core/shape.hpp"

namespace tinygrad {

/// One number for each of N axes, or the same for all: `3` or `{3, 5}`.
template <int N> struct PerAxis {
  std::array<Index, static_cast<std::size_t>(N)> values{};

  template <std::integral... I>
  requires(sizeof...(I) == 1 || sizeof...(I) == N) constexpr PerAxis(I... each) {  // NOLINT
    const Index given[] = {static_cast<Index>(each)...};
    for (int i = 0; i < N; ++i) values[at(i)] = given[sizeof...(I) == 1 ? 0 : i];
  }
  constexpr Index operator[](int axis) const { return values[at(axis)]; }
  friend constexpr bool operator==(const PerAxis&, const PerAxis&) = default;

 private:
  static constexpr std::size_t at(int axis) { return static_cast<std::size_t>(axis); }
};

/// "(3, 5)".
template <int N> std::string to_string(const PerAxis<N>& numbers) {
  return to_string(Shape(numbers.values.begin(), numbers.values.end()));
}

}  // namespace tinygrad
