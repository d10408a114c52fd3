// SPDX-License-Identifier: MIT
// find_digits(): finds the handwritten digits in a photograph or scan and cuts each out as a
// picture like those of MNIST.
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "tinygrad/data/pictures/ink_marks.hpp"

namespace tinygrad::inline TINYGRAD_ABI::data {

/// The place of a digit in its picture, in pixels.
struct DigitPlace {
  Index top, left, height, width;
  Index line;  ///< the line of writing, from 0 at the top
  bool wide;   ///< wider than high: perhaps two digits that touch
};

struct FoundDigits {
  Array pictures;                  ///< (N, 28, 28) uint8, white on black
  std::vector<DigitPlace> places;  ///< the places of the N digits
};

namespace detail {

/// Marks that form one digit.
struct MarkGroup {
  Box box;
  std::vector<std::size_t> members;  // indices of marks
  Index area = 0, edges = 0;
  float ink = 0;
  Index line = 0;

  double thickness() const { return Mark{.box = box, .area = area, .edges = edges}.thickness(); }
};

/// True for a shadow, a hand or a table at the border of the picture: a mark that covers half of
/// one side of the picture, or has no sharp edge.
inline bool is_shade(const Mark& mark, const Plane& plane) {
  const auto& [top, left, foot, right] = mark.contact;
  if (top + left + foot + right == 0 || 100 * mark.area < plane.H * plane.W) return false;
  return 2 * std::max(top, foot) > plane.W || 2 * std::max(left, right) > plane.H ||
         mark.sharpness() < 0.08;
}

/// True for a mark that the border of the picture cuts, or that lies along the border: a scanner's
/// frame, a shadow in a corner, part of a neighbouring digit. `alone`: no other mark lies farther
/// inside. A digit that fills the picture is then kept.
inline bool is_edge(const Mark& mark, const InkPlane& picture, bool alone) {
  const Plane& plane = picture.ink;
  const Box& box = mark.box;
  const int sides =
      (box.top == 0) + (box.left == 0) + (box.bottom == plane.H) + (box.right == plane.W);
  if (sides == 0) return false;
  const Index shorter = std::min(box.height(), box.width());
  const bool along = box.longer() > 8 * shorter;     // a line
  const bool outside = 10 * mark.inner < mark.area;  // a frame, a strip
  const bool solid = mark.thickness() > 0.4 * static_cast<double>(box.longer());
  return along || outside || solid || !alone || (!picture.even && is_shade(mark, plane));
}

/// The part of a mark's outline beyond which the picture looks like ground. It is all of a stroke's
/// outline, but only half of a shadow's remaining edge, which is dark on one side.
inline double outlined_part(const Marks& found, std::size_t number, const InkPlane& picture) {
  const Mark& mark = found.marks[number];
  const Plane& grey = picture.grey;
  const auto label = static_cast<std::int32_t>(number) + 1;
  const auto beyond = std::max<Index>(static_cast<Index>(mark.thickness() / 4), 2);
  Index outlined = 0, count = 0;
  const auto is_own = [&](Index y, Index x) {
    return found.labels[static_cast<std::size_t>(y * grey.W + x)] == label;
  };
  const auto look = [&](Index y, Index x, Index dy, Index dx) {
    const Index far_y = y + beyond * dy, far_x = x + beyond * dx;
    if (far_y < 0 || far_y >= grey.H || far_x < 0 || far_x >= grey.W) return;
    if (is_own(y + dy, x + dx) || is_own(far_y, far_x)) return;
    ++count;
    outlined += picture.strength(grey.row(y)[x], grey.row(far_y)[far_x]) > 0.25F * mark.ink;
  };
  for (Index y = mark.box.top; y < mark.box.bottom; ++y)
    for (Index x = mark.box.left; x < mark.box.right; ++x)
      if (is_own(y, x)) look(y, x, -1, 0), look(y, x, 1, 0), look(y, x, 0, -1), look(y, x, 0, 1);
  return count == 0 ? 0 : static_cast<double>(outlined) / static_cast<double>(count);
}

/// The marks that may be parts of digits.
inline std::vector<std::size_t> parts_of_digits(const Marks& found, const InkPlane& picture) {
  const Plane& plane = picture.ink;
  const auto& marks = found.marks;
  const auto inside = [&](const Mark& m) {
    return m.box.top > 0 && m.box.left > 0 && m.box.bottom < plane.H && m.box.right < plane.W;
  };
  Index tallest = 0, tallest_inside = 0;
  float most_ink = 0;
  std::vector<std::size_t> parts;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const Mark& m = marks[i];
    if (m.area < 6 || m.box.longer() < 5 || is_edge(m, picture, true)) continue;
    if (!picture.even && outlined_part(found, i, picture) < 0.65) continue;
    parts.push_back(i);
    tallest = std::max(tallest, m.box.height());
    if (inside(m)) tallest_inside = std::max(tallest_inside, m.box.height());
    most_ink = std::max(most_ink, m.ink);
  }
  std::erase_if(parts, [&](std::size_t i) {
    const Mark& m = marks[i];
    const bool alone = 3 * tallest_inside < m.box.height() || 3 * m.box.height() > 2 * plane.H;
    return is_edge(m, picture, alone) || m.ink < 0.3F * most_ink || 12 * m.box.longer() < tallest;
  });
  return parts;
}

/// True if two groups are parts of one digit, such as the bar and the body of a 5, or the halves of
/// a broken stroke.
inline bool belong_together(const MarkGroup& a, const MarkGroup& b) {
  Box both = a.box;
  both.add(b.box);
  const auto overlap = [](Index a0, Index a1, Index b0, Index b1) {
    return std::min(a1, b1) - std::max(a0, b0);  // negative: the gap
  };
  const Index x = overlap(a.box.left, a.box.right, b.box.left, b.box.right);
  const Index y = overlap(a.box.top, a.box.bottom, b.box.top, b.box.bottom);
  const Index low = std::min(a.box.height(), b.box.height()),
              high = std::max(a.box.height(), b.box.height()),
              narrow = std::min(a.box.width(), b.box.width());
  if (x > 0 && y > 0)  // overlapping boxes: slanted neighbours, or parts of one digit
    return 2 * x >= narrow || (10 * low < 7 * high && 10 * both.width() < 11 * both.height());
  if (2 * x >= narrow || (x > 0 && 2 * low < high))  // one above the other
    return 10 * -y < (2 * low < high ? 3 : 1) * both.height() && both.width() < 2 * both.height();
  if (y > 0)  // side by side
    return 16 * -x <= both.height() && 10 * both.width() < 9 * both.height() &&
           (10 * low < 7 * high || 20 * -x <= both.height());
  return false;
}

/// Joins marks into digits.
inline std::vector<MarkGroup> group_marks(const Marks& found, const InkPlane& picture) {
  constexpr std::size_t kMost = 1000;  // the largest ones; more are texture, not writing
  std::vector<std::size_t> parts = parts_of_digits(found, picture);
  if (parts.size() > kMost) {
    std::nth_element(
        parts.begin(), parts.begin() + kMost, parts.end(),
        [&](std::size_t a, std::size_t b) { return found.marks[a].area > found.marks[b].area; });
    parts.resize(kMost);
  }
  std::vector<MarkGroup> groups;
  for (const std::size_t i : parts) {
    const Mark& m = found.marks[i];
    groups.push_back(
        {.box = m.box, .members = {i}, .area = m.area, .edges = m.edges, .ink = m.ink});
  }
  for (std::size_t i = 0; i < groups.size();) {
    std::size_t j = i + 1;
    while (j < groups.size() && !belong_together(groups[i], groups[j])) ++j;
    if (j == groups.size()) {
      ++i;
      continue;
    }
    MarkGroup &a = groups[i], &b = groups[j];
    a.ink = (a.ink * static_cast<float>(a.area) + b.ink * static_cast<float>(b.area)) /
            static_cast<float>(a.area + b.area);
    a.box.add(b.box);
    a.area += b.area, a.edges += b.edges;
    a.members.insert(a.members.end(), b.members.begin(), b.members.end());
    groups.erase(groups.begin() + static_cast<std::ptrdiff_t>(j));
    i = 0;  // group i has grown: compare again from the start
  }
  return groups;
}

/// Drops groups that cannot be digits: specks, dashes, lines, solid spots, and those less than a
/// third as high as the highest group left.
inline void drop_others(std::vector<MarkGroup>& groups, const Plane& plane) {
  const Index least = std::max<Index>(8, std::max(plane.H, plane.W) / 100);
  std::erase_if(groups, [&](const MarkGroup& g) {
    const Index h = g.box.height(), w = g.box.width();
    return h < least || w > 3 * h || h > 16 * w ||
           g.thickness() > 0.38 * static_cast<double>(g.box.longer());
  });
  Index tallest = 0;
  for (const MarkGroup& g : groups) tallest = std::max(tallest, g.box.height());
  std::erase_if(groups, [&](const MarkGroup& g) { return 3 * g.box.height() < tallest; });
}

/// Sorts groups into reading order: lines from the top, each from the left. A digit belongs to a
/// line if its middle is within the height of the line's last digit, or the other way round.
inline void order_by_lines(std::vector<MarkGroup>& groups) {
  std::sort(groups.begin(), groups.end(),
            [](const MarkGroup& a, const MarkGroup& b) { return a.box.left < b.box.left; });
  std::vector<std::vector<MarkGroup>> lines;
  for (MarkGroup& g : groups) {
    const Index middle2 = g.box.top + g.box.bottom;
    const auto fits = [&](const std::vector<MarkGroup>& line) {
      const Box& last = line.back().box;
      const Index last_middle2 = last.top + last.bottom;
      return (2 * last.top < middle2 && middle2 < 2 * last.bottom) ||
             (2 * g.box.top < last_middle2 && last_middle2 < 2 * g.box.bottom);
    };
    const auto line = std::find_if(lines.begin(), lines.end(), fits);
    if (line == lines.end()) lines.push_back({std::move(g)});
    else line->push_back(std::move(g));
  }
  std::sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) {
    return a.front().box.top + a.front().box.bottom < b.front().box.top + b.front().box.bottom;
  });
  groups.clear();
  for (std::size_t i = 0; i < lines.size(); ++i)
    for (MarkGroup& g : lines[i]) {
      g.line = static_cast<Index>(i);
      groups.push_back(std::move(g));
    }
}

