// SPDX-License-Identifier: MIT
// Matrix products: matmul with the rules of NumPy for vectors and batches, its special forms (mm,
// mv, bmm, addmm …), products of vectors, and the products of the layers Linear and Bilinear.
#pragma once

#include "tinygrad/kernels/matrix/matmul.hpp"
#include "tinygrad/ops/checks.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/ops/elementwise/select.hpp"
#include "tinygrad/ops/shape/join.hpp"
#include "tinygrad/ops/shape/movement.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// Which operands of a product are read with their last two dims exchanged. Nothing is copied.
struct Transposed {
  bool a = false;
  bool b = false;
};

namespace detail {
/// The checked shapes of a matrix product.
struct Product {
  Shape a, b;  // vectors as matrices: a (1, k), b (k, 1)
  Shape y;     // of the result, without the vectors' dims
  Shape full;  // of the result, with these dims: (batch…, m, n)
  bool a_vector = false, b_vector = false;

  Product(const Op& op, const Tensor& left, const Tensor& right, Transposed t)
      : a(left.shape()), b(right.shape()) {
    check<ShapeError>(a.rank() >= 1 && b.rank() >= 1, op, "a scalar has no matrix product: a ", a,
                      ", b ", b, "; use * to scale");
    check_same_dtype(op, "a", left, "b", right);
    a_vector = a.rank() == 1;
    b_vector = b.rank() == 1;
    if (a_vector) a.insert(t.a ? 1 : 0, 1);
    if (b_vector) b.insert(t.b ? 0 : 1, 1);
    const int ka = t.a ? a.rank() - 2 : a.rank() - 1, kb = t.b ? b.rank() - 1 : b.rank() - 2;
    if (a[ka] != b[kb]) {
      const bool flatten =
          right.dim() == 2 && left.dim() > 2 && left.shape().product(1, left.dim()) == b[kb];
      fail<ShapeError>(op, "inner sizes differ: a ", left.shape(), t.a ? " transposed" : "", ", b ",
                       right.shape(), t.b ? " transposed" : "", "; a.shape[", a_vector ? 0 : ka,
                       "]=", a[ka], " must equal b.shape[", b_vector ? 0 : kb, "]=", b[kb],
                       flatten ? ". Did you forget flatten(a, 1)?" : "");
    }
    full = broadcast_shapes(op, Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2));
    y = full;
    const Index m = a[t.a ? a.rank() - 1 : a.rank() - 2], n = b[t.b ? b.rank() - 2 : b.rank() - 1];
    full.push_back(m);
    full.push_back(n);
    if (!a_vector) y.push_back(m);
    if (!b_vector) y.push_back(n);
    for (const Index size : {m, n, a[ka]})
      check<ShapeError>(size <= kernels::kMaxBlasSize, op, "size ", size,
                        " is more than BLAS can count");
  }
};

// x reshaped, recorded. x itself if it has that shape.
inline Tensor as(const Tensor& x, const Shape& shape) {
  return !x.defined() || x.shape() == shape ? x : reshape(x, shape);
}
}  // namespace detail

inline Tensor matmul(const Tensor& a, const Tensor& b, Transposed transposed = {},
                     At at = At::here());

namespace detail {
// matmul() under the caller's name.
inline Tensor matrix_product(const Op& op, const Tensor& a, const Tensor& b,
                             Transposed transposed = {}) {
  const Product p(op, a, b, transposed);
  Array y = kernels::matmul(op, a.array().reshaped(p.a), transposed.a, b.array().reshaped(p.b),
                            transposed.b, p.full);
  return record(op, y.reshaped(p.y), {a, b},
                save(b.requires_grad() ? a : Tensor(), a.requires_grad() ? b : Tensor()),
                [p, transposed, sa = a.shape(), sb = b.shape()](const Vjp& vjp, const Tensor& left,
                                                                const Tensor& right) {
                  const Tensor g = as(vjp.grad(), p.full);
                  Grads out(2);
                  if (vjp.needs(0)) {
                    const Tensor r = as(right, p.b);
                    // y = a·b: grad_a = g·bᵀ;  y = aᵀ·b: grad_a = b·gᵀ
                    const Tensor ga = transposed.a ? matmul(r, g, {.a = transposed.b, .b = true})
                                                   : matmul(g, r, {.a = false, .b = !transposed.b});
                    out[0] = as(sum_to(ga, p.a), sa);
                  }
                  if (vjp.needs(1)) {
                    const Tensor l = as(left, p.a);
                    // y = a·b: grad_b = aᵀ·g;  y = a·bᵀ: grad_b = gᵀ·a
                    const Tensor gb = transposed.b ? matmul(g, l, {.a = true, .b = transposed.a})
                                                   : matmul(l, g, {.a = !transposed.a, .b = false});
                    out[1] = as(sum_to(gb, p.b), sb);
                  }
                  return out;
                });
}

}  // namespace detail

