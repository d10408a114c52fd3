// SPDX-License-Identifier: MIT
// The positions of pooling windows over one to three spatial dims: one table of windows for each
// dim. Sliding and adaptive windows use the same tables.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "tinygrad/core/dtype.hpp"
#include "tinygrad/core/shape.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// The `out` windows on the `in` elements of one dim. A window has `kernel` elements, `dilation`
/// apart. Windows are `stride` apart, and the first one begins `padding` before the dim. Adaptive
/// windows divide the dim: window o is [⌊o·in/out⌋, ⌈(o+1)·in/out⌉).
struct PoolDim {
  Index in = 1, out = 1, kernel = 1, stride = 1, padding = 0, dilation = 1;
  bool adaptive = false;
};

/// The last three dims of a pooling; missing ones have size 1. The dims before them are planes.
struct Pooling {
  PoolDim dims[3];

  const PoolDim& d() const { return dims[0]; }
  const PoolDim& h() const { return dims[1]; }
  const PoolDim& w() const { return dims[2]; }
  Index in() const { return d().in * h().in * w().in; }      ///< elements of a plane
  Index out() const { return d().out * h().out * w().out; }  ///< windows of a plane
  /// The place of an element in its window. max_pool stores it.
  Index place(Index kd, Index kh, Index kw) const {
    return (kd * h().kernel + kh) * w().kernel + kw;
  }
  Index places() const { return d().kernel * h().kernel * w().kernel; }
  /// The dtype of stored places.
  Dtype place_dtype() const { return places() <= 256 ? uint8 : int64; }
};

namespace detail {
constexpr Index kPoolGrain = 16384;  // elements that pay for a second thread

/// One window: the position of its element 0 (which may be in the padding), the range [first, last)
/// of its elements inside the dim, and the number of its elements with those in the padding.
struct Window {
  Index start, first, last, size;
};

inline Window window_at(const PoolDim& a, Index o) {
  if (a.adaptive) {
    const Index start = o * a.in / a.out, end = ((o + 1) * a.in + a.out - 1) / a.out;
    return {start, 0, end - start, end - start};
  }
  const auto up = [&](Index n) { return (n + a.dilation - 1) / a.dilation; };
  const Index start = o * a.stride - a.padding;
  const Index first = start < 0 ? up(-start) : 0;
  const Index last = std::min(a.kernel, up(std::max<Index>(a.in - start, 0)));
  return {start, first, last, std::min(start + a.kernel, a.in + a.padding) - start};
}

inline std::vector<Window> windows_of(const PoolDim& a) {
  std::vector<Window> out(static_cast<std::size_t>(a.out));
  for (Index o = 0; o < a.out; ++o) out[static_cast<std::size_t>(o)] = window_at(a, o);
  return out;
}

/// The windows of all dims, and the range [inner_first, inner_last) of columns with whole windows.
struct Windows {
  std::vector<Window> d, h, w;
  Index inner_first = 0, inner_last = 0;

  explicit Windows(const Pooling& p)
      : d(windows_of(p.d())), h(windows_of(p.h())), w(windows_of(p.w())) {
    if (p.w().adaptive || p.w().dilation != 1) return;
    const auto whole = [&](const Window& at) { return at.first == 0 && at.last == p.w().kernel; };
    const auto first = std::find_if(w.begin(), w.end(), whole);
    inner_first = first - w.begin();
    inner_last = std::find_if_not(first, w.end(), whole) - w.begin();
  }
};

/// Calls f(std::integral_constant K, S) for common widths and strides of windows, so that loops
/// over columns vectorise. Returns false for others.
template <class F> bool common_width(const PoolDim& a, F&& f) {
  const auto is = [&](Index kernel, Index stride) {
    return a.kernel == kernel && a.stride == stride;
  };
  constexpr std::integral_constant<int, 1> one;
  constexpr std::integral_constant<int, 2> two;
  constexpr std::integral_constant<int, 3> three;
  if (is(2, 2)) f(two, two);
  else if (is(3, 2)) f(three, two);
  else if (is(3, 1)) f(three, one);
  else return false;
  return true;
}

/// Calls f(0), …, f(K − 1) without a loop, because compilers vectorise only innermost loops.
template <int K, class F> void repeat(const F& f) {
  [&]<int... k>(std::integer_sequence<int, k...>) { (f(std::integral_constant<int, k>{}), ...); }
  (std::make_integer_sequence<int, K>{});
}

/// Calls f(line, place) for the lines of x that windows d and h cross: the line's number in the
/// plane, and the place of an element 0 on it.
template <class F> void each_line(const Pooling& p, const Window& d, const Window& h, const F& f) {
  for (Index kd = d.first; kd < d.last; ++kd)
    for (Index kh = h.first; kh < h.last; ++kh)
      f((d.start + kd * p.d().dilation) * p.h().in + h.start + kh * p.h().dilation,
        p.place(kd, kh, 0));
}

/// Calls f(plane, output row, its windows) for the rows of windows [begin, end) of all planes.
template <class F>
void each_row(const Pooling& p, const Windows& all, Index begin, Index end, const F& f) {
  for (Index r = begin; r < end; ++r) {
    const auto oh = static_cast<std::size_t>(r % p.h().out);
    const auto od = static_cast<std::size_t>(r / p.h().out % p.d().out);
    f(r / (p.h().out * p.d().out), r, all.d[od], all.h[oh]);
  }
}
}  // namespace detail

}  // namespace tinygrad::kernels