/// The digits of a picture in reading order, and the data to draw them from.
struct Writing {
  Plane ink;
  Marks marks;
  std::vector<MarkGroup> digits;
  bool shaded;  // a shadow or other wide object touches the border
};
inline Writing find_writing(const Plane& grey, double reach, bool flip) {
  InkPlane found = find_ink(grey, reach, flip);
  Marks marks = find_marks(found);
  std::vector<MarkGroup> digits = group_marks(marks, found);
  drop_others(digits, found.ink);
  order_by_lines(digits);
  const bool shaded =
      !found.even && std::any_of(marks.marks.begin(), marks.marks.end(),
                                 [&](const Mark& m) { return is_shade(m, found.ink); });
  return {std::move(found.ink), std::move(marks), std::move(digits), shaded};
}

/// Calls find_writing() again if the first result calls for it. If a wide object touches the
/// border, the second call uses kNarrow. If there are no digits, it swaps ink and ground.
inline Writing find_all_writing(const Plane& grey) {
  Writing writing = find_writing(grey, kWide, false);
  const auto look_again = [&](double reach, bool flip) {
    Writing again = find_writing(grey, reach, flip);
    if (!again.digits.empty()) writing = std::move(again);
  };
  if (writing.shaded) look_again(kNarrow, false);
  if (writing.digits.empty()) look_again(kWide, true);
  return writing;
}

