// SPDX-License-Identifier: MIT
// Computes second derivatives in three ways, and minimises a function with them by Newton's method.
//
// The function is Rosenbrock's, f(x, y) = (1 − x)² + 100·(y − x²)², whose minimum is at (1, 1). Its
// valley is narrow and bent: gradient descent is slow there, Newton's method needs six.
//
// Output:
//   curvature of x⁴ at 2: 48
//   Hessian at (-1.2, 1): {{ 1330.,   480.},
//    {  480.,   200.}}  float64 (2, 2)
//   Hessian times (1, 0): { 1330.,   480.}  float64 (2)
//   step 1: f = 4.731884
//   step 2: f = 1411.845179
//   step 3: f = 0.055966
//   step 4: f = 0.313189
//   step 5: f = 0.000000
//   step 6: f = 0.000000
//   the minimum is at { 1.      ,  1.      }  float64 (2)
#include <cstdio>
#include <iostream>
#include <tinygrad/autograd.hpp>
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

namespace {

Tensor rosenbrock(const Tensor& p) {
  const Tensor x = select(p, 0, 0), y = select(p, 0, 1);
  return square(1 - x) + 100 * square(y - square(x));
}

}  // namespace

int main() {
  // 1. grad() of a gradient. With create_graph the first gradient is a tensor with a past.
  const Tensor x = tensor(2.0, float64).requires_grad_();
  const Tensor slope = grad(pow(x, 4), x, {}, {.create_graph = true});  // 4x³
  std::cout << "curvature of x⁴ at 2: " << grad(slope, x).item() << "\n";

  // 2. The Hessian of a function, all at once.
  const Tensor start = tensor({-1.2, 1}, float64);
  std::cout << "Hessian at (-1.2, 1): " << hessian(rosenbrock, start) << "\n";

  // 3. The Hessian times a vector, without the Hessian: two backward passes for any number of
  // inputs.
  const Tensor direction = tensor({1, 0}, float64);
  std::cout << "Hessian times (1, 0): " << hvp(rosenbrock, start, direction) << "\n";

  // Newton's method: p ← p − H⁻¹·g.
  Tensor p = start;
  for (int step = 1; step <= 20; ++step) {
    p = p - solve(hessian(rosenbrock, p), value_and_grad(rosenbrock, p).grad);
    std::printf("step %d: f = %.6f\n", step, rosenbrock(p).item());
    if (rosenbrock(p).item() < 1e-12) break;
  }
  std::cout << "the minimum is at " << p << "\n";
}
