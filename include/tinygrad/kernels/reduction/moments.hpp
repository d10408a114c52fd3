// SPDX-License-Identifier: MIT
// Means and sums of squared distances from the mean: of adjacent values, and of an array over any
// dims. The results are as exact for values far from 0 as for values around 0.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/elementwise/loops.hpp"
#include "tinygrad/kernels/reduction/reduce.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// Moments of n values: the mean, which is centre + rest, and Σ (x − mean)². Far from 0, one number
/// of T would round the mean by more than the values differ.
template <class T> struct Moments {
  T centre;
  double rest, squares;
  double scaled_root = 0;  // √squares, if the squares are out of range
  double mean() const { return static_cast<double>(centre) + rest; }
  double root() const { return scaled_root != 0 ? scaled_root : std::sqrt(squares); }
};

namespace detail {
/// Mean squares of T below this have lost some or all digits.
template <class T> constexpr double smallest_square() {
  return static_cast<double>(std::numeric_limits<T>::min() / std::numeric_limits<T>::epsilon());
}

/// The mean square below which T loses digits that matter. 0 if eps is larger: then none matter.
template <class T> double least_square(double eps) {
  return eps > smallest_square<T>() ? 0 : smallest_square<T>();
}

/// The rounding error of a mean; 0 for an infinite one.
template <class T> double rest_of(double mean, T centre) {
  return std::isfinite(mean) ? mean - static_cast<double>(centre) : 0;
}

struct DifferenceSums {
  double sum = 0, squares = 0;
};

/// Σ d and Σ d² over d = x[i] − centre. Runs of 4096 are summed in 64 lanes of T, and the runs in
/// double.
template <class T> [[gnu::flatten]] DifferenceSums difference_sums(const T* x, Index n, T centre) {
  constexpr Index kLanes = 16, kLongRun = 4096;
  DifferenceSums total;
  for (Index start = 0; start < n; start += kLongRun) {
    const Index stop = std::min(n, start + kLongRun);
    Index i = start;
    T sum[kLanes] = {}, squares[kLanes] = {};
    if (stop - start >= 16 * kLanes) {  // independent additions, as in sum_of()
      T a[kLanes] = {}, b[kLanes] = {}, c[kLanes] = {};
      T aa[kLanes] = {}, bb[kLanes] = {}, cc[kLanes] = {};
      for (; i + 4 * kLanes <= stop; i += 4 * kLanes)
        for (Index k = 0; k < kLanes; ++k) {
          const T d0 = x[i + k] - centre, d1 = x[i + kLanes + k] - centre,
                  d2 = x[i + 2 * kLanes + k] - centre, d3 = x[i + 3 * kLanes + k] - centre;
          sum[k] += d0;
          a[k] += d1;
          b[k] += d2;
          c[k] += d3;
          squares[k] += d0 * d0;
          aa[k] += d1 * d1;
          bb[k] += d2 * d2;
          cc[k] += d3 * d3;
        }
      for (Index k = 0; k < kLanes; ++k) sum[k] = (sum[k] + a[k]) + (b[k] + c[k]);
      for (Index k = 0; k < kLanes; ++k) squares[k] = (squares[k] + aa[k]) + (bb[k] + cc[k]);
    }
    for (; i + kLanes <= stop; i += kLanes)
      for (Index k = 0; k < kLanes; ++k) {
        const T d = x[i + k] - centre;
        sum[k] += d;
        squares[k] += d * d;
      }
    total.sum += sum_lanes(sum);
    total.squares += sum_lanes(squares);
    for (; i < stop; ++i) {
      const T d = x[i] - centre;
      total.sum += static_cast<double>(d);
      total.squares += static_cast<double>(d * d);
    }
  }
  return total;
}

/// Reads n values `step` apart, scaled by a power of 2 so that the largest is near 1.
template <class T> struct Scaled {
  const T* x;
  Index n, step;
  int exponent = 0;

  Scaled(const T* values, Index count, Index apart) : x(values), n(count), step(apart) {
    double largest = 0;  // ignores NaN
    for (Index i = 0; i < n; ++i)
      largest = std::max(largest, std::fabs(static_cast<double>(x[i * step])));
    if (largest > 0 && std::isfinite(largest)) exponent = std::ilogb(largest);
  }
  double operator[](Index i) const {
    return std::ldexp(static_cast<double>(x[i * step]), -exponent);
  }
  double back(double v) const { return std::ldexp(v, exponent); }
};

/// The moments of n values `step` apart whose squares are out of T's range.
template <class T> [[gnu::noinline]] Moments<T> scaled_moments(const T* x, Index n, Index step) {
  const Scaled<T> scaled(x, n, step);
  double mean = 0, sum = 0, squares = 0;
  for (Index i = 0; i < n; ++i) mean += scaled[i];
  mean /= static_cast<double>(n);
  for (Index i = 0; i < n; ++i) {
    const double d = scaled[i] - mean;
    sum += d;
    squares += d * d;
  }
  const double rest = sum / static_cast<double>(n);
  squares = std::max(squares - rest * sum, 0.0);
  const double whole = scaled.back(std::isinf(mean) ? mean : mean + rest);
  const T centre = static_cast<T>(whole);
  return {centre, rest_of(whole, centre), scaled.back(scaled.back(squares)),
          scaled.back(std::sqrt(squares))};
}

/// True if the centre is so far from the mean that Σ d² − n·rest² would cancel.
inline bool off_centre(const DifferenceSums& d, double n) {
  return d.sum * d.sum > d.squares * n / 2;
}

/// True if the squares (of n values around a mean from a sum in T) are in range, and the mean is so
/// near to 0 that its error does not matter.
inline bool is_plain(double mean, double squares, double n, double least) {
  return squares >= least * n && squares <= std::numeric_limits<double>::max() &&
         mean * mean * n <= 16 * squares;
}

/// Mean and squares of n ≥ 1 values whose mean is near 0.
template <class T> [[gnu::always_inline]] inline Moments<T> plain_moments(const T* x, Index n) {
  const double mean = long_sum_of<T>(n, [=](Index i) { return x[i]; }) / static_cast<double>(n);
  const auto centre = static_cast<T>(mean);
  const double squares =
      long_sum_of<T>(n, [=](Index i) { return (x[i] - centre) * (x[i] - centre); });
  return {centre, mean - static_cast<double>(centre), squares};
}

/// The sum of squares of n values, around 0.
template <class T> Moments<T> plain_squares(const T* x, Index n) {
  return {T{0}, 0, long_sum_of<T>(n, [=](Index i) { return x[i] * x[i]; })};
}

/// The sum of squares, around 0, if the squares are out of T's range.
template <class T> [[gnu::noinline]] Moments<T> scaled_squares(const T* x, Index n) {
  const Scaled<T> scaled(x, n, 1);
  double squares = 0;
  for (Index i = 0; i < n; ++i) squares += scaled[i] * scaled[i];
  return {T{0}, 0, scaled.back(scaled.back(squares)), scaled.back(std::sqrt(squares))};
}

/// The moments of n ≥ 1 values with any mean, from sums of differences. If needed it repeats with a
/// better centre, because long runs of equal values make the first mean wrong.
template <class T>
[[gnu::noinline]] Moments<T> careful_moments(const T* x, Index n, T centre, double least) {
  const auto count = static_cast<double>(n);
  DifferenceSums d = difference_sums(x, n, centre);
  for (int again = 0; again < 2 && off_centre(d, count); ++again) {
    centre += static_cast<T>(d.sum / count);
    d = difference_sums(x, n, centre);
  }
  if (!std::isfinite(d.squares) || d.squares < least * count) return scaled_moments(x, n, 1);
  const double rest = d.sum / count;
  return {centre, rest, std::max(d.squares - rest * d.sum, 0.0)};
}
}  // namespace detail