/// A square of ink the size of MNIST's pictures, at kFine times their resolution.
class FineDigit {
 public:
  static constexpr Index kFine = 4, kSide = 28 * kFine, kBoxSide = 20 * kFine;

  FineDigit() : plane_(kSide, kSide) {}

  /// Draws the group centred, with the longer side of its box kBoxSide long.
  void draw(const MarkGroup& group, const Marks& found, const Plane& ink) {
    const double scale = static_cast<double>(group.box.longer()) / kBoxSide;
    const auto samples = static_cast<int>(std::ceil(scale)) + 1;  // in each direction
    const double top =
        0.5 * static_cast<double>(group.box.top + group.box.bottom) - scale * kSide / 2;
    const double left =
        0.5 * static_cast<double>(group.box.left + group.box.right) - scale * kSide / 2;
    Plane own = ink_of(group, found, ink);
    const double y0 = static_cast<double>(group.box.top - kRim) + 0.5,
                 x0 = static_cast<double>(group.box.left - kRim) + 0.5;
    for (Index y = 0; y < kSide; ++y)
      for (Index x = 0; x < kSide; ++x) {
        double sum = 0;
        for (int j = 0; j < samples; ++j)
          for (int i = 0; i < samples; ++i)
            sum += between(own, top + scale * (static_cast<double>(y) + (j + 0.5) / samples) - y0,
                           left + scale * (static_cast<double>(x) + (i + 0.5) / samples) - x0);
        plane_.row(y)[x] = static_cast<float>(sum / (samples * samples));
      }
  }