/// The matrix product of the last two dims. Batch dims before them broadcast. A rank-1 operand is a
/// row (left) or a column (right); the result does not have that dim.
/// Shapes  a (…, m, k), b (…, k, n) → y (…, m, n); a (k), b (k) → y ()
/// Grad    grad_a = grad_y·bᵀ, grad_b = aᵀ·grad_y, each summed over its broadcast batch dims
/// Saves   a if b needs a gradient, b if a does
/// Throws  ShapeError if inner sizes differ or batch dims do not broadcast; DtypeError if dtypes
///         differ
/// Cost    2·m·k·n flops for each batch element; a right operand without batch dims needs one large
///         product
inline Tensor matmul(const Tensor& a, const Tensor& b, Transposed transposed, At at) {
  const Op op{"matmul", at};
  check_defined(op, {{"a", a}, {"b", b}});
  return detail::matrix_product(op, a, b, transposed);
}

/// The product of two matrices, without batches.
/// Shapes  a (m, k), b (k, n) → y (m, n)
/// Grad    as matmul
inline Tensor mm(const Tensor& a, const Tensor& b, At at = At::here()) {
  const Op op{"mm", at};
  check_defined(op, {{"a", a}, {"b", b}});
  detail::check_rank(op, a, "a", 2);
  detail::check_rank(op, b, "b", 2);
  return detail::matrix_product(op, a, b);
}

/// The product of a matrix and a vector.
/// Shapes  a (m, k), x (k) → y (m)
/// Grad    as matmul
inline Tensor mv(const Tensor& a, const Tensor& x, At at = At::here()) {
  const Op op{"mv", at};
  check_defined(op, {{"a", a}, {"x", x}});
  detail::check_rank(op, a, "a", 2);
  detail::check_rank(op, x, "x", 1);
  return detail::matrix_product(op, a, x);
}

/// The products of two batches of matrices, pair by pair.
/// Shapes  a (N, m, k), b (N, k, n) → y (N, m, n)
/// Grad    as matmul
/// Throws  ShapeError if N differs: nothing is broadcast
inline Tensor bmm(const Tensor& a, const Tensor& b, At at = At::here()) {
  const Op op{"bmm", at};
  const CalledAs called(op);
  check_defined(op, {{"a", a}, {"b", b}});
  detail::check_rank(op, a, "a", 3);
  detail::check_rank(op, b, "b", 3);
  check<ShapeError>(a.size(0) == b.size(0), op, "batches differ: a ", a.shape(), ", b ", b.shape(),
                    "; matmul() broadcasts them");
  return detail::matrix_product(op, a, b);
}

/// Σ aᵢ·bᵢ of two vectors.
/// Shapes  a (k), b (k) → y ()
/// Grad    grad_a = grad_y·b, grad_b = grad_y·a
inline Tensor dot(const Tensor& a, const Tensor& b, At at = At::here()) {
  const Op op{"dot", at};
  check_defined(op, {{"a", a}, {"b", b}});
  detail::check_rank(op, a, "a", 1);
  detail::check_rank(op, b, "b", 1);
  return detail::matrix_product(op, a, b);
}

/// dot(). This is PyTorch's name for numbers that may be complex.
/// Shapes  as dot
/// Grad    as dot
inline Tensor vdot(const Tensor& a, const Tensor& b, At at = At::here()) {
  const Op op{"vdot", at};
  check_defined(op, {{"a", a}, {"b", b}});
  detail::check_rank(op, a, "a", 1);
  detail::check_rank(op, b, "b", 1);
  return detail::matrix_product(op, a, b);
}

