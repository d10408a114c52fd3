// SPDX-License-Identifier: MIT
// Batched matrix products and the product of the linear layer, built on gemm.
#pragma once

#include <algorithm>

#include "tinygrad/core/array.hpp"
#include "tinygrad/kernels/elementwise/loops.hpp"
#include "tinygrad/kernels/matrix/gemm.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// y (batch…, m, n) = op(a)·op(b). The batch dims of a and b broadcast to those of y.
inline Array matmul(const Op& op, const Array& a, bool ta, const Array& b, bool tb,
                    const Shape& shape) {
  Array y = Array::empty(shape, a.dtype(), op);
  if (y.count() == 0) return y;
  const auto rows = [](const Array& x) { return x.shape()[x.rank() - 2]; };
  const auto columns = [](const Array& x) { return x.shape()[x.rank() - 1]; };
  const Index m = shape[shape.rank() - 2], n = shape[shape.rank() - 1],
              k = ta ? rows(a) : columns(a);
  const Shape batch(shape.begin(), shape.end() - 2);
  const auto batch_of = [](const Array& x) {
    return Shape(x.shape().begin(), x.shape().end() - 2);
  };
  dispatch_floating(op, a.dtype(), [&]<class T>(Type<T>) {
    const T* pa = a.data<T>();
    const T* pb = b.data<T>();
    T* py = y.data<T>();
    const Matrix<T> left{pa, columns(a), ta}, right{pb, columns(b), tb};
    const Index count = batch.count();
    if (count == 1) {
      gemm<T>(m, n, k, 1, left, right, 0, py, n);
    } else if (batch_of(b).count() == 1 && !ta && batch_of(a) == batch) {
      gemm<T>(count * m, n, k, 1, left, right, 0, py, n);  // one product for the whole batch
    } else {
      const BlasScope blas;
      const Broadcast<2> plan(batch, {batch_of(a), batch_of(b)});
      const auto one = [&](Index i) {
        plan.walk(i, i + 1, [&](Index, const std::array<Index, 2>& at, Index) {
          gemm<T>(blas, m, n, k, 1, {pa + at[0] * m * k, left.stride, ta},
                  {pb + at[1] * k * n, right.stride, tb}, 0, py + i * m * n, n);
        });
      };
      // Many small products: each on one thread. Few large ones: each on all threads.
      const double flops =
          2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
      if (flops < 3e7)
        parallel_for(count, std::max<Index>(1, static_cast<Index>(2e6 / (flops + 1))),
                     [&](Index begin, Index end) {
                       for (Index i = begin; i < end; ++i) one(i);
                     });
      else
        for (Index i = 0; i < count; ++i) one(i);
    }
  });
  return y;
}

/// y (N, K) = x (N, F)·weightᵀ (F, K) + bias (K).
inline Array linear(const Op& op, const Array& x, const Array& weight, const Array& bias) {
  const Index rows = x.shape()[0], in = weight.shape()[1], out = weight.shape()[0];
  Array y = Array::empty({rows, out}, x.dtype(), op);
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    T* py = y.data<T>();
    T beta = 0;
    if (bias.defined()) {  // gemm adds the product to the bias, which saves a pass over y
      beta = 1;
      const T* pb = bias.data<T>();
      parallel_for(rows, std::max<Index>(1, kElementGrain / std::max<Index>(out, 1)),
                   [=](Index begin, Index end) {
                     for (Index i = begin; i < end; ++i) std::copy_n(pb, out, py + i * out);
                   });
    }
    gemm<T>(rows, out, in, 1, {x.data<T>(), in}, {weight.data<T>(), in, true}, beta, py, out);
  });
  return y;
}

}  // namespace tinygrad::kernels
