// SPDX-License-Identifier: MIT
// Draws handwritten-looking digits, so that programs for MNIST run without a download. A digit is
// a few strokes that are bent, slanted and inked at random. digit_styles.hpp holds the strokes.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "tinygrad/data/sets/digit_styles.hpp"
#include "tinygrad/data/sets/mnist.hpp"

namespace tinygrad::inline TINYGRAD_ABI::data {
namespace detail {

struct PenPoint {
  double x = 0, y = 0;
};

/// The Catmull-Rom curve through the points of a stroke, as short straight pieces. At each point
/// its direction is parallel to the line between the two neighbours.
inline std::vector<PenPoint> smooth_path(const std::vector<PenPoint>& points) {
  constexpr int kPieces = 5;  // pieces for each span; one is about a pixel long
  const auto n = points.size();
  std::vector<PenPoint> path;
  for (std::size_t i = 0; i + 1 < n; ++i) {
    const PenPoint a = points[i ? i - 1 : 0], b = points[i], c = points[i + 1],
                   d = points[std::min(i + 2, n - 1)];
    const auto blend = [](double p, double q, double r, double s, double t) {
      return q + 0.5 * t * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * (q - r) + s - p)));
    };
    for (int k = 0; k < kPieces; ++k) {
      const double t = static_cast<double>(k) / kPieces;
      path.push_back({blend(a.x, b.x, c.x, d.x, t), blend(a.y, b.y, c.y, d.y, t)});
    }
  }
  path.push_back(points.back());
  return path;
}

/// 28×28 pixels of ink, 0 to 1.
class Sheet {
 public:
  /// Draws a straight line with a round pen. Its edge fades over `soft` pixels.
  void mark(PenPoint a, PenPoint b, double radius, double soft) {
    const double reach = radius + soft;
    const auto low = [&](double v) {
      return std::clamp(static_cast<int>(v - reach), 0, kSide - 1);
    };
    const auto high = [&](double v) {
      return std::clamp(static_cast<int>(v + reach) + 1, 0, kSide - 1);
    };
    const double dx = b.x - a.x, dy = b.y - a.y, length2 = dx * dx + dy * dy + 1e-12;
    for (int row = low(std::min(a.y, b.y)); row <= high(std::max(a.y, b.y)); ++row)
      for (int column = low(std::min(a.x, b.x)); column <= high(std::max(a.x, b.x)); ++column) {
        const double px = column + 0.5 - a.x, py = row + 0.5 - a.y;
        const double t = std::clamp((px * dx + py * dy) / length2, 0.0, 1.0);
        const double off_x = px - t * dx, off_y = py - t * dy;
        const double distance = std::sqrt(off_x * off_x + off_y * off_y);
        const double ink = std::clamp(0.5 + (radius - distance) / soft, 0.0, 1.0);
        double& pixel = ink_[static_cast<std::size_t>(row * kSide + column)];
        pixel = std::max(pixel, ink);
      }
  }

  /// Converts to bytes: full ink has the blackness `contrast`, and `random` adds a little noise.
  void develop(double contrast, double noise, Generator& random, std::uint8_t* out) const {
    const auto first = random.reserve(kDigitPixels);
    for (std::size_t i = 0; i < ink_.size(); i += 4) {
      const auto words = philox_block(random.seed(), first + i / 4);
      for (std::size_t k = 0; k < 4; ++k) {
        const double grain = (static_cast<double>(unit_float(words[k])) - 0.5) * noise;
        const double value = ink_[i + k] * contrast + grain;
        out[i + k] = static_cast<std::uint8_t>(std::clamp(value, 0.0, 1.0) * 255 + 0.5);
      }
    }
  }

 private:
  static constexpr int kSide = static_cast<int>(kDigitSide);
  std::array<double, kDigitPixels> ink_{};
};

/// One writer's random distortion, which maps a style's points to pixels.
class Hand {
 public:
  explicit Hand(Generator& random) {
    const auto [c, s] = cos_sin(random.normal(0, 0.028));  // in turns: about 10 degrees
    const double slant = random.normal(0.08, 0.18);
    const double width = 16 * random.uniform(0.72, 1.22), height = 20 * random.uniform(0.82, 1.1);
    // Scale, then slant to the right (up is -y), then turn.
    xx_ = c * width, xy_ = (s - c * slant) * height;
    yx_ = -s * width, yy_ = (c + s * slant) * height;
    shift_ = {14 + random.normal(0, 1.05), 14 + random.normal(0, 1.05)};
    for (auto& wave : waves_)
      wave = {random.uniform(), random.uniform(0.5, 1.1), random.normal(0, 0.042)};
  }

