// SPDX-License-Identifier: MIT
// Max pooling by windows of 2×2 that tile the planes, and its transpose. The planes' lines then lie
// in pairs one after the other, and all planes are one run: small planes are as fast as large ones.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/pool_windows.hpp"

namespace tinygrad::kernels::detail {

inline constexpr Index kPairs = 512;  // windows worked on together: two floats of each stay in L1

/// True if the windows of p are 2×2 and tile the plane.
inline bool tiles_by_pairs(const Pooling& p) {
  const auto pairs = [](const PoolAxis& a) {
    return !a.adaptive && a.kernel == 2 && a.stride == 2 && a.padding == 0 && a.dilation == 1 &&
           a.in == 2 * a.out;
  };
  const PoolAxis& d = p.d();
  const bool flat = d.in == d.out && d.kernel == 1 && d.padding == 0;
  return flat && pairs(p.h()) && pairs(p.w()) && p.w().out <= kPairs;
}

inline constexpr Index kAtOnce = 16;  // windows of a line, as many as a vector has floats at most

/// f(width), for the usual small widths as a constant, for which compilers drop the loop. Another
/// one is rounded up: what f writes behind a line, it writes again with the next.
template <class F> void with_width(Index width, F&& f) {
  if (width == 4) f(std::integral_constant<Index, 4>{});
  else if (width == 8) f(std::integral_constant<Index, 8>{});
  else if (width == 16) f(std::integral_constant<Index, 16>{});
  else f((width + kAtOnce - 1) / kAtOnce * kAtOnce);
}

/// The largest of n windows' elements as max_pool has it, in two rounds: of the pairs on a line,
/// then of two lines. x (rows, 2, width, 2) → y and places (rows, width).
template <bool kPlaces, class T>
void max_of_pairs(const T* x, Index rows, Index width, T* y, std::uint8_t* places) {
  T best[2 * kPairs + kAtOnce] = {}, at[2 * kPairs + kAtOnce] = {};
  T value[kPairs + kAtOnce], place[kPairs + kAtOnce];
  const auto better = [](T later, T now) { return (later > now) | (later != later); };
  const Index step = kPairs / width;
  for (Index row = 0; row < rows; row += step) {
    const Index count = std::min(step, rows - row), n = 2 * count * width;
    const T* in = x + 4 * row * width;
    for (Index i = 0; i < n; ++i) {
      const T first = in[2 * i], second = in[2 * i + 1];
      const bool right = better(second, first);
      best[i] = right ? second : first;
      if constexpr (kPlaces) at[i] = right ? T{1} : T{0};
    }
    with_width(width, [&](auto w) {
      T* __restrict out = w == width ? y + row * width : value;
      for (Index r = 0; r < count; ++r)
        for (Index j = 0; j < w; ++j) {
          const Index above = 2 * r * width + j, below = above + width, to = r * width + j;
          const bool lower = better(best[below], best[above]);
          out[to] = lower ? best[below] : best[above];
          if constexpr (kPlaces) place[to] = lower ? at[below] + T{2} : at[above];
        }
      if (w != width) std::copy_n(value, count * width, y + row * width);
    });
    if constexpr (kPlaces)
      for (Index i = 0; i < count * width; ++i)
        places[row * width + i] = static_cast<std::uint8_t>(place[i]);
  }
}

/// Each gradient to element 2j if its place is `first`, to element 2j + 1 if it is the next.
template <class T, class Width> void spread_to_line(const T* __restrict g,
                                                    const T* __restrict places, Width width,
                                                    T first, T* __restrict line) {
  for (Index j = 0; j < width; ++j) {
    const T value = g[j], place = places[j];
    line[2 * j] = place == first ? value : T{0};
    line[2 * j + 1] = place == first + T{1} ? value : T{0};
  }
}

/// Its transpose: grad_y and places (rows, width) → grad_x (rows, 2, width, 2).
template <class T> void spread_to_pairs(const T* grad_y, const std::uint8_t* places, Index rows,
                                        Index width, T* grad_x) {
  T at[kPairs + kAtOnce] = {};  // as wide as the values, to fill vectors as they do
  const Index step = kPairs / width;
  const Index last =
      rows - 1 - kAtOnce / width;  // behind these lines there may be nothing to write
  const auto spread = [&](Index row, const T* place, auto w) {
    const T* g = grad_y + row * width;
    T* above = grad_x + 4 * row * width;
    spread_to_line(g, place, w, T{0}, above);
    spread_to_line(g, place, w, T{2}, above + 2 * width);
  };
  for (Index row = 0; row < rows; row += step) {
    const Index count = std::min(step, rows - row);
    for (Index i = 0; i < count * width; ++i) at[i] = static_cast<T>(places[row * width + i]);
    with_width(width, [&](auto w) {
      for (Index r = 0; r < count; ++r) {
        if (w == width || row + r < last) spread(row + r, at + r * width, w);
        else spread(row + r, at + r * width, width);
      }
    });
  }
}

/// max_pool() where tiles_by_pairs(p); `places` may be undefined.
inline void max_pool_pairs(const Op& op, const Array& x, const Pooling& p, const Array& y,
                           const Array& places) {
  const Index width = p.w().out;
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    const T* in = x.data<T>();
    T* out = y.data<T>();
    std::uint8_t* at = places.defined() ? places.data<std::uint8_t>() : nullptr;
    parallel_for(y.count() / width, kPoolGrain / width, [=](Index begin, Index end) {
      const T* from = in + 4 * begin * width;
      T* to = out + begin * width;
      if (at) max_of_pairs<true>(from, end - begin, width, to, at + begin * width);
      else max_of_pairs<false>(from, end - begin, width, to, at);
    });
  });
}

/// max_pool_grad() likewise.
inline void max_pool_pairs_grad(const Op& op, const Array& grad_y, const Array& places,
                                const Pooling& p, const Array& grad_x) {
  const Index width = p.w().out;
  dispatch_floating(op, grad_y.dtype(), [&]<class T>(Type<T>) {
    const T* g = grad_y.data<T>();
    const auto* at = places.data<std::uint8_t>();
    T* out = grad_x.data<T>();
    parallel_for(grad_y.count() / width, kPoolGrain / width, [=](Index begin, Index end) {
      const Index from = begin * width;
      spread_to_pairs(g + from, at + from, end - begin, width, out + 4 * from);
    });
  });
}

}  // namespace tinygrad::kernels::detail
