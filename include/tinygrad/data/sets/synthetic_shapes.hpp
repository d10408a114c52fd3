// SPDX-License-Identifier: MIT
// Draws small coloured pictures of ten shapes, so that programs for CIFAR-10 run without a
// download. Only the shape tells the classes apart. Colour, texture, place, size, direction and
// background are random.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tinygrad/data/dataset.hpp"

namespace tinygrad::inline TINYGRAD_ABI::data {
namespace detail {

inline constexpr int kShapeSide = 32;
inline constexpr int kShapePixels = kShapeSide * kShapeSide;

struct Point {
  float x = 0, y = 0;
};
struct Rgb {
  float r = 0, g = 0, b = 0;
  Rgb mix(const Rgb& other, float part) const {
    return {r + part * (other.r - r), g + part * (other.g - g), b + part * (other.b - b)};
  }
};

/// The outlines of the polygons, within a circle of radius 1 or slightly more. y points down.
inline const std::vector<Point>& shape_outline(Index shape) {
  // clang-format off
  static const std::array<std::vector<Point>, 6> outlines{{
      {{0, -1}, {0.87F, 0.5F}, {-0.87F, 0.5F}},
      {{-0.72F, -0.72F}, {0.72F, -0.72F}, {0.72F, 0.72F}, {-0.72F, 0.72F}},
      {{0, -1.05F}, {0.26F, -0.35F}, {1, -0.32F}, {0.41F, 0.13F}, {0.62F, 0.85F}, {0, 0.43F},
       {-0.62F, 0.85F}, {-0.41F, 0.13F}, {-1, -0.32F}, {-0.26F, -0.35F}},
      {{-0.3F, -0.95F}, {0.3F, -0.95F}, {0.3F, -0.3F}, {0.95F, -0.3F}, {0.95F, 0.3F}, {0.3F, 0.3F},
       {0.3F, 0.95F}, {-0.3F, 0.95F}, {-0.3F, 0.3F}, {-0.95F, 0.3F}, {-0.95F, -0.3F}, {-0.3F, -0.3F}},
      {{0, -1}, {0.75F, -0.1F}, {0.26F, -0.1F}, {0.26F, 0.95F}, {-0.26F, 0.95F}, {-0.26F, -0.1F},
       {-0.75F, -0.1F}},
      {{-0.75F, -0.9F}, {0.75F, -0.9F}, {-0.75F, 0.9F}, {0.75F, 0.9F}},
  }};
  // clang-format on
  return outlines[static_cast<std::size_t>(shape)];
}

inline float length(float x, float y) { return std::sqrt(x * x + y * y); }

/// The distance of p from the polygon, negative inside (even-odd rule).
inline float polygon_distance(const std::vector<Point>& outline, Point p) {
  float nearest = 1e9F;
  bool inside = false;
  Point a = outline.back();
  for (const Point b : outline) {
    const float ex = b.x - a.x, ey = b.y - a.y, px = p.x - a.x, py = p.y - a.y;
    const float t = std::clamp((px * ex + py * ey) / (ex * ex + ey * ey), 0.0F, 1.0F);
    const float dx = px - t * ex, dy = py - t * ey;
    nearest = std::min(nearest, dx * dx + dy * dy);
    if ((a.y > p.y) != (b.y > p.y) && (px * ey < ex * py) == (b.y > a.y)) inside = !inside;
    a = b;
  }
  return inside ? -std::sqrt(nearest) : std::sqrt(nearest);
}

/// The same distance for each class, in the order of shape_names().
inline float shape_distance(Index shape, Point p) {
  switch (shape) {
    case 0: return length(p.x, p.y) - 0.85F;
    case 1: return std::abs(length(p.x, p.y) - 0.72F) - 0.2F;
    case 2: return std::max(length(p.x, p.y) - 0.95F, 0.78F - length(p.x - 0.45F, p.y));
    case 3: {  // a square on its corner under two discs
      const float square = (std::abs(p.x) + std::abs(p.y - 0.2F) - 0.66F) * 0.7071F;
      return std::min(square, length(std::abs(p.x) - 0.33F, p.y + 0.13F) - 0.467F);
    }
    default: return polygon_distance(shape_outline(shape - 4), p);
  }
}

/// The texture of a surface: two colours and a pattern that alternates them.
class Surface {
 public:
  Surface(const Rgb& color, Generator& random) : from_(color) {
    const auto vary = [&](float value) {
      return std::clamp(value + static_cast<float>(random.uniform(-0.2, 0.2)), 0.0F, 1.0F);
    };
    to_ = {vary(color.r), vary(color.g), vary(color.b)};
    kind_ = random.integer(5);
    const auto [c, s] = tinygrad::detail::portable_cos_sin(random.uniform());
    const double waves = kind_ == 1 ? 0.02 : random.uniform(0.1, 0.3);  // waves per pixel
    x_ = static_cast<float>(c * waves), y_ = static_cast<float>(s * waves);
    phase_ = static_cast<float>(random.uniform());
    if (kind_ == 4)
      for (float& knot : knots_) knot = static_cast<float>(random.uniform());
  }

