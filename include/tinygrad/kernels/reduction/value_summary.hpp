// SPDX-License-Identifier: MIT
// Facts about the values of an array: whether they are finite or zero, their range, and the
// distance to another array. Diagnostics and the repair of convolutions use them.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "tinygrad/core/array.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

namespace detail {
// A NaN or an infinity has all exponent bits set. The inner loop over a block vectorises, and a bad
// value near the start ends the outer loop early.
template <class Bits> bool all_finite(const Bits* bits, Index count, Bits exponent) {
  constexpr Index kBlock = 4096;
  for (Index first = 0; first < count; first += kBlock) {
    const Index last = std::min(count, first + kBlock);
    Bits bad = 0;  // not a bool, for which compilers use shorter vectors
    for (Index i = first; i < last; ++i)
      bad |= (bits[i] & exponent) == exponent ? Bits{1} : Bits{0};
    if (bad != 0) return false;
  }
  return true;
}
}  // namespace detail

/// True if no value is a NaN or an infinity. Cost: one pass at memory speed.
inline bool all_finite(const Array& a) {
  using Bits32 [[gnu::may_alias]] = std::uint32_t;
  using Bits64 [[gnu::may_alias]] = std::uint64_t;
  if (a.dtype() == float32)
    return detail::all_finite<Bits32>(a.words<Bits32>(), a.count(), 0x7f800000U);
  if (a.dtype() == float64)
    return detail::all_finite<Bits64>(a.words<Bits64>(), a.count(), 0x7ff0000000000000U);
  return true;
}

/// Counts and range of an array's values. min, max and mean cover the finite ones.
struct Statistics {
  Index nans = 0, infinities = 0, finite = 0, zeros = 0;
  double min = 0, max = 0, mean = 0;
  Index count() const { return nans + infinities + finite; }
};

inline Statistics statistics(const Array& a) {
  Statistics s;
  double sum = 0;
  dispatch(a.dtype(), [&]<class T>(Type<T>) {
    const T* values = a.data<T>();
    for (Index i = 0; i < a.count(); ++i) {
      const auto v = static_cast<double>(values[i]);
      if (std::isfinite(v)) {
        s.min = s.finite ? std::min(s.min, v) : v;
        s.max = s.finite ? std::max(s.max, v) : v;
        s.zeros += v == 0;
        sum += v;
        ++s.finite;
      } else {
        ++(std::isnan(v) ? s.nans : s.infinities);
      }
    }
  });
  if (s.finite) s.mean = sum / static_cast<double>(s.finite);
  return s;
}

/// True if every value is 0; true for an empty array.
inline bool all_zero(const Array& a) {
  return dispatch(a.dtype(), [&]<class T>(Type<T>) {
    const T* values = a.data<T>();
    return std::all_of(values, values + a.count(), [](T v) { return v == T{}; });
  });
}

/// The Euclidean distance of two arrays of one shape and floating dtype.
inline double distance(const Op& op, const Array& a, const Array& b) {
  return dispatch_floating(op, a.dtype(), [&]<class T>(Type<T>) {
    const T *left = a.data<T>(), *right = b.data<T>();
    double sum = 0;
    for (Index i = 0; i < a.count(); ++i) {
      const double difference = static_cast<double>(left[i]) - static_cast<double>(right[i]);
      sum += difference * difference;
    }
    return std::sqrt(sum);
  });
}

}  // namespace tinygrad::kernels
