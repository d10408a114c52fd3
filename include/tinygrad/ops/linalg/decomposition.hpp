// SPDX-License-Identifier: MIT
// Matrix decompositions (Cholesky, QR, eigenvalues, singular values) and what is computed from
// them: determinants, pseudo-inverse, rank, least squares. The matrices are the last two dims; the
// other dims are batches.
#pragma once

#include <limits>
#include <optional>

#include "tinygrad/ops/checks.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/ops/elementwise/comparison.hpp"
#include "tinygrad/ops/elementwise/exponential.hpp"
#include "tinygrad/ops/elementwise/power.hpp"
#include "tinygrad/ops/elementwise/select.hpp"
#include "tinygrad/ops/elementwise/sign.hpp"
#include "tinygrad/ops/indexing/indexing.hpp"
#include "tinygrad/ops/linalg/solve.hpp"
#include "tinygrad/ops/reduction/extremes.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// The lower triangular L of a = L·Lᵀ; with `upper` the U of a = Uᵀ·U. Reads only that triangle of
/// a.
/// Shapes  a (…, n, n) symmetric, positive definite → L (…, n, n)
/// Grad    grad_a = ½·L⁻ᵀ·S·L⁻¹, S symmetric with the lower triangle of Lᵀ·grad_L
/// Saves   L
/// Throws  ValueError with the leading minor if a is not positive definite
inline Tensor cholesky(const Tensor& a, bool upper = false, At at = At::here()) {
  const Op op{"cholesky", at};
  detail::check_square(op, a);
  if (upper) return detail::matrix_transpose(cholesky(detail::matrix_transpose(a), false, at));
  const Array l = kernels::cholesky(op, a.array());
  return record(op, l, {a}, save(l), [](const Vjp& vjp, const Tensor& output) {
    const Op self{"cholesky"};
    const Tensor s = detail::symmetric_from_lower(matmul(output, vjp.grad(), {.a = true}));
    const Tensor half = detail::triangular_solve(self, output, s, {.transposed = true});
    return grads(mul(detail::triangular_solve(self, output, half, {.left = false}), 0.5));
  });
}

struct UnitaryAndTriangular {
  Tensor q, r;
};

/// a = Q·R: the columns of Q are orthonormal, R is upper triangular. With `complete`, Q is square.
/// Shapes  a (…, m, n) → Q (…, m, k), R (…, k, n), k = min(m, n), or m if complete
/// Grad    grad_a = (grad_Q + Q·S)·R⁻ᵀ, S symmetric with the lower triangle of
///         R·grad_Rᵀ − grad_Qᵀ·Q; a must have full rank. None for complete with m > n
/// Saves   Q, R
/// Throws  ValueError if the first min(m, n) columns of a hold NaN or infinity
/// Source  Walter & Lehmann, Algorithmic differentiation of linear algebra functions, 2010
inline UnitaryAndTriangular qr(const Tensor& a, bool complete = false, At at = At::here()) {
  const Op op{"qr", at};
  const CalledAs called(op);
  detail::check_matrices(op, a);
  const Index m = a.size(-2), n = a.size(-1);
  if (m < n) {  // a = (x, z), x square: x = Q·U, and R = (U, Qᵀ·z)
    const int columns = a.dim() - 1;
    const auto [q, u] = qr(detail::narrow(op, a, columns, 0, m), false, at);
    const Tensor z = detail::narrow(op, a, columns, m, n - m);
    return {q, concat(std::vector{u, matmul(q, z, {.a = true})}, -1)};
  }
  const auto [q, r] = kernels::qr(op, a.array(), complete);
  if (complete && m > n) {
    const auto out = record_many(op, std::array{q, r}, {a}, save(), [](const Vjp& vjp) -> Grads {
      fail<GraphError>({vjp.node().name(), vjp.node().at()},
                       "has no gradient for complete with more rows than columns: the columns "
                       "that complete Q are not determined by a");
    });
    return {out[0], out[1]};
  }
  const auto out =
      record_many(op, std::array{q, r}, {a}, save(q, r),
                  [](const Vjp& vjp, const Tensor& unitary, const Tensor& upper) {
                    const Tensor &grad_q = vjp.grad(0), &grad_r = vjp.grad(1);
                    Tensor s = grad_r.defined() ? matmul(upper, grad_r, {.a = false, .b = true})
                                                : zeros_like(upper);
                    if (grad_q.defined()) s = sub(s, matmul(grad_q, unitary, {.a = true}));
                    Tensor right = matmul(unitary, detail::symmetric_from_lower(s));
                    if (grad_q.defined()) right = add(right, grad_q);
                    return grads(detail::triangular_solve(
                        {"qr"}, upper, right, {.upper = true, .left = false, .transposed = true}));
                  });
  return {out[0], out[1]};
}