  /// Spreads the ink by a disc. MNIST's strokes are never as thin as a ballpoint's on a large
  /// sheet.
  void thicken(double radius) {
    const auto reach = static_cast<Index>(radius);
    Plane out(kSide, kSide);
    for (Index y = 0; y < kSide; ++y)
      for (Index x = 0; x < kSide; ++x) {
        float most = 0;
        for (Index j = std::max<Index>(y - reach, 0); j <= std::min(y + reach, kSide - 1); ++j)
          for (Index i = std::max<Index>(x - reach, 0); i <= std::min(x + reach, kSide - 1); ++i)
            if (static_cast<double>((j - y) * (j - y) + (i - x) * (i - x)) <= radius * radius)
              most = std::max(most, plane_.row(j)[i]);
        out.row(y)[x] = most;
      }
    plane_ = std::move(out);
  }

  /// Writes 28 × 28 bytes with the ink's centre of mass in the middle.
  void write(std::uint8_t* out) const {
    double mass = 0, cy = 0, cx = 0;
    for (Index y = 0; y < kSide; ++y)
      for (Index x = 0; x < kSide; ++x) {
        const auto v = static_cast<double>(plane_.row(y)[x]);
        mass += v, cy += v * static_cast<double>(y), cx += v * static_cast<double>(x);
      }
    const double middle = static_cast<double>(kSide - 1) / 2;
    const auto dy = static_cast<Index>(std::lround(cy / mass - middle));
    const auto dx = static_cast<Index>(std::lround(cx / mass - middle));
    for (Index y = 0; y < 28; ++y)
      for (Index x = 0; x < 28; ++x) {
        float sum = 0;
        for (Index j = 0; j < kFine; ++j)
          for (Index i = 0; i < kFine; ++i) {
            const Index fy = y * kFine + j + dy, fx = x * kFine + i + dx;
            if (0 <= fy && fy < kSide && 0 <= fx && fx < kSide) sum += plane_.row(fy)[fx];
          }
        *out++ = static_cast<std::uint8_t>(std::lround(255 * sum / (kFine * kFine)));
      }
  }

 private:
  static constexpr Index kRim = 3;  // around the box, where edges fade

  /// The ink of this group only, 0 to 1. Below a fifth of the group's ink, pixels count as ground.
  static Plane ink_of(const MarkGroup& group, const Marks& found, const Plane& ink) {
    Plane own(group.box.height() + 2 * kRim, group.box.width() + 2 * kRim);
    std::vector<std::int32_t> labels;
    for (const std::size_t i : group.members) labels.push_back(static_cast<std::int32_t>(i) + 1);
    const auto is_own = [&](Index y, Index x) {
      return 0 <= y && y < ink.H && 0 <= x && x < ink.W &&
             std::find(labels.begin(), labels.end(),
                       found.labels[static_cast<std::size_t>(y * ink.W + x)]) != labels.end();
    };
    std::vector<std::uint8_t> near(own.values.size());
    for (Index y = 0; y < own.H; ++y)
      for (Index x = 0; x < own.W; ++x)
        if (is_own(y + group.box.top - kRim, x + group.box.left - kRim))
          for (Index j = std::max<Index>(y - 2, 0); j <= std::min(y + 2, own.H - 1); ++j)
            for (Index i = std::max<Index>(x - 2, 0); i <= std::min(x + 2, own.W - 1); ++i)
              near[static_cast<std::size_t>(j * own.W + i)] = 1;
    for (Index y = 0; y < own.H; ++y)
      for (Index x = 0; x < own.W; ++x) {
        const Index py = y + group.box.top - kRim, px = x + group.box.left - kRim;
        if (py < 0 || py >= ink.H || px < 0 || px >= ink.W) continue;
        if (!near[static_cast<std::size_t>(y * own.W + x)]) continue;
        const auto label = found.labels[static_cast<std::size_t>(py * ink.W + px)];
        if (label != 0 && !is_own(py, px)) continue;
        own.row(y)[x] = std::clamp((ink.row(py)[px] / group.ink - 0.2F) / 0.6F, 0.0F, 1.0F);
      }
    return own;
  }

  static double between(const Plane& plane, double y, double x) {
    const double fy = std::floor(y), fx = std::floor(x);
    const auto iy = static_cast<Index>(fy), ix = static_cast<Index>(fx);
    const auto value = [&](Index j, Index i) {
      const bool in = 0 <= j && j < plane.H && 0 <= i && i < plane.W;
      return in ? static_cast<double>(plane.row(j)[i]) : 0.0;
    };
    const double above = value(iy, ix) + (x - fx) * (value(iy, ix + 1) - value(iy, ix));
    const double below = value(iy + 1, ix) + (x - fx) * (value(iy + 1, ix + 1) - value(iy + 1, ix));
    return above + (y - fy) * (below - above);
  }

  Plane plane_;
};