/// The sum of products over the last dim of both; the plain product if one is a scalar.
/// Shapes  a (a…, k), b (b…, k) → y (a…, b…)
/// Grad    as tensordot
inline Tensor inner(const Tensor& a, const Tensor& b, At at = At::here()) {
  const Op op{"inner", at};
  const CalledAs called(op);
  check_defined(op, {{"a", a}, {"b", b}});
  if (a.dim() == 0 || b.dim() == 0) return mul(a, b, at);
  check<ShapeError>(a.size(-1) == b.size(-1), op, "last sizes differ: a ", a.shape(), ", b ",
                    b.shape());
  check<ShapeError>(a.dim() + b.dim() - 2 <= kMaxRank, op, "a ", a.shape(), " and b ", b.shape(),
                    " leave more than ", kMaxRank, " dims");
  const Index k = a.size(-1);
  const auto rows = [k](const Tensor& x) {
    return detail::as(x, {x.shape().product(0, x.dim() - 1), k});
  };
  Shape shape(a.shape().begin(), a.shape().end() - 1);
  for (int i = 0; i < b.dim() - 1; ++i) shape.push_back(b.shape()[i]);
  return detail::as(detail::matrix_product(op, rows(a), rows(b), {.a = false, .b = true}), shape);
}

/// The products of every element of one vector with every element of another.
/// Shapes  a (m), b (n) → y (m, n), y[i, j] = a[i]·b[j]
/// Grad    grad_a = grad_y·b, grad_b = grad_yᵀ·a
inline Tensor outer(const Tensor& a, const Tensor& b, At at = At::here()) {
  const Op op{"outer", at};
  const CalledAs called(op);
  check_defined(op, {{"a", a}, {"b", b}});
  detail::check_rank(op, a, "a", 1);
  detail::check_rank(op, b, "b", 1);
  return mul(unsqueeze(a, 1), b, at);
}

/// The Kronecker product: every element of a times all of b, as blocks.
/// Shapes  a (m…), b (n…) → y (m·n…); missing dims in front have size 1
/// Grad    to each element of a: Σ of grad_y·b over its block; to each element of b: Σ of grad_y·a
///         over the blocks
inline Tensor kron(const Tensor& a, const Tensor& b, At at = At::here()) {
  const Op op{"kron", at};
  const CalledAs called(op);
  check_defined(op, {{"a", a}, {"b", b}});
  const int rank = std::max(a.dim(), b.dim());
  check<ShapeError>(2 * rank <= kMaxRank, op, "a ", a.shape(), " and b ", b.shape(), ": at most ",
                    kMaxRank / 2, " dims");
  Shape blocks, inside, shape;  // a (m, 1, …) · b (1, n, …) → (m, n, …)
  for (int i = -rank; i < 0; ++i) {
    const Index m = i < -a.dim() ? 1 : a.size(i), n = i < -b.dim() ? 1 : b.size(i);
    blocks.push_back(m);
    blocks.push_back(1);
    inside.push_back(1);
    inside.push_back(n);
    shape.push_back(m * n);
  }
  return detail::as(mul(detail::as(a, blocks), detail::as(b, inside), at), shape);
}

/// The vector orthogonal to a and b, (a₁b₂ − a₂b₁, a₂b₀ − a₀b₂, a₀b₁ − a₁b₀).
/// Shapes  a (…, 3, …), b (…, 3, …) → y (…, 3, …), the other dims broadcast
/// Grad    grad_a = b × grad_y, grad_b = grad_y × a, each summed over its broadcast dims
inline Tensor cross(const Tensor& a, const Tensor& b, Index dim = -1, At at = At::here()) {
  const Op op{"cross", at};
  const CalledAs called(op);
  check_defined(op, {{"a", a}, {"b", b}});
  const Shape shape = broadcast_shapes(op, a.shape(), b.shape());
  const int along = normalize_dim(op, dim, shape.rank());
  check<ShapeError>(a.dim() == b.dim() && a.shape()[along] == 3 && b.shape()[along] == 3, op, "a ",
                    a.shape(), ", b ", b.shape(), "; both must have size 3 along dim ", along);
  const auto part = [&](const Tensor& x, Index i) { return detail::narrow(op, x, along, i, 1); };
  std::vector<Tensor> parts;
  for (const Index i : {0, 1, 2}) {
    const Index j = (i + 1) % 3, k = (i + 2) % 3;
    parts.push_back(sub(mul(part(a, j), part(b, k), at), mul(part(a, k), part(b, j), at), at));
  }
  return concat(parts, along, at);
}