struct ValuesAndVectors {
  Tensor values, vectors;
};

/// a = V·diag(values)·Vᵀ for symmetric a. Values ascend. Vectors are the columns of V, and each may
/// have either sign. Reads only the lower triangle of a, or only the upper one.
/// Shapes  a (…, n, n) → values (…, n), vectors (…, n, n)
/// Grad    grad_a = V·(diag(grad_values) + ½·(W − Wᵀ)/E)·Vᵀ, W = Vᵀ·grad_V, Eᵢⱼ = valuesⱼ − valuesᵢ
///         off the diagonal. It is symmetric, whatever is in the unread triangle. It is infinite or
///         NaN if vectors are used and values repeat. It has no meaning if the result depends on
///         the signs of the vectors
/// Saves   values, vectors
/// Throws  ValueError if a holds NaN or infinity
inline ValuesAndVectors eigh(const Tensor& a, bool upper = false, At at = At::here()) {
  const Op op{"eigh", at};
  detail::check_square(op, a);
  const auto [values, vectors] = kernels::eigh(op, a.array(), upper);
  const auto out = record_many(
      op, std::array{values, vectors}, {a}, save(values, vectors),
      [](const Vjp& vjp, const Tensor& lambda, const Tensor& v) {
        const Tensor &grad_lambda = vjp.grad(0), &grad_v = vjp.grad(1);
        if (!grad_v.defined())  // V·diag(grad_values)·Vᵀ
          return grads(matmul(mul(v, unsqueeze(grad_lambda, -2)), v, {.a = false, .b = true}));
        const Tensor same = detail::on_diagonal(lambda.size(-1));
        const Tensor gap = sub(unsqueeze(lambda, -2), unsqueeze(lambda, -1));
        const Tensor w = matmul(v, grad_v, {.a = true});  // Vᵀ·grad_V
        const Tensor turn = div(mul(sub(w, detail::matrix_transpose(w)), 0.5), where(same, 1, gap));
        const Tensor stretch =
            grad_lambda.defined() ? unsqueeze(grad_lambda, -2) : zeros({}, lambda.dtype());
        return grads(matmul(matmul(v, where(same, stretch, turn)), v, {.a = false, .b = true}));
      });
  return {out[0], out[1]};
}

/// The eigenvalues of symmetric a, ascending. They have the same bits as those of eigh().
/// Shapes  a (…, n, n) → values (…, n)
/// Grad    grad_a = V·diag(grad_values)·Vᵀ, even if values repeat
inline Tensor eigvalsh(const Tensor& a, bool upper = false, At at = At::here()) {
  const Op op{"eigvalsh", at};
  const CalledAs called(op);
  return eigh(a, upper, at).values;
}

struct SingularValues {
  Tensor u, s, vh;
};

namespace detail {
// The gradient of svd(). The gradients of its results may be undefined.
inline Tensor svd_grad(const Tensor& u, const Tensor& s, const Tensor& vh, const Tensor& grad_u,
                       const Tensor& grad_s, const Tensor& grad_vh) {
  const Tensor row = unsqueeze(s, -2), column = unsqueeze(s, -1);
  const Index k = s.size(-1);
  if (!grad_u.defined() && !grad_vh.defined())  // U·diag(grad_S)·Vᵀ
    return matmul(mul(u, unsqueeze(grad_s, -2)), vh);
  const Tensor same = on_diagonal(k);
  const Tensor gap = where(same, 1, sub(square(row), square(column)));
  const auto turn = [&](const Tensor& w) { return div(sub(w, matrix_transpose(w)), gap); };
  Tensor core = grad_s.defined() ? where(same, unsqueeze(grad_s, -2), 0) : zeros({}, s.dtype());
  if (grad_u.defined()) core = add(core, mul(turn(matmul(u, grad_u, {.a = true})), row));
  if (grad_vh.defined())
    core = add(core, mul(column, turn(matmul(vh, grad_vh, {.a = false, .b = true}))));
  Tensor grad = matmul(matmul(u, core), vh);
  if (grad_u.defined() && u.size(-2) > k) {  // (I − U·Uᵀ)·grad_U·S⁻¹·Vᵀ
    const Tensor scaled = div(grad_u, row);
    const Tensor inside = matmul(u, matmul(u, scaled, {.a = true}));
    grad = add(grad, matmul(sub(scaled, inside), vh));
  }
  if (grad_vh.defined() && vh.size(-1) > k) {  // U·S⁻¹·grad_Vᵀ·(I − V·Vᵀ)
    const Tensor scaled = div(grad_vh, column);
    const Tensor inside = matmul(matmul(scaled, vh, {.a = false, .b = true}), vh);
    grad = add(grad, matmul(u, sub(scaled, inside)));
  }
  return grad;
}
}  // namespace detail

