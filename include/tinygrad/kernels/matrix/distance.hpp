// SPDX-License-Identifier: MIT
// Euclidean distances between all pairs of rows, by fast matrix products. A product is not exact
// for rows that are not finite, or whose distance is small beside their norms. Those pairs are
// computed again from their differences.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/core/square_root.hpp"
#include "tinygrad/kernels/reduction/reduce.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

namespace detail {
/// False if |a|² + |b|² − 2·a·b = `apart` cancels too much of |a|² + |b|² = `size`, or if `size` is
/// not finite.
template <class T> bool is_far(T apart, T size) {
  return (apart >= size / 8) & (size <= std::numeric_limits<T>::max());
}

/// |a − b| from differences, for every magnitude.
template <class T> double distance_of(const T* a, const T* b, Index n) {
  const double squares = long_sum_of<T>(n, [=](Index i) { return (a[i] - b[i]) * (a[i] - b[i]); });
  if (std::isfinite(squares) && squares > static_cast<double>(std::numeric_limits<T>::min()) * 1e8)
    return std::sqrt(squares);
  double most = 0, scaled = 0;
  for (Index i = 0; i < n; ++i) {
    const double apart = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    if (std::isnan(apart)) return apart;
    most = std::max(most, std::fabs(apart));
  }
  if (most == 0 || std::isinf(most)) return most;
  for (Index i = 0; i < n; ++i) {
    const double apart = (static_cast<double>(a[i]) - static_cast<double>(b[i])) / most;
    scaled += apart * apart;
  }
  return std::sqrt(scaled) * most;
}
}  // namespace detail

/// Matrices of rows, a (B, P, M) and b (B, R, M), and the squared lengths of their rows, (B, P) and
/// (B, R).
struct RowPairs {
  Array a, b, a_squares, b_squares;
  Index batch, p, r, m;

  /// Calls f(T, batch, row of a) on all threads.
  template <class F> void each_row(F f) const {
    vector_for(batch * p, std::max<Index>(1, 16384 / r), [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) f(i / p, i);
    });
  }
};

/// The distances (B, P, R), given the products a·bᵀ (B, P, R).
inline Array distances(const Op& op, const RowPairs& rows, const Array& products) {
  const Array y = Array::empty(products.shape(), products.dtype(), op);
  dispatch_floating(op, products.dtype(), [&]<class T>(Type<T>) {
    const T *a = rows.a.data<T>(), *b = rows.b.data<T>(), *sa = rows.a_squares.data<T>(),
            *sb = rows.b_squares.data<T>(), *dots = products.data<T>();
    T* out = y.data<T>();
    rows.each_row([=, r = rows.r, m = rows.m](Index batch, Index i) {
      const T *dot = dots + i * r, *other = sb + batch * r, own = sa[i];
      T* to = out + i * r;
      int near = 0;
      for (Index j = 0; j < r; ++j) {
        const T size = own + other[j], apart = size - 2 * dot[j];
        const bool far = detail::is_far(apart, size);
        near |= far ? 0 : 1;
        to[j] = square_root(far ? apart : T{0});
      }
      if (near == 0) return;
      for (Index j = 0; j < r; ++j)
        if (const T size = own + other[j]; !detail::is_far(size - 2 * dot[j], size))
          to[j] = static_cast<T>(detail::distance_of(a + i * m, b + (batch * r + j) * m, m));
    });
  });
  return y;
}

/// The contribution of near pairs to the gradients, Σ w·(a − b) for a and its negative for b, and
/// `rest`: w without near pairs. Undefined if there are none. w (B, P, R) is the gradient of each
/// distance divided by the distance. Computes only the wanted gradients.
struct NearGrads {
  Array a, b, rest;
};

inline NearGrads near_grads(const Op& op, const RowPairs& rows, const Array& distances,
                            const Array& w, bool wants_a, bool wants_b) {
  NearGrads out;
  dispatch_floating(op, w.dtype(), [&]<class T>(Type<T>) {
    const T *a = rows.a.data<T>(), *b = rows.b.data<T>(), *sa = rows.a_squares.data<T>(),
            *sb = rows.b_squares.data<T>(), *d = distances.data<T>(), *weights = w.data<T>();
    const auto far = [](T apart, T size) { return detail::is_far(apart * apart, size); };
    std::vector<char> has_near(static_cast<std::size_t>(rows.batch * rows.p));
    char* found = has_near.data();
    rows.each_row([=, r = rows.r](Index batch, Index i) {
      const T *apart = d + i * r, *other = sb + batch * r, own = sa[i];
      int near = 0;
      for (Index j = 0; j < r; ++j) near |= far(apart[j], own + other[j]) ? 0 : 1;
      found[i] = static_cast<char>(near);
    });
    if (std::find(has_near.begin(), has_near.end(), 1) == has_near.end()) return;
    out.rest = w.copy();
    if (wants_a) out.a = Array::zeros(rows.a.shape(), w.dtype());
    if (wants_b) out.b = Array::zeros(rows.b.shape(), w.dtype());
    const auto is_near = [=, p = rows.p, r = rows.r](Index i, Index j) {
      return found[i] && !far(d[i * r + j], sa[i] + sb[i / p * r + j]);
    };
    const auto add = [m = rows.m](T weight, const T* from, const T* to, T* sum) {
      for (Index k = 0; k < m; ++k) sum[k] += weight * (from[k] - to[k]);
    };
    T *grad_a = wants_a ? out.a.data<T>() : nullptr, *rest = out.rest.data<T>();
    rows.each_row([=, r = rows.r, m = rows.m](Index batch, Index i) {
      for (Index j = 0; j < r; ++j)
        if (is_near(i, j)) {
          if (grad_a) add(weights[i * r + j], a + i * m, b + (batch * r + j) * m, grad_a + i * m);
          rest[i * r + j] = T{0};
        }
    });
    if (!wants_b) return;
    T* grad_b = out.b.data<T>();
    vector_for(rows.batch * rows.r, std::max<Index>(1, 16384 / rows.p),
               [=, p = rows.p, r = rows.r, m = rows.m](Index begin, Index end) {
                 for (Index k = begin; k < end; ++k)
                   for (Index i = k / r * p; i < (k / r + 1) * p; ++i)
                     if (const Index j = k % r; is_near(i, j))
                       add(weights[i * r + j], b + k * m, a + i * m, grad_b + k * m);
               });
  });
  return out;
}

}  // namespace tinygrad::kernels
