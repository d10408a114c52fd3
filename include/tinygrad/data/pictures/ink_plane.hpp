// SPDX-License-Identifier: MIT
// Measures the amount of ink at each pixel of a picture, on any paper and in any light. It handles
// transparency, grey values, the local brightness of the paper, and light ink on dark paper.
// find_digits.hpp uses it.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include "tinygrad/core/array.hpp"

namespace tinygrad::inline TINYGRAD_ABI::data::detail {

/// H × W numbers, row by row.
struct Plane {
  Index H = 0, W = 0;
  std::vector<float> values;

  Plane(Index height, Index width)
      : H(height), W(width), values(static_cast<std::size_t>(height * width)) {}
  float* row(Index y) { return values.data() + y * W; }
  const float* row(Index y) const { return values.data() + y * W; }
};

/// Means of blocks of size × size pixels. Blocks at the right and bottom edges may be smaller.
inline Plane block_means(const Plane& in, Index size) {
  if (size == 1) return in;
  Plane out((in.H + size - 1) / size, (in.W + size - 1) / size);
  for (Index y = 0; y < in.H; ++y)
    for (Index x = 0, at = 0; at < in.W; ++x, at += size) {
      const float *p = in.row(y) + at, *const end = in.row(y) + std::min(at + size, in.W);
      float sum = 0;
      for (; p < end; ++p) sum += *p;
      out.row(y / size)[x] += sum;
    }
  for (Index y = 0; y < out.H; ++y)
    for (Index x = 0; x < out.W; ++x)
      out.row(y)[x] /= static_cast<float>((std::min((y + 1) * size, in.H) - y * size) *
                                          (std::min((x + 1) * size, in.W) - x * size));
  return out;
}

/// Means of the (2·radius + 1)² pixels around each pixel; at the border, of those that exist.
inline Plane box_blur(const Plane& in, Index radius) {
  Plane out(in.H, in.W);
  std::vector<double> sums(static_cast<std::size_t>(in.W));  // by column, of rows in reach
  const auto add = [&](Index y, double sign) {
    for (Index x = 0; x < in.W; ++x)
      sums[static_cast<std::size_t>(x)] += sign * static_cast<double>(in.row(y)[x]);
  };
  for (Index y = 0; y < std::min(radius, in.H); ++y) add(y, 1);
  for (Index y = 0; y < in.H; ++y) {
    if (y + radius < in.H) add(y + radius, 1);
    if (y > radius) add(y - radius - 1, -1);
    const Index rows = std::min(y + radius, in.H - 1) - std::max<Index>(y - radius, 0) + 1;
    double sum = 0;
    for (Index x = 0; x < std::min(radius, in.W); ++x) sum += sums[static_cast<std::size_t>(x)];
    for (Index x = 0; x < in.W; ++x) {
      if (x + radius < in.W) sum += sums[static_cast<std::size_t>(x + radius)];
      if (x > radius) sum -= sums[static_cast<std::size_t>(x - radius - 1)];
      const Index columns = std::min(x + radius, in.W - 1) - std::max<Index>(x - radius, 0) + 1;
      out.row(y)[x] = static_cast<float>(sum / static_cast<double>(rows * columns));
    }
  }
  return out;
}

/// Sorted values of the plane: every k-th value, about 2^16 of them at most.
inline std::vector<float> sorted_sample(const Plane& plane) {
  const auto step = std::max<std::size_t>(plane.values.size() >> 16, 1);
  std::vector<float> sample;
  for (std::size_t i = 0; i < plane.values.size(); i += step) sample.push_back(plane.values[i]);
  std::sort(sample.begin(), sample.end());
  return sample;
}
inline float quantile(const std::vector<float>& sorted, double q) {
  return sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))];
}

/// How to read the alpha channel of a picture.
struct AlphaUse {
  bool is_ink = false;  ///< the opaque parts are the ink, whatever their colour
  float ground = 255;   ///< otherwise: the brightness behind transparent pixels
};