/// a = U·diag(S)·Vᵀ, reduced: k = min(m, n) descending singular values and as many singular
/// vectors. Each pair of vectors may have either sign. `vh` is Vᵀ. (PyTorch's full_matrices=False.)
/// Shapes  a (…, m, n) → U (…, m, k), S (…, k), Vᵀ (…, k, n)
/// Grad    grad_a = U·(turn(Uᵀ·grad_U)·S + S·turn(Vᵀ·grad_V) + diag(grad_S))·Vᵀ + the parts outside
///         the spans of U and V; turn(x)ᵢⱼ = (x − xᵀ)ᵢⱼ/(sⱼ² − sᵢ²). It is infinite or NaN if
///         vectors are used and values repeat or, for m ≠ n, are 0
/// Saves   U, S, Vᵀ
/// Throws  ValueError if a holds NaN or infinity
/// Source  Townsend, Differentiating the singular value decomposition, 2016
inline SingularValues svd(const Tensor& a, At at = At::here()) {
  const Op op{"svd", at};
  detail::check_matrices(op, a);
  const auto [u, s, vh] = kernels::svd(op, a.array());
  const auto out = record_many(
      op, std::array{u, s, vh}, {a}, save(u, s, vh),
      [](const Vjp& vjp, const Tensor& left, const Tensor& values, const Tensor& right) {
        return grads(detail::svd_grad(left, values, right, vjp.grad(0), vjp.grad(1), vjp.grad(2)));
      });
  return {out[0], out[1], out[2]};
}

/// The singular values, descending. They have the same bits as those of svd().
/// Shapes  a (…, m, n) → S (…, min(m, n))
/// Grad    grad_a = U·diag(grad_S)·Vᵀ, even if values repeat
inline Tensor svdvals(const Tensor& a, At at = At::here()) {
  const Op op{"svdvals", at};
  const CalledAs called(op);
  return svd(a, at).s;
}

inline Tensor det(const Tensor& a, At at = At::here());

namespace detail {
// The transposed adjugate from determinants of minors. All its derivatives exist.
inline Tensor minors(const Tensor& a) {
  const Index n = a.size(-1), m = n - 1, each = m * m;
  const Array places = Array::empty({n * n * each}, int64);  // without row i and column j
  const Array signs = Array::empty({n, n}, a.dtype());
  Index* place = places.data<Index>();
  dispatch_floating({"det"}, a.dtype(), [&]<class T>(Type<T>) {
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < n; ++j) {
        signs.data<T>()[i * n + j] = static_cast<T>((i + j) % 2 == 0 ? 1 : -1);
        for (Index k = 0; k < each; ++k) {
          const Index row = k / m, column = k % m;
          *place++ = (row + (row >= i)) * n + column + (column >= j);
        }
      }
  });
  const Tensor parts = index_select({"det"}, reshape(a, {a.numel() / (n * n), n * n}), 1, places);
  return mul(reshape(det(reshape(parts, {parts.size(0), n * n, m, m})), a.shape()), signs);
}

// The transposed adjugate, for any rank: det(U)·det(V)·U·diag(Π_{j≠i} sⱼ)·Vᵀ. If singular values
// repeat, singular vectors have no derivative. So small matrices that need one use minors.
inline Tensor cofactors(const Tensor& a) {
  constexpr Index kSmall = 16;  // 256 determinants of 15×15
  const Index n = a.size(-1);
  if (grad_enabled() && a.requires_grad() && n <= kSmall) return minors(a);
  const SingularValues f = svd(a);
  const auto sign = [&](const Tensor& orthogonal) {
    const kernels::Lu lu = kernels::lu({"det"}, orthogonal.array());
    return mul(prod(kernels::lu_diagonal({"det"}, lu), -1), kernels::lu_parity({"det"}, lu));
  };
  const Tensor signs = tinygrad::sign(mul(sign(f.u), sign(f.vh)));
  const Tensor first = transpose(reshape(f.s, {-1, n}), 0, 1);  // the values along dim 0
  const Tensor others =
      prod_grad(first, ones({1, first.size(1)}, a.dtype()));  // Π_{j≠i} sⱼ without a division
  const Tensor scale = reshape(transpose(others, 0, 1), f.s.shape());
  return mul(per_matrix(signs), matmul(mul(f.u, unsqueeze(scale, -2)), f.vh));
}