  Rgb at(float x, float y) const {
    const float u = x * x_ + y * y_ + phase_, v = y * x_ - x * y_ + phase_;
    switch (kind_) {
      case 0: return from_;
      case 1:
      case 2: return from_.mix(to_, wave(u));
      case 3: return from_.mix(to_, (wave(u) > 0.5F) != (wave(v) > 0.5F) ? 1.0F : 0.0F);
      default: return from_.mix(to_, cloud(x, y));
    }
  }

 private:
  static constexpr int kKnots = 6;  // knots of the cloud on each side

  static float wave(float t) { return std::abs(2 * (t - std::floor(t)) - 1); }
  /// Random values on a grid, with linear interpolation between them.
  float cloud(float x, float y) const {
    const float u = x * ((kKnots - 1.0F) / kShapeSide), v = y * ((kKnots - 1.0F) / kShapeSide);
    const int i = static_cast<int>(u), j = static_cast<int>(v);
    const float* knot = knots_.data() + j * kKnots + i;
    const auto between = [](float a, float b, float t) { return a + t * (b - a); };
    const float top = between(knot[0], knot[1], u - static_cast<float>(i));
    const float foot = between(knot[kKnots], knot[kKnots + 1], u - static_cast<float>(i));
    return between(top, foot, v - static_cast<float>(j));
  }

  Rgb from_, to_;
  Index kind_ = 0;
  float x_ = 0, y_ = 0, phase_ = 0;
  std::array<float, kKnots * kKnots> knots_{};
};

/// A picture while it is painted.
class Canvas {
 public:
  explicit Canvas(const Surface& ground) {
    for (int row = 0; row < kShapeSide; ++row)
      for (int column = 0; column < kShapeSide; ++column)
        pixel(row, column) =
            ground.at(static_cast<float>(column) + 0.5F, static_cast<float>(row) + 0.5F);
  }

  /// Paints pixels with distance(x, y) < 0, in pixels. Looks only near the circle (center, radius).
  template <class Distance>
  void paint(const Surface& surface, Point center, float radius, Distance&& distance) {
    const auto low = [&](float v) { return std::max(static_cast<int>(v - radius) - 1, 0); };
    const auto high = [&](float v) {
      return std::min(static_cast<int>(v + radius) + 2, kShapeSide);
    };
    for (int row = low(center.y); row < high(center.y); ++row)
      for (int column = low(center.x); column < high(center.x); ++column) {
        const float x = static_cast<float>(column) + 0.5F, y = static_cast<float>(row) + 0.5F;
        const float cover = std::clamp(0.5F - distance(x, y), 0.0F, 1.0F);  // a soft edge
        if (cover > 0) pixel(row, column) = pixel(row, column).mix(surface.at(x, y), cover);
      }
  }

  /// Writes bytes (3, 32, 32), with random grain of at most ± `noise`.
  void develop(float noise, Generator& random, std::uint8_t* out) const {
    const auto first = random.reserve(3 * kShapePixels / 4);
    std::uint32_t word = 0;
    std::array<std::uint32_t, 4> block{};
    for (int i = 0; i < kShapePixels; ++i) {
      const Rgb& color = pixels_[static_cast<std::size_t>(i)];
      const std::array<float, 3> channels{color.r, color.g, color.b};
      for (int c = 0; c < 3; ++c) {
        const int n = 3 * i + c;
        if (n % 16 == 0)
          block = philox_block(random.seed(), first + static_cast<std::uint64_t>(n / 16));
        if (n % 4 == 0) word = block[static_cast<std::size_t>(n / 4 % 4)];
        const float grain = noise * (static_cast<float>(word & 255U) / 127.5F - 1);
        word >>= 8;
        const float value = channels[static_cast<std::size_t>(c)] + grain;
        out[c * kShapePixels + i] =
            static_cast<std::uint8_t>(std::clamp(value, 0.0F, 1.0F) * 255 + 0.5F);
      }
    }
  }

