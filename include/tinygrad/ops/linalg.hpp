// SPDX-License-Identifier: MIT
// Matrix products: matmul with NumPy's rules for vectors and batches, and the linear layer's
// product.
#pragma once

#include "tinygrad/kernels/matmul.hpp"
#include "tinygrad/ops/arithmetic.hpp"
#include "tinygrad/ops/movement.hpp"

namespace tinygrad {

/// Which operands of a product are read with their last two axes exchanged; nothing is copied for
/// it.
struct Transposed {
  bool a = false;
  bool b = false;
};

namespace detail {
/// What a matrix product is made of, checked.
struct Product {
  Shape a, b;  // with vectors made matrices: a (1, k), b (k, 1)
  Shape y;     // the result's shape, vectors' axes dropped
  Shape full;  // the result's shape with them: (batch…, m, n)
  bool a_vector = false, b_vector = false;

  Product(const Op& op, const Tensor& left, const Tensor& right, Transposed t)
      : a(left.shape()), b(right.shape()) {
    check<ShapeError>(a.rank() >= 1 && b.rank() >= 1, op, "a scalar has no matrix product: a ", a,
                      ", b ", b, "; use * to scale");
    check<DtypeError>(left.dtype() == right.dtype(), op, "dtypes differ: a ", left.dtype(), ", b ",
                      right.dtype(), "; convert one with to()");
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

// x in another shape, recorded; x itself if it has that shape.
inline Tensor as(const Tensor& x, const Shape& shape) {
  return !x.defined() || x.shape() == shape ? x : reshape(x, shape);
}
}  // namespace detail

/// The matrix product of the last two axes, with batch axes in front broadcast. A rank-1 operand is
/// a row (left) or column (right) whose axis is dropped from the result. Shapes  a (…, m, k), b (…,
/// k, n) → y (…, m, n); a (k), b (k) → y () Grad    grad_a = grad_y·bᵀ, grad_b = aᵀ·grad_y, each
/// summed over its broadcast batch axes Saves   a if b needs a gradient, b if a does Throws
/// ShapeError if inner sizes differ or batch axes do not broadcast; DtypeError if dtypes differ
/// Cost    2·m·k·n flops for each batch element; a shared right operand is one large product
inline Tensor matmul(const Tensor& a, const Tensor& b, Transposed transposed = {},
                     At at = At::here()) {
  const Op op{"matmul", at};
  const detail::Product p(op, a, b, transposed);
  Array y = kernels::matmul(op, a.array().reshaped(p.a), transposed.a, b.array().reshaped(p.b),
                            transposed.b, p.full);
  return record(op, y.reshaped(p.y), {a, b},
                save(b.requires_grad() ? a : Tensor(), a.requires_grad() ? b : Tensor()),
                [p, transposed, sa = a.shape(), sb = b.shape()](const Vjp& vjp, const Tensor& left,
                                                                const Tensor& right) {
                  const Tensor g = detail::as(vjp.grad(), p.full);
                  Grads out(2);
                  if (vjp.needs(0)) {
                    const Tensor r = detail::as(right, p.b);
                    // y = a·b: grad_a = g·bᵀ;  y = aᵀ·b: grad_a = b·gᵀ
                    const Tensor ga = transposed.a ? matmul(r, g, {.a = transposed.b, .b = true})
                                                   : matmul(g, r, {.a = false, .b = !transposed.b});
                    out[0] = detail::as(sum_to(ga, p.a), sa);
                  }
                  if (vjp.needs(1)) {
                    const Tensor l = detail::as(left, p.a);
                    // y = a·b: grad_b = aᵀ·g;  y = a·bᵀ: grad_b = gᵀ·a
                    const Tensor gb = transposed.b ? matmul(g, l, {.a = true, .b = transposed.a})
                                                   : matmul(l, g, {.a = !transposed.a, .b = false});
                    out[1] = detail::as(sum_to(gb, p.b), sb);
                  }
                  return out;
                });
}

/// x·weightᵀ + bias, the product of a fully connected layer. `bias` may be undefined.
/// Shapes  x (…, F), weight (K, F), bias (K) → y (…, K)
/// Grad    grad_x = grad_y·weight, grad_weight = grad_yᵀ·x, grad_bias = sum of grad_y over all but
/// K Saves   x if weight needs a gradient, weight if x does Throws  ShapeError if F or K disagree
inline Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                     At at = At::here()) {
  const Op op{"linear", at};
  check<ShapeError>(weight.dim() == 2, op, "weight ", weight.shape(),
                    " must be a matrix (out, in)");
  check<ShapeError>(x.dim() >= 1, op,
                    "x is a scalar; its last axis must have the size in=", weight.shape()[1]);
  const Index in = weight.shape()[1], out = weight.shape()[0];
  if (x.shape().back() != in) {
    const bool flatten = x.dim() > 2 && x.shape().product(1, x.dim()) == in;
    fail<ShapeError>(op, "sizes differ: x ", x.shape(), ", weight ", weight.shape(), "; x.shape[",
                     x.dim() - 1, "]=", x.shape().back(), " must equal weight.shape[1]=", in,
                     flatten ? ". Did you forget flatten(x, 1)?" : "");
  }
  check<DtypeError>(x.dtype() == weight.dtype(), op, "dtypes differ: x ", x.dtype(), ", weight ",
                    weight.dtype(), "; convert the model or the data with to()");
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

}  // namespace tinygrad
