// SPDX-License-Identifier: MIT
// Arrays as vectors, whatever their shape: norms, products and in-place combinations, for what
// works on parameters and gradients as a whole. Arrays of one call have the same dtype and count.
#pragma once

#include <cmath>
#include <limits>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/list_ref.hpp"
#include "tinygrad/core/parallel.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// Elements below which a second thread costs more than it saves: 65,536 are updated in about 8 µs
/// (SGD with momentum, AVX-512), as long as waking a thread takes.
inline constexpr Index kUpdateGrain = 65536;

/// Calls element(i) for every i in [0, n), on all threads.
template <class Element> void for_each_index(Index n, const Element& element) {
  parallel_for(n, kUpdateGrain, [&](Index begin, Index end) {
    const Element local = element;  // no store can change a local copy, so the loop vectorises
    for (Index i = begin; i < end; ++i) local(i);
  });
}

/// The same for every element of an array like `x`; rule(Type<T>) makes the function.
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

/// y += weight·(x − y), in place: y at weight 0, x at weight 1. Where x − y overflows or is no
/// number, (1 − weight)·y + weight·x.
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

namespace detail {
/// term(0) ⊕ term(1) ⊕ … ⊕ term(n − 1) in double, where ⊕ is `join` and starts from 0. The order is
/// fixed.
template <class Term, class Join> double fold(Index n, Term term, Join join) {
  constexpr Index kLanes = 8;  // independent totals, which the compiler keeps in a vector
  const Chunks chunks(n, kUpdateGrain);
  double totals[64] = {};  // one for each chunk
  parallel_tasks(chunks.count, [&](Index chunk) {
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

/// (Σ |x|^power)^(1/power) over the elements of all arrays, power > 0; for infinity the largest
/// |x|. Powers that leave the range of double are summed again after division by the largest |x|.
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
