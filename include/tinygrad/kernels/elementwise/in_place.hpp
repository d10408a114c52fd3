// SPDX-License-Identifier: MIT
// Passes that change arrays in place, whatever their shape: scaling, limiting, sums and
// interpolation. Optimizers and gradient clipping use them on parameters and gradients. The arrays
// of one call have the same dtype and count.
#pragma once

#include <cmath>
#include <limits>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// Below this number of elements a second thread costs more than it saves. Updating 65,536 elements
/// takes about 8 µs (SGD with momentum, AVX-512), as long as waking a thread.
inline constexpr Index kUpdateGrain = 65536;

/// Calls element(i) for every i in [0, n), on all threads.
template <class Element> void for_each_index(Index n, const Element& element) {
  vector_for(n, kUpdateGrain, [&](Index begin, Index end) {
    const Element local = element;  // stores cannot change a local copy, so the loop vectorises
    for (Index i = begin; i < end; ++i) local(i);
  });
}

/// Calls a function for every element of an array like `x`. rule(Type<T>) makes the function.
template <class Rule> void for_each_element(const Op& op, const Array& x, Rule rule) {
  dispatch_floating(op, x.dtype(),
                    [&]<class T>(Type<T> type) { for_each_index(x.count(), rule(type)); });
}

/// x *= factor, in place.
inline void scale(const Op& op, const Array& x, double factor) {
  for_each_element(op, x, [&]<class T>(Type<T>) {
    return [values = x.data<T>(), by = static_cast<T>(factor)](Index i) { values[i] *= by; };
  });
}

/// x limited to [−limit, limit], in place; NaN stays.
inline void limit(const Op& op, const Array& x, double limit) {
  for_each_element(op, x, [&]<class T>(Type<T>) {
    return [values = x.data<T>(), high = static_cast<T>(limit)](Index i) {
      const T value = values[i];
      values[i] = value > high ? high : value < -high ? -high : value;
    };
  });
}

/// y += factor·x, in place.
inline void add_scaled(const Op& op, const Array& y, double factor, const Array& x) {
  for_each_element(op, y, [&]<class T>(Type<T>) {
    return [out = y.data<T>(), in = x.data<T>(), by = static_cast<T>(factor)](Index i) {
      out[i] += by * in[i];
    };
  });
}

/// y += weight·(x − y), in place: y at weight 0, x at weight 1. If x − y is not finite, it is (1 −
/// weight)·y + weight·x.
inline void lerp(const Op& op, const Array& y, const Array& x, double weight) {
  if (weight == 0) return;
  for_each_element(op, y, [&]<class T>(Type<T>) {
    const T part = static_cast<T>(weight), rest = static_cast<T>(1 - weight);
    return [out = y.data<T>(), in = x.data<T>(), w = part, rest, all = weight == 1](Index i) {
      const T moved = out[i] + w * (in[i] - out[i]), mixed = rest * out[i] + w * in[i];
      out[i] = all ? in[i] : std::fabs(moved) <= std::numeric_limits<T>::max() ? moved : mixed;
    };
  });
}

/// Exchanges the values of x and y.
inline void swap_values(const Op& op, const Array& x, const Array& y) {
  for_each_element(op, x, [&]<class T>(Type<T>) {
    return [a = x.data<T>(), b = y.data<T>()](Index i) {
      const T value = a[i];
      a[i] = b[i];
      b[i] = value;
    };
  });
}

}  // namespace tinygrad::kernels
