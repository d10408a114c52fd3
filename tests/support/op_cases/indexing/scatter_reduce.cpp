// SPDX-License-Identifier: MIT
// Rows for ops/indexing/scatter_reduce.hpp.
#include <cmath>

#include "support/index_rows.hpp"
#include "support/op_cases.hpp"

namespace tinygrad::test {

namespace {
void add_reduce_cases(Rows& rows) {
  const struct {
    Reduce reduce;
    const char* name;
    double start;
    double (*combine)(double, double);
  } table[] = {
      {Reduce::kSum, "sum", 0, [](double a, double b) { return a + b; }},
      {Reduce::kProd, "prod", 1, [](double a, double b) { return a * b; }},
      {Reduce::kMean, "mean", 0, [](double a, double b) { return a + b; }},
      {Reduce::kAmax, "amax", -kInf,
       [](double a, double b) { return a > b || std::isnan(a) ? a : b; }},
      {Reduce::kAmin, "amin", kInf,
       [](double a, double b) { return a < b || std::isnan(a) ? a : b; }},
  };
  for (const auto& row : table) {
    for (const bool include_self : {true, false}) {
      const std::string name = row.name;
      OpCase c{.name = "scatter_reduce/" + name, .torch = "", .samples = {}};
      if (!include_self) c.name += "_without_self";
      c.torch = "torch.scatter_reduce(x0, 1, x1, x2, '" + name +
                (include_self ? "')" : "', include_self=False)");
      c.run = [=](const Tensors& x) {
        return scatter_reduce(x[0], 1, x[1], x[2], row.reduce, include_self);
      };
      c.reference = [=](const Naives& x) {
        Naive out = x[0], count(x[0].shape, 1);
        if (!include_self)
          for_each_index(x[1].shape, [&](const Shape& i) {
            out(picked(x[1], i)) = row.start;
            count(picked(x[1], i)) = 0;
          });
        for_each_index(x[1].shape, [&](const Shape& i) {
          double& place = out(picked(x[1], i));
          place = row.combine(x[2](i), place);
          ++count(picked(x[1], i));
        });
        if (row.reduce == Reduce::kMean)
          for (Index i = 0; i < out.count(); ++i) out[i] /= count[i];
        return out;
      };
      const auto grid = [](const Shape& shape, double low) {
        return Input{.shape = shape, .low = low, .high = low + 1, .distinct = true};
      };
      c.samples = {{grid({2, 3}, 0.405), positions({2, 6}, 3), grid({2, 6}, 0.4)},
                   {grid({3, 4, 2}, 0.405), positions({2, 3, 2}, 4), grid({2, 3, 2}, 0.4)},
                   {grid({2, 3}, 0.4), positions({2, 0}, 3), grid({2, 0}, 0.4)}};
      c.specials = {{{{1, 3}, {1, 3, 5}},  // a zero, two zeros, ties
                     {{1, 6}, {0, 0, 1, 1, 2, 2}, int64},
                     {{1, 6}, {2, 0, 4, 4, 0, 0}}},
                    {{{1, 3}, {1, kNaN, 5}},
                     {{1, 5}, {0, 0, 1, 1, 1}, int64},
                     {{1, 5}, {1, kNaN, -kInf, 2, 3}}}};
      if (row.reduce == Reduce::kSum)
        c.errors = {
            {[] {
               scatter_reduce(ones({2, 3}), 1, zeros({1, 1}, int64), ones({1, 2}), Reduce::kSum);
             },
             "[scatter_reduce] source (1, 2) must have the shape of index, (1, 1)"}};
      if (row.reduce == Reduce::kMean)
        c.errors = {{[] {
                       const Tensor x = ones({1, 1}, int64);
                       scatter_reduce(x, 1, zeros({1, 1}, int64), x, Reduce::kMean);
                     },
                     "[scatter_reduce] the mean of int64 is not defined"}};
      c.benchmarks = {
          {.inputs = {{{256, 256}, 0.9, 1.1}, positions({256, 1024}, 256), {{256, 1024}, 0.9, 1.1}},
           .bytes = 12.0 * 256 * 1024}};
      rows.push_back(c);
    }
  }
}
}  // namespace

Rows indexing_scatter_reduce_cases() {
  Rows rows;
  add_reduce_cases(rows);
  return rows;
}

}  // namespace tinygrad::test