// grad_y·det(a)·a⁻ᵀ. For singular a it is grad_y times the cofactors, which are the limit.
inline Tensor det_grad(const Tensor& a, const kernels::Lu& lu, const Tensor& y,
                       const Tensor& grad_y) {
  if (a.numel() == 0) return zeros_like(a);
  const Tensor scale = per_matrix(mul(grad_y, y)), singular = eq(y.detach(), 0);
  if (sum(singular).item<Index>() == 0)
    return lu_solve({"det"}, a, lu, mul(scale, identities(a)), true);
  // Each formula gets valid matrices in place of those that the other formula handles.
  const Tensor pick = per_matrix(singular), unit = eye(a.size(-1), a.dtype());
  const Tensor distinct = mul(unit, tinygrad::arange(1, static_cast<double>(a.size(-1)) + 1));
  const Tensor regular = mul(scale, matrix_transpose(inverse(where(pick, unit, a))));
  return where(pick, mul(per_matrix(grad_y), cofactors(where(pick, a, distinct))), regular);
}
}  // namespace detail

/// The determinant; 1 for an empty matrix.
/// Shapes  a (…, n, n) → y (…)
/// Grad    grad_a = grad_y·y·a⁻ᵀ; for a singular matrix grad_y times its cofactors. Beyond 16×16
///         the second derivative of a singular matrix is NaN if its rank is below n − 1
/// Saves   a, its LU factors, y
inline Tensor det(const Tensor& a, At at) {
  const Op op{"det", at};
  detail::check_square(op, a);
  const kernels::Lu lu = kernels::lu(op, a.array());
  const Array y = mul(prod(kernels::lu_diagonal(op, lu), -1), kernels::lu_parity(op, lu)).array();
  return record(op, y, {a}, save(a, lu.factors, lu.pivots, y),
                [](const Vjp& vjp, const Tensor& matrix, const Tensor& factors,
                   const Tensor& pivots, const Tensor& output) {
                  return grads(detail::det_grad(matrix, {factors.array(), pivots.array()}, output,
                                                vjp.grad()));
                });
}

struct SignAndLogAbsDet {
  Tensor sign, logabsdet;
};

/// The sign of the determinant and the logarithm of its absolute value, which does not over- or
/// underflow. For a singular matrix 0 and -inf.
/// Shapes  a (…, n, n) → sign (…), logabsdet (…)
/// Grad    grad_a = grad_logabsdet·a⁻ᵀ, not finite where a is singular; sign has none
/// Saves   a and its LU factors
inline SignAndLogAbsDet slogdet(const Tensor& a, At at = At::here()) {
  const Op op{"slogdet", at};
  detail::check_square(op, a);
  const kernels::Lu lu = kernels::lu(op, a.array());
  const Tensor diagonal = kernels::lu_diagonal(op, lu);
  const Array y = sum(log(abs(diagonal)), -1).array();
  return {
      mul(prod(sign(diagonal), -1), kernels::lu_parity(op, lu)),
      record(op, y, {a}, save(a, lu.factors, lu.pivots),
             [](const Vjp& vjp, const Tensor& matrix, const Tensor& factors, const Tensor& pivots) {
               const Tensor right = mul(detail::per_matrix(vjp.grad()), detail::identities(matrix));
               return grads(detail::lu_solve({"slogdet"}, matrix, {factors.array(), pivots.array()},
                                             right, true));
             })};
}

/// Singular values up to max(atol, rtol·the largest) count as 0. The default of rtol is max(m,
/// n)·epsilon of the dtype, or 0 if atol is given.
struct RankTolerance {
  std::optional<double> atol = {};
  std::optional<double> rtol = {};
};

