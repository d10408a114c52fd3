// SPDX-License-Identifier: MIT
// Draws sheets of paper with digits as cameras and scanners see them: of any grey, unevenly lit,
// grainy, ruled, framed, or with a transparent ground.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/random.hpp"

namespace support {

using Color = std::array<double, 3>;  // 0 to 1

struct PageOptions {
  double size = 100;    // of a digit's longer side, in pixels
  double margin = 0.6;  // around the digits, and between their lines, in digits
  double turn = 0;      // degrees
  Color paper = {1, 1, 1}, ink = {0, 0, 0};
  double gradient = 0;  // loss of light from the left to the right
  double vignette = 0;  // loss of light in the corners
  double shadow = 0;    // of something that covers the upper right, with a soft edge
  double noise = 0;     // standard deviation
  int blur = 0;         // radius in pixels
  int ruled = 0;        // distance of ruled lines in pixels; 0: none
  Color rule = {0.6, 0.7, 0.9};
  double rule_slope = 0;
  int frame = 0;             // width of a black border, on all sides
  int edge = 0;              // width of a dark line along the left border
  bool transparent = false;  // (H, W, 4), what is not ink has alpha 0
};

/// The sheet as uint8 (H, W, 3), or (H, W, 4). `lines`: rows of indices into pictures (N, 28, 28)
/// uint8, white on black, whose digits are in boxes of 20 × 20.
inline tinygrad::Array draw_page(const tinygrad::Array& pictures,
                                 const std::vector<std::vector<tinygrad::Index>>& lines,
                                 const PageOptions& o, tinygrad::Generator& random) {
  using tinygrad::Index;
  const double scale = o.size / 20, cell = o.size * 1.2, gap = o.size * o.margin;
  std::size_t longest = 1;
  for (const auto& line : lines) longest = std::max(longest, line.size());
  const auto W = static_cast<Index>(2 * gap + cell * static_cast<double>(longest));
  const auto H = static_cast<Index>(
      gap + (cell + gap) * static_cast<double>(std::max<std::size_t>(lines.size(), 1)));
  std::vector<double> ink(static_cast<std::size_t>(H * W));
  const double turn = o.turn * 3.14159265358979 / 180, c = std::cos(turn), s = std::sin(turn);
  for (std::size_t l = 0; l < lines.size(); ++l)
    for (std::size_t k = 0; k < lines[l].size(); ++k) {
      const auto* digit = pictures.data<std::uint8_t>() + lines[l][k] * 784;
      const double cy = gap + cell / 2 + (cell + gap) * static_cast<double>(l);
      const double cx = gap + cell / 2 + cell * static_cast<double>(k);
      const auto at = [&](int y, int x) {
        return 0 <= y && y < 28 && 0 <= x && x < 28 ? digit[y * 28 + x] / 255.0 : 0.0;
      };
      const auto reach = static_cast<Index>(15 * scale);
      const auto my = static_cast<Index>(cy), mx = static_cast<Index>(cx);
      for (Index y = std::max<Index>(my - reach, 0); y < std::min(my + reach, H); ++y)
        for (Index x = std::max<Index>(mx - reach, 0); x < std::min(mx + reach, W); ++x) {
          const double dy = (static_cast<double>(y) + 0.5 - cy) / scale,
                       dx = (static_cast<double>(x) + 0.5 - cx) / scale;
          const double v = 13.5 + c * dy - s * dx, u = 13.5 + s * dy + c * dx;
          const int iv = static_cast<int>(std::floor(v)), iu = static_cast<int>(std::floor(u));
          const double fv = v - iv, fu = u - iu;
          const double value = (1 - fv) * ((1 - fu) * at(iv, iu) + fu * at(iv, iu + 1)) +
                               fv * ((1 - fu) * at(iv + 1, iu) + fu * at(iv + 1, iu + 1));
          double& to = ink[static_cast<std::size_t>(y * W + x)];
          // An enlarged edge as sharp as a pen's, not as soft as a small pixel's.
          const double sharp = std::max(1.0, scale / 2);
          to = std::max(to, std::clamp((value - 0.5) * sharp + 0.5, 0.0, 1.0));
        }
    }

  const Index C = o.transparent ? 4 : 3;
  std::vector<double> sheet(static_cast<std::size_t>(H * W * 3));
  for (Index y = 0; y < H; ++y)
    for (Index x = 0; x < W; ++x) {
      const double u = static_cast<double>(x) / static_cast<double>(W),
                   v = static_cast<double>(y) / static_cast<double>(H);
      const double r2 = 2 * ((u - 0.5) * (u - 0.5) + (v - 0.5) * (v - 0.5));
      const double soft = 0.01 + 0.02 * v;
      const double shade = 1 / (1 + std::exp((0.6 + 0.25 * v - u) / soft));
      const double light =
          (1 - o.gradient * u) * (1 - o.vignette * r2 * r2) * (1 - o.shadow * shade);
      const double along = static_cast<double>(y) - o.rule_slope * static_cast<double>(x);
      const bool on_rule =
          o.ruled > 0 && std::fmod(along + 10.0 * o.ruled, o.ruled) < std::max(1.5, o.size / 60);
      const bool dark = x < o.edge || std::min({x, y, W - 1 - x, H - 1 - y}) < o.frame;
      for (std::size_t k = 0; k < 3; ++k) {
        const double ground = on_rule ? o.paper[k] * o.rule[k] : o.paper[k];
        const double amount = ink[static_cast<std::size_t>(y * W + x)];
        const double lit = light * (ground + amount * (o.ink[k] - ground));
        sheet[static_cast<std::size_t>(y * W + x) * 3 + k] = dark ? 0.05 : lit;
      }
    }
  for (int pass = 0; pass < 2 && o.blur > 0; ++pass) {
    const std::vector<double> before = sheet;
    const Index stride = pass == 0 ? 1 : W, length = pass == 0 ? W : H;
    for (Index i = 0; i < H * W; ++i) {
      const Index place = pass == 0 ? i % W : i / W;
      for (std::size_t k = 0; k < 3; ++k) {
        double sum = 0;
        for (Index d = -o.blur; d <= o.blur; ++d) {
          const Index there = std::clamp<Index>(place + d, 0, length - 1) - place;
          sum += before[static_cast<std::size_t>(i + there * stride) * 3 + k];
        }
        sheet[static_cast<std::size_t>(i) * 3 + k] = sum / (2 * o.blur + 1);
      }
    }
  }
  const tinygrad::Array image = tinygrad::Array::empty({H, W, C}, tinygrad::uint8);
  auto* out = image.data<std::uint8_t>();
  const auto byte = [](double v) {
    return static_cast<std::uint8_t>(std::clamp(v, 0.0, 1.0) * 255 + 0.5);
  };
  for (Index i = 0; i < H * W; ++i) {
    for (std::size_t k = 0; k < 3; ++k)
      *out++ = byte(o.transparent ? o.ink[k]
                                  : sheet[static_cast<std::size_t>(i) * 3 + k] +
                                        (o.noise > 0 ? random.normal(0, o.noise) : 0));
    if (o.transparent) *out++ = byte(ink[static_cast<std::size_t>(i)]);
  }
  return image;
}

struct PageCondition {
  std::string name;
  PageOptions options;
};

/// What paper, light and pen do to pictures of digits; each must be read nearly as well as the
/// first.
inline std::vector<PageCondition> page_conditions() {
  const Color grey = {0.75, 0.75, 0.73};
  return {
      {"clean", {}},
      {"white on black", {.paper = {0, 0, 0}, .ink = {1, 1, 1}}},
      {"grey paper", {.paper = {0.55, 0.55, 0.55}}},
      {"gradient of light", {.paper = grey, .gradient = 0.6}},
      {"vignette", {.paper = grey, .vignette = 0.7}},
      {"shadow", {.paper = grey, .shadow = 0.5}},
      {"grain", {.paper = grey, .noise = 0.08}},
      {"blur", {.paper = grey, .noise = 0.02, .blur = 2}},
      {"blue pen", {.paper = grey, .ink = {0.15, 0.2, 0.6}, .gradient = 0.3, .noise = 0.02}},
      {"red pen", {.paper = grey, .ink = {0.7, 0.1, 0.1}, .gradient = 0.3, .noise = 0.02}},
      {"pencil", {.paper = {0.9, 0.9, 0.88}, .ink = {0.5, 0.5, 0.5}, .noise = 0.02}},
      {"chalk on green", {.paper = {0.15, 0.3, 0.2}, .ink = {0.8, 0.8, 0.75}, .gradient = 0.4}},
      {"turned", {.turn = 10, .paper = grey, .gradient = 0.3}},
      {"ruled", {.paper = grey, .noise = 0.02, .ruled = 53}},
      {"ruled dark, aslant",
       {.paper = grey, .ruled = 71, .rule = {0.2, 0.2, 0.2}, .rule_slope = 0.02}},
      {"frame", {.paper = grey, .noise = 0.02, .frame = 7}},
      {"edge line", {.paper = grey, .edge = 3}},
      {"transparent, black", {.transparent = true}},
      {"transparent, white", {.ink = {1, 1, 1}, .transparent = true}},
      {"everything",
       {.turn = -5,
        .paper = grey,
        .ink = {0.15, 0.2, 0.5},
        .gradient = 0.4,
        .vignette = 0.3,
        .shadow = 0.4,
        .noise = 0.03,
        .blur = 1,
        .ruled = 60,
        .edge = 3}},
  };
}

}  // namespace support
