// SPDX-License-Identifier: MIT
// Max pooling: the largest element of each window and its place; and the transpose, which adds each
// gradient at its place.
#pragma once

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/pool/max_pool_2x2.hpp"
#include "tinygrad/kernels/pool/windows.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

namespace detail {
/// Updates the maxima of n windows with K more elements each: taps[k][j] belongs to window j. As in
/// PyTorch, a later NaN replaces an earlier one, and a tie keeps the first. Places have the type T,
/// so that vectors hold as many places as values.
template <int K, bool kPlaces, class T>
void improve(const T* const* taps, Index n, Index place, T* __restrict best, T* __restrict places) {
  const auto first_place = static_cast<T>(place);
  for (Index j = 0; j < n; ++j) {
    T now = best[j], at = kPlaces ? places[j] : T{0};
    repeat<K>([&](auto k) {
      const T value = taps[k][j];
      const bool better = (value > now) | (value != value);
      now = better ? value : now;
      if constexpr (kPlaces) at = better ? first_place + k : at;
    });
    best[j] = now;
    if constexpr (kPlaces) places[j] = at;
  }
}

/// One window by the definition: its maximum and the place.
template <class T> std::pair<T, Index> largest(const Pooling& p, const T* plane, const Window& d,
                                               const Window& h, const Window& w) {
  T best = -std::numeric_limits<T>::infinity();
  Index place = p.place(d.first, h.first, w.first);
  each_line(p, d, h, [&](Index at, Index line_place) {
    const T* line = plane + at * p.w().in + w.start;
    for (Index k = w.first; k < w.last; ++k) {
      const T value = line[k * p.w().dilation];
      if (!(value > best || value != value)) continue;
      best = value;
      place = line_place + k;
    }
  });
  return {best, place};
}

/// A row of windows, one by one.
template <class T, class P> void largest_each(const Pooling& p, const Windows& all, const T* plane,
                                              const Window& d, const Window& h, T* y, P* places) {
  for (const Window& w : all.w) {
    const auto [value, place] = largest(p, plane, d, h, w);
    *y++ = value;
    if (places) *places++ = static_cast<P>(place);
  }
}

/// A row of sliding windows, vectorised over windows. It distributes a line of x to `stride`
/// phases. In a phase, element k of adjacent windows is adjacent. Around the line is −∞, which is
/// never better. So all windows are whole, and their number n is a multiple of a vector's lanes.
template <class T> class SlidingRow {
 public:
  SlidingRow(const Pooling& p, const Windows& all, T* scratch)
      : p_(p),
        n_(padded(p)),
        phase_(length(p)),
        phases_(scratch),
        best_(phases_ + phase_ * p.w().stride),
        at_(best_ + n_),
        first_(at_ + n_) {
    std::fill_n(phases_, phase_ * p.w().stride, kLowest);
    for (Index j = 0; j < n_; ++j)
      first_[j] = static_cast<T>(j < p.w().out ? all.w[static_cast<std::size_t>(j)].first : 0);
  }
  /// The number of Ts of scratch that it needs.
  static Index scratch(const Pooling& p) { return length(p) * p.w().stride + 3 * padded(p); }
  /// True if it is faster, and T can hold all places.
  static bool suits(const Pooling& p) {
    return !p.w().adaptive && p.w().out >= 4 &&
           p.places() < Index{1} << std::numeric_limits<T>::digits;
  }

  template <bool kPlaces, class P>
  void operator()(const T* plane, const Window& d, const Window& h, T* y, P* places) {
    const auto corner = static_cast<T>(p_.place(d.first, h.first, 0));
    std::fill_n(best_, n_, kLowest);
    if constexpr (kPlaces)
      for (Index j = 0; j < n_; ++j) at_[j] = corner + first_[j];
    each_line(p_, d, h, [&](Index line, Index place) {
      deal(plane + line * p_.w().in);
      const T* taps[3];
      for (Index k = 0; k < p_.w().kernel; k += 3) {
        const Index count = std::min<Index>(3, p_.w().kernel - k);
        for (Index i = 0; i < count; ++i) taps[i] = phase((k + i) * p_.w().dilation);
        if (count == 1) improve<1, kPlaces>(taps, n_, place + k, best_, at_);
        else if (count == 2) improve<2, kPlaces>(taps, n_, place + k, best_, at_);
        else improve<3, kPlaces>(taps, n_, place + k, best_, at_);
      }
    });
    std::copy_n(best_, p_.w().out, y);
    if constexpr (kPlaces)
      for (Index j = 0; j < p_.w().out; ++j) places[j] = static_cast<P>(at_[j]);
  }

 private:
  static constexpr T kLowest = -std::numeric_limits<T>::infinity();

  static Index padded(const Pooling& p) { return (p.w().out + 15) / 16 * 16; }
  // The length of a phase: enough for the reach of the windows and for all of x.
  static Index length(const Pooling& p) {
    const PoolDim& w = p.w();
    const Index reach = padded(p) + (w.kernel - 1) * w.dilation / w.stride + 1;
    return std::max(reach, (w.in + w.padding) / w.stride + 1);
  }

  /// The place of position i of the padded line. The next window's element is next to it.
  T* phase(Index i) const { return phases_ + i % p_.w().stride * phase_ + i / p_.w().stride; }

  void deal(const T* line) const {
    const PoolDim& w = p_.w();
    if (w.stride == 1) {
      std::copy_n(line, w.in, phase(w.padding));
    } else if (w.stride == 2) {
      T* __restrict even = phase(w.padding);
      T* __restrict odd = phase(w.padding + 1);
      for (Index j = 0; j < w.in / 2; ++j) {
        even[j] = line[2 * j];
        odd[j] = line[2 * j + 1];
      }
      if (w.in % 2 != 0) even[w.in / 2] = line[w.in - 1];
    } else {
      for (Index r = 0; r < std::min(w.stride, w.in); ++r) {
        T* to = phase(w.padding + r);
        for (Index i = r; i < w.in; i += w.stride) *to++ = line[i];
      }
    }
  }

  const Pooling& p_;
  Index n_, phase_;
  T *phases_, *best_, *at_, *first_;
};

/// Calls f(plane, window number, position in the plane of the window's element 0).
template <class F> void each_window(const Pooling& p, const Windows& all, Index plane, const F& f) {
  Index o = plane * p.out();
  for (const Window& d : all.d)
    for (const Window& h : all.h) {
      const Index line = (d.start * p.h().in + h.start) * p.w().in;
      for (const Window& w : all.w) f(o++, line + w.start);
    }
}

/// For each place, its distance in the plane from element 0 of its window.
inline std::vector<Index> place_offsets(const Pooling& p) {
  std::vector<Index> out;
  for (Index kd = 0; kd < p.d().kernel; ++kd)
    for (Index kh = 0; kh < p.h().kernel; ++kh)
      for (Index kw = 0; kw < p.w().kernel; ++kw)
        out.push_back((kd * p.d().dilation * p.h().in + kh * p.h().dilation) * p.w().in +
                      kw * p.w().dilation);
  return out;
}

/// dispatch() over the dtypes of places.
template <class F> void dispatch_place(Dtype dtype, F&& f) {
  if (dtype == uint8) f(Type<std::uint8_t>{});
  else f(Type<Index>{});
}
}  // namespace detail