namespace detail {
// True for the singular values s (…, k) of matrices like a that do not count as 0.
inline Tensor counted(const Tensor& s, const Tensor& a, RankTolerance tolerance) {
  if (s.numel() == 0) return gt(s, 0);
  const double epsilon = a.dtype() == float32 ? std::numeric_limits<float>::epsilon()
                                              : std::numeric_limits<double>::epsilon();
  const double usual = epsilon * static_cast<double>(std::max(a.size(-2), a.size(-1)));
  const double atol = tolerance.atol.value_or(0);
  const double rtol = tolerance.rtol.value_or(atol > 0 ? 0 : usual);
  return gt(s, maximum(mul(max(s, -1, true), rtol), atol));
}
}  // namespace detail

/// The Moore-Penrose inverse: V·diag(1/S)·Uᵀ over the singular values that do not count as 0.
/// Shapes  a (…, m, n) → y (…, n, m)
/// Grad    grad_a = −yᵀ·g·yᵀ + (I − a·y)·gᵀ·y·yᵀ + yᵀ·y·gᵀ·(I − y·a), g = grad_y, if the rank does
///         not change
/// Saves   a, y
/// Source  Golub & Pereyra, SIAM J. Numer. Anal. 1973
inline Tensor pinv(const Tensor& a, RankTolerance tolerance = {}, At at = At::here()) {
  const Op op{"pinv", at};
  const CalledAs called(op);
  detail::check_matrices(op, a);
  const auto [u, s, vh] = kernels::svd(op, a.array());
  const Tensor kept = detail::counted(s, a, tolerance);
  const Tensor inverted = where(kept, reciprocal(where(kept, s, 1)), 0);
  const Array y = matmul(mul(vh, unsqueeze(inverted, -1)), u, {.a = true, .b = true}).array();
  return record(
      op, y, {a}, save(a, y), [](const Vjp& vjp, const Tensor& matrix, const Tensor& output) {
        const Tensor& g = vjp.grad();
        const Tensor gy = matmul(g, output, {.a = true});                  // gᵀ·y (m, m)
        const Tensor yg = matmul(output, g, {.a = false, .b = true});      // y·gᵀ (n, n)
        const Tensor turned = matmul(gy, output, {.a = true, .b = true});  // yᵀ·g·yᵀ (m, n)
        const Tensor rows = matmul(gy, output, {.a = false, .b = true});   // gᵀ·y·yᵀ
        const Tensor columns = matmul(output, yg, {.a = true});            // yᵀ·y·gᵀ
        const Tensor outside_rows = sub(rows, matmul(matrix, matmul(output, rows)));
        const Tensor outside_columns = sub(columns, matmul(matmul(columns, output), matrix));
        return grads(add(sub(outside_rows, turned), outside_columns));
      });
}

/// The x that makes ‖a·x − b‖ smallest, for a of full rank. If m < n there are several; it is the
/// one with the smallest ‖x‖.
/// Shapes  a (…, m, n), b (…, m, k) → x (…, n, k), batch dims broadcast; b (m), or a's
///         shape without the last dim: vectors → x (…, n)
/// Grad    through qr() and solve_triangular()
/// Throws  ValueError if a holds NaN or infinity
/// Error   uses QR, which does not square the condition of a; infinite or NaN if a does not have
///         full rank
inline Tensor lstsq(const Tensor& a, const Tensor& b, At at = At::here()) {
  const Op op{"lstsq", at};
  const CalledAs called(op);
  check_defined(op, {{"a", a}, {"b", b}});
  detail::check_matrices(op, a);
  kernels::detail::check_finite_values(op, a.array(), kernels::detail::Matrices(a.shape()));
  const detail::RightSides right(op, a, b);
  const Tensor matrices = right.spread(a);
  if (a.size(-2) >= a.size(-1)) {  // R·x = Qᵀ·b
    const auto [q, r] = qr(matrices, false, at);
    return right.result(
        detail::triangular_solve(op, r, matmul(q, right.b, {.a = true}), {.upper = true}));
  }
  const auto [q, r] = qr(detail::matrix_transpose(matrices), false, at);  // a = Rᵀ·Qᵀ
  return right.result(
      matmul(q, detail::triangular_solve(op, r, right.b, {.upper = true, .transposed = true})));
}

/// The number of singular values that do not count as 0. No gradient.
/// Shapes  a (…, m, n) → y (…) int64
inline Tensor matrix_rank(const Tensor& a, RankTolerance tolerance = {}, At at = At::here()) {
  const Op op{"matrix_rank", at};
  const CalledAs called(op);
  detail::check_matrices(op, a);
  const Tensor s = kernels::svd(op, a.array()).s;
  return sum(detail::counted(s, a, tolerance), -1);
}

}  // namespace tinygrad
