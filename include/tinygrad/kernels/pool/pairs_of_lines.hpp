// SPDX-License-Identifier: MIT
// The loops of 2×2 max pooling (pool/max_pool_2x2.hpp) over pairs of lines, and their transposes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "tinygrad/core/shape.hpp"
#include "tinygrad/kernels/simd/vector.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels::detail {

inline constexpr Index kPairs = 512;  // windows at a time: two floats of each fit L1
inline constexpr Index kAtOnce = 16;  // windows of a line: the most floats that a vector holds

/// max_of_pairs() without explicit vectors.
template <bool kPlaces, class T>
void max_by_numbers(const T* x, Index rows, Index width, T* y, std::uint8_t* places) {
  for (Index row = 0; row < rows; ++row, x += 4 * width)
    for (Index j = 0; j < width; ++j) {
      const T window[] = {x[2 * j], x[2 * j + 1], x[2 * (width + j)], x[2 * (width + j) + 1]};
      int best = 0;
      for (int i = 1; i < 4; ++i)
        if (window[i] > window[best] || window[i] != window[i]) best = i;
      *y++ = window[best];
      if constexpr (kPlaces) *places++ = static_cast<std::uint8_t>(best);
    }
}

/// spread_to_pairs() without explicit vectors.
template <class T> void spread_by_numbers(const T* grad_y, const std::uint8_t* places, Index rows,
                                          Index width, T* grad_x) {
  for (Index row = 0; row < rows; ++row, grad_y += width, places += width)
    for (int line = 0; line < 2; ++line, grad_x += 2 * width)
      for (Index i = 0; i < 2 * width; ++i)
        grad_x[i] = places[i / 2] == 2 * line + i % 2 ? grad_y[i / 2] : T{0};
}

}  // namespace tinygrad::kernels::detail

