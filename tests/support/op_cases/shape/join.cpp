// SPDX-License-Identifier: MIT
// Rows for ops/shape/join.hpp.
#include <algorithm>
#include <cmath>

#include "support/op_cases.hpp"
#include "support/rearrange_rows.hpp"

namespace tinygrad::test {

namespace {
void add_stacks_and_cuts(Rows& rows) {
  OpCase beside = row(
      "hstack", "torch.hstack((x0, x1))", [](const Tensors& x) { return hstack(x); },
      [](const Naives& x) {
        const int dim = x[0].shape.rank() < 2 ? 0 : 1;
        Naives parts = x;
        for (Naive& p : parts)
          if (p.shape.rank() == 0) p = in_shape(p, {1});
        Shape s = parts[0].shape;
        s[dim] += parts[1].shape[dim];
        return tabulate(s, [&](Shape i) {
          const bool second = i[dim] >= parts[0].shape[dim];
          if (second) i[dim] -= parts[0].shape[dim];
          return parts[second ? 1 : 0](i);
        });
      },
      {{{{2, 3}}, {{2, 1}}}, {{{3}}, {{2}}}, {{{}}, {{}}}, {{{0, 2}}, {{0, 1}}}});
  beside.errors = {{[] { hstack({}); }, "[hstack] needs at least one tensor"}};
  beside.benchmarks = {{.inputs = {{{1024, 512}}, {{1024, 512}}}, .bytes = 8 * kMiB}};
  rows.push_back(beside);
  OpCase below = row(
      "vstack", "torch.vstack((x0, x1))", [](const Tensors& x) { return vstack(x); },
      [](const Naives& x) {
        Shape s = x[0].shape;
        while (s.rank() < 2) s.insert(0, 1);
        const Index rest = s.product(1, s.rank());
        s[0] = (x[0].count() + x[1].count()) / rest;
        Naive y = in_shape(x[0], s);
        y.values.insert(y.values.end(), x[1].values.begin(), x[1].values.end());
        return y;
      },
      {{{{2, 3}}, {{1, 3}}}, {{{3}}, {{3}}}, {{{}}, {{}}}, {{{2, 2, 2}}, {{1, 2, 2}}}});
  below.errors = {{[] { vstack({}); }, "[vstack] needs at least one tensor"}};
  below.benchmarks = {{.inputs = {{{512, 1024}}, {{512, 1024}}}, .bytes = 8 * kMiB}};
  rows.push_back(below);

  OpCase cut = row(
      "tensor_split",  // the parts, the last first
      "torch.cat(torch.tensor_split(x0, 3)[::-1])",
      [](const Tensors& x) {
        auto parts = tensor_split(x[0], 3);
        std::reverse(parts.begin(), parts.end());
        return concat(parts);
      },
      [](const Naives& x) {
        const Index n = x[0].shape[0], third = n / 3, more = n % 3;
        const Index first = third + (more > 0), second = first + third + (more > 1);
        return tabulate(x[0].shape, [&](Shape i) {
          const Index last = n - second, middle = second - first;
          i[0] = i[0] < last            ? i[0] + second
                 : i[0] < last + middle ? i[0] - last + first
                                        : i[0] - last - middle;
          return x[0](i);
        });
      },
      {{{{7}}}, {{{2, 3}}}, {{{6, 1}}}, {{{0, 2}}}});
  cut.errors = {
      {[] { tensor_split(ones({3}), 0); }, "[tensor_split] sections=0 must be at least 1"},
      {[] {
         tensor_split(ones({3}), {1, 2}, 1);
       },
       "dim=1 is out of range"}};
  cut.benchmarks = {{.inputs = {{{1024, 1024}}}, .bytes = 8 * kMiB}};
  rows.push_back(cut);
  rows.push_back(row(
      "tensor_split/positions", "torch.cat(torch.tensor_split(x0, (1, -1, 1, 9), 1)[1:], 1)",
      [](const Tensors& x) {
        auto parts = tensor_split(x[0], {1, -1, 1, 9}, 1);
        parts.erase(parts.begin());
        return concat(parts, 1);
      },
      [](const Naives& x) {  // x[1:-1], nothing, x[1:], nothing
        const Index n = x[0].shape[1];
        return tabulate({x[0].shape[0], 2 * n - 3}, [&](const Shape& i) {
          return x[0]({i[0], i[1] < n - 2 ? i[1] + 1 : i[1] - (n - 2) + 1});
        });
      },
      {{{{2, 5}}}, {{{1, 3}}}}));
  OpCase unbound = row(
      "unbind", "x0.unbind(1)[0] * x0.unbind(1)[-1]",
      [](const Tensors& x) {
        const auto slices = unbind(x[0], 1);
        if (slices.empty()) return zeros({});  // of an empty dim
        return mul(slices.front(), slices.back());
      },
      [](const Naives& x) {
        const Shape& s = x[0].shape;
        return tabulate({s[0], s[2]}, [&](const Shape& i) {
          return x[0]({i[0], 0, i[1]}) * x[0]({i[0], s[1] - 1, i[1]});
        });
      },
      {{{{2, 3, 4}}}, {{{2, 1, 3}}}, {{{0, 2, 3}}}});
  unbound.errors = {{[] { unbind(ones({3}), 1); }, "[unbind] dim=1 is out of range"}};
  unbound.benchmarks = {{.inputs = {{{512, 8, 256}}}, .bytes = 9 * kMiB}};
  rows.push_back(unbound);
}
}  // namespace

Rows shape_join_cases() {
  Rows rows;
  rows.push_back(
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
       .benchmarks = {{.inputs = {{{1024, 512}}, {{1024, 512}}}, .bytes = 8 * kMiB}}});
  rows.push_back({.name = "concat/rows",
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
                  .benchmarks = {{.inputs = {{{512, 1024}}, {{512, 1024}}}, .bytes = 8 * kMiB}}});
  rows.push_back({.name = "stack",
                  .torch = "torch.stack((x0, x1, x2), -1)",
                  .run = [](const Tensors& x) { return stack(x, -1); },
                  .reference =
                      [](const Naives& x) {
                        Shape shape = x[0].shape;
                        shape.push_back(static_cast<Index>(x.size()));
                        return tabulate(shape, [&](const Shape& i) {
                          return x[static_cast<std::size_t>(i.back())](
                              Shape(i.begin(), i.end() - 1));
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
                              "dim=2 is out of range"}}});
  rows.push_back(
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
                  {[] { split(ones({5}), 0); }, "size=0 must be at least 1"}}});
  rows.push_back(
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
       .errors = {{[] { chunk(ones({5}), 0); }, "[chunk] chunks=0 must be at least 1"}}});

  // Changing only the shape costs the same for every size; these show what an op costs by itself.
  const std::pair<const char*, std::vector<Input>> timed[] = {
      {"split", {{{65536, 5}}}}, {"chunk", {{{300'000}}}}, {"stack", {{{512, 512}}, {{512, 512}}}}};
  for (const auto& [name, inputs] : timed)
    for (OpCase& row : rows)
      if (row.name == name) row.benchmarks = {{.inputs = inputs}};
  // Elements are moved, whatever they are: NaN stays where it is put and reaches no other gradient.
  add_odd_values(rows, {{"concat", {{2, 3}, {2, 1}, {2, 4}}},
                        {"stack", {{2, 3}, {2, 3}, {2, 3}}},
                        {"split", {{3, 5}}},
                        {"chunk", {{7}}}});
  add_stacks_and_cuts(rows);
  return rows;
}

}  // namespace tinygrad::test
