// SPDX-License-Identifier: MIT
// Linear equations: solve, solve_triangular, cholesky_solve, inverse and matrix_power. The matrices
// are the last two dims; the other dims are batches.
#pragma once

#include "tinygrad/kernels/matrix/lapack.hpp"
#include "tinygrad/ops/checks.hpp"
#include "tinygrad/ops/creation/creation.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/ops/linalg/products.hpp"
#include "tinygrad/ops/reduction/reduction.hpp"
#include "tinygrad/ops/shape/triangle.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
inline Tensor matrix_transpose(const Tensor& x) { return transpose(x, -2, -1); }
// One number for each matrix, in a shape that broadcasts to the matrices.
inline Tensor per_matrix(const Tensor& x) { return unsqueeze(unsqueeze(x, -1), -1); }
inline Tensor identities(const Tensor& like) {
  return expand(eye(like.size(-1), like.dtype()), like.shape());
}
inline Tensor on_diagonal(Index n) { return to(eye(n), bool_); }

// The symmetric matrix with the lower triangle of x.
inline Tensor symmetric_from_lower(const Tensor& x) {
  return add(tril(x), matrix_transpose(tril(x, -1)));
}

// The right sides of a·x = b as matrices. Their batch dims and those of a are broadcast. As in
// PyTorch, b is a vector or a batch of vectors if it has one dim, or the shape of a without its
// last dim.
struct RightSides {
  bool vectors;
  Tensor b;     // (batch…, m, k)
  Shape batch;  // of a and b together

  RightSides(const Op& op, const Tensor& a, const Tensor& right)
      : vectors(right.dim() == 1 ||
                right.shape() == Shape(a.shape().begin(), a.shape().end() - 1)) {
    check_same_dtype(op, "a", a, "b", right);
    check<ShapeError>(right.dim() >= 1, op, "b is a scalar; it must have the rows of a ",
                      a.shape());
    b = vectors ? unsqueeze(right, -1) : right;
    check<ShapeError>(b.size(-2) == a.size(-2), op, "sizes differ: a ", a.shape(), ", b ",
                      right.shape(), "; b must have ", a.size(-2), " rows");
    batch = broadcast_shapes(op, Shape(a.shape().begin(), a.shape().end() - 2),
                             Shape(b.shape().begin(), b.shape().end() - 2));
    b = spread(b);
  }
  // Repeats matrices along batch dims that they lack.
  Tensor spread(const Tensor& matrices) const {
    Shape shape = batch;
    shape.push_back(matrices.size(-2));
    shape.push_back(matrices.size(-1));
    return expand(matrices, shape);
  }
  Tensor result(const Tensor& x) const { return vectors ? squeeze(x, -1) : x; }
};

inline Tensor triangular_solve(const Op& op, const Tensor& a, const Tensor& b,
                               kernels::TriangularForm form) {
  const Array x = kernels::triangular_solve(op, a.array(), b.array(), form);
  return record(
      op, x, {a, b}, save(a, a.requires_grad() ? x : Array()),
      [form](const Vjp& vjp, const Tensor& matrix, const Tensor& output) {
        kernels::TriangularForm back = form;
        back.transposed = !form.transposed;
        const Tensor grad_b = triangular_solve({"solve_triangular"}, matrix, vjp.grad(), back);
        if (!vjp.needs(0)) return grads(Tensor(), grad_b);
        // a·x = b: −grad_b·xᵀ;  x·a = b: −xᵀ·grad_b;  with aᵀ: transposed
        const bool grad_first = form.left != form.transposed;
        const Tensor product = matmul(grad_first ? grad_b : output, grad_first ? output : grad_b,
                                      {.a = !form.left, .b = form.left});
        return grads(neg(form.upper ? triu(product, form.unitriangular ? 1 : 0)
                                    : tril(product, form.unitriangular ? -1 : 0)),
                     vjp.needs(1) ? grad_b : Tensor());
      });
}

// a⁻¹·b, or a⁻ᵀ·b, from a's factors. Derivatives of every order use the same factors.
inline Tensor lu_solve(const Op& op, const Tensor& a, const kernels::Lu& lu, const Tensor& b,
                       bool transposed) {
  const Array x = kernels::lu_solve(op, lu, b.array(), transposed);
  return record(
      op, x, {a, b}, save(a, lu.factors, lu.pivots, a.requires_grad() ? x : Array()),
      [transposed](const Vjp& vjp, const Tensor& matrix, const Tensor& factors,
                   const Tensor& pivots, const Tensor& output) {
        const Tensor grad_b =
            lu_solve({"solve"}, matrix, {factors.array(), pivots.array()}, vjp.grad(), !transposed);
        if (!vjp.needs(0)) return grads(Tensor(), grad_b);
        const Tensor &left = transposed ? output : grad_b, &right = transposed ? grad_b : output;
        return grads(neg(matmul(left, right, {.a = false, .b = true})),
                     vjp.needs(1) ? grad_b : Tensor());
      });
}
}  // namespace detail

/// Which triangle of the matrix is read, on which side of the unknown the matrix is, and whether
/// its diagonal counts as ones and is not read.
struct Triangular {
  bool upper = false;
  bool left = true;
  bool unitriangular = false;
};

