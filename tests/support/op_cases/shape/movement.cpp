// SPDX-License-Identifier: MIT
// Rows for ops/shape/movement.hpp and ops/shape/join.hpp.
#include <cmath>

#include "support/op_cases.hpp"

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
  const BenchSample square{.inputs = {{{1024, 1024}}}, .bytes = 8 * kMiB};
  Rows rows = {
      {.name = "reshape",
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
                  {[] { reshape(ones({2}), {-2}); }, "negative size in shape (-2)"}}},
      {.name = "reshape/empty",
       .torch = "x0.reshape(3, 0)",  // PyTorch refuses a -1 beside a 0
       .run =
           [](const Tensors& x) {
             return reshape(x[0], {3, -1});
           },
       .reference = in_shape({3, 0}),
       .samples = {{{{0, 2}}}}},
      {.name = "flatten",
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
                   "start_dim=2 is out of range for rank 2"}}},
      {.name = "flatten/all",
       .torch = "torch.flatten(x0)",
       .run = [](const Tensors& x) { return flatten(x[0]); },
       .reference = [](const Naives& x) { return in_shape({x[0].count()})(x); },
       .samples = {{{{2, 3}}}, {{{}}}, {{{2, 0}}}, {{{5}}}}},
      {.name = "squeeze",
       .torch = "torch.squeeze(x0)",
       .run = [](const Tensors& x) { return squeeze(x[0]); },
       .reference = in_shape({2, 3}),
       .samples = {{{{1, 2, 1, 3}}}, {{{2, 3}}}},
       .errors = {{[] {
                     squeeze(ones({1, 3}), 2);
                   },
                   "[squeeze] dim=2 is out of range"}}},
      {.name = "squeeze/dim",
       .torch = "torch.squeeze(x0, -2)",
       .run = [](const Tensors& x) { return squeeze(x[0], -2); },
       .reference =
           [](const Naives& x) {
             return in_shape(x[0].shape[2] == 1 ? Shape{1, 2, 3} : x[0].shape)(x);
           },
       .samples = {{{{1, 2, 1, 3}}}, {{{1, 1, 2, 3}}}}},
      {.name = "unsqueeze",
       .torch = "torch.unsqueeze(x0, -2)",
       .run = [](const Tensors& x) { return unsqueeze(x[0], -2); },
       .reference = in_shape({3, 1, 5}),
       .samples = {{{{3, 5}}}},
       .errors = {{[] { unsqueeze(ones({3}), 2); }, "[unsqueeze] dim=2 is out of range"},
                  {[] {
                     unsqueeze(ones({1, 1, 1, 1, 1, 1, 1, 1}), 0);
                   },
                   "a tensor has at most 8 dims"}}},
      {.name = "permute",
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
                   "dims=2 is out of range"}}},
      {.name = "permute/nhwc",
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
       .benchmarks = {{.inputs = {{{64, 50, 32, 32}}}, .bytes = 8.0 * 64 * 50 * 1024}}},
      {.name = "transpose",
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
       .benchmarks = {square}},
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
                   "[slice] x (1, 1, 1, 1, 1, 1, 1, 1) with 1 new dims"}}},
      {.name = "slice/reversed",
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
       .samples = {{{{2, 5}}}, {{{2, 6}}}}},
      {.name = "slice/rows",
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
       .samples = {{{{4, 3}}}, {{{3}}}, {{{5, 0, 2}}}}},
      {.name = "slice/columns",
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
       .benchmarks = {{.inputs = {{{1024, 1024}}}, .bytes = 4 * kMiB}}},
      {.name = "concat",
       .torch = "torch.cat((x0, x1, x2), 1)",
       .run = [](const Tensors& x) { return concat(x, 1); },
       .reference =
           [](const Naives& x) {
             Shape shape = x[0].shape;
             shape[1] = 0;
             for (const Naive& part : x) shape[1] += part.shape[1];
             return tabulate(shape, [&](Shape i) {
               std::size_t k = 0;
               for (; i[1] >= x[k].shape[1]; ++k) i[1] -= x[k].shape[1];
               return x[k](i);
             });
           },
       .samples = {{{{2, 3}}, {{2, 1}}, {{2, 4}}},
                   {{{2, 3, 2}}, {{2, 0, 2}}, {{2, 1, 2}}},
                   {{{1, 3}}, {{1, 2}}, {{1, 1}}}},
       .errors = {{[] { concat(std::vector<Tensor>{}, 0); }, "[concat] needs at least one tensor"},
                  {[] {
                     concat({ones({2, 3}), ones({3, 3})}, 1);
                   },
                   "tensor 1 is (3, 3), tensor 0 is (2, 3); sizes may differ only along dim 1"},
                  {[] {
                     concat({ones({2}), ones({2}, float64)});
                   },
                   "tensor 1 is float64, tensor 0 is float32"},
                  {[] {
                     concat({ones({}), ones({})});
                   },
                   "a scalar has no dims"}},
       .benchmarks = {{.inputs = {{{1024, 512}}, {{1024, 512}}}, .bytes = 8 * kMiB}}},
      {.name = "concat/rows",
       .torch = "torch.cat((x0, x1))",
       .run =
           [](const Tensors& x) {
             return concat({x[0], x[1]});
           },
       .reference =
           [](const Naives& x) {
             Naive out({x[0].shape[0] + x[1].shape[0], x[0].shape[1]});
             out.values = x[0].values;
             out.values.insert(out.values.end(), x[1].values.begin(), x[1].values.end());
             return out;
           },
       .samples = {{{{2, 3}}, {{1, 3}}}, {{{0, 3}}, {{1, 3}}}},
       .benchmarks = {{.inputs = {{{512, 1024}}, {{512, 1024}}}, .bytes = 8 * kMiB}}},
      {.name = "stack",
       .torch = "torch.stack((x0, x1, x2), -1)",
       .run = [](const Tensors& x) { return stack(x, -1); },
       .reference =
           [](const Naives& x) {
             Shape shape = x[0].shape;
             shape.push_back(static_cast<Index>(x.size()));
             return tabulate(shape, [&](const Shape& i) {
               return x[static_cast<std::size_t>(i.back())](Shape(i.begin(), i.end() - 1));
             });
           },
       .samples = {{{{2, 3}}, {{2, 3}}, {{2, 3}}}, {{{}}, {{}}, {{}}}},
       .errors = {{[] {
                     stack({ones({2}), ones({3})});
                   },
                   "[stack] tensor 1 is (3), tensor 0 is (2)"},
                  {[] {
                     stack({ones({2}), ones({2})}, 2);
                   },
                   "dim=2 is out of range"}}},
      {.name = "split",
       .torch = "torch.cat(torch.split(x0, (2, 0, 3), 1)[::-1], 1)",  // the parts, turned around
       .run =
           [](const Tensors& x) {
             const auto parts = split(x[0], {2, 0, 3}, 1);
             return concat({parts[2], parts[1], parts[0]}, 1);
           },
       .reference =
           [](const Naives& x) {
             return tabulate(x[0].shape, [&](const Shape& i) {
               return x[0]({i[0], i[1] < 3 ? i[1] + 2 : i[1] - 3});
             });
           },
       .samples = {{{{3, 5}}}},
       .errors = {{[] {
                     split(ones({5}), {2, 4});
                   },
                   "[split] part of size 4 of dim 0 of x (5): only 3 are left"},
                  {[] {
                     split(ones({5}), {2, 2});
                   },
                   "the sizes leave over 1 of dim 0 of x (5)"},
                  {[] { split(ones({5}), 0); }, "size=0 must be at least 1"}}},
      {.name = "chunk",
       .torch =
           "(lambda c: 2 * c[0] + c[-1][-1])(torch.chunk(x0, 3))",  // twice the first part plus the
                                                                    // last element of the last
       .run =
           [](const Tensors& x) {
             const auto parts = chunk(x[0], 3);
             return add(mul(parts.front(), 2), slice(parts.back(), {-1}));
           },
       .reference =
           [](const Naives& x) {
             const Index n = x[0].shape[0];
             return tabulate({(n + 2) / 3},
                             [&](const Shape& i) { return 2 * x[0](i) + x[0][n - 1]; });
           },
       .samples = {{{{7}}}, {{{6}}}, {{{1}}}},
       .errors = {{[] { chunk(ones({5}), 0); }, "[chunk] chunks=0 must be at least 1"}}},
  };
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
      {"split", {{{65536, 5}}}},
      {"chunk", {{{300'000}}}},
      {"stack", {{{512, 512}}, {{512, 512}}}}};
  for (const auto& [name, inputs] : timed)
    for (OpCase& row : rows)
      if (row.name == name) row.benchmarks = {{.inputs = inputs}};
  // Elements are moved, whatever they are: NaN stays where it is put and reaches no other gradient.
  const std::pair<const char*, std::vector<Shape>> odd[] = {{"reshape", {{24}}},
                                                            {"flatten/all", {{2, 3}}},
                                                            {"squeeze", {{1, 2, 1, 3}}},
                                                            {"unsqueeze", {{3, 5}}},
                                                            {"permute", {{3, 4, 5}}},
                                                            {"transpose", {{3, 4}}},
                                                            {"slice", {{4, 5, 3}}},
                                                            {"slice/columns", {{3, 5}}},
                                                            {"concat", {{2, 3}, {2, 1}, {2, 4}}},
                                                            {"stack", {{2, 3}, {2, 3}, {2, 3}}},
                                                            {"split", {{3, 5}}},
                                                            {"chunk", {{7}}},
                                                            {"narrow", {{2, 5}}},
                                                            {"select", {{2, 5}}}};
  const double each[] = {1, NAN, -0.0, INFINITY, -INFINITY, 2, -3e38};
  for (const auto& [name, shapes] : odd) {
    std::vector<Given> inputs;
    for (const Shape& shape : shapes) {
      Given input{shape, {}};
      for (Index i = 0; i < shape.count(); ++i) input.values.push_back(each[i % 7]);
      inputs.push_back(input);
    }
    for (OpCase& row : rows)
      if (row.name == name) row.specials = {inputs};
  }
  return rows;
}

}  // namespace tinygrad::test
