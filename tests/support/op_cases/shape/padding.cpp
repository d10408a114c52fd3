// SPDX-License-Identifier: MIT
// Rows for ops/shape/padding.hpp.
#include <algorithm>
#include <cmath>

#include "support/op_cases.hpp"

namespace tinygrad::test {

namespace {
// y[i] = x[i − left], and outside x what the mode says; pads count from the last dim. What a
// circular border repeats is what negative pads leave.
std::function<Naive(const Naives&)> padded(const std::vector<Index>& pads, PadMode mode,
                                           double value) {
  return [=](const Naives& in) {
    const Naive& x = in[0];
    const int rank = x.shape.rank(), dims = static_cast<int>(pads.size()) / 2;
    const auto width = [&](int dim, int side) {
      return dim < rank - dims ? 0 : pads[static_cast<std::size_t>(2 * (rank - 1 - dim) + side)];
    };
    Shape shape = x.shape;
    for (int k = 0; k < dims; ++k)
      shape[rank - 1 - k] +=
          pads[static_cast<std::size_t>(2 * k)] + pads[static_cast<std::size_t>(2 * k + 1)];
    return tabulate(shape, [&](Shape i) {
      for (int dim = 0; dim < rank; ++dim) {
        const Index n = x.shape[dim];
        Index& p = i[dim];
        p -= width(dim, 0);
        if (0 <= p && p < n) continue;
        if (mode == PadMode::kConstant) return value;
        if (mode == PadMode::kReplicate) p = p < 0 ? 0 : n - 1;
        if (mode == PadMode::kCircular) {
          const Index first = std::max<Index>(-width(dim, 0), 0);
          const Index kept = n - first - std::max<Index>(-width(dim, 1), 0);
          p = first + (p - first + kept) % kept;
        }
        if (mode == PadMode::kReflect) p = p < 0 ? -p : n - 1 - (p - (n - 1));
      }
      return x(i);
    });
  };
}

OpCase pad_row(const std::string& variant, const std::string& torch, const std::vector<Index>& pads,
               PadMode mode, double value, std::vector<std::vector<Input>> samples) {
  OpCase c;
  c.name = "pad" + variant;
  c.torch = torch;
  c.run = [=](const Tensors& x) { return pad(x[0], pads, mode, value); };
  c.reference = padded(pads, mode, value);
  c.samples = std::move(samples);
  return c;
}
}  // namespace

Rows shape_padding_cases() {
  const BenchSample pictures{.inputs = {{{64, 50, 32, 32}}}, .bytes = 25 * kMiB};
  const auto call = [](const Shape& shape, std::vector<Index> pads, PadMode mode) {
    return [=] { pad(ones(shape), pads, mode); };
  };
  Rows rows;

  OpCase zeros_around = pad_row("", "F.pad(x0, (1, 2))", {1, 2}, PadMode::kConstant, 0,
                                {{{{3}}}, {{{1}}}, {{{0}}}, {{{2, 5}}}, {{{2, 0, 3}}}});
  zeros_around.specials = {{{{3}, {NAN, INFINITY, -0.0}}}};
  zeros_around.errors = {
      {call({3}, {1}, PadMode::kConstant), "[pad] 1 pads for x (3); there must be two for each"},
      {call({3}, {1, 1, 1, 1}, PadMode::kConstant), "[pad] 4 pads for x (3)"},
      {call({3}, {-2, -2}, PadMode::kConstant), "pads -2 and -2 cut more than dim 0 of x (3) has"},
      {call({3}, {3, 0}, PadMode::kReflect),
       "a border of 3 is too wide for dim 0 of x (3) in mode reflect, which takes at most 2"},
      {call({3}, {0, 4}, PadMode::kCircular), "in mode circular, which takes at most 3"},
      {call({3}, {3, -1}, PadMode::kCircular), "in mode circular, which takes at most 2"},
      {call({0}, {1, 0}, PadMode::kReplicate), "in mode replicate, which takes at most 0"}};
  zeros_around.benchmarks = {pictures};
  rows.push_back(zeros_around);

  rows.push_back(pad_row("/none", "F.pad(x0, ())", {}, PadMode::kConstant, 0, {{{{3}}}, {{{}}}}));
  rows.push_back(pad_row("/value", "F.pad(x0, (1, 0, 0, 2), value=2.5)", {1, 0, 0, 2},
                         PadMode::kConstant, 2.5, {{{{2, 3}}}, {{{4, 2, 3}}}, {{{0, 3}}}}));
  rows.push_back(pad_row("/negative", "F.pad(x0, (-1, 2, 3, -2))", {-1, 2, 3, -2},
                         PadMode::kConstant, 0, {{{{3, 4}}}, {{{2, 1}}}}));

  const struct {
    const char* name;
    PadMode mode;
  } modes[] = {{"reflect", PadMode::kReflect},
               {"replicate", PadMode::kReplicate},
               {"circular", PadMode::kCircular}};
  for (const auto& [name, mode] : modes) {
    const std::string slash = std::string("/") + name, option = str_cat("mode='", name, "')");
    OpCase line = pad_row(slash, "F.pad(x0, (2, 1), " + option, {2, 1}, mode, 0,
                          {{{{2, 3}}}, {{{1, 2, 5}}}, {{{2, 1, 33}}}});
    line.specials = {{{{1, 4}, {NAN, 1, -INFINITY, -0.0}}}};
    rows.push_back(line);
    OpCase plane = pad_row(slash + " 2d", "F.pad(x0, (1, 2, 0, 1), " + option, {1, 2, 0, 1}, mode,
                           0, {{{{2, 3, 4}}}, {{{1, 2, 3, 3}}}});
    plane.benchmarks = {pictures};
    rows.push_back(plane);
    OpCase space = pad_row(slash + " 3d", "F.pad(x0, (1, 1, 1, 0, 0, 1), " + option,
                           {1, 1, 1, 0, 0, 1}, mode, 0, {{{{1, 2, 3, 2, 3}}}});
    rows.push_back(space);
  }
  rows.push_back(pad_row("/circular cut", "F.pad(x0, (2, -1, -2, 3), mode='circular')",
                         {2, -1, -2, 3}, PadMode::kCircular, 0,
                         {{{{1, 2, 5, 4}}}, {{{2, 1, 6, 3}}}}));
  rows.push_back(pad_row("/replicate far", "F.pad(x0, (4, 3), mode='replicate')", {4, 3},
                         PadMode::kReplicate, 0, {{{{2, 1}}}, {{{2, 2}}}}));
  return rows;
}

}  // namespace tinygrad::test
