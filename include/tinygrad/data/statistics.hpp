// SPDX-License-Identifier: MIT
// Mean, standard deviation, minimum and maximum of each channel of a set of pictures. The transform
// Normalize takes the mean and the deviation.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"

namespace tinygrad::inline TINYGRAD_ABI::data {

/// Statistics of all values of one channel; NaN if any value is NaN. merge() of the statistics of
/// two parts gives those of the whole.
struct ChannelStatistics {
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
  double mean = 0;
  double squares = 0;  ///< the sum of (x - mean)²
  Index count = 0;

  double variance() const { return count ? squares / static_cast<double>(count) : 0; }
  double std() const { return std::sqrt(variance()); }

  /// Source  Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample
  ///         variances", 1979
  void merge(const ChannelStatistics& other) {
    if (other.count == 0) return;
    const auto n = static_cast<double>(count), m = static_cast<double>(other.count);
    const double delta = other.mean - mean;
    // The mean of an infinity and finite numbers is that infinity; their difference would give NaN.
    mean = std::isfinite(delta) ? mean + delta * m / (n + m) : mean + other.mean;
    squares += other.squares + delta * delta * n * m / (n + m);
    count += other.count;
    min =
        std::isnan(other.min) ? other.min : std::min(min, other.min);  // in this order a NaN stays
    max = std::isnan(other.max) ? other.max : std::max(max, other.max);
  }
};

namespace detail {

/// Statistics of values that are not all finite.
template <class T> ChannelStatistics special_statistics(const T* values, Index count) {
  ChannelStatistics all;
  for (Index i = 0; i < count; ++i) {
    const auto x = static_cast<double>(values[i]);
    all.merge({x, x, x, 0, 1});
  }
  return all;
}

/// Statistics of one plane. Summing differences from the first value avoids a loss of digits.
template <class T> ChannelStatistics plane_statistics(const T* values, Index count) {
  double sum = 0, squares = 0;
  T low = values[0], high = values[0];
  const auto first = static_cast<double>(values[0]);
  for (Index i = 0; i < count; ++i) {
    const double x = static_cast<double>(values[i]) - first;
    sum += x;
    squares += x * x;
    low = std::min(low, values[i]);
    high = std::max(high, values[i]);
  }
  const auto n = static_cast<double>(count);
  const double rest = squares - sum * (sum / n);
  if (std::isnan(rest)) return special_statistics(values, count);
  return {static_cast<double>(low), static_cast<double>(high), first + sum / n, std::max(0.0, rest),
          count};
}

}  // namespace detail

/// The statistics of each channel, in one pass. uint8 is scaled to [0, 1], as in ToFloat and
/// Normalize. The variance divides by the number of values, not by one less.
/// Shapes  images (N, C, …) uint8 or float32 → C statistics
inline std::vector<ChannelStatistics> channel_statistics(const Array& images, At at = At::here()) {
  const Op op{"channel_statistics", at};
  check<ShapeError>(images.rank() >= 2, op, "images have shape ", images.shape(),
                    "; they must be (N, C, …)");
  check<DtypeError>(images.dtype() == uint8 || images.dtype() == float32, op, "images are ",
                    images.dtype(), "; they must be uint8 or float32");
  const Index N = images.shape()[0], C = images.shape()[1];
  const Index plane = images.shape().product(2, images.rank());
  std::vector<ChannelStatistics> all(static_cast<std::size_t>(C));
  if (images.count() == 0) return all;

  const Chunks chunks(N,
                      (1 << 16) / (C * plane) + 1);  // merged in order: always the same bits
  std::vector<ChannelStatistics> parts(static_cast<std::size_t>(chunks.count * C));
  parallel_tasks(chunks.count, [&](Index chunk) {
    for (Index n = chunks.begin(chunk); n < chunks.end(chunk); ++n)
      for (Index c = 0; c < C; ++c) {
        const Index start = (n * C + c) * plane;
        auto& part = parts[static_cast<std::size_t>(chunk * C + c)];
        part.merge(images.dtype() == uint8
                       ? detail::plane_statistics(images.data<std::uint8_t>() + start, plane)
                       : detail::plane_statistics(images.data<float>() + start, plane));
      }
  });
  for (std::size_t i = 0; i < parts.size(); ++i) all[i % all.size()].merge(parts[i]);
  if (images.dtype() == uint8)
    for (auto& channel : all) {
      for (double* value : {&channel.min, &channel.max, &channel.mean}) *value /= 255;
      channel.squares /= 255.0 * 255;
    }
  return all;
}

/// A readable table with one line for each channel.
inline std::string to_string(const std::vector<ChannelStatistics>& channels) {
  std::string out = "channel      min      max     mean      std\n";
  char line[128];
  for (std::size_t c = 0; c < channels.size(); ++c) {
    const auto& s = channels[c];
    std::snprintf(line, sizeof line, "%7zu %8.4f %8.4f %8.4f %8.4f\n", c, s.min, s.max, s.mean,
                  s.std());
    out += line;
  }
  return out;
}

}  // namespace tinygrad::data