  /// Maps a point of the styles' 100×100 grid to pixels.
  PenPoint place(double x, double y) const {
    double u = x / 100 - 0.5, v = y / 100 - 0.5;
    const double bend_u = waves_[0].at(v) + waves_[1].at(u),
                 bend_v = waves_[2].at(u) + waves_[3].at(v);
    u += bend_u, v += bend_v;
    return {shift_.x + xx_ * u + xy_ * v, shift_.y + yx_ * u + yy_ * v};
  }

 private:
  struct Wave {
    double phase = 0, frequency = 0, height = 0;
    double at(double t) const { return height * cos_sin(phase + frequency * t).second; }
  };
  static std::pair<double, double> cos_sin(double turns) {
    return tinygrad::detail::portable_cos_sin(turns - std::floor(turns));
  }

  double xx_, xy_, yx_, yy_;
  PenPoint shift_;
  std::array<Wave, 4> waves_;
};

/// Draws one digit of a style into 784 bytes.
inline void draw_digit(const DigitStyle& style, Generator& random, std::uint8_t* out) {
  const Hand hand(random);
  const double radius = random.uniform(0.75, 1.75), soft = random.uniform(0.8, 1.8);
  const double pressure = random.uniform(0, 0.35), rhythm = random.uniform();
  const bool gap = random.uniform() < 0.08, blob = random.uniform() < 0.08;
  const double accident = random.uniform();  // where on the stroke the gap or blob lies

  Sheet sheet;
  for (const auto& stroke : style) {
    std::vector<PenPoint> points;
    for (const auto [x, y] : stroke) {
      const double off_x = random.normal(0, 2.3), off_y = random.normal(0, 2.3);
      points.push_back(hand.place(x + off_x, y + off_y));
    }
    const auto path = smooth_path(points);
    const std::size_t pieces = path.size() - 1;
    const auto hurt = static_cast<std::size_t>(accident * static_cast<double>(pieces));
    for (std::size_t i = 0; i < pieces; ++i) {
      if (gap && i >= hurt && i < hurt + 3 && pieces > 8) continue;
      const double along = static_cast<double>(i) / static_cast<double>(pieces) + rhythm;
      const double press = 1 - pressure * std::abs(2 * (along - std::floor(along)) - 1);
      const double extra = blob && i == hurt ? 0.9 : 0;
      sheet.mark(path[i], path[i + 1], radius * press + extra, soft);
    }
  }
  const double contrast = random.uniform(0.75, 1.15), noise = random.uniform(0, 0.16);
  sheet.develop(contrast, noise, random, out);
}

}  // namespace detail

/// Draws `count` digits, numbers first … first + count - 1 of the endless series of `seed`. Digit i
/// is a pure function of (seed, i), so ranges that do not overlap are disjoint sets. With another
/// compiler a pixel may differ by one of the 256 greys. A linear model classifies about 89 %
/// correctly, an MLP 784-128-10 about 98 % after 5 epochs.
/// Shapes  inputs (N, 1, 28, 28) or (N, 784), float32 or uint8 · targets (N) int64 in [0, 9]
/// Cost    about 45 µs a digit on one thread
inline ClassificationData synthetic_digits(Index count, std::uint64_t seed = 1, Index first = 0,
                                           const MnistOptions& options = {}, At at = At::here()) {
  const Op op{"synthetic_digits", at};
  check<ValueError>(count >= 0 && first >= 0, op, "count=", count, " and first=", first,
                    " must not be negative");
  const Array pictures = Array::empty({count, detail::kDigitSide, detail::kDigitSide}, uint8, op);
  Array targets = Array::empty({count}, int64, op);
  auto* const pixels = pictures.data<std::uint8_t>();
  auto* const labels = targets.data<std::int64_t>();
  const Generator series(seed);
  parallel_for(count, 16, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      Generator random = series.split(static_cast<std::uint64_t>(first + i));
      labels[i] = random.integer(10);
      const auto& styles = detail::kDigitStyles[labels[i]];
      const std::string_view style = styles[random.integer(std::ssize(styles))];
      detail::draw_digit(detail::digit_style(style), random, pixels + i * detail::kDigitPixels);
    }
  });
  return {digit_inputs(pictures, options, at), std::move(targets), "synthetic", 10};
}

}  // namespace tinygrad::data
