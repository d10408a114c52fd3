// SPDX-License-Identifier: MIT
// Rows for ops/shape/movement.hpp.
#include <cmath>

#include "support/rearrange_rows.hpp"

namespace tinygrad::test {

namespace {
// The same values in another shape.
std::function<Naive(const Naives&)> in_shape(const Shape& shape) {
  return [shape](const Naives& x) {
    Naive out(shape);
    out.values = x[0].values;
    return out;
  };
}

// y[index] = x[where(index)], in `shape`.
std::function<Naive(const Naives&)> moved(const Shape& shape, Shape (*where)(const Shape&)) {
  return [=](const Naives& x) {
    return tabulate(shape, [&](const Shape& i) { return x[0](where(i)); });
  };
}
}  // namespace

Rows shape_movement_cases() {
  Rows rows;
  const BenchSample square{.inputs = {{{1024, 1024}}}, .bytes = 8 * kMiB};
  rows.push_back({.name = "reshape",
                  .torch = "x0.reshape(4, -1)",
                  .run =
                      [](const Tensors& x) {
                        return reshape(x[0], {4, -1});
                      },
                  .reference = in_shape({4, 6}),
                  .samples = {{{{2, 3, 4}}}, {{{24}}}},
                  .errors = {{[] {
                                reshape(ones({2, 3}), {4, 2});
                              },
                              "[reshape] cannot make (4, 2) from x (2, 3): 8 elements are not 6"},
                             {[] {
                                reshape(ones({2, 3}), {-1, -1});
                              },
                              "more than one -1"},
                             {[] {
                                reshape(ones({2, 3}), {4, -1});
                              },
                              "6 elements do not divide by 4"},
                             {[] {
                                reshape(ones({0}), {0, -1});
                              },
                              "0 elements do not divide by 0"},
                             {[] { reshape(ones({2}), {-2}); }, "negative size in shape (-2)"}}});
  rows.push_back({.name = "reshape/empty",
                  .torch = "x0.reshape(3, 0)",  // PyTorch refuses a -1 beside a 0
                  .run =
                      [](const Tensors& x) {
                        return reshape(x[0], {3, -1});
                      },
                  .reference = in_shape({3, 0}),
                  .samples = {{{{0, 2}}}}});
  rows.push_back({.name = "flatten",
                  .torch = "torch.flatten(x0, 1, -2)",
                  .run = [](const Tensors& x) { return flatten(x[0], 1, -2); },
                  .reference = in_shape({2, 12, 2}),
                  .samples = {{{{2, 3, 4, 2}}}},
                  .errors = {{[] {
                                flatten(ones({2, 3}), 1, 0);
                              },
                              "[flatten] start_dim=1 comes after end_dim=0"},
                             {[] {
                                flatten(ones({2, 3}), 2);
                              },
                              "start_dim=2 is out of range for rank 2"}}});
  rows.push_back({.name = "flatten/all",
                  .torch = "torch.flatten(x0)",
                  .run = [](const Tensors& x) { return flatten(x[0]); },
                  .reference = [](const Naives& x) { return in_shape({x[0].count()})(x); },
                  .samples = {{{{2, 3}}}, {{{}}}, {{{2, 0}}}, {{{5}}}}});
  rows.push_back({.name = "squeeze",
                  .torch = "torch.squeeze(x0)",
                  .run = [](const Tensors& x) { return squeeze(x[0]); },
                  .reference = in_shape({2, 3}),
                  .samples = {{{{1, 2, 1, 3}}}, {{{2, 3}}}},
                  .errors = {{[] {
                                squeeze(ones({1, 3}), 2);
                              },
                              "[squeeze] dim=2 is out of range"}}});
  rows.push_back({.name = "squeeze/dim",
                  .torch = "torch.squeeze(x0, -2)",
                  .run = [](const Tensors& x) { return squeeze(x[0], -2); },
                  .reference =
                      [](const Naives& x) {
                        return in_shape(x[0].shape[2] == 1 ? Shape{1, 2, 3} : x[0].shape)(x);
                      },
                  .samples = {{{{1, 2, 1, 3}}}, {{{1, 1, 2, 3}}}}});
  rows.push_back({.name = "unsqueeze",
                  .torch = "torch.unsqueeze(x0, -2)",
                  .run = [](const Tensors& x) { return unsqueeze(x[0], -2); },
                  .reference = in_shape({3, 1, 5}),
                  .samples = {{{{3, 5}}}},
                  .errors = {{[] { unsqueeze(ones({3}), 2); }, "[unsqueeze] dim=2 is out of range"},
                             {[] {
                                unsqueeze(ones({1, 1, 1, 1, 1, 1, 1, 1}), 0);
                              },
                              "a tensor has at most 8 dims"}}});
  rows.push_back({.name = "permute",
                  .torch = "torch.permute(x0, (2, 0, -2))",
                  .run =
                      [](const Tensors& x) {
                        return permute(x[0], {2, 0, -2});
                      },
                  .reference =
                      [](const Naives& x) {
                        const Shape& s = x[0].shape;
                        return moved({s[2], s[0], s[1]}, [](const Shape& i) {
                          return Shape{i[1], i[2], i[0]};
                        })(x);
                      },
                  .samples = {{{{3, 4, 5}}}, {{{17, 2, 33}}}, {{{1, 4, 1}}}, {{{2, 0, 3}}}},
                  .errors = {{[] {
                                permute(ones({2, 3}), {0});
                              },
                              "[permute] dims (0) must name every dim of x (2, 3) once"},
                             {[] {
                                permute(ones({2, 3}), {1, -1});
                              },
                              "dims (1, -1) names dim 1 twice"},
                             {[] {
                                permute(ones({2, 3}), {0, 2});
                              },
                              "dims=2 is out of range"}}});
  rows.push_back({.name = "permute/nhwc",
                  .torch = "torch.permute(x0, (0, 2, 3, 1))",
                  .run =
                      [](const Tensors& x) {
                        return permute(x[0], {0, 2, 3, 1});
                      },
                  .reference =
                      [](const Naives& x) {
                        const Shape& s = x[0].shape;
                        return moved({s[0], s[2], s[3], s[1]}, [](const Shape& i) {
                          return Shape{i[0], i[3], i[1], i[2]};
                        })(x);
                      },
                  .samples = {{{{2, 3, 4, 5}}}},
                  .benchmarks = {{.inputs = {{{64, 50, 32, 32}}}, .bytes = 8.0 * 64 * 50 * 1024}}});
  rows.push_back({.name = "transpose",
                  .torch = "torch.transpose(x0, 0, -1)",
                  .run = [](const Tensors& x) { return transpose(x[0], 0, -1); },
                  .reference =
                      [](const Naives& x) {
                        const Shape& s = x[0].shape;
                        return s.rank() == 1 ? x[0] : moved({s[1], s[0]}, [](const Shape& i) {
                          return Shape{i[1], i[0]};
                        })(x);
                      },
                  .samples = {{{{3, 4}}}, {{{33, 17}}}, {{{5}}}, {{{1, 4}}}, {{{0, 4}}}},
                  .errors = {{[] {
                                transpose(ones({2, 3}), 0, 2);
                              },
                              "dim=2 is out of range"},
                             {[] { transpose(ones({}), 0, 0); }, "a scalar has no dims"}},
                  .benchmarks = {square}});
  rows.push_back(
      {.name = "slice",
       .torch = "x0[1:-1, ::2, -1]",  // x[1:-1, ::2, -1]
       .run =
           [](const Tensors& x) {
             return slice(x[0], {Slice{1, -1}, Slice{.step = 2}, -1});
           },
       .reference =
           [](const Naives& x) {
             const Index last = x[0].shape[2] - 1;
             return tabulate({2, 3}, [&](const Shape& i) {
               return x[0]({i[0] + 1, i[1] * 2, last});
             });
           },
       .samples = {{{{4, 5, 3}}}, {{{4, 6, 1}}}},
       .errors = {{[] {
                     slice(ones({2, 3}), {0, 3});
                   },
                   "[slice] index 3 is out of range for dim 1 of x (2, 3); it must be in [-3, 2]"},
                  {[] {
                     slice(ones({2}), {0, 0});
                   },
                   "2 indices for x (2) of rank 1"},
                  {[] { slice(ones({2}), {Slice{.step = 0}}); }, "step of a slice must not be 0"},
                  {[] { slice(ones({2}), {zeros({1}, int64)}); },
                   "[slice] takes integers, slices, ellipsis and newaxis"},
                  {[] {
                     slice(ones({2}), {ellipsis, ellipsis});
                   },
                   "only one ellipsis"},
                  {[] {
                     slice(ones({1, 1, 1, 1, 1, 1, 1, 1}), {newaxis});
                   },
                   "[slice] x (1, 1, 1, 1, 1, 1, 1, 1) with 1 new dims"}}});
  rows.push_back({.name = "slice/reversed",
                  .torch = "torch.flip(x0, (-1,))[..., None, ::2]",  // x[..., None, ::-2]
                  .run =
                      [](const Tensors& x) {
                        return slice(x[0], {ellipsis, newaxis, Slice{.step = -2}});
                      },
                  .reference =
                      [](const Naives& x) {
                        return tabulate({2, 1, 3}, [&](const Shape& i) {
                          return x[0]({i[0], x[0].shape[1] - 1 - 2 * i[2]});
                        });
                      },
                  .samples = {{{{2, 5}}}, {{{2, 6}}}}});
  rows.push_back({.name = "slice/rows",
                  .torch = "x0[1:3]",  // x[1:3]: shares the buffer
                  .run =
                      [](const Tensors& x) {
                        return slice(x[0], {Slice{1, 3}});
                      },
                  .reference =
                      [](const Naives& x) {
                        Shape shape = x[0].shape;
                        shape[0] = 2;
                        return tabulate(shape, [&](Shape i) {
                          ++i[0];
                          return x[0](i);
                        });
                      },
                  .samples = {{{{4, 3}}}, {{{3}}}, {{{5, 0, 2}}}}});
  rows.push_back({.name = "slice/columns",
                  .torch = "x0[:, x0.shape[1] // 2:]",
                  .run =
                      [](const Tensors& x) {
                        return slice(x[0], {Slice{}, Slice{.start = x[0].size(1) / 2}});
                      },
                  .reference =
                      [](const Naives& x) {
                        const Index n = x[0].shape[1], half = n / 2;
                        return tabulate({x[0].shape[0], n - half}, [&](const Shape& i) {
                          return x[0]({i[0], i[1] + half});
                        });
                      },
                  .samples = {{{{3, 5}}}},
                  .benchmarks = {{.inputs = {{{1024, 1024}}}, .bytes = 4 * kMiB}}});
  OpCase narrowed;
  narrowed.name = "narrow";
  narrowed.torch = "torch.narrow(x0, 1, -3, 2)";
  narrowed.run = [](const Tensors& x) { return narrow(x[0], 1, -3, 2); };
  narrowed.reference = [](const Naives& x) {
    Shape shape = x[0].shape;
    const Index start = shape[1] - 3;
    shape[1] = 2;
    return tabulate(shape, [&](Shape i) {
      i[1] += start;
      return x[0](i);
    });
  };
  narrowed.samples = {{{{2, 5}}}, {{{2, 3, 2}}}, {{{0, 4}}}};
  narrowed.errors = {
      {[] { narrow(ones({3}), 0, 2, 2); }, "[narrow] start=2, length=2 leave dim 0 of x (3)"},
      {[] { narrow(ones({3}), 0, -4, 1); }, "start=-4, length=1 leave dim 0"},
      {[] { narrow(ones({3}), 1, 0, 1); }, "dim=1 is out of range"}};
  narrowed.benchmarks = {{.inputs = {{{512, 1024}}}}};
  rows.push_back(narrowed);

  OpCase selected;
  selected.name = "select";
  selected.torch = "torch.select(x0, 1, -2)";
  selected.run = [](const Tensors& x) { return select(x[0], 1, -2); };
  selected.reference = [](const Naives& x) {
    Shape shape = x[0].shape;
    const Index at = shape[1] - 2;
    shape.erase(1);
    return tabulate(shape, [&](Shape i) {
      i.insert(1, at);
      return x[0](i);
    });
  };
  selected.samples = {{{{2, 5}}}, {{{2, 3, 2}}}, {{{0, 4}}}};
  selected.errors = {{[] {
                        select(ones({2, 3}), 1, 3);
                      },
                      "[select] index 3 is out of range for dim 1 of x (2, 3); it must be in"},
                     {[] { select(ones({}), 0, 0); }, "a scalar has no dims"}};
  selected.benchmarks = {{.inputs = {{{512, 8, 256}}}}};
  rows.push_back(selected);

  // Changing only the shape costs the same for every size; these show what an op costs by itself.
  const std::pair<const char*, std::vector<Input>> timed[] = {
      {"reshape", {{{1024, 24}}}},
      {"flatten", {{{64, 50, 8, 8}}}},
      {"squeeze", {{{1, 1024, 1, 32}}}},
      {"unsqueeze", {{{3, 5}}}},
  };
  for (const auto& [name, inputs] : timed)
    for (OpCase& row : rows)
      if (row.name == name) row.benchmarks = {{.inputs = inputs}};
  // Elements are moved, whatever they are: NaN stays where it is put and reaches no other gradient.
  add_odd_values(rows, {{"reshape", {{24}}},
                        {"flatten/all", {{2, 3}}},
                        {"squeeze", {{1, 2, 1, 3}}},
                        {"unsqueeze", {{3, 5}}},
                        {"permute", {{3, 4, 5}}},
                        {"transpose", {{3, 4}}},
                        {"slice", {{4, 5, 3}}},
                        {"slice/columns", {{3, 5}}},
                        {"narrow", {{2, 5}}},
                        {"select", {{2, 5}}}});
  return rows;
}

}  // namespace tinygrad::test
