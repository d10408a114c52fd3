// SPDX-License-Identifier: MIT
// Rows for ops/shape/triangle.hpp.
#include <algorithm>
#include <cmath>

#include "support/op_cases.hpp"

namespace tinygrad::test {

namespace {

// Zeros where column − row > k (lower), or < k.
Reference triangle_of(Index k, bool lower) {
  return [=](const Naives& x) {
    const int rank = x[0].shape.rank();
    return tabulate(x[0].shape, [&](const Shape& i) {
      const Index above = i[rank - 1] - i[rank - 2];
      return (lower ? above <= k : above >= k) ? x[0](i) : 0.0;
    });
  };
}

// y[…, t] = x at row t + max(−k, 0), column t + max(k, 0) of dims a and b.
Reference diagonal_of(Index k, int a, int b) {
  return [=](const Naives& x) {
    const Shape& s = x[0].shape;
    const Index row = std::max<Index>(-k, 0), column = std::max<Index>(k, 0);
    Shape shape;
    for (int i = 0; i < s.rank(); ++i)
      if (i != a && i != b) shape.push_back(s[i]);
    shape.push_back(std::max<Index>(0, std::min(s[a] - row, s[b] - column)));
    return tabulate(shape, [&](const Shape& i) {
      Shape from;
      for (int dim = 0, next = 0; dim < s.rank(); ++dim)
        from.push_back(dim == a ? i.back() + row : dim == b ? i.back() + column : i[next++]);
      return x[0](from);
    });
  };
}

// y[…, r, c] = x[…, t] on diagonal k of dims a and b of y, else 0.
Reference embedded(Index k, int a, int b) {
  return [=](const Naives& x) {
    const Index n = x[0].shape.back() + std::abs(k);
    Shape shape;
    for (int dim = 0, next = 0; dim <= x[0].shape.rank(); ++dim)
      shape.push_back(dim == a || dim == b ? n : x[0].shape[next++]);
    return tabulate(shape, [&](const Shape& i) {
      if (i[b] - i[a] != k) return 0.0;
      Shape from;
      for (int dim = 0; dim < shape.rank(); ++dim)
        if (dim != a && dim != b) from.push_back(i[dim]);
      from.push_back(std::min(i[a], i[b]));
      return x[0](from);
    });
  };
}

// Rows and columns of a triangle, found by looking at every element.
Naive positions(Index rows, Index columns, Index k, bool lower) {
  std::vector<double> row, column;
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < columns; ++j) {
      if (lower ? j - i > k : j - i < k) continue;
      row.push_back(static_cast<double>(i));
      column.push_back(static_cast<double>(j));
    }
  Naive out({2, static_cast<Index>(row.size())});
  std::copy(column.begin(), column.end(), std::copy(row.begin(), row.end(), out.values.begin()));
  return out;
}
}  // namespace

