// SPDX-License-Identifier: MIT
// Rows for ops/linalg/decomposition.hpp and ops/linalg/solve.hpp. Factors that are only determined up to signs
// are tested by their absolute values or by what they multiply to; symmetric and regular matrices
// are made of free ones inside `run`, so that every element can be varied.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "support/op_cases.hpp"

namespace tinygrad::test {

namespace {

/// A matrix of doubles, the stuff of the references.
struct Plain {
  Index m, n;
  std::vector<double> values;

  Plain(Index rows, Index columns)
      : m(rows), n(columns), values(static_cast<std::size_t>(rows * columns)) {}
  double& operator()(Index i, Index j) { return values[static_cast<std::size_t>(i * n + j)]; }
  double operator()(Index i, Index j) const { return values[static_cast<std::size_t>(i * n + j)]; }
};

Plain identity(Index n) {
  Plain out(n, n);
  for (Index i = 0; i < n; ++i) out(i, i) = 1;
  return out;
}
Plain transposed(const Plain& a) {
  Plain out(a.n, a.m);
  for (Index i = 0; i < a.m; ++i)
    for (Index j = 0; j < a.n; ++j) out(j, i) = a(i, j);
  return out;
}
Plain product(const Plain& a, const Plain& b) {
  Plain out(a.m, b.n);
  for (Index i = 0; i < a.m; ++i)
    for (Index j = 0; j < b.n; ++j)
      for (Index k = 0; k < a.n; ++k) out(i, j) += a(i, k) * b(k, j);
  return out;
}
Plain absolute(Plain a) {
  for (double& v : a.values) v = std::fabs(v);
  return a;
}

// Applies f to the matrices of each batch element; batch dims broadcast. The result has the last
// `rank` dims of f's: 2, 1 (its rows) or 0.
Naive batched(const Naives& x, const std::function<Plain(const std::vector<Plain>&)>& f,
              int rank = 2) {
  Shape batch;
  for (const Naive& a : x)
    batch = broadcast_shapes({"reference"}, batch, Shape(a.shape.begin(), a.shape.end() - 2));
  std::vector<Plain> matrices;
  for (const Naive& a : x) matrices.emplace_back(a.shape[a.shape.rank() - 2], a.shape.back());
  const Plain like = f(matrices);
  Shape shape = batch;
  if (rank > 0) shape.push_back(like.m);
  if (rank > 1) shape.push_back(like.n);
  Naive out(shape);
  Index at = 0;
  for_each_index(batch, [&](const Shape& index) {
    for (std::size_t k = 0; k < x.size(); ++k)
      for (Index i = 0; i < matrices[k].m; ++i)
        for (Index j = 0; j < matrices[k].n; ++j) {
          Shape element = index;
          element.push_back(i);
          element.push_back(j);
          matrices[k](i, j) = x[k].broadcast(element);
        }
    for (const double v : f(matrices).values) out[at++] = v;
  });
  return out;
}
std::function<Naive(const Naives&)> each(Plain (*f)(const Plain&), int rank = 2) {
  return [=](const Naives& x) {
    return batched(
        x, [f](const std::vector<Plain>& a) { return f(a[0]); }, rank);
  };
}

// Gaussian elimination with partial pivoting: x of a·x = b, and the determinant.
Plain eliminate(Plain a, Plain b, double& det) {
  const Index n = a.m;
  det = 1;
  for (Index k = 0; k < n; ++k) {
    Index pivot = k;
    for (Index i = k + 1; i < n; ++i)
      if (std::fabs(a(i, k)) > std::fabs(a(pivot, k))) pivot = i;
    if (pivot != k) det = -det;
    for (Index j = 0; j < n; ++j) std::swap(a(k, j), a(pivot, j));
    for (Index j = 0; j < b.n; ++j) std::swap(b(k, j), b(pivot, j));
    det *= a(k, k);
    if (a(k, k) == 0) return b;
    for (Index i = 0; i < n; ++i) {
      if (i == k) continue;
      const double factor = a(i, k) / a(k, k);
      for (Index j = 0; j < n; ++j) a(i, j) -= factor * a(k, j);
      for (Index j = 0; j < b.n; ++j) b(i, j) -= factor * b(k, j);
    }
  }
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < b.n; ++j) b(i, j) /= a(i, i);
  return b;
}
Plain solved(const Plain& a, const Plain& b) {
  double det = 0;
  return eliminate(a, b, det);
}
Plain determinant(const Plain& a) {
  Plain out(1, 1);
  eliminate(a, Plain(a.m, 0), out.values[0]);
  return out;
}

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

Plain cholesky_factor(const Plain& a) {
  Plain l(a.m, a.m);
  for (Index j = 0; j < a.m; ++j)
    for (Index i = j; i < a.m; ++i) {
      double rest = a(i, j);
      for (Index k = 0; k < j; ++k) rest -= l(i, k) * l(j, k);
      l(i, j) = i == j ? std::sqrt(rest) : rest / l(j, j);
    }
  return l;
}

// Jacobi's rotations: a·v = v·diag(values), values ascending.
struct Spectrum {
  Plain values, vectors;
};
Spectrum spectrum(Plain a) {
  const Index n = a.m;
  Plain v = identity(n);
  for (int sweep = 0; sweep < 60; ++sweep)
    for (Index p = 0; p < n; ++p)
      for (Index q = p + 1; q < n; ++q) {
        if (a(p, q) == 0) continue;
        const double theta = 0.5 * std::atan2(2 * a(p, q), a(q, q) - a(p, p));
        const double c = std::cos(theta), s = std::sin(theta);
        for (Index k = 0; k < n; ++k) {
          const double x = a(k, p), y = a(k, q);
          a(k, p) = c * x - s * y;
          a(k, q) = s * x + c * y;
        }
        for (Index k = 0; k < n; ++k) {
          const double x = a(p, k), y = a(q, k);
          a(p, k) = c * x - s * y;
          a(q, k) = s * x + c * y;
        }
        for (Index k = 0; k < n; ++k) {
          const double x = v(k, p), y = v(k, q);
          v(k, p) = c * x - s * y;
          v(k, q) = s * x + c * y;
        }
      }
  std::vector<Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), Index{0});
  std::sort(order.begin(), order.end(), [&](Index i, Index j) { return a(i, i) < a(j, j); });
  Spectrum out{Plain(n, 1), Plain(n, n)};
  for (Index j = 0; j < n; ++j) {
    const Index from = order[static_cast<std::size_t>(j)];
    out.values(j, 0) = a(from, from);
    for (Index i = 0; i < n; ++i) out.vectors(i, j) = v(i, from);
  }
  return out;
}