inline float luminance(const std::uint8_t* pixel, Index C) {
  return C < 3 ? static_cast<float>(pixel[0])
               : 0.299F * static_cast<float>(pixel[0]) + 0.587F * static_cast<float>(pixel[1]) +
                     0.114F * static_cast<float>(pixel[2]);
}

/// On a transparent ground the opaque pixels are the ink, so black ink and white ink can both be
/// read. The exception is a sheet of paper: opaque pixels of two brightnesses that fill over 40 %
/// of their box.
inline AlphaUse alpha_use(const Array& image) {
  const Index H = image.shape()[0], W = image.shape()[1], C = image.shape()[2];
  const auto* pixel = image.data<std::uint8_t>();
  std::array<Index, 256> seen{};
  Index top = H, bottom = 0, left = W, right = 0, opaque = 0;
  for (Index y = 0; y < H; ++y)
    for (Index x = 0; x < W; ++x, pixel += C)
      if (pixel[C - 1] >= 128) {
        top = std::min(top, y), bottom = y + 1;
        left = std::min(left, x), right = std::max(right, x + 1);
        ++seen[static_cast<std::size_t>(luminance(pixel, C))];
        ++opaque;
      }
  if (opaque == 0) return {.is_ink = true};
  const auto brightness = [&](Index rank) {
    std::size_t value = 0;
    for (Index below = seen[0]; below <= rank; below += seen[value]) ++value;
    return static_cast<float>(value);
  };
  const bool two_tones = brightness(opaque * 99 / 100) - brightness(opaque / 100) >= 40;
  const bool filled = 5 * opaque > 2 * (bottom - top) * (right - left);
  const bool all = opaque == H * W;
  return {.is_ink = !(all || (two_tones && filled)), .ground = brightness(opaque / 2)};
}

/// The picture in grey, 0 to 255, on a ground that makes the ink visible, reduced `factor` times.
inline Plane grey_plane(const Array& image, Index factor) {
  const Index H = image.shape()[0], W = image.shape()[1], C = image.shape()[2];
  const AlphaUse alpha = C % 2 == 0 ? alpha_use(image) : AlphaUse{};
  const auto* pixel = image.data<std::uint8_t>();
  Plane out((H + factor - 1) / factor, (W + factor - 1) / factor);
  Plane band(factor, W);
  for (Index y = 0; y < H; ++y) {
    band.H = std::min(factor, H - y / factor * factor);
    float* const to = band.row(y % factor);
    if (C % 2 == 1)
      for (Index x = 0; x < W; ++x, pixel += C) to[x] = luminance(pixel, C);
    else
      for (Index x = 0; x < W; ++x, pixel += C) {
        const float a = static_cast<float>(pixel[C - 1]) / 255;
        to[x] = alpha.is_ink ? 255 * (1 - a) : a * luminance(pixel, C) + (1 - a) * alpha.ground;
      }
    if (y % factor + 1 < band.H) continue;
    const Plane row = block_means(band, factor);
    std::copy_n(row.row(0), out.W, out.row(y / factor));
  }
  return out;
}

/// The greatest (sign 1) or least (sign −1) value within `radius`, first along rows, then along
/// columns.
inline Plane extremes(const Plane& in, Index radius, float sign) {
  Plane rows(in.H, in.W), out(in.H, in.W);
  for (Index y = 0; y < in.H; ++y)
    for (Index x = 0; x < in.W; ++x) {
      const Index from = std::max<Index>(x - radius, 0), to = std::min(x + radius, in.W - 1);
      float most = sign * in.row(y)[from];
      for (Index i = from + 1; i <= to; ++i) most = std::max(most, sign * in.row(y)[i]);
      rows.row(y)[x] = most;
    }
  for (Index y = 0; y < in.H; ++y) {
    const Index from = std::max<Index>(y - radius, 0), to = std::min(y + radius, in.H - 1);
    std::copy_n(rows.row(from), in.W, out.row(y));
    for (Index i = from + 1; i <= to; ++i)
      for (Index x = 0; x < in.W; ++x) out.row(y)[x] = std::max(out.row(y)[x], rows.row(i)[x]);
  }
  for (float& v : out.values) v *= sign;
  return out;
}

