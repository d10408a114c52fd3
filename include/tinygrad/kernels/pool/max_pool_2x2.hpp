// SPDX-License-Identifier: MIT
// Fast path of max pooling for windows 2×2, stride 2, and its transpose. All rows of all planes
// form one array of row pairs, so that small planes are as fast as large ones.
#pragma once

#include <cstdint>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/pool/pairs_of_lines.hpp"
#include "tinygrad/kernels/pool/windows.hpp"

#if TINYGRAD_TWO_WIDE_LEVELS
namespace tinygrad::inline TINYGRAD_ABI::kernels::detail::wide_v4 {
template <bool kPlaces, class T>
void max_of_pairs(const T* x, Index rows, Index width, T* y, std::uint8_t* places);
template <class T> void spread_to_pairs(const T* grad_y, const std::uint8_t* places, Index rows,
                                        Index width, T* grad_x);
}
#endif

namespace tinygrad::inline TINYGRAD_ABI::kernels::detail {

/// True if the windows of p are 2×2 and tile the plane.
inline bool tiles_by_pairs(const Pooling& p) {
  const auto pairs = [](const PoolDim& a) {
    return !a.adaptive && a.kernel == 2 && a.stride == 2 && a.padding == 0 && a.dilation == 1 &&
           a.in == 2 * a.out;
  };
  const PoolDim& d = p.d();
  const bool flat = d.in == d.out && d.kernel == 1 && d.padding == 0;
  return flat && pairs(p.h()) && pairs(p.w()) && p.w().out <= kPairs;
}

/// max_pool() if tiles_by_pairs(p). `places` may be undefined.
inline void max_pool_pairs(const Op& op, const Array& x, const Pooling& p, const Array& y,
                           const Array& places) {
  const Index width = p.w().out;
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    const T* in = x.data<T>();
    T* out = y.data<T>();
    std::uint8_t* at = places.defined() ? places.data<std::uint8_t>() : nullptr;
    const auto with_places = vector_kernels_run() ? TINYGRAD_WIDEST(detail, max_of_pairs<true, T>)
                                                  : &max_by_numbers<true, T>;
    const auto alone = vector_kernels_run() ? TINYGRAD_WIDEST(detail, max_of_pairs<false, T>)
                                            : &max_by_numbers<false, T>;
    const auto largest = at ? with_places : alone;
    parallel_for(y.count() / width, kPoolGrain / width, [=](Index begin, Index end) {
      largest(in + 4 * begin * width, end - begin, width, out + begin * width,
              at ? at + begin * width : nullptr);
    });
  });
}

/// max_pool_grad() if tiles_by_pairs(p).
inline void max_pool_pairs_grad(const Op& op, const Array& grad_y, const Array& places,
                                const Pooling& p, const Array& grad_x) {
  const Index width = p.w().out;
  dispatch_floating(op, grad_y.dtype(), [&]<class T>(Type<T>) {
    const T* g = grad_y.data<T>();
    const auto* at = places.data<std::uint8_t>();
    T* out = grad_x.data<T>();
    const auto spread =
        vector_kernels_run() ? TINYGRAD_WIDEST(detail, spread_to_pairs<T>) : &spread_by_numbers<T>;
    parallel_for(grad_y.count() / width, kPoolGrain / width, [=](Index begin, Index end) {
      const Index from = begin * width;
      spread(g + from, at + from, end - begin, width, out + 4 * from);
    });
  });
}

}  // namespace tinygrad::kernels::detail