/// The moments of n ≥ 1 adjacent values. If the mean square is below `least` or out of T's range,
/// the squares are summed again after scaling. Cost: two reads; a third one if the mean is more
/// than four standard deviations from 0.
template <class T>
[[gnu::always_inline]] inline Moments<T> moments_of(const T* x, Index n,
                                                    double least = detail::smallest_square<T>()) {
  const Moments<T> m = detail::plain_moments(x, n);
  if (detail::is_plain(m.mean(), m.squares, static_cast<double>(n), least)) [[likely]]
    return m;
  return detail::careful_moments(x, n, m.centre, least);
}

/// The moments of an array over some dims, in float64, without those dims. `count`: values of each.
struct ArrayMoments {
  Array mean, squares, root;
  Index count = 1;
};

namespace detail {
/// The moments of columns [first, last), at most kTile of them, over n ≥ 1 rows.
template <class T> void column_moments(const T* x, Index n, Index inner, Index first, Index last,
                                       double* mean, double* squares, double* root) {
  const auto count = static_cast<double>(n);
  const Index width = last - first;
  double sums[kTile], totals[kTile];
  T centre[kTile];
  fold_columns<SumOf>(x + first, n, inner, sums, 0, width);
  for (Index j = 0; j < width; ++j) centre[j] = static_cast<T>(sums[j] / count);
  for (int again = 0;; ++again) {
    std::fill_n(sums, width, 0.0);
    std::fill_n(totals, width, 0.0);
    for (Index row = 0; row < n; row += kRun) {
      T part[kTile] = {}, part_squares[kTile] = {};
      for (Index r = row; r < std::min(row + kRun, n); ++r) {
        const T* in = x + r * inner + first;
        for (Index j = 0; j < width; ++j) {
          const T d = in[j] - centre[j];
          part[j] += d;
          part_squares[j] += d * d;
        }
      }
      for (Index j = 0; j < width; ++j) {
        sums[j] += static_cast<double>(part[j]);
        totals[j] += static_cast<double>(part_squares[j]);
      }
    }
    bool far = false;
    for (Index j = 0; j < width; ++j) far |= off_centre({sums[j], totals[j]}, count);
    if (!far || again == 2) break;
    for (Index j = 0; j < width; ++j) centre[j] += static_cast<T>(sums[j] / count);
  }
  for (Index j = 0; j < width; ++j) {
    const double rest = sums[j] / count;
    Moments<T> m{centre[j], rest, std::max(totals[j] - rest * sums[j], 0.0)};
    if (!std::isfinite(totals[j]) || totals[j] < smallest_square<T>() * count) [[unlikely]]
      m = scaled_moments(x + first + j, n, inner);
    mean[j] = m.mean();
    squares[j] = m.squares;
    root[j] = m.root();
  }
}

/// Mean, squares and root of n parts, `step` apart, of count(i) values each. No term is a
/// difference of large numbers.
template <class Count> void combine_parts(const double* means, const double* squares,
                                          const double* roots, Index n, Index step, Count count,
                                          double* mean, double* square, double* root) {
  double values = 0, total = 0, sum = 0;
  for (Index i = 0; i < n; ++i) {
    values += count(i);
    total += count(i) * means[i * step];
  }
  *mean = total / values;
  for (Index i = 0; i < n; ++i) {
    const double apart = means[i * step] - *mean;
    sum += squares[i * step] + count(i) * apart * apart;
  }
  *square = sum;
  *root = std::sqrt(sum);
  if (std::isfinite(sum) && sum >= smallest_square<double>()) return;
  *root = 0;
  for (Index i = 0; i < n; ++i)
    *root = std::hypot(*root, roots[i * step], std::sqrt(count(i)) * (means[i * step] - *mean));
}

/// The moments over the middle dim of (outer, n, inner), in chunks that are combined in order.
template <class T> void middle_moments(const T* x, Index outer, Index n, Index inner, double* mean,
                                       double* squares, double* root) {
  const Index width = std::min(inner, kTile), tiles = (inner + kTile - 1) / kTile;
  const Chunks chunks(n, std::max(Index{4096}, kReduceGrain / width), outer * tiles == 1 ? 64 : 1);
  const Index units = outer * chunks.count * tiles;
  const bool whole = chunks.count == 1;
  const Array scratch = Array::empty({whole ? 0 : 3 * units * width}, float64);
  double *part_means = whole ? mean : scratch.data<double>(),
         *part_squares = whole ? squares : part_means + units * width,
         *part_roots = whole ? root : part_squares + units * width;
  vector_for(units, std::max<Index>(1, kReduceGrain / (width * n / chunks.count)),
             [=](Index begin, Index end) {
               for (Index u = begin; u < end; ++u) {
                 const Index first = u % tiles * kTile, chunk = u / tiles % chunks.count;
                 const Index from = chunks.begin(chunk), rows = chunks.end(chunk) - from;
                 const Index to = u / tiles * inner + first;
                 const T* in = x + (u / tiles / chunks.count * n + from) * inner;
                 if (inner == 1) {
                   const Moments<T> m = moments_of(in, rows);
                   part_means[to] = m.mean();
                   part_squares[to] = m.squares;
                   part_roots[to] = m.root();
                 } else {
                   column_moments(in, rows, inner, first, std::min(first + kTile, inner),
                                  part_means + to, part_squares + to, part_roots + to);
                 }
               }
             });
  const auto rows = [&](Index c) { return static_cast<double>(chunks.end(c) - chunks.begin(c)); };
  for (Index j = 0; j < inner && !whole; ++j)
    combine_parts(part_means + j, part_squares + j, part_roots + j, chunks.count, inner, rows,
                  mean + j, squares + j, root + j);
}
}  // namespace detail

