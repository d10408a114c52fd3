// SPDX-License-Identifier: MIT
// Norms and dot products of whole arrays, whatever their shape. Sums are in double, in a fixed
// order.
#pragma once

#include <cmath>
#include <limits>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/list_ref.hpp"
#include "tinygrad/core/parallel.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

namespace detail {
/// Below this number of elements a second thread costs more than it saves.
inline constexpr Index kFoldGrain = 65536;

/// term(0) ⊕ term(1) ⊕ … ⊕ term(n − 1) in double. ⊕ is `join` and starts from 0. The order is
/// fixed.
template <class Term, class Join> double fold(Index n, Term term, Join join) {
  constexpr Index kLanes = 8;  // independent totals, which the compiler keeps in a vector
  const Chunks chunks(n, kFoldGrain);
  double totals[64] = {};  // one for each chunk
  vector_tasks(chunks.count, [&](Index chunk) {
    const auto local = term;
    double lane[kLanes] = {};
    Index i = chunks.begin(chunk);
    const Index end = chunks.end(chunk);
    for (; i + kLanes <= end; i += kLanes)
      for (Index k = 0; k < kLanes; ++k) lane[k] = join(lane[k], local(i + k));
    for (; i < end; ++i) lane[0] = join(lane[0], local(i));
    for (const double each : lane) totals[chunk] = join(totals[chunk], each);
  });
  double total = 0;
  for (const double each : totals) total = join(total, each);
  return total;
}

inline double sum(double a, double b) { return a + b; }
}  // namespace detail

/// max |x|, NaN if any is.
inline double largest(const Op& op, const Array& x) {
  return dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    return detail::fold(
        x.count(), [v = x.data<T>()](Index i) { return std::fabs(static_cast<double>(v[i])); },
        [](double most, double v) { return v > most || v != v ? v : most; });
  });
}

/// Σ |x/unit|^power.
inline double power_sum(const Op& op, const Array& x, double power, double unit = 1) {
  return dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    const T* v = x.data<T>();
    if (power == 2 && unit == 1)
      return detail::fold(
          x.count(), [v](Index i) { return static_cast<double>(v[i]) * static_cast<double>(v[i]); },
          detail::sum);
    if (power == 1 && unit == 1)
      return detail::fold(
          x.count(), [v](Index i) { return std::fabs(static_cast<double>(v[i])); }, detail::sum);
    return detail::fold(
        x.count(),
        [v, power, unit](Index i) {
          return std::pow(std::fabs(static_cast<double>(v[i]) / unit), power);
        },
        detail::sum);
  });
}

/// (Σ |x|^power)^(1/power) over the elements of all arrays, for power > 0. For infinity it is the
/// largest |x|. If powers are out of double's range, they are summed again after division by the
/// largest |x|.
inline double norm(const Op& op, ListRef<const Array> arrays, double power = 2) {
  const auto root = [=](double v) { return power == 2 ? std::sqrt(v) : std::pow(v, 1 / power); };
  if (!std::isinf(power)) {
    double total = 0;
    for (const Array& x : arrays) total += power_sum(op, x, power);
    constexpr double kLeast = 0x1p-900;
    if (total >= kLeast && total <= std::numeric_limits<double>::max()) return root(total);
  }
  double most = 0;
  for (const Array& x : arrays)
    if (const double each = largest(op, x); !(each <= most)) {
      most = each;
      if (std::isnan(most)) break;
    }
  if (std::isinf(power) || !(most > 0) || std::isinf(most)) return most;
  double total = 0;
  for (const Array& x : arrays) total += power_sum(op, x, power, most);
  return root(total) * most;
}

/// √Σ x².
inline double norm(const Op& op, const Array& x) { return norm(op, ListRef<const Array>(&x, 1)); }

/// Σ x·y.
inline double dot(const Op& op, const Array& x, const Array& y) {
  return dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    return detail::fold(
        x.count(),
        [a = x.data<T>(), b = y.data<T>()](Index i) {
          return static_cast<double>(a[i]) * static_cast<double>(b[i]);
        },
        detail::sum);
  });
}

}  // namespace tinygrad::kernels