/// The factors of addmm(), addmv() and baddbmm(): beta·input + alpha·product.
struct Scales {
  double beta = 1;
  double alpha = 1;
};

namespace detail {
inline Tensor add_product(const Op& op, const Tensor& input, const Tensor& product, Scales scales) {
  check_same_dtype(op, "input", input, "product", product);
  check_broadcasts(op, "input", input, product, "the product's shape");
  const Tensor y = scales.alpha == 1 ? product : mul(product, scales.alpha);
  if (scales.beta == 0) {  // a NaN of input does not pass; its gradient is 0
    const Tensor never = Array::zeros({}, bool_);
    return input.requires_grad() ? where(never, input, y) : y;
  }
  return add(y, scales.beta == 1 ? input : mul(input, scales.beta));
}
}  // namespace detail

/// beta·input + alpha·(a·b). With beta = 0 input is not read.
/// Shapes  input (broadcast to (m, n)), a (m, k), b (k, n) → y (m, n)
/// Grad    grad_input = beta·grad_y, summed over its broadcast dims; a and b as matmul, times alpha
inline Tensor addmm(const Tensor& input, const Tensor& a, const Tensor& b, Scales scales = {},
                    At at = At::here()) {
  const Op op{"addmm", at};
  const CalledAs called(op);
  check_defined(op, {{"input", input}, {"a", a}, {"b", b}});
  detail::check_rank(op, a, "a", 2);
  detail::check_rank(op, b, "b", 2);
  return detail::add_product(op, input, detail::matrix_product(op, a, b), scales);
}

/// beta·input + alpha·(a·x). With beta = 0 input is not read.
/// Shapes  input (broadcast to (m)), a (m, k), x (k) → y (m)
/// Grad    as addmm
inline Tensor addmv(const Tensor& input, const Tensor& a, const Tensor& x, Scales scales = {},
                    At at = At::here()) {
  const Op op{"addmv", at};
  const CalledAs called(op);
  check_defined(op, {{"input", input}, {"a", a}, {"x", x}});
  detail::check_rank(op, a, "a", 2);
  detail::check_rank(op, x, "x", 1);
  return detail::add_product(op, input, detail::matrix_product(op, a, x), scales);
}

/// beta·input + alpha·(a·b) for batches of matrices. With beta = 0 input is not read.
/// Shapes  input (broadcast to (N, m, n)), a (N, m, k), b (N, k, n) → y (N, m, n)
/// Grad    as addmm
inline Tensor baddbmm(const Tensor& input, const Tensor& a, const Tensor& b, Scales scales = {},
                      At at = At::here()) {
  const Op op{"baddbmm", at};
  const CalledAs called(op);
  check_defined(op, {{"input", input}, {"a", a}, {"b", b}});
  detail::check_rank(op, a, "a", 3);
  detail::check_rank(op, b, "b", 3);
  check<ShapeError>(a.size(0) == b.size(0), op, "batches differ: a ", a.shape(), ", b ", b.shape());
  return detail::add_product(op, input, detail::matrix_product(op, a, b), scales);
}

