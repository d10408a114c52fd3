// SPDX-License-Identifier: MIT
// Finds the connected marks in a plane of ink. Each mark has its own threshold; lines that cross
// the whole picture are removed. find_digits.hpp groups the marks into digits.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <vector>

#include "tinygrad/data/pictures/ink_plane.hpp"

namespace tinygrad::inline TINYGRAD_ABI::data::detail {

/// A box of pixels. The end is exclusive.
struct Box {
  Index top, left, bottom, right;

  Index height() const { return bottom - top; }
  Index width() const { return right - left; }
  Index longer() const { return std::max(height(), width()); }
  void add(const Box& other) {
    top = std::min(top, other.top), bottom = std::max(bottom, other.bottom);
    left = std::min(left, other.left), right = std::max(right, other.right);
  }
};

/// A set of pixels connected by edges or corners.
struct Mark {
  Box box;
  Index area = 0;
  Index edges = 0;  ///< pixel sides that face no ink
  Index inner = 0;  ///< pixels more than an eighth of the picture's side from its border
  /// Pixels on the border of the picture: top, left, bottom, right.
  std::array<Index, 4> contact{};
  float ink = 0;     ///< 98 % of its pixels do not exceed this
  double steps = 0;  ///< the drop of ink across its edges, summed

  /// The width of a stroke in pixels: 2 · area / outline. The outline is π/4 of the pixel sides.
  double thickness() const {
    return 2 * static_cast<double>(area) / (0.785 * static_cast<double>(edges));
  }
  /// How sharp its edges are. 1: full ink falls to none within one pixel. Shadows and spots of
  /// light are soft.
  double sharpness() const {
    return steps / static_cast<double>(edges) / std::max(static_cast<double>(ink), 1e-6);
  }
};

struct Marks {
  std::vector<std::int32_t> labels;  ///< of each pixel: 0, or 1 + the index of its mark
  std::vector<Mark> marks;
};

/// The marks of all pixels where mask is not 0.
inline Marks label_marks(const std::vector<std::uint8_t>& mask, const Plane& ink) {
  const Index H = ink.H, W = ink.W;
  std::vector<std::int32_t> labels(mask.size()), parents(1);
  const auto root = [&](std::int32_t i) {
    while (parents[static_cast<std::size_t>(i)] != i) {
      auto& parent = parents[static_cast<std::size_t>(i)];
      i = parent = parents[static_cast<std::size_t>(parent)];
    }
    return i;
  };
  for (Index y = 0; y < H; ++y)
    for (Index x = 0; x < W; ++x) {
      const auto i = static_cast<std::size_t>(y * W + x);
      if (!mask[i]) continue;
      const auto w = static_cast<std::size_t>(W);
      std::int32_t& own = labels[i];
      const auto join = [&](std::int32_t other) {
        if (other == 0) return;
        other = root(other);
        if (own == 0) {
          own = other;
          return;
        }
        const std::int32_t mine = root(own);
        own = std::min(mine, other);
        parents[static_cast<std::size_t>(std::max(mine, other))] = own;
      };
      if (x > 0) join(labels[i - 1]);
      if (y > 0) {
        if (x > 0) join(labels[i - w - 1]);
        join(labels[i - w]);
        if (x + 1 < W) join(labels[i - w + 1]);
      }
      if (own == 0) {
        own = static_cast<std::int32_t>(parents.size());
        parents.push_back(own);
      }
    }

  std::vector<std::int32_t> numbers(parents.size());
  std::int32_t count = 0;
  for (std::size_t i = 1; i < parents.size(); ++i) {
    const auto top = static_cast<std::size_t>(root(static_cast<std::int32_t>(i)));
    numbers[i] = top == i ? ++count : numbers[top];  // a root comes before its children
  }
  Marks out{std::move(labels), std::vector<Mark>(static_cast<std::size_t>(count))};
  for (Mark& m : out.marks) m.box = {H, W, 0, 0};
  constexpr std::size_t kBins = 32;
  std::vector<std::int32_t> bins(out.marks.size() * kBins);
  for (Index y = 0; y < H; ++y)
    for (Index x = 0; x < W; ++x) {
      const auto i = static_cast<std::size_t>(y * W + x);
      if (out.labels[i] == 0) continue;
      out.labels[i] = numbers[static_cast<std::size_t>(out.labels[i])];
      const auto n = static_cast<std::size_t>(out.labels[i] - 1);
      Mark& m = out.marks[n];
      m.box.add({y, x, y + 1, x + 1});
      ++m.area;
      const auto edge = [&](bool outside, std::ptrdiff_t step) {
        const auto next = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(i) + step);
        if (!outside && mask[next]) return;
        ++m.edges;
        if (!outside) m.steps += static_cast<double>(ink.values[i] - ink.values[next]);
      };
      edge(y == 0, -W), edge(y + 1 == H, W), edge(x == 0, -1), edge(x + 1 == W, 1);
      m.contact[0] += y == 0, m.contact[1] += x == 0;
      m.contact[2] += y + 1 == H, m.contact[3] += x + 1 == W;
      m.inner += 8 * y >= H && 8 * (H - 1 - y) >= H && 8 * x >= W && 8 * (W - 1 - x) >= W;
      ++bins[n * kBins + static_cast<std::size_t>(std::min(ink.values[i] * kBins, 31.0F))];
    }
  for (std::size_t n = 0; n < out.marks.size(); ++n) {
    std::size_t bin = 0;
    for (Index below = bins[n * kBins]; below * 50 < out.marks[n].area * 49; ++bin)
      below += bins[n * kBins + bin + 1];
    out.marks[n].ink = (static_cast<float>(bin) + 0.5F) / kBins;
  }
  return out;
}