/// The largest value of each window, and its place in the window if `with_places`.
struct MaxPooled {
  Array y, places;
};

/// x (planes…, in…) → y and places of `shape` (planes…, out…). Cost: one read of x and one write.
inline MaxPooled max_pool(const Op& op, const Array& x, const Pooling& p, const Shape& shape,
                          bool with_places) {
  MaxPooled result{Array::empty(shape, x.dtype(), op), {}};
  if (with_places) result.places = Array::empty(shape, p.place_dtype(), op);
  if (result.y.count() == 0) return result;
  if (detail::tiles_by_pairs(p)) {
    detail::max_pool_pairs(op, x, p, result.y, result.places);
    return result;
  }
  const detail::Windows all(p);
  const Chunks chunks(result.y.count() / p.w().out,
                      std::max<Index>(1, detail::kPoolGrain / (p.w().out * p.places())));
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    using Row = detail::SlidingRow<T>;
    const bool slides = Row::suits(p);
    const Index room = slides ? Row::scratch(p) : 0;
    const Array scratch = Array::empty({chunks.count, room}, x.dtype(), op);
    detail::dispatch_place(p.place_dtype(), [&]<class P>(Type<P>) {
      const T* in = x.data<T>();
      T* y = result.y.data<T>();
      P* places = with_places ? result.places.data<P>() : nullptr;
      vector_tasks(chunks.count, [&](Index chunk) {
        std::optional<Row> row;
        if (slides) row.emplace(p, all, scratch.data<T>() + chunk * room);
        detail::each_row(p, all, chunks.begin(chunk), chunks.end(chunk),
                         [&](Index plane, Index r, const auto& d, const auto& h) {
                           const T* from = in + plane * p.in();
                           T* to = y + r * p.w().out;
                           P* at = places ? places + r * p.w().out : nullptr;
                           if (!row) detail::largest_each(p, all, from, d, h, to, at);
                           else if (at) row->template operator()<true>(from, d, h, to, at);
                           else row->template operator()<false>(from, d, h, to, at);
                         });
      });
    });
  });
  return result;
}