// The singular values and right vectors by Hestenes' rotations of the columns, which keep digits
// that aᵀ·a would lose; then u = a·v/s.
struct Singular {
  Plain u, s, vh;
};
Singular singular(const Plain& matrix) {
  if (matrix.m < matrix.n) {
    const Singular t = singular(transposed(matrix));
    return {transposed(t.vh), t.s, transposed(t.u)};
  }
  Plain a = matrix, v = identity(matrix.n);
  const Index m = a.m, n = a.n;
  for (int sweep = 0; sweep < 60; ++sweep)
    for (Index p = 0; p < n; ++p)
      for (Index q = p + 1; q < n; ++q) {
        double pp = 0, qq = 0, pq = 0;
        for (Index k = 0; k < m; ++k) {
          pp += a(k, p) * a(k, p);
          qq += a(k, q) * a(k, q);
          pq += a(k, p) * a(k, q);
        }
        if (pq == 0) continue;
        const double theta = 0.5 * std::atan2(2 * pq, qq - pp);
        const double c = std::cos(theta), s = std::sin(theta);
        const auto rotate = [&](Plain& x) {
          for (Index k = 0; k < x.m; ++k) {
            const double y = x(k, p), z = x(k, q);
            x(k, p) = c * y - s * z;
            x(k, q) = s * y + c * z;
          }
        };
        rotate(a);
        rotate(v);
      }
  std::vector<double> norms(static_cast<std::size_t>(n));
  for (Index j = 0; j < n; ++j) {
    double sum = 0;
    for (Index k = 0; k < m; ++k) sum += a(k, j) * a(k, j);
    norms[static_cast<std::size_t>(j)] = std::sqrt(sum);
  }
  std::vector<Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), Index{0});
  const auto norm_of = [&](Index j) { return norms[static_cast<std::size_t>(j)]; };
  std::sort(order.begin(), order.end(), [&](Index i, Index j) { return norm_of(i) > norm_of(j); });
  Singular out{Plain(m, n), Plain(n, 1), Plain(n, n)};
  for (Index j = 0; j < n; ++j) {
    const Index from = order[static_cast<std::size_t>(j)];
    out.s(j, 0) = norm_of(from);
    for (Index i = 0; i < m; ++i) out.u(i, j) = a(i, from) / norm_of(from);
    for (Index i = 0; i < n; ++i) out.vh(j, i) = v(i, from);
  }
  return out;
}