/// Mean and Σ (x − mean)² over `dims`. The last group of adjacent dims is reduced from the values,
/// each other group from the moments of the one after it.
template <class T> ArrayMoments moments(const Op& op, const Array& x, const AxisSet& dims) {
  Shape shape = x.shape();
  AxisSet left = dims;
  ArrayMoments now;
  bool begun = false;
  for (int last = shape.rank() - 1; last >= 0 || !begun; --last) {
    if (last >= 0 && !left[last]) {
      if (last > 0 || begun) continue;
      last = -1;  // no dim is reduced: each value is its own mean
    }
    int first = std::max(last, 0);
    while (first > 0 && left[first - 1]) --first;
    const Index outer = shape.product(0, first), n = shape.product(first, last + 1);
    const Index inner = shape.product(last + 1, shape.rank());
    for (int i = last; i >= first; --i) shape.erase(i);
    const ArrayMoments part =
        std::exchange(now, {Array::empty(shape, float64, op), Array::zeros(shape, float64),
                            Array::zeros(shape, float64), now.count * n});
    double *mean = now.mean.data<double>(), *squares = now.squares.data<double>(),
           *root = now.root.data<double>();
    if (n == 0) {
      std::fill_n(mean, shape.count(), std::numeric_limits<double>::quiet_NaN());
    } else if (shape.count() > 0 && !begun) {
      detail::middle_moments(x.data<T>(), outer, n, inner, mean, squares, root);
    } else if (shape.count() > 0) {
      const double *means = part.mean.data<double>(), *parts = part.squares.data<double>(),
                   *roots = part.root.data<double>();
      const auto count = [each = static_cast<double>(part.count)](Index) { return each; };
      vector_for(outer * inner, detail::kReduceGrain / n, [=](Index begin, Index end) {
        for (Index j = begin; j < end; ++j) {
          const Index at = j / inner * n * inner + j % inner;
          detail::combine_parts(means + at, parts + at, roots + at, n, inner, count, mean + j,
                                squares + j, root + j);
        }
      });
    }
    last = first;
    begun = true;
  }
  return now;
}

