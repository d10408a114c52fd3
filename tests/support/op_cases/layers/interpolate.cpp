// SPDX-License-Identifier: MIT
// Rows for ops/layers/interpolate.hpp.
#include <algorithm>
#include <cmath>
#include <limits>

#include "support/op_cases.hpp"

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

std::vector<std::vector<Input>> of(const std::vector<Shape>& shapes) {
  std::vector<std::vector<Input>> out;
  for (const Shape& shape : shapes) out.push_back({{shape}});
  return out;
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
  c.samples = of(shapes);
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

void add_shuffles(Rows& rows) {
  // y[…] = x[from(…)]
  const auto moved = [](const std::function<Shape(Shape)>& sizes,
                        const std::function<Shape(const Shape&, const Shape&)>& from) {
    return [=](const Naives& in) {
      const Shape& shape = in[0].shape;
      return tabulate(sizes(shape), [&](const Shape& to) { return in[0](from(to, shape)); });
    };
  };
  OpCase up;
  up.name = "pixel_shuffle";
  up.torch = "F.pixel_shuffle(x0, 2)";
  up.run = [](const Tensors& x) { return pixel_shuffle(x[0], 2); };
  up.reference = moved(
      [](Shape s) {
        const int c = s.rank() - 3;
        s[c] /= 4, s[c + 1] *= 2, s[c + 2] *= 2;
        return s;
      },
      [](Shape i, const Shape&) {
        const int c = i.rank() - 3;
        i[c] = 4 * i[c] + 2 * (i[c + 1] % 2) + i[c + 2] % 2;
        i[c + 1] /= 2, i[c + 2] /= 2;
        return i;
      });
  up.samples = of({{2, 8, 3, 2}, {4, 1, 1}, {2, 1, 4, 3, 5}});
  up.errors = {{[] {
                  pixel_shuffle(ones({6, 2, 2}), 2);
                },
                "[pixel_shuffle] the square of upscale_factor=2 must divide the 6 channels"},
               {[] {
                  pixel_shuffle(ones({4, 2}), 2);
                },
                "x (4, 2) must be (…, C, H, W)"},
               {[] {
                  pixel_shuffle(ones({4, 2, 2}), 0);
                },
                "upscale_factor=0 must be at least 1"}};
  up.benchmarks = {{.inputs = {{{64, 16, 16, 16}}}, .bytes = 8.0 * 64 * 16 * 256}};
  rows.push_back(up);
  const auto empty = [&](const OpCase& like, const Shape& shape) {
    OpCase c = like;
    c.name += "/empty";
    c.torch = {};  // PyTorch gives no samples a gradient of the wrong shape
    c.samples = of({shape});
    c.errors.clear();
    c.benchmarks.clear();
    rows.push_back(c);
  };
  empty(up, {0, 4, 2, 2});

  OpCase down;
  down.name = "pixel_unshuffle";
  down.torch = "F.pixel_unshuffle(x0, 2)";
  down.run = [](const Tensors& x) { return pixel_unshuffle(x[0], 2); };
  down.reference = moved(
      [](Shape s) {
        const int c = s.rank() - 3;
        s[c] *= 4, s[c + 1] /= 2, s[c + 2] /= 2;
        return s;
      },
      [](Shape i, const Shape&) {
        const int c = i.rank() - 3;
        i[c + 1] = 2 * i[c + 1] + i[c] % 4 / 2;
        i[c + 2] = 2 * i[c + 2] + i[c] % 2;
        i[c] /= 4;
        return i;
      });
  down.samples = of({{2, 3, 6, 4}, {1, 2, 2}});
  down.errors = {
      {[] {
         pixel_unshuffle(ones({1, 3, 4}), 2);
       },
       "[pixel_unshuffle] downscale_factor=2 must divide height and width of x (1, 3, 4)"},
      {[] {
         pixel_unshuffle(ones({4, 2}), 2);
       },
       "x (4, 2) must be (…, C, H, W)"},
      {[] {
         pixel_unshuffle(ones({4, 2, 2}), -1);
       },
       "downscale_factor=-1 must be"}};
  down.benchmarks = {{.inputs = {{{64, 4, 32, 32}}}, .bytes = 8.0 * 64 * 4 * 1024}};
  rows.push_back(down);
  empty(down, {0, 1, 2, 2});

  OpCase deal;
  deal.name = "channel_shuffle";
  deal.torch = "F.channel_shuffle(x0, 3)";
  deal.run = [](const Tensors& x) { return channel_shuffle(x[0], 3); };
  deal.reference = moved([](const Shape& s) { return s; },
                         [](Shape i, const Shape& s) {
                           i[1] = i[1] % 3 * (s[1] / 3) + i[1] / 3;
                           return i;
                         });
  deal.samples = of({{2, 6, 2, 2}, {1, 3, 4}, {0, 3, 2, 2}});
  deal.errors = {{[] {
                    channel_shuffle(ones({2, 4, 2}), 3);
                  },
                  "[channel_shuffle] groups=3 must divide the 4 channels"},
                 {[] {
                    channel_shuffle(ones({2, 3}), 3);
                  },
                  "x (2, 3) must have dims N, C and more"}};
  deal.benchmarks = {{.inputs = {{{64, 24, 16, 16}}}, .bytes = 8.0 * 64 * 24 * 256}};
  rows.push_back(deal);
}

void add_windows(Rows& rows) {
  struct Windows {
    Shape kernel, dilation, padding, stride;
    Index count(int i, Index n) const {
      return (n + 2 * padding[i] - dilation[i] * (kernel[i] - 1) - 1) / stride[i] + 1;
    }
  };
  // Calls f(picture index, column index, inside) for each element of each window.
  const auto each = [](const Windows& w, const Shape& pictures, auto f) {
    const Index h = pictures[2], oh = w.count(0, h), ow = w.count(1, pictures[3]);
    for_each_index(
        {pictures[0], pictures[1], w.kernel[0], w.kernel[1], oh, ow}, [&](const Shape& i) {
          const Index y = i[4] * w.stride[0] - w.padding[0] + i[2] * w.dilation[0];
          const Index x = i[5] * w.stride[1] - w.padding[1] + i[3] * w.dilation[1];
          if (y < 0 || y >= h || x < 0 || x >= pictures[3]) return;
          f(Shape{i[0], i[1], y, x},
            Shape{i[0], (i[1] * w.kernel[0] + i[2]) * w.kernel[1] + i[3], i[4] * ow + i[5]});
        });
  };
  const auto add = [&](const std::string& variant, const std::string& torch, const Windows& w,
                       const PerDim& kernel, const UnfoldOptions& options,
                       const std::vector<Shape>& pictures) {
    OpCase c;
    c.name = "unfold/" + variant;
    c.torch = "F.unfold(x0, " + torch + ")";
    c.run = [=](const Tensors& x) { return unfold(x[0], kernel, options); };
    c.reference = [=](const Naives& in) {
      Naive x = in[0];
      const bool single = x.shape.rank() == 3;
      if (single) x.shape.insert(0, 1);
      Naive y(Shape{x.shape[0], x.shape[1] * w.kernel.count(),
                    w.count(0, x.shape[2]) * w.count(1, x.shape[3])});
      each(w, x.shape, [&](const Shape& from, const Shape& to) { y(to) = x(from); });
      if (single) y.shape.erase(0);
      return y;
    };
    c.samples = of(pictures);
    if (variant == "pictures") {
      const auto call = [](const Shape& shape, const PerDim& size, const UnfoldOptions& o) {
        return [=] { unfold(ones(shape), size, o); };
      };
      c.errors = {{call({4, 4}, 2, {}), "[unfold] x (4, 4) must be (N, C, H, W) or (C, H, W)"},
                  {call({1, 4, 4}, 5, {}),
                   "a window of 5 is larger than a picture of (4, 4) with padding 0"},
                  {call({1, 4, 4}, 2, {.stride = 0}), "stride=0 must be at least 1"},
                  {call({1, 4, 4}, {2, 2, 2}, {}), "kernel_size (2, 2, 2) must be one number"}};
      c.benchmarks = {{.inputs = {{{16, 16, 16, 16}}}, .bytes = 40.0 * 16 * 16 * 256}};
    }
    rows.push_back(c);

    OpCase back;
    back.name = variant == "pictures" ? "fold" : "fold/" + variant;
    const Shape size(pictures[0].end() - 2, pictures[0].end());
    back.torch = "F.fold(x0, " + to_string(size) + ", " + torch + ")";
    back.run = [=](const Tensors& x) { return fold(x[0], size, kernel, options); };
    back.reference = [=](const Naives& in) {
      Naive y = in[0];
      const bool single = y.shape.rank() == 2;
      if (single) y.shape.insert(0, 1);
      Naive x(Shape{y.shape[0], y.shape[1] / w.kernel.count(), size[0], size[1]});
      each(w, x.shape, [&](const Shape& to, const Shape& from) { x(to) += y(from); });
      if (single) x.shape.erase(0);
      return x;
    };
    const Index columns = w.count(0, size[0]) * w.count(1, size[1]), rows_each = w.kernel.count();
    back.samples = of({{2, 3 * rows_each, columns}, {rows_each, columns}, {0, rows_each, columns}});
    if (variant == "pictures") {
      const auto call = [](const Shape& shape, const PerDim& picture) {
        return [=] { fold(ones(shape), picture, 2); };
      };
      back.errors = {
          {call({4}, 3), "[fold] x (4) must be (N, C·KH·KW, OH·OW)"},
          {call({5, 4}, 3), "the 4 elements of a window must divide dim 0 of x (5, 4)"},
          {call({4, 5}, 3), "x (4, 5) has 5 columns; output_size (3, 3) has 2 by 2 windows"},
          {call({4, 4}, 1), "a window of 2 is larger than a picture of (1, 1)"}};
      back.benchmarks = {{.inputs = {{{16, 16 * rows_each, columns}}}}};
    }
    rows.push_back(back);
  };
  add("pictures", "(2, 3)", {{2, 3}, {1, 1}, {0, 0}, {1, 1}}, {2, 3}, {},
      {{2, 3, 4, 5}, {1, 2, 3}, {0, 2, 3, 3}});
  add("pictures, all options", "(3, 2), (2, 1), (2, 1), (3, 2)", {{3, 2}, {2, 1}, {2, 1}, {3, 2}},
      {3, 2}, {.dilation = {2, 1}, .padding = {2, 1}, .stride = {3, 2}},
      {{2, 3, 6, 5}, {1, 1, 1}, {0, 2, 3, 3}});
}
}  // namespace

Rows layers_interpolate_cases() {
  Rows rows;
  add_interpolate(rows);
  add_shuffles(rows);
  add_windows(rows);
  return rows;
}

}  // namespace tinygrad::test