// What `run` makes of a free matrix, in the reference, here and in Python: a positive definite, a
// regular, and a symmetric one whose eigenvalues are apart.
Plain plain_definite(const Plain& x) {
  Plain out = product(x, transposed(x));
  for (Index i = 0; i < x.m; ++i) out(i, i) += static_cast<double>(x.m);
  return out;
}
Plain plain_regular(Plain x) {
  for (Index i = 0; i < x.m; ++i) x(i, i) += static_cast<double>(2 * x.m);
  return x;
}
Plain plain_symmetric(const Plain& x) {
  Plain out = x;
  for (Index i = 0; i < x.m; ++i)
    for (Index j = 0; j < x.m; ++j)
      out(i, j) += x(j, i) + (i == j ? 4 * static_cast<double>(i) : 0);
  return out;
}
Tensor turned(const Tensor& x) { return transpose(x, -2, -1); }
Tensor scaled_eye(const Tensor& x, double factor) { return eye(x.size(-1), x.dtype()) * factor; }
Tensor definite(const Tensor& x) {
  return matmul(x, turned(x)) + scaled_eye(x, static_cast<double>(x.size(-1)));
}
Tensor regular(const Tensor& x) { return x + scaled_eye(x, 2 * static_cast<double>(x.size(-1))); }
Tensor symmetric(const Tensor& x) {
  const Tensor steps = arange(0, static_cast<double>(x.size(-1)), 1, x.dtype());
  return x + turned(x) + scaled_eye(x, 4) * steps;
}
const std::string kDefinite =
    "(x0 @ x0.mT + x0.shape[-1] * torch.eye(x0.shape[-1], dtype=x0.dtype))";
const std::string kRegular = "(x0 + 2 * x0.shape[-1] * torch.eye(x0.shape[-1], dtype=x0.dtype))";
const std::string kSymmetric =
    "(x0 + x0.mT + 4 * torch.diag(torch.arange(x0.shape[-1], dtype=x0.dtype)))";

// Shapes of square matrices: empty, of size 1, odd, batches.
std::vector<std::vector<Input>> squares(double low = -1, double high = 1) {
  std::vector<std::vector<Input>> out;
  for (const Shape& shape : {Shape{0, 0}, Shape{1, 1}, Shape{3, 3}, Shape{2, 4, 4},
                             Shape{2, 1, 2, 2}, Shape{0, 3, 3}, Shape{2, 0, 0}})
    out.push_back({{shape, low, high}});
  return out;
}
// Shapes of any matrices.
std::vector<std::vector<Input>> rectangles() {
  std::vector<std::vector<Input>> out;
  for (const Shape& shape : {Shape{1, 1}, Shape{3, 3}, Shape{5, 3}, Shape{3, 5}, Shape{2, 4, 2},
                             Shape{2, 1, 2, 3}, Shape{0, 3, 2}})
    out.push_back({{shape}});
  return out;
}

const std::vector<BenchSample> kSquareBench = {{.inputs = {{{128, 128}, -1, 1}}},
                                               {.inputs = {{{64, 16, 16}, -1, 1}}}};