/// (x − mean)·factor. mean (float64) and factor have one shape, which broadcasts to x's. An
/// undefined factor counts as 1. The mean is subtracted in two parts, so nothing of it is lost by
/// rounding.
inline Array from_mean(const Op& op, const Array& x, const Array& mean, const Array& factor = {}) {
  Array y = Array::empty(x.shape(), x.dtype(), op);
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    const Array centre = map<T, double>(op, mean, [](double v) { return static_cast<T>(v); });
    const Array rest = zip<T, double>(op, mean.shape(), mean, mean, [](double v, double) {
      return static_cast<T>(detail::rest_of(v, static_cast<T>(v)));
    });
    const Array by = factor.defined() ? factor : Array::full(mean.shape(), 1, x.dtype());
    const T *in = x.data<T>(), *c = centre.data<T>(), *r = rest.data<T>(), *f = by.data<T>();
    T* out = y.data<T>();
    vector_runs(x.shape(), x.shape(), mean.shape(), [=](const Run& run) {
      const T* from = in + run.a;
      T* to = out + run.out;
      if (run.step_b == 0) {
        const T centre_of = c[run.b], rest_of = r[run.b], factor_of = f[run.b];
        for (Index i = 0; i < run.n; ++i)
          to[i] = (from[i * run.step_a] - centre_of - rest_of) * factor_of;
      } else {
        for (Index i = 0; i < run.n; ++i)
          to[i] = (from[i * run.step_a] - c[run.b + i] - r[run.b + i]) * f[run.b + i];
      }
    });
  });
  return y;
}

}  // namespace tinygrad::kernels