/// The two directions to scan a plane: along its rows, or along its columns.
struct Walk {
  Index length, breadth;  ///< pixels along the scan, and across it
  Index stride_along, stride_across;
};

/// Erases from mask and plane thin lines that cross the picture from border to border, such as
/// ruled lines or the edge of a sheet. A line has a slope of up to 3 degrees and an offset. It
/// counts if thin runs across it lie in three fifths of the places along it. Strokes that cross it
/// stay.
inline void erase_lines(std::vector<std::uint8_t>& mask, Plane& ink, const Walk& walk) {
  constexpr Index kPlaces = 192, kMostLines = 64;
  const Index step = std::max<Index>(walk.length / kPlaces, 1);
  const Index places = walk.length / step, thinnest = std::max<Index>(walk.breadth / 60, 2);
  if (walk.length < 64 || walk.breadth < 64) return;
  const auto at = [&](Index along, Index across) {
    return static_cast<std::size_t>(along * walk.stride_along + across * walk.stride_across);
  };
  struct Run {
    Index place, middle2, thickness;  // twice its middle
  };
  for (Index line = 0; line < kMostLines; ++line) {
    std::vector<Run> runs;
    for (Index p = 0; p < places; ++p)
      for (Index i = 0, along = p * step + step / 2; i < walk.breadth; ++i) {
        if (!mask[at(along, i)]) continue;
        const Index begin = i;
        while (i < walk.breadth && mask[at(along, i)]) ++i;
        if (i - begin <= thinnest) runs.push_back({p, begin + i - 1, i - begin});
      }
    const Index slopes = std::max<Index>(walk.length / 24, 1);  // each moves the line < 2 pixels
    const auto offset = [&](Index slope, Index along) { return along * slope / (20 * slopes); };
    const Index room = walk.length / 20 + 1;
    std::vector<std::uint16_t> votes;
    Index best = 0, best_slope = 0, best_at = 0;
    for (Index slope = -slopes; slope <= slopes; ++slope) {
      votes.assign(static_cast<std::size_t>(walk.breadth + 2 * room + 2), 0);
      for (const Run& run : runs)
        ++votes[static_cast<std::size_t>(run.middle2 / 2 + room -
                                         offset(slope, run.place * step + step / 2))];
      for (std::size_t i = 1; i + 1 < votes.size(); ++i)
        if (const Index sum = votes[i - 1] + votes[i] + votes[i + 1]; sum > best)
          best = sum, best_slope = slope, best_at = static_cast<Index>(i) - room;
    }
    if (5 * best < 3 * places) return;
    std::vector<Index> thicknesses;
    Index first = places, last = 0;
    for (const Run& run : runs) {
      const Index along = run.place * step + step / 2;
      if (std::abs(run.middle2 / 2 - offset(best_slope, along) - best_at) > 1) continue;
      thicknesses.push_back(run.thickness);
      first = std::min(first, run.place), last = std::max(last, run.place);
    }
    if (16 * first > places || 16 * (places - 1 - last) > places) return;
    std::nth_element(thicknesses.begin(),
                     thicknesses.begin() + static_cast<Index>(thicknesses.size()) / 2,
                     thicknesses.end());
    const Index reach = 3, most = 2 * thicknesses[thicknesses.size() / 2] + 1;
    bool erased = false;
    for (Index along = 0; along < walk.length; ++along) {
      const Index middle = best_at + offset(best_slope, along);
      for (Index i = std::max<Index>(middle - reach, 0);
           i <= std::min(middle + reach, walk.breadth - 1); ++i) {
        if (!mask[at(along, i)]) continue;
        Index begin = i, end = i;
        while (begin > 0 && mask[at(along, begin - 1)]) --begin;
        while (end < walk.breadth && mask[at(along, end)]) ++end;
        i = end;
        if (end - begin > most) continue;
        erased = true;
        for (Index k = std::max<Index>(begin - 1, 0); k < std::min(end + 1, walk.breadth); ++k)
          mask[at(along, k)] = 0, ink.values[at(along, k)] = 0;
      }
    }
    if (!erased) return;
  }
}

/// The marks of a picture: first all pixels that stand out from the noise, then, in each of these
/// marks, the pixels with at least 45 % of its ink. The second step cuts off faint marks that touch
/// or surround a digit.
inline Marks find_marks(InkPlane& picture) {
  constexpr float kFaintest = 0.1F;  // grey 230 on white paper
  Plane& ink = picture.ink;
  const auto noise = static_cast<float>(picture.noise);
  const float floor = std::max(5.5F * noise, 0.06F), faintest = std::max(10 * noise, kFaintest);
  std::vector<std::uint8_t> mask(ink.values.size());
  for (std::size_t i = 0; i < mask.size(); ++i) mask[i] = ink.values[i] > floor;
  const Marks faint = label_marks(mask, ink);
  for (std::size_t i = 0; i < mask.size(); ++i) {
    if (!mask[i]) continue;
    const Mark& mark = faint.marks[static_cast<std::size_t>(faint.labels[i] - 1)];
    mask[i] = mark.ink >= faintest && mark.area >= 6 && ink.values[i] > 0.45F * mark.ink;
  }
  erase_lines(mask, ink, {ink.W, ink.H, 1, ink.W});
  erase_lines(mask, ink, {ink.H, ink.W, ink.W, 1});
  return label_marks(mask, ink);
}

}  // namespace tinygrad::data::detail