inline void draw_as_mnist(const MarkGroup& group, const Marks& found, const Plane& ink,
                          std::uint8_t* out) {
  constexpr double kThinnest = 2.0, kUsual = 2.4;  // stroke widths in MNIST pixels
  FineDigit digit;
  digit.draw(group, found, ink);
  const double thickness = group.thickness() * 20 / static_cast<double>(group.box.longer());
  if (thickness < kThinnest) digit.thicken((kUsual - thickness) / 2 * FineDigit::kFine);
  digit.write(out);
}

/// True for a picture that already has MNIST's form, except perhaps its colours: 28 × 28, with a
/// black or a white border.
inline bool is_mnist_like(const Array& image, bool& dark_ink) {
  const Index C = image.shape()[2];
  if (image.shape()[0] != 28 || image.shape()[1] != 28 || C % 2 == 0) return false;
  double border = 0;
  for (Index y = 0; y < 28; ++y)
    for (Index x = 0; x < 28; ++x)
      if (y == 0 || y == 27 || x == 0 || x == 27)
        border += static_cast<double>(luminance(image.data<std::uint8_t>() + (y * 28 + x) * C, C));
  border /= 4 * 27;
  dark_ink = border > 127;
  return border <= 32 || border >= 223;
}

/// Returns an MNIST-like picture unchanged except for its colours, or none if it is blank.
inline FoundDigits take_as_is(const Array& image, bool dark_ink) {
  constexpr std::uint8_t kBlank = 64;  // noise alone stays below this
  const Index C = image.shape()[2];
  const Array picture = Array::empty({1, 28, 28}, uint8);
  auto* const out = picture.data<std::uint8_t>();
  for (Index i = 0; i < 28 * 28; ++i) {
    const float grey = luminance(image.data<std::uint8_t>() + i * C, C);
    out[i] = static_cast<std::uint8_t>(std::lround(dark_ink ? 255 - grey : grey));
  }
  if (*std::max_element(out, out + 28 * 28) < kBlank) return {picture.rows(0, 0), {}};
  return {picture, {{.top = 0, .left = 0, .height = 28, .width = 28, .line = 0, .wide = false}}};
}

}  // namespace detail

/// Finds the digits in a picture and converts each to MNIST's form: white on black, scaled into a
/// 20 × 20 box, its ink centred in 28 × 28 pixels, its strokes not too thin. The ground may have
/// any grey and uneven light, and the ink may be darker or lighter than the ground. On a
/// transparent ground the ink may have any colour. Specks, lines across the picture, its frame,
/// solid spots and marks much smaller than the largest digit are left out. A 28 × 28 picture with a
/// black or a white border is taken as it is. A picture without digits gives none.
/// Shapes  image (H, W, C) uint8, as from read_image → pictures (N, 28, 28) uint8, in reading
///         order: lines from the top, each from the left
/// Throws  ShapeError, DtypeError
/// Cost    about half a second for 12 million pixels on one thread; sides above 2048 pixels are
///         reduced by whole factors
inline FoundDigits find_digits(const Array& image, At at = At::here()) {
  const Op op{"find_digits", at};
  check<ShapeError>(image.rank() == 3 && 1 <= image.shape()[2] && image.shape()[2] <= 4, op,
                    "image has shape ", image.shape(), "; it must be (H, W, C) with C from 1 to 4");
  check<ShapeError>(image.count() > 0, op, "image has shape ", image.shape(), "; it has no pixels");
  check<DtypeError>(image.dtype() == uint8, op, "image is ", image.dtype(), "; it must be uint8");
  bool dark_ink = false;
  if (detail::is_mnist_like(image, dark_ink)) return detail::take_as_is(image, dark_ink);

  const auto [grey, factor] = detail::reduced_picture(image);
  const detail::Writing writing = detail::find_all_writing(grey);
  const std::vector<detail::MarkGroup>& groups = writing.digits;
  const auto N = static_cast<Index>(groups.size());
  FoundDigits out{Array::empty({N, 28, 28}, uint8, op), {}};
  for (Index n = 0; n < N; ++n) {
    const detail::MarkGroup& group = groups[static_cast<std::size_t>(n)];
    detail::draw_as_mnist(group, writing.marks, writing.ink,
                          out.pictures.data<std::uint8_t>() + n * 28 * 28);
    const Index h = group.box.height(), w = group.box.width();
    out.places.push_back({.top = group.box.top * factor,
                          .left = group.box.left * factor,
                          .height = h * factor,
                          .width = w * factor,
                          .line = group.line,
                          .wide = 4 * w > 5 * h});
  }
  return out;
}

}  // namespace tinygrad::data