/// x·weightᵀ + bias, the product of a fully connected layer. `bias` may be undefined.
/// Shapes  x (…, F), weight (K, F), bias (K) → y (…, K)
/// Grad    grad_x = grad_y·weight, grad_weight = grad_yᵀ·x, grad_bias = sum of grad_y over all but
///         K
/// Saves   x if weight needs a gradient, weight if x does
/// Throws  ShapeError if F or K disagree
inline Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                     At at = At::here()) {
  const Op op{"linear", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"weight", weight}});
  check<ShapeError>(weight.dim() == 2, op, "weight ", weight.shape(),
                    " must be a matrix (out, in)");
  check<ShapeError>(x.dim() >= 1, op,
                    "x is a scalar; its last dim must have the size in=", weight.shape()[1]);
  const Index in = weight.shape()[1], out = weight.shape()[0];
  if (x.shape().back() != in) {
    const bool flatten = x.dim() > 2 && x.shape().product(1, x.dim()) == in;
    fail<ShapeError>(op, "sizes differ: x ", x.shape(), ", weight ", weight.shape(), "; x.shape[",
                     x.dim() - 1, "]=", x.shape().back(), " must equal weight.shape[1]=", in,
                     flatten ? ". Did you forget flatten(x, 1)?" : "");
  }
  detail::check_same_dtype(op, "x", x, "weight", weight, "convert the model or the data with to()");
  if (bias.defined())
    check<ShapeError>(bias.shape() == Shape{out} && bias.dtype() == weight.dtype(), op, "bias ",
                      bias.dtype(), ' ', bias.shape(), " must be ", weight.dtype(), " (", out, ")");
  Shape shape = x.shape();
  shape[shape.rank() - 1] = out;
  const Shape rows{x.numel() / std::max<Index>(in, 1), in};
  const Array y = kernels::linear(
      op, x.array().reshaped(in ? rows : Shape{shape.product(0, shape.rank() - 1), 0}),
      weight.array(), bias.defined() ? bias.array() : Array());
  return record(op, y.reshaped(shape), {x, weight, bias},
                save(weight.requires_grad() ? x : Tensor(), x.requires_grad() ? weight : Tensor()),
                [n = y.shape()[0], in, out, from = x.shape()](const Vjp& vjp, const Tensor& input,
                                                              const Tensor& w) {
                  const Tensor g = detail::as(vjp.grad(), {n, out});
                  return grads(
                      vjp.needs(0) ? detail::as(matmul(g, w), from) : Tensor(),  // (N,K)·(K,F)
                      vjp.needs(1) ? matmul(g, detail::as(input, {n, in}), {.a = true})
                                   : Tensor(),  // (N,K)ᵀ·(N,F)
                      vjp.needs(2) ? detail::as(sum_to(g, {1, out}), {out}) : Tensor());
                });
}

/// Σᵢⱼ x1ᵢ·weight[k, i, j]·x2ⱼ + bias[k], the product of a bilinear layer. `bias` may be undefined.
/// Shapes  x1 (…, F1), x2 (…, F2), weight (K, F1, F2), bias (K) → y (…, K)
/// Grad    through mul() and linear()
/// Throws  ShapeError if sizes disagree
/// Cost    2·N·K·F1·F2 flops in one product, and an array of N·F1·F2
inline Tensor bilinear(const Tensor& x1, const Tensor& x2, const Tensor& weight,
                       const Tensor& bias = {}, At at = At::here()) {
  const Op op{"bilinear", at};
  const CalledAs called(op);
  check_defined(op, {{"x1", x1}, {"x2", x2}, {"weight", weight}});
  check<ShapeError>(weight.dim() == 3, op, "weight ", weight.shape(),
                    " must have three dims (out, in1, in2)");
  const Index out = weight.size(0), in1 = weight.size(1), in2 = weight.size(2);
  const auto rows = [](const Tensor& x) { return Shape(x.shape().begin(), x.shape().end() - 1); };
  check<ShapeError>(x1.dim() >= 1 && x1.dim() == x2.dim() && rows(x1) == rows(x2), op, "x1 ",
                    x1.shape(), " and x2 ", x2.shape(), " must be equal in all but the last dim");
  check<ShapeError>(x1.size(-1) == in1 && x2.size(-1) == in2, op, "sizes differ: x1 ", x1.shape(),
                    ", x2 ", x2.shape(), ", weight ", weight.shape(), "; x1's last size must be ",
                    in1, ", x2's ", in2);
  Shape products = rows(x1);
  products.push_back(in1 * in2);
  // (N, F1, 1)·(N, 1, F2) → (N, F1·F2), then times (F1·F2, K)
  const Tensor pairs = reshape(mul(unsqueeze(x1, -1), unsqueeze(x2, -2), at), products);
  return linear(pairs, reshape(weight, {out, in1 * in2}), bias, at);
}

}  // namespace tinygrad