Rows shape_triangle_cases() {
  const BenchSample square{.inputs = {{{1024, 1024}}}, .bytes = 8 * kMiB};
  const std::vector<std::vector<Input>> matrices = {
      {{{3, 3}}}, {{{3, 5}}}, {{{5, 2}}}, {{{1, 1}}}, {{{2, 3, 4}}}, {{{0, 3}}}, {{{3, 0}}}};
  const std::vector<std::vector<Given>> odd = {{{{2, 2}, {NAN, NAN, -0.0, INFINITY}}},
                                               {{{2, 2}, {1, INFINITY, NAN, -0.0}}}};
  Rows rows;

  for (const bool lower : {true, false}) {
    const auto f = lower ? tril : triu;
    const std::string name = lower ? "tril" : "triu";
    for (const Index k : {0, 1, -2, 100}) {
      OpCase c = row((k == 0 ? name : str_cat(name, "/diagonal ", k)).c_str(),
                     str_cat("torch.", name, "(x0, ", k, ")").c_str(),
                     [=](const Tensors& x) { return f(x[0], k, At::here()); },
                     triangle_of(k, lower), matrices);
      if (k == 0) {
        c.specials = odd;
        c.errors = {{[=] { f(ones({3}), 0, At::here()); }, "x (3) must have at least two dims"}};
        c.benchmarks = {square};
      }
      rows.push_back(c);
    }
  }

  OpCase main =
      row("diagonal", "torch.diagonal(x0)", [](const Tensors& x) { return diagonal(x[0]); },
          diagonal_of(0, 0, 1), {{{{3, 3}}}, {{{2, 5}}}, {{{5, 2, 3}}}, {{{0, 2}}}, {{{1, 1}}}});
  main.specials = odd;
  main.errors = {{[] { diagonal(ones({3})); }, "[diagonal] dim2=1 is out of range for rank 1"},
                 {[] {
                    diagonal(ones({2, 3}), 0, 1, -1);
                  },
                  "[diagonal] dim1=1 and dim2=-1 are the same dim of x (2, 3)"}};
  main.benchmarks = {square};
  rows.push_back(main);
  rows.push_back(row(
      "diagonal/offset, dims", "torch.diagonal(x0, 1, -1, 0)",
      [](const Tensors& x) { return diagonal(x[0], 1, -1, 0); },
      [](const Naives& x) { return diagonal_of(1, x[0].shape.rank() - 1, 0)(x); },
      {{{{3, 2, 4}}}, {{{4, 3}}}, {{{1, 3}}}}));
  rows.push_back(row("diagonal/below", "torch.diagonal(x0, -2)",
                     [](const Tensors& x) { return diagonal(x[0], -2); }, diagonal_of(-2, 0, 1),
                     {{{{5, 3}}}, {{{2, 2}}}, {{{1, 4}}}}));

  OpCase embed = row(
      "diag_embed", "torch.diag_embed(x0)", [](const Tensors& x) { return diag_embed(x[0]); },
      [](const Naives& x) {
        const int rank = x[0].shape.rank();
        return embedded(0, rank - 1, rank)(x);
      },
      {{{{3}}}, {{{1}}}, {{{2, 3}}}, {{{0}}}, {{{0, 2}}}});
  embed.specials = {{{{2}, {NAN, -INFINITY}}}};
  embed.errors = {{[] { diag_embed(ones({})); }, "[diag_embed] x () must have 1 to 7 dims"},
                  {[] { diag_embed(ones({2}), 0, 1, -1); }, "are the same dim of y"}};
  embed.benchmarks = {{.inputs = {{{64, 128}}}, .bytes = 4.0 * 64 * 128 * 129}};
  rows.push_back(embed);
  rows.push_back(row("diag_embed/offset, dims", "torch.diag_embed(x0, -2, 2, 0)",
                     [](const Tensors& x) { return diag_embed(x[0], -2, 2, 0); },
                     embedded(-2, 2, 0), {{{{2, 3}}}, {{{1, 1}}}}));

  OpCase vector = row("diag", "torch.diag(x0)", [](const Tensors& x) { return diag(x[0]); },
                      embedded(0, 0, 1), {{{{3}}}, {{{1}}}, {{{0}}}});
  vector.errors = {{[] {
                      diag(ones({2, 2, 2}));
                    },
                    "[diag] x (2, 2, 2) must be a vector or a matrix"}};
  vector.benchmarks = {{.inputs = {{{1024}}}, .bytes = 4 * kMiB}};
  rows.push_back(vector);
  rows.push_back(row("diag/vector, offset", "torch.diag(x0, 2)",
                     [](const Tensors& x) { return diag(x[0], 2); }, embedded(2, 0, 1),
                     {{{{3}}}, {{{1}}}}));
  rows.push_back(row("diag/matrix", "torch.diag(x0, -1)",
                     [](const Tensors& x) { return diag(x[0], -1); }, diagonal_of(-1, 0, 1),
                     {{{{3, 4}}}, {{{4, 2}}}, {{{1, 1}}}}));

  OpCase traced = row(
      "trace", "torch.trace(x0)", [](const Tensors& x) { return trace(x[0]); },
      [](const Naives& x) {
        Naive y{Shape{}};
        for (Index i = 0; i < std::min(x[0].shape[0], x[0].shape[1]); ++i) y[0] += x[0]({i, i});
        return y;
      },
      {{{{3, 3}}}, {{{2, 4}}}, {{{1, 1}}}, {{{0, 2}}}});
  traced.specials = odd;
  traced.errors = {{[] { trace(ones({2})); }, "[trace] x (2) must be a matrix"}};
  traced.benchmarks = {{.inputs = {{{1024, 1024}}}}};
  rows.push_back(traced);

  for (const bool lower : {true, false}) {
    const auto f = lower ? tril_indices : triu_indices;
    const std::string name = lower ? "tril_indices" : "triu_indices";
    const std::pair<Shape, Index> sizes[] = {{{3, 3}, 0}, {{2, 4}, 1}, {{4, 3}, -1}, {{0, 2}, 0}};
    for (const auto& [s, k] : sizes) {
      const Index m = s[0], n = s[1], offset = k;
      OpCase c = row(
          str_cat(name, "/", m, " by ", n).c_str(),
          str_cat("torch.", name, "(", m, ", ", n, ", ", offset, ")").c_str(),
          [=](const Tensors&) { return f(m, n, offset, At::here()); },
          [=](const Naives&) { return positions(m, n, offset, lower); }, {{}});
      c.differentiable = false;
      if (m == 3) {
        c.errors = {{[=] { f(-1, 2, 0, At::here()); }, "row=-1, col=2 must not be negative"}};
        c.benchmarks = {{.inputs = {}}};
      }
      rows.push_back(c);
    }
  }
  return rows;
}

}  // namespace tinygrad::test
