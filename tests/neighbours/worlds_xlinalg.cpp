// SPDX-License-Identifier: MIT
// A program that uses xtensor-blas and the library, in either order of the includes. Both solve the
// same equations, and the gradient of our solution equals the one computed by xt::linalg.
//
// build: -O0
// build: -O0 -DXLINALG_FIRST
#include <cstdio>

#if !__has_include(<xtensor-blas/xlinalg.hpp>)
int main() {
  std::puts("xtensor-blas is not here");
  return 77;
}
#else
#ifdef XLINALG_FIRST
#include <xtensor-blas/xlinalg.hpp>
#endif
#include <tinygrad/tensor.hpp>
#include <tinygrad/train.hpp>
#ifndef XLINALG_FIRST
#include <xtensor-blas/xlinalg.hpp>
#endif

int main() {
  const xt::xarray<double> a = {{4, 1, 0}, {1, 3, -1}, {0.5, -1, 5}}, b = {{1, 0}, {2, 1}, {3, 4}};
  const xt::xarray<double> x = xt::linalg::solve(a, b);
  const xt::xarray<double> grad = xt::linalg::solve(xt::transpose(a), xt::ones<double>({3, 2}));

  tinygrad::Tensor right(tinygrad::Array::evaluate(b));
  right.requires_grad_();
  const tinygrad::Tensor solution = solve(tinygrad::Tensor(tinygrad::Array::evaluate(a)), right);
  sum(solution).backward();
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto at = static_cast<tinygrad::Index>(i);
    const double value = solution.array().data<double>()[at] - x.flat(i);
    const double slope = right.grad().array().data<double>()[at] - grad.flat(i);
    if (value > 1e-12 || value < -1e-12 || slope > 1e-12 || slope < -1e-12) {
      std::printf("element %zu differs by %g, its gradient by %g\n", i, value, slope);
      return 1;
    }
  }
  return 0;
}
#endif