/// The transpose of max_pool_pick: adds each grad_y to the element at its place. Planes run in
/// parallel, the windows of a plane in order.
inline Array max_pool_grad(const Op& op, const Array& grad_y, const Array& places, const Pooling& p,
                           const Shape& shape) {
  const Array grad_x = Array::empty(shape, grad_y.dtype(), op);
  if (grad_x.count() == 0) return grad_x;
  if (detail::tiles_by_pairs(p)) {
    detail::max_pool_pairs_grad(op, grad_y, places, p, grad_x);
    return grad_x;
  }
  const detail::Windows all(p);
  const std::vector<Index> offsets = detail::place_offsets(p);
  dispatch_floating(op, grad_y.dtype(), [&]<class T>(Type<T>) {
    detail::dispatch_place(places.dtype(), [&]<class P>(Type<P>) {
      const T* g = grad_y.data<T>();
      const P* at = places.data<P>();
      T* out = grad_x.data<T>();
      parallel_for(grad_x.count() / p.in(), std::max<Index>(1, detail::kPoolGrain / p.in()),
                   [&](Index begin, Index end) {
                     for (Index plane = begin; plane < end; ++plane) {
                       T* to = out + plane * p.in();
                       std::fill_n(to, p.in(), T{0});
                       detail::each_window(p, all, plane, [&](Index o, Index start) {
                         to[start + offsets[static_cast<std::size_t>(at[o])]] += g[o];
                       });
                     }
                   });
    });
  });
  return grad_x;
}

/// y[o] = the element of x at window o's place. This is max_pool for the array that gave the
/// places.
inline Array max_pool_pick(const Op& op, const Array& x, const Array& places, const Pooling& p) {
  const Array y = Array::empty(places.shape(), x.dtype(), op);
  if (y.count() == 0) return y;
  const detail::Windows all(p);
  const std::vector<Index> offsets = detail::place_offsets(p);
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    detail::dispatch_place(places.dtype(), [&]<class P>(Type<P>) {
      const T* in = x.data<T>();
      const P* at = places.data<P>();
      T* out = y.data<T>();
      parallel_for(y.count() / p.out(), std::max<Index>(1, detail::kPoolGrain / p.out()),
                   [&](Index begin, Index end) {
                     for (Index plane = begin; plane < end; ++plane)
                       detail::each_window(p, all, plane, [&](Index o, Index start) {
                         out[o] =
                             in[plane * p.in() + start + offsets[static_cast<std::size_t>(at[o])]];
                       });
                   });
    });
  });
  return y;
}

/// Converts places to positions in the plane.
inline Array max_pool_indices(const Op& op, const Array& places, const Pooling& p) {
  const Array indices = Array::empty(places.shape(), int64, op);
  if (indices.count() == 0) return indices;
  const detail::Windows all(p);
  const std::vector<Index> offsets = detail::place_offsets(p);
  detail::dispatch_place(places.dtype(), [&]<class P>(Type<P>) {
    const P* at = places.data<P>();
    Index* out = indices.data<Index>();
    parallel_for(indices.count() / p.out(), std::max<Index>(1, detail::kPoolGrain / p.out()),
                 [&](Index begin, Index end) {
                   for (Index plane = begin; plane < end; ++plane)
                     detail::each_window(p, all, plane, [&](Index o, Index start) {
                       out[o] = start + offsets[static_cast<std::size_t>(at[o])];
                     });
                 });
  });
  return indices;
}

}  // namespace tinygrad::kernels
