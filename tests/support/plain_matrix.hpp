// SPDX-License-Identifier: MIT
// Small matrices in plain loops, for the references of the rows of linear algebra.
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>

#include "support/op_cases.hpp"

namespace tinygrad::test {

/// A matrix of doubles, the stuff of the references.
struct Plain {
  Index m, n;
  std::vector<double> values;

  Plain(Index rows, Index columns)
      : m(rows), n(columns), values(static_cast<std::size_t>(rows * columns)) {}
  double& operator()(Index i, Index j) { return values[static_cast<std::size_t>(i * n + j)]; }
  double operator()(Index i, Index j) const { return values[static_cast<std::size_t>(i * n + j)]; }
};

inline Plain identity(Index n) {
  Plain out(n, n);
  for (Index i = 0; i < n; ++i) out(i, i) = 1;
  return out;
}

inline Plain transposed(const Plain& a) {
  Plain out(a.n, a.m);
  for (Index i = 0; i < a.m; ++i)
    for (Index j = 0; j < a.n; ++j) out(j, i) = a(i, j);
  return out;
}

inline Plain product(const Plain& a, const Plain& b) {
  Plain out(a.m, b.n);
  for (Index i = 0; i < a.m; ++i)
    for (Index j = 0; j < b.n; ++j)
      for (Index k = 0; k < a.n; ++k) out(i, j) += a(i, k) * b(k, j);
  return out;
}

// Applies f to the matrices of each batch element; batch dims broadcast. The result has the last
// `rank` dims of f's: 2, 1 (its rows) or 0.
inline Naive batched(const Naives& x, const std::function<Plain(const std::vector<Plain>&)>& f,
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

inline std::function<Naive(const Naives&)> each(Plain (*f)(const Plain&), int rank = 2) {
  return [=](const Naives& x) {
    return batched(
        x, [f](const std::vector<Plain>& a) { return f(a[0]); }, rank);
  };
}

// Gaussian elimination with partial pivoting: x of a·x = b, and the determinant.
inline Plain eliminate(Plain a, Plain b, double& det) {
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

inline Plain solved(const Plain& a, const Plain& b) {
  double det = 0;
  return eliminate(a, b, det);
}

inline Plain plain_regular(Plain x) {
  for (Index i = 0; i < x.m; ++i) x(i, i) += static_cast<double>(2 * x.m);
  return x;
}

// These run under the line of their caller, the row, which errors name.
inline Tensor scaled_eye(const Tensor& x, double factor, At at = At::here()) {
  const Index n = x.size(-1, at);
  return eye(n, x.dtype()) * factor;
}

inline Tensor regular(const Tensor& x, At at = At::here()) {
  return x + scaled_eye(x, 2 * static_cast<double>(x.size(-1, at)), at);
}

inline const std::string kRegular =
    "(x0 + 2 * x0.shape[-1] * torch.eye(x0.shape[-1], dtype=x0.dtype))";

// Shapes of square matrices: empty, of size 1, odd, batches.
inline std::vector<std::vector<Input>> squares(double low = -1, double high = 1) {
  std::vector<std::vector<Input>> out;
  for (const Shape& shape : {Shape{0, 0}, Shape{1, 1}, Shape{3, 3}, Shape{2, 4, 4},
                             Shape{2, 1, 2, 2}, Shape{0, 3, 3}, Shape{2, 0, 0}})
    out.push_back({{shape, low, high}});
  return out;
}

inline const std::vector<BenchSample> kSquareBench = {{.inputs = {{{128, 128}, -1, 1}}},
                                                      {.inputs = {{{64, 16, 16}, -1, 1}}}};

// What `run` makes of a free matrix, in the reference, here and in Python: a positive definite, a
// regular, and a symmetric one whose eigenvalues are apart.
inline Plain plain_definite(const Plain& x) {
  Plain out = product(x, transposed(x));
  for (Index i = 0; i < x.m; ++i) out(i, i) += static_cast<double>(x.m);
  return out;
}

inline Tensor turned(const Tensor& x, At at = At::here()) { return transpose(x, -2, -1, at); }

inline Tensor definite(const Tensor& x, At at = At::here()) {
  return matmul(x, turned(x, at)) + scaled_eye(x, static_cast<double>(x.size(-1, at)), at);
}

inline const std::string kDefinite =
    "(x0 @ x0.mT + x0.shape[-1] * torch.eye(x0.shape[-1], dtype=x0.dtype))";

}  // namespace tinygrad::test
