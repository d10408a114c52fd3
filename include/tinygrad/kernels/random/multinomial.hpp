// SPDX-License-Identifier: MIT
// Draws positions with given weights. Row r, draw s uses random numbers that depend on the
// generator, r and s alone.
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "tinygrad/kernels/random/fill.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

namespace detail {
/// With replacement: running sums of the weights, and a binary search for each draw.
template <class T> void draw_replacing(const T* weights, Index n, std::uint64_t seed,
                                       std::uint64_t first, Index samples, Index* out) {
  std::vector<double> sums(static_cast<std::size_t>(n));
  double total = 0;
  std::size_t last = 0;  // the last position with a positive weight
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (weights[i] > T{0}) last = i;
    sums[i] = total += static_cast<double>(weights[i]);
  }
  for (Index s = 0; s < samples; ++s) {
    const auto words = philox_block(seed, first + static_cast<std::uint64_t>(s));
    const double u = unit_double(join(words[0], words[1])) * total;
    const auto place = std::upper_bound(sums.begin(), sums.end(), u) - sums.begin();
    out[s] = std::min(static_cast<Index>(place), static_cast<Index>(last));
  }
}

/// Without replacement: the positions in the order of exponential waiting times E/weight.
template <class T> void draw_without(const T* weights, Index n, std::uint64_t seed,
                                     std::uint64_t first, Index samples, Index* out) {
  std::vector<double> times(static_cast<std::size_t>(n));
  std::vector<Index> order(times.size());
  std::iota(order.begin(), order.end(), Index{0});
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto words = philox_block(seed, first + i);
    const double u = (static_cast<double>(join(words[0], words[1]) >> 12) + 0.5) * 0x1p-52;
    const auto w = static_cast<double>(weights[i]);
    times[i] = w > 0 ? -tinygrad::detail::portable_log(u) / w : INFINITY;
  }
  std::partial_sort(order.begin(), order.begin() + samples, order.end(), [&](Index a, Index b) {
    const double left = times[static_cast<std::size_t>(a)];
    const double right = times[static_cast<std::size_t>(b)];
    return left < right || (left == right && a < b);
  });
  std::copy_n(order.begin(), samples, out);
}
}  // namespace detail

/// For each row of weights (rows, n), `samples` positions in [0, n), drawn with probability
/// weight/Σ. Without replacement each position occurs at most once. The op checks the weights.
/// Source  Efraimidis & Spirakis, Information Processing Letters 2006 (without replacement)
inline Array multinomial(const Op& op, const Array& weights, Index samples, bool replacement,
                         Generator& generator) {
  const Index rows = weights.shape()[0], n = weights.shape()[1];
  const Array y = Array::empty({rows, samples}, int64, op);
  const Index blocks = replacement ? samples : n;  // blocks of random words for a row
  const std::uint64_t seed = generator.seed(), first = generator.reserve(4 * rows * blocks);
  dispatch_floating(op, weights.dtype(), [&]<class T>(Type<T>) {
    const T* in = weights.data<T>();
    Index* out = y.data<Index>();
    const auto one = replacement ? detail::draw_replacing<T> : detail::draw_without<T>;
    parallel_for(rows, std::max<Index>(1, 4096 / (n + samples)), [=](Index begin, Index end) {
      for (Index r = begin; r < end; ++r)
        one(in + r * n, n, seed, first + static_cast<std::uint64_t>(r * blocks), samples,
            out + r * samples);
    });
  });
  return y;
}

}  // namespace tinygrad::kernels
