// SPDX-License-Identifier: MIT
// Rows for ops/reduction/scan.hpp.
#include <cmath>

#include "support/fibres.hpp"
#include "support/op_cases.hpp"

namespace tinygrad::test {

namespace {

// Each value made from the one before it and the input: y = f(y, x), from `start`.
std::function<Naive(const Naives&)> running(int dim, double start, double (*f)(double, double)) {
  return [=](const Naives& x) {
    return map_rows(x[0], dim, x[0].shape.empty() ? 1 : x[0].shape[dim], [=](Row row) {
      double last = start;
      for (double& v : row) v = last = f(last, v);
      return row;
    });
  };
}

std::function<Naive(const Naives&)> extremes(int dim, bool largest, bool places) {
  return [=](const Naives& x) {
    return map_rows(x[0], dim, x[0].shape.empty() ? 1 : x[0].shape[dim], [=](const Row& row) {
      Row out;
      std::size_t best = 0;
      for (std::size_t i = 0; i < row.size(); ++i) {
        const bool beats = largest ? row[i] >= row[best] : row[i] <= row[best];
        if (std::isnan(row[i]) || (!std::isnan(row[best]) && beats)) best = i;
        out.push_back(places ? static_cast<double>(best) : row[best]);
      }
      return out;
    });
  };
}

Row differences(const Row& row) {
  Row out;
  for (std::size_t i = 1; i < row.size(); ++i) out.push_back(row[i] - row[i - 1]);
  return out;
}

// Rows, columns, planes; long enough to cross a tile of columns; a scalar, one value, none.
std::vector<std::vector<Input>> along_1(const Input& like) {
  std::vector<std::vector<Input>> out;
  for (const Shape& shape :
       {Shape{3, 4}, Shape{2, 5, 3}, Shape{2, 1}, Shape{2, 0}, Shape{0, 3}, Shape{1, 3, 67}}) {
    Input input = like;
    input.shape = shape;
    out.push_back({input});
  }
  return out;
}
std::vector<std::vector<Input>> along_0(const Input& like) {
  std::vector<std::vector<Input>> out;
  for (const Shape& shape : {Shape{}, Shape{0}, Shape{1}, Shape{9}, Shape{4, 3}}) {
    Input input = like;
    input.shape = shape;
    out.push_back({input});
  }
  return out;
}

Rows extreme_cases() {
  Rows rows;
  for (const bool largest : {true, false}) {
    for (const bool places : {false, true}) {
      const std::string name = largest ? "cummax" : "cummin";
      OpCase c;
      c.name = name + (places ? "/indices" : "/values");
      c.torch = "torch." + name + "(x0, 1)." + (places ? "indices" : "values");
      c.run = [=](const Tensors& x) {
        const ValuesAndIndices both = largest ? cummax(x[0], 1) : cummin(x[0], 1);
        return places ? both.indices : both.values;
      };
      c.reference = extremes(1, largest, places);
      c.samples = along_1({.shape = {}, .distinct = true});
      c.specials = {{{{1, 6}, {1, 3, kNaN, 5, kNaN, 0}}},
                    {{{1, 6}, {2, 2, 1, 1, 2, 1}}},  // ties: the last
                    {{{2, 3}, {0, -0.0, 0, -kInf, kInf, 1e4}}}};
      c.errors = {{[=] { largest ? cummax(ones({2}), 1) : cummin(ones({2}), 1); },
                   "[" + name + "] dim=1 is out of range"}};
      c.benchmarks = {{.inputs = {{{1024, 1024}}}, .bytes = 16.0 * 1024 * 1024}};
      c.differentiable = !places;
      rows.push_back(c);
    }
  }
  return rows;
}
}  // namespace

Rows reduction_scan_cases() {
  Rows rows = extreme_cases();
  const auto plus = [](double a, double b) { return a + b; };
  const auto times = [](double a, double b) { return a * b; };

  OpCase sums;
  sums.name = "cumsum";
  sums.torch = "torch.cumsum(x0, 1)";
  sums.run = [](const Tensors& x) { return cumsum(x[0], 1); };
  sums.reference = running(1, 0, plus);
  sums.samples = along_1({.shape = {}});
  sums.specials = {{{{2, 3}, {1, kNaN, 2, -kInf, kInf, 1}}}, {{{1, 4}, {1e4, -1e4, 1, -0.0}}}};
  sums.errors = {{[] { cumsum(ones({2, 3}), 2); }, "[cumsum] dim=2 is out of range for rank 2"}};
  sums.benchmarks = {{.inputs = {{{1024, 1024}}}, .bytes = 8 * kMiB},
                     {.inputs = {{{1024, 32, 32}}}, .bytes = 8 * kMiB}};
  rows.push_back(sums);

  OpCase first;
  first.name = "cumsum/first";
  first.torch = "torch.cumsum(x0, 0)";
  first.run = [](const Tensors& x) { return cumsum(x[0], 0); };
  first.reference = running(0, 0, plus);
  first.samples = along_0({.shape = {}});
  rows.push_back(first);

  OpCase counts;
  counts.name = "cumsum/bool";
  counts.torch = "torch.cumsum(x0, -1)";
  counts.run = [](const Tensors& x) { return cumsum(x[0], -1); };
  counts.reference = running(1, 0, plus);
  counts.samples = {{{.shape = {3, 7}, .low = 0, .high = 2, .dtype = bool_}}};
  counts.differentiable = false;
  rows.push_back(counts);

  OpCase products;
  products.name = "cumprod";
  products.torch = "torch.cumprod(x0, 1)";
  products.run = [](const Tensors& x) { return cumprod(x[0], 1); };
  products.reference = running(1, 1, times);
  products.samples = along_1({.shape = {}, .low = 0.5, .high = 1.5});
  products.specials = {{{{2, 5}, {2, 0, 3, 0, 4, 1, 2, 0, -3, 5}}},  // one zero and two
                       {{{1, 3}, {0, 0, 0}}},
                       {{{1, 3}, {1e4, -1e4, 1}}}};
  products.errors = {{[] { cumprod(ones({2}), 1); }, "[cumprod] dim=1 is out of range"}};
  products.benchmarks = {{.inputs = {{{1024, 1024}, 0.9, 1.1}}, .bytes = 8 * kMiB}};
  rows.push_back(products);

  OpCase first_products = products;
  first_products.name = "cumprod/first";
  first_products.torch = "torch.cumprod(x0, 0)";
  first_products.run = [](const Tensors& x) { return cumprod(x[0], 0); };
  first_products.reference = running(0, 1, times);
  first_products.samples = along_0({.shape = {}, .low = 0.5, .high = 1.5});
  first_products.specials = {{{{3}, {2, kInf, 3}}}, {{{3}, {2, kNaN, 3}}}};
  first_products.errors = {};
  first_products.benchmarks = {};
  first_products.differs_from_torch =
      "PyTorch divides by x, so at ∞ and NaN the gradient is NaN; without a division it is the "
      "product of the others";
  rows.push_back(first_products);

  OpCase zeros_in;  // the gradient and its gradient with a zero in the row
  zeros_in.name = "cumprod/zeros";
  zeros_in.torch = "torch.cumprod(x0 * x1, 1)";
  zeros_in.run = [](const Tensors& x) { return cumprod(mul(x[0], x[1]), 1); };
  zeros_in.reference = [=](const Naives& x) {
    Naive product = x[0];
    for (Index i = 0; i < product.count(); ++i) product[i] *= x[1][i];
    return running(1, 1, times)({product});
  };
  zeros_in.samples = {{{{2, 6}}, {.shape = {2, 6}, .low = 0, .high = 2, .dtype = int64}}};
  rows.push_back(zeros_in);

  OpCase logs;
  logs.name = "logcumsumexp";
  logs.torch = "torch.logcumsumexp(x0, 1)";
  logs.run = [](const Tensors& x) { return logcumsumexp(x[0], 1); };
  logs.reference = [](const Naives& x) {
    return map_rows(x[0], 1, x[0].shape[1], [](const Row& row) {
      Row out;
      for (std::size_t i = 0; i < row.size(); ++i) {
        double largest = -kInf, total = 0;
        for (std::size_t j = 0; j <= i; ++j)
          largest = std::isnan(row[j]) || row[j] > largest ? row[j] : largest;
        const double shift = std::isfinite(largest) ? largest : 0;
        for (std::size_t j = 0; j <= i; ++j) total += std::exp(row[j] - shift);
        out.push_back(std::log(total) + shift);
      }
      return out;
    });
  };
  logs.samples = along_1({.shape = {}});
  logs.specials = {{{{1, 3}, {1, kInf, 2}}}, {{{1, 3}, {1, kNaN, 2}}}};
  logs.errors = {{[] { logcumsumexp(ones({2}, int64), 0); },
                  "[logcumsumexp] wants float32 or float64, got int64"}};
  logs.benchmarks = {{.inputs = {{{1024, 1024}}}, .bytes = 8 * kMiB}};
  rows.push_back(logs);

  OpCase extremes = logs;
  extremes.name = "logcumsumexp/extremes";
  extremes.samples = {};
  extremes.specials = {{{{2, 3}, {1e4, -1e4, 1e4, -1e4, 1e4, 0}}}};
  extremes.torch_tolerance = 1e-4;
  extremes.torch_tolerance_reason =
      "PyTorch adds the gradients as logarithms, which cancel at 1e4 in float32";
  extremes.errors = {};
  extremes.benchmarks = {};
  rows.push_back(extremes);

  OpCase nothing = logs;
  nothing.name = "logcumsumexp/minus_infinity";
  nothing.samples = {};
  nothing.specials = {{{{1, 4}, {-kInf, -kInf, 1, 2}}}};
  nothing.errors = {};
  nothing.benchmarks = {};
  nothing.differs_from_torch =
      "PyTorch's gradient is NaN where y is -inf; 0 is its limit, and what logsumexp gives";
  rows.push_back(nothing);

  OpCase differ;
  differ.name = "diff";
  differ.torch = "torch.diff(x0)";
  differ.run = [](const Tensors& x) { return diff(x[0]); };
  differ.reference = [](const Naives& x) {
    const int last = x[0].shape.rank() - 1;
    return map_rows(x[0], last, std::max<Index>(x[0].shape[last] - 1, 0), differences);
  };
  differ.samples = {{{{5}}}, {{{1}}}, {{{0}}}, {{{3, 4}}}, {{{2, 3, 2}}}};
  differ.specials = {{{{5}, {1, kNaN, kInf, kInf, -1e4}}}};
  differ.errors = {{[] { diff(tensor(1.0)); }, "[diff] dim=-1 is out of range: a scalar"},
                   {[] { diff(ones({3}), -1); }, "n=-1 must not be negative"}};
  differ.benchmarks = {{.inputs = {{{1024, 1024}}}, .bytes = 8 * kMiB}};
  rows.push_back(differ);

  OpCase twice;
  twice.name = "diff/twice";
  twice.torch = "torch.diff(x0, n=2, dim=0)";
  twice.run = [](const Tensors& x) { return diff(x[0], 2, 0); };
  twice.reference = [](const Naives& x) {
    return map_rows(x[0], 0, std::max<Index>(x[0].shape[0] - 2, 0),
                    [](const Row& row) { return differences(differences(row)); });
  };
  twice.samples = {{{{5, 2}}}, {{{1, 2}}}, {{{2}}}, {{{7}}}};
  rows.push_back(twice);

  OpCase none;
  none.name = "diff/none";
  none.torch = "torch.diff(x0, n=0, prepend=torch.ones(2, dtype=x0.dtype))";
  none.run = [](const Tensors& x) { return diff(x[0], 0, 0, ones({2}, x[0].dtype())); };
  none.reference = [](const Naives& x) { return x[0]; };
  none.samples = {{{{5}}}, {{{0}}}};
  rows.push_back(none);

  OpCase joined;
  joined.name = "diff/joined";
  joined.torch = "torch.diff(x0, dim=0, prepend=x1, append=x2)";
  joined.run = [](const Tensors& x) { return diff(x[0], 1, 0, x[1], x[2]); };
  joined.reference = [](const Naives& x) {
    Row all;
    for (const std::size_t part : {1U, 0U, 2U})
      all.insert(all.end(), x[part].values.begin(), x[part].values.end());
    const Row d = differences(all);
    Naive out({static_cast<Index>(d.size())});
    out.values = d;
    return out;
  };
  joined.samples = {{{{3}}, {{2}}, {{1}}}, {{{0}}, {{1}}, {{1}}}};
  rows.push_back(joined);

  OpCase flips;
  flips.name = "diff/bool";
  flips.torch = "torch.diff(x0)";
  flips.run = [](const Tensors& x) { return diff(x[0]); };
  flips.reference = [](const Naives& x) {
    return map_rows(x[0], 0, x[0].shape[0] - 1, [](const Row& row) {
      Row d = differences(row);
      for (double& v : d) v = std::fabs(v);
      return d;
    });
  };
  flips.samples = {{{.shape = {9}, .low = 0, .high = 2, .dtype = bool_}}};
  flips.differentiable = false;
  rows.push_back(flips);

  OpCase area;
  area.name = "trapezoid";
  area.torch = "torch.trapezoid(x0, dx=0.5)";
  area.run = [](const Tensors& x) { return trapezoid(x[0], 0.5); };
  area.reference = [](const Naives& x) {
    return fold_rows(x[0], x[0].shape.rank() - 1, [](const Row& row) {
      double total = 0;
      for (std::size_t i = 1; i < row.size(); ++i) total += (row[i] + row[i - 1]) / 2 * 0.5;
      return total;
    });
  };
  area.samples = {{{{5}}}, {{{1}}}, {{{0}}}, {{{3, 4}}}};
  area.specials = {{{{2, 3}, {1, kNaN, 2, 1, kInf, 2}}}};
  area.errors = {
      {[] { trapezoid(ones({3}, int64)); }, "[trapezoid] wants float32 or float64, got int64"}};
  area.benchmarks = {{.inputs = {{{1024, 1024}}}, .bytes = 4 * kMiB}};
  rows.push_back(area);

  OpCase points;
  points.name = "trapezoid/points";
  points.torch = "torch.trapezoid(x0, x1, dim=0)";
  points.run = [](const Tensors& x) { return trapezoid(x[0], x[1], 0); };
  points.reference = [](const Naives& x) {
    Shape shape(x[0].shape.begin() + 1, x[0].shape.end());
    return tabulate(shape, [&](Shape i) {
      i.insert(0, 0);
      double total = 0;
      for (Index k = 1; k < x[0].shape[0]; ++k) {
        Shape here = i, before = i;
        here[0] = k;
        before[0] = k - 1;
        const bool row = x[1].shape.rank() == 1;
        const double width = row ? x[1][k] - x[1][k - 1] : x[1](here) - x[1](before);
        total += width * (x[0](here) + x[0](before)) / 2;
      }
      return total;
    });
  };
  points.samples = {{{{4, 3}}, {{4, 3}}}, {{{5}}, {{5}}}};
  points.errors = {{[] {
                      trapezoid(ones({3, 4}), ones({3}));
                    },
                    "[trapezoid] x (3) must have the 4 points of dim 1 of y (3, 4)"},
                   {[] {
                      trapezoid(ones({3, 4}), ones({2, 4}));
                    },
                    "[trapezoid] shapes do not broadcast"}};
  rows.push_back(points);

  OpCase spread;  // the points broadcast against y, or y against them
  spread.name = "trapezoid/broadcast";
  spread.torch = "torch.trapezoid(*torch.broadcast_tensors(x0, x1), dim=-2)";
  spread.run = [](const Tensors& x) { return trapezoid(x[0], x[1], -2); };
  spread.reference = [](const Naives& x) {
    const Shape both = broadcast_shapes({"test"}, x[0].shape, x[1].shape);
    Shape shape = both;
    shape.erase(both.rank() - 2);
    return tabulate(shape, [&](Shape i) {
      i.insert(both.rank() - 2, 0);
      double total = 0;
      for (Index k = 1; k < both[both.rank() - 2]; ++k) {
        Shape here = i, before = i;
        here[both.rank() - 2] = k;
        before[both.rank() - 2] = k - 1;
        total += (x[1].broadcast(here) - x[1].broadcast(before)) *
                 (x[0].broadcast(here) + x[0].broadcast(before)) / 2;
      }
      return total;
    });
  };
  spread.samples = {{{{2, 4, 3}}, {{4, 1}}}, {{{2, 3, 1}}, {{2, 3, 5}}}};
  rows.push_back(spread);
  spread.name = "trapezoid/points of more dims";
  spread.torch = "";  // PyTorch wants y to have them all
  spread.samples = {{{{4, 1}}, {{1, 4, 3}}}};
  rows.push_back(spread);

  return rows;
}

}  // namespace tinygrad::test
