// SPDX-License-Identifier: MIT
// Rows for ops/layers/fold.hpp.
#include <algorithm>
#include <cmath>
#include <limits>

#include "support/op_cases.hpp"
#include "support/picture_rows.hpp"
#include "support/rearrange_rows.hpp"

namespace tinygrad::test {

namespace {
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
    c.samples = shaped(pictures);
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
    back.samples =
        shaped({{2, 3 * rows_each, columns}, {rows_each, columns}, {0, rows_each, columns}});
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

Rows layers_fold_cases() {
  Rows rows;
  const std::vector<Given> odd = {{{2, 3}, {NAN, -0.0, INFINITY, 1, -INFINITY, 2}}};

  OpCase windows = row(
      "unfold", "x0.unfold(-1, 3, 2)", [](const Tensors& x) { return unfold(x[0], -1, 3, 2); },
      [](const Naives& x) {
        Shape s = x[0].shape;
        const int last = s.rank() - 1;
        s[last] = (s[last] - 3) / 2 + 1;
        s.push_back(3);
        return tabulate(s, [&](const Shape& i) {
          Shape from(i.begin(), i.end() - 1);
          from[last] = 2 * i[last] + i[last + 1];
          return x[0](from);
        });
      },
      {{{{7}}}, {{{3}}}, {{{2, 8}}}, {{{0, 5}}}});
  windows.specials = {odd};
  windows.errors = {{[] { unfold(ones({3}), 0, 4, 1); },
                     "[unfold] size=4 must be at least 0 and at most 3, dim 0 of x (3)"},
                    {[] { unfold(ones({3}), 0, 2, 0); }, "step=0 must be at least 1"}};
  windows.benchmarks = {{.inputs = {{{64, 16384}}}, .bytes = 4 * kMiB * 2.5}};
  rows.push_back(windows);
  rows.push_back(row(
      "unfold/dim 0", "x0.unfold(0, 2, 1)", [](const Tensors& x) { return unfold(x[0], 0, 2, 1); },
      [](const Naives& x) {
        const Shape& s = x[0].shape;
        return tabulate({s[0] - 1, s[1], 2}, [&](const Shape& i) {
          return x[0]({i[0] + i[2], i[1]});
        });
      },
      {{{{4, 3}}}, {{{2, 1}}}, {{{3, 0}}}}));
  rows.push_back(row(
      "unfold/gaps", "x0.unfold(1, 1, 3)", [](const Tensors& x) { return unfold(x[0], 1, 1, 3); },
      [](const Naives& x) {
        const Shape& s = x[0].shape;
        return tabulate({s[0], (s[1] - 1) / 3 + 1, 1}, [&](const Shape& i) {
          return x[0]({i[0], 3 * i[1]});
        });
      },
      {{{{2, 8}}}, {{{2, 1}}}}));
  add_windows(rows);
  return rows;
}

}  // namespace tinygrad::test
