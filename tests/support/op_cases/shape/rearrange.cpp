// SPDX-License-Identifier: MIT
// Rows for ops/shape/rearrange.hpp.
#include <algorithm>
#include <cmath>
#include <limits>

#include "support/op_cases.hpp"
#include "support/picture_rows.hpp"
#include "support/rearrange_rows.hpp"

namespace tinygrad::test {

namespace {
// y[i] = x[where(i, x.shape)], in the shape that `sized` makes of x's.
Reference moved(Shape (*sized)(const Shape&), Shape (*where)(Shape, const Shape&)) {
  return [=](const Naives& x) {
    return tabulate(sized(x[0].shape), [&](const Shape& i) { return x[0](where(i, x[0].shape)); });
  };
}

Shape unchanged(const Shape& s) { return s; }

Index wrapped(Index i, Index n) { return (i % n + n) % n; }

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
  up.samples = shaped({{2, 8, 3, 2}, {4, 1, 1}, {2, 1, 4, 3, 5}});
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
    c.samples = shaped({shape});
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
  down.samples = shaped({{2, 3, 6, 4}, {1, 2, 2}});
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
  deal.samples = shaped({{2, 6, 2, 2}, {1, 3, 4}, {0, 3, 2, 2}});
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
}  // namespace

Rows shape_rearrange_cases() {
  Rows rows;
  const BenchSample square{.inputs = {{{1024, 1024}}}, .bytes = 8 * kMiB};
  const std::vector<Given> odd = {{{2, 3}, {NAN, -0.0, INFINITY, 1, -INFINITY, 2}}};

  OpCase rolled =
      row("roll", "torch.roll(x0, 2, 1)", [](const Tensors& x) { return roll(x[0], 2, 1); },
          moved(unchanged,
                [](Shape i, const Shape& s) {
                  i[1] = wrapped(i[1] - 2, s[1]);
                  return i;
                }),
          {{{{3, 5}}}, {{{2, 1}}}, {{{2, 2}}}, {{{2, 3, 4}}}, {{{2, 0}}}, {{{0, 3}}}});
  rolled.specials = {odd};
  rolled.errors = {{[] { roll(ones({3}), 1, 1); }, "[roll] dims=1 is out of range for rank 1"},
                   {[] {
                      roll(ones({3}), {1, 2}, {0});
                    },
                    "[roll] shifts (1, 2) and dims (0) must be as many"},
                   {[] {
                      roll(ones({3}), {1, 2});
                    },
                    "shifts (1, 2) without dims must be one"}};
  rolled.benchmarks = {square};
  rows.push_back(rolled);
  rows.push_back(row("roll/dims", "torch.roll(x0, (-1, 7), (0, -1))",
                     [](const Tensors& x) {
                       return roll(x[0], {-1, 7}, {0, -1});
                     },
                     moved(unchanged,
                           [](Shape i, const Shape& s) {
                             const int last = s.rank() - 1;
                             i[0] = wrapped(i[0] + 1, s[0]);
                             i[last] = wrapped(i[last] - 7, s[last]);
                             return i;
                           }),
                     {{{{3, 5}}}, {{{4, 2, 3}}}, {{{1, 1}}}, {{{5}}}}));
  rows.push_back(row(
      "roll/flat", "torch.roll(x0, 4)", [](const Tensors& x) { return roll(x[0], {4}); },
      [](const Naives& x) {
        Naive y(x[0].shape);
        for (Index i = 0; i < y.count(); ++i) y[(i + 4) % y.count()] = x[0][i];
        return y;
      },
      {{{{3, 5}}}, {{{}}}, {{{7}}}, {{{0}}}}));

  OpCase flipped = row("flip", "torch.flip(x0, (0, -1))",
                       [](const Tensors& x) {
                         return flip(x[0], {0, -1});
                       },
                       moved(unchanged,
                             [](Shape i, const Shape& s) {
                               const int last = s.rank() - 1;
                               i[0] = s[0] - 1 - i[0];
                               i[last] = s[last] - 1 - i[last];
                               return i;
                             }),
                       {{{{3, 5}}}, {{{2, 3, 4}}}, {{{1, 1}}}, {{{0, 3}}}, {{{2, 2, 0}}}});
  flipped.specials = {odd};
  flipped.errors = {{[] {
                       flip(ones({2, 3}), {1, -1});
                     },
                     "[flip] dims (1, -1) names dim 1 twice"},
                    {[] {
                       flip(ones({2, 3}), {2});
                     },
                     "dims=2 is out of range"}};
  flipped.benchmarks = {square};
  rows.push_back(flipped);
  rows.push_back(row("flip/one", "torch.flip(x0, (1,))",
                     [](const Tensors& x) { return flip(x[0], {1}); },
                     moved(unchanged,
                           [](Shape i, const Shape& s) {
                             i[1] = s[1] - 1 - i[1];
                             return i;
                           }),
                     {{{{3, 5}}}, {{{2, 3, 4}}}}));

  OpCase repeated = row(
      "repeat", "x0.repeat(3, 1, 2)",
      [](const Tensors& x) {
        return repeat(x[0], {3, 1, 2});
      },
      [](const Naives& x) {
        Shape s = x[0].shape;
        while (s.rank() < 3) s.insert(0, 1);
        const Naive full = in_shape(x[0], s);
        return tabulate({3 * s[0], s[1], 2 * s[2]}, [&](const Shape& i) {
          return full({i[0] % s[0], i[1], i[2] % s[2]});
        });
      },
      {{{{2, 3, 2}}}, {{{2, 3}}}, {{{3}}}, {{{}}}, {{{1, 0, 2}}}});
  repeated.specials = {odd};
  repeated.errors = {{[] {
                        repeat(ones({2, 3}), {2});
                      },
                      "[repeat] repeats (2) must name every dim of x (2, 3)"},
                     {[] { repeat(ones({2}), {-1}); }, "repeats (-1) must not be negative"}};
  repeated.benchmarks = {{.inputs = {{{64, 32, 32}}}, .bytes = 4.0 * 65536 * 7}};
  rows.push_back(repeated);
  rows.push_back(row(
      "repeat/none", "x0.repeat(2, 0)",
      [](const Tensors& x) {
        return repeat(x[0], {2, 0});
      },
      [](const Naives& x) {
        return Naive({2 * x[0].shape[0], 0});
      },
      {{{{2, 3}}}}));
  OpCase tiled = row(
      "tile", "torch.tile(x0, (2,))", [](const Tensors& x) { return tile(x[0], {2}); },
      [](const Naives& x) {
        Shape s = x[0].shape;
        if (s.rank() == 0) s.push_back(1);
        Shape to = s;
        to[to.rank() - 1] *= 2;
        const Naive full = in_shape(x[0], s);
        return tabulate(to, [&](Shape i) {
          i[i.rank() - 1] %= s.back();
          return full(i);
        });
      },
      {{{{2, 3}}}, {{{}}}, {{{1}}}, {{{2, 0}}}, {{{2, 1, 3}}}});
  tiled.errors = {{[] { tile(ones({2}), {-2}); }, "[tile] dims (-2) must not be negative"}};
  tiled.benchmarks = {{.inputs = {{{1024, 512}}}, .bytes = 6 * kMiB}};
  rows.push_back(tiled);

  OpCase interleaved = row(
      "repeat_interleave", "torch.repeat_interleave(x0, 3)",
      [](const Tensors& x) { return repeat_interleave(x[0], 3); },
      [](const Naives& x) {
        return tabulate({3 * x[0].count()}, [&](const Shape& i) { return x[0][i[0] / 3]; });
      },
      {{{{2, 3}}}, {{{}}}, {{{5}}}, {{{0}}}});
  interleaved.specials = {odd};
  interleaved.errors = {
      {[] { repeat_interleave(ones({2}), -1); },
       "[repeat_interleave] repeats=-1 must not be negative"},
      {[] {
         repeat_interleave(ones({2}), tensor({1, 2, 3}, int64), 0);
       },
       "repeats (3) must hold a number for each of the 2 elements of dim 0 of x (2)"},
      {[] {
         repeat_interleave(ones({2}), tensor({1, -2}, int64), 0);
       },
       "repeats holds -2 at 1; it must not be negative"},
      {[] { repeat_interleave(ones({2}), ones({2}), 0); }, "repeats is float32, it must be int64"}};
  interleaved.benchmarks = {{.inputs = {{{512, 1024}}}, .bytes = 8 * kMiB}};
  rows.push_back(interleaved);
  rows.push_back(row(
      "repeat_interleave/dim", "torch.repeat_interleave(x0, 2, -2)",
      [](const Tensors& x) { return repeat_interleave(x[0], 2, -2); },
      [](const Naives& x) {
        const int dim = x[0].shape.rank() - 2;
        Shape s = x[0].shape;
        s[dim] *= 2;
        return tabulate(s, [&](Shape i) {
          i[dim] /= 2;
          return x[0](i);
        });
      },
      {{{{2, 3}}}, {{{4, 2, 3}}}, {{{0, 3}}}}));
  rows.push_back(row(
      "repeat_interleave/each", "torch.repeat_interleave(x0, torch.tensor([2, 0, 3]), 1)",
      [](const Tensors& x) {
        return repeat_interleave(x[0], tensor({2, 0, 3}, int64), 1);
      },
      [](const Naives& x) {
        const Index from[] = {0, 0, 2, 2, 2};
        Shape s = x[0].shape;
        s[1] = 5;
        return tabulate(s, [&](Shape i) {
          i[1] = from[i[1]];
          return x[0](i);
        });
      },
      {{{{2, 3}}}, {{{2, 3, 4}}}, {{{0, 3}}}}));

  OpCase moving = row("movedim", "torch.movedim(x0, (0, 1), (-1, 0))",
                      [](const Tensors& x) {
                        return movedim(x[0], {0, 1}, {-1, 0});
                      },
                      moved(
                          [](const Shape& s) {
                            return Shape{s[1], s[2], s[0]};
                          },
                          [](Shape i, const Shape&) {
                            return Shape{i[2], i[0], i[1]};
                          }),
                      {{{{2, 3, 4}}}, {{{1, 3, 1}}}, {{{2, 0, 3}}}});
  moving.errors = {{[] {
                      movedim(ones({2, 3}), {0, 1}, {0});
                    },
                    "[movedim] source (0, 1) and destination (0) must be as many"},
                   {[] {
                      movedim(ones({2, 3}), {0, -2}, {0, 1});
                    },
                    "source (0, -2) names dim 0 twice"}};
  moving.benchmarks = {{.inputs = {{{64, 64, 256}}}, .bytes = 8 * kMiB}};
  rows.push_back(moving);
  rows.push_back(row("movedim/one", "torch.movedim(x0, -1, 1)",
                     [](const Tensors& x) { return movedim(x[0], -1, 1); },
                     moved(
                         [](const Shape& s) {
                           return Shape{s[0], s[3], s[1], s[2]};
                         },
                         [](Shape i, const Shape&) {
                           return Shape{i[0], i[2], i[3], i[1]};
                         }),
                     {{{{2, 3, 4, 5}}}}));
  const std::pair<const char*, Tensor (*)(const Tensor&, Index, Index, At)> swaps[] = {
      {"swapaxes", swapaxes}, {"swapdims", swapdims}};
  for (const auto& [name, swap] : swaps) {
    OpCase c = row(name, str_cat("torch.", name, "(x0, 0, -1)").c_str(),
                   [f = swap](const Tensors& x) { return f(x[0], 0, -1, At::here()); },
                   moved(
                       [](const Shape& s) {
                         Shape t = s;
                         std::swap(t[0], t[t.rank() - 1]);
                         return t;
                       },
                       [](Shape i, const Shape&) {
                         std::swap(i[0], i[i.rank() - 1]);
                         return i;
                       }),
                   {{{{2, 3}}}, {{{2, 3, 4}}}, {{{5}}}, {{{0, 2}}}});
    c.errors = {{[f = swap] { f(ones({2}), 0, 1, At::here()); }, "dim=1 is out of range"}};
    c.benchmarks = {square};
    rows.push_back(c);
  }

  OpCase unflat = row(
      "unflatten", "torch.unflatten(x0, -1, (2, -1))",
      [](const Tensors& x) {
        return unflatten(x[0], -1, {2, -1});
      },
      [](const Naives& x) {
        Shape s(x[0].shape.begin(), x[0].shape.end() - 1);
        s.push_back(2);
        s.push_back(x[0].shape.back() / 2);
        return in_shape(x[0], s);
      },
      {{{{6}}}, {{{3, 2}}}, {{{0, 4}}}});
  unflat.errors = {{[] {
                      unflatten(ones({2, 6}), 1, {4, -1});
                    },
                    "[unflatten] sizes (4, -1) do not multiply to 6, dim 1 of x (2, 6)"},
                   {[] {
                      unflatten(ones({6}), 0, {2, 2});
                    },
                    "do not multiply to 6"}};
  unflat.benchmarks = {{.inputs = {{{1024, 24}}}}};
  rows.push_back(unflat);
  const struct {
    Index k;
    Shape (*sized)(const Shape&);
    Shape (*where)(Shape, const Shape&);
  } turns[] = {{1,
                [](const Shape& s) {
                  return Shape{s[1], s[0]};
                },
                [](Shape i, const Shape& s) {
                  return Shape{i[1], s[1] - 1 - i[0]};
                }},
               {2, unchanged,
                [](Shape i, const Shape& s) {
                  return Shape{s[0] - 1 - i[0], s[1] - 1 - i[1]};
                }},
               {-1,
                [](const Shape& s) {
                  return Shape{s[1], s[0]};
                },
                [](Shape i, const Shape& s) {
                  return Shape{s[0] - 1 - i[1], i[0]};
                }},
               {4, unchanged, [](Shape i, const Shape&) { return i; }}};
  for (const auto& t : turns) {
    OpCase c = row((t.k == 1 ? std::string("rot90") : str_cat("rot90/", t.k)).c_str(),
                   str_cat("torch.rot90(x0, ", t.k, ")").c_str(),
                   [k = t.k](const Tensors& x) { return rot90(x[0], k); }, moved(t.sized, t.where),
                   {{{{2, 3}}}, {{{4, 4}}}, {{{1, 3}}}, {{{0, 2}}}});
    if (t.k == 1) {
      c.errors = {{[] {
                     rot90(ones({2, 3}), 1, {0});
                   },
                   "[rot90] dims (0) must be two dims"},
                  {[] {
                     rot90(ones({2, 3}), 1, {0, -2});
                   },
                   "names dim 0 twice"}};
      c.benchmarks = {square};
    }
    rows.push_back(c);
  }
  rows.push_back(row("rot90/dims", "torch.rot90(x0, 1, (2, 0))",
                     [](const Tensors& x) {
                       return rot90(x[0], 1, {2, 0});
                     },
                     moved(
                         [](const Shape& s) {
                           return Shape{s[2], s[1], s[0]};
                         },
                         [](Shape i, const Shape& s) {
                           return Shape{s[0] - 1 - i[2], i[1], i[0]};
                         }),
                     {{{{2, 3, 4}}}}));

  for (const bool pictures : {false, true}) {
    const auto grid = [pictures](const Tensors& x) {
      const auto parts = meshgrid(x, pictures ? "xy" : "ij");
      return add(mul(parts[0], 2), parts[1]);
    };
    OpCase c = row(pictures ? "meshgrid/xy" : "meshgrid",
                   pictures ? "(lambda g: 2 * g[0] + g[1])(torch.meshgrid(x0, x1, indexing='xy'))"
                            : "(lambda g: 2 * g[0] + g[1])(torch.meshgrid(x0, x1, indexing='ij'))",
                   grid,
                   [pictures](const Naives& x) {
                     const Index m = x[0].count(), n = x[1].count();
                     return tabulate(pictures ? Shape{n, m} : Shape{m, n}, [&](const Shape& i) {
                       return 2 * x[0][i[pictures ? 1 : 0]] + x[1][i[pictures ? 0 : 1]];
                     });
                   },
                   {{{{3}}, {{4}}}, {{{1}}, {{2}}}, {{{}}, {{3}}}, {{{0}}, {{3}}}});
    if (!pictures) {
      c.errors = {{[] { meshgrid({ones({2})}, "yx"); },
                   "[meshgrid] indexing \"yx\" must be \"ij\" or \"xy\""},
                  {[] {
                     meshgrid({ones({2}), ones({2, 3})});
                   },
                   "tensor 1 is (2, 3); it must be a vector or a scalar"},
                  {[] { meshgrid({}); }, "[meshgrid] needs at least one tensor"}};
      c.benchmarks = {{.inputs = {{{1024}}, {{1024}}}, .bytes = 16 * kMiB}};
    }
    rows.push_back(c);
  }
  add_shuffles(rows);
  return rows;
}

}  // namespace tinygrad::test