/// Solves the 6 × 6 system a·x = b of normal equations by Cholesky's method. x replaces b.
inline void solve_normal(std::array<std::array<double, 6>, 6>& a, std::array<double, 6>& b) {
  for (std::size_t i = 0; i < 6; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = a[i][j];
      for (std::size_t k = 0; k < j; ++k) sum -= a[i][k] * a[j][k];
      a[i][j] = i == j ? std::sqrt(std::max(sum, 1e-9)) : sum / a[j][j];
    }
  for (std::size_t i = 0; i < 6; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= a[i][k] * b[k];
    b[i] /= a[i][i];
  }
  for (std::size_t done = 0; done < 6; ++done) {
    const std::size_t i = 5 - done;
    for (std::size_t k = i + 1; k < 6; ++k) b[i] -= a[k][i] * b[k];
    b[i] /= a[i][i];
  }
}

/// The paraboloid a + bx + cy + dx² + exy + fy² with the least absolute differences from the plane.
/// Ink hardly changes this fit. The method is iteratively reweighted least squares.
inline Plane light_slope(const Plane& plane) {
  const auto terms = [&](Index y, Index x) {
    const double u = 2 * (static_cast<double>(x) + 0.5) / static_cast<double>(plane.W) - 1;
    const double v = 2 * (static_cast<double>(y) + 0.5) / static_cast<double>(plane.H) - 1;
    return std::array<double, 6>{1, u, v, u * u, u * v, v * v};
  };
  Plane fit(plane.H, plane.W);
  for (int round = 0; round < 12; ++round) {
    std::array<std::array<double, 6>, 6> a{};
    std::array<double, 6> b{};
    for (std::size_t i = 0; i < 6; ++i) a[i][i] = 1e-6;  // one row or column leaves terms open
    for (Index y = 0; y < plane.H; ++y)
      for (Index x = 0; x < plane.W; ++x) {
        const auto t = terms(y, x);
        const auto value = static_cast<double>(plane.row(y)[x]);
        const double off = std::abs(value - static_cast<double>(fit.row(y)[x]));
        const double weight = round == 0 ? 1 : 1 / std::max(off, 1.0);
        for (std::size_t i = 0; i < 6; ++i) {
          for (std::size_t j = 0; j <= i; ++j) a[i][j] += weight * t[i] * t[j];
          b[i] += weight * t[i] * value;
        }
      }
    solve_normal(a, b);
    for (Index y = 0; y < plane.H; ++y)
      for (Index x = 0; x < plane.W; ++x) {
        const auto t = terms(y, x);
        double sum = 0;
        for (std::size_t i = 0; i < 6; ++i) sum += b[i] * t[i];
        fit.row(y)[x] = static_cast<float>(sum);
      }
  }
  return fit;
}

/// The ground under the ink, estimated on a coarse grid.
struct Ground {
  Plane cells;     ///< brightness of the ground
  Index size;      ///< of a cell, in pixels
  bool light_ink;  ///< the ink is lighter than the ground

  /// The ground along row y of the fine plane, interpolated between the middles of the cells.
  void row(Index y, std::vector<float>& out) const {
    const auto between = [&](Index at, Index count) {
      const float place = (static_cast<float>(at) + 0.5F) / static_cast<float>(size) - 0.5F;
      const float inside = std::clamp(place, 0.0F, static_cast<float>(count - 1));
      const auto low = static_cast<Index>(inside);
      return std::pair{low, inside - static_cast<float>(low)};
    };
    const auto [top, down] = between(y, cells.H);
    const float *const a = cells.row(top), *const b = cells.row(std::min(top + 1, cells.H - 1));
    for (Index x = 0; x < static_cast<Index>(out.size()); ++x) {
      const auto [left, along] = between(x, cells.W);
      const Index right = std::min(left + 1, cells.W - 1);
      const float above = a[left] + along * (a[right] - a[left]);
      const float below = b[left] + along * (b[right] - b[left]);
      out[static_cast<std::size_t>(x)] = above + down * (below - above);
    }
  }
};

