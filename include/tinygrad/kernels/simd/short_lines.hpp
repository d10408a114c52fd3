// SPDX-License-Identifier: MIT
// Vectorised copy, de-interleave and interleave for short arrays, including the tail that fills no
// vector.
#pragma once

#include "tinygrad/kernels/simd/vector.hpp"

TINYGRAD_BEGIN_WIDE_LOOPS
namespace tinygrad::inline TINYGRAD_ABI::kernels::inline TINYGRAD_WIDE {

/// Copies few numbers.
template <class T> void copy_few(const T* from, Index count, T* to) {
  constexpr int L = kLanes<T>;
  if (count < L) {
    for (Index i = 0; i < count; ++i) to[i] = from[i];
    return;
  }
  for (Index i = 0; i + L < count; i += L) store(to + i, load(from + i));
  store(to + count - L, load(from + count - L));
}

/// Splits a line into its even and its odd numbers. `odd` or `even` may be null.
template <class T> void split_in_two(const T* line, Index count, T* even, T* odd) {
  constexpr int L = kLanes<T>;
  Index i = 0;
  for (; i + 2 * L <= count; i += 2 * L) {
    const Vec<T> low = load(line + i), high = load(line + i + L);
    if (even) store(even + i / 2, pick<T, [](int j) { return 2 * j; }>(low, high));
    if (odd) store(odd + i / 2, pick<T, [](int j) { return 2 * j + 1; }>(low, high));
  }
  if (i + L <= count) {
    constexpr auto both = [](int j) { return j < L / 2 ? 2 * j : 2 * j + 1 - L; };
    const Vec<T> v = pick<T, both>(load(line + i), Vec<T>{});
    if (even) store_half<T, 0>(even + i / 2, v);
    if (odd) store_half<T, 1>(odd + i / 2, v);
    i += L;
  }
  for (Index j = i; even && j < count; j += 2) even[j / 2] = line[j];
  for (Index j = i + 1; odd && j < count; j += 2) odd[j / 2] = line[j];
}

/// Interleaves two lines, a0 b0 a1 b1 …, to `count` numbers.
template <class T> void join_two(const T* a, const T* b, Index count, T* line) {
  constexpr int L = kLanes<T>;
  constexpr auto low = [](int j) { return j % 2 * L + j / 2; };
  constexpr auto high = [](int j) { return j % 2 * L + j / 2 + L / 2; };
  Index i = 0;
  for (; i + 2 * L <= count; i += 2 * L) {
    const Vec<T> even = load(a + i / 2), odd = load(b + i / 2);
    store(line + i, pick<T, low>(even, odd));
    store(line + i + L, pick<T, high>(even, odd));
  }
  if (i + L <= count) {
    store(line + i, pick<T, low>(load(a + i / 2), load(b + i / 2)));
    i += L;
  }
  for (; i < count; ++i) line[i] = i % 2 == 0 ? a[i / 2] : b[i / 2];
}

}  // namespace tinygrad::kernels
TINYGRAD_END_WIDE