void add_cholesky(Rows& rows) {
  OpCase c = row(
      "cholesky", "torch.linalg.cholesky(" + kDefinite + ")",
      [](const Tensors& x) { return cholesky(definite(x[0])); },
      each([](const Plain& x) { return cholesky_factor(plain_definite(x)); }), squares());
  c.specials = {{{{2, 2}, {0, 0, 0, 0}}}, {{{2, 2}, {100, 0, 0, -100}}}};
  c.errors = {{[] {
                 cholesky(tensor({{1, 2}, {2, 1}}));
               },
               "[cholesky] batch element 0 is not positive definite: its leading minor of order 2"},
              {[] {
                 cholesky(ones({2, 3}));
               },
               "a (2, 3): the last two dims must have one size"},
              {[] { cholesky(ones({3})); }, "a (3) must be a matrix or a batch of them"},
              {[] {
                 cholesky(ones({2, 2}, int64));
               },
               "wants float32 or float64, got int64"},
              {[] {
                 cholesky(tensor({{1, 1}, {kNaN, 1}}));
               },
               "is not positive definite"},
              {[] {
                 cholesky(tensor({{kInf, 1}, {1, 1}}));
               },
               "is not positive definite"}};
  c.benchmarks = kSquareBench;
  rows.push_back(c);

  // One triangle of a matrix is read, whatever is in the other one; the gradient goes to both.
  c = row("cholesky/one triangle", "torch.linalg.cholesky(" + kRegular + ")",
          [](const Tensors& x) { return cholesky(regular(x[0])); },
          each([](const Plain& x) { return cholesky_factor(plain_regular(x)); }), {});
  c.specials = {{{{2, 2}, {1, 5, 2, 3}}}};
  rows.push_back(c);
  rows.push_back(row(
      "cholesky/upper", "torch.linalg.cholesky(" + kDefinite + ", upper=True)",
      [](const Tensors& x) { return cholesky(definite(x[0]), true); },
      each([](const Plain& x) { return transposed(cholesky_factor(plain_definite(x))); }),
      squares()));

  const Reference reference = [](const Naives& x) {
    return batched(x,
                   [](const std::vector<Plain>& a) { return solved(plain_definite(a[0]), a[1]); });
  };
  const std::vector<std::vector<Input>> samples = {{{{3, 3}, -1, 1}, {{3, 2}}},
                                                   {{{1, 1}, -1, 1}, {{1, 1}}},
                                                   {{{0, 0}}, {{0, 2}}},
                                                   {{{2, 3, 3}, -1, 1}, {{3, 1}}},
                                                   {{{3, 3}, -1, 1}, {{2, 3, 2}}}};
  c = row(
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

void add_determinants(Rows& rows) {
  OpCase c = row(
      "det", "torch.linalg.det(x0)", [](const Tensors& x) { return det(x[0]); },
      each(determinant, 0), squares());
  c.specials = {{{{2, 2}, {1, 2, 3, 4}}},
                {{{2, 2}, {1e4, 0, 0, -1e4}}},
                {{{3, 3}, {0, 0, 2, 0, 3, 0, -1, 0, 0}}},
                {{{2, 2}, {0, 0, 0, 0}}}};
  c.errors = {{[] {
                 det(ones({2, 3}));
               },
               "[det] a (2, 3): the last two dims must have one size"},
              {[] { det(ones({})); }, "a () must be a matrix"}};
  c.benchmarks = kSquareBench;
  rows.push_back(c);
  // Of rank n − 1, alone and beside a regular matrix.
  c = row("det/singular", "torch.linalg.det(x0)", [](const Tensors& x) { return det(x[0]); },
          each(determinant, 0), {});
  c.specials = {{{{2, 2}, {1, 2, 2, 4}}},
                {{{2, 2, 2}, {1, 2, 2, 4, 1, 2, 3, 4}}},
                {{{3, 3}, {1, 0, 0, 0, 0, 0, 0, 0, 2}}}};
  c.differs_from_torch =
      "PyTorch's gradient is 0 there, which is not the limit: ours is the cofactors";
  rows.push_back(c);

  c = row(
      "slogdet/logabsdet", "torch.linalg.slogdet(x0).logabsdet",
      [](const Tensors& x) { return slogdet(x[0]).logabsdet; },
      each(
          [](const Plain& x) {
            Plain y = determinant(x);
            y.values[0] = std::log(std::fabs(y.values[0]));
            return y;
          },
          0),
      squares());
  c.specials = {{{{2, 2}, {1, 2, 3, 4}}}, {{{2, 2}, {1e4, 0, 0, -1e4}}}, {{{2, 2}, {1, 2, 2, 4}}}};
  c.errors = {{[] { slogdet(ones({2, 3})); }, "[slogdet] a (2, 3): the last two dims"}};
  c.benchmarks = kSquareBench;
  rows.push_back(c);
  c = row(
      "slogdet/sign", "torch.linalg.slogdet(x0).sign",
      [](const Tensors& x) { return slogdet(x[0]).sign; },
      each(
          [](const Plain& x) {
            Plain y = determinant(x);
            y.values[0] = y.values[0] > 0 ? 1 : y.values[0] < 0 ? -1 : 0;
            return y;
          },
          0),
      squares());
  c.specials = {{{{2, 2}, {1, 2, 2, 4}}}, {{{2, 2}, {0, 1, 1, 0}}}};
  c.differentiable = false;
  rows.push_back(c);
}

// Q and R by Gram and Schmidt, whose R has a positive diagonal.
struct PlainQr {
  Plain q, r;
};
PlainQr plain_qr(const Plain& a) {
  const Index k = std::min(a.m, a.n);
  PlainQr out{Plain(a.m, k), Plain(k, a.n)};
  for (Index j = 0; j < k; ++j) {
    for (Index i = 0; i < a.m; ++i) out.q(i, j) = a(i, j);
    for (int twice = 0; twice < 2; ++twice)
      for (Index p = 0; p < j; ++p) {
        double part = 0;
        for (Index i = 0; i < a.m; ++i) part += out.q(i, p) * out.q(i, j);
        for (Index i = 0; i < a.m; ++i) out.q(i, j) -= part * out.q(i, p);
      }
    double norm = 0;
    for (Index i = 0; i < a.m; ++i) norm += out.q(i, j) * out.q(i, j);
    for (Index i = 0; i < a.m; ++i) out.q(i, j) /= std::sqrt(norm);
  }
  out.r = product(transposed(out.q), a);
  for (Index i = 0; i < k; ++i)
    for (Index j = 0; j < i; ++j) out.r(i, j) = 0;
  return out;
}

void add_qr(Rows& rows) {
  OpCase c = row(
      "qr/q", "torch.linalg.qr(x0).Q.abs()", [](const Tensors& x) { return abs(qr(x[0]).q); },
      each([](const Plain& x) { return absolute(plain_qr(x).q); }), rectangles());
  c.specials = {{{{2, 2}, {1e4, 1, 1, -1e4}}}, {{{3, 2}, {1, 2, 3, 4, 5, 8}}}};
  c.errors = {{[] { qr(ones({3})); }, "[qr] a (3) must be a matrix or a batch of them"},
              {[] {
                 qr(ones({3, 3}, int64));
               },
               "wants float32 or float64, got int64"},
              {[] {
                 qr(tensor({{1, kInf}, {0, 1}}));
               },
               "[qr] batch element 0 holds NaN or infinity"}};
  c.benchmarks = {{.inputs = {{{128, 64}}}}, {.inputs = {{{64, 16, 16}}}}};
  rows.push_back(c);
  c = row(
      "qr/r", "torch.linalg.qr(x0).R.abs()", [](const Tensors& x) { return abs(qr(x[0]).r); },
      each([](const Plain& x) { return absolute(plain_qr(x).r); }), rectangles());
  // abs() has its kink in the zeros below the diagonal, which are none of R's values.
  c.run = [](const Tensors& x) {
    const Tensor r = qr(x[0]).r;
    return r * sign(r.detach());
  };
  rows.push_back(c);
  c = row(
      "qr/complete", "torch.linalg.qr(x0.detach(), mode='complete').R.abs()",
      [](const Tensors& x) {
        const auto [q, r] = qr(x[0].detach(), true);
        return abs(matmul(q, matmul(q, r, {.a = true})));  // Qᵀ·Q = I: R again
      },
      each([](const Plain& x) {
        const Plain r = absolute(plain_qr(x).r);
        Plain out(x.m, x.n);
        for (Index i = 0; i < r.m; ++i)
          for (Index j = 0; j < r.n; ++j) out(i, j) = r(i, j);
        return out;
      }),
      rectangles());
  c.differentiable = false;
  rows.push_back(c);
}

void add_eigen(Rows& rows) {
  OpCase c = row(
      "eigh/values", "torch.linalg.eigh(" + kSymmetric + ").eigenvalues",
      [](const Tensors& x) { return eigh(symmetric(x[0])).values; },
      each([](const Plain& x) { return spectrum(plain_symmetric(x)).values; }, 1), squares());
  c.specials = {{{{2, 2}, {1e4, 0, 0, -1e4}}}, {{{2, 2}, {2, 0, 0, 0}}}};
  c.errors = {{[] {
                 eigh(tensor({{1, kNaN}, {0, 1}}));
               },
               "[eigh] batch element 0 holds NaN or infinity"},
              {[] {
                 eigh(ones({2, 3}));
               },
               "a (2, 3): the last two dims must have one size"}};
  c.benchmarks = kSquareBench;
  rows.push_back(c);
  rows.push_back(row(
      "eigh/vectors", "torch.linalg.eigh(" + kSymmetric + ").eigenvectors.abs()",
      [](const Tensors& x) { return abs(eigh(symmetric(x[0])).vectors); },
      each([](const Plain& x) { return absolute(spectrum(plain_symmetric(x)).vectors); }),
      squares()));
  // V·(Λ + Λ²)·Vᵀ = A + A·A
  rows.push_back(row(
      "eigh/function",
      "(lambda e: (e.eigenvectors * (e.eigenvalues + e.eigenvalues**2).unsqueeze(-2)) @ "
      "e.eigenvectors.mT)(torch.linalg.eigh(" +
          kSymmetric + "))",
      [](const Tensors& x) {
        const auto [values, v] = eigh(symmetric(x[0]));
        return matmul(v * unsqueeze(values + square(values), -2), v, {.b = true});
      },
      each([](const Plain& x) {
        const Plain a = plain_symmetric(x);
        Plain y = product(a, a);
        for (Index i = 0; i < a.m; ++i)
          for (Index j = 0; j < a.m; ++j) y(i, j) += a(i, j);
        return y;
      }),
      squares()));
  // Of a matrix that is not symmetric one triangle is read; the gradient is that of a symmetric
  // one.
  const auto mirrored = [](bool upper) {
    return each(upper ? +[](const Plain& x) {
      Plain a = plain_regular(x);
      for (Index i = 0; i < a.m; ++i)
        for (Index j = 0; j < i; ++j) a(i, j) = a(j, i);
      return spectrum(a).values;
    } : +[](const Plain& x) {
      Plain a = plain_regular(x);
      for (Index i = 0; i < a.m; ++i)
        for (Index j = 0; j < i; ++j) a(j, i) = a(i, j);
      return spectrum(a).values;
    }, 1);
  };
  for (const bool upper : {false, true}) {
    c = row(upper ? "eigh/upper" : "eigh/lower",
            "torch.linalg.eigh(" + kRegular + ", UPLO='" + (upper ? "U" : "L") + "').eigenvalues",
            [upper](const Tensors& x) { return eigh(regular(x[0]), upper).values; },
            mirrored(upper), {});
    c.specials = {{{{2, 2}, {1, 5, 2, 3}}}, {{{3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 10}}}};
    rows.push_back(c);
  }
  c = row(
      "eigvalsh", "torch.linalg.eigvalsh(" + kSymmetric + ")",
      [](const Tensors& x) { return eigvalsh(symmetric(x[0])); },
      each([](const Plain& x) { return spectrum(plain_symmetric(x)).values; }, 1), squares());
  c.specials = {{{{2, 2}, {1e4, 0, 0, -1e4}}}};
  c.errors = {{[] { eigvalsh(ones({2, 3})); }, "the last two dims must have one size"}};
  c.benchmarks = kSquareBench;
  rows.push_back(c);
}

void add_svd(Rows& rows) {
  const std::string torch = "torch.linalg.svd(x0, full_matrices=False).";
  OpCase c = row(
      "svd/s", torch + "S", [](const Tensors& x) { return svd(x[0]).s; },
      each([](const Plain& x) { return singular(x).s; }, 1), rectangles());
  c.samples.push_back({{{0, 3}}});
  c.samples.push_back({{{2, 3, 0}}});
  c.specials = {{{{2, 2}, {1e4, 0, 0, -1}}}, {{{2, 2}, {2, 0, 0, 2}}}, {{{2, 2}, {1, 2, 2, 4}}}};
  c.errors = {{[] {
                 svd(tensor({{1, kInf}, {0, 1}}));
               },
               "[svd] batch element 0 holds NaN or infinity"},
              {[] { svd(ones({3})); }, "a (3) must be a matrix or a batch of them"}};
  c.benchmarks = {{.inputs = {{{96, 64}}}}, {.inputs = {{{64, 8, 8}}}}};
  rows.push_back(c);
  rows.push_back(row(
      "svd/u", torch + "U.abs()", [](const Tensors& x) { return abs(svd(x[0]).u); },
      each([](const Plain& x) { return absolute(singular(x).u); }), rectangles()));
  rows.push_back(row(
      "svd/vh", torch + "Vh.abs()", [](const Tensors& x) { return abs(svd(x[0]).vh); },
      each([](const Plain& x) { return absolute(singular(x).vh); }), rectangles()));
  // U·S³·Vᵀ = A·Aᵀ·A
  rows.push_back(row(
      "svd/function",
      "(lambda d: (d.U * d.S.unsqueeze(-2)**3) @ d.Vh)(torch.linalg.svd(x0, "
      "full_matrices=False))",
      [](const Tensors& x) {
        const auto [u, s, vh] = svd(x[0]);
        return matmul(u * unsqueeze(s * s * s, -2), vh);
      },
      each([](const Plain& x) { return product(product(x, transposed(x)), x); }), rectangles()));
  c = row(
      "svdvals", "torch.linalg.svdvals(x0)", [](const Tensors& x) { return svdvals(x[0]); },
      each([](const Plain& x) { return singular(x).s; }, 1), rectangles());
  c.specials = {{{{2, 2}, {2, 0, 0, 2}}}};
  c.errors = {{[] { svdvals(ones({3})); }, "[svdvals] a (3) must be a matrix"}};
  c.benchmarks = {{.inputs = {{{96, 64}}}}};
  rows.push_back(c);

  c = row(
      "pinv", "torch.linalg.pinv(x0)", [](const Tensors& x) { return pinv(x[0]); },
      each([](const Plain& x) {
        const Singular d = singular(x);
        Plain v = transposed(d.vh);
        double largest = 0;
        for (const double s : d.s.values) largest = std::max(largest, s);
        for (Index i = 0; i < v.m; ++i)
          for (Index j = 0; j < v.n; ++j)
            v(i, j) = d.s(j, 0) > 1e-6 * largest ? v(i, j) / d.s(j, 0) : 0;
        Plain ut = transposed(d.u);
        for (double& value : ut.values)
          if (std::isnan(value)) value = 0;  // of a singular value that is 0
        return product(v, ut);
      }),
      rectangles());
  c.samples.push_back({{{0, 3}}});
  c.specials = {{{{2, 2}, {1, 2, 2, 4}}}, {{{2, 3}, {1, 0, 0, 0, 2, 0}}}, {{{2, 2}, {0, 0, 0, 0}}}};
  c.tolerance = 2e-3;
  c.tolerance_reason = "as the inverse: epsilon times the condition, up to 1000 here, times |y|";
  c.errors = {{[] { pinv(ones({3})); }, "[pinv] a (3) must be a matrix or a batch of them"},
              {[] {
                 pinv(tensor({{1, kNaN}, {0, 1}}));
               },
               "holds NaN or infinity"}};
  c.benchmarks = {{.inputs = {{{96, 64}}}}};
  rows.push_back(c);
  rows.push_back(row(
      "pinv/tolerance",
      "torch.linalg.pinv(x0 + 4 * torch.eye(3, dtype=x0.dtype), atol=1.0, rtol=0.0)",
      [](const Tensors& x) { return pinv(x[0] + scaled_eye(x[0], 4), {.atol = 1.0, .rtol = 0.0}); },
      each([](const Plain& x) {
        Plain a = x;
        for (Index i = 0; i < 3; ++i) a(i, i) += 4;
        return solved(a, identity(3));
      }),
      {{{{3, 3}, -1, 1}}}));

  // A third of the rank tolerance's cases each: nothing, relative, absolute.
  const auto rank_reference = [](double limit) {
    return [limit](const Naives& x) {
      return batched(
          x,
          [limit](const std::vector<Plain>& a) {
            const Plain s = singular(a[0]).s;
            Plain rank(1, 1);
            for (const double value : s.values) rank.values[0] += value > limit;
            return rank;
          },
          0);
    };
  };
  c = row(
      "matrix_rank", "torch.linalg.matrix_rank(x0)",
      [](const Tensors& x) { return matrix_rank(x[0]); }, rank_reference(1e-6), rectangles());
  c.samples.push_back({{{0, 3}}});
  c.specials = {{{{2, 2}, {1, 2, 2, 4}}}, {{{2, 2}, {0, 0, 0, 0}}}, {{{2, 2}, {1, 2, 3, 4}}}};
  c.differentiable = false;
  c.errors = {{[] { matrix_rank(ones({3})); }, "[matrix_rank] a (3) must be a matrix"}};
  c.benchmarks = {{.inputs = {{{96, 64}}}}};
  rows.push_back(c);
  c = row(
      "matrix_rank/atol", "torch.linalg.matrix_rank(x0, atol=2.0)",
      [](const Tensors& x) { return matrix_rank(x[0], {.atol = 2.0}); }, rank_reference(2),
      rectangles());
  c.differentiable = false;
  rows.push_back(c);
}

void add_least_squares(Rows& rows) {
  const Reference reference = [](const Naives& x) {
    return batched(x, [](const std::vector<Plain>& in) {
      const Plain &a = in[0], at = transposed(a);
      if (a.m >= a.n) return solved(product(at, a), product(at, in[1]));
      return product(at, solved(product(a, at), in[1]));
    });
  };
  OpCase c = row("lstsq", "torch.linalg.lstsq(x0, x1).solution",
                 [](const Tensors& x) { return lstsq(x[0], x[1]); }, reference,
                 {{{{5, 2}}, {{5, 2}}},
                  {{{1, 1}}, {{1, 1}}},
                  {{{2, 4}}, {{2, 3}}},
                  {{{2, 4, 2}}, {{2, 4, 1}}}});
  c.specials = {{{{3, 1}, {1, 2, 2}}, {{3, 1}, {1e4, -1e4, 0}}}};
  c.tolerance = 1e-4;
  c.tolerance_reason = "epsilon times the condition of the random matrices";
  c.errors = {{[] {
                 lstsq(ones({3, 2}), ones({2, 1}));
               },
               "[lstsq] sizes differ: a (3, 2), b (2, 1); b must have 3 rows"},
              {[] { lstsq(ones({3}), ones({3})); }, "a (3) must be a matrix"}};
  c.benchmarks = {{.inputs = {{{128, 32}}, {{128, 4}}}}};
  rows.push_back(c);
  c = row(
      "lstsq/vector", "torch.linalg.lstsq(x0, x1.unsqueeze(-1)).solution.squeeze(-1)",
      [](const Tensors& x) { return lstsq(x[0], x[1]); },
      [reference](const Naives& x) {
        Naive column = x[1];
        column.shape.push_back(1);
        Naive y = reference({x[0], column});
        y.shape.erase(y.shape.rank() - 1);
        return y;
      },
      {{{{5, 2}}, {{5}}}, {{{2, 4, 2}}, {{2, 4}}}});
  c.tolerance = 1e-4;
  c.tolerance_reason = "epsilon times the condition of the random matrices";
  rows.push_back(c);
}

}  // namespace

Rows linalg_decomposition_cases() {
  Rows rows;
  add_cholesky(rows);
  add_solve(rows);
  add_determinants(rows);
  add_qr(rows);
  add_eigen(rows);
  add_svd(rows);
  add_least_squares(rows);
  return rows;
}

}  // namespace tinygrad::test