/// Half the width from which an object counts as wide, as a part of the picture's shorter side.
/// Strokes are narrower than kWide even if one digit fills the picture. They are narrower than
/// kNarrow if the digits leave room for others.
inline constexpr double kWide = 0.15, kNarrow = 0.05;

/// Estimates the brightness of the blank ground. It fits a slope of light and subtracts it. It then
/// removes narrow objects (strokes, lines) and keeps wide ones (the edge of a shadow, a table
/// beside the sheet). Ink is the rarer tone of each neighbourhood: the sign of the third moment of
/// the differences from the local mean tells whether it is lighter or darker.
/// `reach`: half the width of a wide object, as a part of the shorter side. `flip`: take the other
/// tone as ink.
inline Ground find_ground(const Plane& grey, double reach, bool flip) {
  constexpr Index kCells = 128;  // cells along the longer side
  const Index size = std::max<Index>((std::max(grey.H, grey.W) + kCells - 1) / kCells, 1);
  Plane cells = block_means(grey, size);
  const Plane slope = light_slope(cells);
  for (std::size_t i = 0; i < cells.values.size(); ++i) cells.values[i] -= slope.values[i];
  const Index shorter = std::min(cells.H, cells.W);
  const auto cells_of = [&](double part) {
    return std::max<Index>(static_cast<Index>(part * static_cast<double>(shorter)), 2);
  };
  const Index radius = cells_of(reach);

  const Plane around = box_blur(cells, cells_of(kNarrow));
  double skew = 0;
  for (std::size_t i = 0; i < cells.values.size(); ++i) {
    const auto off = static_cast<double>(cells.values[i] - around.values[i]);
    skew += off * off * off;
  }
  const bool light_ink = (skew > 0) != flip;
  const float sign = light_ink ? -1.0F : 1.0F;
  Plane ground = box_blur(extremes(extremes(cells, radius, sign), radius, -sign), 1);
  for (std::size_t i = 0; i < cells.values.size(); ++i) ground.values[i] += slope.values[i];
  return {std::move(ground), size, light_ink};
}

/// Ink in a picture.
struct InkPlane {
  Plane ink;       ///< 0: ground; 1: as far from the ground as black from white paper
  Plane grey;      ///< the picture, smoothed if it is grainy
  double noise;    ///< standard deviation of the ground
  bool even;       ///< the picture has two tones and no shadows
  bool light_ink;  ///< the ink is lighter than the ground
  float dimmest;   ///< the least brightness assumed for the ground

  /// The amount of ink at brightness `at` over a ground of brightness `ground`.
  float strength(float at, float ground) const {
    return light_ink ? (at - ground) / std::max(255 - ground, 32.0F)
                     : (ground - at) / std::max(ground, dimmest);
  }
};

/// The mode of the ground and its standard deviation, from the shortest interval that holds a
/// quarter of the values and begins nearer to the ground than to the ink. A quarter of a normal
/// distribution lies within ±0.319 deviations.
inline std::pair<float, float> mode_and_deviation(const Plane& ink) {
  const std::vector<float> values = sorted_sample(ink);
  const float middle = 0.5F * (quantile(values, 0.005) + quantile(values, 0.995));
  const auto quarter = static_cast<std::ptrdiff_t>(values.size() / 4);
  auto best = values.begin();
  for (auto at = best; at + quarter < values.end() && *at <= middle; ++at)
    if (at[quarter] - *at < best[quarter] - *best) best = at;
  return {0.5F * (*best + best[quarter]), (best[quarter] - *best) / 0.637F};
}

/// The picture in grey. Its longer side is at most 2048.
struct ReducedPicture {
  Plane grey;
  Index factor;  ///< pixels of the original for each pixel of `grey`, in each direction
};
inline ReducedPicture reduced_picture(const Array& image) {
  constexpr Index kLongest = 2048;
  const Index factor = (std::max(image.shape()[0], image.shape()[1]) + kLongest - 1) / kLongest;
  return {grey_plane(image, factor), factor};
}

