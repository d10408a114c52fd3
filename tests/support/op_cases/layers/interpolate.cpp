// SPDX-License-Identifier: MIT
// Rows for ops/layers/interpolate.hpp.
#include <algorithm>
#include <cmath>
#include <limits>

#include "support/op_cases.hpp"
#include "support/picture_rows.hpp"

namespace tinygrad::test {

namespace {
using enum Interpolation;

// The value of x at the real positions `at` of its spatial dims, by the mode's definition.
double cubic(double d) {
  constexpr double a = -0.75;
  d = std::fabs(d);
  if (d <= 1) return (a + 2) * d * d * d - (a + 3) * d * d + 1;
  return d < 2 ? a * d * d * d - 5 * a * d * d + 8 * a * d - 4 * a : 0;
}

std::function<Naive(const Naives&)> resized(const InterpolateOptions& options) {
  return [=](const Naives& in) {
    const Naive& x = in[0];
    const int spatial = x.shape.rank() - 2;
    Shape shape = x.shape;
    std::vector<double> ratios;
    for (int i = 0; i < spatial; ++i) {
      const auto n = static_cast<double>(x.shape[2 + i]);
      double ratio;
      if (options.size.given()) {
        const Shape& size = options.size.numbers();
        shape[2 + i] = size[size.rank() == 1 ? 0 : i];
        ratio = n / static_cast<double>(shape[2 + i]);
      } else {
        const double factor =
            options
                .scale_factor[options.scale_factor.size() == 1 ? 0 : static_cast<std::size_t>(i)];
        shape[2 + i] = static_cast<Index>(std::floor(n * factor));
        ratio = options.recompute_scale_factor ? n / static_cast<double>(shape[2 + i]) : 1 / factor;
      }
      if (options.align_corners)
        ratio = shape[2 + i] > 1 ? (n - 1) / static_cast<double>(shape[2 + i] - 1) : 0;
      ratios.push_back(ratio);
    }
    // How much element k of dim i counts for element o of the result.
    const auto weight = [&](int i, Index o, Index k) {
      const Index n = x.shape[2 + i];
      const double ratio = ratios[static_cast<std::size_t>(i)], to = static_cast<double>(o);
      const auto is = [&](double at) {
        return std::clamp<Index>(static_cast<Index>(std::floor(at)), 0, n - 1) == k ? 1.0 : 0.0;
      };
      if (options.mode == kNearest) return is(to * ratio);
      if (options.mode == kNearestExact) return is((to + 0.5) * ratio);
      if (options.mode == kArea) {
        const double first = std::floor(to * ratio), last = std::ceil((to + 1) * ratio);
        const auto at = static_cast<double>(k);
        return first <= at && at < last ? 1 / (last - first) : 0;
      }
      double at = options.align_corners ? to * ratio : (to + 0.5) * ratio - 0.5;
      double total = 0;
      if (options.mode == kBicubic) {
        for (Index j = -4; j < n + 4; ++j)
          if (std::clamp<Index>(j, 0, n - 1) == k) total += cubic(at - static_cast<double>(j));
        return total;
      }
      at = std::clamp(at, 0.0, static_cast<double>(n - 1));
      return std::max(0.0, 1 - std::fabs(at - static_cast<double>(k)));
    };
    Shape inside(x.shape.begin() + 2, x.shape.end());
    return tabulate(shape, [&](const Shape& to) {
      double sum = 0;
      for_each_index(inside, [&](const Shape& k) {
        double w = 1;
        Shape from = to;
        for (int i = 0; i < spatial; ++i) {
          w *= weight(i, to[2 + i], k[i]);
          from[2 + i] = k[i];
        }
        if (w != 0) sum += w * x(from);
      });
      return sum;
    });
  };
}

const std::vector<Shape> kSmallLines{{2, 3, 5}, {1, 1, 1}, {0, 2, 4}},
    kSmallPictures{{2, 2, 3, 5}, {1, 1, 1, 1}, {0, 1, 3, 3}, {1, 3, 6, 4}},
    kSmallVolumes{{1, 2, 3, 2, 4}};

OpCase resize(const std::string& variant, const std::string& torch,
              const InterpolateOptions& options, const std::vector<Shape>& shapes) {
  OpCase c;
  c.name = "interpolate" + variant;
  c.torch = "F.interpolate(x0, " + torch + ")";
  c.run = [=](const Tensors& x) { return interpolate(x[0], options); };
  c.reference = resized(options);
  c.samples = shaped(shapes);
  return c;
}

void add_interpolate(Rows& rows) {
  OpCase first = resize("", "scale_factor=2", {.scale_factor = {2}}, kSmallPictures);
  first.specials = {{{{1, 1, 2, 2}, {kNaN, kInf, -0.0, -1e4}}}};
  const auto call = [](const Shape& shape, const InterpolateOptions& options) {
    return [=] { interpolate(ones(shape), options); };
  };
  const Shape picture{1, 1, 4, 4};
  first.errors = {
      {call({4, 4}, {.size = 2}), "[interpolate] x (4, 4) must be (N, C, L), (N, C, H, W) or"},
      {call(picture, {}), "wants either size or scale_factor"},
      {call(picture, {.size = 2, .scale_factor = {2}}), "wants either size or scale_factor"},
      {call(picture, {.size = {2, 2, 2}}),
       "size (2, 2, 2) must be one number, or one for each of the 2"},
      {call(picture, {.size = 0}), "size=0 must be at least 1"},
      {call(picture, {.scale_factor = {0.1}}), "scale_factor=0.1 makes nothing of dim 2"},
      {call(picture, {.scale_factor = {1, 2, 3}}), "3 scale factors for 2 spatial dims"},
      {call(picture, {.size = 2, .mode = kLinear}),
       "mode linear wants 1 spatial dims, x (1, 1, 4, 4) has 2"},
      {call(picture, {.size = 2, .align_corners = true}),
       "align_corners does not suit mode nearest"},
      {call({1, 1, 0, 4}, {.size = 2}), "x (1, 1, 0, 4) has an empty spatial dim"},
      {[] {
         interpolate(ones({1, 1, 2}, int64), {.size = 2});
       },
       "wants float32 or float64"}};
  first.benchmarks = {{.inputs = {{{64, 16, 16, 16}}}, .bytes = 20.0 * 64 * 16 * 256}};
  rows.push_back(first);
  const auto add = [&](const std::string& variant, const std::string& torch,
                       const InterpolateOptions& options, const std::vector<Shape>& shapes) {
    rows.push_back(resize(variant, torch, options, shapes));
  };
  add("/nearest, smaller", "size=(2, 3)", {.size = {2, 3}}, kSmallPictures);
  add("/nearest, uneven", "scale_factor=(1.7, 2.6)", {.scale_factor = {1.7, 2.6}}, kSmallPictures);
  add("/nearest-exact", "size=8, mode='nearest-exact'", {.size = 8, .mode = kNearestExact},
      kSmallLines);
  add("/nearest, three dims", "size=(2, 3, 5)", {.size = {2, 3, 5}}, kSmallVolumes);
  add("/linear", "size=8, mode='linear'", {.size = 8, .mode = kLinear}, kSmallLines);
  add("/linear, smaller", "scale_factor=0.61, mode='linear'",
      {.scale_factor = {0.61}, .mode = kLinear}, {{2, 3, 5}, {1, 1, 4}});
  add("/linear, to one, aligned", "size=1, mode='linear', align_corners=True",
      {.size = 1, .mode = kLinear, .align_corners = true}, kSmallLines);
  OpCase bilinear = resize("/bilinear", "scale_factor=2, mode='bilinear'",
                           {.scale_factor = {2}, .mode = kBilinear}, kSmallPictures);
  bilinear.benchmarks = {{.inputs = {{{64, 16, 16, 16}}}, .bytes = 20.0 * 64 * 16 * 256}};
  rows.push_back(bilinear);
  add("/bilinear, aligned", "size=(4, 7), mode='bilinear', align_corners=True",
      {.size = {4, 7}, .mode = kBilinear, .align_corners = true}, kSmallPictures);
  add("/bilinear, recomputed", "scale_factor=1.7, mode='bilinear', recompute_scale_factor=True",
      {.scale_factor = {1.7}, .mode = kBilinear, .recompute_scale_factor = true}, kSmallPictures);
  add("/trilinear", "size=(4, 3, 2), mode='trilinear'", {.size = {4, 3, 2}, .mode = kTrilinear},
      kSmallVolumes);
  add("/bicubic", "size=(5, 8), mode='bicubic'", {.size = {5, 8}, .mode = kBicubic},
      kSmallPictures);
  add("/bicubic, aligned", "size=(5, 2), mode='bicubic', align_corners=True",
      {.size = {5, 2}, .mode = kBicubic, .align_corners = true}, kSmallPictures);
  add("/area", "size=(2, 4), mode='area'", {.size = {2, 4}, .mode = kArea}, kSmallPictures);
}
}  // namespace

Rows layers_interpolate_cases() {
  Rows rows;
  add_interpolate(rows);
  return rows;
}

}  // namespace tinygrad::test
