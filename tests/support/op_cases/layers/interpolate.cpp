// SPDX-License-Identifier: MIT
// Rows for ops/layers/interpolate.hpp.
#include <algorithm>
#include <cmath>
#include <limits>

#include "support/op_cases.hpp"
#include "support/picture_rows.hpp"

namespace tinygrad::test {

namespace {
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