 private:
  Rgb& pixel(int row, int column) {
    return pixels_[static_cast<std::size_t>(row * kShapeSide + column)];
  }

  std::array<Rgb, kShapePixels> pixels_;
};

inline void draw_shape(Index shape, Generator& random, std::uint8_t* out) {
  const auto uniform = [&](double low, double high) {
    return static_cast<float>(random.uniform(low, high));
  };
  const auto color = [&] { return Rgb{uniform(0, 1), uniform(0, 1), uniform(0, 1)}; };
  const Rgb ground = color();
  Rgb ink = color();  // must contrast with the ground
  while (std::abs(ink.r - ground.r) + std::abs(ink.g - ground.g) + std::abs(ink.b - ground.b) <
         1.2F)
    ink = color();

  Canvas canvas(Surface(ground, random));
  for (Index spots = random.integer(3); spots > 0; --spots) {  // distractors
    const Point at{uniform(0, kShapeSide), uniform(0, kShapeSide)};
    const float radius = uniform(1, 2.5);
    canvas.paint(Surface(color(), random), at, radius,
                 [&](float x, float y) { return length(x - at.x, y - at.y) - radius; });
  }
  const Point center{16 + uniform(-4, 4), 16 + uniform(-4, 4)};
  const float size = uniform(9, 13), stretch = uniform(0.85, 1.18);
  const auto [c, s] = tinygrad::detail::portable_cos_sin(random.uniform());
  const float xx = static_cast<float>(c) / size, xy = static_cast<float>(s) / size;
  canvas.paint(Surface(ink, random), center, 1.3F * size, [&](float x, float y) {
    const float dx = x - center.x, dy = y - center.y;
    return size *
           shape_distance(shape, {(xx * dx + xy * dy) * stretch, (xx * dy - xy * dx) / stretch});
  });
  canvas.develop(uniform(0, 0.06), random, out);
}

}  // namespace detail

/// The class names of synthetic_shapes.
inline std::vector<std::string> shape_names() {
  return {"circle", "ring", "crescent", "heart", "triangle",
          "square", "star", "cross",    "arrow", "hourglass"};
}

/// Draws `count` pictures, numbers first … first + count - 1 of the endless series of `seed`.
/// Picture i is a pure function of (seed, i), so ranges that do not overlap are disjoint sets. With
/// another compiler a pixel may differ by one of the 256 values. After 5 epochs of Adam on 20,000
/// pictures, a network of two convolutions classifies 94 % of new ones correctly, an MLP with as
/// many weights 61 %, a linear model 13 %.
/// Shapes  inputs (N, 3, 32, 32) uint8 · targets (N) int64 in [0, 9]
/// Cost  about 31 µs a picture on one thread
inline ClassificationData synthetic_shapes(Index count, std::uint64_t seed = 1, Index first = 0,
                                           At at = At::here()) {
  const Op op{"synthetic_shapes", at};
  check<ValueError>(count >= 0 && first >= 0, op, "count=", count, " and first=", first,
                    " must not be negative");
  constexpr Index side = detail::kShapeSide, bytes = 3 * detail::kShapePixels;
  ClassificationData data{Array::empty({count, 3, side, side}, uint8, op),
                          Array::empty({count}, int64, op), "synthetic shapes", 10, shape_names()};
  auto* const pixels = data.inputs.data<std::uint8_t>();
  auto* const labels = data.targets.data<std::int64_t>();
  const Generator series(seed);
  parallel_for(count, 16, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      Generator random = series.split(static_cast<std::uint64_t>(first + i));
      labels[i] = random.integer(10);
      detail::draw_shape(labels[i], random, pixels + i * bytes);
    }
  });
  return data;
}

}  // namespace tinygrad::data
