// SPDX-License-Identifier: MIT
// The Newton–Schulz iteration, which moves the singular values of a matrix towards 1. Muon applies
// it to its momentum.
#pragma once

#include <algorithm>

#include "tinygrad/kernels/elementwise/in_place.hpp"
#include "tinygrad/kernels/matrix/gemm.hpp"
#include "tinygrad/kernels/reduction/norms.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// The odd polynomial of one iteration: X ← a·X + (b·G + c·G²)·X, with G = X·Xᵀ.
struct NewtonSchulz {
  double a, b, c;
  double eps;  ///< the least divisor of `matrix`
  Index steps;
};

/// X after `steps` iterations from matrix / max(‖matrix‖, eps). It is about U·Vᵀ of the singular
/// value decomposition U·S·Vᵀ of `matrix`, with singular values between about 0.7 and 1.2.
/// Shapes  matrix (m, n) → (m, n)
/// Cost    4·s²·l + 2·s³ flops a step, s the shorter and l the longer side; 4 temporaries a step
/// Source  Jordan et al., Muon, 2024
inline Array newton_schulz(const Op& op, const Array& matrix, const NewtonSchulz& options) {
  const Index m = matrix.shape()[0], n = matrix.shape()[1], s = std::min(m, n);
  const bool wide = m <= n;
  Array x = matrix.copy();
  if (x.count() == 0) return x;
  scale(op, x, 1 / std::max(norm(op, x), options.eps));
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    const Array gram = Array::empty({s, s}, x.dtype());
    const T a = static_cast<T>(options.a), b = static_cast<T>(options.b),
            c = static_cast<T>(options.c);
    T* g = gram.data<T>();
    for (Index step = 0; step < options.steps; ++step) {
      const T* from = x.data<T>();
      // The smaller one: X·Xᵀ, or Xᵀ·X, which multiplies from the right.
      if (wide) gemm<T>(s, s, n, T{1}, {from, n}, {from, n, true}, T{0}, g, s);
      else gemm<T>(s, s, m, T{1}, {from, n, true}, {from, n}, T{0}, g, s);
      const Array polynomial = gram.copy();
      gemm<T>(s, s, s, c, {g, s}, {g, s}, b, polynomial.data<T>(), s);
      const Array y = x.copy();
      const T* by = polynomial.data<T>();
      if (wide) gemm<T>(m, n, s, T{1}, {by, s}, {from, n}, a, y.data<T>(), n);
      else gemm<T>(m, n, s, T{1}, {from, n}, {by, s}, a, y.data<T>(), n);
      x = y;
    }
  });
  return x;
}

}  // namespace tinygrad::kernels