/// The ink of a picture with two tones, such as a drawing or a good scan, whatever share of it is
/// ink. Returns an empty plane for any other picture. The tone of most of the border is the ground,
/// unless the border is a frame around a larger ground.
inline InkPlane two_tone_ink(const Plane& grey) {
  std::array<double, 256> seen{};
  double count = 0, sum = 0;
  for (const float v : grey.values) {
    const float tone = std::clamp(v, 0.0F, 255.0F);
    ++seen[static_cast<std::size_t>(tone)];
    ++count, sum += static_cast<double>(tone);
  }
  // Otsu's method: the cut with the greatest variance between the two sides.
  double below = 0, sum_below = 0, most = 0, dark = 0, light = 0, part = 0;
  std::size_t cut = 0;
  for (std::size_t i = 0; i < 255; ++i) {
    below += seen[i], sum_below += seen[i] * (static_cast<double>(i) + 0.5);
    if (below == 0 || below == count) continue;
    const double a = sum_below / below, b = (sum - sum_below) / (count - below);
    const double between = below * (count - below) * (b - a) * (b - a);
    if (between > most) most = between, cut = i, dark = a, light = b, part = below / count;
  }
  double off_dark = 0, off_light = 0;
  for (std::size_t i = 0; i < 256; ++i) {
    const double off = static_cast<double>(i) + 0.5 - (i <= cut ? dark : light);
    (i <= cut ? off_dark : off_light) += seen[i] * off * off;
  }
  const double distance = light - dark, allowed = 0.17 * distance * 0.17 * distance * count;
  if (distance < std::max(100.0, 0.6 * light) || off_dark > allowed * part ||
      off_light > allowed * (1 - part))
    return {{0, 0}, {0, 0}, 0, false, false, 0};
  Index dark_border = 0, border = 0;
  for (Index y = 0; y < grey.H; ++y)
    for (Index x = 0; x < grey.W; ++x)
      if (y == 0 || x == 0 || y == grey.H - 1 || x == grey.W - 1)
        ++border, dark_border += static_cast<double>(grey.row(y)[x]) <= static_cast<double>(cut);
  const bool frame = part < 0.5 ? 20 * dark_border > 19 * border : 20 * dark_border < border;
  const bool light_ink = (2 * dark_border > border) != frame;
  Plane ink(grey.H, grey.W);
  for (std::size_t i = 0; i < ink.values.size(); ++i) {
    const auto v = static_cast<double>(grey.values[i]);
    ink.values[i] =
        static_cast<float>(std::clamp((light_ink ? v - dark : light - v) / distance, 0.0, 1.0));
  }
  return {std::move(ink), grey, 0, true, light_ink, 32};
}

/// Ink from the ratio of each pixel to its ground, which cancels shadows. A grainy picture is
/// smoothed first. `reach`: see find_ground(). `flip`: the ink is not the rarer tone.
inline InkPlane find_ink(const Plane& grey, double reach, bool flip) {
  if (InkPlane two = two_tone_ink(grey); two.even && !flip) return two;
  const Ground ground = find_ground(grey, reach, flip);
  // In very dark places the noise exceeds the ink.
  const float dimmest = std::max(32.0F, 0.6F * quantile(sorted_sample(ground.cells), 0.9));
  InkPlane out{.ink = {grey.H, grey.W},
               .grey = grey,
               .noise = 0,
               .even = false,
               .light_ink = ground.light_ink,
               .dimmest = dimmest};
  const auto measure = [&] {
    std::vector<float> under(static_cast<std::size_t>(grey.W));
    for (Index y = 0; y < grey.H; ++y) {
      ground.row(y, under);
      for (Index x = 0; x < grey.W; ++x)
        out.ink.row(y)[x] = out.strength(out.grey.row(y)[x], under[static_cast<std::size_t>(x)]);
    }
    return mode_and_deviation(out.ink);
  };
  auto [mode, deviation] = measure();
  if (deviation > 0.015F) {
    out.grey = box_blur(grey, deviation > 0.06F ? 2 : 1);
    std::tie(mode, deviation) = measure();
  }
  for (float& v : out.ink.values) v = std::clamp(v - mode, 0.0F, 1.0F);
  out.noise = static_cast<double>(deviation);
  return out;
}

}  // namespace tinygrad::data::detail