TINYGRAD_BEGIN_WIDE_LOOPS
namespace tinygrad::inline TINYGRAD_ABI::kernels::detail::inline TINYGRAD_WIDE {

/// The second round of max_of_pairs(), by vectors of kLength: best and at (rows, 2, width) → y and
/// place (rows, width).
template <bool kPlaces, int kLength, class T>
void max_of_lines(const T* best, const T* at, Index rows, Index width, T* y, T* place) {
  typedef T Part __attribute__((vector_size(kLength * sizeof(T))));
  for (Index r = 0; r < rows; ++r)
    for (Index j = 0; j < width; j += kLength) {
      const Index above = 2 * r * width + j, below = above + width, to = r * width + j;
      const auto high = load_as<Part>(best + above), low = load_as<Part>(best + below);
      const auto lower = (low > high) | (low != low);
      const Part larger = lower ? low : high;
      std::memcpy(y + to, &larger, sizeof larger);
      if constexpr (kPlaces) {
        const Part larger_place =
            lower ? load_as<Part>(at + below) + T{2} : load_as<Part>(at + above);
        std::memcpy(place + to, &larger_place, sizeof larger_place);
      }
    }
}

/// The maxima of n windows as in max_pool, in two rounds: first of the pairs on a line, then of two
/// lines. x (rows, 2, width, 2) → y and places (rows, width).
template <bool kPlaces, class T>
void max_of_pairs(const T* x, Index rows, Index width, T* y, std::uint8_t* places) {
  constexpr int L = kLanes<T>;
  constexpr auto even = [](int i) { return 2 * i; };
  constexpr auto odd = [](int i) { return 2 * i + 1; };
  T best[2 * kPairs + kAtOnce] = {}, at[2 * kPairs + kAtOnce] = {};
  T value[kPairs + kAtOnce], place[kPairs + kAtOnce];
  const Index step = kPairs / width;
  for (Index row = 0; row < rows; row += step) {
    const Index count = std::min(step, rows - row), n = 2 * count * width;
    const T* in = x + 4 * row * width;
    Index i = 0;
    for (; i + L <= n; i += L) {
      const Vec<T> low = load(in + 2 * i), high = load(in + 2 * i + L);
      const Vec<T> first = pick<T, even>(low, high), second = pick<T, odd>(low, high);
      const VecMask<T> right = (second > first) | (second != second);
      store(best + i, Vec<T>(right ? second : first));
      if constexpr (kPlaces) store(at + i, keep<T>(Vec<T>{} + T{1}, right));
    }
    for (; i < n; ++i) {
      const T first = in[2 * i], second = in[2 * i + 1];
      const bool right = second > first || second != second;
      best[i] = right ? second : first;
      at[i] = right ? T{1} : T{0};
    }
    // Lines of other widths are written past their ends; the next line overwrites that part.
    const bool fits = width % L == 0 || width == 4 || width == 8;
    T* const out = fits ? y + row * width : value;
    if (width == 4) max_of_lines<kPlaces, std::min(4, L)>(best, at, count, width, out, place);
    else if (width == 8) max_of_lines<kPlaces, std::min(8, L)>(best, at, count, width, out, place);
    else max_of_lines<kPlaces, L>(best, at, count, width, out, place);
    if (out == value) std::copy_n(value, count * width, y + row * width);
    if constexpr (kPlaces)
      for (Index w = 0; w < count * width; ++w)
        places[row * width + w] = static_cast<std::uint8_t>(place[w]);
  }
}

/// Writes each of n gradients to element 2j if its place is `first`, to element 2j + 1 if its place
/// is first + 1. It works on whole vectors, so it reads and writes up to a vector too many.
template <class T> void spread_to_pair(const T* g, const T* places, Index n, T first, T* pairs) {
  constexpr int kSize = kLanes<T>;
  constexpr auto low = [](int i) { return i / 2 + i % 2 * kSize; };
  constexpr auto high = [](int i) { return (kSize + i) / 2 + i % 2 * kSize; };
  for (Index j = 0; j < n; j += kSize) {
    const Vec<T> value = load(g + j), place = load(places + j);
    const Vec<T> even = keep<T>(value, place == first), odd = keep<T>(value, place == first + T{1});
    store(pairs + 2 * j, pick<T, low>(even, odd));
    store(pairs + 2 * j + kSize, pick<T, high>(even, odd));
  }
}

/// Calls f(width) with the usual small widths as constants, for which compilers remove the loop;
/// otherwise f(otherwise).
template <class F> void with_width(Index width, Index otherwise, F&& f) {
  if (width == 4) f(std::integral_constant<Index, 4>{});
  else if (width == 8) f(std::integral_constant<Index, 8>{});
  else if (width == 16) f(std::integral_constant<Index, 16>{});
  else f(otherwise);
}

/// The transpose of max_of_pairs: grad_y and places (rows, width) → grad_x (rows, 2, width, 2).
template <class T> void spread_to_pairs(const T* grad_y, const std::uint8_t* places, Index rows,
                                        Index width, T* grad_x) {
  constexpr Index kSize = kLanes<T>;
  const Index step = kPairs / width, line = 2 * width;
  T at[kPairs + kAtOnce] = {};
  const auto read_places = [&](Index row, Index n) {
    for (Index i = 0; i < n; ++i) at[i] = static_cast<T>(places[row * width + i]);
  };

  // A line that ends within a vector is written past its end; the next line overwrites that part.
  const Index straight = width % kSize == 0 ? rows : width > kSize / 2 ? rows - 1 : 0;
  for (Index row = 0; row < straight; row += step) {
    const Index n = std::min(step, straight - row) * width;
    const T* g = grad_y + row * width;
    T* to = grad_x + 2 * row * line;
    read_places(row, n);
    for (Index i = 0; i < n; i += width, to += 2 * line) {
      spread_to_pair(g + i, at + i, width, T{0}, to);
      spread_to_pair(g + i, at + i, width, T{2}, to + line);
    }
  }

  // Shorter lines, and the last one, are spread together and then separated.
  T g[kPairs + kAtOnce] = {}, above[2 * (kPairs + kAtOnce)], below[2 * (kPairs + kAtOnce)];
  for (Index row = straight; row < rows; row += step) {
    const Index n = std::min(step, rows - row) * width;
    T* to = grad_x + 2 * row * line;
    read_places(row, n);
    std::copy_n(grad_y + row * width, n, g);
    spread_to_pair(g, at, n, T{0}, above);
    spread_to_pair(g, at, n, T{2}, below);
    with_width(width, width, [&](auto w) {
      for (Index i = 0; i < 2 * n; i += line, to += 2 * line) {
        std::copy_n(above + i, 2 * w, to);
        std::copy_n(below + i, 2 * w, to + line);
      }
    });
  }
}

}  // namespace tinygrad::kernels::detail
TINYGRAD_END_WIDE
