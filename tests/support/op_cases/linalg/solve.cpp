// SPDX-License-Identifier: MIT
// Rows for ops/linalg/solve.hpp.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "support/op_cases.hpp"
#include "support/plain_matrix.hpp"

namespace tinygrad::test {

namespace {
// a·x = b by substitution; only one triangle of a is read.
Plain substituted(const Plain& a, Plain b, bool upper) {
  for (Index step = 0; step < a.m; ++step) {
    const Index i = upper ? a.m - 1 - step : step;
    for (Index j = 0; j < b.n; ++j) {
      for (Index k = upper ? i + 1 : 0; k < (upper ? a.m : i); ++k) b(i, j) -= a(i, k) * b(k, j);
      b(i, j) /= a(i, i);
    }
  }
  return b;
}

void add_solve(Rows& rows) {
  const Reference reference = [](const Naives& x) {
    return batched(x,
                   [](const std::vector<Plain>& a) { return solved(plain_regular(a[0]), a[1]); });
  };
  OpCase c = row("solve", "torch.linalg.solve(" + kRegular + ", x1)",
                 [](const Tensors& x) { return solve(regular(x[0]), x[1]); }, reference,
                 {{{{3, 3}}, {{3, 2}}},
                  {{{1, 1}}, {{1, 1}}},
                  {{{0, 0}}, {{0, 2}}},
                  {{{3, 3}}, {{3, 0}}},
                  {{{2, 3, 3}}, {{3, 2}}},
                  {{{3, 3}}, {{2, 3, 2}}},
                  {{{2, 1, 3, 3}}, {{2, 3, 1}}}});
  c.specials = {{{{2, 2}, {1, 0, 0, -1}}, {{2, 1}, {kInf, 0}}},
                {{{2, 2}, {0, 0, 0, 0}}, {{2, 1}, {kNaN, 1}}},
                {{{2, 2}, {1e4, 1, 1, -1e4}}, {{2, 1}, {1, 2}}}};
  c.errors = {{[] {
                 solve(tensor({{1, 2}, {2, 4}}), ones({2, 1}));
               },
               "[solve] batch element 0 is singular: its pivot 2 is zero"},
              {[] {
                 solve(concat(std::vector{ones({1, 1, 1}), zeros({1, 1, 1})}), ones({2, 1, 1}));
               },
               "batch element 1 is singular: its pivot 1 is zero"},
              {[] {
                 solve(ones({2, 3}), ones({2}));
               },
               "the last two dims must have one size"},
              {[] {
                 solve(eye(2), ones({3, 1}));
               },
               "sizes differ: a (2, 2), b (3, 1); b must have 2 rows"},
              {[] { solve(eye(2), ones({})); }, "b is a scalar; it must have the rows of a (2, 2)"},
              {[] { solve(eye(2), ones({2}, float64)); }, "dtypes differ: a float32, b float64"}};
  c.benchmarks = {{.inputs = {{{128, 128}, -1, 1}, {{128, 16}}}},
                  {.inputs = {{{64, 16, 16}, -1, 1}, {{64, 16, 4}}}}};
  rows.push_back(c);
  rows.push_back(row(
      "solve/vectors", "torch.linalg.solve(" + kRegular + ", x1)",
      [](const Tensors& x) { return solve(regular(x[0]), x[1]); },
      [](const Naives& x) {
        Naive columns = x[1];
        columns.shape.push_back(1);
        return batched(
            {x[0], columns},
            [](const std::vector<Plain>& a) { return solved(plain_regular(a[0]), a[1]); }, 1);
      },
      {{{{3, 3}}, {{3}}}, {{{2, 3, 3}}, {{3}}}, {{{2, 3, 3}}, {{2, 3}}}, {{{0, 0}}, {{0}}}}));

  struct Form {
    const char *name, *torch;
    Triangular form;
  };
  for (const Form& f :
       {Form{"solve_triangular", "upper=False", {}},
        Form{"solve_triangular/upper", "upper=True", {.upper = true}},
        Form{"solve_triangular/right", "upper=False, left=False", {.left = false}},
        Form{"solve_triangular/upper right",
             "upper=True, left=False",
             {.upper = true, .left = false}},
        Form{"solve_triangular/unit", "upper=False, unitriangular=True", {.unitriangular = true}},
        Form{"solve_triangular/upper unit",
             "upper=True, unitriangular=True",
             {.upper = true, .unitriangular = true}}}) {
    c = row(
        f.name, "torch.linalg.solve_triangular(" + kRegular + ", x1, " + f.torch + ")",
        [form = f.form](const Tensors& x) { return solve_triangular(regular(x[0]), x[1], form); },
        [form = f.form](const Naives& x) {
          return batched(x, [form](const std::vector<Plain>& in) {
            Plain a = plain_regular(in[0]);
            for (Index i = 0; i < a.m && form.unitriangular; ++i) a(i, i) = 1;
            if (form.left) return substituted(a, in[1], form.upper);
            return transposed(substituted(transposed(a), transposed(in[1]), !form.upper));
          });
        },
        {{{{3, 3}, -1, 1}, {{3, 3}}},
         {{{1, 1}}, {{1, 1}}},
         {{{0, 0}}, {{0, 0}}},
         {{{2, 3, 3}, -1, 1}, {{3, 3}}},
         {{{3, 3}, -1, 1}, {{2, 3, 3}}}});
    if (rows.back().name.rfind("solve_triangular", 0) != 0) {
      c.specials = {{{{2, 2}, {-4, kNaN, 1, 1}}, {{2, 2}, {1, 0, 2, -1}}},
                    {{{2, 2}, {1, 0, 1, 1}}, {{2, 2}, {1e4, 0, -1e4, kInf}}}};
      c.errors = {{[] {
                     solve_triangular(eye(2), ones({3, 2}));
                   },
                   "[solve_triangular] sizes differ: a (2, 2), b (3, 2); b must have 2 rows"},
                  {[] {
                     solve_triangular(eye(2), ones({2, 3}), {.left = false});
                   },
                   "b must have 2 columns"},
                  {[] { solve_triangular(eye(2), ones({2})); }, "b (2) must be a matrix"},
                  {[] {
                     solve_triangular(eye(2), ones({2, 1}, float64));
                   },
                   "dtypes differ"}};
      c.benchmarks = {{.inputs = {{{128, 128}, -1, 1}, {{128, 16}}}}};
    }
    rows.push_back(c);
  }

  c = row(
      "inverse", "torch.linalg.inv(" + kRegular + ")",
      [](const Tensors& x) { return inverse(regular(x[0])); },
      each([](const Plain& x) { return solved(plain_regular(x), identity(x.m)); }), squares());
  c.specials = {{{{2, 2}, {1e4, 1, 1, -1e4}}}, {{{2, 2}, {-4, 1, 1, -4}}}};
  c.errors = {{[] {
                 inverse(zeros({3, 2, 2}));
               },
               "[inverse] batch element 0 is singular: its pivot 1 is zero"},
              {[] { inverse(ones({2})); }, "a (2) must be a matrix"}};
  c.benchmarks = kSquareBench;
  rows.push_back(c);

  for (const Index n : {3, 6, 1, 0, -2}) {
    c = row(
        str_cat("matrix_power/", n),
        str_cat("torch.linalg.matrix_power(", n < 0 ? kRegular : "x0", ", ", n, ")"),
        [n](const Tensors& x) { return matrix_power(n < 0 ? regular(x[0]) : x[0], n); },
        [n](const Naives& x) {
          return batched(x, [n](const std::vector<Plain>& in) {
            const Plain& a = in[0];
            const Plain factor = n < 0 ? solved(plain_regular(a), identity(a.m)) : a;
            Plain y = identity(a.m);
            for (Index i = 0; i < (n < 0 ? -n : n); ++i) y = product(y, factor);
            return y;
          });
        },
        squares());
    c.differentiable = n != 0;  // a constant
    if (n == 3) {
      c.specials = {{{{2, 2}, {0, 1, 0, 0}}}, {{{2, 2}, {1e4, 0, kNaN, 1}}}};
      c.errors = {{[] {
                     matrix_power(zeros({2, 2}), -1);
                   },
                   "batch element 0 is singular"},
                  {[] {
                     matrix_power(ones({2, 3}), 2);
                   },
                   "[matrix_power] a (2, 3): the last two dims must have one size"}};
      c.benchmarks = kSquareBench;
    }
    rows.push_back(c);
  }
}

void add_cholesky_solve(Rows& rows) {
  const Reference reference = [](const Naives& x) {
    return batched(x,
                   [](const std::vector<Plain>& a) { return solved(plain_definite(a[0]), a[1]); });
  };
  const std::vector<std::vector<Input>> samples = {{{{3, 3}, -1, 1}, {{3, 2}}},
                                                   {{{1, 1}, -1, 1}, {{1, 1}}},
                                                   {{{0, 0}}, {{0, 2}}},
                                                   {{{2, 3, 3}, -1, 1}, {{3, 1}}},
                                                   {{{3, 3}, -1, 1}, {{2, 3, 2}}}};
  OpCase c = row(
      "cholesky_solve", "torch.cholesky_solve(x1, torch.linalg.cholesky(" + kDefinite + "))",
      [](const Tensors& x) { return cholesky_solve(x[1], cholesky(definite(x[0]))); }, reference,
      samples);
  c.errors = {{[] {
                 cholesky_solve(ones({3, 1}), ones({2, 2}));
               },
               "[cholesky_solve] sizes differ: b (3, 1), factor (2, 2); b must have 2 rows"},
              {[] {
                 cholesky_solve(ones({2}), ones({2, 2}));
               },
               "b (2) must be a matrix"},
              {[] {
                 cholesky_solve(ones({2, 1}), ones({2, 2}, float64));
               },
               "dtypes differ"}};
  c.benchmarks = {{.inputs = {{{128, 128}, -1, 1}, {{128, 16}}}}};
  rows.push_back(c);
  rows.push_back(row(
      "cholesky_solve/upper",
      "torch.cholesky_solve(x1, torch.linalg.cholesky(" + kDefinite + ", upper=True), upper=True)",
      [](const Tensors& x) { return cholesky_solve(x[1], cholesky(definite(x[0]), true), true); },
      reference, samples));
}
}  // namespace

Rows linalg_solve_cases() {
  Rows rows;
  add_solve(rows);
  add_cholesky_solve(rows);
  return rows;
}

}  // namespace tinygrad::test
