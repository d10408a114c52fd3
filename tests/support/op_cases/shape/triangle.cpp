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
  Rows rows;
  const BenchSample square{.inputs = {{{1024, 1024}}}, .bytes = 8 * kMiB};
  const std::vector<std::vector<Input>> matrices = {
      {{{3, 3}}}, {{{3, 5}}}, {{{5, 2}}}, {{{1, 1}}}, {{{2, 3, 4}}}, {{{0, 3}}}, {{{3, 0}}}};
  const std::vector<std::vector<Given>> odd = {{{{2, 2}, {NAN, NAN, -0.0, INFINITY}}},
                                               {{{2, 2}, {1, INFINITY, NAN, -0.0}}}};

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