/// Solves a·x = b for triangular a; without `left` x·a = b. A zero on the diagonal gives
/// infinities.
/// Shapes  a (…, n, n), b (…, n, k), without left (…, k, n) → x as b, batch dims broadcast
/// Grad    grad_b = a⁻ᵀ·grad_x, grad_a = −grad_b·xᵀ within the triangle
/// Saves   a; x if a needs a gradient
inline Tensor solve_triangular(const Tensor& a, const Tensor& b, Triangular form = {},
                               At at = At::here()) {
  const Op op{"solve_triangular", at};
  check_defined(op, {{"a", a}, {"b", b}});
  detail::check_square(op, a);
  detail::check_matrices(op, b, "b");
  detail::check_same_dtype(op, "a", a, "b", b);
  check<ShapeError>(b.size(form.left ? -2 : -1) == a.size(-1), op, "sizes differ: a ", a.shape(),
                    ", b ", b.shape(), "; b must have ", a.size(-1),
                    form.left ? " rows" : " columns");
  Shape batch = broadcast_shapes(op, Shape(a.shape().begin(), a.shape().end() - 2),
                                 Shape(b.shape().begin(), b.shape().end() - 2));
  const auto spread = [&](const Tensor& x) {
    Shape shape = batch;
    shape.push_back(x.size(-2));
    shape.push_back(x.size(-1));
    return expand(x, shape);
  };
  return detail::triangular_solve(
      op, spread(a), spread(b),
      {.upper = form.upper, .left = form.left, .unitriangular = form.unitriangular});
}

/// Solves (L·Lᵀ)·x = b, or (Uᵀ·U)·x = b if `upper`, with a factor from cholesky().
/// Shapes  b (…, n, k), factor (…, n, n) → x (…, n, k), batch dims broadcast
/// Grad    that of two solve_triangular()
inline Tensor cholesky_solve(const Tensor& b, const Tensor& factor, bool upper = false,
                             At at = At::here()) {
  const Op op{"cholesky_solve", at};
  check_defined(op, {{"b", b}, {"factor", factor}});
  detail::check_square(op, factor, "factor");
  detail::check_matrices(op, b, "b");
  detail::check_same_dtype(op, "b", b, "factor", factor);
  check<ShapeError>(b.size(-2) == factor.size(-1), op, "sizes differ: b ", b.shape(), ", factor ",
                    factor.shape(), "; b must have ", factor.size(-1), " rows");
  const detail::RightSides right(op, factor, b);
  const Tensor l = right.spread(factor);
  const Tensor half =
      detail::triangular_solve(op, l, right.b, {.upper = upper, .transposed = upper});
  return detail::triangular_solve(op, l, half, {.upper = upper, .transposed = !upper});
}

/// Solves a·x = b.
/// Shapes  a (…, n, n), b (…, n, k) → x (…, n, k), batch dims broadcast; b (n), or a's
///         shape without the last dim: vectors → x as b
/// Grad    grad_b = a⁻ᵀ·grad_x, grad_a = −grad_b·xᵀ, with the same factors
/// Saves   a and its LU factors; x if a needs a gradient
/// Throws  ValueError with the matrix and the pivot if a matrix is singular
/// Cost    ⅔·n³ + 2·n²·k flops for each matrix
inline Tensor solve(const Tensor& a, const Tensor& b, At at = At::here()) {
  const Op op{"solve", at};
  check_defined(op, {{"a", a}, {"b", b}});
  detail::check_square(op, a);
  const detail::RightSides right(op, a, b);
  kernels::Lu lu = kernels::lu(op, a.array());
  kernels::check_not_singular(op, lu);
  lu.factors = right.spread(lu.factors).array();
  Shape pivots = right.batch;
  pivots.push_back(a.size(-1));
  lu.pivots = expand(lu.pivots, pivots).array();
  return right.result(detail::lu_solve(op, right.spread(a), lu, right.b, false));
}

/// a⁻¹. To solve equations, use solve(), which is faster and more exact.
/// Shapes  a (…, n, n) → y (…, n, n)
/// Grad    grad_a = −yᵀ·grad_y·yᵀ
/// Saves   y
/// Throws  ValueError with the matrix and the pivot if a matrix is singular
inline Tensor inverse(const Tensor& a, At at = At::here()) {
  const Op op{"inverse", at};
  detail::check_square(op, a);
  const kernels::Lu lu = kernels::lu(op, a.array());
  kernels::check_not_singular(op, lu);
  const Array y = kernels::lu_solve(op, lu, detail::identities(a).array(), false);
  return record(op, y, {a}, save(y), [](const Vjp& vjp, const Tensor& output) {
    const Tensor left = matmul(output, vjp.grad(), {.a = true});
    return grads(neg(matmul(left, output, {.a = false, .b = true})));
  });
}

/// The product of n factors a; of −n factors a⁻¹ if n < 0; the identity if n = 0.
/// Shapes  a (…, m, m) → y (…, m, m)
/// Grad    through the products, and inverse() if n < 0
/// Throws  ValueError if n < 0 and a matrix is singular
/// Cost    at most 2·log₂ n products
inline Tensor matrix_power(const Tensor& a, Index n, At at = At::here()) {
  const Op op{"matrix_power", at};
  const CalledAs called(op);
  detail::check_square(op, a);
  if (n == 0) return detail::identities(a);
  Tensor square = n < 0 ? inverse(a, at) : a, y;
  for (Index left = n < 0 ? -n : n; left > 0; left /= 2) {
    if (left % 2 == 1) y = y.defined() ? matmul(y, square) : square;
    if (left > 1) square = matmul(square, square);
  }
  return apart_from(a, op, y);
}

}  // namespace tinygrad
